//! Codes that the holder shows to pay, between the taps of the life that is crashed in: keys of a channel of their own.

use hcepay_core::{Channel, DEFAULT_WINDOW_MS, KeyTerms, Method, Scope};

use super::life::{Life, Payer};
use crate::plain_key;

/// As many as are shown in the life, and after two crashes.
const KEYS: u16 = 24;

/// The keys for them come.
pub(super) fn bring_keys(life: &mut Life) {
    let card = life.number_of(Payer::Plain).expect("it is installed");
    let terms = |atc| KeyTerms { channel: Channel::Qr, ..plain_key::terms(Payer::Plain.aid(), atc) };
    let keys = (1..=KEYS).map(|atc| plain_key::made(&terms(atc))).collect();
    life.wallet.add_keys_unsealed(card, keys, life.now).expect("the disk does not fail");
    life.collect();
    life.known.codes.brought = true;
    life.keep_mark();
}

/// The holder verifies for a code, and shows it. None is shown under a counter that one was shown under.
pub(super) fn show(life: &mut Life) -> Result<(), String> {
    let card = life.number_of(Payer::Plain)?;
    let armed = life.wallet.arm_for(Scope::Code(card), life.now, Method::Biometric, DEFAULT_WINDOW_MS, None);
    armed.map_err(|error| format!("arming for a code: {error}"))?;
    life.collect();
    life.keep_mark();
    let shown = life.wallet.show_code(card, life.now).map_err(|error| format!("no code: {error}"))?;
    life.collect();
    let atc = shown.report.atc.map_or(0, |atc| atc.number());
    let before = life.known.codes.shown;
    if atc <= before {
        return Err(format!("code {atc} signed again, {before} was the last"));
    }
    life.known.codes.shown = atc;
    life.row_of(shown.report.id.unwrap_or_default())?;
    for report in life.wallet.reports() {
        let _ = life.wallet.acknowledge(report.id.unwrap_or_default());
    }
    life.rest()
}
