//! Alerts as text for a person, newest first, each with its evidence in numbers; and as JSON lines.

use hcepay_core::{Action, Alert};
use serde_json::json;

use super::journal::{day, time};
use crate::demo_wallet::DemoWallet;
use crate::page::{BAD, DIM, Page};

/// A page.
pub(super) fn text(wallet: &DemoWallet, width: usize) -> String {
    let mut page = Page::of_width(width);
    let alerts = wallet.wallet().alerts();
    if alerts.is_empty() {
        page.sentences(DIM, 0, "Nothing unusual was seen.");
    }
    let mut last = None;
    for alert in alerts.iter().rev() {
        let of_alert = day(alert.at_ms);
        if last.as_ref() != Some(&of_alert) {
            if last.is_some() {
                page.gap();
            }
            page.heading(&of_alert, "");
            last = Some(of_alert);
        }
        let style = if alert.action == Action::Note { DIM } else { BAD };
        page.labelled(&time(alert.at_ms), style, &alert.sentence());
        let follows = match alert.action {
            Action::Note => "noted",
            Action::Alert => "the holder is told",
            Action::VerifyAgain => "the holder must verify for the next payment",
            Action::Freeze => "the card is frozen",
        };
        page.labelled("", DIM, &format!("{}: {follows}{}", alert.rule.name(), evidence(alert)));
    }
    page.text().to_owned()
}

fn evidence(alert: &Alert) -> String {
    let numbers: Vec<String> = alert.evidence.iter().map(u64::to_string).collect();
    if numbers.is_empty() { String::new() } else { format!("; evidence {}", numbers.join(", ")) }
}

/// A line for each.
pub(super) fn json_lines(alerts: &[Alert]) -> String {
    let line = |alert: &Alert| {
        let json = json!({
            "id": alert.id(),
            "contact": alert.contact,
            "rule": alert.rule.name(),
            "action": alert.action.name(),
            "at_ms": alert.at_ms,
            "card": alert.card.map(|card| card.number()),
            "evidence": alert.evidence,
            "sentence": alert.sentence(),
        });
        format!("{json}\n")
    };
    alerts.iter().map(line).collect()
}
