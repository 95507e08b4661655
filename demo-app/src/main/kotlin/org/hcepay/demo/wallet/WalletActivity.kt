package org.hcepay.demo.wallet

import org.hcepay.AlertAction
import org.hcepay.Card
import org.hcepay.CardState
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.coupon.CouponsActivity
import org.hcepay.demo.demo
import org.hcepay.demo.engineer.BadDaysActivity
import org.hcepay.demo.engineer.TimelineActivity
import org.hcepay.demo.journal.AlertWords
import org.hcepay.demo.journal.AlertsActivity
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.look.Left
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.pay.paysNext

/** The cards, the one that pays next first. */
class WalletActivity : WalletScreen() {
    override val leadsBack get() = false

    override fun onNoWallet() {
        show(WelcomeActivity::class.java)
        finish()
    }

    override fun draw(page: Page, wallet: Wallet) {
        news(page)
        alerts(page, wallet)
        val next = wallet.paysNext()
        val cards = wallet.cards.sortedByDescending { it.id == next?.id }
        if (cards.isEmpty()) noCards(page) else page.small(getText(R.string.only_a_test))
        for (card in cards) card(page, card, isNext = card.id == next?.id)
        page.section(getText(R.string.more))
        page.row(getText(R.string.journal), getText(R.string.journal_about)) { show(JournalActivity::class.java) }
        page.row(getText(R.string.coupons), getText(R.string.coupons_row)) { show(CouponsActivity::class.java) }
        page.row(getText(R.string.alerts), getText(R.string.alerts_about)) { show(AlertsActivity::class.java) }
        page.row(getText(R.string.add_card), getText(R.string.add_card_row)) { show(AddCardActivity::class.java) }
        page.row(getText(R.string.keys), getText(R.string.keys_row)) { show(KeysActivity::class.java) }
        page.row(getText(R.string.this_phone), getText(R.string.this_phone_row)) { show(CheckActivity::class.java) }
        if (cards.isNotEmpty()) {
            page.row(getText(R.string.self_test), getText(R.string.self_test_row)) {
                show(SelfTestActivity::class.java)
            }
        }
        engineers(page)
    }

    /** The last that the holder is to be told. What is only noted stands among the others. */
    private fun alerts(page: Page, wallet: Wallet) {
        val waiting = wallet.alerts.filter { it.action != AlertAction.NOTE }
        if (waiting.isEmpty()) return
        page.warning(AlertWords.sentence(this, waiting.last()))
        page.otherButton(resources.getQuantityString(R.plurals.look_at_alerts, waiting.size, waiting.size)) {
            show(AlertsActivity::class.java)
        }
    }

    private fun engineers(page: Page) {
        page.section(getText(R.string.engineers))
        page.switch(getText(R.string.engineers_switch), demo.isForEngineers) {
            demo.isForEngineers = it
            redraw()
        }
        if (!demo.isForEngineers) return
        page.row(getText(R.string.timeline), getText(R.string.timeline_row)) { show(TimelineActivity::class.java) }
        page.row(getText(R.string.bad_days), getText(R.string.bad_days_row)) { show(BadDaysActivity::class.java) }
    }

    private fun noCards(page: Page) {
        page.text(getText(R.string.no_cards))
        page.button(getText(R.string.add_card)) { show(AddCardActivity::class.java) }
    }

    private fun card(page: Page, card: Card, isNext: Boolean) {
        val opens = { startActivity(CardActivity.of(this, card)) }
        page.section(heading(card, isNext))
        page.card(card, above = 8, press = opens)
        val keys = card.replenishment
        page.row(Left.payments(this, keys.usesLeft), Left.days(this, keys), opens)
        when {
            card.state == CardState.WAITING -> page.button(getText(R.string.enter_code), opens)
            isNext && Words.mayPay(card) -> page.button(getText(R.string.pay)) { show(PayActivity::class.java) }
        }
    }

    /** Cards of one scheme have the same label: the bank's name for each tells them apart. */
    private fun heading(card: Card, isNext: Boolean): CharSequence {
        val name = demo.atBank.find { it.card == card.id }?.let { Words.offer(it.name) }?.let(::getString)
        if (!isNext) return name ?: getText(R.string.card)
        val next = getString(if (Words.mayPay(card)) R.string.pays_next else R.string.would_pay_next)
        return if (name == null) next else getString(R.string.next_and_name, next, name)
    }
}
