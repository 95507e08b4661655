package org.hcepay.demo.look

import android.content.Context
import org.hcepay.Replenishment
import org.hcepay.demo.R

/** How often a card can still pay, in words. */
internal object Left {
    fun payments(context: Context, uses: Int): String = context.resources.getQuantityString(R.plurals.payments_left, uses, uses)

    /** For how many days that is enough; null where it is not known, and where none is left. */
    fun days(context: Context, keys: Replenishment): String? {
        val days = keys.daysOfCover?.takeIf { keys.usesLeft > 0 } ?: return null
        if (days == 0) return context.getString(R.string.less_than_a_day)
        return context.resources.getQuantityString(R.plurals.days_of_cover, days, days)
    }
}
