//! The issuer's notices of transfers. Written the same way in envelopes and in the ledger.
//!
//! # A notice of a transfer
//!
//! | field | bytes |
//! |---|---|
//! | number | 8: the transfer's |
//! | what | 1: `01` done, `02` refused |
//! | why | 1: of `02`: `01` not told, `02` insufficient funds, `03` over a limit, `04` blocked, `05` suspected fraud, `06` too long after the verification, `07` no such payee; of `01` `00` |
//! | when | 8: wall clock by the issuer's, milliseconds since 1970 |
//!
//! The latest by the issuer's clock counts.

use crate::card::transfer_row::{TransferRefusal, TransferState};
use crate::error::ContentError;
use crate::wire::Fields;

/// What the issuer says of one transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TransferNotice {
    pub(crate) number: u64,
    pub(crate) state: TransferState,
    pub(crate) at_ms: u64,
}

impl TransferNotice {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<TransferNotice, ContentError> {
        use ContentError::{NoticeReason, Truncated, UnknownNotice};
        let number = fields.u64().ok_or(Truncated)?;
        let state = match (fields.u8().ok_or(Truncated)?, fields.u8().ok_or(Truncated)?) {
            (1, 0) => TransferState::Done,
            (2, why) => TransferState::Refused(TransferRefusal::of_byte(why).ok_or(NoticeReason)?),
            (1, _) => return Err(NoticeReason),
            _ => return Err(UnknownNotice),
        };
        Ok(TransferNotice { number, state, at_ms: fields.u64().ok_or(Truncated)? })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_be_bytes());
        out.extend_from_slice(&[self.state.byte(), self.state.refusal().map_or(0, TransferRefusal::byte)]);
        out.extend_from_slice(&self.at_ms.to_be_bytes());
    }
}
