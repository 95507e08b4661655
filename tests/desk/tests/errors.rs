//! Every error that the app can be told names the test that provokes it, and that test shows that nothing is lost by it.
//! An error that names none does not compile; one whose test is gone, or speaks no more of it, is found in the sources.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use hcepay_core::{
    ContentError, CouponError, CouponFault, DataObjectId, EnvelopeError, Error, IllegalMove, LedgerError, LimitFault,
    OrderError, ProfileError, ProfileFault, QrError, RequestError, Tag, TransferError,
};

/// A file here, and a test in it.
type Test = (&'static str, &'static str);

const CONTENTS: Test = ("refusals", "contents_that_do_not_fit_have_each_an_error_of_their_own_and_change_nothing");
const POLICIES: Test =
    ("verification_policies", "a_policy_that_contradicts_profile_or_protection_is_refused_and_changes_nothing");
const ENVELOPES: Test =
    ("refusals", "envelopes_that_are_not_whole_or_not_for_us_have_each_an_error_of_their_own_and_change_nothing");

fn error(error: Error) -> Test {
    use Error::*;
    match error {
        UnknownCard | UnknownApplication | KeyDoesNotFit => ("wallet", "keys_that_do_not_fit_the_card_are_refused"),
        AtcOutOfRange => ("key_limits", "fffe_is_the_last_counter_and_then_that_is_the_reason"),
        AtcNotRising => ("ledger", "a_counter_that_does_not_rise_is_refused_even_when_its_key_is_gone"),
        AnotherSpendKey => ("key_limits", "the_spend_key_of_another_phone_is_refused_and_verifies_no_one"),
        WindowOutOfRange => ("wallet", "a_window_that_is_too_short_or_too_long_is_refused_and_the_one_before_goes_on"),
        Profile(_) | Content(_) | Move(_) => CONTENTS,
        ProtectionTooStrong | PolicyAgainstProfile => POLICIES,
        NotVerified => ("holder_rules", "what_lets_a_card_pay_more_takes_a_verification_which_is_used_up_by_it"),
        Limit(fault) => limit(fault),
        MerchantNotAsked | CardRetired => {
            ("holder_rules", "limits_that_cannot_be_kept_have_each_an_error_of_their_own_and_change_nothing")
        }
        WrongAddress | TestOnly | ProtectionTooWeak | TokenInUse | AnotherToken | NotAsked => CONTENTS,
        Envelope(_) => ENVELOPES,
        AlreadyApplied | Stale => {
            ("provisioning", "the_same_envelope_again_is_told_from_an_older_one_and_neither_changes_anything")
        }
        StatementOld => ("balance", "an_older_statement_is_refused_and_the_last_one_stays"),
        ToOneself => ("transfers/refused", "a_transfer_to_the_card_itself_is_refused_however_its_number_is_grouped"),
        SequenceLeaps => ("refusals", "an_envelope_leaps_only_so_far_that_those_after_it_still_count"),
        TooManyCards | TooManyCounters | TooManyKeys => {
            ("refusals", "a_wallet_takes_in_no_more_than_every_request_can_tell_of")
        }
        TakenBack => ("locks", "a_verification_taken_back_while_it_waits_is_not_there_afterwards"),
        NoDeviceKeys => ("keys_made", "without_device_keys_nothing_is_asked_and_no_envelope_opened"),
        DeviceKeysKnown => ("keys_made", "device_keys_are_made_anew_until_the_issuer_has_answered"),
        NoSpendKey => ("keys_made", "keys_that_nothing_can_open_are_refused"),
        NotBegun => ("provisioning", "an_envelope_is_finished_once_in_time_and_with_the_right_agreement"),
        RolledBack => ("provisioning", "a_wallet_put_back_to_an_older_copy_pays_nothing_until_it_is_resynchronised"),
        Request(error) => request(error),
        SignatureWrong => ("provisioning", "a_request_is_finished_once_and_with_the_device_s_signature_alone"),
        NothingToCheck | NoCodesLeft => {
            ("provisioning", "a_waiting_card_becomes_active_by_the_right_code_and_codes_run_out")
        }
        Coupon(error) => coupon(error),
        Ledger(_) => ledger(LedgerError::Full),
    }
}

