package org.hcepay

/** Why the issuer declined. */
public enum class DeclineReason {
    /** It does not say. */
    NOT_TOLD,

    /** There was not enough money. */
    INSUFFICIENT_FUNDS,

    /** It was above what the account may pay. */
    OVER_LIMIT,

    /** The account or its card is blocked. */
    BLOCKED,

    /** It looked like fraud. */
    SUSPECTED_FRAUD,

    /** The holder was not verified as the issuer wants it. */
    NOT_VERIFIED,
}

/** What became of a payment, by the issuer's word. */
public enum class Settled {
    /** It approved the payment. */
    APPROVED,

    /** It declined. */
    DECLINED,

    /** The money has moved. */
    CLEARED,

    /** The merchant gave money back: so much in all. */
    REFUNDED,

    /** The merchant took the payment back before it was cleared. */
    REVERSED,

    /** The merchant asks for another amount than at first, as a hotel or a petrol station does. */
    AMOUNT_CHANGED,
}

/**
 * One word of the issuer about one payment.
 *
 * @property settled what became of it
 * @property declineReason why, where it was declined
 * @property atMs when, by the issuer's clock, in milliseconds since 1970
 * @property amount how much
 * @property aid the payment's application, in hexadecimal
 * @property counter the payment's counter (ATC)
 */
public class Settlement internal constructor(
    public val settled: Settled,
    public val declineReason: DeclineReason?,
    public val atMs: Long,
    public val amount: Amount,
    public val aid: String,
    public val counter: Int,
) {
    override fun toString(): String = "Settlement($settled)"
}

/**
 * A row of the journal: what the card knows of a contact, and what the issuer said of its payments since.
 *
 * @property id names it, for [Wallet.journal] and [Wallet.deleteRow]: the contact's number, or for a payment that only the issuer
 * tells of, one that no contact has. Given once; later rows have higher ones
 * @property report the contact. Of a payment that only the issuer tells of: [Outcome.UNKNOWN], without a reason or an attempt
 * @property merchant the merchant as the issuer knows it. What the terminal calls itself, nobody has proved:
 * [TerminalClaims.merchantName]
 * @property settlements what the issuer said, oldest first; the last of each kind for each payment
 */
public class JournalRow internal constructor(
    public val id: Long,
    public val report: TapReport,
    public val merchant: String?,
    public val settlements: List<Settlement>,
) {
    override fun toString(): String = "JournalRow($id, ${report.outcome}, ${report.reason})"
}
