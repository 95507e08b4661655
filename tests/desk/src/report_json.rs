//! The card's report as JSON; what is not known is null.

use hcepay_core::{Attempt, CertificateEnd, Method, Report, TerminalClaims};
use hcepay_tests::bytes::hex;
use serde_json::{Value, json};

/// `{id, outcome, reason, amount_minor, currency, aid, atc, keys_left, at_ms, duration_ms, gaps_ms, verified, terminal, coupon,
/// certificate, attempts}`; attempts in order, each with the six members from outcome to atc.
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
        "at_ms": report.id.map(|_| report.at_ms),
        "duration_ms": report.id.map(|_| report.duration_ms),
        "gaps_ms": report.id.map(|_| report.gaps_ms.as_slice()),
        "verified": report.verified.map(Method::name),
        "terminal": report.id.map(|_| claims(&report.terminal)),
        "coupon": report.coupon.map(|spent| json!({ "id": hex(&spent.coupon.0), "use": spent.number })),
        "certificate": report.certificate.map(certificate),
        "attempts": report.id.map(|_| report.attempts.iter().map(attempt).collect::<Vec<_>>()),
    })
}

/// `{transaction_type, country, merchant_name, merchant_category, date}`: what the terminal claims; the date YYMMDD.
fn claims(claims: &TerminalClaims) -> Value {
    json!({
        "transaction_type": claims.transaction_type,
        "country": claims.country,
        "merchant_name": claims.merchant_name,
        "merchant_category": claims.merchant_category,
        "date": claims.date.map(|[year, month, day]| format!("{year:02X}{month:02X}{day:02X}")),
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
