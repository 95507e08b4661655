package org.hcepay.demo.look

import org.hcepay.Amount
import java.math.BigDecimal
import java.text.DecimalFormatSymbols
import java.text.NumberFormat
import java.util.Currency
import java.util.Locale

/** Amounts as people of the phone's country and language write them. */
internal object Money {
    fun words(amount: Amount): String = words(amount.minor, amount.currency)

    /** @param currency the number of ISO 4217 */
    fun words(minor: Long, currency: Int): String {
        val known = known(currency) ?: return "$minor ($currency)"
        val format = NumberFormat.getCurrencyInstance(Locale.getDefault())
        format.currency = known
        val digits = digits(known)
        format.minimumFractionDigits = digits
        format.maximumFractionDigits = digits
        return format.format(BigDecimal.valueOf(minor, digits))
    }

    /** As it is typed: without the currency's sign and without marks between thousands. */
    fun typed(minor: Long, currency: Int): String {
        val plain = BigDecimal.valueOf(minor, known(currency)?.let(::digits) ?: 0).toPlainString()
        return plain.replace('.', DecimalFormatSymbols.getInstance().decimalSeparator)
    }

    /**
     * What was typed, in minor units. Point and comma both end the whole units, so what has marks between thousands is not taken for
     * a small amount: it has too many digits behind. Null where it is no amount of that currency.
     */
    fun minor(typed: String, currency: Int): Long? {
        val digits = known(currency)?.let(::digits) ?: 0
        val fraction = if (digits == 0) "" else "(?:[.,]([0-9]{1,$digits}))?"
        val parts = Regex("([0-9]{1,$MOST_DIGITS})$fraction").matchEntire(typed.trim())?.groupValues ?: return null
        return (parts[1] + parts.getOrElse(2) { "" }.padEnd(digits, '0')).toLong()
    }

    /** In three letters, as people write it; the number where no one knows it. */
    fun code(currency: Int): String = known(currency)?.currencyCode ?: "$currency"

    private fun known(currency: Int) = Currency.getAvailableCurrencies().find { it.numericCode == currency }

    private fun digits(known: Currency) = known.defaultFractionDigits.coerceAtLeast(0)

    private const val MOST_DIGITS = 9
}
