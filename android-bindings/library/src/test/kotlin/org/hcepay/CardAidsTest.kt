package org.hcepay

import android.app.role.RoleManager
import android.content.ComponentName
import android.content.pm.PackageManager
import android.nfc.NfcAdapter
import android.nfc.cardemulation.CardEmulation.CATEGORY_OTHER
import android.nfc.cardemulation.CardEmulation.CATEGORY_PAYMENT
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.util.concurrent.CountDownLatch

/** Terminals reach the cards that are in the wallet: Android is told their AIDs as they come and go. */
@RunWith(SandboxRunner::class)
@Config(shadows = [TestNfc.CardEmulationItself::class])
class CardAidsTest {
    @get:Rule
    val phone = TestPhone()

    private val nfc = TestNfc()
    private val service = DirectoryService::class.java

    @Before
    fun aPhoneWithNfc() {
        nfc.start()
        val packages = shadowOf(phone.context.packageManager)
        packages.setSystemFeature(PackageManager.FEATURE_NFC, true)
        packages.setSystemFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, true)
        shadowOf(NfcAdapter.getDefaultAdapter(phone.context)).setEnabled(true)
        if (android.os.Build.VERSION.SDK_INT >= 29) {
            shadowOf(phone.context.getSystemService(RoleManager::class.java)).addHeldRole(RoleManager.ROLE_WALLET)
        }
        for (service in listOf(service, ClosedLoopService::class.java)) {
            val enabled = PackageManager.COMPONENT_ENABLED_STATE_ENABLED
            phone.context.packageManager.setComponentEnabledSetting(
                ComponentName(phone.context, service),
                enabled,
                PackageManager.DONT_KILL_APP,
            )
        }
    }

    private fun follow(wallet: Wallet, service: Class<out PaymentService> = this.service) {
        Routing.follow(phone.context, service, wallet)
        settle()
    }

    /** All that the wallet told has reached the NFC service. */
    private fun settle() {
        idle()
        val done = CountDownLatch(1)
        CardAids.worker.execute(done::countDown)
        done.await()
    }

    private fun install(wallet: Wallet, card: String) {
        onWorker { phone.issuer.install(wallet, card, keys = 1) }
        settle()
    }

    private fun delete(wallet: Wallet, aid: String) {
        onWorker { wallet.delete(wallet.cards.single { card -> card.applications.any { it.aid == aid } }) }
        settle()
    }

    private fun payment(service: Class<out PaymentService> = this.service) = nfc.aids(service, CATEGORY_PAYMENT)

    private fun other(service: Class<out PaymentService> = this.service) = nfc.aids(service, CATEGORY_OTHER)

    private fun notRegistered(): List<String?> =
        Routing.check(phone.context, service).onEach { assertEquals(FindingKind.AID_NOT_REGISTERED, it.kind) }.map { it.detail }

    @Test
    fun theAidsFollowTheCards() = followTheCards()

    @Test
    @Config(sdk = [28])
    fun theAidsFollowTheCardsOnTheOldestAndroidToo() = followTheCards()

    private fun followTheCards() {
        val wallet = onWorker { phone.open() }
        follow(wallet)
        assertEquals(setOf(PPSE), payment())
        install(wallet, "kernel2-cvn14")
        assertEquals("what the XML declares stays with it", setOf(PPSE, KERNEL_2), payment())
        install(wallet, "kernel7-cvn01")
        assertEquals(setOf(PPSE, KERNEL_2, KERNEL_7), payment())
        delete(wallet, KERNEL_2)
        assertEquals(setOf(PPSE, KERNEL_7), payment())
        delete(wallet, KERNEL_7)
        assertEquals(setOf(PPSE), payment())
        assertNull(nfc.atRunTime(service, CATEGORY_PAYMENT))
        assertEquals(emptySet<String>(), other())
    }

    @Test
    fun aSchemeOfItsOwnStaysOutsideThePaymentCategory() {
        val wallet = phone.walletWith("closed-loop")
        follow(wallet)
        assertEquals(setOf(OWN), other())
        assertEquals(setOf(PPSE), payment())
        delete(wallet, OWN)
        assertEquals(emptySet<String>(), other())
    }

    @Test
    fun aServiceWithoutPaymentsGetsNoPaymentGroup() {
        follow(phone.walletWith("kernel2-cvn14"), ClosedLoopService::class.java)
        assertEquals(emptySet<String>(), payment(ClosedLoopService::class.java))
        assertEquals(setOf(OWN, "F04843455041AA*", KERNEL_2), other(ClosedLoopService::class.java))
    }

    @Test
    fun whatTheXmlDeclaresIsNotRegisteredAgain() {
        val wallet = phone.walletWith("kernel2-cvn14")
        follow(wallet, TestPaymentService::class.java)
        install(wallet, "closed-loop")
        assertEquals(0, nfc.changes)
    }

    @Test
    fun whatIsAsItShouldBeIsNotRegisteredAgain() {
        val wallet = phone.walletWith("kernel2-cvn14")
        follow(wallet)
        assertEquals(1, nfc.changes)
        onWorker { wallet.setDefault(wallet.cards.single()) }
        settle()
        follow(wallet)
        assertEquals(1, nfc.changes)
        phone.restartProcess()
        follow(onWorker { phone.open() })
        assertEquals("Android keeps them over restarts", 1, nfc.changes)
    }

    @Test
    fun oneFollowsAtATime() {
        val wallet = onWorker { phone.open() }
        repeat(3) { follow(wallet) }
        install(wallet, "kernel2-cvn14")
        assertEquals(1, nfc.changes)
    }

    @Test
    fun anAidThatAndroidRefusesIsFound() {
        nfc.takesAids = false
        val wallet = phone.walletWith("kernel2-cvn14")
        follow(wallet)
        assertEquals(setOf(PPSE), payment())
        assertEquals(listOf(KERNEL_2), notRegistered())
        nfc.takesAids = true
        onWorker { wallet.setDefault(wallet.cards.single()) }
        settle()
        assertEquals("the wallet's next change tries again", setOf(PPSE, KERNEL_2), payment())
        assertEquals(emptyList<String>(), notRegistered())
    }

    @Test
    fun anAidThatNobodyRegisteredIsFound() {
        phone.walletWith("kernel2-cvn14")
        assertEquals(listOf(KERNEL_2), notRegistered())
    }

    @Test
    fun whyAndroidRefusesAnAidIsFound() {
        val wallet = phone.walletWith("kernel2-cvn14")
        val off = PackageManager.COMPONENT_ENABLED_STATE_DISABLED
        phone.context.packageManager.setComponentEnabledSetting(ComponentName(phone.context, service), off, PackageManager.DONT_KILL_APP)
        follow(wallet)
        val findings = Routing.check(phone.context, service)
        assertEquals(listOf(FindingKind.SERVICE_PASSED_OVER, FindingKind.AID_NOT_REGISTERED), findings.map { it.kind })
        assertEquals(listOf("android:enabled", KERNEL_2), findings.map { it.detail })
    }

    @Test
    fun anNfcServiceThatDiesIsAskedAgainAtTheNextChange() {
        val wallet = phone.walletWith("kernel2-cvn14")
        for (breakDown in listOf(nfc::die, nfc::isGone, { nfc.fail(IllegalStateException()) })) {
            breakDown()
            follow(wallet)
            nfc.start()
            assertEquals(setOf(PPSE), payment())
        }
        onWorker { wallet.setDefault(wallet.cards.single()) }
        settle()
        assertEquals(setOf(PPSE, KERNEL_2), payment())
    }

    @Test
    fun aWalletThatWasDiscardedIsFollowedNoFurther() {
        val wallet = phone.walletWith("kernel2-cvn14")
        onWorker { Wallet.discard(phone.context) }
        follow(wallet)
        assertEquals(setOf(PPSE), payment())
        follow(phone.walletWith("kernel7-cvn01"))
        assertEquals(setOf(PPSE, KERNEL_7), payment())
    }

    private companion object {
        const val PPSE = "325041592E5359532E4444463031"
        const val KERNEL_2 = "A0000000041010"
        const val KERNEL_7 = "A000000333010101"
        const val OWN = "F048434550415901"
    }
}
