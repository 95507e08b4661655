package org.hcepay

import android.content.Intent

/** What may keep terminals from this app's card, the worst first. */
public enum class FindingKind {
    /** The phone has no NFC. Nothing mends that. */
    NO_NFC,

    /** The phone has NFC, but an app cannot be a card on it. Nothing mends that. */
    NO_HOST_CARD_EMULATION,

    /**
     * The phone's NFC service did not answer, as while it starts anew. What it would have been asked is not known: check again
     * in a moment. Before Android 16 Android may take one that has just died for one that says no: then NFC looks switched off.
     */
    NFC_NOT_ANSWERING,

    /** NFC is off. */
    NFC_OFF,

    /**
     * Android's NFC service passes over the payment service, because of how the app's manifest declares it. The detail names what
     * to mend there: `android:exported`, `android:permission`, `uses-permission`, `android:enabled`, `intent-filter`, `meta-data`,
     * or `service` where it is not declared at all.
     */
    SERVICE_PASSED_OVER,

    /**
     * Android passes over an AID of the service's XML without a word: it is not 5 to 16 bytes in hexadecimal, or stands in a
     * second payment group. The detail is the AID as it is written there.
     */
    AID_PASSED_OVER,

    /** The service's XML has the beginning of AIDs (`aid-prefix-filter`), and this phone's NFC cannot look for that. */
    PREFIX_NOT_SUPPORTED,

    /**
     * The service is declared for payments, but there is no wallet role to hold: so in a work profile. Payments come to it only
     * while the app is on the screen ([Routing.prefer]).
     */
    NO_WALLET_ROLE,

    /** Another app is the phone's wallet, and takes the payments while this one is not on the screen. */
    NOT_DEFAULT_WALLET,

    /** Terminals' commands for one of this card's AIDs outside the payment category go to another app, or to none. */
    AID_NOT_ROUTED,

    /**
     * An installed card has an AID that Android does not know to be this app's. Either [Routing.follow] was not called, or Android
     * refused the AID: other findings tell why, or there are more than 256 in its category.
     */
    AID_NOT_REGISTERED,

    /** There is no screen lock: the holder cannot verify. */
    NO_SCREEN_LOCK,

    /** The phone lets apps pay only while it is unlocked ("secure NFC"). The card works; on a locked phone it does not. */
    SECURE_NFC,

    /** The payment service's XML names no banner (`android:apduServiceBanner`), by which the holder finds it in Android's settings. */
    NO_BANNER,

    /**
     * This manufacturer's phones have a switch of their own that Android does not tell about. If taps never arrive, look there.
     * Xiaomi's: "Default wallet position" in the NFC settings must stand at "HCE wallet". Honor's: "default payment app" of NFC
     * chooses between its own wallet, the SIM card and other apps (honor.com, support page en-us00409935). Of Huawei's no page of
     * the maker is known to us; others tell of a default payment app in its NFC settings, too.
     */
    UNKNOWN_MANUFACTURER_SWITCH,
}

/**
 * Something that may keep terminals from this app's card.
 *
 * @property kind what
 * @property mending a screen on which the holder can mend it, to be started by `startActivityForResult`: for the wallet role
 * Android refuses any other start. Null where there is none
 * @property detail the AID in hexadecimal, the manufacturer, or what to mend in the manifest, where the finding is about one
 */
public class Finding internal constructor(public val kind: FindingKind, public val mending: Intent?, public val detail: String?) {
    override fun toString(): String = "Finding($kind)"
}
