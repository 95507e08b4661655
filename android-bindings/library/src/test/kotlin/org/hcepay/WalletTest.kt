package org.hcepay

import android.app.KeyguardManager
import android.content.Intent
import android.os.DeadObjectException
import android.os.Looper
import android.os.SystemClock
import android.system.keystore2.ResponseCode
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.TestPhone.Companion.reason
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.shadows.ShadowKeyguardManager
import java.io.File
import java.security.ProviderException
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.FutureTask

/** The wallet and the phone's keys: what each card needs, and what is said where something is gone. */
@RunWith(SandboxRunner::class)
class WalletTest {
    @get:Rule
    val phone = TestPhone()

    private val files get() = File(phone.context.noBackupFilesDir, "hcepay")

    private fun open() = onWorker(phone::open)

    private fun pays(): Boolean {
        val service = Robolectric.buildService(TestPaymentService::class.java).create().get()
        idle()
        val told = phone.issuer.purchase { service.processCommandApdu(it, null)!! }
        service.onDeactivated(0)
        idle()
        return told.endsWith(" valid")
    }

    private fun lock() {
        phone.isLocked = true
        phone.context.sendBroadcast(Intent(Intent.ACTION_SCREEN_OFF))
        idle()
    }

    private fun unlock() {
        phone.isLocked = false
        phone.context.sendBroadcast(Intent(Intent.ACTION_USER_PRESENT))
        idle()
    }

    /** Every protection, the phone locked or not, the process new or not. */
    private fun matrix() {
        for (protection in Protection.entries) {
            for (isLocked in listOf(false, true)) {
                for (isCold in listOf(false, true)) {
                    val what = "$protection, locked: $isLocked, cold: $isCold"
                    phone.isLocked = false
                    phone.startAnew()
                    var wallet = open()
                    val card = if (protection == Protection.AUTHENTICATED) "kernel3-cvn18" else "kernel3-no-verification"
                    val installed = onWorker { phone.issuer.install(wallet, card, 3, 0, protection == Protection.UNLOCKED) }
                    assertEquals(what, protection, wallet.cards.single().protection)
                    if (isLocked) lock()
                    if (isCold) {
                        phone.restartProcess()
                        wallet = open()
                    }
                    if (protection == Protection.AUTHENTICATED) phone.arm(wallet)
                    assertEquals(what, !(isLocked && protection == Protection.UNLOCKED), pays())
                    // What the issuer sends is taken in whatever the phone's state, so that keys come in the background.
                    if (protection != Protection.UNLOCKED || !isLocked) {
                        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
                        assertTrue(what, wallet.cards.single().replenishment.usesLeft > 3)
                    }
                    onWorker { wallet.apply(phone.issuer.ask("suspend ${installed.wallet} ${installed.card}").single().hex()) }
                    assertEquals(what, CardState.SUSPENDED, wallet.cards.single().state)
                    onWorker { wallet.apply(phone.issuer.ask("resume ${installed.wallet} ${installed.card}").single().hex()) }
                    if (isLocked) unlock()
                    if (protection == Protection.AUTHENTICATED) phone.arm(wallet)
                    assertTrue("$what, later unlocked", pays())
                }
            }
        }
    }

    @Test
    fun eachProtectionPaysWhereItMayAndTakesInWhatTheIssuerSendsEverywhere() = matrix()

    @Test
    @Config(sdk = [28])
    fun soItIsOnTheOldestAndroidToo() = matrix()

    @Test
    fun aCardThatWantsItsHolderVerifiedDoesNotPayWithoutThat() {
        phone.walletWith("kernel3-cvn18")
        assertEquals(false, pays())
    }

