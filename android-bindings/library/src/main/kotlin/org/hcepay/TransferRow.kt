package org.hcepay

/** What became of a transfer. */
public enum class TransferState {
    /** The issuer has not said anything yet: the request may be sent again ([Wallet.transferRequest]), or was never sent. */
    PENDING,

    /** The money has moved. */
    DONE,

    /** The issuer refused it. */
    REFUSED,
}

/** Why the issuer refused a transfer. */
public enum class TransferRefusal {
    /** It does not say. */
    NOT_TOLD,

    /** There was not enough money. */
    INSUFFICIENT_FUNDS,

    /** It was above what may be transferred. */
    OVER_LIMIT,

    /** The account or its card is blocked. */
    BLOCKED,

    /** It looked like fraud. */
    SUSPECTED_FRAUD,

    /** It came too long after the holder had verified. */
    TOO_LATE,

    /** There is no such payee. */
    PAYEE_UNKNOWN,
}

/**
 * One transfer of the wallet's.
 *
 * @property number names it. Transfers and rows of the journal are numbered in one series: the higher came later
 * @property cardId from the account behind this card
 * @property atMs when it was asked for, by the phone's clock, in milliseconds since 1970
 * @property verified how the holder was verified for it
 * @property amount how much
 * @property payee what names the payee's account
 * @property payeeName what the holder was shown of the payee
 * @property note what the payee is told; may be empty
 * @property state what became of it
 * @property refusal why, where it was refused; else null
 * @property settledMs when the issuer said so, by its clock; null as long as it is pending
 */
public class TransferRow internal constructor(
    public val number: Long,
    public val cardId: Int,
    public val atMs: Long,
    public val verified: Method,
    public val amount: Amount,
    public val payee: String,
    public val payeeName: String,
    public val note: String,
    public val state: TransferState,
    public val refusal: TransferRefusal?,
    public val settledMs: Long?,
) {
    override fun toString(): String = "TransferRow($number, $state)"
}
