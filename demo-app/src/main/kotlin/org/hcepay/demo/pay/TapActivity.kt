package org.hcepay.demo.pay

import android.content.Context
import android.content.Intent
import android.os.Bundle
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Screen
import org.hcepay.demo.look.Words
import org.hcepay.demo.wallet.KeysActivity

/** One tap: what came of it and why, and each attempt that the reader made. */
class TapActivity : Screen() {
    private var tap: Tap? = null
    private var isRead = false

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val id = intent.getLongExtra(TAP, 0)
        demo.read({ demo.taps.tap(id) }) {
            tap = it
            isRead = true
            if (!isDestroyed) redraw()
        }
    }

    override fun draw(page: Page) {
        val tap = tap
        when {
            tap != null -> tap(page, tap)
            isRead -> page.text(getText(R.string.no_such_tap))
            else -> page.busy(getText(R.string.reading))
        }
    }

    private fun tap(page: Page, tap: Tap) {
        page.headline(getText(Words.outcome(tap.outcome)))
        tap.amount?.let { page.headline(Money.words(it)) }
        tap.reason?.let { page.text(getText(Words.reason(it))) }
        if (tap.reason in Words.HELPED_BY_NEW_PAYMENTS) page.button(getText(R.string.keys)) { show(KeysActivity::class.java) }
        page.small(getText(R.string.only_a_test))
        page.section(getText(R.string.details))
        page.row(
            getText(R.string.when_it_was),
            getString(R.string.day_and_time, Days.words(this, Days.of(tap.at)), Days.timeOfDay(this, tap.at)),
        )
        tap.lastFour?.let { page.row(getText(R.string.card), getString(R.string.covered, it)) }
        if (tap.isSelfTest) page.row(getText(R.string.self_test), getText(R.string.was_self_test))
        tap.aid?.let { page.row(getText(R.string.application), it) }
        tap.counter?.let { page.row(getText(R.string.counter), "$it") }
        if (tap.attempts.isEmpty()) return
        page.section(getText(R.string.attempts))
        for (attempt in tap.attempts) {
            val title = listOfNotNull(attempt.amount?.let(Money::words), getString(Words.outcome(attempt.outcome))).joinToString(" · ")
            page.row(title, getText(Words.reason(attempt.reason)))
        }
    }

    internal companion object {
        private const val TAP = "tap"

        fun of(context: Context, tap: Tap): Intent = Intent(context, TapActivity::class.java).putExtra(TAP, tap.id)
    }
}
