//! The secret of a coupon, from which the keys of its uses follow.

use std::fmt;

use zeroize::Zeroize;

/// 32 bytes, boxed so that moving them leaves no copy behind; wiped when dropped.
pub(crate) struct CouponSecret(Box<[u8; 32]>);

impl CouponSecret {
    /// A copy of what someone else wipes; `None` where it is not 32 bytes long.
    pub(crate) fn of(bytes: &[u8]) -> Option<CouponSecret> {
        let mut secret = Box::new([0; 32]);
        (bytes.len() == secret.len()).then(|| secret.copy_from_slice(bytes))?;
        Some(CouponSecret(secret))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for CouponSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for CouponSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CouponSecret(..)")
    }
}
