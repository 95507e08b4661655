//! The right to present a use of a coupon, and what comes of it: a lease is spent by value, with a record that is written before the
//! use is there. Nothing else makes a [`SpentCouponUse`].

use std::sync::Arc;

use super::Ledger;
use super::coupon_record::CouponRecord;
use super::record::Record;
use crate::coupon::coupon_notice::CouponNotice;
use crate::coupon::coupon_signer::SignerWord;
use crate::coupon::coupon_terms::{CouponId, CouponTerms, CouponUse};
use crate::coupon::listing::Coupon;
use crate::error::coupon::{CouponError, CouponFault};
use crate::error::{Error, LedgerError};
use crate::keys::coupon_secret::CouponSecret;
use crate::keys::issuer_key::{Digest, IssuerKeyId};
use crate::now::Now;

/// The right to present one use of the coupon that is chosen now. Not `Clone`.
#[derive(Debug)]
pub(crate) struct CouponLease {
    leased: CouponUse,
    signer: IssuerKeyId,
}

impl CouponLease {
    /// Whose readers may have it.
    pub(crate) fn signer(&self) -> IssuerKeyId {
        self.signer
    }
}

/// A use that is counted already. [`crate::cryptogram::coupon_mac`] takes it by value: one answer, then it is gone. There is no other
/// constructor, and it is not `Clone`.
#[derive(Debug)]
pub(crate) struct SpentCouponUse {
    spent: CouponUse,
    terms: Digest,
    secret: Arc<CouponSecret>,
}

impl SpentCouponUse {
    /// Which it is.
    pub(crate) fn number(&self) -> CouponUse {
        self.spent
    }

    /// The digest of the coupon's terms.
    pub(crate) fn terms(&self) -> Digest {
        self.terms
    }

    pub(crate) fn into_secret(self) -> Arc<CouponSecret> {
        self.secret
    }
}

impl Ledger {
    /// Writes that the leased use is presented in the contact that is under way, and only then gives it out.
    ///
    /// # Errors
    /// [`CouponError::UsedUp`] where it is gone meanwhile, or the disk's.
    pub(crate) fn consume_coupon(&mut self, lease: CouponLease, now: Now) -> Result<SpentCouponUse, Error> {
        let spent = lease.leased;
        let held = self.state.coupons.get(spent.coupon).filter(|_| self.is_coupon_usable(spent));
        let (terms, secret) =
            held.and_then(|held| Some((held.terms.digest(), held.secret.clone()?))).ok_or(CouponError::UsedUp)?;
        let consumed = CouponRecord::Consumed { contact: self.contact, spent, wall_ms: now.wall_ms };
        self.write(vec![Record::Coupon(consumed)])?;
        Ok(SpentCouponUse { spent, terms, secret })
    }

    /// What the next reader is to be given, where it is still to be presented now and its lease counts.
    pub(crate) fn lease_coupon(&self, now: Now) -> Option<CouponLease> {
        let leased = self.state.coupons.chosen().filter(|chosen| chosen.counts(now))?.leased;
        let is_next = self.next_coupon_use(leased.coupon, now).is_ok_and(|next| next == leased);
        let held = self.state.coupons.get(leased.coupon).filter(|_| is_next && self.is_coupon_usable(leased))?;
        Some(CouponLease { leased, signer: held.terms.signer })
    }

    /// Chooses a coupon for the next reader of its merchant: leases its next use, and gives back what else was leased. It counts when it
    /// was waited for and its mark is stored. `None` takes the choice back.
    ///
    /// # Errors
    /// Why it cannot be presented, or the disk's. Nothing is changed then.
    pub(crate) fn choose_coupon(&mut self, coupon: Option<CouponId>, for_ms: u64, now: Now) -> Result<(), Error> {
        let leased = coupon.map(|coupon| self.next_coupon_use(coupon, now)).transpose()?;
        let before = self.state.coupons.chosen().map(|chosen| chosen.leased).filter(|before| Some(*before) != leased);
        let until_ms = now.boot_ms.saturating_add(for_ms);
        let (boot_count, boot_ms) = (now.boot_count, now.boot_ms);
        let chosen = leased.map(|leased| CouponRecord::Chosen { leased, boot_count, until_ms, boot_ms });
        let records = before.map(CouponRecord::Released).into_iter().chain(chosen);
        Ok(self.write(records.map(Record::Coupon).collect())?)
    }

    /// Gives back what is leased for a choice whose time is over.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn release_coupon_that_is_over(&mut self, now: Now) -> Result<(), LedgerError> {
        let over = self.state.coupons.chosen().filter(|chosen| !chosen.counts(now));
        let released = over.map(|over| Record::Coupon(CouponRecord::Released(over.leased)));
        self.write(released.into_iter().collect())
    }

    /// The coupon that the next reader of its merchant is given.
    pub(crate) fn chosen_coupon(&self, now: Now) -> Option<CouponId> {
        self.state.coupons.chosen().filter(|chosen| chosen.counts(now)).map(|chosen| chosen.leased.coupon)
    }

    /// All coupons, were it `wall_ms` now.
    pub(crate) fn coupons(&self, wall_ms: u64) -> Vec<Coupon> {
        self.state.coupons.told((wall_ms, self.latest_ms(wall_ms)), &self.identity().issuer)
    }

    /// The holder removes a coupon, and what is leased of it.
    ///
    /// # Errors
    /// [`CouponError::Unknown`], or the disk's.
    pub(crate) fn remove_coupon(&mut self, coupon: CouponId) -> Result<(), Error> {
        let removal = self.state.coupons.removal(coupon).ok_or(CouponError::Unknown)?;
        Ok(self.write(vec![Record::Coupon(removal)])?)
    }

    /// What a coupon of the issuer comes to.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub(crate) fn coupon_taken_in(
        &self,
        terms: CouponTerms,
        signature: &[u8; 64],
        secret: CouponSecret,
        wall_ms: u64,
    ) -> Result<Vec<Record>, CouponFault> {
        let clocks = (self.clock(), self.latest_ms(wall_ms));
        let records = self.state.coupons.taken_in(terms, signature, secret, clocks, &self.identity().issuer)?;
        Ok(records.into_iter().map(Record::Coupon).collect())
    }

    /// What the issuer's word about a signer comes to.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub(crate) fn coupon_signer_taken_in(&self, word: SignerWord) -> Result<Record, CouponFault> {
        self.state.coupons.signer_taken_in(word).map(Record::Coupon)
    }

    /// What a notice of the issuer comes to.
    ///
    /// # Errors
    /// Why it is not taken in.
    pub(crate) fn coupon_settled(&self, notice: CouponNotice) -> Result<Record, CouponFault> {
        self.state.coupons.settled(notice).map(Record::Coupon)
    }

    fn next_coupon_use(&self, coupon: CouponId, now: Now) -> Result<CouponUse, Error> {
        if self.state.rolled_back {
            return Err(Error::RolledBack);
        }
        if self.clock_was_set_back(now.wall_ms) {
            return Err(CouponError::ClockSetBack.into());
        }
        let clocks = (now.wall_ms, self.latest_ms(now.wall_ms));
        Ok(self.state.coupons.next_use(coupon, clocks, &self.identity().issuer)?)
    }

    /// Whether a use is leased, on the medium, and its mark stored.
    fn is_coupon_usable(&self, leased: CouponUse) -> bool {
        let chosen = self.state.coupons.chosen().filter(|chosen| chosen.leased == leased);
        chosen.is_some_and(|chosen| chosen.number <= self.log.synced() && chosen.number <= self.stored_mark)
    }
}
