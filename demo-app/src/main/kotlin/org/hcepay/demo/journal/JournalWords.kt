package org.hcepay.demo.journal

import android.content.Context
import org.hcepay.Amount
import org.hcepay.JournalRow
import org.hcepay.Settlement
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Words

/** A row of the journal in one line or two; for one drawing of a screen, as it asks once for the wallet's cards. */
internal class JournalWords(private val context: Context, wallet: Wallet) {
    private val cards = wallet.cards

    /** When it was, in milliseconds since 1970; null where nobody knows. */
    fun at(row: JournalRow): Long? = row.report.atMs.takeIf { it != 0L } ?: row.settlements.firstOrNull()?.atMs

    /** The amount, and what became of it: the bank's last word, where it has said one. */
    fun title(row: JournalRow): String = listOfNotNull(amount(row)?.let(Money::words), outcome(row)).joinToString(BETWEEN)

    /** What was paid; of a code that was shown, the bank alone knows it. */
    fun amount(row: JournalRow): Amount? = row.report.amount ?: row.settlements.firstOrNull()?.amount

    fun outcome(row: JournalRow): String {
        val last = row.settlements.lastOrNull()
        return context.getString(if (last == null) Words.outcome(row.report) else Words.settled(last.settled))
    }

    /** When, how, with which card and where. */
    fun line(row: JournalRow): String =
        listOfNotNull(
            at(row)?.let { Days.timeOfDay(context, it) },
            Words.channel(row.report)?.let(context::getString),
            card(row),
            row.merchant ?: claimed(row),
        ).joinToString(BETWEEN)

    /** Null where the card is gone. */
    fun card(row: JournalRow): String? = card(row.report.cardId)

    fun card(id: Int?): String? = cards.find { it.id == id }?.let { context.getString(R.string.covered, it.lastFour) }

    /** What the reader calls itself, told as what it says. */
    private fun claimed(row: JournalRow): String? = row.report.terminal.merchantName?.let { context.getString(R.string.calls_itself, it) }

    /** What the bank said, how much and when. */
    fun said(settlement: Settlement): Pair<String, String> {
        val why = settlement.declineReason?.let { context.getString(Words.declined(it)) }
        val said = listOfNotNull(context.getString(Words.settled(settlement.settled)), Money.words(settlement.amount))
        return said.joinToString(BETWEEN) to listOfNotNull(why, moment(settlement.atMs)).joinToString(BETWEEN)
    }

    fun moment(at: Long): String = Days.moment(context, at)

    private companion object {
        const val BETWEEN = " · "
    }
}
