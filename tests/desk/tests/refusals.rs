//! What the wallet refuses of its issuer and of its app: each cause has an error of its own, and not a byte on the disk is
//! another after it.

use crate::enrolled_wallet::{EnrolledWallet, policy};
use hcepay_core::{
    Attestation, CertificateChain, Channel, ContentError, EnvelopeError, Error, IllegalMove, KeyTerms, PaymentKey,
    ProfileError, ProfileFault, RequestError, SecretKey, Tag,
};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::contents::{self, Counter};
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::seal::{Address, Purpose};
use hcepay_tests::issuer::verification::Verdict;

/// A key as a replenishment brings it: name, channel, first counter, uses, not before, not after, index, limits, form, the
/// sealing point (the base point of P-256), and what is sealed.
const KEY: [&str; 11] = [
    "07A0000000031010",
    "01",
    "0005",
    "0001",
    "0000000000000001",
    "0000000000000002",
    "00",
    "00",
    "01",
    "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5",
    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
];

/// A replenishment by that key, some of its fields others.
fn key_but(others: &[(usize, &str)]) -> Vec<u8> {
    let mut key = KEY;
    others.iter().for_each(|(place, other)| key[*place] = other);
    from_hex(&format!("01{}", key.concat())).unwrap()
}

#[test]
fn contents_that_do_not_fit_have_each_an_error_of_their_own_and_change_nothing() {
    use Protection::{Authenticated, Device};
    use Purpose::{
        Delete, InstallCard, IssuerTime, Policy, Renew, ReplenishKeys, Resume, Resynchronise, RotateIssuerKey, Suspend,
    };
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    let card = holder.card().number();
    let log = holder.log();
    let profile = |name: &str| demo_card(name).unwrap().profile();
    let install = |name: &str, protection| contents::install_card(&policy(protection), 0, &profile(name), &[]).unwrap();
    let renew = |name: &str| contents::renew(&profile(name)).unwrap();
    let bytes = |content: &str| from_hex(content).unwrap();
    let five_limits =
        format!("05{}", [1, 2, 3, 4, 5].map(|currency| format!("{currency:04}0000000000000001")).concat());
    let of_no_card = format!("{} 01 00000000 07A0000000031010 01 0001", "00".repeat(16));
    let no_profile = ProfileError { tag: Tag(0xEA), fault: ProfileFault::Malformed };
    let refused = [
        (InstallCard, 9, install("kernel3-cvn18", Authenticated), Error::TokenInUse),
        (InstallCard, 9, install("test-kernel3-cvn0a", Authenticated), Error::TestOnly),
        (InstallCard, 9, install("kernel2-cvn14", Device), Error::ProtectionTooWeak),
        (InstallCard, 0, install("kernel2-cvn14", Authenticated), Error::WrongAddress),
        (InstallCard, 9, bytes("0300010002 0000 00 0000 00"), Error::Profile(no_profile)),
        (Policy, card, policy(Device).content(), Error::ProtectionTooWeak),
        (Renew, card, renew("kernel2-cvn14"), Error::AnotherToken),
        (Renew, card, renew("test-kernel3-cvn0a"), Error::TestOnly),
        (IssuerTime, card, contents::issuer_time(&[0; 16], 0), Error::WrongAddress),
        (IssuerTime, 0, contents::issuer_time(&[0; 16], 0), Error::NotAsked),
        (Resynchronise, 0, contents::resynchronise(&[0; 16], &[]).unwrap(), Error::NotAsked),
        (ReplenishKeys, card, key_but(&[(0, "07A0000000041010")]), Error::UnknownApplication),
        (ReplenishKeys, card, key_but(&[(3, "0002")]), Error::KeyDoesNotFit),
        (ReplenishKeys, card, key_but(&[]), Error::AtcNotRising),
        (InstallCard, card, install("kernel2-cvn14", Authenticated), Error::Move(IllegalMove::CardExists)),
        (Policy, 9, policy(Device).content(), Error::Move(IllegalMove::NoSuchCard)),
        (Delete, 9, vec![], Error::Move(IllegalMove::NoSuchCard)),
        (Resume, card, vec![], Error::Move(IllegalMove::CardActive)),
        (InstallCard, 9, vec![3, 0, 1], Error::Content(ContentError::Truncated)),
        (Suspend, card, vec![0], Error::Content(ContentError::TrailingBytes)),
        (Renew, card, bytes("0000 01 05A000000004 01 0001 00"), Error::Content(ContentError::IccKeyLength)),
        (Policy, card, bytes("04 0001 0002 00 00"), Error::Content(ContentError::UnknownProtection)),
        (Policy, card, bytes("03 0000 0002 00 00"), Error::Content(ContentError::PolicyWithoutUses)),
        (InstallCard, 9, bytes("0300010002 0000 0B 0000 00"), Error::Content(ContentError::TooManyCodes)),
        (ReplenishKeys, card, vec![0], Error::Content(ContentError::NoKeys)),
        (ReplenishKeys, card, vec![33], Error::Content(ContentError::TooManyKeys)),
        (ReplenishKeys, card, key_but(&[(0, "04A0000000")]), Error::Content(ContentError::ApplicationName)),
        (ReplenishKeys, card, key_but(&[(1, "04")]), Error::Content(ContentError::UnknownChannel)),
        (ReplenishKeys, card, key_but(&[(2, "FFFF")]), Error::Content(ContentError::AtcOutOfRange)),
        (ReplenishKeys, card, key_but(&[(4, "0000000000000003")]), Error::Content(ContentError::KeyNeverValid)),
        (ReplenishKeys, card, key_but(&[(6, "03051234")]), Error::Content(ContentError::IndexLength)),
        (ReplenishKeys, card, key_but(&[(7, "0103E80000000000000001")]), Error::Content(ContentError::LimitCurrency)),
        (ReplenishKeys, card, key_but(&[(7, &five_limits)]), Error::Content(ContentError::TooManyLimits)),
        (ReplenishKeys, card, key_but(&[(8, "00")]), Error::Content(ContentError::NotSealed)),
        (ReplenishKeys, card, key_but(&[(3, "03E9"), (8, "02")]), Error::Content(ContentError::SeedTooLong)),
        (RotateIssuerKey, 0, vec![4; 65], Error::Content(ContentError::PointInvalid)),
        (Resynchronise, 0, bytes(&of_no_card), Error::Content(ContentError::CardMissing)),
    ];
    for (purpose, card, content, error) in refused {
        assert_eq!(holder.apply_content(purpose, card, &content), Err(error), "{purpose:?} for card {card}");
        assert_eq!(holder.log(), log, "{purpose:?} for card {card}: {error}");
    }
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn an_envelope_that_leads_nowhere_from_a_card_s_state_leaves_the_card_in_it() {
    let mut holder = EnrolledWallet::new();
    let code = holder.install("kernel3-cvn18", 3, 5).unwrap();
    let (card, log) = (holder.card(), holder.log());
    let waits = holder.apply_content(Purpose::Suspend, card.number(), &[]);
    assert_eq!((waits, holder.log()), (Err(Error::Move(IllegalMove::CardWaits)), log));
    assert!(holder.wallet.identity_check_request(card, code.into()).is_ok(), "it still waits");
    holder.order(|issuer, holder, random| issuer.delete(holder, random));
    let log = holder.log();
    for purpose in [Purpose::Resume, Purpose::Delete] {
        let deleted = holder.apply_content(purpose, card.number(), &[]);
        assert_eq!((deleted, holder.log()), (Err(Error::Move(IllegalMove::CardDeleted)), log.clone()));
    }
    assert_eq!(holder.wallet.cards(), []);
}

#[test]
fn envelopes_that_are_not_whole_or_not_for_us_have_each_an_error_of_their_own_and_change_nothing() {
    let (mut holder, mut other) = (EnrolledWallet::new(), EnrolledWallet::another());
    holder.install("kernel3-cvn18", 0, 1);
    let suspend = holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let altered = |at: usize| {
        let mut altered = suspend.clone();
        altered[at] ^= 0x80;
        altered
    };
    let of_another_issuer = other.installed("kernel3-cvn18", policy(Protection::Authenticated), 0, 1).0;
    let address = Address { purpose: Purpose::Suspend, wallet: [9; 16], card: 1, sequence: 99 };
    let to_another_wallet = holder.seal(&address, &[]);
    let log = holder.log();
    // Behind the header of 38 bytes stand the ephemeral point and, behind a length, what is sealed.
    let refused = [
        (vec![1; 65_537], EnvelopeError::Oversized),
        (suspend[..suspend.len() - 1].to_vec(), EnvelopeError::Truncated),
        ([suspend.as_slice(), &[0]].concat(), EnvelopeError::Malformed),
        (altered(0), EnvelopeError::UnsupportedVersion),
        (altered(1), EnvelopeError::UnknownPurpose),
        (altered(2), EnvelopeError::ForeignIssuer),
        (of_another_issuer, EnvelopeError::ForeignIssuer),
        (altered(37), EnvelopeError::SignatureWrong),
        (altered(suspend.len() - 1), EnvelopeError::SignatureWrong),
        (to_another_wallet, EnvelopeError::ForeignWallet),
        (holder.sign_again(altered(38)), EnvelopeError::PointInvalid),
        (holder.sign_again(altered(105)), EnvelopeError::CannotOpen),
        (holder.sign_again(altered(37)), EnvelopeError::CannotOpen),
    ];
    for (envelope, error) in refused {
        assert_eq!((holder.apply(&envelope), holder.log()), (Err(Error::Envelope(error)), log.clone()), "{error}");
    }
    holder.apply(&suspend).unwrap();
}

#[test]
fn every_bit_of_an_envelope_counts_and_the_ledger_stays_as_it_is() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 1);
    let suspend = holder.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    let log = holder.log();
    for bit in 0..suspend.len() * 8 {
        let mut altered = suspend.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(holder.apply(&altered), Err(Error::Envelope(_))), "bit {bit}");
    }
    for length in 0..suspend.len() {
        let cut = holder.apply(&suspend[..length]);
        assert_eq!(cut, Err(Error::Envelope(EnvelopeError::Truncated)), "{length} bytes");
    }
    assert_eq!(holder.log(), log);
    holder.apply(&suspend).unwrap();
}

