package org.hcepay

import android.app.Activity
import android.app.Notification
import android.app.NotificationManager
import android.content.Intent
import android.nfc.cardemulation.HostApduService
import android.os.Bundle
import android.os.IMessenger
import android.os.Looper
import android.os.Message
import android.os.Messenger
import android.system.keystore2.ResponseCode
import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.internal.Panic
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ServiceController
import java.io.File
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** The service at its edges: what comes too early, too late, or not at all. */
@RunWith(SandboxRunner::class)
class PaymentServiceTest {
    @get:Rule
    val phone = TestPhone()

    private fun service(): TestPaymentService = Robolectric.buildService(TestPaymentService::class.java).create().get()

    /** Android's NFC service, as far as a host card sees it. */
    private class NfcService(service: HostApduService) {
        private val out = Messenger(service.onBind(Intent(HostApduService.SERVICE_INTERFACE)))
        val answers = mutableListOf<ByteArray?>()

        /** Between processes a message is copied; within one it would be the service's own, which is still in use. */
        private val inbox = Messenger(
            object : IMessenger.Stub() {
                override fun send(message: Message) {
                    if (message.what == Replay.RESPONSE) answers += message.data.getByteArray(Replay.DATA)
                }
            },
        )

        fun command(command: ByteArray?) {
            val data = Bundle().apply { putByteArray(Replay.DATA, command) }
            send(Message.obtain(null, Replay.COMMAND).apply { this.data = data })
        }

        fun deactivate(reason: Int) = send(Message.obtain(null, Replay.DEACTIVATED).apply { arg1 = reason })

        private fun send(message: Message) {
            message.replyTo = inbox
            out.send(message)
            shadowOf(Looper.getMainLooper()).idle()
        }
    }

    /** A first command, while the wallet is still being opened. */
    private inner class Opening {
        private val busy = phone.run {
            walletWith("kernel3-cvn18")
            restartProcess()
            busyWorker()
        }
        val service = service()
        val nfc = NfcService(service).apply { command(SELECT) }

        fun ends() {
            busy.countDown()
            idle()
        }
    }

    @Test
    fun aCommandThatComesBeforeTheWalletIsOpenIsAnsweredOnceItIs() {
        val opening = Opening()
        val nfc = opening.nfc
        assertEquals("nothing yet", emptyList<ByteArray?>(), nfc.answers)
        opening.ends()
        assertTrue(nfc.answers.single()!!.hex().endsWith("9000"))
        nfc.command(SELECT)
        assertEquals("and from then on at once", 2, nfc.answers.size)
    }

