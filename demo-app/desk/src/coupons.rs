//! Coupons of the desk's shop: sent by the issuer, asked for by the terminal before a payment, settled when it is paid.
//!
//! A coupon that the shop took counts for the purchase that it was given for, until that is paid: so where the contact is torn then, or
//! the holder must verify first, a second tap costs no second use. Where something else is bought, the shop lets it go, and the issuer
//! tells the wallet so.

use hcepay_desk::demo_wallet::random;
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice};
use hcepay_tests::issuer::verification::{Verdict, Verification};
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, NotTaken, SignedCoupon, Worth};
use hcepay_tests::terminal::coupon::{NoCoupon, Presentation};
use sha2::{Digest, Sha256};

use crate::desk::{Desk, SHOP};
use crate::error::DeskError;
use crate::kept::State;
use crate::purchase::Contact;

/// Hundredths of a percent in the whole.
const WHOLE: u128 = 10_000;

/// The shop, as far as it deals in coupons.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) signer: CouponSigner,
    /// What it took last, until that purchase is paid.
    pub(crate) held: Option<Held>,
}

/// A use that the shop has taken, and the purchase that it was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The coupon.
    pub coupon: [u8; 16],
    /// Which of its uses.
    pub number: u16,
    /// The price before it.
    pub price_minor: u64,
    /// ISO 4217 numeric.
    pub currency: u16,
    /// What it takes off.
    pub off_minor: u64,
}

/// How a coupon is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponOrder<'a> {
    /// What it is called.
    pub title: &'a str,
    /// What is asked for it.
    pub conditions: &'a str,
    /// What it takes off a price.
    pub worth: Worth,
    /// From when on, in milliseconds from now.
    pub in_ms: u64,
    /// For how long then.
    pub for_ms: u64,
    /// How often.
    pub uses: u16,
}

/// What the terminal does about coupons in a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Till {
    /// It asks for none: the shop has made none yet.
    AsksForNone,
    /// It asks for one that this key has signed.
    Asks([u8; 8]),
    /// The shop has taken one for this very purchase in a contact before.
    Holds(Held),
}

/// A purchase that is about to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// What the clock of shop and issuer shows.
    pub now_ms: u64,
    /// What the terminal does about coupons.
    pub till: Till,
    /// Tells the wallet that the shop let go of the coupon of an earlier purchase. `None` where it had none.
    pub envelope: Option<Vec<u8>>,
}

/// What became of a coupon in a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// The terminal did not ask for one.
    NotAsked,
    /// The phone offers none now, or knows no coupons.
    NotOffered,
    /// It has one, and not for this shop.
    NotPresented,
    /// What it answered is no presentation.
    Unreadable,
    /// The contact was torn before its answer was heard.
    Unheard,
    /// The shop's own check says no.
    NotTaken(NotTaken),
    /// It is worth money of another currency.
    OtherCurrency,
    /// It is worth the whole price, or more: nothing would be left to pay.
    OverPrice,
    /// The shop has taken it.
    Taken,
    /// It had, in a contact before.
    TakenEarlier,
}

impl Became {
    /// Words joined by hyphens, the same in every version.
    pub fn name(self) -> &'static str {
        match self {
            Became::NotAsked => "not-asked",
            Became::NotOffered => "not-offered",
            Became::NotPresented => "not-presented",
            Became::Unreadable => "unreadable",
            Became::Unheard => "unheard",
            Became::NotTaken(NotTaken::NotOurs) => "not-ours",
            Became::NotTaken(NotTaken::OtherTerms) => "other-terms",
            Became::NotTaken(NotTaken::NoSuchUse) => "no-such-use",
            Became::NotTaken(NotTaken::NotValid) => "not-valid",
            Became::NotTaken(NotTaken::MacWrong) => "mac-wrong",
            Became::NotTaken(NotTaken::TakenBefore) => "taken-before",
            Became::OtherCurrency => "other-currency",
            Became::OverPrice => "over-price",
            Became::Taken => "taken",
            Became::TakenEarlier => "taken-earlier",
        }
    }
}

impl From<NoCoupon> for Became {
    fn from(none: NoCoupon) -> Became {
        match none {
            NoCoupon::NotOffered(_) => Became::NotOffered,
            NoCoupon::NotPresented(_) => Became::NotPresented,
            NoCoupon::Wrong(_) | NoCoupon::AsksForOther => Became::Unreadable,
        }
    }
}

