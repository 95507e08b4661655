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

/**
 * Whether terminals reach this app's card, and what to do about it. Nothing here throws because the phone's NFC service is not
 * there, as while it starts anew.
 */
public object Routing {
    /** Everything that may be in the way, the worst first. Empty where nothing is. */
    @JvmStatic
    public fun check(context: Context, service: Class<out PaymentService>): List<Finding> {
        if (!has(context, PackageManager.FEATURE_NFC_HOST_CARD_EMULATION)) {
            val hasNfc = has(context, PackageManager.FEATURE_NFC) || adapter(context) != null
            return listOf(Finding(if (hasNfc) FindingKind.NO_HOST_CARD_EMULATION else FindingKind.NO_NFC, null, null))
        }
        val component = ComponentName(context, service)
        val declared = DeclaredService.read(context, component)
        val findings = declarationFindings(declared) + phoneFindings(context) + try {
            nfcFindings(context, component, declared)
        } catch (_: RuntimeException) {
            listOf(Finding(FindingKind.NFC_NOT_ANSWERING, null, null))
        }
        return FindingKind.entries.flatMap { kind -> findings.filter { it.kind == kind } }
    }

    private fun declarationFindings(declared: DeclaredService): List<Finding> {
        val findings = mutableListOf<Finding>()
        declared.faults.mapTo(findings) { Finding(FindingKind.SERVICE_PASSED_OVER, null, it) }
        declared.passedOver.mapTo(findings) { Finding(FindingKind.AID_PASSED_OVER, null, it) }
        if (declared.isForPayments && !declared.hasBanner) findings += Finding(FindingKind.NO_BANNER, null, null)
        return findings
    }

    private fun phoneFindings(context: Context): List<Finding> {
        val findings = mutableListOf<Finding>()
        if (context.getSystemService(KeyguardManager::class.java)?.isDeviceSecure != true) {
            findings += Finding(FindingKind.NO_SCREEN_LOCK, Intent(Settings.ACTION_SECURITY_SETTINGS), null)
        }
        if (Build.MANUFACTURER.lowercase() in SWITCH_OF_THEIR_OWN) {
            findings += Finding(FindingKind.UNKNOWN_MANUFACTURER_SWITCH, Intent(Settings.ACTION_NFC_SETTINGS), Build.MANUFACTURER)
        }
        return findings
    }

    /** What the NFC service is asked. It may throw anything. */
    private fun nfcFindings(context: Context, service: ComponentName, declared: DeclaredService): List<Finding> {
        val adapter = adapter(context)
        val emulation = emulation(context)
        if (adapter == null || emulation == null) return listOf(Finding(FindingKind.NFC_NOT_ANSWERING, null, null))
        val findings = mutableListOf<Finding>()
        if (!adapter.isEnabled) findings += Finding(FindingKind.NFC_OFF, Intent(Settings.ACTION_NFC_SETTINGS), null)
        if (declared.isForPayments) walletFinding(context, emulation, service)?.let { findings += it }
        val unsupported = if (emulation.supportsAidPrefixRegistration()) emptyList() else declared.aids.filter { it.endsWith('*') }
        unsupported.mapTo(findings) { Finding(FindingKind.PREFIX_NOT_SUPPORTED, null, it) }
        val other = emulation.getAidsForService(service, CardEmulation.CATEGORY_OTHER) ?: declared.aids(CardEmulation.CATEGORY_OTHER)
        val payment = emulation.getAidsForService(service, CardEmulation.CATEGORY_PAYMENT) ?: declared.aids(CardEmulation.CATEGORY_PAYMENT)
        // Of a service that is passed over none is routed, which is said already.
        for (aid in if (declared.faults.isEmpty()) other - unsupported.toSet() else emptyList()) {
            if (!emulation.isDefaultServiceForAid(service, aid)) {
                findings += Finding(FindingKind.AID_NOT_ROUTED, Intent(Settings.ACTION_NFC_PAYMENT_SETTINGS), aid)
            }
        }
        for (aid in cardAids()) {
            if ((other + payment).none { DeclaredService.covers(it, aid) }) findings += Finding(FindingKind.AID_NOT_REGISTERED, null, aid)
        }
        if (Build.VERSION.SDK_INT >= 29 && isSecureNfcOn(adapter)) {
            findings += Finding(FindingKind.SECURE_NFC, Intent(Settings.ACTION_NFC_SETTINGS), null)
        }
        return findings
    }