    @Test
    fun theScreenGoingDarkTakesTheVerificationBack() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.arm(wallet)
        lock()
        unlock()
        assertEquals(false, pays())
    }

    @Test
    @Config(sdk = [28])
    fun aScreenThatGoesDarkWhileTheWalletIsBeingArmedWins() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.keyStore.isVerified = true
        phone.keyStore.mint.meanwhile = { TestPhone.darken(wallet) }
        assertEquals(Reason.NOT_AUTHENTICATED, reason { wallet.arm(Authentication.reported(Method.BIOMETRIC, null)) })
        phone.keyStore.mint.meanwhile = null
        assertEquals(false, pays())
    }

    @Test
    fun aScreenThatGoesDarkWhileTheKeyOfTheUnlockedPhoneIsBroughtWins() {
        val wallet = open()
        val installed = onWorker { phone.issuer.install(wallet, "kernel3-no-verification", 3, toUnlocked = true) }
        phone.keyStore.mint.meanwhile = { TestPhone.darken(wallet) }
        for (order in listOf("suspend", "resume")) {
            onWorker { wallet.apply(phone.issuer.ask("$order ${installed.wallet} ${installed.card}").single().hex()) }
        }
        phone.keyStore.mint.meanwhile = null
        // Past the service, which would ask the keyguard and bring the key again.
        assertFalse(phone.issuer.purchase(wallet::process).endsWith(" valid"))
        wallet.deactivated()
        unlock()
        assertTrue(pays())
    }

    private fun unlockedCard(): Wallet = onWorker {
        phone.open().also { phone.issuer.install(it, "kernel3-no-verification", 3, toUnlocked = true) }
    }

    /** Android 14 and later queue broadcasts for an app that nobody looks at. */
    @Test
    fun aPhoneThatLockedItselfBeforeAnyBroadcastSaysSoDoesNotPay() {
        val wallet = unlockedCard()
        assertTrue(pays())
        phone.isLocked = true
        assertFalse(pays())
        phone.isLocked = false
        // Wiped, not passed over: it is not there for one who does not ask the keyguard.
        assertFalse(phone.issuer.purchase(wallet::process).endsWith(" valid"))
        wallet.deactivated()
    }

    @Test
    @Config(shadows = [SilentKeyguard::class])
    fun aKeyguardThatDoesNotAnswerCountsAsLocked() {
        unlockedCard()
        withSilentKeyguard { assertFalse(pays()) }
    }

    private fun darkAndLit() {
        for (action in listOf(Intent.ACTION_SCREEN_OFF, Intent.ACTION_SCREEN_ON)) phone.context.sendBroadcast(Intent(action))
        // Heard on the main thread, done on the worker.
        repeat(2) { idle() }
    }

    @Test
    fun aScreenThatIsLitAgainBeforeThePhoneLocksItselfLeavesTheCardPaying() {
        val wallet = unlockedCard()
        darkAndLit()
        // No keyguard came up, so nobody is told that the holder is present. Past the service, which would bring the key itself.
        assertTrue(phone.issuer.purchase(wallet::process).endsWith(" valid"))
        wallet.deactivated()
    }

    /** What a contact's beginning brings comes beside the commands, while the terminal makes its way to the cryptogram. */
    private fun paysBesideTheWorker(): Boolean {
        val service = Robolectric.buildService(TestPaymentService::class.java).create().get()
        idle()
        return phone.issuer.purchase { command -> service.processCommandApdu(command, null)!!.also { idle() } }.endsWith(" valid")
    }

    @Test
    fun aKeyThatIsMissingOnAnUnlockedPhoneIsBroughtWhenAContactBegins() {
        unlockedCard()
        phone.context.sendBroadcast(Intent(Intent.ACTION_SCREEN_OFF))
        idle()
        assertTrue(paysBesideTheWorker())
    }

    @Test
    fun aKeyThatWasRefusedWhileTheWalletOpenedIsBroughtByTheNextContact() {
        unlockedCard()
        phone.restartProcess()
        phone.keyStore.mint.refuses = { _, alias -> ResponseCode.SYSTEM_ERROR.takeIf { "unlocked" in alias } }
        val wallet = open()
        phone.keyStore.failure = null
        assertFalse(phone.issuer.purchase(wallet::process).endsWith(" valid"))
        wallet.deactivated()
        assertTrue(paysBesideTheWorker())
    }

    @Test
    @Config(shadows = [SilentKeyguard::class])
    fun whereNoCardNeedsAnUnlockedPhoneTheKeyguardIsNotAsked() {
        phone.walletWith("kernel3-no-verification")
        withSilentKeyguard { assertTrue(pays()) }
        assertEquals(0, SilentKeyguard.asked)
    }

    private fun withSilentKeyguard(work: () -> Unit) {
        SilentKeyguard.asked = 0
        SilentKeyguard.isSilent = true
        try {
            work()
        } finally {
            SilentKeyguard.isSilent = false
        }
    }

    /** As where Android's own process is about to end. */
    @Implements(KeyguardManager::class)
    class SilentKeyguard : ShadowKeyguardManager() {
        @Implementation
        override fun isDeviceLocked(): Boolean {
            if (isSilent) asked++
            return if (isSilent) throw RuntimeException(DeadObjectException()) else super.isDeviceLocked()
        }

        companion object {
            var isSilent = false
            var asked = 0
        }
    }

    private fun arm(wallet: Wallet, seconds: Int): Armed = onWorker {
        val cipher = Authentication.cipher(wallet)
        phone.keyStore.verify()
        wallet.arm(Authentication.reported(Method.BIOMETRIC, cipher), seconds)
    }

    @Test
    fun theWindowIsAsLongAsTheAppSaysWithinItsBounds() {
        val wallet = phone.walletWith("kernel3-cvn18")
        for ((seconds, ms) in listOf(5 to 5_000L, 120 to 120_000L)) {
            assertEquals(SystemClock.elapsedRealtime() + ms, arm(wallet, seconds).untilElapsedMs)
            phone.pass(ms - 1)
            assertTrue("$seconds s", pays())
            arm(wallet, seconds)
            phone.pass(ms)
            assertFalse("$seconds s", pays())
        }
        val proof = Authentication.reported(Method.BIOMETRIC, null)
        for (seconds in listOf(4, 121, Int.MAX_VALUE, -1)) {
            assertThrows(IllegalArgumentException::class.java) { onWorker { wallet.arm(proof, seconds) } }
        }
    }

    @Test
    fun untilWhenTheWalletIsArmedIsKnownUntilThatIsUsedUpTakenBackOrOver() {
        val wallet = phone.walletWith("kernel3-cvn18")
        assertNull(wallet.armedUntil)
        val armed = phone.arm(wallet)
        assertEquals(armed.untilElapsedMs, wallet.armedUntil)
        assertEquals("by whoever asks", armed.untilElapsedMs, Wallet.current()?.armedUntil)
        assertTrue(pays())
        assertNull("used up", wallet.armedUntil)
        phone.arm(wallet)
        wallet.disarm()
        assertNull("taken back", wallet.armedUntil)
        phone.arm(wallet)
        phone.pass(29_999)
        assertNotNull(wallet.armedUntil)
        phone.pass(1)
        assertNull("over", wallet.armedUntil)
        phone.arm(wallet)
        onWorker { Wallet.discard(phone.context) }
        assertNull("discarded", wallet.armedUntil)
    }

    @Test
    fun aTimerWipesWhatVerificationReleasedAtTheEndOfItsWindow() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.setClocks()
        phone.arm(wallet)
        var heard = 0
        wallet.observe { heard++ }
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(29_999))
        assertEquals(0, heard)
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(1))
        assertEquals("listeners hear of it", 1, heard)
        // No command came, and no other call: were the clock within the window once more, the key would be missed.
        phone.setClocks()
        assertFalse(pays())
    }

    @Test
    fun theTimerOfAWindowLeavesALaterOneAlone() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.arm(wallet)
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(20))
        phone.arm(wallet)
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(20))
        assertNotNull(wallet.armedUntil)
        assertTrue(pays())
    }

    @Test
    fun aTimerThatIsOnItsWayWhenTheWalletIsArmedAnewLeavesTheNewWindowAlone() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.arm(wallet)
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(20))
        val until = phone.arm(wallet).untilElapsedMs
        TestPhone.windowEnds(wallet)
        assertEquals(until, wallet.armedUntil)
        var heard = 0
        wallet.observe { heard++ }
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(30))
        assertEquals("which has its own end all the same", 1, heard)
    }

    @Test
    fun aWalletWhoseArmingIsToldAsFailedIsNotArmed() {
        val wallet = phone.walletWith("kernel3-cvn18", keys = 1)
        val cipher = onWorker { Authentication.cipher(wallet) }
        phone.keyStore.verify()
        // Where the mark cannot be written, the disk refuses after the wallet was armed.
        val mark = File(files, "platform/mark").apply { delete() }
        File(mark, "in the way").mkdirs()
        assertEquals(Reason.STORAGE_FAILED, reason { wallet.arm(Authentication.reported(Method.BIOMETRIC, cipher)) })
        assertNull(wallet.armedUntil)
        mark.deleteRecursively()
        phone.arm(wallet)
        assertTrue(pays())
    }

    @Test
    fun withoutAVerifiedHolderNothingIsArmed() {
        val wallet = phone.walletWith("kernel3-cvn18")
        assertEquals(
            Reason.NOT_AUTHENTICATED,
            reason {
                wallet.arm(Authentication.reported(Method.APP_REPORTED, Authentication.cipher(wallet)))
            },
        )
        assertEquals(Reason.NOT_AUTHENTICATED, reason { wallet.arm(Authentication.reported(Method.APP_REPORTED, null)) })
    }

    @Test
    fun aScreenLockTakenOffLosesThePaymentKeysAndNothingElse() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.hasScreenLock = false
        assertEquals(Reason.NO_SCREEN_LOCK, reason { Authentication.cipher(wallet) })
        phone.hasScreenLock = true
        assertEquals(Reason.SPEND_KEY_LOST, reason { Authentication.cipher(wallet) })
        assertEquals(Why.KEYS_LOST, wallet.replenishment!!.why)
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        phone.arm(wallet)
        assertTrue(pays())
    }

    @Test
    fun aKeyStoreThatFailsIsToldAndNothingIsLost() {
        phone.walletWith("kernel3-cvn18")
        phone.restartProcess()
        phone.keyStore.failure = KeyStoreDaemon.GONE
        assertEquals(Reason.KEYSTORE_FAILED, reason { phone.open() })
        phone.keyStore.failure = null
        phone.arm(open())
        assertTrue(pays())
    }

    @Test
    fun aStoreKeyThatIsGoneIsToldAndNothingIsWiped() {
        phone.walletWith("kernel3-cvn18")
        phone.restartProcess()
        val ledger = File(files, "wallet/ledger").readBytes()
        val keys = phone.keyStore.mint.keys
        val gone = keys.remove(keys.keys.single { it.startsWith("hcepay.store-key") })!!
        assertEquals(Reason.STORE_KEY_LOST, reason { phone.open() })
        assertArrayEquals(ledger, File(files, "wallet/ledger").readBytes())
        keys[gone.alias] = gone
        assertEquals(1, open().cards.size)
    }

    @Test
    fun thereIsOneWalletInAProcessAndOneProcessAtAWallet() {
        val wallet = open()
        assertSame(wallet, open())
        assertSame(wallet, Wallet.current())
        phone.restartProcess()
        assertNull(Wallet.current())
        val other = ProcessBuilder("flock", "--close", File(files, "wallet").path, "sleep", "60").start()
        try {
            val deadline = System.nanoTime() + 5_000_000_000
            var reason = Reason.FAULT
            while (reason != Reason.IN_USE && System.nanoTime() < deadline) {
                reason = runCatching { open() }.fold({
                    TestPhone.closeProcess()
                    Reason.FAULT
                }, { (it as WalletException).reason })
            }
            assertEquals(Reason.IN_USE, reason)
        } finally {
            other.destroy()
            other.waitFor()
        }
        open()
    }

    @Test
    fun whatIsWrongWithTheFileIsToldAndItIsLeftAsItIs() {
        phone.walletWith("kernel3-cvn18")
        phone.restartProcess()
        val ledger = File(files, "wallet/ledger")
        val whole = ledger.readBytes()
        val cases = mapOf(
            Reason.LEDGER_TOO_NEW to whole.clone().also { it[7] = 2 },
            Reason.LEDGER_DAMAGED to whole.clone().also { it[200] = (it[200] + 1).toByte() },
        )
        for ((reason, wrong) in cases) {
            ledger.writeBytes(wrong)
            assertEquals(reason, reason { phone.open() })
            assertArrayEquals(wrong, ledger.readBytes())
        }
        ledger.delete()
        assertEquals("never made anew by itself", Reason.LEDGER_DAMAGED, reason { phone.open() })
        ledger.writeBytes(whole)
        assertEquals(1, open().cards.size)
    }

    @Test
    fun anOlderCopyPaysNothingUntilTheIssuerHasAnswered() {
        var wallet = phone.walletWith("kernel3-cvn18", keys = 10)
        val ledger = File(files, "wallet/ledger")
        val older = ledger.readBytes()
        repeat(2) {
            phone.arm(wallet)
            assertTrue(pays())
        }
        phone.restartProcess()
        ledger.writeBytes(older)
        wallet = open()
        assertTrue(wallet.isRolledBack)
        phone.arm(wallet)
        assertEquals(false, pays())
        assertEquals(Reason.ROLLED_BACK, reason { wallet.replenishmentRequest() })
        onWorker { phone.issuer.carry(wallet, wallet.resynchronisationRequest()) }
        onWorker { phone.issuer.carry(wallet, wallet.replenishmentRequest()) }
        assertEquals(false, wallet.isRolledBack)
        phone.arm(wallet)
        assertTrue("what the holder decided since is not in it", wallet.cards.single().rules.isFrozen)
        assertEquals(false, pays())
        phone.arm(wallet)
        onWorker { wallet.unfreeze(wallet.cards.single()) }
        phone.arm(wallet)
        assertTrue(pays())
    }

    @Test
    fun aClockThatWasWrongIsTheIssuersToMendAndOneThatIsWrongTheHolders() {
        val wallet = phone.walletWith("kernel3-cvn18", keys = 10)
        val aDayLater = TestIssuer.NEW_YEAR + 24 * 3_600_000
        val stands = { listOf(wallet.isClockSetBack, wallet.isClockWrong, wallet.nextRequest()) }
        phone.pass(24 * 3_600_000)
        phone.arm(wallet)
        assertTrue(pays())
        phone.setClocks()
        assertEquals("nobody knows", listOf(true, false, NextRequest.ISSUER_TIME), stands())
        phone.issuer.ask("clock $aDayLater")
        onWorker { phone.issuer.carry(wallet, wallet.issuerTimeRequest()) }
        assertEquals("it is wrong", listOf(true, true, NextRequest.NOTHING), stands())
        phone.issuer.ask("clock ${TestIssuer.NEW_YEAR}")
        onWorker { phone.issuer.carry(wallet, wallet.issuerTimeRequest()) }
        assertEquals("it was wrong", listOf(false, false, NextRequest.NOTHING), stands())
    }

    @Test
    fun certificatesThatEndAreToldFrom30DaysBeforeAndACheckInBringsOthers() {
        phone.issuer.ask("certificates 0")
        val wallet = phone.walletWith("kernel2-cvn14", keys = 10)
        val advised = { wallet.cards.single().replenishment }
        val ends = { advised().certificate?.run { listOf(month.year, month.month, isOver) } }
        assertEquals(listOf(Ask.NO, Why.ENOUGH, null), listOf(advised().ask, advised().why, ends()))
        phone.pass(DAY_MS)
        assertEquals(listOf(Ask.SOON, Why.CERTIFICATE_ENDS), listOf(advised().ask, advised().why))
        assertEquals(listOf(2026, 1, false), ends())
        assertEquals(Ask.SOON, wallet.replenishment?.ask)
        assertEquals(NextRequest.CHECK_IN, wallet.nextRequest())
        phone.issuer.ask("clock ${TestIssuer.NEW_YEAR + DAY_MS}")
        assertEquals(listOf(Purpose.RENEW), onWorker { phone.issuer.carry(wallet, wallet.checkInRequest()) }.map { it.purpose })
        assertEquals(listOf(Ask.NO, Why.ENOUGH, null), listOf(advised().ask, advised().why, ends()))
        phone.arm(wallet)
        assertTrue("with the new ones", pays())
    }

    @Test
    fun aProcessKilledInTheMiddleOfTheMakingGoesOnWithIt() {
        val wallet = open()
        wallet.toString()
        phone.restartProcess()
        // As if it had been killed before the mark was stored; then before the wallet's file was there.
        File(files, "platform/mark").delete()
        assertEquals(0, open().cards.size)
        phone.restartProcess()
        File(files, "platform/mark").delete()
        File(files, "wallet/ledger").delete()
        onWorker { phone.issuer.install(phone.open(), "kernel3-cvn18", 3) }
        phone.arm(open())
        assertTrue(pays())
    }

    @Test
    fun envelopesOfOthersAlteredOldAndRepeatedOnesAreToldApart() {
        val wallet = open()
        val installed = onWorker { phone.issuer.install(wallet, "kernel3-cvn18", 3) }
        val (suspend, resume) = listOf("suspend", "resume").map {
            phone.issuer.ask("$it ${installed.wallet} ${installed.card}").single().hex()
        }
        val altered = suspend.clone().also { it[120] = (it[120] + 1).toByte() }
        assertEquals(Reason.ENVELOPE_INVALID, reason { wallet.apply(altered) })
        assertEquals(Reason.ENVELOPE_INVALID, reason { wallet.apply(ByteArray(0)) })
        assertEquals(Reason.ENVELOPE_INVALID, reason { wallet.apply(ByteArray(1 shl 24)) })
        assertEquals(Reason.ENVELOPE_FOREIGN, reason { wallet.apply(suspend.clone().also { it[2] = (it[2] + 1).toByte() }) })
        assertEquals(
            Purpose.RESUME,
            runCatching {
                onWorker { wallet.apply(suspend) }
                onWorker { wallet.apply(resume) }
            }.getOrThrow().purpose,
        )
        assertNull("the same again is no error", onWorker { wallet.apply(resume) }.purpose)
        assertEquals(CardState.ACTIVE, wallet.cards.single().state)
    }

    @Test
    fun theWalletSaysWhatIsNextAndKnowsThatItIsEnrolledAlsoWithoutACard() {
        val wallet = open()
        assertEquals(listOf(false, NextRequest.ENROLMENT), listOf(wallet.isEnrolled, wallet.nextRequest()))
        assertEquals(Reason.NOT_ENROLLED, reason { wallet.replenishmentRequest() })
        assertEquals(Reason.NOT_ENROLLED, reason { wallet.issuerTimeRequest() })
        assertEquals(Reason.NOT_ENROLLED, reason { wallet.resynchronisationRequest() })
        assertEquals(Reason.NOT_ENROLLED, reason { wallet.checkInRequest() })
        onWorker { phone.issuer.carry(wallet, wallet.enrolmentRequest(phone.issuer.ask("challenge").single().hex())) }
        assertEquals(listOf(true, NextRequest.NOTHING), listOf(wallet.isEnrolled, wallet.nextRequest()))
        assertNull("there is nothing to ask for", onWorker { wallet.replenishmentRequest() })
        phone.restartProcess()
        val again = open()
        assertEquals(listOf(true, NextRequest.CHECK_IN), listOf(again.isEnrolled, again.nextRequest()))
        assertEquals(listOf(Purpose.ISSUER_TIME), onWorker { phone.issuer.carry(again, again.checkInRequest()) }.map { it.purpose })
        assertEquals(NextRequest.NOTHING, again.nextRequest())
        onWorker { phone.issuer.install(again, "kernel3-cvn18", 1) }
        assertEquals(NextRequest.REPLENISHMENT, again.nextRequest())
    }

    @Test
    fun whatIsBeingDoneEndsBeforeTheWalletIsDiscarded() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val (isSigning, mayGoOn) = List(2) { CountDownLatch(1) }
        phone.keyStore.mint.meanwhile = {
            isSigning.countDown()
            mayGoOn.await()
        }
        val request = FutureTask { wallet.replenishmentRequest() }
        Thread(request).start()
        isSigning.await()
        phone.keyStore.mint.meanwhile = null
        val discarding = Thread { Wallet.discard(phone.context) }.apply { start() }
        // Time enough for one that does not wait.
        discarding.join(500)
        mayGoOn.countDown()
        assertTrue(request.get()!!.isNotEmpty())
        discarding.join()
        assertEquals(false, files.exists())
    }

    @Test
    fun theHoldersIdentityIsCheckedByACode() {
        val wallet = open()
        val installed = onWorker { phone.issuer.install(wallet, "kernel3-cvn18", 3, codes = 2) }
        val card = wallet.cards.single()
        assertEquals(CardState.WAITING, card.state)
        val wrong = onWorker { phone.issuer.carry(wallet, wallet.identityCheckRequest(card, "wrong")) }.single()
        assertEquals(listOf(true, card.id), listOf(wrong.isCodeWrong, wrong.cardId))
        assertEquals(1, wallet.cards.single().codesLeft)
        assertEquals(Why.CARD_WAITING, wallet.cards.single().replenishment.why)
        val right = onWorker { phone.issuer.carry(wallet, wallet.identityCheckRequest(card, installed.code!!)) }.single()
        assertEquals(listOf(Purpose.RESUME, false), listOf(right.purpose, right.isCodeWrong))
        assertEquals(CardState.ACTIVE, wallet.cards.single().state)
        assertEquals(Reason.NOTHING_TO_CHECK, reason { wallet.identityCheckRequest(card, "again") })
    }

    @Test
    fun theHolderChoosesAndDeletesCards() {
        val wallet = open()
        val first = onWorker { phone.issuer.install(wallet, "kernel3-cvn18", 10) }
        onWorker { phone.issuer.installAnother(wallet, first.wallet, "kernel3-no-verification", 10) }
        val second = wallet.cards.last()
        assertEquals(listOf(true, false), wallet.cards.map { it.isDefault })
        onWorker { wallet.setDefault(second) }
        assertEquals(listOf(false, true), wallet.cards.map { it.isDefault })
        assertTrue(pays())
        assertEquals(NextRequest.NOTHING, wallet.nextRequest())
        onWorker { wallet.delete(second) }
        assertEquals(listOf(first.card), wallet.cards.map { it.id })
        assertEquals("the issuer does not know yet", NextRequest.CHECK_IN, wallet.nextRequest())
        onWorker { phone.issuer.carry(wallet, wallet.checkInRequest()) }
        assertEquals(NextRequest.NOTHING, wallet.nextRequest())
        assertEquals(Reason.UNKNOWN_CARD, reason { wallet.setDefault(second) })
    }

    @Test
    fun listenersHearOfChangesOnTheMainThreadUntilTheyLeave() {
        val wallet = open()
        var heard = 0
        val observing = wallet.observe { heard++ }
        onWorker { phone.issuer.install(wallet, "kernel3-cvn18", 3) }
        assertTrue(heard > 0)
        observing.close()
        val before = heard
        onWorker { wallet.setDefault(wallet.cards.single()) }
        assertEquals(before, heard)
    }

    @Test
    fun openingUnwrapsOneKey() {
        phone.walletWith("kernel3-cvn18")
        phone.restartProcess()
        phone.keyStore.mint.uses = 0
        open()
        assertEquals(1, phone.keyStore.mint.uses)
    }

    @Test
    fun nothingSecretIsInWhatIsPrinted() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val printed = listOf(
            wallet,
            wallet.cards.single(),
            wallet.replenishment,
            wallet.cards.single().applications.single(),
        ).joinToString()
        assertEquals("Wallet, Card(1, ACTIVE), Replenishment(SOON, FEW_KEYS_LEFT), CardApplication(A0000000031010)", printed)
    }

    @Test
    fun theJournalKeepsWhatWasTappedIsSettledByTheIssuerAndForgetsWhatItsHolderDeletes() {
        val wallet = open()
        val installed = onWorker { phone.issuer.install(wallet, "kernel3-cvn18", 3) }
        assertEquals(false, pays())
        phone.arm(wallet)
        assertTrue(pays())
        wallet.reports.forEach { wallet.acknowledge(it.id) }
        idle()
        val (paid, refused) = wallet.journal(0, 10)
        assertEquals(listOf(Outcome.AUTHORISATION_REQUESTED, Outcome.VERIFICATION_NEEDED), listOf(paid, refused).map { it.report.outcome })
        assertEquals(listOf(Method.BIOMETRIC, 276), listOf(paid.report.verified, paid.report.terminal.country))
        assertEquals(listOf(refused.id), wallet.journal(paid.id, 10).map { it.id })
        assertEquals(listOf(paid.id), wallet.journal(0, 1).map { it.id })
        val notice = "notice ${installed.wallet} ${installed.card} ${paid.report.aid} ${paid.report.counter} refunded 200 978 Café Löwe"
        assertEquals(Purpose.NOTICES, onWorker { wallet.apply(phone.issuer.ask(notice).single().hex()) }.purpose)
        val settled = wallet.journal(0, 1).single()
        assertEquals("Café Löwe", settled.merchant)
        val settlement = settled.settlements.single()
        assertEquals(
            listOf(Settled.REFUNDED, null, Amount(200, 978)),
            listOf(settlement.settled, settlement.declineReason, settlement.amount),
        )
        val lines = wallet.journalAsJsonLines().trimEnd().lines()
        assertEquals(2, lines.size)
        assertTrue(lines[0], lines[0].contains("\"merchant\":\"Café Löwe\""))
        onWorker { wallet.deleteRow(paid.id) }
        phone.restartProcess()
        assertEquals(listOf(refused.id), open().journal(0, 10).map { it.id })
    }
}

private const val DAY_MS = 24L * 3_600_000
