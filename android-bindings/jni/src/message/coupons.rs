//! The holder's coupons.
//!
//! | message | fields after the version |
//! |---|---|
//! | coupons | count (1), each: id (16), signer's name (bytes, empty = the issuer's own), title (bytes), what it is worth (1: 1 money, 2 hundredths of a percent), how much (8), currency (2, 0 with a percentage), conditions (long bytes), valid from and until (8 each), uses (2), uses left (2), state (1, numbered as in `listing.rs`), presented (1), each: number (2), wall clock (8, 0 = not known), what became of it (1, numbered as in `coupon_notice.rs`, 0 = not told), when (8) |

use hcepay_core::{Coupon, CouponSettled, PresentedUse, Worth};

use super::Message;

impl Message {
    fn coupon(&mut self, coupon: &Coupon) {
        let (kind, how_much, currency) = match coupon.worth {
            Worth::Amount(amount) => (1, amount.minor, amount.currency),
            Worth::Percentage(hundredths) => (2, hundredths.into(), 0),
        };
        self.0.extend_from_slice(&coupon.id.0);
        self.bytes(coupon.signer.as_deref().unwrap_or_default().as_bytes()).bytes(coupon.title.as_bytes());
        self.u8(kind).u64(how_much).u16(currency).long_bytes(coupon.conditions.as_bytes());
        self.u64(coupon.valid_from_ms).u64(coupon.valid_until_ms).u16(coupon.uses).u16(coupon.uses_left);
        self.u8(coupon.state.byte()).u8(u8::try_from(coupon.presented.len()).unwrap_or(u8::MAX));
        for PresentedUse { number, at_ms, settled } in coupon.presented.iter().take(u8::MAX.into()) {
            let (what, when) = settled.map_or((0, 0), |(settled, when)| (CouponSettled::byte(settled), when));
            self.u16(*number).u64(*at_ms).u8(what).u64(when);
        }
    }
}

/// All of them.
pub(crate) fn coupons(coupons: &[Coupon]) -> Vec<u8> {
    let mut message = Message::new();
    message.u8(u8::try_from(coupons.len()).unwrap_or(u8::MAX));
    coupons.iter().take(u8::MAX.into()).for_each(|coupon| message.coupon(coupon));
    message.0
}

#[cfg(test)]
mod tests {
    use hcepay_core::{Amount, CouponId, CouponState};
    use hcepay_desk::phone::NEW_YEAR;
    use hcepay_tests::bytes::hex;

    use super::super::tests::example;
    use super::*;

    #[test]
    fn messages_are_written_as_the_examples_have_them() {
        let redeemed = Some((CouponSettled::Redeemed, NEW_YEAR.wall_ms));
        let coffee = Coupon {
            id: CouponId([0xCC; 16]),
            signer: Some("Café".to_owned()),
            title: "Free coffee".to_owned(),
            worth: Worth::Percentage(10_000),
            conditions: "With a cake.".to_owned(),
            valid_from_ms: NEW_YEAR.wall_ms,
            valid_until_ms: NEW_YEAR.wall_ms,
            uses: 3,
            uses_left: 1,
            state: CouponState::Valid,
            presented: vec![
                PresentedUse { number: 1, at_ms: NEW_YEAR.wall_ms, settled: redeemed },
                PresentedUse { number: 2, at_ms: 0, settled: None },
            ],
        };
        let worth = Worth::Amount(Amount { minor: 500, currency: 978 });
        let of_the_issuer = Coupon {
            id: CouponId([0xDD; 16]),
            signer: None,
            worth,
            conditions: String::new(),
            state: CouponState::Expired,
            presented: Vec::new(),
            ..coffee.clone()
        };
        assert_eq!(hex(&coupons(&[coffee, of_the_issuer])), example("coupons"));
    }
}
