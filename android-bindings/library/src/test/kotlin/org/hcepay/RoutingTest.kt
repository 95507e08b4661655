package org.hcepay

import android.app.Activity
import android.app.KeyguardManager
import android.app.role.RoleManager
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.nfc.INfcCardEmulation
import android.nfc.NfcAdapter
import android.nfc.cardemulation.AidGroup
import android.nfc.cardemulation.CardEmulation
import android.os.Process
import android.provider.Settings
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowBuild
import org.robolectric.shadows.ShadowNfcAdapter
import org.robolectric.shadows.ShadowRoleManager
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter.from
import java.lang.reflect.Proxy

/** What may keep terminals from the card: each is found where it is so, and not where it is not. */
@RunWith(SandboxRunner::class)
@Config(shadows = [RoutingTest.CardEmulationItself::class])
class RoutingTest {
    /** Android's own code, in front of an NFC service of the test's. */
    @Implements(CardEmulation::class)
    class CardEmulationItself

    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val adapter: NfcAdapter get() = NfcAdapter.getDefaultAdapter(context)
    private val service = TestPaymentService::class.java
    private val component get() = ComponentName(context, service)

    /** What the phone's NFC service says. */
    private val notRouted = mutableSetOf<String>()
    private var atRunTime: AidGroup? = null
    private var default: ComponentName? = null
    private var preferred: ComponentName? = null
    private var isPreferenceAllowed = true

