package org.hcepay

/** What natives answer: a code, then what they were called for, or a sentence for the engineer. See `code.rs`. */
internal object Answer {
    private const val DONE = 0
    private const val ARGUMENT = 2
    private const val MISSING = 10

    /** This very envelope was applied before. */
    const val AGAIN: Int = 33

    private val reasons: Map<Int, Reason> = mapOf(
        1 to Reason.CLOSED,
        11 to Reason.FAULT,
        MISSING to Reason.LEDGER_DAMAGED,
        12 to Reason.IN_USE,
        13 to Reason.LEDGER_FOREIGN,
        14 to Reason.LEDGER_DAMAGED,
        15 to Reason.LEDGER_TOO_NEW,
        16 to Reason.STORAGE_FULL,
        17 to Reason.STORAGE_FAILED,
        18 to Reason.ROLLED_BACK,
        30 to Reason.ENVELOPE_INVALID,
        31 to Reason.ENVELOPE_FOREIGN,
        32 to Reason.ENVELOPE_OLD,
        34 to Reason.ENVELOPE_REFUSED,
        50 to Reason.UNKNOWN_CARD,
        51 to Reason.SPEND_KEY_LOST,
        53 to Reason.KEYSTORE_FAILED,
        54 to Reason.NOTHING_TO_CHECK,
        55 to Reason.NO_CODES_LEFT,
        56 to Reason.NOTHING_WANTED,
        57 to Reason.NOT_AUTHENTICATED,
    )

    fun code(answer: ByteArray?): Int = if (answer == null || answer.isEmpty()) -1 else answer[0].toInt()

    fun isMissing(answer: ByteArray?): Boolean = code(answer) == MISSING

    /** What the native was called for. */
    fun payload(answer: ByteArray?): ByteArray {
        val code = code(answer)
        if (answer == null || code == -1) throw WalletException(Reason.FAULT, "no memory left")
        val payload = answer.copyOfRange(1, answer.size)
        if (code == DONE) return payload
        val why = String(payload, Charsets.UTF_8)
        if (code == ARGUMENT) throw IllegalArgumentException(why.ifEmpty { "an argument has not the length that it must have" })
        throw WalletException(reasons[code] ?: Reason.FAULT, why)
    }
}
