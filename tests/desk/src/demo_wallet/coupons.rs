//! Coupons of a merchant: sent by the issuer, chosen by the holder, settled.

use hcepay_core::{Coupon, CouponId};
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice};
use hcepay_tests::issuer::provisioning::Refused;
use hcepay_tests::merchant::coupons::SignedCoupon;

use super::{DemoWallet, DemoWalletError, enrolled, random};

/// How long a choice lasts.
const CHOSEN_FOR_MS: u64 = 120_000;

impl DemoWallet {
    /// The issuer says whose a merchant's coupons are, and sends one of them.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn send_coupon(&mut self, key: &[u8; 65], name: &str, coupon: &SignedCoupon) -> Result<(), DemoWalletError> {
        self.let_issuer(|issuer| {
            let wallet = enrolled(issuer).ok_or(Refused::UnknownWallet)?;
            let named = issuer.name_coupon_signer(&wallet, key, Some(name), &mut random)?;
            Ok(((), vec![named, issuer.send_coupon(&wallet, coupon, &mut random)?]))
        })
    }

    /// The holder chooses a coupon for the next reader of its merchant.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn choose_coupon(&mut self, coupon: CouponId) -> Result<(), DemoWalletError> {
        self.wallet.present_coupon(Some(coupon), CHOSEN_FOR_MS, self.now())?;
        self.keep_mark()
    }

    /// A coupon as the holder is shown it.
    pub fn coupon(&self, coupon: CouponId) -> Option<Coupon> {
        self.wallet.coupons(self.now().wall_ms).into_iter().find(|held| held.id == coupon)
    }

    /// The issuer tells what became of a use.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn notify_of_coupon(
        &mut self,
        coupon: CouponId,
        number: u16,
        event: CouponEvent,
    ) -> Result<(), DemoWalletError> {
        let notice = CouponNotice { coupon: coupon.0, number, event, wall_ms: self.now().wall_ms };
        self.let_issuer(|issuer| {
            let wallet = enrolled(issuer).ok_or(Refused::UnknownWallet)?;
            Ok(((), vec![issuer.notify_coupons(&wallet, &[notice], &mut random)?]))
        })
    }

    /// The holder removes a coupon.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn remove_coupon(&mut self, coupon: CouponId) -> Result<(), DemoWalletError> {
        self.wallet.remove_coupon(coupon)?;
        self.keep_mark()
    }
}
