package org.hcepay

/** How a coupon stands. Where several hold, the first of them. */
public enum class CouponState {
    /** It has no use left; also where an older copy of the wallet was put back: nobody here knows what was presented since. */
    USED_UP,

    /** It is over. */
    EXPIRED,

    /** The issuer has said to trust its signer no longer. */
    SIGNER_NOT_TRUSTED,

    /** It begins later. */
    NOT_YET_VALID,

    /** It can be presented. */
    VALID,
}

/** What became of a use, by the issuer's word. */
public enum class CouponSettled {
    /** The merchant has taken it. */
    REDEEMED,

    /** The merchant has not. It is gone all the same. */
    NOT_REDEEMED,

    /** The merchant had taken it, and has taken that back. */
    WITHDRAWN,
}

/**
 * A use that a terminal was given, or may have been.
 *
 * @property number which of the coupon's uses, from 1 on
 * @property atMs when, by the phone's clock, in milliseconds since 1970; null where a power loss took that
 * @property settled what became of it; null as long as the issuer has not said
 * @property settledMs when the issuer said so, by its clock
 */
public class PresentedUse internal constructor(
    public val number: Int,
    public val atMs: Long?,
    public val settled: CouponSettled?,
    public val settledMs: Long?,
) {
    override fun toString(): String = "PresentedUse($number, $settled)"
}

/**
 * The use of a coupon that a terminal was given in a contact, or may have been.
 *
 * @property couponId which coupon ([Coupon.id]); the wallet may hold it no longer
 * @property number which of its uses, from 1 on
 */
public class CouponUse internal constructor(public val couponId: String, public val number: Int) {
    override fun toString(): String = "CouponUse($number)"
}

/**
 * A coupon that the wallet holds.
 *
 * @property signer whose it is, by the issuer's word; null where it is the issuer's own
 * @property title what it is called
 * @property worth what it takes off a price, where that is money
 * @property worthInHundredthsOfPercent the same, where it is a part of the price
 * @property conditions what the merchant asks for it; may be empty, may have line breaks
 * @property validFromMs from when on, in milliseconds since 1970
 * @property validUntilMs until when, included
 * @property uses how often it could be presented at first
 * @property usesLeft how often it still can, were it valid
 * @property state how it stands
 * @property presented the last 32 uses that were presented, in the order of their numbers
 */
public class Coupon internal constructor(
    internal val idBytes: ByteArray,
    public val signer: String?,
    public val title: String,
    public val worth: Amount?,
    public val worthInHundredthsOfPercent: Int?,
    public val conditions: String,
    public val validFromMs: Long,
    public val validUntilMs: Long,
    public val uses: Int,
    public val usesLeft: Int,
    public val state: CouponState,
    public val presented: List<PresentedUse>,
) {
    /** Names it, in reports and in the journal's JSON lines, too: 16 bytes in hexadecimal. */
    public val id: String = idBytes.inHexadecimal()

    /** Whether both are the same coupon, however it stood. */
    override fun equals(other: Any?): Boolean = other is Coupon && other.id == id

    override fun hashCode(): Int = id.hashCode()

    override fun toString(): String = "Coupon($state, $usesLeft left)"

    /** Where coupons are presented. */
    public companion object {
        /**
         * The application at terminals by which coupons are presented, for an aid-filter of category other in the service's XML. It is
         * this project's own and not registered.
         */
        public const val AID: String = "F0" + "6863657061792E4350"
    }
}
