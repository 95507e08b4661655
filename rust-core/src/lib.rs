//! The card side of an EMV contactless transaction, for Android host card emulation.
//!
//! A terminal's commands go into [`Wallet::process`], answers come out; when the field is gone,
//! [`Wallet::deactivated`] gives one [`Report`]. Everything else comes in from outside: the time ([`Now`]),
//! randomness ([`Randomness`]), a directory ([`Storage`]), the issuer's envelopes ([`Wallet::apply_begin`]) with cards
//! and keys, and the word that the holder has verified ([`Wallet::arm`]). Out go requests to the issuer
//! ([`Wallet::replenishment_request`] and its like). No network, no threads, no clock of its own. All that it gives out is listed in
//! `rust-core/api.txt`, which a test keeps true (`tests/public_face.rs`).
//!
//! A whole wallet against a whole issuer: `examples/wallet/`. What stands in envelopes, requests and profiles: [`formats`].
//!
//! # The house
//!
//! Eleven rooms and four files, from the door down. A room imports only rooms below it, a file no file that imports it.
//!
//! | room | what is in it |
//! |---|---|
//! | `wallet/` | the one door, a file for each who comes in: the terminal, the holder, the app, keys that the platform made, the issuer's envelopes, requests to it, upkeep |
//! | `tap/` | one contact with a reader |
//! | `remote/` | a payment without one: an order online, a code on the screen |
//! | `issuer/` | the issuer's word and our questions, as bytes |
//! | `cryptogram/` | what is signed, and how: pure functions |
//! | `ledger/` | the one durable file. It alone makes a `SpentKey` |
//! | `card/` | what a card is |
//! | `coupon/` | what a coupon is |
//! | `keys/` | secrets and what opens them |
//! | `qr/` | what a merchant's QR code asks for, and the one with which a person pays |
//! | `error.rs` | what the app can be told |
//! | `emv/` | bytes in, bytes out |
//! | `wire.rs` | fields one behind the other, as records and envelopes have them |
//! | `now.rs` | the time, which comes in from outside |
//! | `randomness.rs` | randomness, which does too |
//!
//! # The path of a tap
//!
//! | step | file |
//! |---|---|
//! | a command comes in by the one door | `wallet/terminal.rs` |
//! | it belongs to a contact, which is begun or goes on | `tap/contact.rs` |
//! | bytes become class, instruction, P1, P2, data | `emv/apdu.rs` |
//! | class and instruction become one of five commands | `emv/command.rs` |
//! | does this state take it? | `tap/transaction.rs` |
//! | parameters and data become a typed command | `emv/command.rs`, `emv/tlv.rs` |
//! | SELECT: the directory, or the application meant | `tap/selection.rs`, `emv/fci.rs` |
//! | READ RECORD: a record that the AFL names | `tap/transaction.rs`, `emv/afl.rs`, `card/profile.rs` |
//! | are the card's certificates over? then its other face | `card/profile.rs`, `card/certificate_end.rs` |
//! | GET PROCESSING OPTIONS, GENERATE AC: the kernel's own rules | `tap/kernel2.rs`, `kernel3.rs`, `kernel7.rs` |
//! | the terminal's values, cut by the list the card gave it | `emv/dol.rs` |
//! | what the terminal claims beside, for the report | `card/terminal_claims.rs`, `tap/observed.rs` |
//! | not too often? | `tap/rate_limit.rs`, `card/cryptogram_budget.rs` |
//! | is there a key for now? | `ledger/leases.rs`, `ledger/state.rs`, `keys/payment_key.rs` |
//! | has the holder verified? | `tap/verification.rs`, `card/cardholder_verification.rs` |
//! | is the key open? | `ledger/open_keys.rs`, `keys/spend_key.rs` |
//! | the key's spending is written, then the cryptogram made | `tap/kernels.rs`, `ledger/spending.rs`, `ledger/log.rs`, `cryptogram.rs` |
//! | what is signed, what the issuer is told | `cryptogram/` |
//! | the terminal wants it inside a signature (CDA) | `cryptogram/signed_dynamic_data.rs`, `keys/icc_key.rs`, `ledger/icc_keys.rs` |
//! | kernels 3 and 7: the terminal wants one beside it (fDDA) | `tap/fast_dda.rs`, and the same |
//! | the answer, as data objects and a status word | `emv/tlv.rs`, `emv/apdu.rs`, `emv/status_word.rs` |
//! | the field is gone: what came of it | `tap/contact.rs`, `card/report.rs`, `card/why.rs` |
//! | it is a row of the journal from now on | `ledger/reports.rs`, `ledger/journal.rs`, `ledger/row.rs` |
//! | what was said, for a bug report, without what names someone or pays | `tap/trace.rs` |
//!
//! # The path of a payment without a reader
//!
//! | step | file |
//! |---|---|
//! | a merchant's order, or one that its QR code asks for | `card/online_order.rs`, `qr/merchant_presented.rs`, `qr/merchant_order.rs` |
//! | the holder verifies for exactly this order, or for a code | `wallet/holder.rs`, `tap/verification.rs` |
//! | is there a key of this channel? | `wallet/remote.rs`, `ledger/leases.rs`, `keys/channel.rs` |
//! | the device signs the order | `wallet/remote.rs` |
//! | the key's spending is on the medium, then the cryptogram made | `wallet/remote.rs`, `ledger/spending.rs`, `remote/signed.rs` |
//! | over what | `remote/transaction.rs` |
//! | what the merchant is given | `remote/chip_data.rs`, `remote/online_payment.rs`, `card/payment_token.rs` |
//! | what the code says, and its picture | `qr/consumer_presented.rs`, `remote/consumer_code.rs`, `qr/modules.rs` |
//! | it is a row of the journal | `ledger/reports.rs` |
//!
//! # The path of a coupon
//!
//! | step | file |
//! |---|---|
//! | whose coupons are taken; a coupon, signed by one of them, comes in the issuer's envelope | `coupon/coupon_signer.rs`, `coupon/coupon_terms.rs`, `issuer/contents.rs` |
//! | what there is, and how it stands | `coupon/listing.rs`, `ledger/coupons.rs` |
//! | the holder chooses it for the next reader of its merchant: one use is leased | `wallet/coupons.rs`, `ledger/coupon_spending.rs` |
//! | a reader selects its application, before the payment, and brings a challenge | `tap/contact.rs`, `tap/coupons.rs` |
//! | the use is written as presented, then the MAC made | `ledger/coupon_spending.rs`, `ledger/coupon_record.rs`, `cryptogram/coupon_mac.rs`, `keys/coupon_secret.rs` |
//! | the contact's row says so | `ledger/row.rs` |
//! | what became of it, by the issuer's word | `coupon/coupon_notice.rs` |
//!
//! # The issuer's word, and the wallet's questions
//!
//! | step | file |
//! |---|---|
//! | an envelope is proved to be the issuer's, for this wallet, and opened | `issuer/envelope.rs` |
//! | what is in it | `issuer/contents.rs`, `card/policy.rs`, `keys/payment_key.rs` |
//! | may this card take it? | `card/life_cycle.rs` |
//! | in sequence, once, whole or not at all | `wallet/envelopes.rs` |
//! | what is on the account, with its age | `card/statement.rs`, `wallet/balance.rs` |
//! | the holder asks for a transfer | `card/transfer.rs`, `wallet/transfers.rs` |
//! | what became of transfers | `ledger/transfer_notice.rs`, `ledger/transfer_journal.rs`, `card/transfer_row.rs` |
//! | what became of payments, in the journal | `ledger/notice.rs`, `ledger/journal.rs`, `card/journal_row.rs` |
//! | when to ask for keys, and for how many | `issuer/replenishment.rs` |
//! | what to ask next | `wallet/requests.rs` |
//! | the requests | `wallet/requests.rs`, `issuer/request.rs`, `issuer/card_listing.rs` |
//! | who the wallet is, and its keys | `keys/identity.rs`, `keys/spend_key.rs`, `wallet/keys_made.rs` |
//! | what the phone says of the device keys | `issuer/attestation.rs` |
//!
//! # The rules kept, and the test that guards each
//!
//! | rule | how | test |
//! |---|---|---|
//! | No key signs twice | a cryptogram takes a `SpentKey` by value, which only the ledger's `consume` and `consume_remote` give, after the use is written, and which is of one channel by its type; leases bound what a crash may forget | `no_counter_is_signed_twice_whatever_a_crash_leaves_on_the_disk`, `a_use_is_spent_once_and_a_key_that_is_used_up_is_gone`, `a_million_commands_never_panic_and_never_win_a_cryptogram_too_many`, `no_key_of_one_channel_pays_in_another_and_none_signs_twice` |
//! | No use of a coupon answers two challenges | the answer takes a `SpentCouponUse` by value, which only the ledger's `consume_coupon` gives, after the use is written; it was leased before, and an older copy that was put back presents none | `a_crash_at_any_call_lets_no_use_answer_two_challenges`, `an_older_copy_that_was_put_back_presents_no_coupon_ever`, `one_use_is_presented_in_a_contact_whatever_the_reader_asks` |
//! | Nothing burns but by a power loss | a lease is given back as long as its key is not spent; one that a seed gave is kept sealed | `arming_and_taking_it_back_burns_nothing`, `locking_and_unlocking_burns_nothing`, `a_process_that_dies_burns_nothing_and_a_power_loss_what_was_leased` |
//! | One rising counter per card, application and channel, FFFF never | keys are taken in only above all counters before | `a_counter_that_does_not_rise_is_refused_even_when_its_key_is_gone`, `a_counter_never_falls_even_where_the_clock_does`, `the_counter_ffff_is_never_used` |
//! | No wait in a tap | leases are put on the medium before the tap; in it there is one write, and no sync; who waits or computes holds no lock that a tap needs | `no_sync_and_no_rename_between_select_and_cryptogram_with_a_lease_at_hand` |
//! | Locked means untouched | a key is opened after the verdict only; keys of a card that always wants verification are sealed to a key that only [`Wallet::arm`] brings | `without_verification_the_terminal_says_see_phone_and_no_key_is_spent`, `no_key_can_be_opened_before_the_spend_key_is_brought`, `a_verification_taken_back_while_it_waits_is_not_there_afterwards`, `every_call_that_is_told_the_time_wipes_the_spend_key_of_a_window_that_is_over` |
//! | The card that the holder chose, no other | a contact is about one card from its first command | `the_directory_lists_the_chosen_card_alone_and_no_other_card_answers` |
//! | One truth about verification | one [`Verdict`](known_answers::Verdict), which CTQ and CVR encode and kernel 2 holds against the terminal's claims | `ctq_and_cvr_say_the_same_whatever_the_terminal_and_the_holder_did`, `kernel_2_signs_nothing_where_the_terminal_claims_what_did_not_happen` |
//! | This phone only | an older copy is behind the mark that the platform keeps, and gives no key | `a_wallet_put_back_to_an_older_copy_pays_nothing_until_it_is_resynchronised` |
//! | The issuer's word is sequenced | sequence and digest stand in one record with what the envelope comes to | `the_same_envelope_again_is_told_from_an_older_one_and_neither_changes_anything`, `what_was_acknowledged_is_there_after_every_crash_and_applied_whole_or_not_at_all`, `every_bit_of_an_envelope_counts_and_the_ledger_stays_as_it_is`, `an_envelope_leaps_only_so_far_that_those_after_it_still_count` |
//! | No cryptogram twice for one number | a number that a payment had is refused where no verification is asked for, before a key is opened | `a_repeated_unpredictable_number_is_refused_and_told_and_nothing_is_spent` |
//! | Any bytes, any order | parsing to types at the edge, states consumed by value, no panics by lint | `every_state_answers_every_instruction_as_the_table_says`, the hostile terminal, the fuzz targets |
//! | One ending per tap | a contact is consumed by its report | `contacts_are_numbered_and_every_attempt_of_one_is_reported_in_order`, `a_number_is_given_to_one_contact_only_whatever_a_power_loss_takes`, the transcripts, `every_transcript_cut_after_each_command_has_one_report_and_one_row_which_say_what_was_spent` |
//! | No transfer twice under one number | it has a number of the series that no crash and no older copy repeats, and is on the medium before it is handed out; asked for again it is the same bytes | `a_crash_at_any_call_asks_for_no_transfer_twice_under_one_number`, `the_same_transfer_sent_again_is_known_and_moves_no_money_again` |
//! | No balance but the issuer's | its last word, with its age; what was paid since stands beside it | `an_older_statement_is_refused_and_the_last_one_stays`, `payments_since_stand_beside_the_balance_and_are_not_subtracted` |
//! | What the holder sees stays, and what the holder deletes is gone | rows are kept through compaction and acknowledgement; a notice settles, and shows no payment that this phone cannot have made | `a_row_says_what_was_told_and_outlives_acknowledgement_kill_boot_and_compaction`, `no_notice_brings_back_what_the_holder_deleted`, `a_notice_for_a_counter_never_used_shows_no_payment_that_was_not_made` |
//! | A fault of ours leaves the card deselected | the state is taken out while a command is answered | `a_fault_of_our_own_leaves_the_card_deselected_and_the_report_says_unknown` |
//! | No funding account number anywhere | profiles hold known objects only, and one token | `no_object_can_hold_another_account_number`, `nothing_stands_behind_a_token_but_what_belongs_there` |
//! | No secret in sight | keys are boxed, wiped, not `Clone`, not shown | `no_secret_stands_in_any_file_or_name_in_anything_shown_or_in_any_log`, `nothing_of_a_profile_or_a_key_stands_in_the_log`, `no_random_commands_leave_in_the_trace_what_names_someone_or_pays` |
//! | No copy of a key stays in memory | boxed in place; key objects that a library does not wipe are wrapped, the stack is overwritten after key work (`wipe.rs`) | `no_copy_of_a_key_stays_in_memory` |
//! | No unsafe of ours | `forbid(unsafe_code)` in every other crate, `deny` here, one exception: `wipe.rs` | the compiler |

