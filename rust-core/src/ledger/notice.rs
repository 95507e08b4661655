//! The issuer's notices: what became of a payment. Written the same way in envelopes and in the ledger.
//!
//! # A notice
//!
//! | field | bytes |
//! |---|---|
//! | payment | card (4: not 0), AID (string8: 5 to 16), channel (1), counter (2: 0001 to FFFE) |
//! | what | 1: `01` approved, `02` declined, `03` cleared, `04` refunded, `05` reversed, `06` amount changed |
//! | why | 1: of `02`: `01` not told, `02` insufficient funds, `03` over a limit, `04` blocked, `05` suspected fraud, `06` not verified; of all others `00` |
//! | when | wall clock (8: milliseconds since 1970), by the issuer's |
//! | amount | minor units (8) and currency (2: to 999): approved, declined, cleared, refunded in all so far, reversed, or the new one |
//! | merchant | string8: its name as the issuer knows it, UTF-8, at most 64 bytes; empty where it says nothing |
//!
//! Notices come in any order, and as often as the issuer likes: of each kind the latest by the issuer's clock counts.

use std::cmp::Ordering;

use super::key_sequence::{Sequence, Use};
use crate::card::journal_row::{DeclineReason, Settled, Settlement};
use crate::card::snapshot::CardId;
use crate::card::terminal_claims::name;
use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::error::ContentError;
use crate::keys::channel::Channel;
use crate::wire::{Fields, put_string8};

const MOST_MERCHANT_BYTES: usize = 64;
const HIGHEST_CURRENCY: u16 = 999;

/// What the issuer says about one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) payment: Use,
    pub(crate) settled: Settled,
    pub(crate) at_ms: u64,
    pub(crate) amount: Amount,
    pub(crate) merchant: Option<String>,
}

impl Notice {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Notice, ContentError> {
        use ContentError::{ApplicationName, AtcOutOfRange, CardMissing, Truncated, UnknownChannel};
        let card = Some(fields.u32().ok_or(Truncated)?).filter(|card| *card != 0).ok_or(CardMissing)?;
        let aid = Aid::new(fields.string8().ok_or(Truncated)?).ok_or(ApplicationName)?;
        let channel = Channel::of_byte(fields.u8().ok_or(Truncated)?).ok_or(UnknownChannel)?;
        let atc = Atc::new(fields.u16().ok_or(Truncated)?).ok_or(AtcOutOfRange)?;
        let (what, why) = (fields.u8().ok_or(Truncated)?, fields.u8().ok_or(Truncated)?);
        let settled = match (what, why) {
            (1, 0) => Settled::Approved,
            (2, why) => Settled::Declined(DeclineReason::of_byte(why).ok_or(ContentError::NoticeReason)?),
            (3, 0) => Settled::Cleared,
            (4, 0) => Settled::Refunded,
            (5, 0) => Settled::Reversed,
            (6, 0) => Settled::AmountChanged,
            (1..=6, _) => return Err(ContentError::NoticeReason),
            _ => return Err(ContentError::UnknownNotice),
        };
        let at_ms = fields.u64().ok_or(Truncated)?;
        let amount = Amount { minor: fields.u64().ok_or(Truncated)?, currency: fields.u16().ok_or(Truncated)? };
        if amount.currency > HIGHEST_CURRENCY {
            return Err(ContentError::NoticeCurrency);
        }
        let merchant = fields.string8().ok_or(Truncated)?;
        if merchant.len() > MOST_MERCHANT_BYTES || std::str::from_utf8(merchant).is_err() {
            return Err(ContentError::MerchantName);
        }
        let payment = Use { sequence: Sequence { card: CardId(card), aid, channel }, atc };
        Ok(Notice { payment, settled, at_ms, amount, merchant: name(merchant) })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Use { sequence, atc } = &self.payment;
        out.extend_from_slice(&sequence.card.0.to_be_bytes());
        put_string8(out, sequence.aid.bytes());
        out.push(sequence.channel.byte());
        out.extend_from_slice(&atc.bytes());
        out.extend_from_slice(&[self.settled.byte(), self.settled.reason().map_or(0, DeclineReason::byte)]);
        out.extend_from_slice(&self.at_ms.to_be_bytes());
        out.extend_from_slice(&self.amount.minor.to_be_bytes());
        out.extend_from_slice(&self.amount.currency.to_be_bytes());
        put_string8(out, self.merchant.as_deref().unwrap_or_default().as_bytes());
    }

    /// Whether both say the same kind of thing about the same payment.
    pub(super) fn is_of_kind(&self, other: &Notice) -> bool {
        self.payment == other.payment && self.settled.byte() == other.settled.byte()
    }

    /// By the issuer's clock. Where that is the same, in one order anyhow, so that it does not matter which came first.
    pub(super) fn age(&self, other: &Notice) -> Ordering {
        let order = |notice: &Notice| (notice.at_ms, notice.settled, notice.amount.minor, notice.amount.currency);
        order(self).cmp(&order(other)).then_with(|| self.merchant.cmp(&other.merchant))
    }

    /// For the row.
    pub(super) fn told(&self) -> Settlement {
        let Notice { payment, settled, at_ms, amount, .. } = self;
        let (aid, atc) = (payment.sequence.aid, payment.atc);
        Settlement { settled: *settled, at_ms: *at_ms, amount: *amount, aid, atc }
    }
}
