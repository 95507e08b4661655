package org.hcepay.demo.pay

import android.content.Context
import android.content.Intent
import android.os.Bundle
import org.hcepay.Amount
import org.hcepay.Card
import org.hcepay.MerchantCode
import org.hcepay.OnlineOrder
import org.hcepay.Scope
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.desk.Desk
import org.hcepay.demo.desk.Verdict
import org.hcepay.demo.look.BadInput
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.VerifiedChange
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.wallet.KeysActivity

/** The card pays without a reader: what a merchant's QR code asks, whose text is pasted here, or an order of the demo shop. */
class OrderActivity : WalletScreen() {
    private val verified = VerifiedChange(this, ::redraw)

    /** The text of the code, the amount and the tip, as far as they are typed. */
    private var text = ""
    private var amount = ""
    private var tip = ""

    /** What was read of the text. */
    private var code: MerchantCode? = null

    /** What is to be paid, as the holder sees it before confirming. */
    private var order: OnlineOrder? = null

    private val input = BadInput(this, ::redraw)

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val state = savedInstanceState ?: return demo.forgetVerdict()
        text = state.getString(TEXT).orEmpty()
        amount = state.getString(AMOUNT).orEmpty()
        tip = state.getString(TIP).orEmpty()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(TEXT, text)
        state.putString(AMOUNT, amount)
        state.putString(TIP, tip)
    }

    override fun onDestroy() {
        verified.cancel()
        super.onDestroy()
    }

    override fun draw(page: Page, wallet: Wallet) {
        val card = wallet.cards.find { it.id == intent.getIntExtra(CARD, 0) }
        if (card == null) page.text(getText(R.string.trouble_no_card)) else draw(page, wallet, card)
    }

    private fun draw(page: Page, wallet: Wallet, card: Card) {
        val (code, order, verdict) = Triple(code, order, demo.verdict)
        page.card(card, above = 8)
        page.small(getText(R.string.only_a_test))
        news(page)
        input.draw(page)
        verified.draw(page, R.string.not_verified)
        if (demo.work != null || verified.isAsking) return
        when {
            verdict != null -> paid(page, verdict)
            order != null -> confirm(page, card, order)
            code != null -> amounts(page, wallet, code)
            else -> choose(page, wallet)
        }
    }

    private fun choose(page: Page, wallet: Wallet) {
        page.text(getText(R.string.pay_order_about))
        page.field(getText(R.string.code_text), text) { text = it }
        page.button(getText(R.string.read_code)) {
            input.tries {
                val read = MerchantCode.read(text.trim())
                if (read.amount != null && !read.asksForTip) order = wallet.orderOf(read)
                code = read
            }
        }
        page.otherButton(getText(R.string.order_of_shop)) { input.tries { order = Desk.order(SHOPPING) } }
    }

    /** What the code leaves to its payer. */
    private fun amounts(page: Page, wallet: Wallet, code: MerchantCode) {
        merchant(page, code)
        val currency = Money.code(code.currency)
        if (code.amount == null) page.amount(getString(R.string.amount_in, currency), amount) { amount = it }
        if (code.asksForTip) page.amount(getString(R.string.tip_in, currency), tip) { tip = it }
        page.button(getText(R.string.go_on)) { goOn(wallet, code) }
        back(page)
    }

    private fun goOn(wallet: Wallet, code: MerchantCode) = input.tries {
        val typed = if (code.amount == null) minor(amount, code, least = 1) ?: return@tries else null
        val given = if (code.asksForTip && tip.isNotBlank()) minor(tip, code) ?: return@tries else 0
        order = wallet.orderOf(code, typed, given)
    }

    private fun minor(typed: String, code: MerchantCode, least: Long = 0): Long? =
        input.minor(typed, code.currency, SHOPPING.minor, least)

    private fun merchant(page: Page, code: MerchantCode) {
        page.row(getText(R.string.merchant_says), code.merchantName)
        page.row(getText(R.string.city), code.merchantCity)
        code.amount?.let { page.row(getText(R.string.asks), Money.words(it)) }
        code.fixedFee?.let { page.row(getText(R.string.fee), Money.words(it)) }
        code.feeHundredthsOfPercent?.let { page.row(getText(R.string.fee), getString(R.string.percent, Money.typed(it.toLong(), EURO))) }
    }

    private fun confirm(page: Page, card: Card, order: OnlineOrder) {
        page.headline(Money.words(order.amount))
        val read = code
        if (read == null) page.row(getText(R.string.merchant_says), order.merchantName) else merchant(page, read)
        page.small(getText(R.string.merchant_unproved))
        when {
            !Words.mayPay(card) -> page.text(getText(Words.state(card)))
            card.onlineUsesLeft == 0 -> page.button(getText(R.string.keys)) { show(KeysActivity::class.java) }
            else -> page.button(getText(R.string.verify_and_pay)) {
                verified.ask(R.string.prompt_title, Scope.order(card, order)) { demo.payOnline(card, order) }
            }
        }
        back(page)
    }

    private fun paid(page: Page, verdict: Verdict) {
        val verdicts = Verdicts(this, page)
        verdicts.headline(verdict)
        order?.let { page.row(it.merchantName, Money.words(it.amount)) }
        page.button(getText(R.string.done)) { finish() }
        verdicts.checks(verdict)
    }

    private fun back(page: Page) = page.otherButton(getText(R.string.another_code)) {
        code = null
        order = null
        amount = ""
        tip = ""
        input.tries { }
    }

    internal companion object {
        private const val CARD = "card"
        private const val TEXT = "text"
        private const val AMOUNT = "amount"
        private const val TIP = "tip"
        private const val EURO = 978
        private val SHOPPING = Amount(49_90, EURO)

        fun of(context: Context, card: Card): Intent = Intent(context, OrderActivity::class.java).putExtra(CARD, card.id)
    }
}
