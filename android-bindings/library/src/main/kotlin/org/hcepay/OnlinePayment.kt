package org.hcepay

/**
 * An order that was paid, for the app to hand to the merchant, who asks the issuer by it. Whoever has it could pay with it: it belongs
 * in no log.
 *
 * @property token the card's token, 8 to 19 digits, with which the merchant fills in the card number
 * @property expires the month at whose end it expires; null where the issuer does not say
 * @property sequenceNumber tells cards of one token apart (5F34), 0 to 99; null where there is none
 * @property accountReference the payment account reference (PAR, 9F24), 29 characters; null where there is none
 * @property chipData the cryptogram and all that it is over: data objects for data element 55 of an authorisation request
 * @property orderDigest SHA-256 of [OnlineOrder.bytes]
 * @property signature the phone's signature over it, r and s of 32 bytes each
 * @property report what the journal says of it; to be acknowledged ([Wallet.acknowledge])
 */
public class OnlinePayment internal constructor(
    public val token: String,
    public val expires: ExpiryMonth?,
    public val sequenceNumber: Int?,
    public val accountReference: String?,
    public val chipData: ByteArray,
    public val orderDigest: ByteArray,
    public val signature: ByteArray,
    public val report: TapReport,
) {
    override fun toString(): String = "OnlinePayment($report)"
}
