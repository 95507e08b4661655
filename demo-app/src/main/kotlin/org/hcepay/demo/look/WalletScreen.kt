package org.hcepay.demo.look

import org.hcepay.Wallet
import org.hcepay.demo.R
import org.hcepay.demo.State
import org.hcepay.demo.Trouble
import org.hcepay.demo.demo

/** A screen that needs the wallet open: until it is, it says what is in the way. */
abstract class WalletScreen : Screen() {
    /** Draws the page with the wallet as it stands. */
    internal abstract fun draw(page: Page, wallet: Wallet)

    /** There is no wallet, or none any more. */
    protected open fun onNoWallet() = finish()

    final override fun draw(page: Page) {
        when (val state = demo.state) {
            State.None -> onNoWallet()
            State.Opening -> page.busy(getText(R.string.opening_wallet))
            is State.Closed -> closed(page, state.why)
            is State.Open -> draw(page, state.wallet)
        }
    }

    private fun closed(page: Page, why: Trouble) {
        val work = demo.work
        if (work != null) return page.busy(getText(Words.work(work)))
        trouble(page, why)
        if (!why.wantsNewWallet) page.button(getText(R.string.try_again)) { demo.open() }
    }

    /** What went wrong last, and what the app is busy with. */
    internal fun news(page: Page) {
        val (trouble, work) = demo.trouble to demo.work
        if (trouble != null) trouble(page, trouble)
        if (work != null) page.busy(getText(Words.work(work)))
    }
}
