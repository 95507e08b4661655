//! A row of the journal as a record has it: the whole report, so that it can stand alone when the consumptions are gone.
//!
//! | field | bytes |
//! |---|---|
//! | row | 8: the contact's number |
//! | card | 4; 0 = none |
//! | end | outcome (1), reason (1; 0 = none), keys left (2; FFFF = not told) |
//! | time | wall clock (8), duration in milliseconds (4), gaps: count (1), each in milliseconds (2; FFFF = that or more) |
//! | verified | 1: 0 = not, else how: `01` biometric, `02` device credential, `03` unknown, `04` the app says so |
//! | claims | what is claimed (1: bit 1 transaction type, bit 2 country, bit 3 merchant category, bit 4 date; bits 6 and 5 are no claim, but the channel: `00` tap, `01` online, `10` QR; bit 7 a coupon was presented), then these: 1, 2, 2, 3 bytes; merchant name (string8; empty = none) |
//! | attempts | count (1), each: outcome (1), reason (1), counter (2; 0 = none), AID (string8), amount is named (1: 0 or 1), and then minor units (8), currency (2) |
//! | coupon | only where one was presented: coupon (16), number of the use (2) |

use crate::card::cardholder_verification::Method;
use crate::card::report::{Attempt, Observation, Outcome, Reason, Report};
use crate::card::snapshot::CardId;
use crate::card::terminal_claims::TerminalClaims;
use crate::coupon::coupon_terms::CouponUse;
use crate::emv::aid::Aid;
use crate::emv::atc::Atc;
use crate::keys::channel::Channel;
use crate::wire::{Fields, put_string8};

const NOT_TOLD: u16 = u16::MAX;

const TRANSACTION_TYPE: u8 = 1;
const COUNTRY: u8 = 2;
const CATEGORY: u8 = 4;
const DATE: u8 = 8;
const ONLINE: u8 = 16;
const QR: u8 = 32;
const COUPON: u8 = 64;

pub(super) fn put(out: &mut Vec<u8>, report: &Report) {
    let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    out.extend_from_slice(&report.id.unwrap_or(0).to_be_bytes());
    out.extend_from_slice(&report.card.map_or(0, CardId::number).to_be_bytes());
    out.extend_from_slice(&[report.outcome.byte(), report.reason.map_or(0, Reason::byte)]);
    let keys_left = report.keys_left.map_or(NOT_TOLD, |left| short(left).min(NOT_TOLD - 1));
    out.extend_from_slice(&keys_left.to_be_bytes());
    out.extend_from_slice(&report.at_ms.to_be_bytes());
    out.extend_from_slice(&report.duration_ms.to_be_bytes());
    out.push(count(report.gaps_ms.len()));
    report.gaps_ms.iter().for_each(|gap| out.extend_from_slice(&short(*gap).to_be_bytes()));
    out.push(report.verified.map_or(0, Method::byte));
    put_claims(out, report);
    out.push(count(report.attempts.len()));
    report.attempts.iter().for_each(|attempt| put_attempt(out, attempt));
    report.coupon.iter().for_each(|presented| presented.write(out));
}

fn count(length: usize) -> u8 {
    u8::try_from(length).expect("a report has few attempts and gaps")
}

fn put_claims(out: &mut Vec<u8>, report: &Report) {
    let channel = report.channel;
    let TerminalClaims { transaction_type, country, merchant_name, merchant_category, date } = &report.terminal;
    let flag = |is_there, flag| if is_there { flag } else { 0 };
    out.push(
        flag(transaction_type.is_some(), TRANSACTION_TYPE)
            | flag(country.is_some(), COUNTRY)
            | flag(merchant_category.is_some(), CATEGORY)
            | flag(date.is_some(), DATE)
            | flag(channel == Channel::Online, ONLINE)
            | flag(channel == Channel::Qr, QR)
            | flag(report.coupon.is_some(), COUPON),
    );
    out.extend(transaction_type);
    out.extend(country.iter().flat_map(|country| country.to_be_bytes()));
    out.extend(merchant_category.iter().flat_map(|category| category.to_be_bytes()));
    out.extend(date.iter().flatten());
    put_string8(out, merchant_name.as_deref().unwrap_or_default().as_bytes());
}

fn put_attempt(out: &mut Vec<u8>, attempt: &Attempt) {
    out.extend_from_slice(&[attempt.outcome.byte(), attempt.reason.byte()]);
    out.extend_from_slice(&attempt.atc.map_or(0, Atc::number).to_be_bytes());
    put_string8(out, attempt.aid.bytes());
    let amount = attempt.amount_minor.zip(attempt.currency);
    out.push(amount.is_some().into());
    if let Some((minor, currency)) = amount {
        out.extend_from_slice(&minor.to_be_bytes());
        out.extend_from_slice(&currency.to_be_bytes());
    }
}

