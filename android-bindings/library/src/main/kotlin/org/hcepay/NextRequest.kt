package org.hcepay

/** What the wallet is to ask its issuer next. The order is that of the core's list. */
public enum class NextRequest {
    /** Nothing for now. */
    NOTHING,

    /** [Wallet.enrolmentRequest]: the issuer has not answered this wallet yet. */
    ENROLMENT,

    /** [Wallet.resynchronisationRequest]: an older copy of the wallet was put back. */
    RESYNCHRONISATION,

    /** [Wallet.issuerTimeRequest]: the wall clock was set back, and the issuer may mend it. */
    ISSUER_TIME,

    /** [Wallet.replenishmentRequest]: a card is short of payment keys, or will be soon. */
    REPLENISHMENT,

    /**
     * [Wallet.checkInRequest]: a suspend, a card or new certificates may wait at the issuer, or it has yet to hear that a card was
     * deleted.
     */
    CHECK_IN,
}
