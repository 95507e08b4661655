//! The card's report as JSON; what is not known is null.

use hcepay_core::{Attempt, CertificateEnd, Report};
use serde_json::{Value, json};

/// `{id, outcome, reason, amount_minor, currency, aid, atc, keys_left, certificate, attempts}`; attempts in order, each with the
/// same six members in the middle.
pub fn report(report: &Report) -> Value {
    json!({
        "id": report.id,
        "outcome": report.outcome.name(),
        "reason": report.reason.map(|reason| reason.name()),
        "amount_minor": report.amount_minor,
        "currency": report.currency,
        "aid": report.aid.map(|aid| aid.to_string()),
        "atc": report.atc.map(|atc| atc.number()),
        "keys_left": report.keys_left,
        "certificate": report.certificate.map(certificate),
        "attempts": report.id.map(|_| report.attempts.iter().map(attempt).collect::<Vec<_>>()),
    })
}

/// `{month, over}`: the month with which a card's certificates end, YYYY-MM.
pub fn certificate(end: CertificateEnd) -> Value {
    json!({ "month": format!("{:04}-{:02}", end.month.year, end.month.month), "over": end.is_over })
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "outcome": attempt.outcome.name(),
        "reason": attempt.reason.name(),
        "amount_minor": attempt.amount_minor,
        "currency": attempt.currency,
        "aid": attempt.aid.to_string(),
        "atc": attempt.atc.map(|atc| atc.number()),
    })
}
