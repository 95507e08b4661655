//! What the holder has decided for a card, and what was paid since that counts against it. It follows from the records of
//! payments, so that a tap writes nothing more.

use crate::card::allowance::SinceVerified;
use crate::card::holder_rules::HolderRules;
use crate::card::payment::Payment;
use crate::card::temporary_use::TemporarilyUsed;
use crate::emv::amount::Amount;
use crate::keys::channel::Channel;

/// Of one card.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) holder: HolderRules,
    pub(super) since: SinceVerified,
    pub(super) temporarily_used: TemporarilyUsed,
}

impl Rules {
    /// Another temporary use begins anew.
    pub(super) fn set(&mut self, holder: HolderRules) {
        if self.holder.temporary_use != holder.temporary_use {
            self.temporarily_used = TemporarilyUsed::default();
        }
        self.holder = holder;
    }

    /// How much of the temporary use is gone.
    pub(crate) fn temporarily_used(&self) -> &TemporarilyUsed {
        &self.temporarily_used
    }

    /// A payment.
    pub(super) fn count(&mut self, amount: &Amount, verified: bool) {
        if verified {
            self.since = SinceVerified::default()
        } else {
            self.since.count(amount)
        }
        if let Some(limits) = &self.holder.temporary_use {
            self.temporarily_used.count(limits, amount);
        }
    }

    /// A use that may have been a payment is burned: no crash makes one free.
    pub(super) fn count_lost(&mut self) {
        self.since.used_up = true;
        if let Some(limits) = &self.holder.temporary_use {
            self.temporarily_used.count_lost(limits);
        }
    }

    /// An older copy was put back: what was paid since is not in it, nor what the holder decided, who is asked again.
    pub(super) fn put_back(&mut self) {
        self.count_lost();
        self.holder.frozen = true;
    }

    /// Whether the holder's limits allow this, as long as they are not over.
    pub(super) fn allow(&self, channel: Channel, payment: &Payment) -> bool {
        let limits = self.holder.temporary_use.as_ref();
        limits.is_none_or(|limits| limits.allows(channel, payment, &self.temporarily_used))
    }

    /// Whether the card's temporary use is over.
    pub(crate) fn are_over(&self, wall_ms: u64) -> bool {
        let limits = self.holder.temporary_use.as_ref();
        limits.is_some_and(|limits| limits.is_over(&self.temporarily_used, wall_ms))
    }
}
