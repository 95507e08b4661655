package org.hcepay.demo.wallet

import android.app.KeyguardManager
import org.hcepay.FindingKind
import org.hcepay.Routing
import org.hcepay.demo.R
import org.hcepay.demo.State
import org.hcepay.demo.demo
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Screen
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.CardService

/** First start: what this is, what the phone lacks, and the way to a first card. */
class WelcomeActivity : Screen() {
    override val showsCards get() = false
    override val leadsBack get() = false

    override fun draw(page: Page) {
        val state = demo.state
        if (state is State.Open && state.wallet.cards.isNotEmpty()) {
            show(WalletActivity::class.java)
            return finish()
        }
        page.headline(getText(R.string.welcome))
        page.text(getText(R.string.welcome_about))
        page.warning(getText(R.string.no_real_money))
        page.section(getText(R.string.this_phone))
        val lacks = Routing.check(this, CardService::class.java).filter { it.kind in LACKS }
        if (lacks.isEmpty()) page.text(getText(R.string.has_all))
        for (finding in lacks) page.text(getText(Words.finding(finding.kind)))
        demo.trouble?.let { trouble(page, it) }
        val work = demo.work
        if (work != null) return page.busy(getText(Words.work(work)))
        page.button(getText(R.string.add_first_card)) { demo.addCard(firstCard()) }
    }

    /** One that asks who its holder is; where nobody can verify, one that does not. */
    private fun firstCard(): String =
        if (getSystemService(KeyguardManager::class.java)?.isDeviceSecure == true) "kernel3-cvn18" else "kernel3-no-verification"

    private companion object {
        /** What the holder should know before there is a card. */
        val LACKS = setOf(
            FindingKind.NO_NFC,
            FindingKind.NO_HOST_CARD_EMULATION,
            FindingKind.NFC_OFF,
            FindingKind.NFC_NOT_ANSWERING,
            FindingKind.NO_SCREEN_LOCK,
        )
    }
}