    private fun walletFinding(context: Context, emulation: CardEmulation, service: ComponentName): Finding? = when {
        Build.VERSION.SDK_INT >= 35 -> roleFinding(context)
        emulation.isDefaultServiceForCategory(service, CardEmulation.CATEGORY_PAYMENT) -> null
        else -> Finding(FindingKind.NOT_DEFAULT_WALLET, changeDefaultIntent(service), null)
    }

    @SinceApi(35)
    private fun roleFinding(context: Context): Finding? {
        val roles = context.getSystemService(RoleManager::class.java)
        return when {
            roles == null || !roles.isRoleAvailable(RoleManager.ROLE_WALLET) -> Finding(FindingKind.NO_WALLET_ROLE, null, null)
            roles.isRoleHeld(RoleManager.ROLE_WALLET) -> null
            else -> Finding(FindingKind.NOT_DEFAULT_WALLET, roles.createRequestRoleIntent(RoleManager.ROLE_WALLET), null)
        }
    }

    private fun cardAids(): List<String> = try {
        Wallet.current()?.let(CardAids::of).orEmpty()
    } catch (_: WalletException) {
        emptyList()
    }

    /**
     * Prefers this app's card while the activity is on the screen: to be called in each `onResume`. False where Android refuses,
     * and where the NFC service is not there.
     */
    @JvmStatic
    public fun prefer(activity: Activity, service: Class<out PaymentService>): Boolean = whereNfcIsThere(false) {
        emulation(activity)?.setPreferredService(activity, ComponentName(activity, service)) ?: false
    }

    /** No longer prefers it: to be called in each `onPause`. */
    @JvmStatic
    public fun release(activity: Activity) {
        whereNfcIsThere(false) { emulation(activity)?.unsetPreferredService(activity) ?: false }
    }

    /**
     * Registers the AIDs of the wallet's cards with Android, now and whenever a card comes or goes. To be called once the wallet is
     * open; again does no harm. What the service's XML declares is enough by itself: only where a card has an AID beyond it, that one
     * is registered. AIDs that begin with F, and all of a service without a payment group, go outside the payment category, the
     * others into it; an AID that belongs elsewhere is to be declared in the XML. Whatever else was registered at run time for the
     * service goes. It asks Android on a thread of its own; [check] tells what Android did not take.
     */
    @JvmStatic
    public fun follow(context: Context, service: Class<out PaymentService>, wallet: Wallet) {
        CardAids.follow(context, service, wallet)
    }

    /**
     * Tells what Android's NFC service tells of taps that did not arrive, until what is given back is closed: in `onStart` and
     * `onStop`, or while the process lives. Nothing is told before Android 16 (API 36), nor where the NFC service is not there at
     * this moment.
     */
    @JvmStatic
    public fun observe(context: Context, listener: NfcListener): AutoCloseable {
        val emulation = whereNfcIsThere(null) { emulation(context) }
        return if (Build.VERSION.SDK_INT >= 36 && emulation != null) NfcEvents.observe(context, emulation, listener) else AutoCloseable {}
    }

    /**
     * A screen on which the holder makes this app the phone's wallet. Start it by `startActivityForResult`: it asks who calls, and
     * ends at once where it was started by `startActivity`. Null where the app cannot be the wallet: the service has no payment
     * group, or there is no such role, as in a work profile.
     */
    @JvmStatic
    public fun defaultWalletIntent(context: Context, service: Class<out PaymentService>): Intent? {
        val component = ComponentName(context, service)
        return when {
            !DeclaredService.read(context, component).isForPayments -> null
            Build.VERSION.SDK_INT >= 35 -> walletRoleIntent(context)
            else -> changeDefaultIntent(component)
        }
    }

    private fun has(context: Context, feature: String): Boolean = context.packageManager.hasSystemFeature(feature)

    private fun adapter(context: Context): NfcAdapter? = NfcAdapter.getDefaultAdapter(context)

    /** Android throws instead where the phone has none, and where its NFC service is not there. */
    internal fun emulation(context: Context): CardEmulation? =
        if (has(context, PackageManager.FEATURE_NFC_HOST_CARD_EMULATION)) adapter(context)?.let(CardEmulation::getInstance) else null

    /**
     * A dying NFC process throws out of Android's own classes: null pointers, what they wrap a dead object in, whatever it threw
     * itself. An activity that is not on the screen is another matter: that is the app's mistake.
     */
    private inline fun <T> whereNfcIsThere(otherwise: T, ask: () -> T): T = try {
        ask()
    } catch (mistake: IllegalArgumentException) {
        throw mistake
    } catch (_: RuntimeException) {
        otherwise
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

    private val SWITCH_OF_THEIR_OWN = setOf("xiaomi", "redmi", "poco", "honor", "huawei")
}
