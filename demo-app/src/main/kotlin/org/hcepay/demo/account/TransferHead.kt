package org.hcepay.demo.account

import android.app.Activity
import org.hcepay.TransferRow
import org.hcepay.TransferState
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page

/** What became of a transfer, and what to press where the bank has said nothing yet. */
internal class TransferHead(private val screen: Activity, private val page: Page) {
    fun draw(row: TransferRow) {
        val words = TransferWords(screen)
        page.headline(words.state(row))
        page.headline(Money.words(row.amount))
        words.why(row)?.let(page::text)
        page.row(screen.getText(R.string.payee_name), row.payeeName)
        page.row(screen.getText(R.string.payee_account), row.payee)
        if (row.note.isNotEmpty()) page.row(screen.getText(R.string.payee_note), row.note)
        if (row.state != TransferState.PENDING || screen.demo.work != null) return
        page.text(screen.getText(R.string.transfer_pending_about))
        page.button(screen.getText(R.string.send_again)) { screen.demo.sendAgain(row.number) }
    }
}
