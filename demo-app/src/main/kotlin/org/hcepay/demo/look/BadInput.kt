package org.hcepay.demo.look

import org.hcepay.WalletException
import org.hcepay.demo.R
import org.hcepay.demo.Trouble

/** What is wrong with what was typed: it is said, and nothing is done. */
internal class BadInput(private val screen: Screen, private val redraw: () -> Unit) {
    private var wrong: Trouble? = null
    private var noAmount: String? = null

    /** Where the work is refused, that stands on the page from then on. */
    fun tries(work: () -> Unit) {
        noAmount = null
        wrong = try {
            work()
            null
        } catch (failed: WalletException) {
            Trouble.of(failed)
        }
        redraw()
    }

    /** The amount in minor units; null where it is none, and then that is said with [example], minor units too. */
    fun minor(typed: String, currency: Int, example: Long, least: Long = 0): Long? =
        Money.minor(typed, currency)?.takeIf { it >= least } ?: null.also {
            noAmount = screen.getString(R.string.no_amount, typed, Money.typed(example, currency))
        }

    fun draw(page: Page) {
        wrong?.let { screen.trouble(page, it) }
        noAmount?.let(page::warning)
    }
}
