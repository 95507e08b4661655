//! fDDA: kernels 3 and 7.

use emv::core::oda;
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::terminal::{OdaStep, Purchase, Reason};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{Change, Heard, bits_of, phone, random_purchase, reader, tap, tap_changed};

/// The cards that sign, and the bits of their keys.
pub(super) const CARDS: [(&str, usize); 3] =
    [("kernel3-fdda", 1024), ("kernel3-fdda-record", 1408), ("kernel7-fdda", 1152)];
/// Together ten thousand.
const TRANSACTIONS: usize = 3_334;

fn rid(card: &str) -> [u8; 5] {
    if card.starts_with("kernel7") { [0xA0, 0, 0, 0x03, 0x33] } else { [0xA0, 0, 0, 0, 3] }
}

/// The crate's verdict on the whole: the transaction counter in the signature.
fn verified(heard: &Heard) -> Option<Vec<u8>> {
    let icc_key = heard.icc_key().ok()?;
    let asked = heard.pdol_values.get(..33)?;
    let (amount, currency, unpredictable_number) = (&asked[4..10], &asked[23..25], &asked[29..33]);
    let beside = [unpredictable_number, amount, currency, heard.value(0x9F69)?].concat();
    let counter = oda::verify_dda(&icc_key, heard.value(0x9F4B)?, &beside).ok()?;
    (heard.value(0x9F36) == Some(&counter)).then_some(counter)
}

#[test]
fn ten_thousand_random_transactions_are_authenticated_by_both_verifiers() {
    let mut random = ChaCha8Rng::seed_from_u64(15);
    let mut related = std::collections::BTreeSet::new();
    for (card, bits) in CARDS {
        let mut phone = phone(card);
        for number in 0..TRANSACTIONS {
            let purchase = random_purchase(&mut random);
            let (tap, exchanges) = tap(&mut phone, &reader(rid(card)), &purchase);
            let context = format!("{card}, {number}, {purchase:?}: {}", tap.reason.sentence());
            let fdda = tap.oda.as_ref().unwrap_or_else(|| panic!("{context}"));
            let heard = Heard::of(&exchanges);
            let counter = verified(&heard).unwrap_or_else(|| panic!("{context}"));
            assert_eq!((&fdda.icc_dynamic_number, fdda.signed_data.len() * 8), (&counter, bits), "{context}");
            assert!(exchanges.iter().all(|(_, answer)| answer.len() <= 258), "{context}");
            // The card's own number is another one each time, and behind it stands the CTQ.
            let sent = heard.value(0x9F69).unwrap();
            assert_eq!(Some(&sent[5..]), heard.value(0x9F6C), "{context}");
            assert!(related.insert(sent[1..5].to_vec()), "{context}: it came before");
        }
    }
    tell(&format!("fDDA: {} transactions, by our terminal and by the crate emv", CARDS.len() * TRANSACTIONS));
}

#[test]
fn every_change_of_one_bit_is_refused_by_both_verifiers() {
    let (mut count, mut steps) = (0, std::collections::BTreeMap::new());
    for (card, bits) in CARDS {
        let mut phone = phone(card);
        let reader = reader(rid(card));
        let purchase = Purchase { amount_minor: 12_50, ..random_purchase(&mut ChaCha8Rng::seed_from_u64(2)) };
        let (_, exchanges) = tap(&mut phone, &reader, &purchase);
        let answer = |exchange: usize| exchanges[exchange].1.as_slice();
        let mut changes: Vec<(usize, Change)> = Vec::new();
        // Amount, currency and unpredictable number on their way to the card.
        for (first, length) in [(4, 6), (23, 2), (29, 4)] {
            changes.extend((8 * (7 + first)..8 * (7 + first + length)).map(|bit| (2, Change::Command(bit))));
        }
        let signature = format!("9F4B81{:02X}", bits / 8);
        let (icc_certificate, issuer_exponent) =
            if bits == 1408 { ("9F4681F8", "9F3203") } else { ("9F4681B0", "9F3201") };
        // AIP, ATC, 9F69, the signed record; the signature and the certificates, every 7th bit.
        let short = ["8202", "9F3602", "9F6907", "5A08", "5F2403", "5F2802", "9F0702", "9F4A01", issuer_exponent]
            .map(|head| (head, 1));
        let long = [signature.as_str(), icc_certificate, "9081F8"].map(|head| (head, 7));
        for (head, step) in short.into_iter().chain(long) {
            let head_bytes = from_hex(head).unwrap();
            let holds =
                |exchange: &usize| answer(*exchange).windows(head_bytes.len()).any(|window| window == head_bytes);
            let exchange = (2..exchanges.len()).find(holds).unwrap();
            changes.extend(bits_of(answer(exchange), head).step_by(step).map(|bit| (exchange, Change::Answer(bit))));
        }
        for (exchange, change) in &changes {
            let (tap, heard) = tap_changed(&mut phone, &reader, &purchase, *exchange, *change);
            let context = format!("{card}, exchange {exchange}, {change:?}: {}", tap.reason.sentence());
            assert!(tap.authorisation.is_none() && tap.oda.is_none(), "{context}");
            let whole = heard.len() == exchanges.len();
            assert_eq!(whole.then(|| verified(&Heard::of(&heard))).flatten(), None, "{context}");
            *steps.entry(format!("{:?}", tap.reason)).or_insert(0_usize) += 1;
        }
        count += changes.len();
    }
    for step in [OdaStep::IssuerCertificate, OdaStep::IccCertificate, OdaStep::Signature, OdaStep::Counter] {
        assert!(steps.contains_key(&format!("{:?}", Reason::FddaFailed(step))), "{step:?}: {steps:?}");
    }
    tell(&format!("fDDA: {count} changes of one bit, each refused: {steps:?}"));
}
