package org.hcepay

import org.hcepay.internal.Native

/**
 * What is to be paid online, and to whom. What the holder confirms is in it, and nobody can change it behind that: he verifies for
 * exactly this one ([Scope.order]), the phone signs it, and the issuer reads it.
 *
 * @property amount how much
 * @property merchantName what the holder is shown of the merchant: at most 64 bytes, without anything that cannot be seen
 * @property country the merchant's country, ISO 3166 numeric; null where it is not told
 * @property category the merchant's category code (ISO 18245); null where it is not told
 */
public class OnlineOrder internal constructor(
    public val amount: Amount,
    public val merchantName: String,
    public val country: Int?,
    public val category: Int?,
    internal val digest: ByteArray,
    internal val all: ByteArray,
) {
    /** The order as merchant and issuer read it, for the app to hand on. */
    public val bytes: ByteArray get() = all.clone()

    override fun toString(): String = "OnlineOrder"

    /** Takes orders over. */
    public companion object {
        /**
         * Reads an order as a merchant's server has written it. No waiting.
         *
         * @throws WalletException [Reason.ORDER_INVALID] and what is wrong with it
         */
        @JvmStatic
        @Throws(WalletException::class)
        public fun read(bytes: ByteArray): OnlineOrder {
            Wallet.loadNatives()
            return MessageReader(Answer.payload(Native.readOrder(bytes))).order()
        }

        /**
         * Makes an order of what a merchant asks. No waiting.
         *
         * @param amount at least 1 minor unit, at most 12 digits
         * @param merchantId by which the issuer knows the merchant: 1 to 64 characters of ASCII
         * @param merchantName 1 to 64 bytes as UTF-8
         * @param nonce the merchant's own, for this order alone: 8 to 32 bytes
         * @throws WalletException [Reason.ORDER_INVALID] and what is wrong with it
         */
        @JvmStatic
        @JvmOverloads
        @Throws(WalletException::class)
        public fun of(
            amount: Amount,
            merchantId: String,
            merchantName: String,
            nonce: ByteArray,
            country: Int? = null,
            category: Int? = null,
        ): OnlineOrder {
            Wallet.loadNatives()
            val (id, name) = merchantId.toByteArray() to merchantName.toByteArray()
            // A number below 0 is none, and not one that is not told.
            val (inCountry, ofCategory) = listOf(country, category).map { it?.coerceAtLeast(0) ?: -1 }
            val answer = Native.orderOf(amount.minor, amount.currency, id, name, nonce, inCountry, ofCategory)
            return MessageReader(Answer.payload(answer)).order()
        }
    }
}
