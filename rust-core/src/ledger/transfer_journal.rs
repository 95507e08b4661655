//! The last 100 transfers, signed, with what the issuer said of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::record::Record;
use super::transfer_notice::TransferNotice;
use crate::card::transfer::{NumberedTransfer, SignedTransfer};
use crate::card::transfer_row::{TransferRow, TransferState};

const MOST_TRANSFERS: usize = 100;

/// By number.
#[derive(Debug, Default)]
pub(super) struct TransferJournal(BTreeMap<u64, KeptTransfer>);

#[derive(Debug)]
struct KeptTransfer {
    signed: Arc<SignedTransfer>,
    /// The issuer's last word, by its clock.
    notice: Option<TransferNotice>,
}

impl TransferJournal {
    pub(super) fn keep(&mut self, signed: Arc<SignedTransfer>) {
        self.0.insert(signed.numbered.number, KeptTransfer { signed, notice: None });
        if self.0.len() > MOST_TRANSFERS {
            self.0.pop_first();
        }
    }

    pub(super) fn settle(&mut self, notice: TransferNotice) {
        if let Some(kept) = self.0.get_mut(&notice.number)
            && kept.notice.is_none_or(|before| before.at_ms <= notice.at_ms)
        {
            kept.notice = Some(notice);
        }
    }

    pub(super) fn delete(&mut self, number: u64) {
        self.0.remove(&number);
    }

    /// The rows before this one, newest first.
    pub(super) fn before(&self, number: Option<u64>) -> impl Iterator<Item = TransferRow> {
        let before = self.0.range(..number.unwrap_or(u64::MAX));
        before.rev().map(|(_, kept)| kept.told())
    }

    /// A transfer of which the issuer has not said anything yet.
    pub(super) fn pending(&self, number: u64) -> Option<&SignedTransfer> {
        let kept = self.0.get(&number)?;
        kept.notice.is_none().then_some(kept.signed.as_ref())
    }

    /// Whether this one is there.
    pub(super) fn has(&self, number: u64) -> bool {
        self.0.contains_key(&number)
    }

    /// All of it as records again.
    pub(super) fn snapshot(&self) -> impl Iterator<Item = Record> {
        self.0.values().flat_map(|kept| {
            let signed = Record::Transfer(Arc::clone(&kept.signed));
            [signed].into_iter().chain(kept.notice.map(Record::TransferSettled))
        })
    }
}

impl KeptTransfer {
    fn told(&self) -> TransferRow {
        let NumberedTransfer { number, card, at_ms, verified, transfer } = self.signed.numbered.clone();
        let state = self.notice.map_or(TransferState::Pending, |notice| notice.state);
        let settled_ms = self.notice.map(|notice| notice.at_ms);
        TransferRow { number, card, at_ms, verified, transfer, state, settled_ms }
    }
}
