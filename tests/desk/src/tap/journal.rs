//! The journal as text for a person: day by day, newest first, each row with what the issuer said since.

use std::cmp::Reverse;

use anstyle::Style;
use hcepay_core::{Channel, Outcome, Row, Settlement, TransferRow, TransferState, TransferTerms};
use time::OffsetDateTime;

use crate::demo_wallet::DemoWallet;
use crate::money::Money;
use crate::page::{BAD, DIM, GOOD, Page};

/// A page.
pub(super) fn text(wallet: &DemoWallet, width: usize) -> String {
    let mut page = Page::of_width(width);
    let rows = wallet.wallet().journal(None, usize::MAX).into_iter().map(|row| (row.id, Entry::Contact(row)));
    let transfers = wallet.wallet().transfers(None, usize::MAX).into_iter();
    let transfers = transfers.map(|row| (row.number, Entry::Transfer(row)));
    let mut entries: Vec<(u64, Entry)> = rows.chain(transfers).collect();
    entries.sort_by_key(|(number, _)| Reverse(*number));
    if entries.is_empty() {
        page.sentences(DIM, 0, "Nothing was paid yet, and nothing refused.");
    }
    let mut day = None;
    for (_, entry) in &entries {
        let of_row = self::day(match entry {
            Entry::Contact(row) => row.report.at_ms,
            Entry::Transfer(row) => row.at_ms,
        });
        if day.as_ref() != Some(&of_row) {
            if day.is_some() {
                page.gap();
            }
            page.heading(&of_row, "");
            day = Some(of_row);
        }
        match entry {
            Entry::Contact(row) => self::row(&mut page, wallet, row),
            Entry::Transfer(row) => transfer(&mut page, wallet, row),
        }
    }
    page.text().to_owned()
}

/// Numbered in one series.
enum Entry {
    Contact(Row),
    Transfer(TransferRow),
}

/// One transfer.
pub(super) fn transfer(page: &mut Page, wallet: &DemoWallet, row: &TransferRow) {
    let TransferTerms { amount, payee, payee_name, note } = row.transfer.terms();
    let why = row.state.refusal().map(|refusal| format!(" ({})", refusal.name())).unwrap_or_default();
    let style = match row.state {
        TransferState::Pending => Style::new(),
        TransferState::Done => GOOD,
        TransferState::Refused(_) => BAD,
    };
    let card = wallet.name_of(row.card).map(|name| format!(", with {name}")).unwrap_or_default();
    let money = money(amount.minor, amount.currency);
    let about = format!("transfer {}{why}: {money} to {payee_name}, {payee}{card}", row.state.name());
    page.labelled(&time(row.at_ms), style, &about);
    if !note.is_empty() {
        page.labelled("", DIM, &format!("note: {note}"));
    }
    if let Some(at_ms) = row.settled_ms {
        page.labelled("", DIM, &format!("the issuer, {} {}: {}{why}", day(at_ms), time(at_ms), row.state.name()));
    }
}

/// One row.
pub(super) fn row_text(wallet: &DemoWallet, row: &Row, width: usize) -> String {
    let mut page = Page::of_width(width);
    page.heading(&day(row.report.at_ms), "");
    self::row(&mut page, wallet, row);
    page.text().to_owned()
}

pub(super) fn row(page: &mut Page, wallet: &DemoWallet, row: &Row) {
    let report = &row.report;
    let amount = report.amount_minor.zip(report.currency).map(|(minor, currency)| money(minor, currency));
    let card = report.card.and_then(|card| wallet.name_of(card)).map(|name| format!("with {name}"));
    let merchant = row.merchant.as_ref().map(|name| format!("at {name}"));
    let (way, who) = match report.channel {
        Channel::Tap => (None, "the terminal calls itself"),
        Channel::Online => (Some("online".to_owned()), "the order names"),
        Channel::Qr => (Some("by a code".to_owned()), ""),
    };
    let claimed = report.terminal.merchant_name.as_ref().map(|name| format!("{who} {name}"));
    let about: Vec<String> = [amount, way, card, merchant, claimed].into_iter().flatten().collect();
    let reason = report.reason.map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
    let style = if report.outcome == Outcome::AuthorisationRequested { GOOD } else { BAD };
    let about = if about.is_empty() { String::new() } else { format!(": {}", about.join(", ")) };
    page.labelled(&time(report.at_ms), style, &format!("{}{reason}{about}", report.outcome.name()));
    if let Some(presented) = report.coupon {
        page.labelled("", DIM, &format!("before it, use {} of a coupon was presented", presented.number));
    }
    for settlement in &row.settlements {
        page.labelled("", DIM, &settled(settlement));
    }
}

fn settled(settlement: &Settlement) -> String {
    let Settlement { settled, at_ms, amount, .. } = settlement;
    let why = settled.reason().map(|reason| format!(" ({})", reason.name())).unwrap_or_default();
    let amount = money(amount.minor, amount.currency);
    format!("the issuer, {} {}: {}{why}, {amount}", day(*at_ms), time(*at_ms), settled.name())
}

pub(super) fn money(minor: u64, currency: u16) -> String {
    Money::of_number(minor, currency)
        .map_or_else(|| format!("{minor} of currency {currency:03}"), |money| money.to_string())
}

/// YYYY-MM-DD of universal time.
pub(super) fn day(at_ms: u64) -> String {
    moment(at_ms).map_or_else(|| "No one knows when".to_owned(), |moment| moment.date().to_string())
}

/// HH:MM of universal time.
pub(super) fn time(at_ms: u64) -> String {
    moment(at_ms).map_or_else(String::new, |moment| format!("{:02}:{:02}", moment.hour(), moment.minute()))
}

fn moment(at_ms: u64) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(at_ms / 1000).ok().filter(|seconds| *seconds > 0)?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}
