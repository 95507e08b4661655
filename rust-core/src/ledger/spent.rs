//! What a contact spent; and what is told of one of which no more than that is known, or what a record of kind 15 says.

use super::kept_attempt::KeptAttempt;
use super::key_sequence::Use;
use crate::card::cardholder_verification::Method;
use crate::card::report::{Attempt, MOST_TOLD, Observation, Outcome, Reason, Report};
use crate::emv::amount::Amount;
use crate::keys::channel::Channel;

/// A key that a contact spent, and on what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    pub(super) one_use: Use,
    pub(super) amount: Amount,
    pub(super) wall_ms: u64,
    pub(super) verified: bool,
}

/// Stands for "not told".
const NOT_TOLD: u16 = u16::MAX;

/// The report of a contact that spent this.
pub(super) fn report(
    contact: u64,
    spent: &[Spent],
    (outcome, reason, keys_left): (Outcome, Option<Reason>, u16),
    attempts: &[KeptAttempt],
) -> Report {
    // Of very many attempts only the latest are told.
    let spending = attempts.iter().filter(|kept| kept.about.is_none()).count();
    let mut told = spent.iter().skip(spent.len().saturating_sub(spending));
    let attempts = attempts.iter().filter_map(|kept| attempt(kept, &mut told)).collect();
    let keys_left = (keys_left != NOT_TOLD).then_some(keys_left.into());
    let card = spent.last().map(|spent| spent.one_use.sequence.card);
    let at_ms = spent.first().map_or(0, |spent| spent.wall_ms);
    // How, no record says.
    let verified = spent.last().filter(|spent| spent.verified).map(|_| Method::Unknown);
    let channel = spent.last().map_or(Channel::Tap, |spent| spent.one_use.sequence.channel);
    let report = Report::of(contact, card, outcome, reason, keys_left, attempts).by(channel);
    report.observed(Observation { at_ms, verified, ..Observation::default() })
}

/// The end of a contact that spent this, and that no one saw.
pub(super) fn interrupted(contact: u64, spent: &[Spent], keys_left: Option<u32>) -> Report {
    let (outcome, reason) = (Outcome::Unknown, Reason::ProcessEnded);
    let keys_left = keys_left.map_or(NOT_TOLD, |left| u16::try_from(left).unwrap_or(NOT_TOLD - 1));
    let attempts = vec![KeptAttempt { outcome, reason, about: None }; spent.len().min(MOST_TOLD)];
    report(contact, spent, (outcome, Some(reason), keys_left), &attempts)
}

fn attempt<'a>(kept: &KeptAttempt, spent: &mut impl Iterator<Item = &'a Spent>) -> Option<Attempt> {
    let (amount, aid, atc) = match &kept.about {
        Some((amount, aid)) => (*amount, *aid, None),
        None => {
            let spent = spent.next()?;
            // What a code pays is not known here.
            let amount = Some(spent.amount).filter(|_| spent.one_use.sequence.channel != Channel::Qr);
            (amount, spent.one_use.sequence.aid, Some(spent.one_use.atc))
        }
    };
    Some(Attempt {
        outcome: kept.outcome,
        reason: kept.reason,
        amount_minor: amount.map(|amount| amount.minor),
        currency: amount.map(|amount| amount.currency),
        aid,
        atc,
    })
}
