//! What each native method of `org.hcepay.internal.Native` does, in its order: convert, call, convert. `exports.rs` makes Java's
//! native of each.

mod account;
mod coupons;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use hcepay_core::{
    AgreementKey, AgreementPoint, Amount, CardId, DeviceKeys, Error, Files, IssuerKey, MerchantCode, Method, Modules,
    Now, OnlineOrder, OrderTerms, Randomness, ReleasedSpendKey, SharedSecret, StoreKey, Wallet,
};
use jni::Env;
use jni::objects::JByteArray;
use jni::sys::{jint, jlong};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

pub(crate) use account::{
    balance, delete_transfer, transfer_begin, transfer_finish, transfer_of, transfer_request, transfers,
};
pub(crate) use coupons::{coupon_to_present, coupons, present_coupon, remove_coupon};

use crate::border::{Refused, copy, exactly, milliseconds};
use crate::code::Code;
use crate::enrolment::Enrolment;
#[cfg(feature = "panic-on-demand")]
use crate::panic_on_demand;
use crate::{message, scope, wallets};

/// What a terminal gets where there is nothing else to say.
pub(crate) const NO_PRECISE_DIAGNOSIS: [u8; 2] = [0x6F, 0x00];
/// One byte more than any short command: as much as the core needs to see that it is none.
const LONGEST_COMMAND: usize = 262;
/// More than any argument of a request.
const LONGEST_ARGUMENT: usize = 1 << 16;
const POINT: usize = 65;

// ---- once

/// Where faults and refusals are told: to Android's log, without the text of a panic.
pub(crate) fn start(_: &Env<'_>) -> Result<Vec<u8>, Refused> {
    #[cfg(target_os = "android")]
    android_logger::init_once(
        android_logger::Config::default().with_max_level(log::LevelFilter::Info).with_tag("hcepay"),
    );
    std::panic::set_hook(Box::new(|panic| {
        let line = panic.location().map_or(0, std::panic::Location::line);
        log::error!("fault at line {line} of {}", panic.location().map_or("", std::panic::Location::file));
    }));
    // The gate of scripts/build-android looks for this text: a release has no debug lines.
    log::debug!("debug lines are in this build");
    Ok(Vec::new())
}

// ---- a tap

/// Answers a terminal's command, whatever comes.
pub(crate) fn process(env: &Env<'_>, wallet: jlong, now: Now, command: JByteArray<'_>) -> Vec<u8> {
    let command = copy(env, &command, LONGEST_COMMAND);
    match wallets::get(wallet).zip(command) {
        Some((wallet, command)) => wallet.process(now, &command),
        None => NO_PRECISE_DIAGNOSIS.to_vec(),
    }
}

/// Whether the contact under way has given a cryptogram: one byte, 1 or 0.
pub(crate) fn gave_cryptogram(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    Ok(vec![u8::from(open_wallet(wallet)?.gave_cryptogram())])
}

/// The field is gone: the contact's report.
pub(crate) fn deactivated(_: &Env<'_>, wallet: jlong, now: Now) -> Result<Vec<u8>, Refused> {
    Ok(message::reports(&[open_wallet(wallet)?.deactivated(now)]))
}

/// Reports that were not acknowledged.
pub(crate) fn reports(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    Ok(message::reports(&open_wallet(wallet)?.reports()))
}

/// Alerts that were not acknowledged.
pub(crate) fn alerts(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    Ok(message::alerts(&open_wallet(wallet)?.alerts()))
}

/// The app has taken an alert in.
pub(crate) fn acknowledge_alert(_: &Env<'_>, wallet: jlong, alert: jlong) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.acknowledge_alert(alert.cast_unsigned())?;
    Ok(Vec::new())
}

/// The app has taken a report in.
pub(crate) fn acknowledge(_: &Env<'_>, wallet: jlong, report: jlong) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.acknowledge(report.cast_unsigned())?;
    Ok(Vec::new())
}

/// What was said in the last contacts that are over: text in UTF-8.
pub(crate) fn trace(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    Ok(open_wallet(wallet)?.trace().into_bytes())
}

/// Rows of the journal before this one, 0 for the newest.
pub(crate) fn journal(_: &Env<'_>, wallet: jlong, before: jlong, limit: jint) -> Result<Vec<u8>, Refused> {
    let before = Some(before.cast_unsigned()).filter(|before| *before != 0);
    Ok(message::rows(&open_wallet(wallet)?.journal(before, usize::try_from(limit).unwrap_or(0))))
}

/// The whole journal as JSON lines, in UTF-8.
pub(crate) fn journal_as_json_lines(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    Ok(open_wallet(wallet)?.journal_as_json_lines().into_bytes())
}