#[rustfmt::skip]
const ERRORS: [Error; 43] = {
    use Error::*;
    [
        UnknownCard, UnknownApplication, KeyDoesNotFit, AtcOutOfRange, AtcNotRising, AnotherSpendKey, WindowOutOfRange,
        TakenBack, NotVerified, Limit(LimitFault::Currency), MerchantNotAsked, CardRetired,
        Profile(ProfileError { tag: Tag(0), fault: ProfileFault::Malformed }), Envelope(EnvelopeError::Oversized),
        AlreadyApplied, Stale, SequenceLeaps, NotBegun, Content(ContentError::Truncated), WrongAddress, Move(IllegalMove::NoSuchCard),
        TestOnly, ProtectionTooWeak, ProtectionTooStrong, PolicyAgainstProfile, TokenInUse, TooManyCards, TooManyCounters, TooManyKeys, StatementOld, ToOneself, AnotherToken, NotAsked,
        RolledBack, Request(RequestError::NothingWanted), SignatureWrong, NoDeviceKeys, DeviceKeysKnown, NoSpendKey,
        NothingToCheck, NoCodesLeft, Coupon(CouponError::Unknown), Ledger(LedgerError::Full),
    ]
};

fn ledger(error: LedgerError) -> Test {
    use LedgerError::*;
    let test = match error {
        Missing | Exists | Foreign | TooNew | Damaged => {
            "each_obstacle_to_opening_has_an_error_of_its_own_and_changes_nothing"
        }
        InUse => "a_directory_has_one_owner_and_its_files_are_private",
        Full | Failed => "a_full_disk_is_told_from_a_failing_one_and_neither_costs_anything",
        Poisoned => "a_failed_sync_or_a_write_that_cannot_be_taken_back_poisons_the_ledger_until_it_is_opened_again",
    };
    ("ledger", test)
}

const LEDGER: [LedgerError; 9] = {
    use LedgerError::*;
    [Missing, Exists, InUse, Foreign, TooNew, Damaged, Full, Failed, Poisoned]
};

fn profile(fault: ProfileFault) -> Test {
    use ProfileFault::*;
    let test = match fault {
        TooLarge | TooDeep | Malformed => "a_profile_is_at_most_8_kib_long_and_five_templates_deep",
        Missing => "mandatory_objects_are_missed_by_name",
        Twice => "nothing_stands_twice_in_what_one_terminal_reads",
        TooMany => "a_card_has_one_to_four_applications_each_with_a_name_of_its_own",
        Unknown | AnotherToken => "no_object_can_hold_another_account_number",
        WrongLength => "every_object_has_the_length_that_a_terminal_insists_on",
        WrongValue => "nothing_stands_behind_a_token_but_what_belongs_there",
        NotSupported => "the_aip_promises_nothing_that_the_card_does_not_do",
        OnDeviceWithoutCda => "verification_on_the_device_is_not_promised_to_readers_that_decline_it_without_cda",
        NotCertified | CertificateOver => {
            return ("profile_certificates", "each_fault_of_a_certificate_has_an_error_of_its_own");
        }
        NotInAfl => "the_locator_and_the_records_name_each_other",
        NotInDataObjectList => "data_object_lists_ask_for_all_that_is_signed",
        AnotherKernel => "an_application_speaks_to_the_kernel_that_terminals_will_choose",
        AnswerTooLong => "answers_fit_256_bytes",
        TestOnly => "a_card_that_needs_the_master_key_is_test_only_and_no_other_is",
    };
    ("profile_errors", test)
}

#[rustfmt::skip]
const PROFILE: [ProfileFault; 19] = {
    use ProfileFault::*;
    [
        Malformed, TooLarge, TooDeep, Missing, Twice, TooMany, Unknown, WrongLength, WrongValue, NotSupported,
        OnDeviceWithoutCda, NotCertified, CertificateOver, NotInAfl, NotInDataObjectList, AnotherToken, AnotherKernel,
        AnswerTooLong, TestOnly,
    ]
};

