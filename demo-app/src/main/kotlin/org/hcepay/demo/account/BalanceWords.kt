package org.hcepay.demo.account

import android.content.Context
import org.hcepay.Balance
import org.hcepay.demo.R
import org.hcepay.demo.look.Ago
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Money

/** A balance in words. Its age always stands beside it. */
internal class BalanceWords(private val context: Context, private val balance: Balance) {
    val available: String get() = Money.words(balance.available)

    val booked: String get() = Money.words(balance.booked)

    /** When it was so, and how long ago that is. */
    val asOf: String
        get() = context.getString(R.string.moment_and_age, Days.moment(context, balance.asOfMs), Ago.words(context, balance.ageMs))

    /** In one line. */
    val short: String get() = context.getString(R.string.balance_short, available, Ago.words(context, balance.ageMs))

    /** What the phone did since, of which it does not know whether the bank has counted it; null where that is nothing. */
    val since: String?
        get() {
            val payments = some(R.plurals.some_payments, balance.paidSince.size)
            val transfers = some(R.plurals.some_transfers, balance.sentSince.size)
            val both = if (payments != null && transfers != null) context.getString(R.string.both, payments, transfers) else null
            return (both ?: payments ?: transfers)?.let { context.getString(R.string.since_not_subtracted, it) }
        }

    private fun some(words: Int, count: Int): String? =
        if (count == 0) null else context.resources.getQuantityString(words, count, count)
}