/// The holder deletes a row of the journal.
pub(crate) fn delete_row(_: &Env<'_>, wallet: jlong, row: jlong) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.delete_row(row.cast_unsigned())?;
    Ok(Vec::new())
}

// ---- the wallet

/// Makes a wallet in an empty directory, which takes the word of this issuer alone. Gives the wallet's number.
pub(crate) fn create(
    env: &Env<'_>,
    directory: JByteArray<'_>,
    store_key: JByteArray<'_>,
    issuer_key: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let issuer_key = IssuerKey::new(&*exactly(env, &issuer_key)?).ok_or(Code::Argument)?;
    let (store_key, files) = (StoreKey::new(exactly(env, &store_key)?), files(env, &directory)?);
    let wallet = Wallet::create(Box::new(files), store_key, issuer_key, now, randomness())?;
    Ok(wallets::insert(wallet).to_be_bytes().to_vec())
}

/// Opens the wallet that is in a directory. Gives its number.
pub(crate) fn open(
    env: &Env<'_>,
    directory: JByteArray<'_>,
    store_key: JByteArray<'_>,
    stored_mark: jlong,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let (store_key, files) = (StoreKey::new(exactly(env, &store_key)?), files(env, &directory)?);
    let wallet = Wallet::open(Box::new(files), store_key, stored_mark.cast_unsigned(), now, randomness())?;
    Ok(wallets::insert(wallet).to_be_bytes().to_vec())
}

/// Closes a wallet. One that is not open stays so.
pub(crate) fn close(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    wallets::remove(wallet);
    Ok(Vec::new())
}

/// What the platform must store outside the wallet's directory.
pub(crate) fn mark(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    Ok(open_wallet(wallet)?.mark().to_be_bytes().to_vec())
}

/// The platform has stored it.
pub(crate) fn mark_stored(_: &Env<'_>, wallet: jlong, mark: jlong) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.mark_stored(mark.cast_unsigned());
    Ok(Vec::new())
}

/// Makes keys ready for the next tap.
pub(crate) fn make_ready(_: &Env<'_>, wallet: jlong, now: Now) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.make_ready(now)?;
    Ok(Vec::new())
}

/// How the wallet stands.
pub(crate) fn snapshot(_: &Env<'_>, wallet: jlong, wall_ms: jlong) -> Result<Vec<u8>, Refused> {
    let (wallet, wall_ms) = (open_wallet(wallet)?, milliseconds(wall_ms));
    let cards: Vec<_> =
        wallet.cards().into_iter().filter_map(|card| message::Held::of(&wallet, card, wall_ms)).collect();
    Ok(message::snapshot(&cards, &message::Standing::of(&wallet, wall_ms)))
}

/// What to ask the issuer next.
pub(crate) fn next_request(_: &Env<'_>, wallet: jlong, now: Now) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    Ok(message::next(wallet.is_enrolled(), wallet.next_request(now)))
}

// ---- the holder

/// The holder was verified, for this ([`scope`]): the boot time in milliseconds at which that ends. `spend_key` is null where the
/// platform released none.
pub(crate) fn arm(
    env: &Env<'_>,
    wallet: jlong,
    scope: JByteArray<'_>,
    method: jint,
    window_ms: jlong,
    spend_key: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let method = match method {
        1 => Method::Biometric,
        2 => Method::DeviceCredential,
        3 => Method::Unknown,
        4 => Method::AppReported,
        _ => return Err(Code::Argument.into()),
    };
    let released = if spend_key.is_null() { None } else { Some(released(env, &spend_key)?) };
    let scope = copy(env, &scope, LONGEST_ARGUMENT).ok_or(Code::Argument)?;
    let wallet = open_wallet(wallet)?;
    let scope = scope::read(&scope, |number| card_of(&wallet, number))?;
    Ok(wallet.arm_for(scope, now, method, milliseconds(window_ms), released)?.to_be_bytes().to_vec())
}

/// The verification is taken back.
pub(crate) fn disarm(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.disarm();
    Ok(Vec::new())
}

/// What a verification had opened is wiped where its window has ended: the boot time in milliseconds at which it ends where it
/// has not, else 0.
pub(crate) fn expire(_: &Env<'_>, wallet: jlong, now: Now) -> Result<Vec<u8>, Refused> {
    Ok(open_wallet(wallet)?.expire(now).unwrap_or(0).to_be_bytes().to_vec())
}

/// The phone is unlocked.
pub(crate) fn unlocked(env: &Env<'_>, wallet: jlong, spend_key: JByteArray<'_>, now: Now) -> Result<Vec<u8>, Refused> {
    let released = released(env, &spend_key)?;
    open_wallet(wallet)?.unlocked(released, now)?;
    Ok(Vec::new())
}

