package org.hcepay.demo.account

import android.content.Context
import android.text.BidiFormatter
import org.hcepay.TransferRefusal
import org.hcepay.TransferRow
import org.hcepay.TransferState
import org.hcepay.demo.R
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Money

/** A transfer in words. */
internal class TransferWords(private val context: Context) {
    /** The amount, and what became of it. */
    fun title(row: TransferRow): String = listOf(Money.words(row.amount), state(row)).joinToString(BETWEEN)

    /** When, to whom, and why the bank refused it. */
    fun line(row: TransferRow): String = listOfNotNull(
        Days.timeOfDay(context, row.atMs),
        context.getString(R.string.transfer),
        // A name in Hebrew or Arabic letters does not turn what stands around it.
        BidiFormatter.getInstance().unicodeWrap(row.payeeName),
        why(row),
    ).joinToString(BETWEEN)

    fun state(row: TransferRow): String = context.getString(
        when (row.state) {
            TransferState.PENDING -> R.string.transfer_pending
            TransferState.DONE -> R.string.transfer_done
            TransferState.REFUSED -> R.string.transfer_refused
        },
    )

    /** Why the bank refused it; null where it did not. */
    fun why(row: TransferRow): String? = row.refusal?.let { context.getString(refusal(it)) }

    /** What the bank said, and when; null where it has said nothing. */
    fun said(row: TransferRow): String? =
        row.settledMs?.let { listOfNotNull(why(row), Days.moment(context, it)).joinToString(BETWEEN) }

    private fun refusal(why: TransferRefusal): Int = when (why) {
        TransferRefusal.NOT_TOLD -> R.string.declined_not_told
        TransferRefusal.INSUFFICIENT_FUNDS -> R.string.declined_funds
        TransferRefusal.OVER_LIMIT -> R.string.refused_limit
        TransferRefusal.BLOCKED -> R.string.declined_blocked
        TransferRefusal.SUSPECTED_FRAUD -> R.string.declined_fraud
        TransferRefusal.TOO_LATE -> R.string.refused_too_late
        TransferRefusal.PAYEE_UNKNOWN -> R.string.refused_payee
    }

    private companion object {
        const val BETWEEN = " · "
    }
}
