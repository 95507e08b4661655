package org.hcepay

/** What was noticed. */
public enum class AlertRule(internal val number: Int) {
    /** A reader asked for too many payments in one contact. Evidence: how many, how many are usual at most. */
    MANY_ASKS_IN_A_CONTACT(1),

    /** Readers asked for too many within a minute. Evidence: how many, how many are usual at most. */
    MANY_ASKS_IN_A_MINUTE(2),

    /** Too many payments within ten minutes. Evidence: how many, how many are usual at most. */
    MANY_PAYMENTS_IN_TEN_MINUTES(3),

    /** Too many payments within 24 hours. Evidence: how many, how many are usual at most. */
    MANY_PAYMENTS_IN_A_DAY(4),

    /** Far more than was paid at once in that currency in the last 90 days. Evidence: minor units, the most before, currency. */
    LARGE_AMOUNT(5),

    /** A day's payments come to far more than those of any day in the last 90 days. Evidence: minor units, the most before, currency. */
    LARGE_DAY(6),

    /**
     * A terminal used an unpredictable number that another payment had. Evidence: 1 where the card refused for it, 0 where the
     * holder had verified and it paid.
     */
    NUMBER_REPEATED(7),

    /** The same amount at a terminal of the same name, twice within a minute. Evidence: minor units, currency, milliseconds between. */
    DOUBLE_CHARGE(8),

    /** A terminal says that it stands in a country where none was before. Evidence: country. */
    NEW_COUNTRY(9),

    /** The terminal's date is more than a day off the phone's. Evidence: days off, 1 where it is ahead. */
    TERMINAL_DATE_WRONG(10),

    /** The terminal says that it is no purchase of goods or services. Evidence: transaction type, minor units. */
    UNUSUAL_TYPE(11),

    /**
     * The commands came much slower than usual: somebody may stand between. Evidence: median gap in milliseconds, the wallet's
     * usual one, milliseconds in all.
     */
    SLOW_READER(12),

    /** Too many contacts one after the other in which the field was lost. Evidence: how many. */
    TORN_IN_A_ROW(14),

    /** An older copy of the wallet was put back. */
    OLDER_COPY(15),

    /**
     * A terminal says that it stands in another country than the one hardly before it. Evidence: country, the one before,
     * milliseconds between.
     */
    COUNTRY_CHANGED(17),

    /** A terminal asked for a currency that none asked for before. Evidence: currency. */
    NEW_CURRENCY(18),

    /** A terminal used an unpredictable number of zeros or ones alone. */
    NUMBER_WITHOUT_CHANCE(19),

    /** The phone's clock was set back. Evidence: by how many milliseconds. */
    CLOCK_SET_BACK(20),

    /** A payment could not be written down, and was refused. */
    STORAGE_FAILED(21),
}

/** What follows from an alert. */
public enum class AlertAction {
    /** Nothing: it is to be found by who looks for it. */
    NOTE,

    /** The holder is to be told. */
    ALERT,

    /** The holder is to be told, and the card pays no more before he has verified for a payment. */
    VERIFY_AGAIN,

    /** The holder is to be told, and the card is frozen, as by [Wallet.freeze]. */
    FREEZE,
}

/**
 * Something that a contact showed and its holder should know of. A contact has one of each rule at most.
 *
 * @property id names the alert; to be given to [Wallet.acknowledgeAlert]. It is given to no other of this wallet
 * @property contactId the contact ([TapReport.id])
 * @property rule what was noticed
 * @property action what follows from it
 * @property atMs when the contact began, in milliseconds since 1970
 * @property cardId the card that was to pay ([Card.id]); null where the wallet has none
 * @property evidence in numbers, as the rule says
 * @property sentence one sentence that a person understands, in English. What a terminal said is told as what it said
 */
public class Alert internal constructor(
    public val id: Long,
    public val contactId: Long,
    public val rule: AlertRule,
    public val action: AlertAction,
    public val atMs: Long,
    public val cardId: Int?,
    public val evidence: List<Long>,
    public val sentence: String,
) {
    override fun toString(): String = "Alert($id, $rule, $action)"
}