/// The phone is locked.
pub(crate) fn locked(_: &Env<'_>, wallet: jlong) -> Result<Vec<u8>, Refused> {
    open_wallet(wallet)?.locked();
    Ok(Vec::new())
}

/// A new spend key for the platform to wrap: private number (32), then its point (65). Java wipes the array.
pub(crate) fn new_spend_key(_: &Env<'_>) -> Result<Vec<u8>, Refused> {
    let mut random = randomness();
    let mut number = Box::new(Zeroizing::new([0; 32]));
    // Once in 2^32 random bytes are no private number.
    let point = loop {
        random(number.as_mut_slice());
        if let Some(key) = AgreementKey::new(&number) {
            break key.point().bytes();
        }
    };
    Ok([number.as_slice(), &point].concat())
}

/// The platform has made the device keys: agreement point, then signature point. It may make others until the issuer has
/// answered.
pub(crate) fn device_keys_made(env: &Env<'_>, wallet: jlong, points: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    let points: Box<[u8; 2 * POINT]> = exactly(env, &points)?;
    let ([agreement, signature], []) = points.as_chunks::<POINT>() else { return Err(Code::Argument.into()) };
    let point = |bytes| AgreementPoint::new(bytes).ok_or(Code::Argument);
    let made = DeviceKeys { agreement: point(agreement)?, signature: point(signature)? };
    open_wallet(wallet)?.device_keys_made(made)?;
    Ok(Vec::new())
}

/// The platform has made a spend key, 2 = unlocked, 3 = authenticated, with this point: the first, or another where it has lost
/// the one before, and what only that one opens is dropped.
pub(crate) fn spend_key_made(
    env: &Env<'_>,
    wallet: jlong,
    protection: jint,
    point: JByteArray<'_>,
) -> Result<Vec<u8>, Refused> {
    let which = match protection {
        2 => ReleasedSpendKey::Unlocked,
        3 => ReleasedSpendKey::Authenticated,
        _ => return Err(Code::Argument.into()),
    };
    let made = AgreementPoint::new(&*exactly(env, &point)?).ok_or(Code::Argument)?;
    open_wallet(wallet)?.spend_key_made(which, made)?;
    Ok(Vec::new())
}

// ---- cards

/// Chooses the card that pays.
pub(crate) fn choose(_: &Env<'_>, wallet: jlong, card: jint, now: Now) -> Result<Vec<u8>, Refused> {
    decide(wallet, card, |wallet, card| wallet.choose(card, now))
}

/// Chooses the card that pays once, within so many milliseconds; 0: none.
pub(crate) fn choose_once(_: &Env<'_>, wallet: jlong, card: jint, for_ms: jlong, now: Now) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let card = if card == 0 { None } else { Some(card_of(&wallet, card)?) };
    wallet.choose_once(card, milliseconds(for_ms), now)?;
    Ok(Vec::new())
}

/// The card that was chosen so, as eight bytes; 0 where none is.
pub(crate) fn chosen_once(_: &Env<'_>, wallet: jlong, now: Now) -> Result<Vec<u8>, Refused> {
    let card = open_wallet(wallet)?.chosen_once(now);
    Ok(u64::from(card.map_or(0, CardId::number)).to_be_bytes().to_vec())
}

/// Freezes a card.
pub(crate) fn freeze(_: &Env<'_>, wallet: jlong, card: jint, now: Now) -> Result<Vec<u8>, Refused> {
    decide(wallet, card, |wallet, card| wallet.freeze(card, now))
}

/// Lets a frozen card pay again.
pub(crate) fn unfreeze(_: &Env<'_>, wallet: jlong, card: jint, now: Now) -> Result<Vec<u8>, Refused> {
    decide(wallet, card, |wallet, card| wallet.unfreeze(card, now))
}

/// Whether a card passes gates (not 0), where its issuer allows that.
pub(crate) fn pass_gates(_: &Env<'_>, wallet: jlong, card: jint, passes: jint, now: Now) -> Result<Vec<u8>, Refused> {
    decide(wallet, card, |wallet, card| wallet.pass_gates(card, passes != 0, now))
}

/// What a card pays without verification ([`message::holder_rules`]); null: as its issuer allows.
pub(crate) fn limit_low_value(
    env: &Env<'_>,
    wallet: jlong,
    card: jint,
    allowances: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let allowances = copy(env, &allowances, LONGEST_ARGUMENT);
    let allowances = allowances.map(|bytes| message::holder_rules::allowances(&bytes)).transpose()?;
    wallet.limit_low_value(card_of(&wallet, card)?, allowances, now)?;
    Ok(Vec::new())
}

