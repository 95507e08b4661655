//! CDA: kernel 2.

use emv::core::oda;
use hcepay_desk::tally::tell;
use hcepay_tests::terminal::{OdaStep, Purchase, Reason};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{Change, Heard, bits_of, phone, random_purchase, reader, tap, tap_changed};

/// The cards that sign, and the bits of their keys.
pub(super) const CARDS: [(&str, usize); 4] =
    [("kernel2-no-verification", 896), ("kernel2-cvn14", 1024), ("kernel2-cvn15", 1152), ("cobadged", 1408)];
/// Together ten thousand.
const TRANSACTIONS: usize = 2_500;

const RID: [u8; 5] = [0xA0, 0, 0, 0, 4];

/// The crate's verdict on the whole, given the unpredictable number: cryptogram, and dynamic number.
fn verified(heard: &Heard, unpredictable_number: [u8; 4]) -> Option<([u8; 8], Vec<u8>)> {
    let icc_key = heard.icc_key().ok()?;
    let transaction = [heard.pdol_values.as_slice(), &heard.cdol1_values, &heard.answered].concat();
    let cid = *heard.value(0x9F27)?.first()?;
    let signature = heard.value(0x9F4B)?;
    let cda = oda::verify_cda(&icc_key, signature, unpredictable_number, &transaction, cid).ok()?;
    Some((cda.application_cryptogram, cda.icc_dynamic_number))
}

#[test]
fn ten_thousand_random_transactions_are_authenticated_by_both_verifiers() {
    let mut random = ChaCha8Rng::seed_from_u64(14);
    let mut dynamic_numbers = std::collections::BTreeSet::new();
    for (card, bits) in CARDS {
        let mut phone = phone(card);
        for number in 0..TRANSACTIONS {
            let purchase = random_purchase(&mut random);
            let (tap, exchanges) = tap(&mut phone, &reader(RID), &purchase);
            let context = format!("{card}, {number}, {purchase:?}: {}", tap.reason.sentence());
            let cda = tap.oda.as_ref().unwrap_or_else(|| panic!("{context}"));
            let (cryptogram, dynamic_number) =
                verified(&Heard::of(&exchanges), purchase.unpredictable_number).unwrap_or_else(|| panic!("{context}"));
            assert_eq!((cda.cryptogram, &cda.icc_dynamic_number), (Some(cryptogram), &dynamic_number), "{context}");
            assert_eq!(cda.signed_data.len() * 8, bits, "{context}");
            assert!(exchanges.iter().all(|(_, answer)| answer.len() <= 258), "{context}");
            assert!(dynamic_numbers.insert(dynamic_number), "{context}: it came before");
        }
    }
    tell(&format!("CDA: {} transactions, by our terminal and by the crate emv", CARDS.len() * TRANSACTIONS));
}

#[test]
fn every_change_of_one_bit_is_refused_by_both_verifiers() {
    let mut phone = phone("kernel2-cvn14");
    let purchase = Purchase { amount_minor: 12_50, ..random_purchase(&mut ChaCha8Rng::seed_from_u64(1)) };
    let (_, exchanges) = tap(&mut phone, &reader(RID), &purchase);
    let instructions: Vec<u8> = exchanges.iter().map(|(command, _)| command[1]).collect();
    assert_eq!(instructions, [0xA4, 0xA4, 0xA8, 0xB2, 0xB2, 0xB2, 0xB2, 0xB2, 0xAE]);
    let answer = |exchange: usize| exchanges[exchange].1.as_slice();
    let mut changes: Vec<(usize, Change)> = Vec::new();
    // All that the reader says at GENERATE AC, on its way: amounts, currency, unpredictable number, TVR and the rest.
    changes.extend((8 * 5..8 * 48).map(|bit| (8, Change::Command(bit))));
    // AIP; the values of the signed records; the certificates, every 7th bit; CID, ATC and IAD; the signature, every 7th bit.
    changes.extend(bits_of(answer(2), "8202").map(|bit| (2, Change::Answer(bit))));
    for (exchange, head) in
        [(3, "5F2403"), (3, "5F3401"), (4, "8E0A"), (4, "9F0D05"), (5, "5F2802"), (5, "9F0702"), (5, "9F4A01")]
    {
        changes.extend(bits_of(answer(exchange), head).map(|bit| (exchange, Change::Answer(bit))));
    }
    changes.extend(bits_of(answer(6), "9081F8").step_by(7).map(|bit| (6, Change::Answer(bit))));
    changes.extend(bits_of(answer(7), "9F4681B0").step_by(7).map(|bit| (7, Change::Answer(bit))));
    changes.extend(bits_of(answer(7), "9F3201").map(|bit| (7, Change::Answer(bit))));
    for head in ["9F3602", "9F1012"] {
        changes.extend(bits_of(answer(8), head).map(|bit| (8, Change::Answer(bit))));
    }
    changes.extend(bits_of(answer(8), "9F2701").take(2).map(|bit| (8, Change::Answer(bit))));
    changes.extend(bits_of(answer(8), "9F4B8180").step_by(7).map(|bit| (8, Change::Answer(bit))));
    let mut steps = std::collections::BTreeMap::new();
    for (exchange, change) in &changes {
        let (tap, exchanges) = tap_changed(&mut phone, &reader(RID), &purchase, *exchange, *change);
        let well_formed = !matches!(tap.reason, Reason::GenerateAcRefused(_)) && exchanges.len() == 9;
        let verified = well_formed.then(|| verified(&Heard::of(&exchanges), purchase.unpredictable_number)).flatten();
        let context = format!("exchange {exchange}, {change:?}: {}", tap.reason.sentence());
        assert!(tap.authorisation.is_none() && tap.oda.is_none(), "{context}");
        assert_eq!(verified, None, "{context}");
        *steps.entry(format!("{:?}", tap.reason)).or_insert(0_usize) += 1;
    }
    for step in [OdaStep::IssuerCertificate, OdaStep::IccCertificate, OdaStep::Signature, OdaStep::TransactionDataHash]
    {
        assert!(steps.contains_key(&format!("{:?}", Reason::CdaFailed(step))), "{steps:?}");
    }
    tell(&format!("CDA: {} changes of one bit, each refused: {steps:?}", changes.len()));
}
