package org.hcepay

/** Why a call on the wallet failed. The app says it to the holder in its own words. */
public enum class Reason {
    /** The phone is locked: try again once it is unlocked. */
    DEVICE_LOCKED,

    /** The holder has not verified, or too long ago: verify again. */
    NOT_AUTHENTICATED,

    /** For this the holder must be verified first ([Wallet.arm]), and is not, or for another card. */
    NOT_VERIFIED,

    /** The phone has no screen lock, without which nobody can verify: the holder must set one first. */
    NO_SCREEN_LOCK,

    /** The key of the wallet is gone from the phone's key store. Only [Wallet.discard] and a new enrolment help. */
    STORE_KEY_LOST,

    /**
     * The key that verification releases is gone, as when the screen lock was taken off. The wallet has made another already:
     * ask the issuer for payment keys ([Wallet.replenishmentRequest]).
     */
    SPEND_KEY_LOST,

    /** The phone's key store failed. Try again later. */
    KEYSTORE_FAILED,

    /** Another process of the app has the wallet open. */
    IN_USE,

    /** The wallet's file is another phone's. */
    LEDGER_FOREIGN,

    /** The wallet's file is damaged or gone. */
    LEDGER_DAMAGED,

    /** A newer version of the app has written the wallet's file. */
    LEDGER_TOO_NEW,

    /** An older copy of the wallet was put back: [Wallet.resynchronisationRequest]. */
    ROLLED_BACK,

    /** The disk is full. */
    STORAGE_FULL,

    /** The disk failed. */
    STORAGE_FAILED,

    /** The envelope is not whole, or was altered. */
    ENVELOPE_INVALID,

    /** The envelope is of another issuer, or for another wallet. */
    ENVELOPE_FOREIGN,

    /** A later envelope was applied before this one. */
    ENVELOPE_OLD,

    /** The envelope is the issuer's, but what is in it cannot be applied. */
    ENVELOPE_REFUSED,

    /** No issuer knows this wallet yet: [Wallet.enrolmentRequest] first. */
    NOT_ENROLLED,

    /** The wallet has no such card. */
    UNKNOWN_CARD,

    /** The card's temporary use is over: nothing about it can be changed any more, but that it is deleted. */
    CARD_RETIRED,

    /** A limit that is none: a currency that does not exist or stands twice, too many of them, numbers that contradict each other. */
    LIMIT_INVALID,

    /** A limit goes by what merchants sell, for which this card does not ask terminals. */
    MERCHANT_NOT_ASKED,

    /** The card does not wait for an identity check. */
    NOTHING_TO_CHECK,

    /** No more codes of the identity check may be tried. */
    NO_CODES_LEFT,

    /** What a merchant asks to be paid is no order ([OnlineOrder]); the message says why. */
    ORDER_INVALID,

    /** What was scanned is no merchant's code ([MerchantCode]), or what was typed does not go with it; the message says why. */
    QR_INVALID,

    /** What is to be sent is no [Transfer], or one to the card itself; the message says why. */
    TRANSFER_INVALID,

    /** A [Coupon] is not there, or cannot be presented; the message says why. Nothing of it is used up. */
    COUPON_REFUSED,

    /** The card does not pay that: [NotPaidException.why]. */
    NOT_PAID,

    /** `libhcepay.so` is not in the app for this phone's processor. */
    NATIVE_MISSING,

    /** The wallet was discarded. */
    CLOSED,

    /** A fault of this library. */
    FAULT,
}

/**
 * A call on the wallet failed; nothing was changed by it unless its documentation says so.
 *
 * @property reason why. The message is for the app's engineer; neither holds anything of keys, cards or envelopes.
 */
public open class WalletException internal constructor(
    public val reason: Reason,
    message: String,
    cause: Throwable? = null,
) : Exception(if (message.isEmpty()) reason.name else "${reason.name}: $message", cause)

/**
 * The card did not pay without a terminal ([Wallet.payOnline], [Wallet.showCode]), or transferred nothing ([Wallet.transfer]); its [reason] is [Reason.NOT_PAID].
 *
 * @property why in the words that reports have. A payment key was spent only where it is [TapReason.STORAGE_FAILED]
 */
public class NotPaidException internal constructor(public val why: TapReason, message: String) :
    WalletException(Reason.NOT_PAID, "$why: $message")
