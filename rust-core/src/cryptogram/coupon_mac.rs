//! What proves to a merchant's reader that one use of a coupon is presented to it, now.
//!
//! | step | computation |
//! |---|---|
//! | key of use n | HKDF-Expand(secret, `hcepay coupon use` ‖ coupon (16) ‖ n (2), 32) |
//! | MAC | HMAC(key, `hcepay coupon 1` ‖ challenge (8) ‖ signer (8) ‖ coupon (16) ‖ n (2) ‖ digest of the terms (32)); leftmost 16 bytes |
//!
//! HKDF and HMAC with SHA-256 (RFC 5869, section 2.3; RFC 2104): the secret is a key of even quality already. The texts are ASCII,
//! numbers most significant byte first. The challenge is the reader's, the signer's id names whose coupon it is. The other way round
//! nobody has to be asked: a merchant makes the secret of each of its coupons out of one key of its own.

use crate::keys::{hkdf, wipe};
use crate::ledger::coupon_spending::SpentCouponUse;

const USE: &[u8] = b"hcepay coupon use";
const LABEL: &[u8] = b"hcepay coupon 1";

/// Makes the one answer that the spent use is good for.
pub(crate) fn coupon_mac(spent: SpentCouponUse, challenge: [u8; 8], signer: [u8; 8]) -> [u8; 16] {
    let (one_use, terms) = (spent.number(), *spent.terms().bytes());
    let (coupon, number) = (one_use.coupon.0, one_use.number.to_be_bytes());
    let secret = spent.into_secret();
    let mac = wipe::stack_after_a_mac(|| {
        let mut key = Box::new(zeroize::Zeroizing::new([0; 32]));
        hkdf::expand(secret.expose(), &[USE, &coupon, &number], &mut **key)
            .expect("no more than one block is asked for");
        // Its Extract is HMAC, under what it calls the salt.
        hkdf::extract(&**key, &[LABEL, &challenge, &signer, &coupon, &number, &terms])
    });
    *mac.first_chunk().expect("HMAC gives 32 bytes")
}
