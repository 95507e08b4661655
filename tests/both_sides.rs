//! For tests that compare cryptograms: one transaction as the card and as the issuer hold it, and the card's whole way
//! to a cryptogram, from a key in the ledger to the MAC.

use hcepay_core::cryptogram::card_verification_results::Cvr;
use hcepay_core::cryptogram::cvn::{Cvn, KernelId};
use hcepay_core::cryptogram::input::CryptogramInput;
use hcepay_core::cryptogram::issuer_application_data::FixedPart;
use hcepay_core::cryptogram::{ApplicationCryptogram, compute};
use hcepay_core::ledger::{Amount, CardId};
use hcepay_core::payment_key::{KeyTerms, PaymentKey, SecretKey};
use hcepay_desk::phone::{empty_ledger, empty_wallet};
use hcepay_tests::issuer::cryptogram_input::TransactionData;
use hcepay_tests::issuer::cryptogram_version::CryptogramVersion;
use hcepay_tests::issuer::demo_cards::demo_card;

const AID: [u8; 7] = [0xA0, 0, 0, 0, 3, 0x10, 0x10];

/// A card that keys can be given to. Which one does not matter: keys, not profiles, make cryptograms.
pub(crate) fn any_card() -> CardId {
    let profile = demo_card("kernel3-cvn18").expect("there is such a card").profile();
    empty_wallet().install_unsealed(&profile).expect("demo cards have good profiles")
}

/// Takes the key in for the counter of the input, leases its one use, spends it, and makes the cryptogram.
pub(crate) fn cryptogram(
    card: CardId,
    cvn: Cvn,
    key: [u8; 16],
    derivation_data: Option<[u8; 4]>,
    input: &CryptogramInput<'_>,
) -> [u8; 8] {
    let terms = KeyTerms {
        aid: AID.to_vec(),
        first_atc: input.atc.number(),
        uses: 1,
        not_before_ms: 0,
        not_after_ms: 0,
        derivation_data,
    };
    let key = PaymentKey::new(&terms, SecretKey::new(Box::new(key))).expect("good terms");
    let mut ledger = empty_ledger();
    ledger.add(card, vec![key]).expect("the ledger is empty");
    let aid = hcepay_core::aid::Aid::new(&AID).expect("7 bytes");
    let lease = ledger.lease(card, &aid, 0).expect("the key is there");
    assert_eq!((lease.atc(), lease.derivation_data()), (input.atc, derivation_data));
    let spent = ledger.consume(lease, Amount { minor: 0, currency: 0 }).expect("its use is not spent yet");
    assert_eq!(ledger.uses_left(card, &aid, 0), 0);
    let ApplicationCryptogram(cryptogram) = compute(spent, cvn, input);
    cryptogram
}

/// The same cryptogram version as the card and as the issuer names it.
pub(crate) fn versions(kernel: &str, cvn: u8) -> (Cvn, CryptogramVersion) {
    match (kernel, cvn) {
        ("3", 0x0A) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn0A),
        ("3", 0x11) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn11),
        ("3", 0x12) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn12),
        ("3", 0x43) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn43),
        ("2", 0x10) => (Cvn::of(KernelId::Kernel2, cvn).unwrap(), CryptogramVersion::Kernel2Cvn10),
        ("2", 0x11) => (Cvn::of(KernelId::Kernel2, cvn).unwrap(), CryptogramVersion::Kernel2Cvn11),
        ("2", 0x14) => (Cvn::of(KernelId::Kernel2, cvn).unwrap(), CryptogramVersion::Kernel2Cvn14),
        ("2", 0x15) => (Cvn::of(KernelId::Kernel2, cvn).unwrap(), CryptogramVersion::Kernel2Cvn15),
        ("7", 0x01) => (Cvn::of(KernelId::Kernel7, cvn).unwrap(), CryptogramVersion::Kernel7Cvn01),
        other => panic!("no cryptogram version {other:?}"),
    }
}

/// The parts of an IAD as the card is given them: fixed part, CVR, and the index of a limited-use key.
pub(crate) fn parts(cvn: Cvn, iad: &[u8]) -> (FixedPart, Cvr, [u8; 4]) {
    let (fixed, cvr, derivation_data) = match cvn.kernel() {
        KernelId::Kernel2 => ([&iad[..1], &iad[8..]].concat(), &iad[2..8], [0; 4]),
        _ if cvn.uses_limited_use_keys() => {
            let derivation_data = iad[13..17].try_into().unwrap();
            ([&iad[2..3], &iad[9..13], &iad[17..]].concat(), &iad[3..8], derivation_data)
        }
        // Behind the CVR: kernel 7's algorithm, then the length of the discretionary data where there are any.
        KernelId::Kernel3 => ([&iad[1..2], iad.get(8..).unwrap_or_default()].concat(), &iad[3..7], [0; 4]),
        KernelId::Kernel7 => ([&iad[1..2], iad.get(9..).unwrap_or_default()].concat(), &iad[3..7], [0; 4]),
    };
    (FixedPart::parse(cvn, &fixed).unwrap(), Cvr::from_bytes(cvr).unwrap(), derivation_data)
}

/// The same data as the issuer holds them.
pub(crate) fn issuer_data(input: &CryptogramInput<'_>) -> TransactionData {
    TransactionData {
        amount: input.transaction.amount_authorised,
        other_amount: input.transaction.amount_other,
        country: input.transaction.terminal_country,
        tvr: input.transaction.tvr,
        currency: input.transaction.currency,
        date: input.transaction.date,
        transaction_type: input.transaction.transaction_type,
        unpredictable_number: input.transaction.unpredictable_number,
        aip: input.aip,
        atc: input.atc.number(),
    }
}