fn envelope(error: EnvelopeError) -> Test {
    use EnvelopeError::*;
    match error {
        Oversized | Truncated | Malformed | UnsupportedVersion | UnknownPurpose => ENVELOPES,
        ForeignIssuer | SignatureWrong | ForeignWallet | PointInvalid | CannotOpen => ENVELOPES,
    }
}

#[rustfmt::skip]
const ENVELOPE: [EnvelopeError; 10] = {
    use EnvelopeError::*;
    [
        Oversized, Truncated, Malformed, UnsupportedVersion, UnknownPurpose, ForeignIssuer, SignatureWrong, ForeignWallet,
        PointInvalid, CannotOpen,
    ]
};

fn limit(fault: LimitFault) -> Test {
    use LimitFault::*;
    match fault {
        Currency | Bounds | TooMany => {
            ("holder_rules", "limits_that_cannot_be_kept_have_each_an_error_of_their_own_and_change_nothing")
        }
    }
}

const LIMIT: [LimitFault; 3] = {
    use LimitFault::*;
    [Currency, Bounds, TooMany]
};

fn content(error: ContentError) -> Test {
    use ContentError::*;
    match error {
        UnknownVerification | Limit(_) | TransitTerms | AlertTerms => POLICIES,
        Truncated | TrailingBytes | UnknownProtection | PolicyWithoutUses | TooManyCodes | NoKeys => CONTENTS,
        TooManyKeys | ApplicationName | UnknownChannel | AtcOutOfRange | KeyNeverValid | IndexLength => CONTENTS,
        IccKeyLength => CONTENTS,
        IccKeyMissing => ("data_authentication", "no_payment_key_comes_without_the_key_that_its_application_promises"),
        TooManyLimits | LimitCurrency | NotSealed | SeedTooLong | PointInvalid | CardMissing => CONTENTS,
        StatementSequence | StatementCurrency | StatementAmount => {
            ("balance", "what_no_statement_can_say_is_refused_by_name")
        }
        TransferUnknown => {
            ("transfers/notices", "a_notice_of_a_transfer_that_was_never_made_shows_none_and_the_issuer_learns_it")
        }
        NoticeCount | UnknownNotice | NoticeReason | NoticeCurrency | MerchantName | CounterUnused => {
            ("notices", "a_notice_that_is_wrong_has_an_error_of_its_own_and_nothing_is_changed_by_its_envelope")
        }
        Coupon(fault) => coupon_fault(fault),
    }
}

#[rustfmt::skip]
const CONTENT: [ContentError; 35] = {
    use ContentError::*;
    [
        Truncated, TrailingBytes, UnknownProtection, PolicyWithoutUses, UnknownVerification,
        Limit(LimitFault::Currency), TransitTerms, AlertTerms, TooManyCodes, NoKeys, TooManyKeys, ApplicationName,
        UnknownChannel, AtcOutOfRange, IccKeyLength, IccKeyMissing, KeyNeverValid, IndexLength, TooManyLimits,
        LimitCurrency, NotSealed, SeedTooLong, PointInvalid, CardMissing, NoticeCount, UnknownNotice, NoticeReason,
        NoticeCurrency, MerchantName, CounterUnused, StatementSequence, StatementCurrency, StatementAmount, TransferUnknown,
        Coupon(CouponFault::Malformed),
    ]
};

fn illegal_move(error: IllegalMove) -> Test {
    use IllegalMove::*;
    match error {
        NoSuchCard | CardExists | CardActive => CONTENTS,
        CardRetired => ("holder_rules", "a_temporary_use_that_is_over_retires_the_card_and_the_issuer_hears_of_it"),
        CardDeleted | CardWaits => {
            ("refusals", "an_envelope_that_leads_nowhere_from_a_card_s_state_leaves_the_card_in_it")
        }
    }
}

const MOVE: [IllegalMove; 6] = {
    use IllegalMove::*;
    [NoSuchCard, CardExists, CardDeleted, CardWaits, CardActive, CardRetired]
};

