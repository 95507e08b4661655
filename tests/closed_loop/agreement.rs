//! The card from the seed that it is sent, the issuer from its master key: each transaction's cryptogram is the same.

use hcepay_core::known_answers::FixedPart;
use hcepay_core::known_answers::Verdict;
use hcepay_core::known_answers::card_verification_results::{CryptogramType, Cvr};
use hcepay_core::known_answers::cvn::Cvn;
use hcepay_core::known_answers::input::{CryptogramInput, TransactionData};
use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::known_answers::mac::mac;
use hcepay_core::known_answers::ratchet;
use hcepay_core::{Atc, Method, SecretKey, Seed};
use hcepay_desk::tally::tell;
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::account::Secret;
use hcepay_tests::issuer::demo_cards::DemoCard;
use hcepay_tests::issuer::verification::Verdict as IssuerVerdict;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const CVN: Cvn = Cvn::Kernel3CvnC1;
const CARDS: u64 = 100;
const TRANSACTIONS_PER_CARD: u16 = 100;

fn drawn<const LENGTH: usize>(random: &mut ChaCha8Rng) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    random.fill_bytes(&mut bytes);
    bytes
}

/// A random transaction of the card under this key, as its terminal sends it to the issuer.
fn request(card: &DemoCard, atc: Atc, key: &SecretKey, random: &mut ChaCha8Rng) -> AuthorisationRequest {
    let application = &card.applications[0];
    let verified = random.next_u32().is_multiple_of(2);
    let verdict = if verified { Verdict::Verified(Method::Biometric) } else { Verdict::NotNeeded };
    let cvr = Cvr::of(CVN, CryptogramType::Arqc, verdict);
    let iad = Iad::of(CVN, &FixedPart::parse(CVN, &application.issuer_application_data).unwrap(), &cvr, [0; 4]);
    let transaction = TransactionData {
        amount_authorised: drawn(random),
        amount_other: drawn(random),
        terminal_country: drawn(random),
        tvr: drawn(random),
        currency: drawn(random),
        date: drawn(random),
        transaction_type: drawn(random),
        unpredictable_number: drawn(random),
    };
    let input = CryptogramInput { transaction: &transaction, aip: drawn(random), atc, cvr: &cvr, iad: &iad };
    let cryptogram = mac(CVN.mac_algorithm(), key, &input.bytes(CVN));

    let mut request = AuthorisationRequest::new();
    let track_2 = card.token.track_2(card.expiry);
    let objects: [(u32, &[u8]); 18] = [
        (0x4F, &application.aid),
        (0x57, &track_2),
        (0x5F34, &[card.sequence_number.unwrap()]),
        (0x82, &input.aip),
        (0x95, &transaction.tvr),
        (0x9A, &transaction.date),
        (0x9C, &transaction.transaction_type),
        (0x9F02, &transaction.amount_authorised),
        (0x9F03, &transaction.amount_other),
        (0x9F10, iad.bytes()),
        (0x9F1A, &transaction.terminal_country),
        (0x5F2A, &transaction.currency),
        (0x9F26, &cryptogram),
        (0x9F27, &[0x80]),
        (0x9F36, &atc.bytes()),
        (0x9F37, &transaction.unpredictable_number),
        (0x9F66, &[0x36, if verified { 0x40 } else { 0x00 }, 0x40, 0x00]),
        (0x9F6C, &[0x00, if verified { 0x80 } else { 0x00 }]),
    ];
    objects.iter().for_each(|(tag, value)| request.put(*tag, value));
    request
}

/// The seed that the issuer sends for these counters.
fn sent_seed(issuer: &mut Issuer, card: &DemoCard, first_atc: u16, count: u16) -> Seed {
    let aid = &card.applications[0].aid;
    let issued = issuer.issue_keys(card.token.digits(), aid, first_atc, count, 0, 0).unwrap();
    assert_eq!((issued.len(), issued[0].first_atc, issued[0].uses), (1, first_atc, count));
    match issued[0].secret {
        Secret::Seed(seed) => Seed::new(Box::new(seed)),
        Secret::Key(_) => panic!("the closed-loop scheme sends seeds"),
    }
}

#[test]
fn the_issuer_accepts_ten_thousand_random_transactions_of_cards_that_know_a_seed_alone() {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut accepted = 0;
    for number in 0..CARDS {
        let mut issuer = Issuer::new(number);
        let card = issuer.open_account("closed-loop").unwrap();
        let first_atc = 1 + (random.next_u32() % 300) as u16;
        let mut seed = sent_seed(&mut issuer, &card, first_atc, TRANSACTIONS_PER_CARD);
        for atc in first_atc..first_atc + TRANSACTIONS_PER_CARD {
            let atc = Atc::new(atc).unwrap();
            let (key, next) = ratchet::step(seed, atc);
            seed = next;
            let request = request(&card, atc, &key, &mut random);
            let verification = issuer.verify(&request, 0);
            assert_eq!(verification.verdict, IssuerVerdict::Valid, "{number}, {atc:?}: {:#?}", verification.steps);
            accepted += 1;
        }
    }
    assert_eq!(accepted, 10_000);
    tell(&format!("differential cases: closed loop, card and issuer: {accepted}"));
}

#[test]
fn the_ratchet_leads_from_the_first_counter_to_the_last() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account("closed-loop").unwrap();
    let mut seed = sent_seed(&mut issuer, &card, 1, 1);
    for passed in 1..0xFFFE {
        (_, seed) = ratchet::step(seed, Atc::new(passed).unwrap());
    }
    let last = Atc::new(0xFFFE).unwrap();
    assert_eq!(seed.expose(), sent_seed(&mut issuer, &card, 0xFFFE, 1).expose());
    let (key, _) = ratchet::step(seed, last);
    assert_eq!(issuer.verify(&request(&card, last, &key, &mut random), 0).verdict, IssuerVerdict::Valid);
}

#[test]
fn the_key_of_another_counter_is_refused() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account("closed-loop").unwrap();
    let seed = sent_seed(&mut issuer, &card, 1, 2);
    let (first, second) = (Atc::new(1).unwrap(), Atc::new(2).unwrap());
    let (key, _) = ratchet::step(seed, first);
    assert_eq!(issuer.verify(&request(&card, second, &key, &mut random), 0).verdict, IssuerVerdict::InvalidCryptogram);
    assert_eq!(issuer.verify(&request(&card, first, &key, &mut random), 0).verdict, IssuerVerdict::Valid);
}
