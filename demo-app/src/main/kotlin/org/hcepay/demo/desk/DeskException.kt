package org.hcepay.demo.desk

/** Why the desk does not do something. Nothing was given then. The message is for engineers; it holds no key and no token. */
class DeskException internal constructor(val reason: Reason, message: String) : Exception(message.ifEmpty { reason.name })

/** The numbers are those of `demo-app/desk/src/code.rs`, but for the last. */
enum class Reason(internal val code: Int) {
    /** The desk was closed. */
    CLOSED(1),

    /** An argument is not what it must be. */
    ARGUMENT(2),

    /** Our bug. */
    FAULT(3),

    /** A desk of this directory is open, here or in another process. */
    IN_USE(10),

    /** The desk's file is damaged: [Desk.discard], and begin anew with another wallet. */
    DAMAGED(11),

    /** A newer version of the app has written the desk's file. */
    TOO_NEW(12),
    STORAGE_FULL(13),
    STORAGE_FAILED(14),

    /** See [Desk.refuseNext]. */
    TOLD_TO_REFUSE(20),
    REQUEST_INVALID(21),

    /** No wallet has enrolled, or not this one: the desk was discarded since. */
    UNKNOWN_WALLET(22),
    WRONG_SIGNATURE(23),

    /** This very request came before. */
    REPEATED(24),

    /** The wallet names what this issuer never sent: the desk's file is older than the wallet. */
    NEVER_SENT(25),

    /** The wallet is older than it was: it must ask to be resynchronised. */
    ROLLED_BACK(26),
    UNKNOWN_CHALLENGE(27),
    ENROLLED_BEFORE(28),
    UNKNOWN_CARD(29),

    /** The wallet has this card. */
    CARD_THERE(30),

    /** A card in this state does not go there. */
    NO_SUCH_MOVE(31),
    OUT_OF_BOUNDS(32),
    ATTESTATION(33),
    NO_KEYS(34),

    /** What the shop was given is no payment and no code, or it makes no order of that amount. */
    NOT_READABLE(40),

    /** The app has no `libhcepay_desk.so` for this phone's processor. Not of `code.rs`: there is nothing that could say it. */
    NATIVE_MISSING(-1),
    ;

    internal companion object {
        /** What a native was called for. */
        fun payload(answer: ByteArray?): ByteArray {
            if (answer == null || answer.isEmpty()) throw DeskException(FAULT, "no memory left")
            val payload = answer.copyOfRange(1, answer.size)
            val code = answer[0].toInt()
            if (code == 0) return payload
            throw DeskException(entries.find { it.code == code } ?: FAULT, String(payload, Charsets.UTF_8))
        }
    }
}