    @Before
    fun nothingIsInTheWay() {
        hasFeature(PackageManager.FEATURE_NFC, true)
        hasFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, true)
        shadowOf(adapter).setEnabled(true)
        shadowOf(context.getSystemService(KeyguardManager::class.java)).setIsDeviceSecure(true)
        default = component
        if (RuntimeEnvironment.getApiLevel() >= 29) roles.addHeldRole(RoleManager.ROLE_WALLET)
        val type = CardEmulation::class.java
        val nfc = Proxy.newProxyInstance(type.classLoader, arrayOf(INfcCardEmulation::class.java)) { _, method, arguments ->
            answer(method.name, arguments.orEmpty())
        }
        val parameters = arrayOf(from(Context::class.java, context), from(INfcCardEmulation::class.java, nfc))
        val emulation = ReflectionHelpers.callConstructor(type, *parameters)
        ReflectionHelpers.setStaticField(type, "sIsInitialized", false)
        ReflectionHelpers.setStaticField(type, "sCardEmus", hashMapOf(context to emulation))
    }

    private fun answer(question: String, arguments: Array<out Any?>): Any? = when (question) {
        "isDefaultServiceForCategory" -> arguments[1] == default && arguments[2] == CardEmulation.CATEGORY_PAYMENT
        "isDefaultServiceForAid" -> arguments[2] !in notRouted && (arguments[2] as String).length % 2 == 0
        "getAidGroupForService" -> atRunTime?.takeIf { it.category == arguments[2] }
        "setPreferredService" -> isPreferenceAllowed.also { if (it) preferred = arguments[0] as ComponentName }
        "unsetPreferredService" -> (preferred != null).also { preferred = null }
        else -> error("nobody asks for $question")
    }

    private val roles get() = shadowOf(context.getSystemService(RoleManager::class.java))

    private fun anotherAppIsTheWallet() {
        roles.removeHeldRole(RoleManager.ROLE_WALLET)
        ShadowRoleManager.addRoleHolder(RoleManager.ROLE_WALLET, "another", Process.myUserHandle())
    }

    private fun hasFeature(name: String, isThere: Boolean) = shadowOf(context.packageManager).setSystemFeature(name, isThere)

    private fun check(service: Class<out PaymentService> = this.service) = Routing.check(context, service)

    private fun onlyFinding(kind: FindingKind): Finding = check().single().also { assertEquals(kind, it.kind) }

    @Test
    fun nothingIsFoundWhereNothingIsInTheWay() = assertEquals(emptyList<Finding>(), check())

    @Test
    @Config(sdk = [28])
    fun nothingIsFoundOnTheOldestAndroid() = assertEquals(emptyList<Finding>(), check())

    @Test
    fun aPhoneWithoutNfcIsFound() {
        ShadowNfcAdapter.setNfcHardwareExists(false)
        assertNull(onlyFinding(FindingKind.NO_NFC).mending)
        ShadowNfcAdapter.setNfcHardwareExists(true)
        hasFeature(PackageManager.FEATURE_NFC, false)
        assertNull(onlyFinding(FindingKind.NO_NFC).mending)
    }

    @Test
    fun aPhoneWithoutHostCardEmulationIsFound() {
        hasFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, false)
        assertNull(onlyFinding(FindingKind.NO_HOST_CARD_EMULATION).mending)
    }

    @Test
    fun nfcThatIsOffIsFound() {
        shadowOf(adapter).setEnabled(false)
        assertEquals(Settings.ACTION_NFC_SETTINGS, onlyFinding(FindingKind.NFC_OFF).mending?.action)
    }

    @Test
    fun anotherWalletIsFoundByTheRole() {
        default = null
        assertEquals("from API 35 the role alone counts", emptyList<Finding>(), check())
        anotherAppIsTheWallet()
        val mending = checkNotNull(onlyFinding(FindingKind.NOT_DEFAULT_WALLET).mending)
        assertEquals("android.app.role.action.REQUEST_ROLE", mending.action)
        assertEquals(RoleManager.ROLE_WALLET, mending.getStringExtra(Intent.EXTRA_ROLE_NAME))
    }

    @Test
    fun aPhoneWithoutTheRoleHasNoScreenToAskForIt() {
        // The shadow forgets a role that nobody holds.
        roles.removeHeldRole(RoleManager.ROLE_WALLET)
        assertNull(onlyFinding(FindingKind.NOT_DEFAULT_WALLET).mending)
        assertNull(Routing.defaultWalletIntent(context, service))
    }

    @Test
    fun anotherWalletIsFoundByTheCategoryBeforeApi35() = onAndroid(34) { findsAnotherWalletByTheCategory() }

    @Test
    @Config(sdk = [28])
    fun anotherWalletIsFoundByTheCategoryOnTheOldestAndroid() = findsAnotherWalletByTheCategory()

    private fun findsAnotherWalletByTheCategory() {
        assertEquals(emptyList<Finding>(), check())
        default = ComponentName("another", "another.Service")
        val mending = checkNotNull(onlyFinding(FindingKind.NOT_DEFAULT_WALLET).mending)
        @Suppress("DEPRECATION")
        assertEquals(CardEmulation.ACTION_CHANGE_DEFAULT, mending.action)
        assertEquals(CardEmulation.CATEGORY_PAYMENT, mending.getStringExtra(CardEmulation.EXTRA_CATEGORY))
        @Suppress("DEPRECATION")
        assertEquals(component, mending.getParcelableExtra(CardEmulation.EXTRA_SERVICE_COMPONENT))
    }

    @Test
    fun anAidOfTheManifestThatGoesElsewhereIsFound() {
        notRouted += "F048434550415901"
        val finding = onlyFinding(FindingKind.AID_NOT_ROUTED)
        assertEquals("F048434550415901", finding.detail)
        assertEquals(Settings.ACTION_NFC_PAYMENT_SETTINGS, finding.mending?.action)
    }

    @Test
    fun anAidOfThePaymentCategoryIsTheWalletsMatter() {
        notRouted += "A0000000031010"
        assertEquals(emptyList<Finding>(), check())
    }

    @Test
    fun anAidRegisteredAtRunTimeTakesThePlaceOfThoseOfTheManifest() {
        atRunTime = AidGroup(listOf("F048434550415902"), CardEmulation.CATEGORY_OTHER)
        notRouted += listOf("F048434550415901", "F048434550415902")
        assertEquals("F048434550415902", onlyFinding(FindingKind.AID_NOT_ROUTED).detail)
    }

    @Test
    fun aMisspeltAidIsFound() {
        val finding = check(MisspeltService::class.java).single()
        assertEquals(FindingKind.AID_NOT_ROUTED, finding.kind)
        assertEquals("F04843455041590", finding.detail)
    }

    @Test
    fun anAidIsTheSameHoweverItIsWritten() {
        notRouted += "F048434550415901"
        assertEquals(listOf("F048434550415901", "F04843455041590"), check(MisspeltService::class.java).map { it.detail })
    }

    @Test
    fun secureNfcIsFound() {
        shadowOf(adapter).setSecureNfcSupported(true)
        assertEquals(emptyList<Finding>(), check())
        assertTrue(adapter.enableSecureNfc(true))
        assertEquals(Settings.ACTION_NFC_SETTINGS, onlyFinding(FindingKind.SECURE_NFC).mending?.action)
    }

    @Test
    fun aPhoneWithoutAScreenLockIsFound() {
        shadowOf(context.getSystemService(KeyguardManager::class.java)).setIsDeviceSecure(false)
        assertEquals(Settings.ACTION_SECURITY_SETTINGS, onlyFinding(FindingKind.NO_SCREEN_LOCK).mending?.action)
    }

    @Test
    fun aManufacturerWithASwitchOfItsOwnIsFound() {
        for (name in listOf("Xiaomi", "Redmi", "POCO")) {
            ShadowBuild.setManufacturer(name)
            val finding = onlyFinding(FindingKind.UNKNOWN_MANUFACTURER_SWITCH)
            assertEquals(name, finding.detail)
            assertEquals(Settings.ACTION_NFC_SETTINGS, finding.mending?.action)
        }
        ShadowBuild.setManufacturer("Google")
        assertEquals(emptyList<Finding>(), check())
    }

    @Test
    fun allThatIsInTheWayIsFoundTheWorstFirst() {
        shadowOf(adapter).setEnabled(false)
        shadowOf(adapter).setSecureNfcSupported(true)
        adapter.enableSecureNfc(true)
        anotherAppIsTheWallet()
        notRouted += "F048434550415901"
        shadowOf(context.getSystemService(KeyguardManager::class.java)).setIsDeviceSecure(false)
        ShadowBuild.setManufacturer("Xiaomi")
        val kinds = check().map { it.kind }
        assertEquals(FindingKind.values().toSet() - FindingKind.NO_NFC - FindingKind.NO_HOST_CARD_EMULATION, kinds.toSet())
        assertEquals(FindingKind.NFC_OFF, kinds.first())
    }

    @Test
    fun theCardIsPreferredWhileItsActivityIsOnTheScreen() = preferredWhileOnTheScreen()

    @Test
    @Config(sdk = [28])
    fun theCardIsPreferredOnTheOldestAndroidToo() = preferredWhileOnTheScreen()

    private fun preferredWhileOnTheScreen() {
        val screen = Robolectric.buildActivity(PayScreen::class.java).create().start()
        assertNull(preferred)
        screen.resume()
        assertTrue(screen.get().isPreferred)
        assertEquals(component, preferred)
        screen.pause()
        assertNull(preferred)
    }

    @Test
    @Config(sdk = [28])
    fun toPreferBeforeTheActivityIsOnTheScreenIsAMistakeOfTheApp() {
        val activity = Robolectric.buildActivity(Activity::class.java).create().get()
        assertThrows(IllegalArgumentException::class.java) { Routing.prefer(activity, service) }
    }

    @Test
    fun whereAndroidRefusesThePreferenceItIsTold() {
        isPreferenceAllowed = false
        assertFalse(Robolectric.buildActivity(PayScreen::class.java).setup().get().isPreferred)
    }

    @Test
    fun aPhoneThatCannotBeACardPrefersNothing() {
        hasFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, false)
        assertFalse(Robolectric.buildActivity(PayScreen::class.java).setup().pause().get().isPreferred)
        ShadowNfcAdapter.setNfcHardwareExists(false)
        assertFalse(Robolectric.buildActivity(PayScreen::class.java).setup().pause().get().isPreferred)
    }

    /** What an app would write. */
    class PayScreen : Activity() {
        var isPreferred = false

        override fun onResume() {
            super.onResume()
            isPreferred = Routing.prefer(this, TestPaymentService::class.java)
        }

        override fun onPause() {
            Routing.release(this)
            super.onPause()
        }
    }
}
