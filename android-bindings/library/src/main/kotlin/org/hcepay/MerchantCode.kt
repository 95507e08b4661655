package org.hcepay

import org.hcepay.internal.Native

/**
 * A merchant's QR code (EMV QRCPS, Merchant-Presented Mode), and what its payer is shown before he pays: [Wallet.orderOf]. Nobody has
 * proved what stands in it.
 *
 * @property merchantName the merchant's name, 1 to 25 characters
 * @property merchantCity the merchant's city, 1 to 15 characters
 * @property currency the number of ISO 4217 in which it is paid
 * @property amount what is bought; null where the payer types it
 * @property asksForTip whether the payer is asked for a tip, and may give none
 * @property fixedFee a fee beside the amount; null where there is none
 * @property feeHundredthsOfPercent a fee in hundredths of a percent of the amount, 1 to 9,999; null where there is none
 */
public class MerchantCode internal constructor(
    internal val text: ByteArray,
    public val merchantName: String,
    public val merchantCity: String,
    public val currency: Int,
    public val amount: Amount?,
    public val asksForTip: Boolean,
    public val fixedFee: Amount?,
    public val feeHundredthsOfPercent: Int?,
) {
    override fun toString(): String = "MerchantCode"

    /** Reads codes. */
    public companion object {
        /**
         * Reads the text of a code that was scanned or pasted. No waiting.
         *
         * @throws WalletException [Reason.QR_INVALID] and what is wrong with it
         */
        @JvmStatic
        @Throws(WalletException::class)
        public fun read(text: String): MerchantCode {
            Wallet.loadNatives()
            val bytes = text.toByteArray()
            return MessageReader(Answer.payload(Native.readCode(bytes))).merchantCode(bytes)
        }
    }
}
