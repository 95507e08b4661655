package org.hcepay.demo.desk

import org.hcepay.Amount

/** A coupon that a shop of the desk is to make: worth an amount, or hundredths of a percent of the price. */
class CouponOrder private constructor(
    internal val title: String,
    internal val conditions: String,
    internal val worth: Long,
    /** 0 where it is worth a part of the price. */
    internal val currency: Int,
    internal val uses: Int,
    internal val inMs: Long,
    internal val forMs: Long,
) {
    companion object {
        /** It begins in [inMs] from now, and lasts for [forMs] then. */
        fun ofAmount(title: String, worth: Amount, conditions: String = "", uses: Int = 1, inMs: Long = 0, forMs: Long = WEEK_MS) =
            CouponOrder(title, conditions, worth.minor, worth.currency, uses, inMs, forMs)

        fun ofPart(title: String, hundredthsOfPercent: Int, conditions: String = "", uses: Int = 1, inMs: Long = 0, forMs: Long = WEEK_MS) =
            CouponOrder(title, conditions, hundredthsOfPercent.toLong(), 0, uses, inMs, forMs)

        private const val WEEK_MS = 7 * 86_400_000L
    }
}
