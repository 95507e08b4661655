//! The journal: the last rows, and what the issuer said of their payments.
//!
//! It holds 500 rows. Where there is one more, the oldest falls out; but where more than 100 are of contacts that spent nothing,
//! the oldest of those, so that a reader that begins and begins pushes out no payment.
//!
//! A notice settles the row of its payment. Where there is none it makes one of its own: the row fell out, or a power loss took
//! it, or another copy of the wallet paid. Not where the holder deleted the payment's row, or that of a later payment of the same
//! application and channel: what is gone by the holder's wish no notice brings back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::key_sequence::{Sequence, Use};
use super::notice::Notice;
use super::record::Record;
use crate::card::journal_row::Row;
use crate::card::report::{Attempt, Observation, Outcome, Report};
use crate::card::snapshot::CardId;
use crate::emv::atc::Atc;

const MOST_ROWS: usize = 500;
const MOST_OF_NOTHING: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Journal {
    rows: BTreeMap<u64, KeptRow>,
    /// In which row a payment stands.
    of_payment: BTreeMap<Use, u64>,
    /// No notice makes a row for these counters, nor for those before them.
    deleted_up_to: BTreeMap<Sequence, Atc>,
}

#[derive(Debug, Default)]
struct KeptRow {
    /// `None` where only the issuer tells of the payment.
    report: Option<Arc<Report>>,
    notices: Vec<Notice>,
}

impl Journal {
    /// A contact has ended. Where a notice of one of its payments came before, it has settled this row.
    pub(super) fn keep(&mut self, report: Arc<Report>) {
        let Some(id) = report.id else { return };
        let mut notices = Vec::new();
        for payment in payments(&report) {
            let before = self.of_payment.insert(payment, id);
            let of_notice = before.filter(|row| self.rows.get(row).is_some_and(|row| row.report.is_none()));
            notices.extend(of_notice.and_then(|row| self.rows.remove(&row)).into_iter().flat_map(|row| row.notices));
        }
        self.rows.insert(id, KeptRow { report: Some(report), notices });
        self.shed();
    }

    /// The issuer says what became of a payment. Where it has no row it gets this one; 0 for none.
    pub(super) fn settle(&mut self, row: u64, notice: Notice) {
        let id = *self.of_payment.get(&notice.payment).unwrap_or(&row);
        if id == 0 {
            return;
        }
        self.of_payment.insert(notice.payment, id);
        let notices = &mut self.rows.entry(id).or_default().notices;
        match notices.iter_mut().find(|before| before.is_of_kind(&notice)) {
            Some(before) if before.age(&notice).is_lt() => *before = notice,
            Some(_) => {}
            None => notices.push(notice),
        }
        self.shed();
    }

    /// The holder deletes a row, and no notice is to make one for these payments.
    pub(super) fn delete(&mut self, row: u64, payments: &[Use]) {
        self.remove(row);
        for Use { sequence, atc } in payments {
            let up_to = self.deleted_up_to.entry(*sequence).or_insert(*atc);
            *up_to = (*up_to).max(*atc);
        }
    }

    /// A card is deleted. Its rows stay: they are the holder's.
    pub(super) fn forget_card(&mut self, card: CardId) {
        self.deleted_up_to.retain(|sequence, _| sequence.card != card);
    }

    /// Whether this row is there.
    pub(super) fn has(&self, row: u64) -> bool {
        self.rows.contains_key(&row)
    }

    /// What a row's deletion comes to.
    pub(super) fn deletion(&self, row: u64) -> Option<Record> {
        let kept = self.rows.get(&row)?;
        Some(Record::RowDeleted { row, payments: kept.payments() })
    }

    /// Whether a notice may make a row for a payment that has none.
    pub(super) fn may_make_row(&self, payment: &Use) -> bool {
        self.deleted_up_to.get(&payment.sequence).is_none_or(|up_to| *up_to < payment.atc)
    }

    /// Whether a payment has a row.
    pub(super) fn has_payment(&self, payment: &Use) -> bool {
        self.of_payment.contains_key(payment)
    }

    /// The rows before this one, newest first.
    pub(super) fn before(&self, row: Option<u64>) -> impl Iterator<Item = Row> {
        let rows = self.rows.range(..row.unwrap_or(u64::MAX));
        rows.rev().map(|(id, kept)| kept.told(*id))
    }

    /// All of it as records again.
    pub(super) fn snapshot(&self) -> impl Iterator<Item = Record> {
        let rows = self.rows.iter().flat_map(|(id, kept)| {
            let settled = kept.notices.iter().map(|notice| Record::Settled { row: *id, notice: notice.clone() });
            kept.report.clone().map(Record::Row).into_iter().chain(settled)
        });
        let deleted = self.deleted_up_to.iter().map(|(sequence, atc)| {
            let payments = vec![Use { sequence: *sequence, atc: *atc }];
            Record::RowDeleted { row: 0, payments }
        });
        rows.chain(deleted)
    }

    fn shed(&mut self) {
        while self.rows.len() > MOST_ROWS {
            let mut of_nothing = self.rows.iter().filter(|(_, row)| row.spent_nothing()).map(|(id, _)| *id);
            let oldest_of_nothing = of_nothing.next().filter(|_| of_nothing.count() >= MOST_OF_NOTHING);
            let Some(oldest) = oldest_of_nothing.or(self.rows.keys().next().copied()) else { return };
            self.remove(oldest);
        }
    }

    fn remove(&mut self, row: u64) {
        let payments = self.rows.remove(&row).map(|kept| kept.payments());
        payments.into_iter().flatten().for_each(|payment| _ = self.of_payment.remove(&payment));
    }
}

impl KeptRow {
    fn payments(&self) -> Vec<Use> {
        let of_notices = self.notices.iter().map(|notice| notice.payment);
        self.report.iter().flat_map(|report| payments(report)).chain(of_notices).collect()
    }

    fn spent_nothing(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.atc.is_none() && report.coupon.is_none())
    }

    fn told(&self, id: u64) -> Row {
        let mut notices: Vec<&Notice> = self.notices.iter().collect();
        notices.sort_by(|one, next| one.age(next));
        let merchant = notices.iter().rev().find_map(|notice| notice.merchant.clone());
        let report = match (&self.report, notices.first()) {
            (Some(report), _) => Report::clone(report),
            (None, first) => of_notices(id, first.copied()),
        };
        Row { id, report, merchant, settlements: notices.into_iter().map(Notice::told).collect() }
    }
}

/// The payments of a contact.
fn payments(report: &Report) -> impl Iterator<Item = Use> {
    let (card, channel) = (report.card, report.channel);
    let paid = report.attempts.iter().filter_map(move |attempt| Some((card?, attempt.aid, attempt.atc?)));
    paid.map(move |(card, aid, atc)| Use { sequence: Sequence { card, aid, channel }, atc })
}

/// What there is to say of a contact that this wallet does not know of.
fn of_notices(id: u64, first: Option<&Notice>) -> Report {
    let report = Report::of(
        id,
        first.map(|notice| notice.payment.sequence.card),
        Outcome::Unknown,
        None,
        None,
        Vec::<Attempt>::new(),
    );
    let Some(notice) = first else { return report };
    let report = report.observed(Observation { at_ms: notice.at_ms, ..Observation::default() });
    Report {
        amount_minor: Some(notice.amount.minor),
        currency: Some(notice.amount.currency),
        channel: notice.payment.sequence.channel,
        aid: Some(notice.payment.sequence.aid),
        atc: Some(notice.payment.atc),
        ..report
    }
}
