package org.hcepay.demo.look

import android.app.Activity
import android.os.CancellationSignal
import org.hcepay.Armed
import org.hcepay.Card
import org.hcepay.PromptText
import org.hcepay.Refusal
import org.hcepay.Scope
import org.hcepay.Verification
import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.demo

/** What only the verified holder may do, such as a change to a card: the prompt comes up, and then it is done. */
internal class VerifiedChange(private val screen: Activity, private val redraw: () -> Unit) : Verification.Callback {
    private var asking: CancellationSignal? = null
    private var then: () -> Unit = {}
    private var isRefused = false

    val isAsking: Boolean get() = asking != null

    fun ask(card: Card, change: (Wallet) -> Unit) = ask(R.string.change_title, Scope.card(card)) { screen.demo.change(change) }

    /** For whatever else wants its holder; it is done at once. */
    fun ask(title: Int, scope: Scope, then: () -> Unit) {
        val wallet = screen.demo.wallet
        if (wallet == null || asking != null) return
        this.then = then
        isRefused = false
        val cancel = CancellationSignal().also { asking = it }
        redraw()
        val text = PromptText(screen.getText(title), null, screen.getText(R.string.prompt_cancel))
        Verification.request(screen, wallet, text, cancel, this, WINDOW_SECONDS, scope)
    }

    /** Where it stands. */
    fun draw(page: Page, refused: Int = R.string.change_refused) {
        if (asking != null) page.busy(screen.getText(R.string.verifying))
        if (isRefused) page.warning(screen.getText(refused))
    }

    fun cancel() {
        asking?.cancel()
    }

    override fun onArmed(armed: Armed) {
        asking = null
        then()
    }

    override fun onRefused(why: Refusal) {
        asking = null
        isRefused = true
        if (!screen.isDestroyed) redraw()
    }

    private companion object {
        /** It is done at once. */
        const val WINDOW_SECONDS = 5
    }
}