mod card;
mod coupon;
mod cryptogram;
mod emv;
mod error;
mod issuer;
mod keys;
mod ledger;
mod now;
mod qr;
mod randomness;
mod remote;
mod tap;
mod wallet;
mod wire;

pub use card::alert::Alert;
pub use card::alert_kind::{Action, Rule};
pub use card::alert_policy::AlertTerms;
pub use card::allowance::Allowance;
pub use card::cardholder_verification::Method;
pub use card::certificate_end::CertificateEnd;
pub use card::envelope_purpose::Purpose;
pub use card::holder_rules::HolderRules;
pub use card::journal_row::{DeclineReason, Row, Settled, Settlement};
pub use card::life_cycle::CardState;
pub use card::online_order::{OnlineOrder, OrderDigest, OrderTerms};
pub use card::payment_token::PaymentToken;
pub use card::policy::Policy;
pub use card::recognition::{ExpiryMonth, LastFour};
pub use card::report::{Attempt, Outcome, Reason, Report};
pub use card::snapshot::{Card, CardApplication, CardId};
pub use card::statement::Statement;
pub use card::temporary_use::{MostPaid, TemporarilyUsed, TemporaryUse};
pub use card::terminal_claims::TerminalClaims;
pub use card::transfer::{Transfer, TransferDigest, TransferTerms};
pub use card::transfer_row::{TransferRefusal, TransferRow, TransferState};
pub use card::verification_policy::{Exemptions, Transit, VerificationPolicy};
pub use coupon::coupon_notice::CouponSettled;
pub use coupon::coupon_terms::{CouponId, CouponUse, Worth};
pub use coupon::listing::{Coupon, CouponState, PresentedUse};
pub use emv::aid::Aid;
pub use emv::amount::Amount;
pub use emv::atc::Atc;
pub use emv::data_object_id::DataObjectId;
pub use emv::tags::Tag;
pub use error::contents::{ContentError, LimitFault};
pub use error::coupon::{CouponError, CouponFault};
pub use error::order::OrderError;
pub use error::qr::QrError;
pub use error::transfer::TransferError;
pub use error::{EnvelopeError, Error, IllegalMove, LedgerError, ProfileError, ProfileFault, RequestError};
pub use issuer::attestation::{Attestation, CertificateChain};
pub use issuer::replenishment::{Advice, Ask, Why};
pub use keys::agreement::{AgreementKey, AgreementPoint, SharedSecret};
pub use keys::channel::Channel;
pub use keys::identity::DeviceKeys;
pub use keys::issuer_key::IssuerKey;
pub use keys::payment_key::{KeyTerms, PaymentKey};
pub use keys::ratchet::Seed;
pub use keys::secret::SecretKey;
pub use keys::spend_key::Protection;
pub use ledger::files::Files;
pub use ledger::seal::StoreKey;
pub use ledger::storage::{Storage, StoredFile};
pub use now::Now;
pub use qr::additional_data::{AdditionalData, ConsumerDatum, Label, LabelValue};
pub use qr::data_objects::DataObject;
pub use qr::merchant_account::MerchantAccount;
pub use qr::merchant_order::MerchantOrder;
pub use qr::merchant_presented::{Initiation, MerchantCode};
pub use qr::modules::Modules;
pub use qr::other_language::OtherLanguage;
pub use qr::tip_or_fee::TipOrFee;
pub use randomness::Randomness;
pub use remote::consumer_code::{CODE_LIFE_MS, ConsumerCode};
pub use remote::not_paid::NotPaid;
pub use remote::online_payment::OnlinePayment;
pub use tap::verification::{DEFAULT_WINDOW_MS, Scope};
pub use wallet::Wallet;
pub use wallet::balance::Balance;
pub use wallet::envelopes::{Applied, Begun};
pub use wallet::keys_made::ReleasedSpendKey;
pub use wallet::requests::{CHECK_IN_AFTER_MS, NextRequest, ToSign};
pub use wallet::transfers::TransferRequest;

