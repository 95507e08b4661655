package org.hcepay.demo.look

import android.content.Context
import android.text.format.DateFormat
import android.text.format.DateUtils
import org.hcepay.ExpiryMonth
import org.hcepay.demo.R
import org.hcepay.demo.WallClock
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.util.Date

/** Days and times of day as people of the phone's country and language write them. */
internal object Days {
    /** The day of a moment in milliseconds since 1970, where the phone is. */
    fun of(at: Long): LocalDate = Instant.ofEpochMilli(at).atZone(ZoneId.systemDefault()).toLocalDate()

    fun words(context: Context, day: LocalDate): String {
        val today = of(WallClock.now())
        return when (day) {
            today -> context.getString(R.string.today)
            today.minusDays(1) -> context.getString(R.string.yesterday)
            else -> DateUtils.formatDateTime(context, start(day), DateUtils.FORMAT_SHOW_WEEKDAY or DateUtils.FORMAT_SHOW_DATE)
        }
    }

    fun timeOfDay(context: Context, at: Long): String = DateFormat.getTimeFormat(context).format(Date(at))

    fun month(context: Context, month: ExpiryMonth): String {
        val flags = DateUtils.FORMAT_SHOW_DATE or DateUtils.FORMAT_SHOW_YEAR or DateUtils.FORMAT_NO_MONTH_DAY
        return DateUtils.formatDateTime(context, start(LocalDate.of(month.year, month.month, 1)), flags)
    }

    private fun start(day: LocalDate): Long = day.atStartOfDay(ZoneId.systemDefault()).toInstant().toEpochMilli()
}
