//! What an independent issuer needs to check a demo card's cryptograms, as JSON. Test keys, meant to be shown.

use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::card_description::DescribedApplication;
use serde_json::{Value, json};

/// `{token, sequence_number, expiry, applications}`, marked as test keys; null for an unknown name.
pub fn description(issuer: &Issuer, card_name: &str) -> Value {
    let Some(description) = issuer.describe(card_name) else { return Value::Null };
    json!({
        "test_keys": true,
        "token": description.token.digits(),
        "sequence_number": description.sequence_number.map(|number| hex(&[number])),
        "expiry": hex(&description.expiry),
        "applications": description.applications.iter().map(application).collect::<Vec<_>>(),
    })
}

fn application(application: &DescribedApplication) -> Value {
    json!({
        "aid": hex(&application.aid),
        "kernel": application.version.kernel(),
        "cvn": hex(&[application.version.cvn()]),
        "scheme": application.scheme.name(),
        "issuer_master_key": hex(&application.issuer_master_key),
        "derivation": application.derivation.name(),
        "luk_index": application.luk_index.map(|index| index.to_string()),
    })
}