/// What the shop makes of a presentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What became of the coupon.
    pub became: Became,
    /// What it takes off the price.
    pub off_minor: u64,
    /// Tells the wallet that the use was not redeemed. `None` where it was taken, or is none of this shop's.
    pub envelope: Option<Vec<u8>>,
}

/// How a purchase ended at the issuer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concluded {
    /// Where it was asked.
    pub verification: Option<Verification>,
    /// Tells the wallet that its coupon was redeemed. `None` where there was none, or the purchase is not paid.
    pub envelope: Option<Vec<u8>>,
}

impl Shop {
    /// Whose keys follow from the issuer's number, and are others: the issuer's own would sign as the issuer.
    pub(crate) fn of(issuer_seed: u64) -> Shop {
        Shop { signer: signer(b"hcepay demo shop", issuer_seed), held: None }
    }
}

/// A shop that no issuer has named.
fn stranger(issuer_seed: u64) -> CouponSigner {
    signer(b"hcepay demo stranger", issuer_seed)
}

fn signer(whose: &[u8], issuer_seed: u64) -> CouponSigner {
    let digest = Sha256::new().chain_update(whose).chain_update(issuer_seed.to_be_bytes()).finalize();
    CouponSigner::from_seed(digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first)))
}

impl Desk {
    /// The shop makes a coupon, and the issuer says to the wallet whose it is, and sends it: two envelopes.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn send_coupon(&mut self, order: &CouponOrder<'_>, wall_ms: u64) -> Result<Vec<Vec<u8>>, DeskError> {
        self.act(|state| {
            let named = state.name_shop()?;
            let made = state.shop.signer.make(&terms(order, state.clock.now(wall_ms)));
            Ok(vec![named, state.seal_coupon(&made)?])
        })
    }

    /// The same of a shop that the issuer has never named: the wallet refuses it. The envelope behind it is in order: what a wallet has
    /// refused, an issuer sends again until the wallet has had a later one.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn send_strange_coupon(&mut self, order: &CouponOrder<'_>, wall_ms: u64) -> Result<Vec<Vec<u8>>, DeskError> {
        self.act(|state| {
            let made = stranger(state.seed).make(&terms(order, state.clock.now(wall_ms)));
            Ok(vec![state.seal_coupon(&made)?, state.name_shop()?])
        })
    }

    /// Something is to be bought. A coupon that the shop holds for another purchase is let go.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn begin_purchase(&mut self, price_minor: u64, currency: u16, wall_ms: u64) -> Result<Begun, DeskError> {
        self.act(|state| {
            let now_ms = state.clock.now(wall_ms);
            let is_for_this = |held: &Held| held.price_minor == price_minor && held.currency == currency;
            if let Some(held) = state.shop.held.filter(is_for_this) {
                return Ok(Begun { now_ms, till: Till::Holds(held), envelope: None });
            }
            let let_go = state.shop.held.take();
            let settle = |held: Held| state.settle(held.coupon, held.number, CouponEvent::NotRedeemed, now_ms);
            let envelope = let_go.map(settle).transpose()?;
            let makes_any = state.shop.signer.made().next().is_some();
            let till = if makes_any { Till::Asks(state.shop.signer.id()) } else { Till::AsksForNone };
            Ok(Begun { now_ms, till, envelope })
        })
    }

    /// The shop checks what a wallet presented, and takes it once.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn take_coupon(
        &mut self,
        presented: &Presentation,
        challenge: &[u8; 8],
        (price_minor, currency): (u64, u16),
        wall_ms: u64,
    ) -> Result<Checked, DeskError> {
        self.act(|state| {
            let now_ms = state.clock.now(wall_ms);
            let taken = state.shop.signer.take(presented, challenge, now_ms).map_err(Became::NotTaken);
            let (coupon, number) = (presented.coupon, presented.number);
            match taken.and_then(|terms| off(terms.worth, price_minor, currency)) {
                Ok(off_minor) => {
                    state.shop.held = Some(Held { coupon, number, price_minor, currency, off_minor });
                    Ok(Checked { became: Became::Taken, off_minor, envelope: None })
                }
                Err(became) => {
                    let is_of_shop = matches!(
                        became,
                        Became::NotTaken(NotTaken::NotValid) | Became::OtherCurrency | Became::OverPrice
                    );
                    let tells = is_of_shop.then(|| state.settle(coupon, number, CouponEvent::NotRedeemed, now_ms));
                    Ok(Checked { became, off_minor: 0, envelope: tells.transpose()? })
                }
            }
        })
    }

    /// The issuer's word on a contact, where it is asked for it; where that is yes, the coupon that was given for it is redeemed.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn conclude(&mut self, contact: &Contact, wall_ms: u64) -> Result<Concluded, DeskError> {
        let Some(request) = &contact.tap.authorisation else { return Ok(Concluded::default()) };
        self.act(|state| {
            let now_ms = state.clock.now(wall_ms);
            let verification = state.issuer.verify(request, now_ms);
            let is_paid = verification.verdict == Verdict::Valid;
            let is_given = matches!(contact.coupon, Became::Taken | Became::TakenEarlier);
            let given = if is_paid && is_given { state.shop.held.take() } else { None };
            let settle = |held: Held| state.settle(held.coupon, held.number, CouponEvent::Redeemed, now_ms);
            Ok(Concluded { verification: Some(verification), envelope: given.map(settle).transpose()? })
        })
    }
}

