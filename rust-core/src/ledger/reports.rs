//! Reports of contacts that spent a key: records too, kept until the app has acknowledged them.

use super::Ledger;
use super::log::Log;
use super::record::{KeptAttempt, Record};
use super::seal::StoreKey;
use super::state::{HeldContact, LedgerState, Reported, Spent};
use super::storage::Storage;
use crate::card::report::MOST_TOLD;
use crate::card::report::{Attempt, Outcome, Reason, Report};
use crate::emv::amount::Amount;
use crate::error::LedgerError;
use crate::now::Now;

/// Stands for "not told".
const NOT_TOLD: u16 = u16::MAX;

impl Ledger {
    /// Writes down what was told of a contact, where it spent something, and what it showed, in one write. Contacts that spent nothing
    /// and showed nothing unusual leave no trace.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn report(&mut self, report: &Report) -> Result<(), LedgerError> {
        let seen = self.look_at(report);
        let mut records = Vec::new();
        if let Some(contact) = report.id.filter(|id| self.state.contacts.contains_key(id)) {
            let keys_left = kept_keys_left(report.keys_left);
            let (outcome, reason) = (report.outcome, report.reason);
            let attempts = report.attempts.iter().map(kept).collect();
            records.push(Record::Reported { contact, outcome, reason, keys_left, attempts });
        }
        let mut written = None;
        if !records.is_empty() || !seen.alerts.is_empty() {
            records.extend(seen.clone().records());
            written = Some(self.write(records));
        }
        if written != Some(Ok(())) {
            // What is worth no write, or could not be written, is remembered as long as the process lives.
            seen.records().for_each(|record| self.state.apply(record, 0));
        }
        written.unwrap_or(Ok(()))
    }

    /// What can be read of a ledger that does not open: how its cards stood and the reports that were not acknowledged.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where not even its beginning can be read, and the others.
    pub(crate) fn salvage(storage: &dyn Storage, store_key: &StoreKey) -> Result<Vec<Report>, LedgerError> {
        let mut state = LedgerState::default();
        Log::salvage(storage, store_key)?.into_iter().for_each(|record| state.apply(record, 0));
        Ok(of(&state))
    }

    /// Reports that were not acknowledged, oldest first.
    pub(crate) fn reports(&self) -> Vec<Report> {
        of(&self.state)
    }

    /// The app has the report of this contact, which has ended: it is not told again, also where it could not be written.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn acknowledge(&mut self, id: u64) -> Result<(), LedgerError> {
        match self.state.contacts.contains_key(&id) {
            true => self.write(vec![Record::Acknowledged(id)]),
            false => Ok(()),
        }
    }

    /// The ends of contacts that spent a key and whose process ended before they were reported.
    pub(super) fn ends_of_interrupted(&self, now: Now) -> Vec<Record> {
        let open = self.state.contacts.iter().filter(|(_, held)| held.reported.is_none());
        let ended = open.map(|(contact, held)| {
            let last = held.spent.last().map(|spent| spent.one_use.sequence);
            let left = last.map(|sequence| self.uses_left(&sequence, now.wall_ms));
            let attempt = KeptAttempt { outcome: Outcome::Unknown, reason: Reason::ProcessEnded, about: None };
            Record::Reported {
                contact: *contact,
                outcome: Outcome::Unknown,
                reason: Some(Reason::ProcessEnded),
                keys_left: kept_keys_left(left),
                attempts: vec![attempt; held.spent.len().min(MOST_TOLD)],
            }
        });
        ended.collect()
    }
}

/// Reports that were not acknowledged, oldest first.
fn of(state: &LedgerState) -> Vec<Report> {
    let told = |(contact, held): (&u64, &HeldContact)| held.reported.as_ref().map(|told| tell(*contact, held, told));
    state.contacts.iter().filter_map(told).collect()
}

fn kept_keys_left(left: Option<u32>) -> u16 {
    left.map_or(NOT_TOLD, |left| u16::try_from(left).unwrap_or(NOT_TOLD - 1))
}

fn kept(attempt: &Attempt) -> KeptAttempt {
    let amount = attempt.amount_minor.zip(attempt.currency).map(|(minor, currency)| Amount { minor, currency });
    let about = attempt.atc.is_none().then_some((amount, attempt.aid));
    KeptAttempt { outcome: attempt.outcome, reason: attempt.reason, about }
}

fn tell(contact: u64, held: &HeldContact, told: &Reported) -> Report {
    // Of very many attempts only the latest are told.
    let spending = told.attempts.iter().filter(|kept| kept.about.is_none()).count();
    let mut spent = held.spent.iter().skip(held.spent.len().saturating_sub(spending));
    let attempts: Vec<Attempt> = told.attempts.iter().filter_map(|kept| attempt(kept, &mut spent)).collect();
    let keys_left = (told.keys_left != NOT_TOLD).then_some(told.keys_left.into());
    let card = held.spent.last().map(|spent| spent.one_use.sequence.card);
    Report::of(contact, card, told.outcome, told.reason, keys_left, attempts)
}

fn attempt<'a>(kept: &KeptAttempt, spent: &mut impl Iterator<Item = &'a Spent>) -> Option<Attempt> {
    let (amount, aid, atc) = match &kept.about {
        Some((amount, aid)) => (*amount, *aid, None),
        None => {
            let spent = spent.next()?;
            (Some(spent.amount), spent.one_use.sequence.aid, Some(spent.one_use.atc))
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
