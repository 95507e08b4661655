//! The attempts of a report as records had them before there were rows (kind 15).

use crate::card::report::{Outcome, Reason};
use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::wire::{Fields, put_string8};

/// An attempt in a report that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptAttempt {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Reason,
    /// Where it spent nothing: what it was about. Else that stands in the contact's consumption.
    pub(crate) about: Option<(Option<Amount>, Aid)>,
}

pub(super) fn put(out: &mut Vec<u8>, attempts: &[KeptAttempt]) {
    out.push(u8::try_from(attempts.len()).expect("a report has few attempts"));
    for attempt in attempts {
        out.extend_from_slice(&[attempt.outcome.byte(), attempt.reason.byte()]);
        let Some((amount, aid)) = &attempt.about else {
            out.push(SPENT);
            continue;
        };
        out.push(if amount.is_some() { WITH_AMOUNT } else { WITHOUT_AMOUNT });
        put_string8(out, aid.bytes());
        if let Some(amount) = amount {
            out.extend_from_slice(&amount.minor.to_be_bytes());
            out.extend_from_slice(&amount.currency.to_be_bytes());
        }
    }
}

const WITH_AMOUNT: u8 = 0;
const SPENT: u8 = 1;
const WITHOUT_AMOUNT: u8 = 2;

pub(super) fn read(fields: &mut Fields<'_>) -> Option<Vec<KeptAttempt>> {
    let count = fields.u8()?;
    let mut attempts = Vec::new();
    for _ in 0..count {
        let (outcome, reason) = (Outcome::of_byte(fields.u8()?)?, Reason::of_byte(fields.u8()?)?);
        let about = match fields.u8()? {
            SPENT => None,
            form @ (WITH_AMOUNT | WITHOUT_AMOUNT) => {
                let aid = Aid::new(fields.string8()?)?;
                let amount = match form {
                    WITH_AMOUNT => Some(Amount { minor: fields.u64()?, currency: fields.u16()? }),
                    _ => None,
                };
                Some((amount, aid))
            }
            _ => return None,
        };
        attempts.push(KeptAttempt { outcome, reason, about });
    }
    Some(attempts)
}