fn request(error: RequestError) -> Test {
    use RequestError::*;
    match error {
        ChallengeLength | CodeLength | ChainLength | CertificateLength | NothingWanted => {
            ("refusals", "a_request_that_cannot_be_made_uses_up_no_code_and_leaves_the_one_before_to_be_finished")
        }
    }
}

const REQUEST: [RequestError; 5] = {
    use RequestError::*;
    [ChallengeLength, CodeLength, ChainLength, CertificateLength, NothingWanted]
};

fn qr(error: QrError) -> Test {
    use QrError::*;
    let test = match error {
        Oversized | NotText | NotMerchantPresented | ChecksumMissing | ChecksumForm | ChecksumWrong => {
            "what_is_no_whole_code_is_refused_by_name"
        }
        ChecksumNotLast | Truncated | NotDigits | Template(_) | Empty(_) | Twice(_) | Missing(_) | NoAccount => {
            "lengths_that_lie_and_objects_that_are_missing_or_doubled_are_refused_by_name"
        }
        Version | Length(_) | Characters(_) | HiddenCharacters(_) | PointOfInitiation | Currency | ConsumerData => {
            "values_that_cannot_be_are_refused_by_name"
        }
        AmountForm(_) | AmountDecimals(_) | AmountZero(_) | TipIndicator | FeeMissing(_) | FeeUnexpected(_)
        | FeePercentage => "amounts_and_fees_that_cannot_be_are_refused_by_name",
        AmountTooLarge | AmountNotTyped | AmountFixed | TipNotAsked => {
            "an_order_takes_from_the_person_what_the_code_leaves_open_and_nothing_else"
        }
    };
    ("merchant_codes/refused", test)
}

#[rustfmt::skip]
const QR: [QrError; 32] = {
    use QrError::*;
    const AT: DataObjectId = DataObjectId { template: None, id: 0 };
    [
        Oversized, NotText, NotMerchantPresented, Version, ChecksumMissing, ChecksumForm, ChecksumWrong,
        ChecksumNotLast, Truncated, NotDigits, Template(AT), Empty(AT), Twice(AT), Missing(AT), NoAccount,
        Length(AT), Characters(AT), HiddenCharacters(AT), PointOfInitiation, Currency, AmountForm(AT),
        AmountDecimals(AT), AmountZero(AT), AmountTooLarge, TipIndicator, FeeMissing(AT), FeeUnexpected(AT),
        FeePercentage, ConsumerData, AmountNotTyped, AmountFixed, TipNotAsked,
    ]
};

#[rustfmt::skip]
const ORDER: [OrderError; 10] = {
    use OrderError::*;
    [
        Malformed, AmountZero, AmountTooLarge, Currency, Country, Category, MerchantId, MerchantName, HiddenCharacters,
        Nonce,
    ]
};

fn order(_: OrderError) -> Test {
    ("remote/orders", "an_order_that_is_none_is_refused_by_name")
}

#[rustfmt::skip]
const TRANSFER: [TransferError; 8] = {
    use TransferError::*;
    [Malformed, AmountZero, AmountTooLarge, Currency, Payee, PayeeName, Note, HiddenCharacters]
};

fn transfer(_: TransferError) -> Test {
    ("transfers/refused", "a_transfer_that_is_none_is_refused_by_name")
}

fn coupon(error: CouponError) -> Test {
    use CouponError::*;
    let test = match error {
        Unknown | NotYetValid | Expired | UsedUp | SignerNotTrusted | ClockSetBack => {
            "a_coupon_that_cannot_be_presented_is_refused_by_name_and_nothing_is_spent"
        }
    };
    ("coupons/refused", test)
}

const COUPON: [CouponError; 6] = {
    use CouponError::*;
    [Unknown, NotYetValid, Expired, UsedUp, SignerNotTrusted, ClockSetBack]
};

