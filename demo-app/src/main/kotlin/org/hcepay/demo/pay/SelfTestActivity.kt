package org.hcepay.demo.pay

import android.os.Bundle
import org.hcepay.Card
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.desk.Exchange
import org.hcepay.demo.desk.Purchase
import org.hcepay.demo.desk.Row
import org.hcepay.demo.desk.Verdict
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen
import java.util.Locale

/** The terminal in this app taps the card; each step in words. */
class SelfTestActivity : WalletScreen() {
    /** The step that is shown in full. */
    private var opened: Int? = null

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        opened = savedInstanceState?.getInt(OPENED, NONE)?.takeIf { it != NONE }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putInt(OPENED, opened ?: NONE)
    }

    override fun draw(page: Page, wallet: Wallet) {
        val card = wallet.cards.find { it.isDefault }
        if (card == null) page.text(getText(R.string.no_cards)) else test(page, card)
    }

    private fun test(page: Page, card: Card) {
        page.text(getText(R.string.self_test_about))
        page.warning(getText(R.string.no_real_money))
        page.card(card, above = 16)
        news(page)
        if (demo.work != null) return
        for (amount in AMOUNTS) {
            page.button(getString(R.string.self_test_run, Money.words(amount, EURO))) { demo.selfTest(amount, EURO) }
        }
        demo.selfTest?.let { result(page, it) }
    }

    private fun result(page: Page, purchase: Purchase) {
        page.headline(verdict(purchase.verdict))
        page.text(getString(R.string.reader_says, purchase.words))
        page.section(getText(R.string.self_test_steps))
        purchase.exchanges.forEachIndexed { place, exchange -> exchange(page, place, exchange) }
        val verdict = purchase.verdict ?: return
        page.section(getText(R.string.self_test_verdict))
        for (check in verdict.checks) {
            page.row(check.name, getString(if (check.isPassed) R.string.check_passed else R.string.check_failed, check.found))
        }
    }

    private fun verdict(verdict: Verdict?): CharSequence = getText(
        when {
            verdict == null -> R.string.bank_not_asked
            verdict.isApproved -> R.string.bank_approves
            else -> R.string.bank_declines
        },
    )

    /** One line for each; who presses it sees what was said. */
    private fun exchange(page: Page, place: Int, exchange: Exchange) {
        val ms = String.format(Locale.getDefault(), "%.1f", exchange.microseconds / 1_000.0)
        val name = getString(R.string.self_test_exchange, place + 1, exchange.name)
        page.row(name, getString(R.string.self_test_ms, exchange.purpose, ms)) {
            opened = if (opened == place) null else place
            redraw()
        }
        if (opened != place) return
        rows(page, R.string.self_test_sent, exchange.sent)
        rows(page, R.string.self_test_answers, exchange.answered)
        page.small(exchange.statusWords)
        if (!exchange.isHeard) page.small(getText(R.string.self_test_unheard))
    }

    private fun rows(page: Page, name: Int, rows: List<Row>) {
        if (rows.isEmpty()) return
        page.small(getText(name))
        for (row in rows) page.dataObject(row.depth, "${row.tag} ${row.name}".trim(), row.value, row.meaning)
    }

    private companion object {
        const val EURO = 978
        const val OPENED = "opened"
        const val NONE = -1

        /** Below and above what the test terminal takes without a verified holder. */
        val AMOUNTS = listOf(12_50L, 75_00L)
    }
}