/// `None` where it is not as described.
pub(super) fn read(fields: &mut Fields<'_>) -> Option<Report> {
    let id = fields.u64()?;
    let card = Some(CardId(fields.u32()?)).filter(|card| *card != CardId(0));
    let outcome = Outcome::of_byte(fields.u8()?)?;
    let reason = or_none(fields.u8()?, Reason::of_byte)?;
    let keys_left = Some(fields.u16()?).filter(|left| *left != NOT_TOLD).map(u32::from);
    let (at_ms, duration_ms, gaps) = (fields.u64()?, fields.u32()?, fields.u8()?);
    let gaps_ms = (0..gaps).map(|_| fields.u16().map(u32::from)).collect::<Option<_>>()?;
    let verified = or_none(fields.u8()?, Method::of_byte)?;
    let (channel, has_coupon, terminal) = claims(fields)?;
    let attempts = fields.u8()?;
    let attempts = (0..attempts).map(|_| attempt(fields)).collect::<Option<_>>()?;
    let coupon = if has_coupon { Some(CouponUse::read(fields)?) } else { None };
    let report = Report { coupon, ..Report::of(id, card, outcome, reason, keys_left, attempts).by(channel) };
    Some(report.observed(Observation { at_ms, duration_ms, gaps_ms, verified, terminal }))
}

/// 0 for none, else one of a list.
fn or_none<Listed>(byte: u8, listed: impl Fn(u8) -> Option<Listed>) -> Option<Option<Listed>> {
    if byte == 0 { Some(None) } else { listed(byte).map(Some) }
}

fn claims(fields: &mut Fields<'_>) -> Option<(Channel, bool, TerminalClaims)> {
    let there = fields.u8()?;
    let channel = match there & !(TRANSACTION_TYPE | COUNTRY | CATEGORY | DATE | COUPON) {
        0 => Channel::Tap,
        ONLINE => Channel::Online,
        QR => Channel::Qr,
        _ => return None,
    };
    let is_there = |flag| there & flag != 0;
    let transaction_type = if is_there(TRANSACTION_TYPE) { Some(fields.u8()?) } else { None };
    let country = if is_there(COUNTRY) { Some(fields.u16()?) } else { None };
    let merchant_category = if is_there(CATEGORY) { Some(fields.u16()?) } else { None };
    let date = if is_there(DATE) { Some(fields.array()?) } else { None };
    let merchant_name = String::from_utf8(fields.string8()?.to_vec()).ok()?;
    let merchant_name = Some(merchant_name).filter(|name| !name.is_empty());
    Some((
        channel,
        is_there(COUPON),
        TerminalClaims { transaction_type, country, merchant_name, merchant_category, date },
    ))
}

fn attempt(fields: &mut Fields<'_>) -> Option<Attempt> {
    let (outcome, reason) = (Outcome::of_byte(fields.u8()?)?, Reason::of_byte(fields.u8()?)?);
    let atc = match fields.u16()? {
        0 => None,
        number => Some(Atc::new(number)?),
    };
    let aid = Aid::new(fields.string8()?)?;
    let (amount_minor, currency) = match fields.u8()? {
        0 => (None, None),
        1 => (Some(fields.u64()?), Some(fields.u16()?)),
        _ => return None,
    };
    Some(Attempt { outcome, reason, amount_minor, currency, aid, atc })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coupon::coupon_terms::CouponId;

    fn report() -> Report {
        let aid = Aid::new(&[0xA0; 7]).unwrap();
        let (outcome, reason) = (Outcome::Torn, Reason::AfterCryptogram);
        let paid = Attempt { outcome, reason, amount_minor: Some(1250), currency: Some(978), aid, atc: Atc::new(7) };
        let begun = Attempt { amount_minor: None, currency: None, atc: None, ..paid.clone() };
        let terminal = TerminalClaims {
            transaction_type: Some(0x20),
            country: Some(276),
            merchant_name: Some("Löwen".to_owned()),
            merchant_category: Some(5814),
            date: Some([0x26, 0x01, 0x31]),
        };
        let verified = Some(Method::DeviceCredential);
        let observation = Observation { at_ms: 1, duration_ms: 70_000, gaps_ms: vec![2, 65_535], verified, terminal };
        let report = Report::of(9, Some(CardId(3)), outcome, Some(reason), Some(4), vec![begun, paid]);
        report.observed(observation)
    }

    fn written(report: &Report) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, report);
        out
    }

    #[test]
    fn a_row_is_read_back_as_it_was_written() {
        let empty = Report::of(1, None, Outcome::Nothing, None, None, Vec::new());
        let some = TerminalClaims { country: Some(276), ..TerminalClaims::default() };
        let some = Report { terminal: some, ..empty.clone() };
        let channels = [report().by(Channel::Online), empty.clone().by(Channel::Qr)];
        let coupon = Some(CouponUse { coupon: CouponId([7; 16]), number: 3 });
        let coupons = [report(), empty.clone()].map(|report| Report { coupon, ..report });
        for report in [report(), empty, some].into_iter().chain(channels).chain(coupons) {
            let bytes = written(&report);
            let mut fields = Fields::of(&bytes);
            assert_eq!(read(&mut fields), Some(report));
            assert_eq!(fields.end(), Some(()));
        }
    }

    #[test]
    fn a_row_that_is_cut_is_none() {
        let bytes = written(&report());
        assert!((0..bytes.len()).all(|length| read(&mut Fields::of(&bytes[..length])).is_none()));
    }
}
