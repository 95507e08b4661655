package org.hcepay

import android.app.Activity
import android.app.KeyguardManager
import android.app.role.RoleManager
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.nfc.NfcAdapter
import android.nfc.cardemulation.CardEmulation
import android.os.Build
import android.provider.Settings

/** What may keep terminals from this app's card. */
public enum class FindingKind {
    /** The phone has no NFC. Nothing mends that. */
    NO_NFC,

    /** The phone has NFC, but an app cannot be a card on it. Nothing mends that. */
    NO_HOST_CARD_EMULATION,

    /** NFC is off. */
    NFC_OFF,

    /** Another app is the phone's wallet, and takes the payments while this one is not on the screen. */
    NOT_DEFAULT_WALLET,

    /** Terminals' commands for one of this card's AIDs go to another app, or to none. */
    AID_NOT_ROUTED,

    /** The phone lets apps pay only while it is unlocked ("secure NFC"). The card works; on a locked phone it does not. */
    SECURE_NFC,

    /** There is no screen lock: the holder cannot verify. */
    NO_SCREEN_LOCK,

    /**
     * This manufacturer's phones have a switch of their own that Android does not tell about, such as "Default wallet position" in
     * the NFC settings of Xiaomi phones, which must stand at "HCE wallet". If taps never arrive, look there.
     */
    UNKNOWN_MANUFACTURER_SWITCH,
}

/**
 * Something that may keep terminals from this app's card.
 *
 * @property kind what
 * @property mending a screen on which the holder can mend it; null where there is none
 * @property detail the AID in hexadecimal, or the manufacturer, where the finding is about one
 */
public class Finding internal constructor(public val kind: FindingKind, public val mending: Intent?, public val detail: String?) {
    override fun toString(): String = "Finding($kind)"
}

/** Whether terminals reach this app's card, and what to do about it. */
public object Routing {
    /** Everything that may be in the way, the worst first. Empty where nothing is. */
    @JvmStatic
    public fun check(context: Context, service: Class<out PaymentService>): List<Finding> {
        val features = context.packageManager
        val adapter = NfcAdapter.getDefaultAdapter(context)
        if (adapter == null || !features.hasSystemFeature(PackageManager.FEATURE_NFC)) return listOf(Finding(FindingKind.NO_NFC, null, null))
        if (!features.hasSystemFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION)) {
            return listOf(Finding(FindingKind.NO_HOST_CARD_EMULATION, null, null))
        }
        val findings = mutableListOf<Finding>()
        if (!adapter.isEnabled) findings += Finding(FindingKind.NFC_OFF, Intent(Settings.ACTION_NFC_SETTINGS), null)
        val emulation = CardEmulation.getInstance(adapter)
        val component = ComponentName(context, service)
        if (!isDefault(context, emulation, component)) {
            findings += Finding(FindingKind.NOT_DEFAULT_WALLET, defaultWalletIntent(context, service), null)
        }
        for (aid in emulation.getAidsForService(component, CardEmulation.CATEGORY_OTHER).orEmpty()) {
            if (!emulation.isDefaultServiceForAid(component, aid)) {
                findings += Finding(FindingKind.AID_NOT_ROUTED, Intent(Settings.ACTION_NFC_PAYMENT_SETTINGS), aid)
            }
        }
        if (context.getSystemService(KeyguardManager::class.java)?.isDeviceSecure != true) {
            findings += Finding(FindingKind.NO_SCREEN_LOCK, Intent(Settings.ACTION_SECURITY_SETTINGS), null)
        }
        if (Build.VERSION.SDK_INT >= 29 && isSecureNfcOn(adapter)) {
            findings += Finding(FindingKind.SECURE_NFC, Intent(Settings.ACTION_NFC_SETTINGS), null)
        }
        if (Build.MANUFACTURER.lowercase() in SWITCH_OF_THEIR_OWN) {
            findings += Finding(FindingKind.UNKNOWN_MANUFACTURER_SWITCH, Intent(Settings.ACTION_NFC_SETTINGS), Build.MANUFACTURER)
        }
        return findings
    }

    /** Prefers this app's card while the activity is on the screen: to be called in each `onResume`. False where Android refuses. */
    @JvmStatic
    public fun prefer(activity: Activity, service: Class<out PaymentService>): Boolean {
        val adapter = NfcAdapter.getDefaultAdapter(activity) ?: return false
        return CardEmulation.getInstance(adapter).setPreferredService(activity, ComponentName(activity, service))
    }

    /** No longer prefers it: to be called in each `onPause`. */
    @JvmStatic
    public fun release(activity: Activity) {
        val adapter = NfcAdapter.getDefaultAdapter(activity) ?: return
        CardEmulation.getInstance(adapter).unsetPreferredService(activity)
    }

    /** A screen on which the holder makes this app the phone's wallet, to be started for a result. Null where there is none. */
    @JvmStatic
    public fun defaultWalletIntent(context: Context, service: Class<out PaymentService>): Intent? =
        if (Build.VERSION.SDK_INT >= 35) walletRoleIntent(context) else changeDefaultIntent(ComponentName(context, service))

    private fun isDefault(context: Context, emulation: CardEmulation, service: ComponentName): Boolean =
        if (Build.VERSION.SDK_INT >= 35) holdsWalletRole(context) else emulation.isDefaultServiceForCategory(service, CardEmulation.CATEGORY_PAYMENT)

    @SinceApi(35)
    private fun holdsWalletRole(context: Context): Boolean {
        val roles = context.getSystemService(RoleManager::class.java) ?: return false
        return roles.isRoleAvailable(RoleManager.ROLE_WALLET) && roles.isRoleHeld(RoleManager.ROLE_WALLET)
    }

    @SinceApi(35)
    private fun walletRoleIntent(context: Context): Intent? {
        val roles = context.getSystemService(RoleManager::class.java) ?: return null
        return if (roles.isRoleAvailable(RoleManager.ROLE_WALLET)) roles.createRequestRoleIntent(RoleManager.ROLE_WALLET) else null
    }

    @Suppress("DEPRECATION")
    private fun changeDefaultIntent(service: ComponentName): Intent = Intent(CardEmulation.ACTION_CHANGE_DEFAULT)
        .putExtra(CardEmulation.EXTRA_CATEGORY, CardEmulation.CATEGORY_PAYMENT)
        .putExtra(CardEmulation.EXTRA_SERVICE_COMPONENT, service)

    @SinceApi(29)
    private fun isSecureNfcOn(adapter: NfcAdapter): Boolean = adapter.isSecureNfcSupported && adapter.isSecureNfcEnabled

    private val SWITCH_OF_THEIR_OWN = setOf("xiaomi", "redmi", "poco")
}
