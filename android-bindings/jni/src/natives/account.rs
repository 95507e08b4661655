//! The account behind a card: its balance, and transfers.

use hcepay_core::{Amount, Now, Transfer, TransferTerms};
use jni::Env;
use jni::objects::JByteArray;
use jni::sys::{jint, jlong};

use super::{LONGEST_ARGUMENT, card_of, open_wallet, text};
use crate::border::{Refused, copy, exactly, milliseconds};
use crate::code::Code;
use crate::message;

/// What the issuer told last of a card's account: nothing of one that is not there.
pub(crate) fn balance(_: &Env<'_>, wallet: jlong, card: jint, wall_ms: jlong) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let card = wallet.cards().into_iter().find(|held| held.number() == card.cast_unsigned());
    let balance = card.and_then(|card| wallet.balance(card, milliseconds(wall_ms)));
    Ok(message::account::balance(balance.as_ref()))
}

/// A transfer by what the holder has typed.
pub(crate) fn transfer_of(
    env: &Env<'_>,
    minor: jlong,
    currency: jint,
    payee: JByteArray<'_>,
    payee_name: JByteArray<'_>,
    note: JByteArray<'_>,
) -> Result<Vec<u8>, Refused> {
    let transfer = Transfer::new(&TransferTerms {
        // What fits into no field is made what the core refuses by name.
        amount: Amount { minor: minor.cast_unsigned(), currency: currency.try_into().unwrap_or(0) },
        payee: text(env, &payee)?,
        payee_name: text(env, &payee_name)?,
        note: text(env, &note)?,
    })?;
    Ok(message::account::transfer(&transfer))
}

/// Begins a transfer: what the device is to sign.
pub(crate) fn transfer_begin(
    env: &Env<'_>,
    wallet: jlong,
    card: jint,
    transfer: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let transfer = Transfer::read(&copy(env, &transfer, LONGEST_ARGUMENT).ok_or(Code::Argument)?)?;
    Ok(message::to_sign(&wallet.transfer_begin(card_of(&wallet, card)?, &transfer, now)?))
}

/// Asks for it, with the signature (r, s).
pub(crate) fn transfer_finish(
    env: &Env<'_>,
    wallet: jlong,
    token: jlong,
    signature: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let signature = exactly(env, &signature)?;
    let request = open_wallet(wallet)?.transfer_finish(token.cast_unsigned(), &signature, now)?;
    Ok(message::account::transfer_request(Some(&request)))
}

/// The request of a transfer that is pending.
pub(crate) fn transfer_request(_: &Env<'_>, wallet: jlong, number: jlong) -> Result<Vec<u8>, Refused> {
    let request = open_wallet(wallet)?.transfer_request(number.cast_unsigned());
    Ok(message::account::transfer_request(request.as_ref()))
}

/// Transfers before this one, 0 for the newest.
pub(crate) fn transfers(_: &Env<'_>, wallet: jlong, before: jlong, limit: jint) -> Result<Vec<u8>, Refused> {
    let before = Some(before.cast_unsigned()).filter(|before| *before != 0);
    let rows = open_wallet(wallet)?.transfers(before, usize::try_from(limit).unwrap_or(0));
    Ok(message::account::transfer_rows(&rows))
}

/// The holder deletes a transfer from the list.
pub(crate) fn delete_transfer(_: &Env<'_>, wallet: jlong, number: jlong) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.delete_transfer(number.cast_unsigned())?;
    Ok(Vec::new())
}
