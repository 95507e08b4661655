package org.hcepay.demo.look

import org.hcepay.Amount
import java.math.BigDecimal
import java.text.NumberFormat
import java.util.Currency
import java.util.Locale

/** Amounts as people of the phone's country and language write them. */
internal object Money {
    fun words(amount: Amount): String = words(amount.minor, amount.currency)

    /** @param currency the number of ISO 4217 */
    fun words(minor: Long, currency: Int): String {
        val known = Currency.getAvailableCurrencies().find { it.numericCode == currency } ?: return "$minor ($currency)"
        val format = NumberFormat.getCurrencyInstance(Locale.getDefault())
        format.currency = known
        val digits = known.defaultFractionDigits.coerceAtLeast(0)
        format.minimumFractionDigits = digits
        format.maximumFractionDigits = digits
        return format.format(BigDecimal.valueOf(minor, digits))
    }
}
