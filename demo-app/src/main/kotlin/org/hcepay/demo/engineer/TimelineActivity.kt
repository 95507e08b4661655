package org.hcepay.demo.engineer

import android.content.Intent
import android.os.Bundle
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.desk.Desk
import org.hcepay.demo.look.Exchanges
import org.hcepay.demo.look.Milliseconds
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.Screen
import org.hcepay.demo.pay.SelfTestActivity

/** What a reader says to the card and what the card answers, as it comes, decoded, with account data covered. */
class TimelineActivity : Screen() {
    private lateinit var exchanges: Exchanges

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        exchanges = Exchanges(this, savedInstanceState)
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        exchanges.save(state)
    }

    override fun draw(page: Page) {
        val moments = demo.timeline.moments
        page.text(getText(R.string.timeline_about))
        if (moments.isEmpty()) {
            page.headline(getText(R.string.timeline_empty))
            page.button(getText(R.string.self_test)) { show(SelfTestActivity::class.java) }
            return
        }
        val decoded = Desk.decode(moments.map { it.exchange })
        val whole = moments.last().let { it.atMicroseconds + it.exchange.microseconds }
        page.headline(getString(R.string.timeline_whole, moments.size, Milliseconds.words(whole)))
        exchanges.draw(page, decoded, ::redraw) { place ->
            val moment = moments[place]
            val came = Milliseconds.words(moment.atMicroseconds)
            val status = decoded[place].statusWord?.let { "%04X".format(it) } ?: getString(R.string.no_status_word)
            getString(R.string.timeline_moment, came, Milliseconds.words(moment.exchange.microseconds), status)
        }
        page.otherButton(getText(R.string.timeline_clear)) { demo.timeline.clear() }
        val wallet = demo.wallet ?: return
        page.text(getText(R.string.share_trace_about))
        page.otherButton(getText(R.string.share_trace)) { share(wallet.trace()) }
    }

    /** To whichever app the holder chooses. */
    private fun share(trace: String) {
        val sent = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, trace)
        startActivity(Intent.createChooser(sent, getText(R.string.share_trace)))
    }
}
