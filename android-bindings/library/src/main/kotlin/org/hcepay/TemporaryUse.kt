package org.hcepay

/** In which way a card pays. */
public enum class Channel {
    /** At a terminal. */
    TAP,

    /** In an online shop. */
    ONLINE,

    /** By a code on the screen. */
    QR,
}

/**
 * The most that may be paid in one currency.
 *
 * @property currency the number of ISO 4217, such as 978 for the euro
 * @property single by one payment, in minor units
 * @property total by all
 */
public class MostPaid(public val currency: Int, public val single: Long, public val total: Long) {
    override fun equals(other: Any?): Boolean =
        other is MostPaid && other.currency == currency && other.single == single && other.total == total

    override fun hashCode(): Int = 31 * single.hashCode() + currency

    override fun toString(): String = "MostPaid($currency)"
}

/**
 * Until when, how often, how much and for what a card may pay ([Wallet.limitUse]). At least one of the first three must be named, so that
 * it ends.
 *
 * @property untilMs from when on it pays nothing, in milliseconds since 1970; null for no end
 * @property taps so many payments; null for any number
 * @property amounts the most for one payment and for all, in at most 4 currencies; where any is named, only these
 * @property channels where it may pay; empty for everywhere
 * @property merchantCategories which merchants, by the four digits that their terminals claim (ISO 18245), at most 16; empty for all. Only
 * for a card that asks terminals for it
 */
public class TemporaryUse @JvmOverloads constructor(
    public val untilMs: Long?,
    public val taps: Int?,
    public val amounts: List<MostPaid> = emptyList(),
    public val channels: Set<Channel> = emptySet(),
    public val merchantCategories: List<Int> = emptyList(),
) {
    override fun equals(other: Any?): Boolean = other is TemporaryUse && other.all == all

    override fun hashCode(): Int = all.hashCode()

    override fun toString(): String = "TemporaryUse"

    private val all get() = listOf(untilMs, taps, amounts, channels, merchantCategories)
}

/**
 * How much of a temporary use is gone. What a power loss may have taken away counts as the most that it can have been.
 *
 * @property taps so many payments
 * @property paid how much was paid, in the currencies that are limited
 */
public class TemporarilyUsed internal constructor(public val taps: Int, public val paid: List<Amount>) {
    override fun toString(): String = "TemporarilyUsed"
}
