package org.hcepay.demo.account

import android.content.Context
import android.content.Intent
import android.os.Bundle
import org.hcepay.TransferRow
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.journal.JournalWords
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.Verdicts

/** One transfer of the journal: what was asked for, and what the bank said of it. */
class TransferRowActivity : WalletScreen() {
    private var wasThere = false

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        if (savedInstanceState == null) demo.forgetVerdict()
    }

    override fun draw(page: Page, wallet: Wallet) {
        val row = row(wallet, intent.getLongExtra(NUMBER, 0))
        if (row != null) return row(page, JournalWords(this, wallet), row)
        // Deleted just now, or before this screen was there.
        if (wasThere) finish() else page.text(getText(R.string.no_such_transfer))
    }

    private fun row(page: Page, words: JournalWords, row: TransferRow) {
        wasThere = true
        TransferHead(this, page).draw(row)
        page.small(getText(R.string.only_a_test))
        news(page)
        val transfer = TransferWords(this)
        transfer.said(row)?.let {
            page.section(getText(R.string.bank_says))
            page.row(transfer.state(row), it)
        }
        page.section(getText(R.string.details))
        page.row(getText(R.string.when_it_was), words.moment(row.atMs))
        words.card(row.cardId)?.let { page.row(getText(R.string.from_card), it) }
        page.row(getText(R.string.verified_how), getText(Words.method(row.verified)))
        page.row(getText(R.string.transfer_number), "${row.number}")
        if (demo.sent == row.number) demo.verdict?.let { Verdicts(this, page).checks(it, R.string.transfer_valid) }
        if (demo.work != null) return
        page.section(getText(R.string.delete_section))
        asksTwice(page, R.string.delete_row, R.string.delete_transfer_question, R.string.delete_yes) {
            demo.change { it.deleteTransfer(row.number) }
        }
    }

    internal companion object {
        private const val NUMBER = "number"

        fun of(context: Context, number: Long): Intent = Intent(context, TransferRowActivity::class.java).putExtra(NUMBER, number)

        /** Null where it is not kept any more. */
        fun row(wallet: Wallet, number: Long): TransferRow? = wallet.transfers(number + 1, 1).find { it.number == number }
    }
}
