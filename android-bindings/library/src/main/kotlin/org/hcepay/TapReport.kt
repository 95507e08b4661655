package org.hcepay

/** What the card knows about the end of a contact with a terminal. It never says "approved": that is the issuer's to say. */
public enum class Outcome {
    /** The card gave a cryptogram with which the terminal can ask the issuer. */
    AUTHORISATION_REQUESTED,

    /** The card or the terminal declined; no key was spent. */
    DECLINED,

    /** The holder must verify on the phone and tap again; no key was spent. */
    VERIFICATION_NEEDED,

    /** The field was lost in the middle of a transaction. */
    TORN,

    /** The card cannot tell how far it came. */
    UNKNOWN,

    /** No transaction was begun. */
    NOTHING,
}

/** Why a contact ended as it did. */
public enum class TapReason {
    /** Authorisation requested: the holder was verified on the phone. */
    VERIFIED,

    /** Authorisation requested: neither card nor terminal wanted the holder verified. */
    VERIFICATION_NOT_NEEDED,

    /** Declined: the application has no key left. */
    NO_KEY_LEFT,

    /** Declined: the next key is not valid yet. */
    KEY_NOT_YET_VALID,

    /** Declined: the keys left are too old. */
    KEY_EXPIRED,

    /** Declined: the application's counter has come to its end; the issuer must give the card anew. */
    COUNTER_AT_ITS_END,

    /** Declined: the issuer lets the next key pay less than that, or not in that currency. */
    OVER_KEY_LIMIT,

    /** Declined: the card waits for its holder's identity check, or is suspended. */
    CARD_NOT_ACTIVE,

    /** Declined: the phone is locked, and the card's keys with it. */
    PHONE_LOCKED,

    /** Declined: the wall clock was set back; the issuer's time mends it ([Wallet.issuerTimeRequest]). */
    CLOCK_SET_BACK,

    /** Declined: an older copy of the wallet was put back; the issuer mends it ([Wallet.resynchronisationRequest]). */
    ROLLED_BACK,

    /** Declined: the spending of a key could not be written down, as where the disk is full. */
    STORAGE_FAILED,

    /** Declined: the terminal cannot go online. */
    TERMINAL_OFFLINE_ONLY,

    /** Declined: the terminal wants magnetic stripe data only. */
    TERMINAL_MAG_STRIPE_ONLY,

    /** Declined: by the terminal. */
    TERMINAL_DECLINED,

    /** Verification needed: the holder had not verified. */
    NOT_VERIFIED,

    /** Verification needed: the holder had, but too long ago. */
    WINDOW_OVER,

    /**
     * Verification needed: readers have asked for too many cryptograms in one contact or one minute, or had as many in an hour
     * or a day as the card's policy allows without the holder verified.
     */
    TOO_MANY_REQUESTS,

    /** Torn before the card gave a cryptogram: no key was spent. */
    BEFORE_CRYPTOGRAM,

    /** Torn after it: a key was spent, and the terminal may or may not ask the issuer. */
    AFTER_CRYPTOGRAM,

    /** Unknown: a fault of this library. */
    FAULT,

    /** Unknown: the process ended after a key was spent and before the contact was reported. */
    PROCESS_ENDED,

    /** Declined: the amount is above what the terminal takes from a card whose holder it cannot see verified. */
    OVER_TERMINAL_LIMIT,

    /** Declined: the terminal wants the card to authenticate itself, and the card's key for that is not usable. */
    NO_DATA_AUTHENTICATION,

    /** Declined: the certificates with which the card authenticates itself are over; a check in brings others ([Wallet.checkInRequest]). */
    CERTIFICATE_OVER,

    /** Verification needed: the holder had verified for a payment with another card. */
    ARMED_FOR_ANOTHER_CARD,

    /** Verification needed: the holder had verified for another amount or currency. */
    ARMED_FOR_ANOTHER_PAYMENT,

    /** Declined: the card is frozen, by its holder, an alert, or an older copy of the wallet that was put back ([Wallet.unfreeze]). */
    FROZEN,

    /** Declined: a limit that the holder has set for the card ([Wallet.limitUse]). */
    OVER_HOLDER_LIMIT,

    /** Declined: the card's temporary use, which the holder had limited, is over. */
    TEMPORARY_USE_OVER,

    /** Declined: the terminal's unpredictable number is one that another payment had, and the holder has not verified. */
    UNPREDICTABLE_NUMBER_REPEATED,

    /** Authorisation requested without verification: a gate, as the holder has chosen ([Wallet.passGates]). */
    TRANSIT,

