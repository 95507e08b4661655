//! Reports of contacts: rows of the journal. Those that spent a key, or a use of a coupon, are told again until the app has acknowledged them.

use std::sync::Arc;

use super::Ledger;
use super::log::Log;
use super::notice::Notice;
use super::record::Record;
use super::seal::StoreKey;
use super::spent;
use super::state::LedgerState;
use super::storage::Storage;
use crate::card::journal_row::Row;
use crate::card::report::Report;
use crate::error::{ContentError, Error, LedgerError};
use crate::now::Now;

impl Ledger {
    /// Writes down what was told of a contact and what it showed, with one write. Whether it can be written does not change what was
    /// told.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn report(&mut self, report: &Report) -> Result<(), LedgerError> {
        if report.id.is_none() {
            return Ok(());
        }
        let seen = self.look_at(report);
        let row = Record::Row(Arc::new(Report { certificate: None, ..report.clone() }));
        let written = self.write([row].into_iter().chain(seen.clone().records()).collect());
        if written.is_err() {
            // Then it is known as long as the process lives.
            seen.records().for_each(|record| self.state.apply(record, 0));
        }
        written
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

    /// The app has the report of this contact, which has ended: it is not told again, also where it could not be written. Its row
    /// stays.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn acknowledge(&mut self, id: u64) -> Result<(), LedgerError> {
        match self.state.contacts.contains_key(&id) {
            true => self.write(vec![Record::Acknowledged(id)]),
            false => Ok(()),
        }
    }

    /// At most so many rows before this one, newest first.
    pub(crate) fn journal(&self, before: Option<u64>, limit: usize) -> Vec<Row> {
        self.state.journal.before(before).take(limit).collect()
    }

    /// The holder deletes a row. It does not come back, not by a notice either.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn delete_row(&mut self, row: u64) -> Result<(), LedgerError> {
        let deletion = self.state.journal.deletion(row);
        self.write(deletion.into_iter().collect())
    }

    /// What a notice of the issuer comes to. It settles the row of its payment; a payment of which no row is left gets one.
    ///
    /// # Errors
    /// [`Error::UnknownCard`] where the wallet never had the card, [`ContentError::CounterUnused`] where the card has not come so far.
    pub(crate) fn settle(&mut self, notice: Notice) -> Result<Record, Error> {
        let sequence = notice.payment.sequence;
        let has_row = self.state.journal.has_payment(&notice.payment);
        if self.was_deleted(sequence.card) {
            return Ok(Record::Settled { row: 0, notice });
        }
        self.card(sequence.card).ok_or(Error::UnknownCard)?;
        if notice.payment.atc > self.last_atc(&sequence) {
            return Err(ContentError::CounterUnused.into());
        }
        let makes_row = !has_row && self.state.journal.may_make_row(&notice.payment);
        let row = if makes_row { self.next_number() } else { 0 };
        Ok(Record::Settled { row, notice })
    }

    /// The ends of contacts that spent a key, or a use of a coupon, and whose process ended before they were reported.
    pub(super) fn ends_of_interrupted(&self, now: Now) -> Vec<Record> {
        let open = self.state.contacts.iter().filter(|(_, held)| held.reported.is_none());
        let ended = open.map(|(contact, held)| {
            let last = held.spent.last().map(|spent| spent.one_use.sequence);
            let left = last.map(|sequence| self.uses_left(&sequence, now.wall_ms));
            let report = spent::interrupted(*contact, &held.spent, left).with_coupon(held.coupon);
            Record::Row(Arc::new(report))
        });
        ended.collect()
    }
}

/// Reports that were not acknowledged, oldest first.
fn of(state: &LedgerState) -> Vec<Report> {
    state.contacts.values().filter_map(|held| held.reported.as_deref().cloned()).collect()
}