    @Test
    fun aWalletThatTakesTooLongToOpenIsNotWaitedFor() {
        val opening = Opening()
        val nfc = opening.nfc
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(1_001))
        assertArrayEquals(FAULT, nfc.answers.single())
        opening.ends()
        assertEquals("it is not answered twice", 1, nfc.answers.size)
    }

    @Test
    fun whatWaitsIsForgottenWhenTheFieldIsLostAndReportedAllTheSame() {
        val opening = Opening()
        opening.nfc.deactivate(0)
        opening.ends()
        assertEquals(emptyList<ByteArray?>(), opening.nfc.answers)
        assertEquals("unknown fault", opening.service.reports.single().asInTranscripts())
        assertEquals(0, opening.service.reports.single().id)
    }

    /** The key store is out of order while the service begins. Android keeps the service: it never begins again. */
    private fun serviceWithoutItsWallet(make: () -> TestPaymentService = ::service): TestPaymentService {
        phone.walletWith("kernel3-cvn18")
        phone.restartProcess()
        phone.keyStore.failure = ResponseCode.BACKEND_BUSY
        return make().also {
            idle()
            assertNull(Wallet.current())
        }
    }

    @Test
    fun aWalletThatCouldNotBeOpenedIsOpenedAtTheNextContact() {
        val nfc = NfcService(serviceWithoutItsWallet())
        val busy = phone.busyWorker()
        nfc.command(SELECT)
        assertEquals("it is tried, and the terminal waits", 0, nfc.answers.size)
        busy.countDown()
        idle()
        assertArrayEquals(FAULT, nfc.answers.single())
        nfc.command(SELECT)
        assertArrayEquals("once in a contact", FAULT, nfc.answers.last())
        nfc.deactivate(0)
        phone.keyStore.failure = null
        nfc.command(SELECT)
        idle()
        assertTrue(nfc.answers.last()!!.hex().endsWith("9000"))
        assertEquals(3, nfc.answers.size)
    }

    @Test
    fun aWalletThatCouldNotBeOpenedIsOpenedWhenThePhoneIsUnlocked() {
        val service = serviceWithoutItsWallet()
        phone.keyStore.failure = null
        phone.context.sendBroadcast(Intent(Intent.ACTION_USER_PRESENT))
        repeat(2) { idle() }
        assertTrue(Wallet.current() != null)
        assertTrue("at once", service.processCommandApdu(SELECT, null)!!.hex().endsWith("9000"))
    }

    @Test
    fun aServiceThatIsGoneListensToNothing() {
        val controller = Robolectric.buildService(TestPaymentService::class.java)
        serviceWithoutItsWallet { controller.create().get() }
        val before = shadowOf(phone.context).registeredReceivers.size
        controller.destroy()
        assertEquals(before - 1, shadowOf(phone.context).registeredReceivers.size)
    }

    @Test
    fun aSubclassThatForgetsItsParentsOnCreatePaysAllTheSame() {
        val wallet = phone.walletWith("kernel3-cvn18")
        phone.issuer.purchase(wallet::process)
        phone.restartProcess()
        val service = Robolectric.buildService(ForgetfulService::class.java).create().get()
        val nfc = NfcService(service)
        nfc.command(SELECT)
        idle()
        assertTrue(nfc.answers.single()!!.hex().endsWith("9000"))
    }

    /** A whole purchase, of which nobody says that it has ended. */
    private fun purchaseWithoutEnd(service: PaymentService) =
        assertEquals("ok no-verification valid", phone.issuer.purchase { service.processCommandApdu(it, null)!! })

    private fun assertOnePaymentEach(reports: List<TapReport>, count: Int) {
        assertEquals(List(count) { "authorisation-requested verification-not-needed" }, reports.map { it.asInTranscripts() })
        assertEquals(List(count) { 1 }, reports.map { it.attempts.size })
        assertEquals(count, reports.map { it.id }.toSet().size)
    }

    @Test
    fun nfcThatIsSwitchedOffInAContactEndsItAndTheNextTapIsAnotherOne() {
        phone.walletWith("kernel3-no-verification")
        val controller = Robolectric.buildService(TestPaymentService::class.java).create().bind()
        val service = controller.get()
        idle()
        purchaseWithoutEnd(service)
        controller.unbind()
        idle()
        assertOnePaymentEach(service.reports, 1)
        service.onDeactivated(0)
        idle()
        assertEquals("what comes too late is no contact", 1, service.reports.size)
        phone.pass(600_000)
        purchaseWithoutEnd(service)
        service.onDeactivated(0)
        idle()
        assertOnePaymentEach(service.reports, 2)
    }

    @Test
    fun aServiceThatIsDestroyedEndsItsContact() {
        phone.walletWith("kernel3-no-verification")
        val controller = Robolectric.buildService(TestPaymentService::class.java).create()
        idle()
        purchaseWithoutEnd(controller.get())
        controller.destroy()
        idle()
        assertOnePaymentEach(controller.get().reports, 1)
    }

    @Test
    fun aServiceThatWentWithoutAWordSharesNoContactWithTheNext() {
        phone.walletWith("kernel3-no-verification")
        val former = Robolectric.buildService(TestPaymentService::class.java).create()
        idle()
        purchaseWithoutEnd(former.get())
        phone.pass(600_000)
        val next = service()
        idle()
        purchaseWithoutEnd(next)
        // Its end comes late, and is not that of the contact under way.
        former.destroy()
        next.onDeactivated(0)
        idle()
        assertOnePaymentEach(next.reports, 2)
        assertEquals(emptyList<TapReport>(), former.get().reports)
    }

    @Test
    fun theAppFeelsAContactBeginAndACryptogramGivenAndNoCommandWaitsForIt() {
        phone.walletWith("kernel3-no-verification", keys = 4)
        val service = Robolectric.buildService(FeelingService::class.java).create().get()
        idle()
        phone.issuer.purchase { command ->
            val before = service.felt.toList()
            service.processCommandApdu(command, null)!!.also {
                assertEquals("not in the command", before, service.felt)
                shadowOf(Looper.getMainLooper()).idle()
            }
        }
        assertEquals(listOf("begins", "cryptogram"), service.felt)
        service.onDeactivated(0)
        idle()
        assertEquals(listOf("begins", "cryptogram", "tap"), service.felt)
        service.felt.clear()
        // The field is lost before the main thread comes round.
        purchaseWithoutEnd(service)
        service.onDeactivated(0)
        idle()
        assertEquals(listOf("begins", "cryptogram", "tap"), service.felt)
    }

    @Test
    fun whereNoCryptogramIsGivenNoneIsFelt() {
        phone.walletWith("kernel3-cvn18")
        val service = Robolectric.buildService(FeelingService::class.java).create().get()
        idle()
        phone.issuer.purchase { service.processCommandApdu(it, null)!!.also { idle() } }
        service.onDeactivated(0)
        idle()
        assertEquals(listOf("begins", "tap"), service.felt)
    }

    private val notifications get() = shadowOf(phone.context.getSystemService(NotificationManager::class.java))

    private fun pass(ms: Long) = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(ms))

    /** A tap that asks for the holder; Android may or may not let the screen come up. */
    private fun tapThatAsks(): ServiceController<AskingService> {
        val controller = Robolectric.buildService(AskingService::class.java).create()
        idle()
        phone.issuer.purchase { controller.get().processCommandApdu(it, null)!! }
        controller.get().onDeactivated(0)
        return controller
    }

    @Test
    fun aNotificationLeadsToTheScreenOnlyWhereItIsNotThereWithinASecond() {
        val wallet = phone.walletWith("kernel3-cvn18")
        // Android unbinds and ends a service that is not preferred right after the tap.
        tapThatAsks().unbind().destroy()
        val flags = shadowOf(phone.context).nextStartedActivity.flags
        val oneScreen = Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_SINGLE_TOP or Intent.FLAG_ACTIVITY_CLEAR_TOP
        assertEquals("a second one does not stack on the first", oneScreen, flags and oneScreen)
        pass(999)
        assertEquals(0, notifications.size())
        pass(1)
        assertEquals(1, notifications.size())
        phone.arm(wallet)
        assertEquals("armed: it is gone", 0, notifications.size())
    }

    @Test
    fun whereTheScreenComesUpNoNotificationDoes() {
        phone.walletWith("kernel3-cvn18")
        // Another one may be on the way to it, as where the holder must sign in first.
        for (screen in listOf(Activity::class.java, AnotherScreen::class.java)) {
            tapThatAsks()
            pass(999)
            Robolectric.buildActivity(screen).setup()
            pass(10_000)
            assertEquals(screen.simpleName, 0, notifications.size())
        }
    }

    @Test
    fun theHolderIsAskedAfterAContactThatEndsBeforeItsBeginningIsHeard() {
        phone.walletWith("kernel3-cvn18")
        val service = Robolectric.buildService(AskingService::class.java).create().get()
        idle()
        // The main thread, which answers the terminal, comes round only after all of it.
        phone.issuer.purchase { service.processCommandApdu(it, null)!! }
        service.onDeactivated(0)
        pass(1_000)
        assertEquals(1, notifications.size())
    }

    @Test
    fun aNotificationStaysUntilTheScreenThatItLeadsToIsThere() {
        phone.walletWith("kernel3-cvn18")
        tapThatAsks()
        pass(1_000)
        Robolectric.buildActivity(AnotherScreen::class.java).setup()
        assertEquals("that is another one", 1, notifications.size())
        Robolectric.buildActivity(Activity::class.java).setup()
        assertEquals(0, notifications.size())
    }

    @Test
    fun aNotificationGoesWhenTheNextContactBeginsOrTheTapIsLongOver() {
        phone.walletWith("kernel3-cvn18")
        val service = tapThatAsks().get()
        pass(1_000)
        assertEquals(1, notifications.size())
        service.processCommandApdu(SELECT, null)
        idle()
        assertEquals("the next contact", 0, notifications.size())
        service.onDeactivated(0)
        tapThatAsks()
        pass(119_999)
        assertEquals(1, notifications.size())
        pass(1)
        assertEquals("two minutes", 0, notifications.size())
    }

    @Test
    fun withoutAWalletTheTerminalGetsAStatusWordAndTheAppAReport() {
        val service = service()
        idle()
        assertArrayEquals(FAULT, service.processCommandApdu(SELECT, null))
        service.onDeactivated(0)
        idle()
        assertEquals("unknown fault", service.reports.single().asInTranscripts())
    }

    @Test
    fun aDiscardedWalletEndsInAStatusWordAndAReport() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val service = service()
        idle()
        onWorker { Wallet.discard(phone.context) }
        assertArrayEquals(FAULT, service.processCommandApdu(SELECT, null))
        service.onDeactivated(0)
        idle()
        assertEquals("unknown fault", service.reports.single().asInTranscripts())
        assertEquals(Reason.CLOSED, assertThrows(WalletException::class.java) { wallet.cards }.reason)
    }

    @Test
    fun aWalletThatIsDiscardedWhileTheServiceBeginsIsNoFault() {
        phone.walletWith("kernel3-cvn18")
        val service = service()
        val hasFoundTheWallet = CountDownLatch(1)
        Wallet.worker.execute(hasFoundTheWallet::countDown)
        hasFoundTheWallet.await()
        // Only after it the main thread goes on.
        onWorker { Wallet.discard(phone.context) }
        assertArrayEquals(FAULT, service.processCommandApdu(SELECT, null))
    }

    @Test
    fun nullAndEmptyCommandsAreAnswered() {
        phone.walletWith("kernel3-cvn18")
        val service = service()
        idle()
        assertArrayEquals(FAULT, service.processCommandApdu(null, null))
        assertEquals(2, service.processCommandApdu(ByteArray(0), null)!!.size)
        assertEquals(2, service.processCommandApdu(ByteArray(100_000), null)!!.size)
    }

    @Test
    fun aPanicInTheCoreEndsInAStatusWordAndAReportAndTheNextTapPays() {
        val wallet = phone.walletWith("kernel2-cvn14")
        val service = service()
        idle()
        Panic.withinTheCore()
        // Nobody verified: the card declines with random bytes for a cryptogram, and finds no randomness.
        assertEquals("ok generate-ac-refused -", phone.issuer.purchase { service.processCommandApdu(it, null)!! })
        service.onDeactivated(0)
        idle()
        assertEquals("unknown fault", service.reports.single().asInTranscripts())
        phone.arm(wallet)
        assertTrue(phone.issuer.purchase { service.processCommandApdu(it, null)!! }.endsWith(" valid"))
    }

    @Test
    fun aFullDiskEndsInAStatusWordAndAReportAndNoKeyIsSpent() {
        val directory = File(phone.context.noBackupFilesDir, "hcepay/wallet").apply { mkdirs() }
        val isMounted = run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory.path) == 0
        if (!isMounted) println("full disk: not run, a disk of 64 KiB needs root")
        assumeTrue(isMounted)
        try {
            val wallet = phone.walletWith("kernel3-no-verification", keys = 32)
            val service = service()
            idle()
            val pay = {
                phone.pass(60_000)
                phone.issuer.purchase { service.processCommandApdu(it, null)!! }.endsWith(" valid").also {
                    service.onDeactivated(0)
                    idle()
                }
            }
            val filler = File(directory, "filler")
            runCatching { filler.outputStream().use { out -> while (true) out.write(ByteArray(512)) } }
            // The file's last page has room for a few payments more.
            var paid = 0
            while (pay()) paid++
            assertEquals("declined storage-failed", service.reports.last().asInTranscripts())
            assertEquals(32 - paid, wallet.cards.single().replenishment.usesLeft)
            filler.delete()
            assertTrue("with room again it pays", pay())
        } finally {
            TestPhone.closeProcess()
            run("umount", directory.path)
        }
    }

    private fun run(vararg command: String): Int = ProcessBuilder(*command).inheritIO().start().waitFor()

    @Test
    fun aListenerThatThrowsIsHeardOnALaterTurnAndNothingElseSuffers() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val service = Robolectric.buildService(ThrowingService::class.java).create().get()
        idle()
        service.processCommandApdu(SELECT, null)
        service.onDeactivated(0)
        assertThrows(IllegalStateException::class.java) { idle() }
        assertTrue(service.processCommandApdu(SELECT, null)!!.hex().endsWith("9000"))
        assertEquals(1, onWorker { wallet.cards.size })
    }

    @Test
    fun whoThrowsWhereItIsAskedWhetherItWatchesIsHeardOnALaterTurnAndTheTerminalHasItsAnswer() {
        phone.walletWith("kernel3-cvn18")
        val service = Robolectric.buildService(UndecidedService::class.java).create().get()
        idle()
        assertTrue(service.processCommandApdu(SELECT, null)!!.hex().endsWith("9000"))
        assertThrows(IllegalStateException::class.java) { idle() }
    }

    @Test
    fun aReportIsToldOnceInAProcessAndAgainInTheNextUntilItIsAcknowledged() {
        val wallet = phone.walletWith("kernel3-cvn18")
        val service = service()
        phone.arm(wallet)
        phone.issuer.purchase { service.processCommandApdu(it, null)!! }
        service.onDeactivated(0)
        idle()
        val told = service.reports.single()
        val second = service().also { idle() }
        assertEquals("told already", emptyList<TapReport>(), second.reports)
        phone.restartProcess()
        val third = service().also { idle() }
        assertEquals(told.id, third.reports.single().id)
        assertEquals(told.asInTranscripts(), third.reports.single().asInTranscripts())
        Wallet.current()!!.acknowledge(told.id)
        idle()
        phone.restartProcess()
        assertEquals(emptyList<TapReport>(), service().also { idle() }.reports)
    }

    @Test
    fun withAWorkerThatDoesNotComeRoundTheNextTapsPayAllTheSame() {
        phone.walletWith("kernel3-no-verification")
        val service = service()
        idle()
        val busy = phone.busyWorker()
        repeat(3) {
            assertEquals("ok no-verification valid", phone.issuer.purchase { service.processCommandApdu(it, null)!! })
            service.onDeactivated(0)
            shadowOf(Looper.getMainLooper()).idle()
        }
        assertEquals(listOf(2, 1, 0), service.reports.map { it.usesLeft })
        busy.countDown()
    }

    @Test
    fun anAppThatIsUpdatedInTheMiddleOfATapReportsItAndPaysTheNext() {
        phone.walletWith("kernel3-no-verification")
        val old = service()
        idle()
        // Android kills the process for that: no end of the contact is told.
        var commands = 0
        phone.issuer.purchase { command -> if (commands++ < 3) old.processCommandApdu(command, null)!! else ByteArray(0) }
        phone.restartProcess()
        val new = service()
        idle()
        assertEquals("unknown process-ended", new.reports.single().asInTranscripts())
        assertEquals("ok no-verification valid", phone.issuer.purchase { new.processCommandApdu(it, null)!! })
        new.onDeactivated(0)
        idle()
        assertEquals("each tap took one key", 1, new.reports.last().usesLeft)
    }

    @Test
    fun theHolderIsAskedToVerifyAfterTheTapAndNeverInIt() {
        phone.walletWith("kernel3-cvn18")
        val service = service()
        idle()
        service.screen = Intent("verify")
        phone.issuer.purchase { command ->
            service.processCommandApdu(command, null)!!.also { assertNull(shadowOf(phone.context).nextStartedActivity) }
        }
        service.onDeactivated(0)
        val started = shadowOf(phone.context).nextStartedActivity
        assertEquals("verify", started.action)
        assertTrue(started.flags and Intent.FLAG_ACTIVITY_NEW_TASK != 0)
        idle()
        assertEquals("verification-needed not-verified", service.reports.single().asInTranscripts())
    }

    @Test
    fun whoWatchesHearsOfEachExchangeOnceTheTerminalHasItsAnswer() {
        phone.walletWith("kernel3-no-verification")
        val service = Robolectric.buildService(WatchingService::class.java).create().get()
        idle()
        val said = mutableListOf<Pair<ByteArray, ByteArray>>()
        phone.issuer.purchase { command ->
            val answer = service.processCommandApdu(command, null)!!
            assertEquals("not before the terminal", said.size, service.heard.size)
            val told = answer.clone()
            said += command to told
            // Whatever its next holder does to it.
            answer.fill(0)
            idle()
            told
        }
        assertTrue("${said.size}", said.size >= 3)
        assertEquals(said.map { it.first.toList() to it.second.toList() }, service.heard.map { it.first.toList() to it.second.toList() })
        assertTrue("${service.nanoseconds}", service.nanoseconds.all { it in 1..60_000_000_000 })
        service.watches = false
        service.processCommandApdu(SELECT, null)
        idle()
        assertEquals(said.size, service.heard.size)
    }

    /** A listener with a fault. */
    class ThrowingService : PaymentService() {
        override fun onTap(report: TapReport): Unit = error("the app's own fault")
    }

    /** It has a fault where it is asked whether it watches. */
    class UndecidedService : TestPaymentService() {
        override val watchesExchanges: Boolean get() = error("the app's own fault")
    }

    /** It overrides what it should call. */
    class ForgetfulService : TestPaymentService() {
        override fun onCreate() = Unit
    }

    /** What its holder feels. */
    class FeelingService : PaymentService() {
        val felt = mutableListOf<String>()

        override fun onContactBegins() {
            felt += "begins"
        }

        override fun onCryptogramGiven() {
            felt += "cryptogram"
        }

        override fun onTap(report: TapReport) {
            felt += "tap"
        }
    }

    /** It shows what was said. */
    class WatchingService : TestPaymentService() {
        var watches = true
        val heard = mutableListOf<Pair<ByteArray, ByteArray>>()
        val nanoseconds = mutableListOf<Long>()

        override val watchesExchanges get() = watches

        override fun onExchange(command: ByteArray, answer: ByteArray, nanoseconds: Long) {
            heard += command to answer
            this.nanoseconds += nanoseconds
        }
    }

    /** Of the same app. */
    class AnotherScreen : Activity()

    /** It asks its holder to verify. */
    class AskingService : TestPaymentService() {
        override fun verificationScreen(report: TapReport) = Intent(this, Activity::class.java)

        override fun verificationNotification(report: TapReport, screen: Intent): Notification =
            Notification.Builder(this, "pay").setSmallIcon(android.R.drawable.ic_lock_lock).build()
    }

    private companion object {
        val SELECT = "00A404000E325041592E5359532E444446303100".hex()
        val FAULT = byteArrayOf(0x6F, 0x00)
    }
}
