//! The issuer's check of an online payment: of the order that the wallet has signed, and of the cryptogram that pays it.
//!
//! Only a key for online payments will do. Whoever alters the order alters its digest, and with it number and signature.

use std::collections::{BTreeMap, BTreeSet};

use crate::authorisation::{AuthorisationRequest, OnlineAuthorisation};
use crate::bytes::hex;
use crate::calendar::{DAY_MS, day_of};
use crate::online_order::{OnlineOrder, digest};

use super::account::Account;
use super::cryptogram_input::{LackingObject, TransactionData, object};
use super::cryptogram_version::CryptogramVersion;
use super::issuer_application_data::IssuerApplicationData;
use super::key_sequence::KeySequence;
use super::token::Token;
use super::verification::steps::{
    Claim, Finding, asks_the_issuer, card_active, disagree, known_account, known_application, matching_iad,
    not_verifiable, take, verified_on_the_phone, within_limits,
};
use super::verification::{Step, Verdict, Verification, prove};
use super::wallets::Wallets;

/// CVM results (9F34): the holder was verified on the phone, with success.
const VERIFIED: [u8; 3] = [0x01, 0x00, 0x02];

/// Checks an online payment at a moment of the wall clock. `paid` are the digests of the orders that were paid.
pub(super) fn verify(
    accounts: &mut BTreeMap<Token, Account>,
    wallets: &Wallets,
    paid: &mut BTreeSet<[u8; 32]>,
    authorisation: &OnlineAuthorisation,
    wall_ms: u64,
) -> Verification {
    Verification::of(|steps| check(accounts, wallets, paid, (authorisation, wall_ms), steps))
}

fn check(
    accounts: &mut BTreeMap<Token, Account>,
    wallets: &Wallets,
    paid: &mut BTreeSet<[u8; 32]>,
    (authorisation, wall_ms): (&OnlineAuthorisation, u64),
    steps: &mut Vec<Step>,
) -> Result<(), Verdict> {
    let OnlineAuthorisation { request, order: bytes, signature } = authorisation;
    let order = take(steps, "order", readable(bytes))?;
    let digest = digest(bytes);
    let account = take(steps, "token", known_account(accounts, request))?;
    let token = account.card.token.clone();
    let application = take(steps, "application", known_application(account, request))?;
    let iad = take(steps, "application data", matching_iad(application, request))?;
    let (claim, results) = take(steps, "request", complete(request))?;
    take(steps, "order's number", same_number(&claim, &digest))?;
    take(steps, "order's terms", same_terms(&claim, &order))?;
    let (version, keys) = (application.profile.version, &mut application.online);
    let atc = claim.transaction.atc;
    take(steps, "order signed", signed((keys, atc), &token, wallets, &digest, signature))?;
    take(steps, "date", near(claim.transaction.date, wall_ms))?;
    let payment = claim.payment();
    prove(steps, (version, keys), (&claim, &iad), payment, wall_ms)?;
    take(steps, "card active", card_active(keys, atc, wallets))?;
    take(steps, "cryptogram type", asks_the_issuer(&claim, &iad))?;
    take(steps, "holder verification", verified(version, results, &iad))?;
    take(steps, "key limit", within_limits(keys, atc, payment))?;
    take(steps, "order not paid", not_paid(paid, digest))
}

fn readable(bytes: &[u8]) -> Finding<OnlineOrder> {
    match OnlineOrder::read(bytes) {
        Ok(order) => Ok((order, format!("an order of {} bytes", bytes.len()))),
        Err(invalid) => Err((Verdict::OrderInvalid, invalid.to_string())),
    }
}

fn complete(request: &AuthorisationRequest) -> Finding<(Claim, [u8; 3])> {
    let read = || {
        let claim = Claim::of(request, TransactionData::from_request(request)?)?;
        object::<1>(request, 0x9F27)?;
        Ok::<_, LackingObject>((claim, object(request, 0x9F34)?))
    };
    match read() {
        Ok(complete) => Ok((complete, "everything that the check needs is there".to_owned())),
        Err(lacking) => not_verifiable(lacking.to_string()),
    }
}

fn differs<T>(what: &str) -> Finding<T> {
    Err((Verdict::OrderMismatch, format!("{what} is not the order's")))
}

fn same_number(claim: &Claim, digest: &[u8; 32]) -> Finding<()> {
    match digest.starts_with(&claim.transaction.unpredictable_number) {
        true => Ok(((), "9F37 is the beginning of the order's digest".to_owned())),
        false => differs("9F37"),
    }
}

/// Amount, currency and country are the order's, and nothing is asked for beside that.
fn same_terms(claim: &Claim, order: &OnlineOrder) -> Finding<()> {
    let transaction = &claim.transaction;
    let (amount, currency) = (format!("{:012}", order.amount_minor), format!("{:04}", order.currency));
    let objects = [
        (hex(&transaction.amount) == amount, "the amount (9F02)"),
        (transaction.other_amount == [0; 6], "the other amount (9F03)"),
        (hex(&transaction.currency) == currency, "the currency (5F2A)"),
        (hex(&transaction.country) == format!("{:04}", order.country), "the country (9F1A)"),
        (transaction.transaction_type == [0x00], "the type (9C)"),
    ];
    match objects.into_iter().find(|(same, _)| !same) {
        Some((_, what)) => differs(what),
        None => Ok(((), "amount, currency and country are the order's".to_owned())),
    }
}

/// The wallet that the key went to signed the order; where none did, the one that holds the card.
fn signed(
    (keys, atc): (&KeySequence, u16),
    token: &Token,
    wallets: &Wallets,
    digest: &[u8; 32],
    signature: &[u8; 64],
) -> Finding<()> {
    let wrong = |detail: &str| Err((Verdict::SignatureWrong, detail.to_owned()));
    let holder = keys.issued_for(atc).and_then(|issued| issued.holder).or_else(|| wallets.card_with(token));
    let Some(wallet) = holder.and_then(|holder| wallets.wallet(&holder.wallet)) else {
        return wrong("no wallet holds this card");
    };
    match wallet.has_signed(digest, signature) {
        Some(true) => Ok(((), "by the wallet that holds the card".to_owned())),
        Some(false) => wrong("not by the wallet that holds the card"),
        None => wrong("it is no signature of P-256"),
    }
}

/// The card's day is the issuer's or one beside it: their clocks differ, and a night passes between paying and asking.
fn near(date: [u8; 3], wall_ms: u64) -> Finding<()> {
    let wrong = |detail: String| Err((Verdict::DateWrong, detail));
    match day_of(date).map(|day| day.abs_diff(wall_ms / DAY_MS)) {
        None => wrong(format!("{} is no date (9A)", hex(&date))),
        Some(apart @ 0..=1) => Ok(((), format!("{apart} days from the issuer's"))),
        Some(apart) => wrong(format!("{apart} days from the issuer's (9A)")),
    }
}

fn verified(version: CryptogramVersion, results: [u8; 3], iad: &IssuerApplicationData) -> Finding<()> {
    if results != VERIFIED {
        return disagree(format!("CVM results (9F34) are {}, not those of the phone", hex(&results)));
    }
    verified_on_the_phone(version, iad)
}

fn not_paid(paid: &mut BTreeSet<[u8; 32]>, digest: [u8; 32]) -> Finding<()> {
    match paid.insert(digest) {
        true => Ok(((), "this order was never paid".to_owned())),
        false => Err((Verdict::OrderPaidBefore, "this order was paid before".to_owned())),
    }
}

#[cfg(test)]
mod tests;