fn coupon_fault(fault: CouponFault) -> Test {
    use CouponFault::*;
    let test = match fault {
        Malformed | Title | Conditions | HiddenCharacters | Worth | Currency | NeverValid | Uses => {
            "a_coupon_that_is_none_is_refused_by_name_and_changes_nothing"
        }
        UnknownSigner | SignatureWrong | Known => "a_coupon_that_its_signer_did_not_give_or_gave_before_is_refused",
        TooMany | TooManySigners => "a_wallet_keeps_only_so_many_coupons_and_signers_and_says_so",
        SignerName | UnknownAction | NoSuchCoupon | UseUnused | UnknownNotice | NoticeCount => {
            "a_signer_or_a_notice_that_is_none_is_refused_by_name_and_changes_nothing"
        }
    };
    ("coupons/refused", test)
}

#[rustfmt::skip]
const COUPON_FAULT: [CouponFault; 19] = {
    use CouponFault::*;
    [
        Malformed, Title, Conditions, HiddenCharacters, Worth, Currency, NeverValid, Uses, UnknownSigner, SignatureWrong,
        Known, TooMany, SignerName, UnknownAction, TooManySigners, NoSuchCoupon, UseUnused, UnknownNotice, NoticeCount,
    ]
};

#[test]
fn every_error_is_provoked_by_the_test_that_it_names() {
    let mut declared = enums_of_errors();
    let mut named = |enumeration: &str, variants: Vec<(String, Test)>| {
        for (variant, (file, test)) in &variants {
            let body = body(file, test).unwrap_or_else(|| panic!("{variant}: no test {test} in {file}.rs"));
            assert!(words(&body).any(|word| word == variant), "{enumeration}::{variant}: {test} does not speak of it");
        }
        let position = declared.iter().position(|(name, _)| name == enumeration).unwrap();
        let names: Vec<String> = variants.into_iter().map(|(variant, _)| variant).collect();
        assert_eq!(declared.remove(position).1, names, "{enumeration}");
    };
    named("Error", of(&ERRORS, error));
    named("LedgerError", of(&LEDGER, ledger));
    named("ProfileFault", of(&PROFILE, profile));
    named("EnvelopeError", of(&ENVELOPE, envelope));
    named("LimitFault", of(&LIMIT, limit));
    named("ContentError", of(&CONTENT, content));
    named("IllegalMove", of(&MOVE, illegal_move));
    named("RequestError", of(&REQUEST, request));
    named("QrError", of(&QR, qr));
    named("OrderError", of(&ORDER, order));
    named("TransferError", of(&TRANSFER, transfer));
    named("CouponError", of(&COUPON, coupon));
    named("CouponFault", of(&COUPON_FAULT, coupon_fault));
    assert_eq!(declared, [], "and there are no others");
}

/// Each variant by its name, and its test.
fn of<E: Copy + Debug>(variants: &[E], test: fn(E) -> Test) -> Vec<(String, Test)> {
    variants.iter().map(|error| (first_word(&format!("{error:?}")), test(*error))).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
}

fn first_word(text: &str) -> String {
    words(text).next().unwrap_or_default().to_owned()
}

/// What stands in a test.
fn body(file: &str, test: &str) -> Option<String> {
    let source = fs::read_to_string(root().join("tests/desk/tests").join(file).with_extension("rs")).ok()?;
    let (_, from) = source.split_once(&format!("#[test]\nfn {test}() {{\n"))?;
    Some(from.split_once("\n}\n")?.0.to_owned())
}

/// Every public enum of the core that is an error by its name, and its variants.
fn enums_of_errors() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for file in sources(&root().join("rust-core/src")) {
        let source = fs::read_to_string(file).unwrap();
        for declared in source.split("\npub enum ").skip(1) {
            let (head, variants) = declared.split_once(" {\n").unwrap();
            if !["Error", "Fault", "Move", "Refused"].iter().any(|ending| head.ends_with(ending)) {
                continue;
            }
            let variants = variants.split_once("\n}\n").unwrap().0.lines();
            let variants = variants.filter(|line| !line.trim_start().starts_with("//"));
            found.push((head.to_owned(), variants.map(|line| first_word(line.trim_start())).collect()));
        }
    }
    found
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