impl State {
    fn name_shop(&mut self) -> Result<Vec<u8>, DeskError> {
        let (wallet, key) = (self.wallet.ok_or(DeskError::NoWallet)?, self.shop.signer.public());
        Ok(self.issuer.name_coupon_signer(&wallet, &key, Some(SHOP), &mut random)?)
    }

    fn seal_coupon(&mut self, made: &SignedCoupon) -> Result<Vec<u8>, DeskError> {
        let wallet = self.wallet.ok_or(DeskError::NoWallet)?;
        Ok(self.issuer.send_coupon(&wallet, made, &mut random)?)
    }

    fn settle(
        &mut self,
        coupon: [u8; 16],
        number: u16,
        event: CouponEvent,
        wall_ms: u64,
    ) -> Result<Vec<u8>, DeskError> {
        let wallet = self.wallet.ok_or(DeskError::NoWallet)?;
        let notice = CouponNotice { coupon, number, event, wall_ms };
        Ok(self.issuer.notify_coupons(&wallet, &[notice], &mut random)?)
    }
}

fn terms(order: &CouponOrder<'_>, now_ms: u64) -> CouponTerms {
    let mut coupon = [0; 16];
    random(&mut coupon);
    let valid_from_ms = now_ms.saturating_add(order.in_ms);
    CouponTerms {
        coupon,
        signer: [0; 8],
        title: order.title.to_owned(),
        worth: order.worth,
        conditions: order.conditions.to_owned(),
        valid_from_ms,
        valid_until_ms: valid_from_ms.saturating_add(order.for_ms),
        uses: order.uses,
    }
}

/// What it takes off this price.
fn off(worth: Worth, price_minor: u64, price_currency: u16) -> Result<u64, Became> {
    let off_minor = match worth {
        Worth::Amount(_, currency) if currency != price_currency => return Err(Became::OtherCurrency),
        Worth::Amount(minor, _) => minor,
        Worth::Percentage(hundredths) => {
            let off = u128::from(price_minor).saturating_mul(hundredths.into()) / WHOLE;
            u64::try_from(off).unwrap_or(u64::MAX)
        }
    };
    if off_minor < price_minor { Ok(off_minor) } else { Err(Became::OverPrice) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupon_takes_off_what_it_says_and_never_the_whole_price() {
        assert_eq!(off(Worth::Amount(250, 978), 1250, 978), Ok(250));
        assert_eq!(off(Worth::Amount(250, 978), 251, 978), Ok(250));
        assert_eq!(off(Worth::Amount(250, 978), 250, 978), Err(Became::OverPrice));
        assert_eq!(off(Worth::Amount(250, 978), 1250, 840), Err(Became::OtherCurrency));
        // 12.50 %: of 9.99 it is 1.24 and a part of a cent, which stays with the shop.
        assert_eq!(off(Worth::Percentage(1250), 999, 840), Ok(124));
        assert_eq!(off(Worth::Percentage(1), 999, 978), Ok(0));
        assert_eq!(off(Worth::Percentage(10_000), 999, 978), Err(Became::OverPrice));
        assert_eq!(off(Worth::Percentage(10_000), u64::MAX, 978), Err(Became::OverPrice));
    }

    #[test]
    fn shop_stranger_and_issuer_have_keys_of_their_own() {
        let keys =
            [Shop::of(7).signer.id(), stranger(7).id(), CouponSigner::from_seed(7).id(), Shop::of(8).signer.id()];
        for (at, key) in keys.iter().enumerate() {
            assert!(keys[..at].iter().all(|other| other != key), "{at}");
        }
    }
}
