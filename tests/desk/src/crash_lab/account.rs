//! The account behind the issuer's card, in the life that is crashed in: statements, and transfers from it. No transfer is asked for
//! under a number that another one had, none that was handed out is lost or changed, and no statement is forgotten.

use std::hash::BuildHasher;

use hcepay_core::{Amount, CardState, DEFAULT_WINDOW_MS, Method, Scope, Transfer, TransferState, TransferTerms};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::wallets::{Holder, WalletId};
use rustc_hash::FxBuildHasher;

use super::Image;
use super::life::{Life, PLATFORM};
use crate::platform::Platform;

/// What is known of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Account {
    /// The number of the last transfer whose request was handed out, 0 for none; and that was when the mark was stored last.
    pub(super) asked: u64,
    pub(super) marked: u64,
    /// What its request was, hashed.
    request: u64,
    /// Whether the issuer may have said what became of it, and whether that was acknowledged.
    may_be_done: bool,
    is_done: bool,
    /// The sequence of the last statement that was acknowledged.
    told: u64,
}

/// The issuer tells what the account has.
pub(super) fn tell_balance(
    life: &mut Life,
    platform: &Platform,
    issuer: &mut Issuer,
    id: &WalletId,
    random: &mut dyn FnMut(&mut [u8]),
) {
    let card = life.known.issued.expect("it is installed");
    let holder = Holder { wallet: *id, card: card.number() };
    let envelope = issuer.tell_balance(holder, life.now.wall_ms, random).expect("the card is known");
    life.apply(platform, &envelope);
    life.known.account.told = life.known.account.told.saturating_add(1);
}

/// The holder verifies for a transfer and asks for it. No other was asked for under its number. Gives the request.
pub(super) fn ask(life: &mut Life, platform: &Platform) -> Result<Vec<u8>, String> {
    let card = life.known.issued.ok_or("the card is not known")?;
    let terms = TransferTerms {
        amount: Amount { minor: 1000, currency: 978 },
        payee: "DE89 3704 0044 0532 0130 00".to_owned(),
        payee_name: "Löwe & Söhne".to_owned(),
        note: String::new(),
    };
    let transfer = Transfer::new(&terms).expect("it is one");
    let scope = Scope::Transfer(card, transfer.digest());
    let armed = life.wallet.arm_for(scope, life.now, Method::Biometric, DEFAULT_WINDOW_MS, None);
    armed.map_err(|error| format!("arming for a transfer: {error}"))?;
    life.collect();
    life.keep_mark();
    // One that the process has died over may be there, and was not handed out.
    let listed = life.wallet.transfers(None, 1).first().map_or(0, |row| row.number);
    let asked = life.wallet.transfer_begin(card, &transfer, life.now).map_err(|why| format!("no transfer: {why}"))?;
    let signature = platform.sign(&asked.digest);
    let request = life.wallet.transfer_finish(asked.token, &signature, life.now);
    let request = request.map_err(|why| format!("no transfer: {why}"))?;
    life.collect();
    let before = life.known.account.asked.max(listed).max(life.known.rows.highest);
    if request.number <= before {
        return Err(format!("transfer {} asked again, {before} was the last number", request.number));
    }
    life.known.rows.highest = request.number;
    let account = &mut life.known.account;
    (account.asked, account.request) = (request.number, FxBuildHasher.hash_one(&request.bytes));
    (account.may_be_done, account.is_done) = (false, false);
    life.keep_mark();
    Ok(request.bytes)
}

/// The issuer does it, and tells so.
pub(super) fn be_told(
    life: &mut Life,
    platform: &Platform,
    issuer: &mut Issuer,
    request: &[u8],
    random: &mut dyn FnMut(&mut [u8]),
) {
    let (_, notice) = issuer.answer_transfer(request, life.now.wall_ms, random).expect("the wallet is known");
    life.known.account.may_be_done = true;
    let notice = notice.expect("the issuer has decided");
    life.apply(platform, &notice);
    life.known.account.is_done = true;
}

/// What was said to be there is, as it was.
pub(super) fn nothing_is_lost(life: &Life) -> Result<(), String> {
    let Account { asked, request, may_be_done, is_done, told, .. } = life.known.account;
    if asked != 0 {
        let row = life.wallet.transfers(Some(asked.saturating_add(1)), 1).into_iter().find(|row| row.number == asked);
        let state = row.ok_or_else(|| format!("transfer {asked} is lost"))?.state;
        let again = life.wallet.transfer_request(asked).map(|again| FxBuildHasher.hash_one(&again.bytes));
        let as_it_was = match state {
            TransferState::Pending => !is_done && again == Some(request),
            TransferState::Done => may_be_done && again.is_none(),
            TransferState::Refused(_) => false,
        };
        if !as_it_was {
            return Err(format!("transfer {asked} is {state:?}, and does not say what it said"));
        }
    }
    let card = life.known.issued.filter(|card| life.wallet.cards().contains(card));
    let balance = card.and_then(|card| life.wallet.balance(card, life.now.wall_ms));
    let found = balance.map_or(0, |balance| balance.statement.sequence);
    if card.is_some() && found < told {
        return Err(format!("statement {told} was acknowledged, {found} is the last"));
    }
    Ok(())
}

/// In one of so many second lives: signing takes longer than all else in them.
const ASKED_AGAIN: u64 = 16;

/// The holder asks for another transfer, where the card is there.
pub(super) fn ask_again(life: &mut Life, image: &Image) -> Result<(), String> {
    if !FxBuildHasher.hash_one(image.medium.log()).is_multiple_of(ASKED_AGAIN) {
        return Ok(());
    }
    let card = life.known.issued.and_then(|card| life.wallet.card(card, life.now.wall_ms));
    match card {
        Some(card) if card.state == CardState::Active => ask(life, &PLATFORM).map(|_| ()),
        _ => Ok(()),
    }
}
