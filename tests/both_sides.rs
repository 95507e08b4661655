//! For tests that compare cryptograms: one transaction as the card and as the issuer hold it.

use hcepay_core::known_answers::FixedPart;
use hcepay_core::known_answers::card_verification_results::Cvr;
use hcepay_core::known_answers::cvn::{Cvn, KernelId};
use hcepay_core::known_answers::input::CryptogramInput;
use hcepay_tests::issuer::cryptogram_input::TransactionData;
use hcepay_tests::issuer::cryptogram_version::CryptogramVersion;

/// The same cryptogram version as the card and as the issuer names it.
pub(crate) fn versions(kernel: &str, cvn: u8) -> (Cvn, CryptogramVersion) {
    match (kernel, cvn) {
        ("3", 0x0A) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn0A),
        ("3", 0x11) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn11),
        ("3", 0x12) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn12),
        ("3", 0x43) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3Cvn43),
        ("3", 0xC1) => (Cvn::of(KernelId::Kernel3, cvn).unwrap(), CryptogramVersion::Kernel3CvnC1),
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
