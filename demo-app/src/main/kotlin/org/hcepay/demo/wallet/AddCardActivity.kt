package org.hcepay.demo.wallet

import android.os.Bundle
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.desk.DemoCard
import org.hcepay.demo.desk.Desk
import org.hcepay.demo.desk.StateAtIssuer
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.WalletScreen
import org.hcepay.demo.look.Words

/** The demo cards that the bank has on offer and the wallet has not. */
class AddCardActivity : WalletScreen() {
    override val showsCards get() = false
    private var offers: List<DemoCard>? = null

    /** Whether the holder is to prove who they are first. */
    private var withCheck = false

    /** The card that was asked for. */
    private var wanted: String? = null

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        withCheck = savedInstanceState?.getBoolean(WITH_CHECK) ?: false
        wanted = savedInstanceState?.getString(WANTED)
        demo.read({ Desk.offers() }) {
            offers = it
            if (!isDestroyed) redraw()
        }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putBoolean(WITH_CHECK, withCheck)
        state.putString(WANTED, wanted)
    }

    override fun draw(page: Page, wallet: Wallet) {
        val there = demo.atBank.filter { it.state != StateAtIssuer.DELETED }.map { it.name }
        if (wanted in there && demo.work == null && demo.trouble == null) return finish()
        page.text(getText(R.string.add_card_about))
        news(page)
        if (demo.work != null) return
        val free = offers?.filter { it.name !in there } ?: return
        if (free.isEmpty()) {
            page.text(getText(R.string.no_offers))
            return
        }
        page.switch(getText(R.string.with_check), withCheck) { withCheck = it }
        page.small(getText(R.string.with_check_about))
        page.section(getText(R.string.offers))
        for (offer in free) offer(page, offer)
    }

    private fun offer(page: Page, offer: DemoCard) {
        val title = Words.offer(offer.name)?.let(::getText) ?: offer.title
        val about = Words.aboutOffer(offer.name)?.let(::getText) ?: offer.about
        page.row(title, about) {
            wanted = offer.name
            demo.addCard(offer.name, if (withCheck) CODES else 0)
        }
    }

    private companion object {
        const val WITH_CHECK = "with-check"
        const val WANTED = "wanted"

        /** How many may be tried. */
        const val CODES = 3
    }
}
