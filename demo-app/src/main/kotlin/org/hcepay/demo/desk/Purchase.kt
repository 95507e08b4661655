package org.hcepay.demo.desk

/** What a terminal of the desk is like. */
class Terminal(
    /** Which cards it reads. */
    val readers: Set<Reader> = Reader.entries.toSet(),
    /** An amount over it, in minor units, needs a verified holder. */
    val verificationAbove: Long = 50_00,
    /** The phone leaves the field when the card has answered so many commands; the terminal does not hear the last answer. */
    val tearAfter: Int? = null,
)

/** What a terminal reads. The order is that of the bits in `purchase.rs`. */
enum class Reader { KERNEL_2, KERNEL_3, KERNEL_7, CLOSED_LOOP }

/**
 * A contact with the terminal, and the issuer's word where it was asked. Codes are the same in every version; `look/DeskWords.kt` has
 * words for them. What was found and what a data object means is in English.
 */
class Purchase internal constructor(
    val outcome: Outcome,
    /** The one reason for the outcome, a code: words joined by hyphens, such as `verified-on-device`. */
    val reason: String,
    /** With [Outcome.TORN]: by whom. */
    val tornBy: TornBy?,
    val exchanges: List<Exchange>,
    /** Where the issuer was asked. */
    val verdict: Verdict?,
    /** What became of a coupon, a code: words joined by hyphens, such as `taken`. */
    val coupon: String,
    /** What the card was asked for, in minor units: the amount less what a coupon takes off. */
    val askedMinor: Long,
    /** What the issuer tells the wallet of coupons that were given, to be applied in their order; else they wait for its next request. */
    val envelopes: List<ByteArray>,
    /** With [TornBy.CHANNEL_THREW]: what it threw. */
    val thrown: Throwable?,
) {
    /** The issuer approves. */
    val isApproved: Boolean get() = verdict?.isApproved == true
}

enum class Outcome(internal val code: String) {
    /** The terminal asked the issuer: [Purchase.verdict]. */
    ONLINE_REQUEST("online-request"),
    DECLINED("declined"),

    /** The holder is to verify on the phone and tap again. */
    SEE_PHONE("see-phone"),
    TRY_ANOTHER_INTERFACE("try-another-interface"),

    /** Nothing in common, or an answer that cannot be used. */
    END_APPLICATION("end-application"),

    /** The contact ended in the middle. */
    TORN("torn"),
}

/** The order is that of the numbers in `purchase.rs`, from 1. */
enum class TornBy { TERMINAL_LEFT, CHANNEL_THREW, NO_ANSWER }

/** A command and its answer, decoded. Bytes are hexadecimal text, `••` for a byte that is covered. */
class Exchange internal constructor(
    /** `select-directory`, `select-coupons`, `select`, `get-processing-options`, `read-record`, `generate-ac`, `get-data` or `unknown`. */
    val code: String,
    /** As EMV writes it. */
    val name: String,
    /** What it is for, a code: words joined by hyphens, such as `choose-application`. */
    val purpose: String,
    val command: String,
    val response: String,
    /** From the command to its answer. */
    val microseconds: Int,
    /** Of the answer, where it has one. */
    val statusWord: Int?,
    /** What the terminal sends. */
    val sent: List<Row>,
    /** What the card answers. */
    val answered: List<Row>,
    /** Whether the terminal heard the answer. */
    val isHeard: Boolean,
)

/** A data object, or a field within one. */
class Row internal constructor(
    /** How many templates it is in. */
    val depth: Int,
    /** Hexadecimal; empty for a field within an object. */
    val tag: String,
    val name: String,
    val value: String,
    /** What the value means; empty where it speaks for itself. */
    val meaning: String,
)

/** What the issuer found. */
class Verdict internal constructor(
    /** Words joined by hyphens, such as `valid` or `atc-replay`. */
    val code: String,
    val isApproved: Boolean,
    /** In their order, up to the first that failed. */
    val checks: List<Check>,
)

class Check internal constructor(
    /** Words joined by hyphens, such as `atc-new`. */
    val code: String,
    val found: String,
    val isPassed: Boolean,
)

/** What the issuer says of a transfer. */
class Transferred internal constructor(
    val verdict: Verdict,
    /** Tells the wallet what became of it. Null where it was told before: then it waits for the wallet's next request, if it was lost. */
    val envelope: ByteArray?,
)
