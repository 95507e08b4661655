//! One tap as one line of JSON, for programs.

use hcepay_tests::issuer::verification::Verification;
use hcepay_tests::terminal::Oda;
use serde_json::{Value, json};

use super::PlayedTap;
use crate::report_json;

/// `{report, terminal: {outcome, reason, oda}, issuer: {verdict, steps: [{name, detail, passed}]}}`. Where nothing went to the
/// issuer, its verdict and steps are null.
pub fn tap(played: &PlayedTap) -> Value {
    json!({
        "report": report_json::report(&played.report),
        "terminal": {
            "outcome": played.tap.outcome.name(),
            "reason": played.tap.reason.name(),
            "oda": played.tap.oda.as_ref().map(Oda::name),
        },
        "issuer": {
            "verdict": played.verification.as_ref().map(|verification| verification.verdict.name()),
            "steps": played.verification.as_ref().map(steps),
        },
    })
}

fn steps(verification: &Verification) -> Value {
    let step = verification.steps.iter();
    step.map(|step| json!({ "name": step.name, "detail": step.detail, "passed": step.passed })).collect()
}
