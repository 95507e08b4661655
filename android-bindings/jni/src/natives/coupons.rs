//! The holder's coupons.

use hcepay_core::{CouponId, Now};
use jni::Env;
use jni::objects::JByteArray;
use jni::sys::jlong;

use super::{LONGEST_ARGUMENT, open_wallet};
use crate::border::{Refused, copy, exactly, milliseconds};
use crate::code::Code;
use crate::message;

/// The coupons as they stand.
pub(crate) fn coupons(_: &Env<'_>, wallet: jlong, wall_ms: jlong) -> Result<Vec<u8>, Refused> {
    Ok(message::coupons::coupons(&open_wallet(wallet)?.coupons(milliseconds(wall_ms))))
}

/// Chooses the coupon that the next reader of its merchant is given; an empty array takes the choice back.
pub(crate) fn present_coupon(
    env: &Env<'_>,
    wallet: jlong,
    coupon: JByteArray<'_>,
    for_ms: jlong,
    now: Now,
) -> Result<Vec<u8>, Refused> {
    let id = copy(env, &coupon, LONGEST_ARGUMENT).ok_or(Code::Argument)?;
    let coupon = match id.as_slice() {
        [] => None,
        id => Some(CouponId(id.try_into().map_err(|_| Code::Argument)?)),
    };
    open_wallet(wallet)?.present_coupon(coupon, milliseconds(for_ms), now)?;
    Ok(Vec::new())
}

/// The coupon that is chosen, as long as that counts; else an empty array.
pub(crate) fn coupon_to_present(_: &Env<'_>, wallet: jlong, now: Now) -> Result<Vec<u8>, Refused> {
    Ok(open_wallet(wallet)?.coupon_to_present(now).map_or_else(Vec::new, |coupon| coupon.0.to_vec()))
}

/// Removes a coupon for good.
pub(crate) fn remove_coupon(env: &Env<'_>, wallet: jlong, coupon: JByteArray<'_>) -> Result<Vec<u8>, Refused> {
    let coupon = CouponId(*exactly(env, &coupon)?);
    open_wallet(wallet)?.remove_coupon(coupon)?;
    Ok(Vec::new())
}
