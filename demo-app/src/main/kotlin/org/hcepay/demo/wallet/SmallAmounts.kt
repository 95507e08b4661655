package org.hcepay.demo.wallet

import android.app.Activity
import android.os.Bundle
import org.hcepay.Allowance
import org.hcepay.Card
import org.hcepay.demo.R
import org.hcepay.demo.demo
import org.hcepay.demo.look.Money
import org.hcepay.demo.look.Page
import org.hcepay.demo.look.VerifiedChange

/** What a card may pay without verification: whether it may at all, and how much of what the bank allows. */
internal class SmallAmounts(private val screen: Activity, private val verified: VerifiedChange, private val redraw: () -> Unit) {
    /** What stands in the fields where the holder has typed, by currency. */
    private val single = mutableMapOf<Int, String>()
    private val total = mutableMapOf<Int, String>()

    /** What is wrong with what was typed, once it was to be saved. */
    private var fault: String? = null

    fun save(state: Bundle) {
        for ((key, typed) in listOf(SINGLE to single, TOTAL to total)) {
            state.putBundle(key, Bundle().apply { typed.forEach { (currency, text) -> putString("$currency", text) } })
        }
        state.putString(FAULT, fault)
    }

    fun restore(state: Bundle?) {
        for ((key, typed) in listOf(SINGLE to single, TOTAL to total)) {
            val kept = state?.getBundle(key) ?: continue
            for (currency in kept.keySet()) typed[currency.toInt()] = kept.getString(currency).orEmpty()
        }
        fault = state?.getString(FAULT)
    }

    fun draw(page: Page, card: Card) {
        page.section(screen.getText(R.string.low_value))
        if (card.lowValue.isEmpty()) return page.text(screen.getText(R.string.low_value_none)).run { }
        for (most in card.lowValue) {
            val (single, total) = Money.words(most.single, most.currency) to Money.words(most.total, most.currency)
            page.text(screen.resources.getQuantityString(R.plurals.low_value_bank, most.count, single, total, most.count))
        }
        val isOn = card.rules.lowValue?.isEmpty() != true
        page.switch(screen.getText(R.string.low_value_switch), isOn) { isNowOn -> switch(card, isNowOn) }
        if (isOn) fields(page, card)
    }

    private fun switch(card: Card, isOn: Boolean) {
        single.clear()
        total.clear()
        fault = null
        if (isOn) verified.ask(card) { it.limitLowValue(card, null) } else screen.demo.change { it.limitLowValue(card, emptyList()) }
    }

    private fun fields(page: Page, card: Card) {
        for (most in card.lowValue) {
            val (currency, now) = most.currency to now(card, most)
            val code = Money.code(currency)
            page.amount(screen.getString(R.string.low_value_single, code), single[currency] ?: Money.typed(now.single, currency)) {
                single[currency] = it
            }
            page.amount(screen.getString(R.string.low_value_total, code), total[currency] ?: Money.typed(now.total, currency)) {
                total[currency] = it
            }
        }
        fault?.let(page::warning)
        page.otherButton(screen.getText(R.string.low_value_save)) { keep(card) }
    }

    /** What holds now: the holder's word, else the bank's. */
    private fun now(card: Card, most: Allowance): Allowance {
        val chosen = card.rules.lowValue ?: return most
        return chosen.find { it.currency == most.currency } ?: Allowance(most.currency, 0, 0, most.count)
    }

    /** Less holds at once; for more the holder verifies. */
    private fun keep(card: Card) {
        fault = null
        val wanted = card.lowValue.mapNotNull { most -> wanted(card, most) }
        if (fault != null) return redraw()
        val isMore = wanted.zip(card.lowValue).any { (one, most) -> now(card, most).let { one.single > it.single || one.total > it.total } }
        if (isMore) verified.ask(card) { it.limitLowValue(card, wanted) } else screen.demo.change { it.limitLowValue(card, wanted) }
    }

    /** Null where it is none: then [fault] says why. */
    private fun wanted(card: Card, most: Allowance): Allowance? {
        val (currency, now) = most.currency to now(card, most)
        val once = amount(single[currency], now.single, most.single, currency) ?: return null
        val inAll = amount(total[currency], now.total, most.total, currency) ?: return null
        if (once <= inAll) return Allowance(currency, once, inAll, most.count)
        fault = screen.getString(R.string.total_too_small)
        return null
    }

    private fun amount(typed: String?, now: Long, most: Long, currency: Int): Long? {
        val minor = if (typed == null) now else Money.minor(typed, currency)
        when {
            minor == null -> fault = screen.getString(R.string.no_amount, typed, Money.typed(most, currency))
            minor > most -> fault = screen.getString(R.string.over_bank, typed, Money.words(most, currency))
            else -> return minor
        }
        return null
    }

    private companion object {
        const val SINGLE = "single"
        const val TOTAL = "total"
        const val FAULT = "fault"
    }
}
