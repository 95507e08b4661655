package org.hcepay.demo.coupon

import android.content.Context
import org.hcepay.Amount
import org.hcepay.demo.R
import org.hcepay.demo.desk.CouponOrder

/** The coupons that the demo shop sends. */
internal object ShopCoupons {
    private const val EURO = 978
    private const val USES = 2

    /** In hundredths of a percent. */
    const val TENTH = 1_000
    val OFF = Amount(2_50, EURO)

    fun ofAmount(context: Context): CouponOrder =
        CouponOrder.ofAmount(context.getString(R.string.coupon_title_amount), OFF, context.getString(R.string.coupon_conditions), USES)

    fun ofPart(context: Context): CouponOrder = CouponOrder.ofPart(context.getString(R.string.coupon_title_part), TENTH)
}
