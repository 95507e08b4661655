//! The holder's coupons: what there are, which one the next reader of its merchant is given, which one goes.

use super::Wallet;
use super::holder::ONCE_MS;
use crate::coupon::coupon_terms::CouponId;
use crate::coupon::listing::Coupon;
use crate::error::Error;
use crate::now::Now;

impl Wallet {
    /// The coupons that the wallet holds, in the order of their ids, as they stand at `wall_ms`: also those that are used up or over,
    /// until the holder removes them or their room is needed.
    pub fn coupons(&self, wall_ms: u64) -> Vec<Coupon> {
        self.state().ledger.coupons(wall_ms)
    }

    /// Chooses the coupon that the next reader of its merchant is given, once: until then, or until so many milliseconds are over (5,000
    /// to 600,000), or the phone is started anew. One use of it is leased, and on the medium before this returns; where the reader
    /// takes none it is not lost, but by a power loss. The holder need not be verified: whose phone shows it may use it. `None` takes
    /// the choice back. Store [`Wallet::mark`] afterwards: before that no reader is given anything.
    ///
    /// # Errors
    /// [`Error::WindowOutOfRange`]; [`Error::Coupon`] with why the coupon cannot be presented; [`Error::RolledBack`]; or the disk's.
    pub fn present_coupon(&self, coupon: Option<CouponId>, for_ms: u64, now: Now) -> Result<(), Error> {
        let _working = self.work();
        if !ONCE_MS.contains(&for_ms) {
            return Err(Error::WindowOutOfRange);
        }
        self.state_at(now).ledger.choose_coupon(coupon, for_ms, now)?;
        Ok(self.ready(now)?)
    }

    /// The coupon that the next reader of its merchant is given, as long as that counts.
    pub fn coupon_to_present(&self, now: Now) -> Option<CouponId> {
        self.state().ledger.chosen_coupon(now)
    }

    /// Removes a coupon for good: where the issuer sends it again, it is refused. A notice of a use that was presented changes nothing
    /// any more.
    ///
    /// # Errors
    /// [`Error::Coupon`] where there is none, or the disk's.
    pub fn remove_coupon(&self, coupon: CouponId) -> Result<(), Error> {
        let _working = self.work();
        self.state().ledger.remove_coupon(coupon)?;
        Ok(self.settle()?)
    }
}
