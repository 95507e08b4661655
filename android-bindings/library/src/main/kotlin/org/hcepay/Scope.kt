package org.hcepay

/**
 * What the holder verifies for: any payment, one card, or one payment. For any other than that the terminal is told that verification
 * is needed, and the verification stays good until its window ends.
 */
public class Scope private constructor(internal val cardId: Int?, internal val amount: Amount?) {
    override fun equals(other: Any?): Boolean = other is Scope && other.cardId == cardId && other.amount == amount

    override fun hashCode(): Int = 31 * (cardId ?: 0) + amount.hashCode()

    override fun toString(): String = "Scope(${cardId ?: "any card"}, ${if (amount == null) "any amount" else "one amount"})"

    /** Makes scopes. */
    public companion object {
        /** Any payment with the card that pays. */
        @JvmField
        public val ANY_CARD: Scope = Scope(null, null)

        /** A payment with this card; also what a card's holder must be verified for, as by [Wallet.unfreeze]. */
        @JvmStatic
        public fun card(card: Card): Scope = Scope(card.id, null)

        /** A payment of exactly this amount with this card. */
        @JvmStatic
        public fun payment(card: Card, amount: Amount): Scope {
            require(amount.minor >= 0 && amount.currency in 0..0xFFFF) { "no payment has this amount" }
            return Scope(card.id, amount)
        }

        /** What the first of two taps has told: its card and its amount, as far as they are known. */
        @JvmStatic
        public fun of(report: TapReport): Scope = Scope(report.cardId, report.amount.takeIf { report.cardId != null })
    }
}
