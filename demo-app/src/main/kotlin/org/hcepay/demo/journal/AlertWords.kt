package org.hcepay.demo.journal

import android.content.Context
import org.hcepay.Alert
import org.hcepay.AlertRule
import org.hcepay.demo.R
import org.hcepay.demo.look.Money

/** Alerts in the phone's language. In English they are the core's own sentences; what a reader said is told as what it said. */
internal object AlertWords {
    fun sentence(context: Context, alert: Alert): String {
        fun seen(place: Int) = alert.evidence.getOrElse(place) { 0 }
        fun times() = seen(0) / seen(1).coerceAtLeast(1)
        return when (alert.rule) {
            AlertRule.MANY_ASKS_IN_A_CONTACT -> context.getString(R.string.alert_asks_contact, seen(0))
            AlertRule.MANY_ASKS_IN_A_MINUTE -> context.getString(R.string.alert_asks_minute, seen(0))
            AlertRule.MANY_PAYMENTS_IN_TEN_MINUTES -> context.getString(R.string.alert_ten_minutes, seen(0))
            AlertRule.MANY_PAYMENTS_IN_A_DAY -> context.getString(R.string.alert_day, seen(0))
            AlertRule.LARGE_AMOUNT -> context.getString(R.string.alert_large_amount, times())
            AlertRule.LARGE_DAY -> context.getString(R.string.alert_large_day, times())
            AlertRule.NUMBER_REPEATED ->
                context.getString(if (seen(0) == 1L) R.string.alert_number_refused else R.string.alert_number_paid)
            AlertRule.DOUBLE_CHARGE -> context.getString(R.string.alert_double, seen(2) / SECOND_MS + 1)
            AlertRule.NEW_COUNTRY -> context.getString(R.string.alert_country, seen(0))
            AlertRule.TERMINAL_DATE_WRONG ->
                context.getString(if (seen(1) == 1L) R.string.alert_date_ahead else R.string.alert_date_behind, seen(0))
            AlertRule.UNUSUAL_TYPE -> context.getString(type(seen(0)))
            AlertRule.SLOW_READER -> context.getString(R.string.alert_slow, times())
            AlertRule.TORN_IN_A_ROW -> context.getString(R.string.alert_torn, seen(0))
            AlertRule.OLDER_COPY -> context.getString(R.string.alert_copy)
            AlertRule.COUNTRY_CHANGED -> context.getString(R.string.alert_country_changed, seen(0), seen(2) / MINUTE_MS, seen(1))
            AlertRule.NEW_CURRENCY -> context.getString(R.string.alert_currency, seen(0))
            AlertRule.NUMBER_WITHOUT_CHANCE -> context.getString(R.string.alert_chance)
            AlertRule.CLOCK_SET_BACK -> context.getString(R.string.alert_clock, seen(0) / MINUTE_MS)
            AlertRule.STORAGE_FAILED -> context.getString(R.string.alert_storage)
        }
    }

    /** Transaction types of ISO 8583. */
    private fun type(number: Long): Int = when (number) {
        0x01L -> R.string.alert_type_cash
        0x09L -> R.string.alert_type_cash_back
        0x20L -> R.string.alert_type_refund
        else -> R.string.alert_type
    }

    /** What the sentence does not name: each with its name. */
    fun evidence(context: Context, alert: Alert): List<Pair<Int, String>> {
        fun seen(place: Int) = alert.evidence.getOrElse(place) { 0 }
        fun milliseconds(place: Int) = context.getString(R.string.some_ms, seen(place))
        return when (alert.rule) {
            AlertRule.MANY_ASKS_IN_A_CONTACT,
            AlertRule.MANY_ASKS_IN_A_MINUTE,
            AlertRule.MANY_PAYMENTS_IN_TEN_MINUTES,
            AlertRule.MANY_PAYMENTS_IN_A_DAY,
            -> listOf(R.string.usual_at_most to "${seen(1)}")
            AlertRule.LARGE_AMOUNT, AlertRule.LARGE_DAY ->
                listOf(R.string.amount_asked to money(seen(0), seen(2)), R.string.most_before to money(seen(1), seen(2)))
            AlertRule.DOUBLE_CHARGE -> listOf(R.string.amount_asked to money(seen(0), seen(1)))
            AlertRule.SLOW_READER ->
                listOf(R.string.gap_now to milliseconds(0), R.string.gap_usual to milliseconds(1), R.string.how_long to milliseconds(2))
            else -> emptyList()
        }
    }

    private fun money(minor: Long, currency: Long) = Money.words(minor, currency.toInt())

    private const val SECOND_MS = 1_000L
    private const val MINUTE_MS = 60_000L
}
