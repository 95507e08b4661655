package org.hcepay.demo.look

import android.app.Activity
import android.os.Bundle
import org.hcepay.demo.R
import org.hcepay.demo.desk.Exchange
import org.hcepay.demo.desk.Row

/** Commands and answers, a line each; who presses one sees what was said. Which one is open is kept with the screen. */
internal class Exchanges(private val screen: Activity, state: Bundle?) {
    private var opened: Int? = state?.getInt(OPENED, NONE)?.takeIf { it != NONE }

    fun save(state: Bundle) = state.putInt(OPENED, opened ?: NONE)

    /** [about] an exchange: what stands below its name. */
    fun draw(page: Page, exchanges: List<Exchange>, redraw: () -> Unit, about: (Int) -> CharSequence) {
        exchanges.forEachIndexed { place, exchange ->
            page.row(screen.getString(R.string.exchange, place + 1, exchange.name), about(place)) {
                opened = if (opened == place) null else place
                redraw()
            }
            if (opened == place) whole(page, exchange)
        }
    }

    private fun whole(page: Page, exchange: Exchange) {
        rows(page, R.string.reader_sends, exchange.sent)
        rows(page, R.string.card_answers, exchange.answered)
        page.small(screen.getText(DeskWords.statusWord(exchange.statusWord)))
        if (!exchange.isHeard) page.small(screen.getText(R.string.unheard))
    }

    private fun rows(page: Page, name: Int, rows: List<Row>) {
        if (rows.isEmpty()) return
        page.small(screen.getText(name))
        for (row in rows) page.dataObject(row.depth, "${row.tag} ${row.name}".trim(), row.value, row.meaning)
    }

    private companion object {
        const val OPENED = "opened"
        const val NONE = -1
    }
}
