package org.hcepay

/** What natives answer: a code, then what they were called for, or a sentence for the engineer. See `code.rs`. */
internal object Answer {
    private const val DONE = 0
    private const val ARGUMENT = 2
    private const val MISSING = 10
    private const val NOT_PAID = 72

    /** This very envelope was applied before. */
    const val AGAIN: Int = 33

    /** No card that pays has room for more payment keys. */
    const val NOTHING_WANTED: Int = 56

    private fun reason(code: Int): Reason = when (code) {
        1 -> Reason.CLOSED
        11 -> Reason.FAULT
        MISSING -> Reason.LEDGER_DAMAGED
        12 -> Reason.IN_USE
        13 -> Reason.LEDGER_FOREIGN
        14 -> Reason.LEDGER_DAMAGED
        15 -> Reason.LEDGER_TOO_NEW
        16 -> Reason.STORAGE_FULL
        17 -> Reason.STORAGE_FAILED
        18 -> Reason.ROLLED_BACK
        30 -> Reason.ENVELOPE_INVALID
        31 -> Reason.ENVELOPE_FOREIGN
        32 -> Reason.ENVELOPE_OLD
        34 -> Reason.ENVELOPE_REFUSED
        50 -> Reason.UNKNOWN_CARD
        51 -> Reason.SPEND_KEY_LOST
        53 -> Reason.KEYSTORE_FAILED
        54 -> Reason.NOTHING_TO_CHECK
        55 -> Reason.NO_CODES_LEFT
        57 -> Reason.NOT_AUTHENTICATED
        58 -> Reason.NOT_ENROLLED
        60 -> Reason.NOT_VERIFIED
        61 -> Reason.LIMIT_INVALID
        62 -> Reason.MERCHANT_NOT_ASKED
        63 -> Reason.CARD_RETIRED
        70 -> Reason.ORDER_INVALID
        71 -> Reason.QR_INVALID
        73 -> Reason.TRANSFER_INVALID
        74 -> Reason.COUPON_REFUSED
        else -> Reason.FAULT
    }

    fun code(answer: ByteArray?): Int = if (answer == null || answer.isEmpty()) -1 else answer[0].toInt()

    fun isMissing(answer: ByteArray?): Boolean = code(answer) == MISSING

    /** What the native was called for. */
    fun payload(answer: ByteArray?): ByteArray {
        val code = code(answer)
        if (answer == null || code == -1) throw WalletException(Reason.FAULT, "no memory left")
        val payload = answer.copyOfRange(1, answer.size)
        if (code == DONE) return payload
        if (code == NOT_PAID) {
            val (byte, sentence) = payload.first() to String(payload.copyOfRange(1, payload.size), Charsets.UTF_8)
            throw NotPaidException(MessageReader.reason(byte.toInt()) ?: TapReason.FAULT, sentence)
        }
        val why = String(payload, Charsets.UTF_8)
        if (code == ARGUMENT) throw IllegalArgumentException(why.ifEmpty { "an argument has not the length that it must have" })
        throw WalletException(reason(code), why)
    }
}
