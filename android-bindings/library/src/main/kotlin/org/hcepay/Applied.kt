package org.hcepay

/** What an envelope of the issuer was for. */
public enum class Purpose {
    /** A new card. */
    INSTALL_CARD,

    /** Payment keys for a card. */
    REPLENISH_KEYS,

    /** What a card may do with its keys. */
    POLICY,

    /** A card must not pay for now. */
    SUSPEND,

    /** A card may pay, for the first time or again. */
    RESUME,

    /** A new profile for the same card. */
    RENEW,

    /** A card ends. */
    DELETE,

    /** The issuer's clock: what a request is answered by where nothing else is to be said. */
    ISSUER_TIME,

    /** Another issuer key from now on. */
    ROTATE_ISSUER_KEY,

    /** The counters of a wallet that was put back to an older copy. */
    RESYNCHRONISE,

    /** What became of payments: it stands in their rows ([Wallet.journal]). */
    NOTICES,

    /** What is on the account behind a card ([Wallet.balance]). */
    STATEMENT,

    /** What became of transfers ([Wallet.transfers]). */
    TRANSFER_NOTICES,

    /** A coupon ([Wallet.coupons]). */
    COUPON,

    /** Whose coupons are taken, or no longer. */
    COUPON_SIGNER,

    /** What became of uses of coupons that were presented. */
    COUPON_NOTICES,
}

/**
 * An envelope was applied, and is safe on the disk.
 *
 * @property purpose what it was for; null where this very envelope had been applied before
 * @property cardId which card it was about, if about one, also where its code was wrong
 * @property highestSequence the highest sequence that was applied: to be acknowledged to the issuer
 * @property isCodeWrong whether it answers a [Wallet.identityCheckRequest] whose code was wrong. How many may still be tried,
 * [Card.codesLeft] says
 */
public class Applied internal constructor(
    public val purpose: Purpose?,
    public val cardId: Int?,
    public val highestSequence: Long,
    public val isCodeWrong: Boolean,
) {
    override fun toString(): String = "Applied($purpose)"
}