/// A card's temporary use ([`message::holder_rules`]); null: none.
pub(crate) fn limit_use(
    env: &Env<'_>,
    wallet: jlong,
    card: jint,
    limits: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let limits = copy(env, &limits, LONGEST_ARGUMENT);
    let limits = limits.map(|bytes| message::holder_rules::temporary_use(&bytes)).transpose()?;
    wallet.limit_use(card_of(&wallet, card)?, limits, now)?;
    Ok(Vec::new())
}

/// Deletes a card for good.
pub(crate) fn delete(_: &Env<'_>, wallet: jlong, card: jint) -> Result<Vec<u8>, Refused> {
    decide(wallet, card, |wallet, card| wallet.delete(card))
}

// ---- payments without a reader

/// The order by what a merchant asks. Country and category are -1 where they are not told.
#[expect(clippy::too_many_arguments, reason = "as Java hands them over")]
pub(crate) fn order_of(
    env: &Env<'_>,
    minor: jlong,
    currency: jint,
    merchant_id: JByteArray<'_>,
    merchant_name: JByteArray<'_>,
    nonce: JByteArray<'_>,
    country: jint,
    category: jint,
) -> Result<Vec<u8>, Refused> {
    // What fits into no field is made what the core refuses by name.
    let told = |number: jint| Some(number).filter(|number| *number != -1).map(|number| number.try_into().unwrap_or(0));
    let amount = Amount { minor: minor.cast_unsigned(), currency: currency.try_into().unwrap_or(0) };
    let order = OnlineOrder::new(&OrderTerms {
        amount,
        merchant_id: text(env, &merchant_id)?,
        merchant_name: text(env, &merchant_name)?,
        country: told(country),
        category: told(category),
        nonce: copy(env, &nonce, LONGEST_ARGUMENT).ok_or(Code::Argument)?.to_vec(),
    })?;
    Ok(message::remote::order(&order))
}

/// The order as a merchant's server has written it.
pub(crate) fn read_order(env: &Env<'_>, bytes: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    Ok(message::remote::order(&order(env, &bytes)?))
}

/// What a merchant's code asks, by its text in UTF-8.
pub(crate) fn read_code(env: &Env<'_>, text: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    Ok(message::remote::merchant_code(&code(env, &text)?))
}

/// The order that it asks for, with what the person has typed: the amount (-1: none) and the tip.
pub(crate) fn order_of_code(
    env: &Env<'_>,
    wallet: jlong,
    text: JByteArray<'_>,
    typed: jlong,
    tip: jlong,
) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let typed = Some(typed).filter(|typed| *typed != -1).map(jlong::cast_unsigned);
    let asked = code(env, &text)?.order(typed, tip.cast_unsigned())?;
    Ok(message::remote::order(&wallet.order_of_code(&asked)?))
}

/// Begins to pay an order: what the device is to sign.
pub(crate) fn pay_online_begin(
    env: &Env<'_>,
    wallet: jlong,
    card: jint,
    bytes: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let order = order(env, &bytes)?;
    Ok(message::to_sign(&wallet.pay_online_begin(card_of(&wallet, card)?, &order, now)?))
}

/// Pays it, with the device's signature (r, s).
pub(crate) fn pay_online_finish(
    env: &Env<'_>,
    wallet: jlong,
    token: jlong,
    signature: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let signature = exactly(env, &signature)?;
    let paid = open_wallet(wallet)?.pay_online_finish(token.cast_unsigned(), &signature, now)?;
    Ok(message::remote::online_payment(&paid))
}

/// The code by which a merchant is paid who reads it off the screen.
pub(crate) fn show_code(_: &Env<'_>, wallet: jlong, card: jint, now: Now) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let shown = wallet.show_code(card_of(&wallet, card)?, now)?;
    // None of the core's codes is too long for a picture.
    let modules = Modules::of(&shown.text).ok_or(Code::Fault)?;
    Ok(message::remote::consumer_code(&shown, &modules))
}

// ---- the issuer

