//! What each native method of `org.hcepay.demo.desk.DeskNative` does, in its order: convert, call, convert. `exports.rs` makes
//! Java's native of each.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::PoisonError;

use hcepay_tests::issuer::key_entry::{Channel, Protection};
use hcepay_tests::issuer::notices::Event;
use hcepay_tests::merchant::coupons::Worth;
use hcepay_tests::merchant::online_shop::OnlinePayment;
use hcepay_tests::terminal::coupon::Presentation;
use jni::Env;
use jni::objects::{JByteArray, JObject};
use jni::sys::{jint, jlong};

use crate::border::{Refused, copy, unsigned};
use crate::code::Code;
use crate::coupons::CouponOrder;
use crate::desk::{Act, Desk, Order, Settled};
use crate::error::DeskError;
use crate::purchase::{Readers, Wanted, play};
use crate::shown::Show;
use crate::watched::Watched;
use crate::{cards, channel, desks, message, remote};

/// More than a directory or a name may have.
const LONGEST_NAME: usize = 4096;
/// More than the name of an application: ISO 7816-4.
const LONGEST_AID: usize = 17;
/// More than any request.
const LONGEST_REQUEST: usize = 1 << 16;
/// More than any terminal says to a card.
const LONGEST_CONTACT: usize = 1 << 18;

// ---- the desk

/// Opens the desk that is in a directory, or makes one. Gives its number.
pub(crate) fn open(env: &Env<'_>, directory: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    let desk = Desk::open(&path(env, &directory)?)?;
    Ok(desks::insert(desk).to_be_bytes().to_vec())
}

/// Closes a desk. One that is not open stays so.
pub(crate) fn close(_: &Env<'_>, desk: jlong) -> Result<Vec<u8>, Refused> {
    desks::remove(desk);
    Ok(Vec::new())
}

/// Takes away what is kept in a directory.
pub(crate) fn discard(env: &Env<'_>, directory: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    Desk::discard(&path(env, &directory)?)?;
    Ok(Vec::new())
}

// ---- the issuer

/// The issuer's public key: 65 bytes.
pub(crate) fn issuer_key(_: &Env<'_>, desk: jlong) -> Result<Vec<u8>, Refused> {
    on(desk, |desk| Ok(desk.issuer_key()?.to_vec()))
}

/// A challenge for one enrolment: 16 bytes.
pub(crate) fn challenge(_: &Env<'_>, desk: jlong) -> Result<Vec<u8>, Refused> {
    on(desk, |desk| Ok(desk.challenge()?.to_vec()))
}

/// Answers a request of any kind: envelopes.
pub(crate) fn answer(env: &Env<'_>, desk: jlong, wall_ms: jlong, request: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    let request = copy(env, &request, LONGEST_REQUEST).ok_or(Code::Argument)?;
    on(desk, |desk| Ok(message::envelopes(&desk.answer(&request, unsigned(wall_ms))?)))
}

/// The next request is refused, or not.
pub(crate) fn refuse_next(_: &Env<'_>, desk: jlong, refuses: jint) -> Result<Vec<u8>, Refused> {
    on(desk, |desk| desk.refuse_next(refuses != 0).map(|()| Vec::new()))
}

/// Whether it is: one byte, 0 or 1.
pub(crate) fn refuses_next(_: &Env<'_>, desk: jlong) -> Result<Vec<u8>, Refused> {
    on(desk, |desk| Ok(vec![u8::from(desk.refuses_next()?)]))
}

/// The cards there are to install: offers.
pub(crate) fn offers(_: &Env<'_>) -> Result<Vec<u8>, Refused> {
    Ok(message::offers(&cards::offers()))
}

