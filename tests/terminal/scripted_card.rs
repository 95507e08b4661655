//! For tests: a card that gives prepared answers, and what such answers are made of, all as hexadecimal text.

use crate::bytes::from_hex;
use crate::terminal::{Outcome, Purchase, Reason, Tap, Terminal};

/// A card that gives these answers in order, and 6F00 after the last.
pub(super) fn script(answers: &[&str]) -> impl FnMut(&[u8]) -> Vec<u8> + use<> {
    let answers: Vec<Vec<u8>> = answers.iter().map(|answer| from_hex(answer).expect("hexadecimal text")).collect();
    let mut answers = answers.into_iter();
    move |_| answers.next().unwrap_or_else(|| vec![0x6F, 0x00])
}

/// The purchase of the published qPBOC exchange: 1.00 in currency and country 156.
pub(super) fn purchase() -> Purchase {
    Purchase {
        amount_minor: 1_00,
        amount_other_minor: 0,
        currency: 156,
        country: 156,
        transaction_type: 0x01,
        date: [0x13, 0x03, 0x22],
        unpredictable_number: [0x11, 0x22, 0x33, 0x44],
    }
}

/// That purchase at the usual terminal.
pub(super) fn pay_with(answers: &[&str]) -> Tap {
    Terminal::default().pay(&purchase(), &mut script(answers))
}

/// Asserts how that ends, without a request to the issuer.
pub(super) fn ends(answers: &[&str], outcome: Outcome, reason: Reason) {
    let tap = pay_with(answers);
    assert_eq!((tap.outcome, tap.reason, tap.authorisation), (outcome, reason, None), "{answers:?}");
}

/// A data object with its length.
pub(super) fn object(tag: &str, value: &str) -> String {
    let length = value.len() / 2;
    let long = if length < 0x80 { "" } else { "81" };
    format!("{tag}{long}{length:02X}{value}")
}

/// The answer to SELECT of the directory with these entries, without status word.
pub(super) fn directory(entries: &str) -> String {
    selected("325041592E5359532E4444463031", &object("BF0C", entries))
}

/// The answer to SELECT of an application, without status word.
pub(super) fn selected(name: &str, proprietary: &str) -> String {
    object("6F", &(object("84", name) + &object("A5", proprietary)))
}
