package org.hcepay

/**
 * An amount of money.
 *
 * @property minor in minor units, such as cents; negative only in a [Balance]
 * @property currency the number of ISO 4217, such as 978 for the euro
 */
public class Amount(public val minor: Long, public val currency: Int) {
    override fun equals(other: Any?): Boolean = other is Amount && other.minor == minor && other.currency == currency

    override fun hashCode(): Int = 31 * minor.hashCode() + currency

    override fun toString(): String = "$minor minor units of currency $currency"
}