/// Sends a card: what was installed. Protection as envelopes number it, 0 for what the card wants.
pub(crate) fn install(
    env: &Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    name: JByteArray<'_>,
    keys: jint,
    codes: jint,
    protection: jint,
) -> Result<Vec<u8>, Refused> {
    let name = text(env, &name, LONGEST_NAME)?;
    let (keys, codes) = (u16::try_from(keys).ok(), u8::try_from(codes).ok());
    let (keys, codes) = keys.zip(codes).ok_or(Code::OutOfBounds)?;
    let protection = match protection {
        0 => None,
        number => {
            let known = u8::try_from(number).ok().and_then(Protection::of_number);
            Some(known.ok_or(Code::Argument)?)
        }
    };
    let order = Order { name: &name, keys, codes, protection };
    on(desk, |desk| Ok(message::installed(&desk.install(&order, unsigned(wall_ms))?)))
}

/// Does something with a card: 1 suspend, 2 resume, 3 renew, 4 delete. Gives the envelope.
pub(crate) fn move_card(_: &Env<'_>, desk: jlong, act: jint, card: jint) -> Result<Vec<u8>, Refused> {
    let act = match act {
        1 => Act::Suspend,
        2 => Act::Resume,
        3 => Act::Renew,
        4 => Act::Delete,
        _ => return Err(Code::Argument.into()),
    };
    let card = u32::try_from(card).unwrap_or(0);
    on(desk, |desk| Ok(message::envelopes(&[desk.move_card(act, card)?])))
}

/// Sends a card keys of a channel, by its number in envelopes: envelopes.
pub(crate) fn send_keys(
    _: &Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    card: jint,
    channel: jint,
    uses: jint,
) -> Result<Vec<u8>, Refused> {
    let (card, channel) = (u32::try_from(card).unwrap_or(0), channel_of(channel)?);
    let uses = u16::try_from(uses).map_err(|_| Code::OutOfBounds)?;
    on(desk, |desk| Ok(message::envelopes(&desk.send_keys(card, channel, uses, unsigned(wall_ms))?)))
}

/// Tells the wallet what became of a payment with the desk's terminal, an event by its name. Gives the envelope.
#[expect(clippy::too_many_arguments, reason = "as Java gives them")]
pub(crate) fn notice(
    env: &Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    card: jint,
    aid: JByteArray<'_>,
    channel: jint,
    counter: jint,
    event: JByteArray<'_>,
    amount_minor: jlong,
    currency: jint,
) -> Result<Vec<u8>, Refused> {
    let aid = copy(env, &aid, LONGEST_AID).filter(|aid| (1..LONGEST_AID).contains(&aid.len())).ok_or(Code::Argument)?;
    let event = copy(env, &event, LONGEST_NAME).and_then(|name| Event::of_name(std::str::from_utf8(&name).ok()?));
    let payment = Settled {
        card: u32::try_from(card).map_err(|_| Code::Argument)?,
        aid,
        channel: channel_of(channel)?,
        atc: u16::try_from(counter).map_err(|_| Code::Argument)?,
        event: event.ok_or(Code::Argument)?,
        amount_minor: u64::try_from(amount_minor).map_err(|_| Code::Argument)?,
        currency: u16::try_from(currency).map_err(|_| Code::Argument)?,
    };
    on(desk, |desk| Ok(message::envelopes(&[desk.notify(payment, unsigned(wall_ms))?])))
}

/// Tells the wallet what the account behind a card has. Gives the envelope.
pub(crate) fn tell_balance(_: &Env<'_>, desk: jlong, wall_ms: jlong, card: jint) -> Result<Vec<u8>, Refused> {
    let card = u32::try_from(card).unwrap_or(0);
    on(desk, |desk| Ok(message::envelopes(&[desk.tell_balance(card, unsigned(wall_ms))?])))
}

/// What the issuer says of a transfer that the wallet asks for: transferred.
pub(crate) fn transfer(
    env: &Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    request: JByteArray<'_>,
) -> Result<Vec<u8>, Refused> {
    let request = copy(env, &request, LONGEST_REQUEST).ok_or(Code::Argument)?;
    on(desk, |desk| Ok(message::transferred(&desk.transfer(&request, unsigned(wall_ms))?)))
}

