package org.hcepay

import org.hcepay.internal.Native

/**
 * Money that the holder sends from the account behind a card. What the holder confirms is in it, and nobody can change it behind that:
 * he verifies for exactly this one ([Scope.transfer]), the phone signs it, and the issuer reads it.
 *
 * @property amount how much
 * @property payee what names the payee's account to the issuer, such as an IBAN
 * @property payeeName what the holder is shown of the payee
 * @property note what the payee is told; may be empty
 */
public class Transfer private constructor(
    public val amount: Amount,
    public val payee: String,
    public val payeeName: String,
    public val note: String,
    internal val digest: ByteArray,
    internal val all: ByteArray,
) {
    override fun toString(): String = "Transfer"

    /** Makes transfers. */
    public companion object {
        /**
         * Makes a transfer of what the holder has typed. No waiting.
         *
         * @param amount at least 1 minor unit, at most 12 digits
         * @param payee 1 to 64 characters of ASCII
         * @param payeeName 1 to 64 bytes as UTF-8, without anything that cannot be seen
         * @param note at most 140 bytes as UTF-8, without anything that cannot be seen
         * @throws WalletException [Reason.TRANSFER_INVALID] and what is wrong with it
         */
        @JvmStatic
        @JvmOverloads
        @Throws(WalletException::class)
        public fun of(amount: Amount, payee: String, payeeName: String, note: String = ""): Transfer {
            Wallet.loadNatives()
            val (account, name, words) = listOf(payee, payeeName, note).map { it.toByteArray() }
            val answer = Native.transferOf(amount.minor, amount.currency, account, name, words)
            val (digest, all) = MessageReader(Answer.payload(answer)).transfer()
            return Transfer(amount, payee, payeeName, note, digest, all)
        }
    }
}

/**
 * A transfer that was asked for, to be sent to the issuer. It names the payee: the app's connection must be confidential.
 *
 * @property number names it ([TransferRow.number])
 * @property bytes for the issuer
 */
public class TransferRequest internal constructor(public val number: Long, public val bytes: ByteArray) {
    override fun toString(): String = "TransferRequest($number)"
}
