package org.hcepay.demo.coupon

import org.hcepay.Coupon
import org.hcepay.TapReport
import org.hcepay.Wallet

/** The coupon of which a use was given in this contact; null where there was none, or it was removed since. */
internal fun Wallet.couponGiven(report: TapReport): Coupon? = report.coupon?.let { use -> coupons.find { it.id == use.couponId } }