#[test]
fn a_request_that_cannot_be_made_uses_up_no_code_and_leaves_the_one_before_to_be_finished() {
    let mut holder = EnrolledWallet::new();
    let code = holder.install("kernel3-cvn18", 3, 5).unwrap();
    let card = holder.card();
    let before = holder.wallet.enrolment_request(&[1; 64], Attestation::default()).unwrap();
    let ask = |code: &[u8]| holder.wallet.identity_check_request(card, code.to_vec());
    let log = holder.log();
    let chain = |certificates| CertificateChain::new(certificates).unwrap_err();
    assert_eq!(chain(vec![vec![0x30]; 7]), RequestError::ChainLength);
    assert_eq!(chain(vec![vec![0x30; 4097]]), RequestError::CertificateLength);
    for (asked, error) in [
        (holder.wallet.enrolment_request(&[1; 65], Attestation::default()), RequestError::ChallengeLength),
        (ask(&[]), RequestError::CodeLength),
        (ask(&[b'1'; 33]), RequestError::CodeLength),
    ] {
        assert_eq!((asked, holder.log()), (Err(Error::Request(error)), log.clone()));
    }
    // A card that waits gets no keys.
    let asked = holder.wallet.replenishment_request(holder.now.wall_ms);
    assert_eq!((asked, holder.log()), (Err(Error::Request(RequestError::NothingWanted)), log));
    assert_eq!(holder.wallet.card(card, 0).unwrap().codes_left, 3);
    holder.sign(before);
    assert!(holder.wallet.identity_check_request(card, code.into()).is_ok());
}

