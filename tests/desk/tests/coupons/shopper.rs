//! A holder with coupons of a merchant, and that merchant's reader.

use std::ops::{Deref, DerefMut};

use hcepay_core::{Applied, Coupon, CouponId, Error};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::coupons::CouponNotice;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, NotTaken, Worth};
use hcepay_tests::terminal::coupon::{NoCoupon, Presentation, ask_for_coupon};

use crate::enrolled_wallet::EnrolledWallet;

pub const ID: [u8; 16] = [0xC0; 16];
pub const COUPON: CouponId = CouponId(ID);
pub const MERCHANT: &str = "Café Sol";
pub const FOR_MS: u64 = 60_000;
pub const DAY_MS: u64 = 24 * 3_600_000;

/// 1.50 euros off, twice, for ten days from now on.
pub fn terms() -> CouponTerms {
    CouponTerms {
        coupon: ID,
        signer: [0; 8],
        title: "1.50 off a coffee".to_owned(),
        worth: Worth::Amount(1_50, 978),
        conditions: "Before noon.\nNot on Sundays.".to_owned(),
        valid_from_ms: NEW_YEAR.wall_ms,
        valid_until_ms: NEW_YEAR.wall_ms + 10 * DAY_MS,
        uses: 2,
    }
}

pub struct Shopper {
    enrolled: EnrolledWallet,
    pub merchant: CouponSigner,
    asked: u64,
}

impl Deref for Shopper {
    type Target = EnrolledWallet;

    fn deref(&self) -> &EnrolledWallet {
        &self.enrolled
    }
}

impl DerefMut for Shopper {
    fn deref_mut(&mut self) -> &mut EnrolledWallet {
        &mut self.enrolled
    }
}

impl Shopper {
    /// Whose issuer trusts the merchant, and without coupons.
    pub fn new() -> Shopper {
        let mut shopper = Shopper { enrolled: EnrolledWallet::new(), merchant: CouponSigner::from_seed(77), asked: 0 };
        shopper.trust(Some(MERCHANT)).unwrap();
        shopper
    }

    /// With this coupon.
    pub fn with(terms: &CouponTerms) -> Shopper {
        let mut shopper = Shopper::new();
        shopper.send(terms).unwrap();
        shopper
    }

    /// The issuer says whose the merchant's coupons are, or that they are no longer taken.
    pub fn trust(&mut self, name: Option<&str>) -> Result<Applied, Error> {
        self.enrolled.name_signer(&self.merchant.public(), name)
    }

    /// The merchant makes a coupon, the issuer sends it.
    pub fn send(&mut self, terms: &CouponTerms) -> Result<Applied, Error> {
        self.enrolled.send_coupon(&self.merchant.make(terms))
    }

    pub fn notify(&mut self, notices: &[CouponNotice]) -> Result<Applied, Error> {
        let EnrolledWallet { issuer, id, random, .. } = &mut self.enrolled;
        let envelope = issuer.notify_coupons(id, notices, random).unwrap();
        self.apply(&envelope)
    }

    /// The holder chooses the coupon for the next reader.
    pub fn choose(&mut self) -> Result<(), Error> {
        let chosen = self.wallet.present_coupon(Some(COUPON), FOR_MS, self.now);
        self.keep_mark();
        chosen
    }

    /// The merchant's reader asks for a coupon, with a challenge that it gives once.
    pub fn ask(&mut self) -> ([u8; 8], Result<Presentation, NoCoupon>) {
        self.asked += 1;
        let (challenge, signer) = (self.asked.to_be_bytes(), self.merchant.id());
        (challenge, self.ask_as(&challenge, &signer))
    }

    pub fn ask_as(&mut self, challenge: &[u8; 8], signer: &[u8; 8]) -> Result<Presentation, NoCoupon> {
        let (wallet, now) = (&self.wallet, self.now);
        ask_for_coupon(challenge, signer, &mut |command| wallet.process(now, command))
    }

    /// The same, and takes it.
    pub fn redeem(&mut self) -> Result<CouponTerms, NotTaken> {
        let (challenge, presented) = self.ask();
        let presented = presented.expect("a coupon is to be presented");
        let wall_ms = self.now.wall_ms;
        self.merchant.take(&presented, &challenge, wall_ms)
    }

    /// The holder chooses, a reader takes, the phone leaves the field.
    pub fn choose_and_redeem(&mut self) -> Result<CouponTerms, NotTaken> {
        self.choose().unwrap();
        let taken = self.redeem();
        self.wallet.deactivated(self.now);
        taken
    }

    pub fn coupon(&self) -> Coupon {
        self.wallet.coupons(self.now.wall_ms).into_iter().find(|coupon| coupon.id == COUPON).unwrap()
    }

    pub fn uses_left(&self) -> u16 {
        self.coupon().uses_left
    }
}