    /** Authorisation requested without verification: the payment is within what may be paid so. */
    LOW_VALUE,

    /** Authorisation requested: the terminal is to ask for the PIN, which the issuer checks. */
    ONLINE_PIN,

    /** Verification needed: what may be paid without is used up. */
    ALLOWANCE_USED_UP,
}

/**
 * One attempt of a terminal within a contact.
 *
 * @property outcome what it came to
 * @property reason why
 * @property amount what was to be paid, where the terminal had said it
 * @property aid the application, in hexadecimal
 * @property counter the counter (ATC) of the cryptogram, where one was given
 */
public class Attempt internal constructor(
    public val outcome: Outcome,
    public val reason: TapReason,
    public val amount: Amount?,
    public val aid: String?,
    public val counter: Int?,
) {
    override fun toString(): String = "Attempt($outcome, $reason)"
}

/**
 * What a terminal says of itself and of a purchase, as far as the card asked for it. Claims: nobody has proved them.
 *
 * @property transactionType what kind of transaction (9C): 0 a purchase, 0x20 a refund
 * @property country the terminal's country, ISO 3166 numeric
 * @property merchantName what the merchant is called and where it is: at most 64 bytes, without anything that cannot be seen
 * @property merchantCategory the merchant's category code (ISO 18245)
 * @property date the day, YYYY-MM-DD by the terminal's clock
 */
public class TerminalClaims internal constructor(
    public val transactionType: Int?,
    public val country: Int?,
    public val merchantName: String?,
    public val merchantCategory: Int?,
    public val date: String?,
) {
    override fun toString(): String = "TerminalClaims"

    internal companion object {
        val NONE = TerminalClaims(null, null, null, null, null)
    }
}

/**
 * What a contact with a terminal came to, or a payment without one.
 *
 * @property id names the contact; to be given to [Wallet.acknowledge]. 0 where there was no wallet to speak of. A number is
 * given to one contact of this wallet only, over crashes and restarts of the phone too, so that the app can keep its reports
 * by it; later contacts have higher ones, with gaps. A contact that spent nothing is told once; all have a row in [Wallet.journal]
 * @property channel at a terminal, online, or by a code: these two have one attempt, and what they say of a terminal is the order's
 * @property cardId the card that was to pay ([Card.id]); null where the wallet has none
 * @property outcome what it came to: that of the attempt which spent a key, else of the last one
 * @property reason why; null where no transaction was begun
 * @property amount what was to be paid, where the terminal had said it
 * @property aid the application, in hexadecimal
 * @property counter the counter (ATC) of the cryptogram, where one was given
 * @property atMs the wall clock of the first command, in milliseconds since 1970; 0 where that is not known
 * @property durationMs from the first command to the loss of the field; 0 where that is not known
 * @property gapsMs between a command and the one before, of the first 16
 * @property verified how the holder was verified, where the cryptogram says so
 * @property terminal what the terminal claimed
 * @property coupon the use of a coupon that was presented, whether the contact paid or not
 * @property usesLeft how many payments the application's keys are still good for
 * @property certificate the application's certificates end within 30 days, or have ended: told with the contact, not where a
 * report comes again after the process ended
 * @property attempts all attempts, in order
 */
public class TapReport internal constructor(
    public val id: Long,
    public val channel: Channel,
    public val cardId: Int?,
    public val outcome: Outcome,
    public val reason: TapReason?,
    public val amount: Amount?,
    public val aid: String?,
    public val counter: Int?,
    public val atMs: Long,
    public val durationMs: Int,
    public val gapsMs: List<Int>,
    public val verified: Method?,
    public val terminal: TerminalClaims,
    public val coupon: CouponUse?,
    public val usesLeft: Int?,
    public val certificate: CertificateEnd?,
    public val attempts: List<Attempt>,
) {
    override fun toString(): String = "TapReport($id, $outcome, $reason)"

    internal companion object {
        /** Where there is no wallet that could tell. */
        fun ofFault(): TapReport = TapReport(
            id = 0,
            channel = Channel.TAP,
            cardId = null,
            outcome = Outcome.UNKNOWN,
            reason = TapReason.FAULT,
            amount = null,
            aid = null,
            counter = null,
            atMs = 0,
            durationMs = 0,
            gapsMs = emptyList(),
            verified = null,
            terminal = TerminalClaims.NONE,
            coupon = null,
            usesLeft = null,
            certificate = null,
            attempts = emptyList(),
        )
    }
}