/// The formats, for whoever writes an issuer: what is in an envelope, in a request, in a profile. In the order in which an issuer
/// needs them; `examples/wallet/issuer.rs` is one. No code of an app's needs this.
pub mod formats {
    pub use crate::card::{allowance, life_cycle, policy, profile, statement, transfer, verification_policy};
    pub use crate::coupon::{coupon_notice, coupon_signer, coupon_terms};
    pub use crate::issuer::{contents, envelope, request};
    pub use crate::keys::{icc_key, payment_key, ratchet, spend_key};
    pub use crate::ledger::{notice, transfer_notice};
}

/// The pure functions, the issuer's envelope and how long it may be open, for known answers and for teachers. No wallet needs
/// them.
pub mod known_answers {
    pub use crate::card::cardholder_verification::{Missing, Verdict};
    pub use crate::card::cvn;
    pub use crate::card::data_authentication::SignedDataFormat;
    pub use crate::card::iad_fixed_part::FixedPart;
    pub use crate::cryptogram::{
        card_verification_results, input, issuer_application_data, mac, session_key, signed_dynamic_data, under,
    };
    pub use crate::issuer::envelope::header::Header;
    pub use crate::issuer::envelope::{Envelope, Opened, Opening};
    pub use crate::keys::aes_gcm::{self, Content};
    pub use crate::keys::icc_key::IccKey;
    pub use crate::keys::issuer_key::{Digest, IssuerKeyId};
    pub use crate::keys::wallet_id::WalletId;
    pub use crate::keys::{hkdf, hpke, ratchet};
    pub use crate::wallet::pending::AGREEMENT_WITHIN_MS;
}
