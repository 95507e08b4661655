package org.hcepay.demo.pay

import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.os.SystemClock
import org.hcepay.Amount
import org.hcepay.Card
import org.hcepay.ConsumerCode
import org.hcepay.Scope
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.WallClock
import org.hcepay.demo.demo
import org.hcepay.demo.look.CodePicture
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Ring
import org.hcepay.demo.look.VerifiedChange
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.wallet.KeysActivity

/** The card shows a code, and a shop reads it. It is taken away when its minute is over, and when its holder leaves. */
class CodeActivity : WalletScreen() {
    private val verified = VerifiedChange(this, ::redraw)
    private val main = Handler(Looper.getMainLooper())
    private val over = Runnable { demo.takeCodeAway() }

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        if (savedInstanceState == null) demo.forgetVerdict()
    }

    override fun onStop() {
        main.removeCallbacks(over)
        if (!isChangingConfigurations) demo.takeCodeAway()
        super.onStop()
    }

    override fun onDestroy() {
        verified.cancel()
        super.onDestroy()
    }

    override fun draw(page: Page, wallet: Wallet) {
        main.removeCallbacks(over)
        val card = wallet.cards.find { it.id == intent.getIntExtra(CARD, 0) }
        if (card == null) page.text(getText(R.string.trouble_no_card)) else draw(page, card)
    }

    private fun draw(page: Page, card: Card) {
        val code = demo.code?.takeIf { it.report.cardId == card.id && WallClock.now() < it.untilMs }
        // The code stands where a shop sees it at once.
        if (code == null) page.card(card, above = 8) else page.text(getString(R.string.covered, card.lastFour))
        page.small(getText(R.string.only_a_test))
        news(page)
        verified.draw(page, R.string.not_verified)
        when {
            code != null -> shown(page, code)
            demo.work != null || verified.isAsking -> return
            else -> mayShow(page, card)
        }
    }

    private fun mayShow(page: Page, card: Card) {
        val (verdict, verdicts) = demo.verdict to Verdicts(this, page)
        if (verdict != null) verdicts.headline(verdict) else page.text(getText(R.string.show_code_about))
        page.text(resources.getQuantityString(R.plurals.codes_to_show, card.codeUsesLeft, card.codeUsesLeft))
        when {
            !Words.mayPay(card) -> page.text(getText(Words.state(card)))
            card.codeUsesLeft == 0 -> page.button(getText(R.string.keys)) { show(KeysActivity::class.java) }
            else -> page.button(getText(R.string.verify_and_show)) { ask(card) }
        }
        verdict?.let(verdicts::checks)
    }

    private fun shown(page: Page, code: ConsumerCode) {
        val left = (code.untilMs - WallClock.now()).coerceAtMost(LIFE_MS)
        page.view(CodePicture(this, code), above = 8)
        page.view(Ring(this, SystemClock.elapsedRealtime() + left, LIFE_MS), above = 0)
        main.postDelayed(over, left)
        if (demo.work != null) return
        page.button(getString(R.string.shop_reads, Money.words(AMOUNT))) { demo.readCode(AMOUNT) }
        page.otherButton(getText(R.string.take_code_away)) { demo.takeCodeAway() }
    }

    private fun ask(card: Card) = verified.ask(R.string.prompt_title, Scope.code(card)) { demo.showCode(card) }

    internal companion object {
        private const val CARD = "card"
        private const val LIFE_MS = 60_000L

        /** Which the shop names: the code does not. */
        private val AMOUNT = Amount(12_50, 978)

        fun of(context: Context, card: Card): Intent = Intent(context, CodeActivity::class.java).putExtra(CARD, card.id)
    }
}