#[test]
fn a_wallet_takes_in_no_more_than_every_request_can_tell_of() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    let (card, profile) = (holder.card(), demo_card("kernel2-cvn14").unwrap().profile());
    for _ in 1..20 {
        holder.wallet.install_unsealed(&profile).unwrap();
    }
    let log = holder.log();
    let install =
        contents::install_card(&policy(Protection::Authenticated), 0, &profile_of("closed-loop"), &[]).unwrap();
    assert_eq!(holder.apply_content(Purpose::InstallCard, 99, &install), Err(Error::TooManyCards));
    assert_eq!((holder.wallet.install_unsealed(&profile), holder.log()), (Err(Error::TooManyCards), log));
    assert!(holder.wallet.replenishment_request(holder.now.wall_ms).is_ok());
    holder.wallet.delete(holder.wallet.cards()[19]).unwrap();
    holder.apply_content(Purpose::InstallCard, 99, &install).unwrap();

    let more = (6..129).map(|atc| PaymentKey::new(&terms(atc), SecretKey::new(Box::new([0; 16]))).unwrap());
    holder.wallet.add_keys_unsealed(card, more.collect(), holder.now).unwrap();
    let log = holder.log();
    let key = key_but(&[(2, "0081")]);
    let one_too_many = holder.apply_content(Purpose::ReplenishKeys, card.number(), &key);
    assert_eq!((one_too_many, holder.log()), (Err(Error::TooManyKeys), log));

    let asked = holder.wallet.resynchronisation_request().unwrap();
    let challenge = holder.sign(asked)[18..34].try_into().unwrap();
    let counter = |last| Counter { card: card.number(), aid: vec![0xA0, 0, 0, 0, 3, last], channel: 1, atc: 9 };
    let counters = |count| contents::resynchronise(&challenge, &(0..count).map(counter).collect::<Vec<_>>()).unwrap();
    let log = holder.log();
    let one_too_many = holder.apply_content(Purpose::Resynchronise, 0, &counters(12));
    assert_eq!((one_too_many, holder.log()), (Err(Error::TooManyCounters), log));
    holder.apply_content(Purpose::Resynchronise, 0, &counters(11)).unwrap();
    assert!(holder.wallet.resynchronisation_request().is_ok());
}

