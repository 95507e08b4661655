package org.hcepay.demo

import android.Manifest.permission.POST_NOTIFICATIONS
import android.app.Activity
import android.app.Application
import android.content.pm.PackageManager
import android.hardware.biometrics.BiometricConstants
import android.nfc.NfcAdapter
import android.nfc.cardemulation.CardEmulation.CATEGORY_OTHER
import android.os.SystemClock
import android.os.UserManager
import android.provider.Settings
import org.hcepay.Coupon
import org.hcepay.Protection
import org.hcepay.TapReason
import org.hcepay.TestNfc
import org.hcepay.TestPrompt
import org.hcepay.demo.engineer.BadDaysActivity
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.pay.CardService
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTest
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.CheckActivity
import org.hcepay.demo.wallet.KeysActivity
import org.hcepay.demo.wallet.WalletActivity
import org.hcepay.demo.wallet.WelcomeActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowNfcAdapter
import org.robolectric.shadows.ShadowPausedSystemClock
import java.io.File

/** What goes wrong is said in words, with what to press; each has its picture. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class, TestNfc.CardEmulationItself::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class BadDaysTest {
    @get:Rule
    val phone = DemoPhone()

    private val nfc = TestNfc()
    private val demo get() = phone.demo

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun has(feature: String, isThere: Boolean) = shadowOf(phone.app.packageManager).setSystemFeature(feature, isThere)

    @Before
    fun thePhoneIsAsItShouldBe() {
        ShadowNfcAdapter.setNfcHardwareExists(true)
        nfc.start()
        has(PackageManager.FEATURE_NFC, true)
        has(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, true)
        shadowOf(NfcAdapter.getDefaultAdapter(phone.app)).setEnabled(true)
        shadowOf(phone.app as Application).grantPermissions(POST_NOTIFICATIONS)
    }

    // ---- the phone

    private fun check(picture: String): ActivityController<CheckActivity> = phone.open(CheckActivity::class.java).also {
        Screenshot.takeWhole(it.get(), picture)
    }

    /** Its button opens this setting. */
    private fun mends(screen: Activity, setting: String) {
        screen.press(words(R.string.mend))
        assertEquals(setting, shadowOf(screen).nextStartedActivityForResult.intent.action)
    }

    @Test
    fun whereNothingIsInTheWayThatIsSaid() {
        val screen = check("check-well").get()
        screen.shows(R.string.nothing_in_the_way)
        screen.doesNotShow(R.string.in_the_way)
    }

    @Test
    fun nfcThatIsOffIsSwitchedOnInTheSettingsAndLookedAtAgain() {
        val adapter = shadowOf(NfcAdapter.getDefaultAdapter(phone.app))
        adapter.setEnabled(false)
        val controller = check("bad-nfc-off")
        controller.get().shows(R.string.nfc_off)
        mends(controller.get(), Settings.ACTION_NFC_SETTINGS)
        controller.pause()
        adapter.setEnabled(true)
        controller.resume()
        controller.get().shows(R.string.nothing_in_the_way)
    }

    @Test
    fun aPhoneWhoseNfcCannotBeACardSaysThatTheSelfTestWorks() {
        has(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, false)
        check("bad-no-hce").get().shows(R.string.no_hce)
    }

    @Test
    fun aPhoneWithoutNfcSaysSoFromTheFirstScreenOnAndTheSelfTestWorks() {
        ShadowNfcAdapter.setNfcHardwareExists(false)
        has(PackageManager.FEATURE_NFC, false)
        has(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION, false)
        val welcome = phone.open(WelcomeActivity::class.java).get()
        Screenshot.takeWhole(welcome, "bad-no-nfc")
        welcome.shows(R.string.no_nfc)
        phone.addCard()
        check("bad-no-nfc-check").get().shows(R.string.no_nfc)
        phone.pay()
        assertEquals(TapReason.VERIFIED, demo.lastTap!!.reason)
    }

    @Test
    fun aPhoneWithoutAScreenLockLeadsToItsSetting() {
        phone.phone.hasScreenLock = false
        val screen = check("bad-no-screen-lock").get()
        screen.shows(R.string.no_screen_lock)
        mends(screen, Settings.ACTION_SECURITY_SETTINGS)
    }

    @Test
    fun anAidThatGoesElsewhereIsFound() {
        nfc.notRouted += "F048434550415901"
        val screen = check("bad-not-routed").get()
        screen.shows(R.string.not_routed)
        mends(screen, Settings.ACTION_NFC_PAYMENT_SETTINGS)
    }

    @Test
    fun couponsStayRoutedWhereACardBringsAnAidThatTheXmlDoesNotName() {
        phone.addCard()
        val aid = demo.wallet!!.cards.single().applications.single().aid
        val wanted = setOf("F048434550415901", Coupon.AID, aid)
        val deadline = System.nanoTime() + 10_000_000_000
        // The library asks Android on a thread of its own.
        while (nfc.aids(CardService::class.java, CATEGORY_OTHER) != wanted && System.nanoTime() < deadline) Thread.sleep(5)
        assertEquals(wanted, nfc.aids(CardService::class.java, CATEGORY_OTHER))
        nfc.notRouted += Coupon.AID
        check("bad-coupons-not-routed").get().shows(R.string.not_routed)
    }

    @Test
    fun nfcThatDoesNotAnswerIsSaid() {
        nfc.die()
        check("bad-nfc-silent").get().shows(R.string.nfc_silent)
        nfc.start()
    }

    @Test
    fun whoRefusedNotificationsForGoodIsLedToTheSettings() {
        shadowOf(phone.app as Application).denyPermissions(POST_NOTIFICATIONS)
        val controller = check("bad-no-notifications")
        controller.get().press(words(R.string.allow_notifications))
        val asked = shadowOf(controller.get()).lastRequestedPermission
        controller.get().onRequestPermissionsResult(
            asked.requestCode,
            asked.requestedPermissions,
            intArrayOf(PackageManager.PERMISSION_DENIED),
        )
        controller.recreate()
        controller.get().doesNotShow(R.string.allow_notifications)
        mends(controller.get(), Settings.ACTION_APP_NOTIFICATION_SETTINGS)
    }

    @Test
    fun onAPhoneThatIsLockedACardThatWantsItUnlockedDoesNotPayAndSaysWhy() {
        phone.addCard()
        demo.bank { it.install("kernel3-no-verification", protection = Protection.UNLOCKED).envelope }
        phone.settle()
        demo.change { it.setDefault(it.cards.last()) }
        phone.settle()
        phone.phone.isLocked = true
        demo.selfTest(12_50, 978)
        phone.settle()
        val tap = phone.open(RowActivity::class.java, RowActivity.of(phone.app, demo.lastTap!!.id)).get()
        Screenshot.takeWhole(tap, "bad-locked")
        tap.shows(R.string.reason_locked)
    }

    @Test
    fun beforeThePhoneIsFirstUnlockedTheWalletWaits() {
        phone.addCard()
        val user = shadowOf(phone.app.getSystemService(UserManager::class.java))
        user.setUserUnlocked(false)
        phone.restartProcess()
        val screen = phone.open(WalletActivity::class.java).get()
        Screenshot.takeWhole(screen, "bad-not-yet-unlocked")
        screen.shows(R.string.trouble_locked)
        user.setUserUnlocked(true)
        screen.press(words(R.string.try_again))
        phone.settle()
        screen.shows(R.string.pay)
    }

    // ---- verification

    private fun asksToPay(): PayActivity {
        phone.addCard()
        val pay = phone.open(PayActivity::class.java).get()
        pay.press(words(R.string.verify_and_pay))
        phone.settle()
        return pay
    }

    @Test
    fun aVerificationThatIsCancelledCostsNothingAndCanBeTriedAgain() {
        val pay = asksToPay()
        TestPrompt.shown.last().fails(BiometricConstants.BIOMETRIC_ERROR_USER_CANCELED, "Fingerprint operation cancelled by user.")
        phone.settle()
        Screenshot.takeWhole(pay, "bad-cancelled")
        pay.shows(R.string.not_verified)
        pay.press(words(R.string.verify_and_pay))
        phone.settle()
        phone.verify()
        pay.shows(R.string.hold_to_reader)
    }

    @Test
    fun whoIsLockedOutHearsSo() {
        val pay = asksToPay()
        TestPrompt.shown.last().fails(BiometricConstants.BIOMETRIC_ERROR_LOCKOUT, "Too many attempts. Try again later.")
        phone.settle()
        Screenshot.takeWhole(pay, "bad-locked-out")
        assertTrue("${pay.read()}", "Too many attempts. Try again later." in pay.read())
    }

    @Test
    fun aScreenLockThatWasChangedLosesThePaymentsAndTheBankSendsNewOnes() {
        phone.addCard()
        phone.phone.hasScreenLock = false
        phone.phone.hasScreenLock = true
        val pay = phone.open(PayActivity::class.java).get()
        pay.press(words(R.string.verify_and_pay))
        phone.settle()
        Screenshot.takeWhole(pay, "bad-lock-changed")
        pay.shows(R.string.trouble_spend_key)
        pay.doesNotShow(R.string.verify_and_pay)
        pay.press(words(R.string.ask_bank))
        phone.settle()
        pay.doesNotShow(R.string.trouble_spend_key)
        assertTrue(demo.wallet!!.cards.single().replenishment.usesLeft > 0)
        pay.press(words(R.string.verify_and_pay))
        phone.settle()
        phone.verify()
        pay.shows(R.string.hold_to_reader)
    }

    // ---- keys, the bank, the clock

    @Test
    fun aCardWhosePaymentsAreUsedUpSaysSoAndGetsNewOnes() {
        phone.addCard()
        repeat(10) { phone.payUnheard() }
        assertEquals(0, demo.wallet!!.cards.single().replenishment.usesLeft)
        phone.payUnheard()
        val tap = phone.open(RowActivity::class.java, RowActivity.of(phone.app, demo.lastTap!!.id)).get()
        Screenshot.takeWhole(tap, "bad-no-key-left")
        tap.shows(R.string.reason_no_key)
        tap.press(words(R.string.keys))
        assertEquals(KeysActivity::class.java.name, shadowOf(tap).nextStartedActivity.component?.className)
        val keys = phone.open(KeysActivity::class.java).get()
        Screenshot.takeWhole(keys, "bad-keys-used-up")
        assertTrue("${keys.read()}", keys.read().any { words(R.string.why_none) in it && words(R.string.ask_now) in it })
        keys.press(words(R.string.get_payments))
        phone.settle()
        assertTrue("${keys.read()}", keys.read().any { words(R.string.why_enough) in it })
    }

    @Test
    fun aBankThatRefusesIsHeardOnceAndAskedAgain() {
        phone.addCard()
        phone.payUnheard()
        val controller = phone.open(BadDaysActivity::class.java)
        controller.get().press(words(R.string.refuse_next))
        phone.settle()
        controller.recreate()
        controller.get().shows(R.string.refuses_next)
        val keys = phone.open(KeysActivity::class.java).get()
        keys.press(words(R.string.get_payments))
        phone.settle()
        Screenshot.takeWhole(keys, "bad-bank-refuses")
        keys.shows(R.string.trouble_told_to_refuse)
        controller.get().doesNotShow(R.string.refuses_next)
        keys.press(words(R.string.get_payments))
        phone.settle()
        keys.doesNotShow(R.string.trouble_told_to_refuse)
    }

    @Test
    fun aRefusalThatIsUsedUpAfterATapIsNotAnnouncedAnyMore() {
        phone.addCard()
        repeat(4) { phone.payUnheard() }
        demo.refuseNext()
        phone.settle()
        assertTrue(demo.refusesNext)
        phone.phone.arm(demo.wallet!!)
        val desk = (demo.state as State.Open).desk
        // After the tap the app asks for new payments, and hears no.
        demo.read({ SelfTest(phone.app).run(desk, 12_50, 978) }) {}
        phone.settle()
        assertFalse(demo.refusesNext)
        phone.open(BadDaysActivity::class.java).get().doesNotShow(R.string.refuses_next)
    }

    /** The last payment was five days later. */
    private fun theClockIsSetBack() {
        phone.addCard()
        SystemClock.setCurrentTimeMillis(NEW_YEAR + 5 * DAY)
        phone.pay()
        ShadowPausedSystemClock.reset()
        check(SystemClock.setCurrentTimeMillis(NEW_YEAR + DAY))
    }

    @Test
    fun aClockThatWasSetBackIsMendedByTheBanksTimeWhereItIsRight() {
        theClockIsSetBack()
        val keys = phone.open(KeysActivity::class.java).get()
        Screenshot.takeWhole(keys, "bad-clock-set-back")
        keys.shows(R.string.clock_set_back)
        keys.doesNotShow(R.string.set_clock)
        keys.doesNotShow(R.string.get_payments)
        val desk = (demo.state as State.Open).desk
        demo.read({ desk.setIssuerTime(NEW_YEAR + DAY) }) {}
        keys.press(words(R.string.mend_clock))
        phone.settle()
        keys.doesNotShow(R.string.clock_set_back)
        assertFalse(demo.wallet!!.isClockSetBack)
    }

    @Test
    fun aClockThatIsWrongIsToBeSetByTheHolder() {
        theClockIsSetBack()
        val controller = phone.open(KeysActivity::class.java)
        controller.get().press(words(R.string.mend_clock))
        phone.settle()
        Screenshot.takeWhole(controller.get(), "bad-clock-wrong")
        controller.get().shows(R.string.clock_wrong)
        controller.get().doesNotShow(R.string.mend_clock)
        controller.get().press(words(R.string.set_clock))
        assertEquals(Settings.ACTION_DATE_SETTINGS, shadowOf(controller.get()).nextStartedActivity.action)
        controller.pause().stop()
        SystemClock.setCurrentTimeMillis(NEW_YEAR + 5 * DAY)
        controller.restart().start().resume()
        controller.get().doesNotShow(R.string.clock_wrong)
    }

    @Test
    fun anOlderCopyThatWasPutBackIsMendedByTheBank() {
        phone.addCard()
        val older = phone.ledger.readBytes()
        repeat(2) { phone.payUnheard() }
        // Else it would be mended as soon as the app starts.
        demo.refuseNext()
        phone.restartProcess { phone.ledger.writeBytes(older) }
        val keys = phone.open(KeysActivity::class.java).get()
        Screenshot.takeWhole(keys, "bad-older-copy")
        keys.shows(R.string.trouble_rolled_back)
        keys.press(words(R.string.mend_rolled_back))
        phone.settle()
        keys.doesNotShow(R.string.trouble_rolled_back)
        assertFalse(demo.wallet!!.isRolledBack)
        assertTrue(demo.wallet!!.cards.single().replenishment.usesLeft > 0)
        val card = phone.open(CardActivity::class.java, CardActivity.of(phone.app, demo.wallet!!.cards.single())).get()
        Screenshot.takeWhole(card, "bad-older-copy-frozen")
        card.shows(R.string.frozen_about)
        card.press(words(R.string.unfreeze_card))
        phone.settle()
        phone.holderVerifies()
        card.doesNotShow(R.string.frozen_about)
        phone.pay()
        assertEquals(TapReason.VERIFIED, demo.lastTap!!.reason)
    }

    // ---- what only another wallet helps

    /** The wallet says this, and lets its holder begin anew, after a second question. */
    private fun beginsAnew(trouble: Int, picture: String) {
        val controller = phone.open(WalletActivity::class.java)
        Screenshot.takeWhole(controller.get(), picture)
        controller.get().shows(trouble)
        controller.get().press(words(R.string.begin_anew))
        controller.recreate()
        phone.settle()
        controller.get().shows(R.string.begin_anew_question)
        Screenshot.takeWhole(controller.get(), "$picture-question")
        controller.get().press(words(R.string.begin_anew_yes))
        phone.settle()
        assertEquals(WelcomeActivity::class.java.name, shadowOf(controller.get()).nextStartedActivity.component?.className)
        assertTrue(controller.get().isFinishing)
        assertEquals("1 card, and it works", 1, phone.addCard().id)
    }

    @Test
    fun aWalletWhoseKeyIsLostIsMadeAnew() {
        phone.addCard()
        val keys = phone.phone.keyStore.mint.keys
        phone.restartProcess { keys.remove(keys.keys.single { it.startsWith("hcepay.store-key") }) }
        beginsAnew(R.string.trouble_store_key, "bad-store-key-lost")
    }

    @Test
    fun aWalletWhoseFileIsDamagedIsMadeAnew() {
        phone.addCard()
        phone.restartProcess {
            phone.ledger.writeBytes(phone.ledger.readBytes().also { it[200] = (it[200] + 1).toByte() })
        }
        beginsAnew(R.string.trouble_damaged, "bad-ledger-damaged")
    }

    @Test
    fun aWalletOfAnotherPhoneIsMadeAnew() {
        phone.addCard()
        val anothers = phone.ledger.readBytes()
        demo.beginAnew()
        phone.settle()
        phone.addCard()
        phone.restartProcess { phone.ledger.writeBytes(anothers) }
        beginsAnew(R.string.trouble_foreign, "bad-ledger-foreign")
    }

    private val bank get() = File(phone.app.filesDir, "desk").walk().filter(File::isFile).maxBy(File::length)

    @Test
    fun whereTheBanksFileIsDamagedAllIsMadeAnew() {
        phone.addCard()
        phone.restartProcess { bank.writeText("nothing of a bank") }
        beginsAnew(R.string.trouble_issuer_lost, "bad-bank-damaged")
    }

    @Test
    fun aBankThatForgotACardIsMadeAnewWithTheWallet() {
        phone.addCard()
        val older = bank.readBytes()
        phone.addCard("kernel3-no-verification")
        phone.restartProcess { bank.writeBytes(older) }
        beginsAnew(R.string.trouble_issuer_lost, "bad-bank-forgot")
    }

    // ---- what passes

    @Test
    fun aWalletOfANewerVersionIsLeftAlone() {
        phone.addCard()
        val whole = phone.ledger.readBytes()
        phone.restartProcess { phone.ledger.writeBytes(whole.clone().also { it[7] = 2 }) }
        val screen = phone.open(WalletActivity::class.java).get()
        Screenshot.takeWhole(screen, "bad-too-new")
        screen.shows(R.string.trouble_too_new)
        screen.doesNotShow(R.string.begin_anew)
        phone.ledger.writeBytes(whole)
        screen.press(words(R.string.try_again))
        phone.settle()
        assertEquals(1, demo.wallet!!.cards.size)
        screen.shows(R.string.pay)
    }

    @Test
    fun aWalletThatAnotherProcessHasOpenIsOpenedOnceThatHasEnded() {
        phone.addCard()
        val other = (demo.state as State.Open).desk
        phone.restartProcess(leavesDeskOpen = true)
        val screen = phone.open(WalletActivity::class.java).get()
        Screenshot.takeWhole(screen, "bad-in-use")
        screen.shows(R.string.trouble_in_use)
        other.close()
        screen.press(words(R.string.try_again))
        phone.settle()
        screen.shows(R.string.pay)
    }

    @Test
    fun whereTheStorageIsFullThatIsSaidAndWithRoomAgainItGoesOn() {
        val directory = phone.ledger.parentFile!!.apply { mkdirs() }
        val isMounted = run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.path) == 0
        if (!isMounted) println("full disk: not run, a disk of 64 KiB needs root")
        assumeTrue(isMounted)
        try {
            phone.addCard()
            repeat(2) { phone.payUnheard() }
            val filler = File(directory, "filler")
            runCatching { filler.outputStream().use { out -> while (true) out.write(ByteArray(512)) } }
            val keys = phone.open(KeysActivity::class.java).get()
            // Until the last page of the wallet's file is full, too.
            var asked = 0
            while (words(R.string.trouble_full) !in keys.read() && asked++ < 10) {
                keys.press(words(R.string.get_payments))
                phone.settle()
            }
            Screenshot.takeWhole(keys, "bad-storage-full")
            keys.shows(R.string.trouble_full)
            filler.delete()
            keys.press(words(R.string.get_payments))
            phone.settle()
            keys.doesNotShow(R.string.trouble_full)
            assertTrue("${keys.read()}", keys.read().any { words(R.string.why_enough) in it })
        } finally {
            phone.restartProcess { run("umount", directory.path) }
        }
    }

    private fun run(vararg command: String): Int = ProcessBuilder(*command).inheritIO().start().waitFor()

    private companion object {
        /** 2026-01-01T00:00Z. */
        const val NEW_YEAR = 1_767_225_600_000L
        const val DAY = 86_400_000L
    }
}
