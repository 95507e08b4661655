//! The wallet's transfers: numbered like contacts, kept with the device's signature, settled by the issuer's notices.

use super::Ledger;
use super::record::Record;
use super::transfer_notice::TransferNotice;
use crate::card::transfer::SignedTransfer;
use crate::card::transfer_row::TransferRow;
use crate::error::{ContentError, LedgerError};

impl Ledger {
    /// The number of the next transfer.
    pub(crate) fn next_transfer(&mut self) -> u64 {
        self.next_number()
    }

    /// At most so many transfers before this one, newest first.
    pub(crate) fn transfers(&self, before: Option<u64>, limit: usize) -> Vec<TransferRow> {
        self.state.transfers.before(before).take(limit).collect()
    }

    /// A transfer of which the issuer has not said anything yet.
    pub(crate) fn pending_transfer(&self, number: u64) -> Option<&SignedTransfer> {
        self.state.transfers.pending(number)
    }

    /// The holder deletes a transfer from the list. What is asked of the issuer is not taken back by it.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn delete_transfer(&mut self, number: u64) -> Result<(), LedgerError> {
        let is_there = self.state.transfers.has(number);
        self.write(is_there.then_some(Record::TransferDeleted(number)).into_iter().collect())
    }

    /// What a notice of the issuer comes to. Of a transfer that is no more in the list nothing is shown.
    ///
    /// # Errors
    /// [`ContentError::TransferUnknown`] where no transfer has come so far.
    pub(crate) fn settle_transfer(&self, notice: TransferNotice) -> Result<Record, ContentError> {
        if notice.number > self.numbered {
            Err(ContentError::TransferUnknown)
        } else {
            Ok(Record::TransferSettled(notice))
        }
    }
}
