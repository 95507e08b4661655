package org.hcepay.demo.wallet

import android.content.Intent
import org.hcepay.Card
import org.hcepay.demo.R
import org.hcepay.demo.State
import org.hcepay.demo.demo
import org.hcepay.demo.look.CardFace
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Screen
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity

/** The cards, the one that pays next first. */
class WalletActivity : Screen() {
    override val leadsBack get() = false

    override fun draw(page: Page) {
        when (val state = demo.state) {
            State.None -> {
                startActivity(Intent(this, WelcomeActivity::class.java))
                finish()
            }

            State.Opening -> page.busy(getText(R.string.opening_wallet))

            is State.Closed -> {
                page.warning(getText(Words.trouble(state.why)))
                page.button(getText(R.string.try_again)) { demo.open() }
            }

            is State.Open -> cards(page, state.wallet.cards.sortedByDescending { it.isDefault })
        }
    }

    private fun cards(page: Page, cards: List<Card>) {
        demo.trouble?.let { page.warning(getText(Words.trouble(it))) }
        demo.work?.let { page.busy(getText(Words.work(it))) }
        if (cards.isEmpty()) page.text(getText(R.string.no_cards))
        for (card in cards) {
            if (card.isDefault) page.section(getText(R.string.pays_next))
            page.view(CardFace(this, card), above = if (card.isDefault) 8 else 24)
            page.small(left(card))
            if (card.isDefault) page.button(getText(R.string.pay)) { startActivity(Intent(this, PayActivity::class.java)) }
        }
        if (cards.isNotEmpty()) {
            page.row(getText(R.string.self_test), getText(R.string.self_test_row)) {
                startActivity(Intent(this, SelfTestActivity::class.java))
            }
        }
    }

    private fun left(card: Card): String {
        val keys = card.replenishment
        val left = resources.getQuantityString(R.plurals.payments_left, keys.usesLeft, keys.usesLeft)
        val days = keys.daysOfCover?.let { resources.getQuantityString(R.plurals.days_of_cover, it, it) }
        return listOfNotNull(left, days).joinToString()
    }
}