/// Sends the wallet a coupon of the desk's shop: envelopes. Worth minor units of a currency, or hundredths of a percent where that is 0; from
/// so many milliseconds from now on, and for so many. Of a shop that the issuer has never named where `is_strange` is not 0.
#[expect(clippy::too_many_arguments, reason = "as Java gives them")]
pub(crate) fn send_coupon(
    env: &Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    title: JByteArray<'_>,
    conditions: JByteArray<'_>,
    worth: jlong,
    currency: jint,
    in_ms: jlong,
    for_ms: jlong,
    uses: jint,
    is_strange: jint,
) -> Result<Vec<u8>, Refused> {
    let (title, conditions) = (text(env, &title, LONGEST_NAME)?, text(env, &conditions, LONGEST_NAME)?);
    let worth = match currency {
        0 => Worth::Percentage(u16::try_from(worth).map_err(|_| Code::Argument)?),
        currency => {
            let (minor, currency) = amount(worth, currency)?;
            Worth::Amount(minor, currency)
        }
    };
    let order = CouponOrder {
        title: &title,
        conditions: &conditions,
        worth,
        in_ms: unsigned(in_ms),
        for_ms: unsigned(for_ms),
        uses: u16::try_from(uses).map_err(|_| Code::Argument)?,
    };
    on(desk, |desk| {
        let wall_ms = unsigned(wall_ms);
        let sent = match is_strange {
            0 => desk.send_coupon(&order, wall_ms),
            _ => desk.send_strange_coupon(&order, wall_ms),
        };
        Ok(message::envelopes(&sent?))
    })
}

/// The wallet's cards as the issuer knows them: cards.
pub(crate) fn cards(_: &Env<'_>, desk: jlong) -> Result<Vec<u8>, Refused> {
    on(desk, |desk| Ok(message::cards(&desk.cards()?)))
}

/// What the issuer's clock shows: eight bytes.
pub(crate) fn clock(_: &Env<'_>, desk: jlong, wall_ms: jlong) -> Result<Vec<u8>, Refused> {
    on(desk, |desk| Ok(desk.now(unsigned(wall_ms))?.to_be_bytes().to_vec()))
}

/// Sets it.
pub(crate) fn set_clock(_: &Env<'_>, desk: jlong, wall_ms: jlong, to_ms: jlong) -> Result<Vec<u8>, Refused> {
    on(desk, |desk| desk.set_clock(unsigned(wall_ms), unsigned(to_ms)).map(|()| Vec::new()))
}

// ---- the terminal

/// A contact with the terminal, which asks for a coupon first where the shop has made any, and the issuer's word where it is asked:
/// purchase. The desk can be used meanwhile: by the app that answers over the channel, too. Readers by their bits; torn after so many
/// commands, or never where that is negative.
#[expect(clippy::too_many_arguments, reason = "as Java gives them")]
pub(crate) fn purchase(
    env: &mut Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    amount_minor: jlong,
    currency: jint,
    readers: jint,
    verification_above: jlong,
    tear_after: jint,
    whole: jint,
    channel: JObject<'_>,
) -> Result<Vec<u8>, Refused> {
    let readers = u8::try_from(readers).ok().and_then(Readers::of_bits);
    let amount = u64::try_from(amount_minor).ok().zip(u16::try_from(currency).ok());
    let ((amount_minor, currency), readers) = amount.zip(readers).ok_or(Code::Argument)?;
    if channel.is_null() {
        return Err(Code::Argument.into());
    }
    let wanted = Wanted {
        amount_minor,
        currency,
        readers,
        verification_above: unsigned(verification_above),
        tear_after: u32::try_from(tear_after).ok(),
    };
    let wall_ms = unsigned(wall_ms);
    let begun = on(desk, |desk| desk.begin_purchase(amount_minor, currency, wall_ms))?;
    let mut check = |presented: &Presentation, challenge: &[u8; 8]| {
        on(desk, |desk| desk.take_coupon(presented, challenge, (amount_minor, currency), wall_ms))
    };
    let contact = play(&wanted, &begun, &mut check, &mut |command| channel::send(env, &channel, command))?;
    let concluded = on(desk, |desk| desk.conclude(&contact, wall_ms))?;
    let show = if whole == 0 { Show::Covered } else { Show::Whole };
    Ok(message::purchase(&contact, &concluded, show))
}

