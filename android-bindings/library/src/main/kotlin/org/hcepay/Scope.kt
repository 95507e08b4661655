package org.hcepay

import java.nio.ByteBuffer

/**
 * What the holder verifies for: any payment at a terminal, one card, one payment, one order online, one code, or one transfer. For any other than
 * that verification is needed, and this one stays good until its window ends.
 *
 * @property bytes as the core reads it: `scope.rs` says how
 */
public class Scope private constructor(private val words: String, internal val bytes: ByteArray) {
    override fun equals(other: Any?): Boolean = other is Scope && other.bytes.contentEquals(bytes)

    override fun hashCode(): Int = bytes.contentHashCode()

    override fun toString(): String = "Scope($words)"

    /** Makes scopes. */
    public companion object {
        /** Any payment at a terminal with the card that pays. */
        @JvmField
        public val ANY_CARD: Scope = Scope("any card", byteArrayOf(0))

        /** A payment at a terminal with this card; also what a card's holder must be verified for, as by [Wallet.unfreeze]. */
        @JvmStatic
        public fun card(card: Card): Scope = card(card.id)

        /** A payment of exactly this amount at a terminal with this card. */
        @JvmStatic
        public fun payment(card: Card, amount: Amount): Scope {
            require(amount.minor >= 0 && amount.currency in 0..0xFFFF) { "no payment has this amount" }
            return payment(card.id, amount)
        }

        /** What the first of two taps has told: its card and its amount, as far as they are known. */
        @JvmStatic
        public fun of(report: TapReport): Scope = when {
            report.cardId == null -> ANY_CARD
            report.amount == null -> card(report.cardId)
            else -> payment(report.cardId, report.amount)
        }

        /** Exactly this order, online and with this card ([Wallet.payOnline]): no terminal is paid by it. */
        @JvmStatic
        public fun order(card: Card, order: OnlineOrder): Scope = of(3, card.id, "one order") { put(order.digest) }

        /** One code that this card shows ([Wallet.showCode]): no terminal is paid by it. */
        @JvmStatic
        public fun code(card: Card): Scope = of(4, card.id, "one code") {}

        /** Exactly this transfer from the account behind this card ([Wallet.transfer]): nothing is paid by it. */
        @JvmStatic
        public fun transfer(card: Card, transfer: Transfer): Scope = of(5, card.id, "one transfer") { put(transfer.digest) }

        private fun card(cardId: Int) = of(1, cardId, "any amount") {}

        private fun payment(cardId: Int, amount: Amount) = of(2, cardId, "one amount") {
            putLong(amount.minor).putShort(amount.currency.toShort())
        }

        private fun of(what: Byte, cardId: Int, words: String, more: ByteBuffer.() -> Unit): Scope {
            val bytes = ByteBuffer.allocate(LONGEST).put(what).putInt(cardId).apply(more)
            return Scope("card $cardId, $words", bytes.array().copyOf(bytes.position()))
        }

        /** With the digest of an order or a transfer. */
        private const val LONGEST = 37
    }
}
