//! Rows and transfers as JSON lines, for the holder to keep: one a line, what is not known null, times in milliseconds since 1970.

use std::cmp::Reverse;
use std::fmt::Write;

use super::cardholder_verification::Method;
use super::journal_row::{DeclineReason, Row, Settled, Settlement};
use super::report::{Attempt, Outcome, Reason, Report};
use super::snapshot::CardId;
use super::transfer::TransferTerms;
use super::transfer_row::{TransferRefusal, TransferRow, TransferState};
use crate::emv::aid::Aid;
use crate::emv::atc::Atc;

/// Rows and transfers, the highest number first, each with a line feed behind it. Names are in the words of [`Outcome::name`] and its like.
pub(crate) fn lines(rows: &[Row], transfers: &[TransferRow]) -> String {
    let rows = rows.iter().map(|row| (row.id, line(row)));
    let transfers = transfers.iter().map(|row| (row.number, transfer(row)));
    let mut lines: Vec<(u64, String)> = rows.chain(transfers).collect();
    lines.sort_by_key(|(number, _)| Reverse(*number));
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn transfer(row: &TransferRow) -> String {
    let TransferRow { number, card, at_ms, verified, transfer, state, settled_ms } = row;
    let TransferTerms { amount, payee, payee_name, note } = transfer.terms();
    let mut object = Object::new();
    object.number("transfer", Some(*number)).number("at_ms", Some(*at_ms)).number("card", Some(card.number()));
    object.text("verified", Some(Method::name(*verified)));
    object.number("amount_minor", Some(amount.minor)).number("currency", Some(amount.currency));
    object.text("payee", Some(payee)).text("payee_name", Some(payee_name)).text("note", Some(note));
    object.text("state", Some(TransferState::name(*state))).text("why", state.refusal().map(TransferRefusal::name));
    object.number("settled_ms", *settled_ms);
    object.end()
}

fn line(row: &Row) -> String {
    let Row { id, report, merchant, settlements } = row;
    let Report { at_ms, duration_ms, gaps_ms, terminal, .. } = report;
    let mut object = Object::new();
    object.number("id", Some(*id)).number("at_ms", Some(*at_ms).filter(|at| *at != 0));
    object.number("duration_ms", Some(*duration_ms)).text("channel", Some(report.channel.name()));
    object.number("card", report.card.map(CardId::number));
    object.text("outcome", Some(report.outcome.name())).text("reason", report.reason.map(Reason::name));
    object.text("verified", report.verified.map(Method::name));
    about(&mut object, report.amount_minor, report.currency, report.aid, report.atc);
    object.number("keys_left", report.keys_left).number("transaction_type", terminal.transaction_type);
    object.number("country", terminal.country).text("terminal_says", terminal.merchant_name.as_deref());
    object.number("merchant_category", terminal.merchant_category).text("date", terminal.date.map(date).as_deref());
    object.list("gaps_ms", gaps_ms.iter().map(u32::to_string));
    object.list("attempts", report.attempts.iter().map(attempt));
    object.text("coupon", report.coupon.map(|presented| hex(presented.coupon.0)).as_deref());
    object.number("coupon_use", report.coupon.map(|presented| presented.number));
    object.text("merchant", merchant.as_deref()).list("settlements", settlements.iter().map(settlement));
    object.end()
}

fn attempt(attempt: &Attempt) -> String {
    let mut object = Object::new();
    object.text("outcome", Some(Outcome::name(attempt.outcome))).text("reason", Some(attempt.reason.name()));
    about(&mut object, attempt.amount_minor, attempt.currency, Some(attempt.aid), attempt.atc);
    object.end()
}

fn settlement(settlement: &Settlement) -> String {
    let Settlement { settled, at_ms, amount, aid, atc } = *settlement;
    let mut object = Object::new();
    object.text("settled", Some(Settled::name(settled))).text("why", settled.reason().map(DeclineReason::name));
    object.number("at_ms", Some(at_ms));
    about(&mut object, Some(amount.minor), Some(amount.currency), Some(aid), Some(atc));
    object.end()
}

fn about(object: &mut Object, minor: Option<u64>, currency: Option<u16>, aid: Option<Aid>, atc: Option<Atc>) {
    object.number("amount_minor", minor).number("currency", currency);
    object.text("aid", aid.map(|aid| aid.to_string()).as_deref()).number("atc", atc.map(Atc::number));
}

fn hex(id: [u8; 16]) -> String {
    id.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// YYYY-MM-DD, of this century.
fn date([year, month, day]: [u8; 3]) -> String {
    format!("20{year:02X}-{month:02X}-{day:02X}")
}

/// A JSON object that is being written.
struct Object(String);

impl Object {
    fn new() -> Object {
        Object("{".to_owned())
    }

    fn number(&mut self, key: &str, value: Option<impl ToString>) -> &mut Object {
        let value = value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        self.member(key, &value)
    }

    fn text(&mut self, key: &str, value: Option<&str>) -> &mut Object {
        let value = value.map_or_else(|| "null".to_owned(), quoted);
        self.member(key, &value)
    }

    fn list(&mut self, key: &str, values: impl Iterator<Item = String>) -> &mut Object {
        let values: Vec<String> = values.collect();
        self.member(key, &format!("[{}]", values.join(",")))
    }

    fn member(&mut self, key: &str, value: &str) -> &mut Object {
        let comma = if self.0.len() > 1 { "," } else { "" };
        let _ = write!(self.0, "{comma}\"{key}\":{value}");
        self
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A string as RFC 8259 has it. Control characters do not come so far; they would be escaped.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control.is_control() => _ = write!(out, "\\u{:04x}", u32::from(control)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
