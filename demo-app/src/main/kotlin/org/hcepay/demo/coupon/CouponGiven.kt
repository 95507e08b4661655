package org.hcepay.demo.coupon

import org.hcepay.Coupon
import org.hcepay.TapReport
import org.hcepay.Wallet

/** The coupon of which a use was given in this contact, by the time it was; null where there was none, or it was removed since. */
internal fun Wallet.couponGiven(report: TapReport): Coupon? {
    if (report.atMs == 0L) return null
    val contact = report.atMs..report.atMs + report.durationMs
    return coupons.find { coupon -> coupon.presented.any { it.atMs in contact } }
}

private operator fun LongRange.contains(at: Long?): Boolean = at != null && contains(at)
