package org.hcepay.demo.look

import android.content.Context
import org.hcepay.demo.R

/** How long ago something was, in words. */
internal object Ago {
    fun words(context: Context, ageMs: Long): String = when {
        ageMs < MINUTE_MS -> context.getString(R.string.just_now)
        ageMs < HOUR_MS -> some(context, R.plurals.minutes_ago, ageMs / MINUTE_MS)
        ageMs < DAY_MS -> some(context, R.plurals.hours_ago, ageMs / HOUR_MS)
        else -> some(context, R.plurals.days_ago, ageMs / DAY_MS)
    }

    private fun some(context: Context, words: Int, count: Long): String =
        context.resources.getQuantityString(words, count.toInt(), count.toInt())

    const val MINUTE_MS = 60_000L
    private const val HOUR_MS = 60 * MINUTE_MS
    private const val DAY_MS = 24 * HOUR_MS
}