/// Begins a request: 1 enrolment (argument: as [`Enrolment`] reads it), 2 replenishment, 3 identity check (a card, argument: the code),
/// 4 issuer time, 5 resynchronisation, 6 check in.
pub(crate) fn request_begin(
    env: &Env<'_>,
    wallet: jlong,
    kind: jint,
    card: jint,
    argument: JByteArray<'_>,
    wall_ms: jlong,
) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    let argument = copy(env, &argument, LONGEST_ARGUMENT).ok_or(Code::Argument)?;
    let asked = match kind {
        1 => {
            let Enrolment { challenge, attestation } = Enrolment::read(&argument)?;
            wallet.enrolment_request(challenge, attestation)?
        }
        2 => wallet.replenishment_request(milliseconds(wall_ms))?,
        3 => wallet.identity_check_request(card_of(&wallet, card)?, argument.to_vec())?,
        4 => wallet.issuer_time_request()?,
        5 => wallet.resynchronisation_request()?,
        6 => wallet.check_in_request()?,
        _ => return Err(Code::Argument.into()),
    };
    Ok(message::to_sign(&asked))
}

/// Puts the signature (r, s) under it, and gives it.
pub(crate) fn request_finish(
    env: &Env<'_>,
    wallet: jlong,
    token: jlong,
    signature: JByteArray<'_>,
) -> Result<Vec<u8>, Refused> {
    let signature = exactly(env, &signature)?;
    Ok(open_wallet(wallet)?.request_finish(token.cast_unsigned(), &signature)?)
}

/// Begins an envelope: what the device agreement key is to be agreed with.
pub(crate) fn apply_begin(
    env: &Env<'_>,
    wallet: jlong,
    envelope: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let envelope = copy(env, &envelope, usize::MAX).ok_or(Code::Argument)?;
    let wallet = open_wallet(wallet)?;
    match wallet.apply_begin(&envelope, now) {
        Ok(begun) => Ok(message::begun(&begun)),
        Err(Error::AlreadyApplied) => {
            Err(Refused(Code::EnvelopeAgain, message::applied_before(wallet.highest_sequence())))
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens it with what they have in common, and applies it.
pub(crate) fn apply_finish(
    env: &Env<'_>,
    wallet: jlong,
    token: jlong,
    shared: JByteArray<'_>,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let shared = SharedSecret::new(exactly(env, &shared)?);
    Ok(message::applied(&open_wallet(wallet)?.apply_finish(token.cast_unsigned(), &shared, now)?))
}

// ---- what they share

fn open_wallet(number: jlong) -> Result<Arc<Wallet>, Refused> {
    wallets::get(number).ok_or_else(|| Code::Closed.into())
}

/// What the holder decides for a card; there is nothing to give back.
fn decide(
    wallet: jlong,
    card: jint,
    decision: impl FnOnce(&Wallet, CardId) -> Result<(), Error>,
) -> Result<Vec<u8>, Refused> {
    let wallet = open_wallet(wallet)?;
    decision(&wallet, card_of(&wallet, card)?)?;
    Ok(Vec::new())
}

fn card_of(wallet: &Wallet, number: jint) -> Result<CardId, Refused> {
    let found = wallet.cards().into_iter().find(|card| card.number() == number.cast_unsigned());
    found.ok_or_else(|| Error::UnknownCard.into())
}

/// Java writes UTF-8; only what is too long is cut within a character.
fn text(env: &Env<'_>, array: &JByteArray<'_>) -> Result<String, Refused> {
    let bytes = copy(env, array, LONGEST_ARGUMENT).ok_or(Code::Argument)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn order(env: &Env<'_>, bytes: &JByteArray<'_>) -> Result<OnlineOrder, Refused> {
    Ok(OnlineOrder::read(&copy(env, bytes, LONGEST_ARGUMENT).ok_or(Code::Argument)?)?)
}

fn code(env: &Env<'_>, text: &JByteArray<'_>) -> Result<MerchantCode, Refused> {
    Ok(MerchantCode::parse(&copy(env, text, LONGEST_ARGUMENT).ok_or(Code::Argument)?)?)
}

fn files(env: &Env<'_>, directory: &JByteArray<'_>) -> Result<Files, Refused> {
    let path = copy(env, directory, 4096).ok_or(Code::Argument)?;
    match Path::new(OsStr::from_bytes(&path)) {
        path if path.is_absolute() => Ok(Files::lock(path)?),
        _ => Err(Code::Argument.into()),
    }
}

fn released(env: &Env<'_>, spend_key: &JByteArray<'_>) -> Result<AgreementKey, Refused> {
    let mut number: Box<[u8; 32]> = exactly(env, spend_key)?;
    let key = AgreementKey::new(&number);
    number.zeroize();
    key.ok_or_else(|| Code::Argument.into())
}

#[expect(clippy::expect_used, reason = "without randomness there is no key; the border answers with a fault")]
fn randomness() -> Randomness {
    let random = SystemRandom::new();
    Box::new(move |buffer| {
        #[cfg(feature = "panic-on-demand")]
        panic_on_demand::in_randomness();
        random.fill(buffer).expect("the system has randomness");
    })
}
