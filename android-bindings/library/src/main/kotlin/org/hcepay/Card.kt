package org.hcepay

/** Where a card is in its life. */
public enum class CardState(internal val number: Int) {
    /** Installed; the holder has yet to pass the issuer's identity check. */
    WAITING(1),

    /** It pays. */
    ACTIVE(2),

    /** It must not pay for now. */
    SUSPENDED(3),

    /** Its temporary use is over ([Wallet.limitUse]), and its keys are destroyed. It never pays again. */
    RETIRED(5),
}

/** What must have happened before a card's payment keys can be used. */
public enum class Protection {
    /** Nothing. */
    DEVICE,

    /** The phone is unlocked. */
    UNLOCKED,

    /** The holder has just verified. */
    AUTHENTICATED,
}

/** Whether to ask the issuer for payment keys or certificates. */
public enum class Ask {
    /** There is no need. */
    NO,

    /** When the phone is online anyway. */
    SOON,

    /** As soon as the phone can be online. */
    NOW,
}

/** Why to ask the issuer for payment keys or certificates, or why not. */
public enum class Why {
    /** There is nothing left to pay with. */
    NO_KEYS_LEFT,

    /** There is little left, by the issuer's policy or by the holder's own rate. */
    FEW_KEYS_LEFT,

    /** Most of what is left nears its end. */
    KEYS_EXPIRE_SOON,

    /** The key that opens the card's payment keys has not been made yet: nothing to ask for until it has. */
    NO_SPEND_KEY,

    /** The key that opens payment keys was lost. */
    KEYS_LOST,

    /** There is enough. */
    ENOUGH,

    /** The card waits for its identity check. */
    CARD_WAITING,

    /** The card is suspended. */
    CARD_SUSPENDED,

    /** An older copy of the wallet was put back. */
    ROLLED_BACK,

    /** The certificates with which the card authenticates itself to terminals end within 30 days. A check in brings others. */
    CERTIFICATE_ENDS,

    /** They are over: the card pays without that, or not at all, until the issuer has sent others. A check in brings them. */
    CERTIFICATE_OVER,
}

/**
 * The certificates with which a card authenticates itself to terminals end within 30 days, or have ended. [Wallet.nextRequest] says
 * when to ask for others; [Wallet.checkInRequest] asks.
 *
 * @property month they are over at its end, in UTC
 * @property isOver the month is over
 */
public class CertificateEnd internal constructor(public val month: ExpiryMonth, public val isOver: Boolean) {
    override fun toString(): String = "CertificateEnd"
}

/**
 * How long payment keys last, and certificates.
 *
 * @property usesLeft how many payments they are good for; 0 where none is left
 * @property daysOfCover for how many whole days they last at the holder's own rate: 0 for less than a day, and where none is left;
 * null where it is not known, because the holder has not paid yet
 * @property ask how urgent it is to ask the issuer
 * @property why for what reason
 * @property certificate the first certificates of the card to end, where they do within 30 days or have; told whatever the reason
 */
public class Replenishment internal constructor(
    public val usesLeft: Int,
    public val daysOfCover: Int?,
    public val ask: Ask,
    public val why: Why,
    public val certificate: CertificateEnd?,
) {
    override fun toString(): String = "Replenishment($ask, $why)"
}

/**
 * One application of a card, as terminals see it.
 *
 * @property aid its name, 5 to 16 bytes in hexadecimal
 * @property label what terminals and holders call it, 1 to 16 characters
 * @property usesLeft how many payments at terminals its keys are good for
 */
public class CardApplication internal constructor(public val aid: String, public val label: String, public val usesLeft: Int) {
    override fun toString(): String = "CardApplication($aid)"
}

/**
 * A month and its year.
 *
 * @property year with its century
 * @property month 1 to 12
 */
public class ExpiryMonth internal constructor(public val year: Int, public val month: Int) {
    override fun toString(): String = "ExpiryMonth"
}

/**
 * A card as it stood when [Wallet.cards] was asked. It knows its keys not at all, and of its number the end.
 *
 * @property id names the card in this wallet; also the issuer calls it so
 * @property lastFour the last four digits of its token, by which the holder tells it from others
 * @property expires the month at whose end its token expires; null where the issuer does not say
 * @property state where it is in its life
 * @property codesLeft how many codes of an identity check may still be tried, while it waits
 * @property protection what must have happened before it pays
 * @property isDefault whether it is the one that pays, where no other is chosen for one payment ([Wallet.chosenOnce])
 * @property applications in the order in which terminals see them
 * @property onlineUsesLeft how many payments online its keys are good for ([Wallet.payOnline])
 * @property codeUsesLeft how many codes it can show ([Wallet.showCode])
 * @property replenishment how long its payment keys last
 * @property lowValue what its issuer lets it pay without its holder verified; empty where the issuer names no amounts
 * @property mayPassGates whether its issuer lets it pass gates without verification, where its holder chooses so
 * @property rules what its holder has decided for it
 */
public class Card internal constructor(
    public val id: Int,
    public val lastFour: String,
    public val expires: ExpiryMonth?,
    public val state: CardState,
    public val codesLeft: Int,
    public val protection: Protection,
    public val isDefault: Boolean,
    public val applications: List<CardApplication>,
    public val onlineUsesLeft: Int,
    public val codeUsesLeft: Int,
    public val replenishment: Replenishment,
    public val lowValue: List<Allowance>,
    public val mayPassGates: Boolean,
    public val rules: HolderRules,
) {
    override fun toString(): String = "Card($id, $state)"
}
