//! Coupons for wallets: whose are taken, the coupons themselves, sealed, and what became of those that were presented (purposes 0E, 0F
//! and 10).

use super::Issuer;
use super::contents::string16;
use super::key_entry::string8;
use super::provisioning::Refused;
use super::seal::{Purpose, SealRefused};
use super::wallets::{Holder, WalletId};
use crate::merchant::coupons::SignedCoupon;

/// The most notices in one envelope.
const MOST_NOTICES: usize = 32;

/// What became of a use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum CouponEvent {
    /// The merchant took it.
    Redeemed = 0x01,
    /// It did not.
    NotRedeemed = 0x02,
    /// It did, and has taken that back.
    Withdrawn = 0x03,
}

/// One notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponNotice {
    /// The coupon.
    pub coupon: [u8; 16],
    /// Which of its uses.
    pub number: u16,
    /// What became of it.
    pub event: CouponEvent,
    /// When, in milliseconds since 1970.
    pub wall_ms: u64,
}

/// Purpose 0E, coupon.
///
/// # Errors
/// [`SealRefused::TooLong`] where the terms are too long for their length.
pub fn coupon(coupon: &SignedCoupon) -> Result<Vec<u8>, SealRefused> {
    Ok([string16(&coupon.terms)?.as_slice(), &coupon.signature, &coupon.secret].concat())
}

/// Purpose 0F, coupon signer: with a name it is trusted, without one no longer.
///
/// # Errors
/// [`SealRefused::TooLong`] for a name too long for its length.
pub fn coupon_signer(key: &[u8; 65], name: Option<&str>) -> Result<Vec<u8>, SealRefused> {
    let action = if name.is_some() { 0x01 } else { 0x02 };
    Ok([[action].as_slice(), key, &string8(name.unwrap_or_default().as_bytes())?].concat())
}

/// Purpose 10, coupon notices: a count byte, then one after the other.
///
/// # Errors
/// [`SealRefused::TooLong`] for more than a count byte tells.
pub fn coupon_notices(notices: &[CouponNotice]) -> Result<Vec<u8>, SealRefused> {
    let mut content = vec![u8::try_from(notices.len()).map_err(|_| SealRefused::TooLong)?];
    for CouponNotice { coupon, number, event, wall_ms } in notices {
        content.extend(coupon);
        content.extend(number.to_be_bytes());
        content.push(*event as u8);
        content.extend(wall_ms.to_be_bytes());
    }
    Ok(content)
}

impl Issuer {
    /// Sends a coupon to a wallet.
    pub fn send_coupon(
        &mut self,
        wallet: &WalletId,
        sent: &SignedCoupon,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        self.send(of_no_card(wallet), Purpose::Coupon, &coupon(sent)?, randomness)
    }

    /// Says to a wallet whose coupons it may take: with a name those of this key, without one no longer.
    pub fn name_coupon_signer(
        &mut self,
        wallet: &WalletId,
        key: &[u8; 65],
        name: Option<&str>,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        self.send(of_no_card(wallet), Purpose::CouponSigner, &coupon_signer(key, name)?, randomness)
    }

    /// Tells a wallet what became of coupons that it presented: 1 to 32 uses in one envelope.
    pub fn notify_coupons(
        &mut self,
        wallet: &WalletId,
        told: &[CouponNotice],
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        if !(1..=MOST_NOTICES).contains(&told.len()) {
            return Err(Refused::OutOfBounds);
        }
        self.send(of_no_card(wallet), Purpose::CouponNotices, &coupon_notices(told)?, randomness)
    }
}

fn of_no_card(wallet: &WalletId) -> Holder {
    Holder { wallet: *wallet, card: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn every_content_is_written_as_the_format_says() {
        let sent = SignedCoupon { terms: vec![0xA1, 0xA2], signature: [0x51; 64], secret: [0x5E; 32] };
        assert_eq!(hex(&coupon(&sent).unwrap()), format!("0002A1A2{}{}", "51".repeat(64), "5E".repeat(32)));
        let key = [4; 65];
        assert_eq!(hex(&coupon_signer(&key, Some("Caf\u{e9}")).unwrap()), format!("01{}05436166C3A9", "04".repeat(65)));
        assert_eq!(hex(&coupon_signer(&key, None).unwrap()), format!("02{}00", "04".repeat(65)));
        let notice = CouponNotice { coupon: [0xC0; 16], number: 0x0203, event: CouponEvent::Withdrawn, wall_ms: 0x0A };
        let one = format!("{}020303000000000000000A", "C0".repeat(16));
        assert_eq!(hex(&coupon_notices(&[notice, notice]).unwrap()), format!("02{one}{one}"));
    }
}