#[test]
fn an_envelope_leaps_only_so_far_that_those_after_it_still_count() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    let (card, wallet) = (holder.card().number(), holder.id);
    let asked = holder.wallet.resynchronisation_request().unwrap();
    let challenge = holder.sign(asked)[18..34].try_into().unwrap();
    let resynchronise = contents::resynchronise(&challenge, &[]).unwrap();
    let log = holder.log();
    let highest = holder.wallet.highest_sequence();
    for sequence in [highest + 65_537, u64::MAX] {
        for (purpose, card, content) in
            [(Purpose::Suspend, card, vec![]), (Purpose::Resynchronise, 0, resynchronise.clone())]
        {
            let envelope = holder.seal(&Address { purpose, wallet, card, sequence }, &content);
            assert_eq!((holder.apply(&envelope), holder.log()), (Err(Error::SequenceLeaps), log.clone()));
        }
    }
    let sequence = highest + 65_536;
    let envelope = holder.seal(&Address { purpose: Purpose::Suspend, wallet, card, sequence }, &[]);
    assert_eq!(holder.apply(&envelope).unwrap().highest_sequence, sequence);
}

fn profile_of(name: &str) -> Vec<u8> {
    demo_card(name).unwrap().profile()
}

fn terms(first_atc: u16) -> KeyTerms {
    KeyTerms {
        aid: demo_card("kernel3-cvn18").unwrap().applications[0].aid.clone(),
        channel: Channel::Tap,
        first_atc,
        uses: 1,
        not_before_ms: 0,
        not_after_ms: u64::MAX,
        derivation_data: None,
        limits: Vec::new(),
    }
}
