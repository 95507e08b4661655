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

/** A change to a card that only its verified holder may make: the prompt comes up, and then it is made. */
internal class VerifiedChange(private val screen: Activity, private val redraw: () -> Unit) : Verification.Callback {
    private var asking: CancellationSignal? = null
    private var change: (Wallet) -> Unit = {}
    private var isRefused = false

    fun ask(card: Card, change: (Wallet) -> Unit) {
        val wallet = screen.demo.wallet
        if (wallet == null || asking != null) return
        this.change = change
        isRefused = false
        val cancel = CancellationSignal().also { asking = it }
        redraw()
        val text = PromptText(screen.getText(R.string.change_title), null, screen.getText(R.string.prompt_cancel))
        Verification.request(screen, wallet, text, cancel, this, WINDOW_SECONDS, Scope.card(card))
    }

    /** Where it stands. */
    fun draw(page: Page) {
        if (asking != null) page.busy(screen.getText(R.string.verifying))
        if (isRefused) page.warning(screen.getText(R.string.change_refused))
    }

    fun cancel() {
        asking?.cancel()
    }

    override fun onArmed(armed: Armed) {
        asking = null
        screen.demo.change(change)
    }

    override fun onRefused(why: Refusal) {
        asking = null
        isRefused = true
        if (!screen.isDestroyed) redraw()
    }

    private companion object {
        /** The change follows at once. */
        const val WINDOW_SECONDS = 5
    }
}
