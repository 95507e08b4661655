package org.hcepay

import android.app.Activity
import android.app.KeyguardManager
import android.app.role.RoleManager
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.content.pm.ServiceInfo
import android.nfc.NfcAdapter
import android.nfc.cardemulation.AidGroup
import android.nfc.cardemulation.CardEmulation
import android.os.DeadObjectException
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
import org.robolectric.shadows.ShadowBuild
import org.robolectric.shadows.ShadowNfcAdapter
import org.robolectric.shadows.ShadowRoleManager

/** What may keep terminals from the card: each is found where it is so, and not where it is not. */
@RunWith(SandboxRunner::class)
@Config(shadows = [TestNfc.CardEmulationItself::class])
open class RoutingTest {
    private val context: Context get() = RuntimeEnvironment.getApplication()
    private val adapter: NfcAdapter get() = NfcAdapter.getDefaultAdapter(context)
    private val service = TestPaymentService::class.java
    private val component get() = ComponentName(context, service)
    private val nfc = TestNfc()

    @Before
    fun nothingIsInTheWay() {
        nfc.start()
        hasFeature(PackageManager.FEATURE_NFC, true)
        hasFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, true)
        shadowOf(adapter).setEnabled(true)
        shadowOf(context.getSystemService(KeyguardManager::class.java)).setIsDeviceSecure(true)
        nfc.default = component
        if (RuntimeEnvironment.getApiLevel() >= 29) roles.addHeldRole(RoleManager.ROLE_WALLET)
    }

    /** Its manifest leaves it out of the way of the others. */
    private fun enable(service: Class<out PaymentService>): Class<out PaymentService> = service.also {
        val enabled = PackageManager.COMPONENT_ENABLED_STATE_ENABLED
        context.packageManager.setComponentEnabledSetting(ComponentName(context, it), enabled, PackageManager.DONT_KILL_APP)
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
        hasFeature(PackageManager.FEATURE_NFC, false)
        hasFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, false)
        assertNull(onlyFinding(FindingKind.NO_NFC).mending)
    }

    @Test
    fun aPhoneThatDeclaresHostCardEmulationAloneHasNfc() {
        hasFeature(PackageManager.FEATURE_NFC, false)
        assertEquals(emptyList<Finding>(), check())
    }

    @Test
    fun anNfcServiceThatIsNotThereIsNoMissingNfc() {
        ShadowNfcAdapter.setNfcHardwareExists(false)
        assertNull(onlyFinding(FindingKind.NFC_NOT_ANSWERING).mending)
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
        nfc.default = null
        assertEquals("from API 35 the role alone counts", emptyList<Finding>(), check())
        anotherAppIsTheWallet()
        val mending = checkNotNull(onlyFinding(FindingKind.NOT_DEFAULT_WALLET).mending)
        assertEquals("android.app.role.action.REQUEST_ROLE", mending.action)
        assertEquals(RoleManager.ROLE_WALLET, mending.getStringExtra(Intent.EXTRA_ROLE_NAME))
    }

    @Test
    fun whereThereIsNoRoleAsInAWorkProfileItIsNotAnotherAppsFault() {
        // The shadow forgets a role that nobody holds.
        roles.removeHeldRole(RoleManager.ROLE_WALLET)
        assertNull(onlyFinding(FindingKind.NO_WALLET_ROLE).mending)
        assertNull(Routing.defaultWalletIntent(context, service))
    }

    @Test
    fun aServiceWithoutPaymentsIsNeverTheWallet() = neverTheWallet { anotherAppIsTheWallet() }

    @Test
    fun aServiceWithoutPaymentsMissesNoRole() = neverTheWallet { roles.removeHeldRole(RoleManager.ROLE_WALLET) }

    @Test
    fun aServiceWithoutPaymentsIsNoDefaultOfTheCategory() = onAndroid(34) { neverTheWallet { nfc.default = null } }

    private fun neverTheWallet(change: () -> Unit) {
        val closedLoop = enable(ClosedLoopService::class.java)
        change()
        assertEquals(emptyList<Finding>(), check(closedLoop))
        assertNull(Routing.defaultWalletIntent(context, closedLoop))
    }

    @Test
    fun anotherWalletIsFoundByTheCategoryBeforeApi35() = onAndroid(34) { findsAnotherWalletByTheCategory() }

    @Test
    @Config(sdk = [28])
    fun anotherWalletIsFoundByTheCategoryOnTheOldestAndroid() = findsAnotherWalletByTheCategory()

    private fun findsAnotherWalletByTheCategory() {
        assertEquals(emptyList<Finding>(), check())
        nfc.default = ComponentName("another", "another.Service")
        val mending = checkNotNull(onlyFinding(FindingKind.NOT_DEFAULT_WALLET).mending)
        @Suppress("DEPRECATION")
        assertEquals(CardEmulation.ACTION_CHANGE_DEFAULT, mending.action)
        assertEquals(CardEmulation.CATEGORY_PAYMENT, mending.getStringExtra(CardEmulation.EXTRA_CATEGORY))
        @Suppress("DEPRECATION")
        assertEquals(component, mending.getParcelableExtra(CardEmulation.EXTRA_SERVICE_COMPONENT))
    }

    @Test
    fun anAidOfTheManifestThatGoesElsewhereIsFound() {
        nfc.notRouted += "F048434550415901"
        val finding = onlyFinding(FindingKind.AID_NOT_ROUTED)
        assertEquals("F048434550415901", finding.detail)
        assertEquals(Settings.ACTION_NFC_PAYMENT_SETTINGS, finding.mending?.action)
    }

    @Test
    fun anAidOfThePaymentCategoryIsTheWalletsMatter() {
        nfc.notRouted += "A0000000031010"
        assertEquals(emptyList<Finding>(), check())
    }

    @Test
    fun anAidRegisteredAtRunTimeTakesThePlaceOfThoseOfTheManifest() {
        nfc.service(component)?.setDynamicAidGroup(AidGroup(listOf("F048434550415902"), CardEmulation.CATEGORY_OTHER))
        nfc.notRouted += listOf("F048434550415901", "F048434550415902")
        assertEquals("F048434550415902", onlyFinding(FindingKind.AID_NOT_ROUTED).detail)
    }

    @Test
    fun aMisspeltAidIsFound() {
        val finding = check(enable(MisspeltService::class.java)).single()
        assertEquals(FindingKind.AID_PASSED_OVER, finding.kind)
        assertEquals("F04843455041590", finding.detail)
    }

    @Test
    fun everyAidThatAndroidPassesOverIsFoundAlsoOfPayments() {
        val findings = check(enable(PassedOverService::class.java))
        assertEquals(setOf(FindingKind.AID_PASSED_OVER), findings.map { it.kind }.toSet())
        assertEquals(
            listOf("A000000003101", "A0000000031O10", "A0000000031", "A0000000", "A0000000041010"),
            findings.map { it.detail },
        )
    }

    @Test
    fun anAidIsTheSameHoweverItIsWritten() {
        nfc.notRouted += "F048434550415901"
        assertEquals(
            listOf(FindingKind.AID_PASSED_OVER to "F04843455041590", FindingKind.AID_NOT_ROUTED to "F048434550415901"),
            check(enable(MisspeltService::class.java)).map { it.kind to it.detail },
        )
    }

    @Test
    fun thePrefixOfAnAidIsAskedForToo() {
        val closedLoop = enable(ClosedLoopService::class.java)
        nfc.notRouted += "F04843455041AA*"
        assertEquals(listOf(FindingKind.AID_NOT_ROUTED to "F04843455041AA*"), check(closedLoop).map { it.kind to it.detail })
        nfc.looksForPrefixes = false
        assertEquals(listOf(FindingKind.PREFIX_NOT_SUPPORTED to "F04843455041AA*"), check(closedLoop).map { it.kind to it.detail })
    }

    @Test
    fun aPaymentServiceWithoutABannerIsFound() {
        assertEquals(listOf(FindingKind.NO_BANNER), check(TwoTapService::class.java).map { it.kind })
    }

    @Test
    fun aServiceThatAndroidPassesOverIsFound() {
        for ((mending, change) in mapOf<String, ServiceInfo.() -> Unit>(
            "android:exported" to { exported = false },
            "android:permission" to { permission = null },
        )) {
            val declared = context.packageManager.getServiceInfo(component, PackageManager.GET_META_DATA)
            shadowOf(context.packageManager).addOrUpdateService(ServiceInfo(declared).apply(change))
            val finding = onlyFinding(FindingKind.SERVICE_PASSED_OVER)
            assertEquals(mending, finding.detail)
            assertNull(finding.mending)
            shadowOf(context.packageManager).addOrUpdateService(declared)
        }
        assertEquals(emptyList<Finding>(), check())
    }

    @Test
    fun aServiceWithoutItsXmlIsFound() {
        val declared = context.packageManager.getServiceInfo(component, PackageManager.GET_META_DATA)
        shadowOf(context.packageManager).addOrUpdateService(ServiceInfo(declared).apply { metaData = null })
        assertEquals("meta-data", onlyFinding(FindingKind.SERVICE_PASSED_OVER).detail)
    }

    @Test
    fun aServiceThatIsOffIsFound() {
        assertEquals(listOf("android:enabled"), check(ClosedLoopService::class.java).map { it.detail })
        val off = PackageManager.COMPONENT_ENABLED_STATE_DISABLED
        context.packageManager.setComponentEnabledSetting(component, off, PackageManager.DONT_KILL_APP)
        assertEquals("android:enabled", onlyFinding(FindingKind.SERVICE_PASSED_OVER).detail)
    }

    @Test
    fun aServiceWithoutItsActionIsFound() {
        shadowOf(context.packageManager).clearIntentFilterForService(component)
        assertEquals("intent-filter", onlyFinding(FindingKind.SERVICE_PASSED_OVER).detail)
    }

    @Test
    fun anAppWithoutThePermissionIsFound() {
        shadowOf(context.packageManager).getInternalMutablePackageInfo(context.packageName).requestedPermissions = emptyArray()
        assertEquals("uses-permission", onlyFinding(FindingKind.SERVICE_PASSED_OVER).detail)
    }

    @Test
    fun aServiceThatIsNotDeclaredIsFound() {
        assertEquals(listOf("service"), check(UndeclaredService::class.java).map { it.detail })
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
        for (name in listOf("Xiaomi", "Redmi", "POCO", "HONOR", "HUAWEI")) {
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
        nfc.notRouted += "F048434550415901"
        shadowOf(context.getSystemService(KeyguardManager::class.java)).setIsDeviceSecure(false)
        ShadowBuild.setManufacturer("Xiaomi")
        assertEquals(
            listOf(
                FindingKind.NFC_OFF,
                FindingKind.AID_PASSED_OVER,
                FindingKind.NOT_DEFAULT_WALLET,
                FindingKind.AID_NOT_ROUTED,
                FindingKind.NO_SCREEN_LOCK,
                FindingKind.SECURE_NFC,
                FindingKind.UNKNOWN_MANUFACTURER_SWITCH,
            ),
            check(enable(PassedOverService::class.java)).map { it.kind }.distinct(),
        )
    }

    @Test
    fun theCardIsPreferredWhileItsActivityIsOnTheScreen() = preferredWhileOnTheScreen()

    @Test
    @Config(sdk = [28])
    fun theCardIsPreferredOnTheOldestAndroidToo() = preferredWhileOnTheScreen()

    private fun preferredWhileOnTheScreen() {
        val screen = Robolectric.buildActivity(PayScreen::class.java).create().start()
        assertNull(nfc.preferred)
        screen.resume()
        assertTrue(screen.get().isPreferred)
        assertEquals(component, nfc.preferred)
        screen.pause()
        assertNull(nfc.preferred)
    }

    @Test
    @Config(sdk = [28])
    fun toPreferBeforeTheActivityIsOnTheScreenIsAMistakeOfTheApp() {
        val activity = Robolectric.buildActivity(Activity::class.java).create().get()
        assertThrows(IllegalArgumentException::class.java) { Routing.prefer(activity, service) }
    }

    @Test
    fun whereAndroidRefusesThePreferenceItIsTold() {
        nfc.isPreferenceAllowed = false
        assertFalse(Robolectric.buildActivity(PayScreen::class.java).setup().get().isPreferred)
    }

    @Test
    fun aPhoneThatCannotBeACardPrefersNothing() {
        hasFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, false)
        assertFalse(Robolectric.buildActivity(PayScreen::class.java).setup().pause().get().isPreferred)
        ShadowNfcAdapter.setNfcHardwareExists(false)
        assertFalse(Robolectric.buildActivity(PayScreen::class.java).setup().pause().get().isPreferred)
    }

    /** Before Android 16 nothing is told of NFC, and the app need not ask which Android it is. */
    @Test
    fun beforeAndroid16NothingIsTold() = onAndroid(35) {
        val told = mutableListOf<NfcEvent>()
        Routing.observe(context) { told += it }.close()
        assertNull(nfc.events)
        assertEquals(emptyList<NfcEvent>(), told)
    }

    @Test
    fun theActivityOutlivesADeadNfcProcess() = outlivesADeadNfcProcess()

    @Test
    @Config(sdk = [28])
    fun theActivityOutlivesADeadNfcProcessOnTheOldestAndroidToo() = outlivesADeadNfcProcess()

    private fun outlivesADeadNfcProcess() {
        nfc.die()
        val screen = Robolectric.buildActivity(PayScreen::class.java)
        screen.setup().pause().resume().pause()
        assertFalse(screen.get().isPreferred)
        assertEquals(listOf(FindingKind.NFC_NOT_ANSWERING), check().map { it.kind })
        // Android's own class forgets a service that it could not reach, and asks nobody from then on.
        val emulation = CardEmulation.getInstance(adapter)
        assertThrows(RuntimeException::class.java) { emulation.isDefaultServiceForAid(component, "F048434550415901") }
        nfc.start()
        assertEquals(emptyList<Finding>(), check())
    }

    @Test
    fun theActivityOutlivesWhatAFailingNfcProcessThrows() {
        for (failure in listOf(IllegalStateException(), UnsupportedOperationException(), NullPointerException(), SecurityException())) {
            nfc.fail(failure)
            val screen = Robolectric.buildActivity(PayScreen::class.java).create().start()
            val emulation = CardEmulation.getInstance(adapter)
            assertThrows(failure.javaClass) { emulation.isDefaultServiceForAid(component, "F048434550415901") }
            assertThrows(failure.javaClass) { emulation.unsetPreferredService(screen.get()) }
            screen.resume()
            assertFalse(screen.get().isPreferred)
            screen.pause()
            assertNull(onlyFinding(FindingKind.NFC_NOT_ANSWERING).mending)
        }
    }

    @Test
    fun theActivityOutlivesAnNfcServiceThatIsNotFound() {
        nfc.isGone()
        val thrown = assertThrows(RuntimeException::class.java) { CardEmulation.getInstance(adapter) }
        assertTrue("$thrown", thrown is UnsupportedOperationException || thrown.cause is DeadObjectException)
        val screen = Robolectric.buildActivity(PayScreen::class.java).setup().pause()
        assertFalse(screen.get().isPreferred)
        onlyFinding(FindingKind.NFC_NOT_ANSWERING)
        Routing.observe(context) { }.close()
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
