package org.hcepay

/**
 * What a card may pay in one currency without its holder verified. All payments without verification count, in whatever currency.
 *
 * @property currency the number of ISO 4217, such as 978 for the euro
 * @property single the most that one payment may be, in minor units
 * @property total the most that all payments in this currency may be since the holder was last verified
 * @property count the most payments since the holder was last verified, 1 to 255
 */
public class Allowance(public val currency: Int, public val single: Long, public val total: Long, public val count: Int) {
    override fun equals(other: Any?): Boolean =
        other is Allowance && other.currency == currency && other.single == single && other.total == total && other.count == count

    override fun hashCode(): Int = 31 * single.hashCode() + currency

    override fun toString(): String = "Allowance($currency)"
}
