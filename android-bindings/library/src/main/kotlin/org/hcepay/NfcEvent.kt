package org.hcepay

/** What Android's NFC service tells of itself. */
public enum class NfcEventKind {
    /** A terminal asked for an AID that several apps have, and Android asked the holder which: that tap went to nobody. */
    AID_CONFLICT,

    /** A terminal asked for an AID that no app has. */
    AID_NOT_ROUTED,

    /** This app is now the one that terminals reach: it is on the screen or is the phone's wallet. */
    PREFERRED,

    /** It no longer is. */
    NOT_PREFERRED,

    /** The phone only watches what terminals send and answers none of them. */
    OBSERVE_MODE_ON,

    /** It answers them again. */
    OBSERVE_MODE_OFF,

    /** NFC was switched on. */
    NFC_ON,

    /** NFC was switched off. */
    NFC_OFF,

    /** The phone is in a terminal's field. Where no report follows, the terminal asked for nothing that is this app's. */
    FIELD_FOUND,

    /** It left the field. */
    FIELD_LOST,

    /** The NFC service or its chip failed. The detail tells how: `crash-restart`, `hardware`, `command-timeout` or `unknown`. */
    INTERNAL_ERROR,
}

/**
 * Something that Android's NFC service told, from Android 16 on.
 *
 * @property kind what
 * @property detail the AID in hexadecimal or the sort of failure, where the event is about one
 */
public class NfcEvent internal constructor(public val kind: NfcEventKind, public val detail: String?) {
    override fun toString(): String = "NfcEvent($kind)"
}

/** Is told what happens around taps: see [Routing.observe]. */
public fun interface NfcListener {
    /** Called on the main thread. */
    public fun onNfcEvent(event: NfcEvent)
}
