package org.hcepay.demo.pay

import android.os.Bundle
import org.hcepay.Card
import org.hcepay.Protection
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.desk.Purchase
import org.hcepay.demo.look.DeskWords
import org.hcepay.demo.look.Exchanges
import org.hcepay.demo.look.Milliseconds
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen

/** The terminal in this app taps the card; each step in words. */
class SelfTestActivity : WalletScreen() {
    private lateinit var exchanges: Exchanges

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        exchanges = Exchanges(this, savedInstanceState)
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        exchanges.save(state)
    }

    override fun draw(page: Page, wallet: Wallet) {
        val card = wallet.paysNext()
        if (card == null) page.text(getText(R.string.no_cards)) else test(page, wallet, card)
    }

    /** Where the reader asked for one. */
    private fun coupon(page: Page, purchase: Purchase) {
        if (purchase.coupon == NOT_ASKED) return
        page.row(getText(R.string.coupon), words(DeskWords.coupon(purchase.coupon), purchase.coupon))
        page.row(getText(R.string.card_was_asked_for), Money.words(purchase.askedMinor, EURO))
    }

    private fun test(page: Page, wallet: Wallet, card: Card) {
        page.text(getText(R.string.self_test_about))
        page.warning(getText(R.string.no_real_money))
        page.card(card, above = 16)
        wallet.couponToPresent?.let { page.text(getString(R.string.coupon_first, it.title)) }
        news(page)
        if (demo.work != null) return
        if (card.protection == Protection.AUTHENTICATED && wallet.armedUntil == null && demo.selfTest?.isApproved != true) {
            page.text(getText(R.string.self_test_unverified))
            page.otherButton(getText(R.string.verify_first)) { startActivity(PayActivity.asking(this)) }
        }
        page.button(getString(R.string.self_test_run, Money.words(SMALL, EURO))) { demo.selfTest(SMALL, EURO) }
        page.otherButton(getString(R.string.self_test_run, Money.words(LARGE, EURO))) { demo.selfTest(LARGE, EURO) }
        demo.selfTest?.let { result(page, it) }
    }

    private fun result(page: Page, purchase: Purchase) {
        val verdicts = Verdicts(this, page)
        verdicts.headline(purchase.verdict)
        page.text(getString(R.string.reader_says, words(DeskWords.reason(purchase.reason), purchase.reason)))
        coupon(page, purchase)
        page.section(getText(R.string.self_test_steps))
        exchanges.draw(page, purchase.exchanges, ::redraw) { place ->
            val exchange = purchase.exchanges[place]
            val purpose = words(DeskWords.purpose(exchange.purpose), exchange.purpose)
            getString(R.string.self_test_ms, purpose, Milliseconds.words(exchange.microseconds))
        }
        purchase.verdict?.let(verdicts::checks)
    }

    /** A code for which this app has no words stands for itself. */
    private fun words(words: Int?, code: String): CharSequence = words?.let(::getText) ?: code

    private companion object {
        const val EURO = 978
        const val NOT_ASKED = "not-asked"

        /** Below and above what the test terminal takes without a verified holder. */
        const val SMALL = 12_50L
        const val LARGE = 75_00L
    }
}
