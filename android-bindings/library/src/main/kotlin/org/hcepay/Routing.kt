package org.hcepay

import android.app.Activity
import android.app.KeyguardManager
import android.app.role.RoleManager
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.content.res.XmlResourceParser
import android.nfc.NfcAdapter
import android.nfc.cardemulation.CardEmulation
import android.nfc.cardemulation.HostApduService
import android.os.Build
import android.provider.Settings
import org.xmlpull.v1.XmlPullParser

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

    /**
     * Terminals' commands for one of this card's AIDs outside the payment category go to another app, or to none: so also where
     * Android passes over the AID because it is misspelt.
     */
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
        val adapter = NfcAdapter.getDefaultAdapter(context)
        if (adapter == null || !context.packageManager.hasSystemFeature(PackageManager.FEATURE_NFC)) {
            return listOf(Finding(FindingKind.NO_NFC, null, null))
        }
        val emulation = emulation(context) ?: return listOf(Finding(FindingKind.NO_HOST_CARD_EMULATION, null, null))
        val findings = mutableListOf<Finding>()
        if (!adapter.isEnabled) findings += Finding(FindingKind.NFC_OFF, Intent(Settings.ACTION_NFC_SETTINGS), null)
        val component = ComponentName(context, service)
        if (!isDefault(context, emulation, component)) {
            findings += Finding(FindingKind.NOT_DEFAULT_WALLET, defaultWalletIntent(context, service), null)
        }
        for (aid in emulation.getAidsForService(component, CardEmulation.CATEGORY_OTHER) ?: declaredAids(context, component)) {
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
    public fun prefer(activity: Activity, service: Class<out PaymentService>): Boolean =
        emulation(activity)?.setPreferredService(activity, ComponentName(activity, service)) ?: false

    /** No longer prefers it: to be called in each `onPause`. */
    @JvmStatic
    public fun release(activity: Activity) {
        emulation(activity)?.unsetPreferredService(activity)
    }

    /** A screen on which the holder makes this app the phone's wallet, to be started for a result. Null where there is none. */
    @JvmStatic
    public fun defaultWalletIntent(context: Context, service: Class<out PaymentService>): Intent? =
        if (Build.VERSION.SDK_INT >= 35) walletRoleIntent(context) else changeDefaultIntent(ComponentName(context, service))

    /** Android throws instead where the phone has none. */
    private fun emulation(context: Context): CardEmulation? {
        val adapter = NfcAdapter.getDefaultAdapter(context) ?: return null
        val isThere = context.packageManager.hasSystemFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION)
        return if (isThere) CardEmulation.getInstance(adapter) else null
    }

    /** The AIDs that the manifest gives outside the payment category: `getAidsForService` knows only those registered at run time. */
    private fun declaredAids(context: Context, service: ComponentName): List<String> {
        val packages = context.packageManager
        val info = packages.getServiceInfo(service, PackageManager.GET_META_DATA or PackageManager.MATCH_DISABLED_COMPONENTS)
        val xml = info.loadXmlMetaData(packages, HostApduService.SERVICE_META_DATA) ?: return emptyList()
        val aids = mutableListOf<String>()
        xml.use {
            val parser: XmlPullParser = xml
            var isPayment = false
            while (parser.next() != XmlPullParser.END_DOCUMENT) {
                if (parser.eventType != XmlPullParser.START_TAG) continue
                when (parser.name) {
                    "aid-group" -> isPayment = xml.text(context, android.R.attr.category) == CardEmulation.CATEGORY_PAYMENT
                    "aid-filter" -> if (!isPayment) xml.text(context, android.R.attr.name)?.let { aids += it.uppercase() }
                }
            }
        }
        return aids
    }

    /** An attribute, also where it is a reference to a string. */
    private fun XmlResourceParser.text(context: Context, attribute: Int): String? {
        val attributes = context.resources.obtainAttributes(this, intArrayOf(attribute))
        return attributes.getString(0).also { attributes.recycle() }
    }

    private fun isDefault(context: Context, emulation: CardEmulation, service: ComponentName): Boolean =
        when {
            Build.VERSION.SDK_INT >= 35 -> holdsWalletRole(context)
            else -> emulation.isDefaultServiceForCategory(service, CardEmulation.CATEGORY_PAYMENT)
        }

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
