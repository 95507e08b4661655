package org.hcepay.demo.account

import android.content.Context
import org.hcepay.Balance
import org.hcepay.demo.R
import org.hcepay.demo.look.Page

/** The account behind a card, as the bank told it last. */
internal class AccountPart(private val context: Context, private val page: Page) {
    fun draw(balance: Balance?) {
        page.section(context.getText(R.string.account))
        if (balance == null) {
            page.text(context.getText(R.string.no_balance))
            return
        }
        val words = BalanceWords(context, balance)
        page.row(context.getText(R.string.available), words.available)
        page.row(context.getText(R.string.booked), words.booked)
        page.row(context.getText(R.string.as_of), words.asOf)
        words.since?.let(page::text)
    }
}
