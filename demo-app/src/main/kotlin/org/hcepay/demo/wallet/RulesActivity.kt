package org.hcepay.demo.wallet

import android.content.Context
import android.content.Intent
import android.os.Bundle
import org.hcepay.Card
import org.hcepay.CardState
import org.hcepay.MostPaid
import org.hcepay.TemporaryUse
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.WallClock
import org.hcepay.demo.demo
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.VerifiedChange
import org.hcepay.demo.look.WalletScreen

/** What the holder lets one card do: small amounts, gates, and for how long. Less at once, more only verified. */
class RulesActivity : WalletScreen() {
    private val verified = VerifiedChange(this, ::redraw)
    private val smallAmounts = SmallAmounts(this, verified, ::redraw)

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        smallAmounts.restore(savedInstanceState)
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        smallAmounts.save(state)
    }

    override fun onDestroy() {
        verified.cancel()
        super.onDestroy()
    }

    override fun draw(page: Page, wallet: Wallet) {
        val card = wallet.cards.find { it.id == intent.getIntExtra(CARD, 0) }
        if (card == null || card.state == CardState.RETIRED) {
            page.text(getText(if (card == null) R.string.trouble_no_card else R.string.retired_about))
            return news(page)
        }
        page.small(getText(R.string.rules_about))
        news(page)
        verified.draw(page)
        smallAmounts.draw(page, card)
        gates(page, card)
        temporary(page, card)
    }

    private fun gates(page: Page, card: Card) {
        page.section(getText(R.string.gates))
        if (!card.mayPassGates) return page.text(getText(R.string.gates_none)).run { }
        page.switch(getText(R.string.gates_switch), card.rules.passesGates) { isOn ->
            if (isOn) verified.ask(card) { it.passGates(card, true) } else demo.change { it.passGates(card, false) }
        }
    }

    private fun temporary(page: Page, card: Card) {
        page.section(getText(R.string.temporary))
        val limits = card.rules.temporaryUse
        if (limits != null) return limited(page, card, limits)
        page.text(getText(R.string.temporary_about))
        val limit = { limits: TemporaryUse -> demo.change { it.limitUse(card, limits) } }
        page.otherButton(getText(R.string.one_payment)) { limit(TemporaryUse(null, 1)) }
        page.otherButton(getText(R.string.one_day)) { limit(TemporaryUse(WallClock.now() + DAY_MS, null)) }
        page.otherButton(getString(R.string.some_money, Money.words(SOME, EURO))) {
            limit(TemporaryUse(null, null, listOf(MostPaid(EURO, SOME, SOME))))
        }
    }

    private fun limited(page: Page, card: Card, limits: TemporaryUse) {
        val used = card.rules.used
        limits.taps?.let { page.row(getText(R.string.taps_limit), getString(R.string.used_of, "${used?.taps}", "$it")) }
        limits.untilMs?.let {
            val day = Days.words(this, Days.of(it))
            page.row(getText(R.string.until_limit), getString(R.string.day_and_time, day, Days.timeOfDay(this, it)))
        }
        for (most in limits.amounts) {
            val paid = used?.paid?.find { it.currency == most.currency }?.minor ?: 0
            val words = listOf(paid, most.total).map { Money.words(it, most.currency) }
            page.row(getText(R.string.amount_limit), getString(R.string.used_of, words[0], words[1]))
        }
        page.otherButton(getText(R.string.lift_limit)) { verified.ask(card) { it.limitUse(card, null) } }
    }

    internal companion object {
        private const val CARD = "card"
        private const val EURO = 978
        private const val SOME = 50_00L
        private const val DAY_MS = 86_400_000L

        fun of(context: Context, card: Card): Intent = Intent(context, RulesActivity::class.java).putExtra(CARD, card.id)
    }
}