// ---- the shop

/// An order of the shop: its bytes.
pub(crate) fn order(_: &Env<'_>, amount_minor: jlong, currency: jint) -> Result<Vec<u8>, Refused> {
    let (amount_minor, currency) = amount(amount_minor, currency)?;
    Ok(remote::order(amount_minor, currency)?)
}

/// What the issuer says of a payment for an order: verification. Expiry and account reference are left out: they tell the merchant of
/// the card, and the issuer nothing.
pub(crate) fn judge_online(
    env: &Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    token: JByteArray<'_>,
    order: JByteArray<'_>,
    signature: JByteArray<'_>,
    chip_data: JByteArray<'_>,
) -> Result<Vec<u8>, Refused> {
    let given = |bytes| copy(env, bytes, LONGEST_REQUEST).ok_or(Code::Argument);
    let payment = OnlinePayment {
        chip_data: given(&chip_data)?,
        token: text(env, &token, LONGEST_REQUEST)?,
        expiry: [0; 2],
        account_reference: None,
        order: given(&order)?,
        signature: given(&signature)?.try_into().map_err(|_| Code::Argument)?,
    };
    on(desk, |desk| Ok(message::verification(&desk.verify_online(&payment, unsigned(wall_ms))?)))
}

/// What the issuer says of a code that the shop has read: verification.
pub(crate) fn judge_code(
    env: &Env<'_>,
    desk: jlong,
    wall_ms: jlong,
    text: JByteArray<'_>,
    amount_minor: jlong,
    currency: jint,
) -> Result<Vec<u8>, Refused> {
    let text = self::text(env, &text, LONGEST_REQUEST)?;
    let (amount_minor, currency) = amount(amount_minor, currency)?;
    on(desk, |desk| {
        let verification = desk.verify_code(&text, amount_minor, currency, unsigned(wall_ms))?;
        Ok(message::verification(&verification))
    })
}

/// A text of at most so many bytes.
fn text(env: &Env<'_>, array: &JByteArray<'_>, longest: usize) -> Result<String, Code> {
    copy(env, array, longest).and_then(|text| String::from_utf8(text).ok()).ok_or(Code::Argument)
}

fn amount(minor: jlong, currency: jint) -> Result<(u64, u16), Code> {
    u64::try_from(minor).ok().zip(u16::try_from(currency).ok()).ok_or(Code::Argument)
}

fn channel_of(number: jint) -> Result<Channel, Code> {
    u8::try_from(number).ok().and_then(Channel::of_number).ok_or(Code::Argument)
}

/// What was said in a contact that the app watched, decoded, with account data covered: exchanges.
pub(crate) fn decode(env: &Env<'_>, watched: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    let watched = copy(env, &watched, LONGEST_CONTACT).as_deref().and_then(Watched::parse).ok_or(Code::Argument)?;
    Ok(message::exchanges(&watched))
}

/// Works on an open desk, alone.
fn on<T>(desk: jlong, work: impl FnOnce(&mut Desk) -> Result<T, DeskError>) -> Result<T, Refused> {
    let desk = desks::get(desk).ok_or(Code::Closed)?;
    // A panic leaves a desk as it was: it is what its file says.
    let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(work(&mut desk)?)
}

fn path(env: &Env<'_>, directory: &JByteArray<'_>) -> Result<PathBuf, Refused> {
    let directory = copy(env, directory, LONGEST_NAME).filter(|name| !name.is_empty());
    Ok(PathBuf::from(OsString::from_vec(directory.ok_or(Code::Argument)?)))
}
