package org.hcepay.demo.wallet

import android.content.Intent
import android.provider.Settings
import org.hcepay.Card
import org.hcepay.Wallet
import org.hcepay.Why
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Left
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words

/** How often the cards can still pay without network, and what to ask the bank for. */
class KeysActivity : WalletScreen() {
    override fun draw(page: Page, wallet: Wallet) {
        page.text(getText(R.string.keys_about))
        demo.trouble?.takeIf { demo.work == null }?.let { trouble(page, it) }
        if (demo.nothingWanted) page.text(getText(R.string.nothing_wanted))
        demo.work?.let { page.busy(getText(Words.work(it))) }
        mending(page, wallet)
        for (card in wallet.cards) card(page, wallet, card)
        if (demo.work != null) return
        if (!wallet.isRolledBack && !wallet.isClockSetBack) {
            page.button(getText(R.string.get_payments)) { demo.ask { it.replenishmentRequest() } }
        }
    }

    /** What keeps every card from paying until the bank has spoken. */
    private fun mending(page: Page, wallet: Wallet) {
        val isFree = demo.work == null
        if (wallet.isRolledBack) {
            page.warning(getText(R.string.trouble_rolled_back))
            if (isFree) page.button(getText(R.string.mend_rolled_back)) { demo.ask { it.resynchronisationRequest() } }
        }
        if (wallet.isClockWrong) {
            page.warning(getText(R.string.clock_wrong))
            page.button(getText(R.string.set_clock)) { startActivity(Intent(Settings.ACTION_DATE_SETTINGS)) }
        } else if (wallet.isClockSetBack) {
            page.warning(getText(R.string.clock_set_back))
            if (isFree) page.button(getText(R.string.mend_clock)) { demo.ask { it.issuerTimeRequest() } }
        }
        if (!wallet.isRolledBack && !wallet.isClockSetBack && demo.trouble == null) page.small(getText(R.string.nothing_to_mend))
    }

    private fun card(page: Page, wallet: Wallet, card: Card) {
        val keys = card.replenishment
        page.section(getString(R.string.card_name, card.applications.first().label, card.lastFour))
        // Where no card pays, it is no comfort that there is enough.
        val why = if (wallet.isClockSetBack && keys.why == Why.ENOUGH) null else getText(Words.why(card))
        val advice = listOfNotNull(Left.days(this, keys), why, Words.ask(keys.ask)?.let(::getText))
        page.row(Left.payments(this, keys.usesLeft), advice.joinToString("\n"))
    }
}
