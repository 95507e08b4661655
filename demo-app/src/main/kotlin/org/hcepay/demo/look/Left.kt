package org.hcepay.demo.look

import android.content.Context
import org.hcepay.Replenishment
import org.hcepay.demo.R

/** How often a card can still pay, in words. */
internal object Left {
    fun payments(context: Context, uses: Int): String = context.resources.getQuantityString(R.plurals.payments_left, uses, uses)

    /** For how many days that is enough; null where it is not known, or not for a day. */
    fun days(context: Context, keys: Replenishment): String? =
        keys.daysOfCover?.takeIf { it > 0 }?.let { context.resources.getQuantityString(R.plurals.days_of_cover, it, it) }
}
