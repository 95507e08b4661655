//! The issuer's check of a code that the holder has shown. It says what the card says; amount and currency are the merchant's, and
//! no cryptogram covers them.
//!
//! Only a key for QR codes will do, and only for a minute: whoever takes a picture of the code cannot use it for long, and nobody
//! after the merchant.

use std::collections::BTreeMap;

use crate::authorisation::AuthorisationRequest;

use super::account::Account;
use super::cryptogram_input::{LackingObject, TransactionData, object};
use super::token::Token;
use super::verification::steps::{
    Claim, Finding, asks_the_issuer, card_active, known_account, known_application, matching_iad, not_verifiable, take,
    verified_on_the_phone, within_limits,
};
use super::verification::{Step, Verdict, Verification, prove};
use super::wallets::Wallets;

/// So many seconds may lie between the making of a code and the issuer's clock, on either side.
pub const CODE_LIFE_SECONDS: u64 = 60;

/// Checks a code at a moment of the wall clock, for this currency and so many minor units.
pub(super) fn verify(
    accounts: &mut BTreeMap<Token, Account>,
    wallets: &Wallets,
    request: &AuthorisationRequest,
    payment: (u16, u64),
    wall_ms: u64,
) -> Verification {
    Verification::of(|steps| check(accounts, wallets, (request, payment, wall_ms), steps))
}

fn check(
    accounts: &mut BTreeMap<Token, Account>,
    wallets: &Wallets,
    (request, payment, wall_ms): (&AuthorisationRequest, (u16, u64), u64),
    steps: &mut Vec<Step>,
) -> Result<(), Verdict> {
    let account = take(steps, "token", known_account(accounts, request))?;
    let application = take(steps, "application", known_application(account, request))?;
    let iad = take(steps, "application data", matching_iad(application, request))?;
    let claim = take(steps, "request", complete(request, payment))?;
    take(steps, "code fresh", fresh(claim.transaction.unpredictable_number, wall_ms))?;
    let (version, keys) = (application.profile.version, &mut application.qr);
    let atc = claim.transaction.atc;
    prove(steps, (version, keys), (&claim, &iad), Some(payment), wall_ms)?;
    take(steps, "card active", card_active(keys, atc, wallets))?;
    take(steps, "cryptogram type", asks_the_issuer(&claim, &iad))?;
    take(steps, "holder verification", verified_on_the_phone(version, &iad))?;
    take(steps, "key limit", within_limits(keys, atc, Some(payment)))
}

/// What the card gave, over zeros in place of what a terminal would have given.
fn complete(request: &AuthorisationRequest, (currency, minor): (u16, u64)) -> Finding<Claim> {
    if !(1..=999).contains(&currency) || !(1..=999_999_999_999).contains(&minor) {
        return not_verifiable("the merchant names no amount and currency");
    }
    let read = || {
        let transaction = TransactionData {
            amount: [0; 6],
            other_amount: [0; 6],
            country: [0; 2],
            tvr: [0; 5],
            currency: [0; 2],
            date: [0; 3],
            transaction_type: [0x00],
            unpredictable_number: object(request, 0x9F37)?,
            aip: object(request, 0x82)?,
            atc: u16::from_be_bytes(object(request, 0x9F36)?),
        };
        Claim::of(request, transaction)
    };
    match read() {
        Ok(claim) => Ok((claim, "everything that the check needs is there".to_owned())),
        Err(LackingObject { tag }) => not_verifiable(LackingObject { tag }.to_string()),
    }
}

/// The number (9F37) is the second in which the code was made.
fn fresh(number: [u8; 4], wall_ms: u64) -> Finding<()> {
    let (made, now) = (u64::from(u32::from_be_bytes(number)), wall_ms / 1000);
    let side = if made > now { "after" } else { "before" };
    let detail = format!("made {} s {side} the issuer's clock", made.abs_diff(now));
    if made.abs_diff(now) > CODE_LIFE_SECONDS {
        return Err((Verdict::CodeTooOld, detail));
    }
    Ok(((), detail))
}

#[cfg(test)]
mod tests;
