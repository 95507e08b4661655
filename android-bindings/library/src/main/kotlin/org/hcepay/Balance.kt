package org.hcepay

/**
 * What the issuer told of the account behind a card, last. What was paid since stands beside it and is not subtracted: the phone does
 * not know what the issuer has counted already.
 *
 * @property available what may be spent; below 0 where more was spent than there was
 * @property booked what has moved so far; may be below 0
 * @property asOfMs when it was so, by the issuer's clock, in milliseconds since 1970
 * @property ageMs how long ago that was, in milliseconds: to be shown beside it always. 0 where the issuer's clock is ahead of the phone's
 * @property sequence its place among the card's statements
 * @property paidSince the rows of the journal in which the card has paid since, newest first: also those that the issuer declined
 * @property sentSince the transfers from the card since, newest first: also those that the issuer refused
 */
public class Balance internal constructor(
    public val available: Amount,
    public val booked: Amount,
    public val asOfMs: Long,
    public val ageMs: Long,
    public val sequence: Long,
    public val paidSince: List<JournalRow>,
    public val sentSince: List<TransferRow>,
) {
    override fun toString(): String = "Balance($sequence)"
}
