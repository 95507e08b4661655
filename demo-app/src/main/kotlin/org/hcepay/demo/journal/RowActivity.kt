package org.hcepay.demo.journal

import android.content.Context
import android.content.Intent
import org.hcepay.Amount
import org.hcepay.Channel
import org.hcepay.JournalRow
import org.hcepay.Settled
import org.hcepay.TapReport
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.coupon.couponGiven
import org.hcepay.demo.demo
import org.hcepay.demo.look.Milliseconds
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.wallet.KeysActivity

/** One row of the journal: what came of a contact and why, what the bank said since, what the reader claimed and tried. */
class RowActivity : WalletScreen() {
    private var wasThere = false

    override fun draw(page: Page, wallet: Wallet) {
        val id = intent.getLongExtra(ROW, 0)
        val row = wallet.journal(id + 1, 1).find { it.id == id }
        if (row != null) return row(page, wallet, JournalWords(this, wallet), row)
        // Deleted just now, or before this screen was there.
        if (wasThere) finish() else page.text(getText(R.string.no_such_row))
    }

    private fun row(page: Page, wallet: Wallet, words: JournalWords, row: JournalRow) {
        wasThere = true
        val report = row.report
        Words.channel(report)?.let { title = getText(it) }
        page.headline(words.outcome(row))
        words.amount(row)?.let { page.headline(Money.words(it)) }
        // The bank's word is below. The reader adds nothing to its no; without a reader it is all that was waited for.
        val said = row.settlements.lastOrNull()?.settled
        val isSaid = if (report.channel == Channel.TAP) said == Settled.DECLINED else said != null
        if (!isSaid) Words.reason(report)?.let { page.text(getText(it)) }
        if (report.reason in Words.HELPED_BY_NEW_PAYMENTS) page.button(getText(R.string.keys)) { show(KeysActivity::class.java) }
        page.small(getText(R.string.only_a_test))
        news(page)
        settlements(page, words, row)
        details(page, wallet, words, row)
        claims(page, report)
        attempts(page, report)
        asBank(page, report, words.amount(row))
        page.section(getText(R.string.delete_section))
        asksTwice(page, R.string.delete_row, R.string.delete_row_question, R.string.delete_yes) {
            demo.change { it.deleteRow(row.id) }
        }
    }

    private fun settlements(page: Page, words: JournalWords, row: JournalRow) {
        if (row.settlements.isEmpty()) return
        page.section(getText(R.string.bank_says))
        row.merchant?.let { page.row(getText(R.string.merchant), it) }
        for ((title, line) in row.settlements.map(words::said)) page.row(title, line)
    }

    private fun details(page: Page, wallet: Wallet, words: JournalWords, row: JournalRow) {
        val report = row.report
        page.section(getText(R.string.details))
        words.at(row)?.let { page.row(getText(R.string.when_it_was), words.moment(it)) }
        words.card(row)?.let { page.row(getText(R.string.card), it) }
        wallet.couponGiven(report)?.let { page.row(getText(R.string.coupon), it.title) }
        report.verified?.let { page.row(getText(R.string.verified_how), getText(Words.method(it))) }
        if (report.durationMs > 0) {
            val longest = Milliseconds.words(MICROSECONDS * (report.gapsMs.maxOrNull() ?: 0))
            page.row(
                getText(R.string.how_long),
                getString(R.string.how_long_about, Milliseconds.words(MICROSECONDS * report.durationMs), longest),
            )
        }
        report.aid?.let { page.row(getText(R.string.application), it) }
        report.counter?.let { page.row(getText(R.string.counter), "$it") }
    }

    private fun claims(page: Page, report: TapReport) {
        val says = report.terminal
        val claims = listOf(
            R.string.says_name to says.merchantName,
            R.string.says_category to says.merchantCategory?.let { "%04d".format(it) },
            R.string.says_country to says.country?.let { "%03d".format(it) },
            R.string.says_date to says.date,
        )
        if (claims.all { it.second == null }) return
        page.section(getText(if (report.channel == Channel.ONLINE) R.string.order_says else R.string.reader_claims))
        page.small(getText(R.string.reader_claims_about))
        for ((name, claim) in claims) if (claim != null) page.row(getText(name), claim)
    }

    private fun attempts(page: Page, report: TapReport) {
        // Of one, all is said above.
        if (report.attempts.size < 2) return
        page.section(getText(R.string.attempts))
        for (attempt in report.attempts) {
            val title = listOfNotNull(attempt.amount?.let(Money::words), getString(Words.outcome(attempt.outcome))).joinToString(" · ")
            page.row(title, getText(Words.reason(attempt.reason)))
        }
    }

    /** In a demo the holder may be the bank, too. */
    private fun asBank(page: Page, report: TapReport, amount: Amount?) {
        if (amount == null || report.counter == null) return
        page.section(getText(R.string.as_bank))
        for ((name, settled, told) in listOf(
            Triple(R.string.bank_declines_it, Settled.DECLINED, amount),
            Triple(R.string.bank_clears, Settled.CLEARED, amount),
            Triple(R.string.bank_refunds, Settled.REFUNDED, amount),
            Triple(R.string.bank_reverses, Settled.REVERSED, amount),
            Triple(R.string.bank_changes, Settled.AMOUNT_CHANGED, Amount(amount.minor + amount.minor / TENTH, amount.currency)),
        )) {
            page.otherButton(getText(name)) { demo.settle(report, settled, told) }
        }
    }

    internal companion object {
        private const val ROW = "row"
        private const val MICROSECONDS = 1_000

        /** As where a tip is added. */
        private const val TENTH = 10

        fun of(context: Context, row: Long): Intent = Intent(context, RowActivity::class.java).putExtra(ROW, row)
    }
}
