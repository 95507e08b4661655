package org.hcepay.demo.coupon

import android.content.Context
import org.hcepay.Amount
import org.hcepay.Coupon
import org.hcepay.CouponSettled
import org.hcepay.CouponState
import org.hcepay.PresentedUse
import org.hcepay.demo.R
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Money
import java.math.BigDecimal
import java.text.NumberFormat
import java.util.Locale

/** A coupon in words. */
internal class CouponWords(private val context: Context) {
    /** What it is worth, until when, how often it can still be shown, and how it stands. */
    fun line(coupon: Coupon): String = listOf(
        worth(coupon),
        context.getString(R.string.coupon_until, Days.words(context, Days.of(coupon.validUntilMs))),
        uses(coupon),
        context.getString(state(coupon)),
    ).joinToString(BETWEEN)

    fun worth(coupon: Coupon): String = worth(coupon.worth, coupon.worthInHundredthsOfPercent)

    /** Of the two the one that it is. */
    fun worth(amount: Amount?, hundredthsOfPercent: Int?): String {
        val worth = amount?.let(Money::words) ?: percent(hundredthsOfPercent ?: 0)
        return context.getString(R.string.coupon_worth, worth)
    }

    private fun percent(hundredths: Int): String {
        val format = NumberFormat.getPercentInstance(Locale.getDefault())
        format.maximumFractionDigits = 2
        return format.format(BigDecimal.valueOf(hundredths.toLong(), PLACES))
    }

    fun uses(coupon: Coupon): String = context.getString(R.string.coupon_uses, coupon.usesLeft, coupon.uses)

    fun state(coupon: Coupon): Int = when (coupon.state) {
        CouponState.USED_UP -> R.string.coupon_used_up
        CouponState.EXPIRED -> R.string.coupon_expired
        CouponState.SIGNER_NOT_TRUSTED -> R.string.coupon_untrusted
        CouponState.NOT_YET_VALID -> R.string.coupon_not_yet
        CouponState.VALID -> R.string.coupon_valid
    }

    /** Whose it is. */
    fun signer(coupon: Coupon): String = coupon.signer ?: context.getString(R.string.coupon_of_bank)

    /** Which use, and what became of it. */
    fun title(use: PresentedUse): String = context.getString(R.string.coupon_use, use.number) + BETWEEN + context.getString(settled(use))

    /** When it was given; null where a power loss took that. */
    fun given(use: PresentedUse): String? = use.atMs?.let { context.getString(R.string.coupon_given_at, Days.moment(context, it)) }

    private fun settled(use: PresentedUse): Int = when (use.settled) {
        null -> R.string.coupon_unsettled
        CouponSettled.REDEEMED -> R.string.coupon_redeemed
        CouponSettled.NOT_REDEEMED -> R.string.coupon_not_redeemed
        CouponSettled.WITHDRAWN -> R.string.coupon_withdrawn
    }

    private companion object {
        const val BETWEEN = " · "

        /** Hundredths of a percent are ten thousandths of the whole. */
        const val PLACES = 4
    }
}
