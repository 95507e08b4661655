package org.hcepay.demo.pay

import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Days
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Screen

/** What readers and the card have come to, by day, the newest first. */
class TapsActivity : Screen() {
    private var taps: List<Tap>? = null

    /** The last tap that there was when they were read. */
    private var readAt: Tap? = null

    override fun onStart() {
        super.onStart()
        read()
    }

    private fun read() {
        readAt = demo.lastTap
        demo.read(demo.taps::all) {
            taps = it
            if (!isDestroyed) redraw()
        }
    }

    override fun draw(page: Page) {
        if (readAt !== demo.lastTap) read()
        val taps = taps ?: return page.busy(getText(R.string.reading))
        if (taps.isEmpty()) {
            page.headline(getText(R.string.no_taps))
            page.text(getText(R.string.no_taps_about))
        } else {
            page.small(getText(R.string.only_a_test))
        }
        for ((day, those) in taps.groupBy { Days.of(it.at) }) {
            page.section(Days.words(this, day))
            for (tap in those) {
                page.row(TapWords.title(this, tap), TapWords.line(this, tap)) { startActivity(TapActivity.of(this, tap)) }
            }
        }
    }
}
