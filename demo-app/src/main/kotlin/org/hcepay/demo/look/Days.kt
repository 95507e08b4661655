package org.hcepay.demo.look

import android.content.Context
import android.text.format.DateFormat
import org.hcepay.ExpiryMonth
import org.hcepay.demo.R
import org.hcepay.demo.WallClock
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.util.Date

/** Days and times of day as people of the phone's country and language write them. */
internal object Days {
    /** The day of a moment in milliseconds since 1970, where the phone is. */
    fun of(at: Long): LocalDate = Instant.ofEpochMilli(at).atZone(ZoneId.systemDefault()).toLocalDate()

    fun words(context: Context, day: LocalDate): String {
        val today = of(WallClock.now())
        return when {
            day == today -> context.getString(R.string.today)
            day == today.minusDays(1) -> context.getString(R.string.yesterday)
            day.year == today.year -> words(context, day, "EEEEMMMMd")
            else -> words(context, day, "yMMMMd")
        }
    }

    fun timeOfDay(context: Context, at: Long): String = DateFormat.getTimeFormat(context).format(Date(at))

    fun moment(context: Context, at: Long): String =
        context.getString(R.string.day_and_time, words(context, of(at)), timeOfDay(context, at))

    fun month(context: Context, month: ExpiryMonth): String = words(context, LocalDate.of(month.year, month.month, 1), "yMMMM")

    /** What is wanted of a day, in the order of the language. */
    private fun words(context: Context, day: LocalDate, wanted: String): String {
        val locale = context.resources.configuration.locales[0]
        return DateTimeFormatter.ofPattern(DateFormat.getBestDateTimePattern(locale, wanted), locale).format(day)
    }
}
