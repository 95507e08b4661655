package org.hcepay.demo.pay

import android.content.Context
import org.hcepay.demo.R
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Words

/** A tap in one line or two. */
internal object TapWords {
    /** The amount, and what became of it. */
    fun title(context: Context, tap: Tap): String =
        listOfNotNull(tap.amount?.let(Money::words), context.getString(Words.outcome(tap.outcome))).joinToString(BETWEEN)

    /** When, with which card, and whether it was a test. */
    fun line(context: Context, tap: Tap): String = listOfNotNull(
        Days.timeOfDay(context, tap.at),
        tap.lastFour?.let { context.getString(R.string.covered, it) },
        if (tap.isSelfTest) context.getString(R.string.self_test) else null,
    ).joinToString(BETWEEN)

    private const val BETWEEN = " · "
}
