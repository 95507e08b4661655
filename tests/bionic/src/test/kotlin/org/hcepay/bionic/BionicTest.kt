package org.hcepay.bionic

import org.hcepay.Reason
import org.hcepay.TapReport
import org.hcepay.TestIssuer
import org.hcepay.Transcript
import org.hcepay.WalletException
import org.hcepay.hex
import org.hcepay.internal.DesktopPhone
import org.junit.After
import org.junit.AfterClass
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.BeforeClass
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions

/** `libhcepay.so` for arm64 on Android's own libc: what terminals and disks do to it. */
class BionicTest {
    @get:Rule
    val folder = TemporaryFolder()

    private lateinit var root: Path
    private lateinit var natives: BionicNatives
    private lateinit var phone: DesktopPhone
    private var directories = 0

    @Before
    fun startAProcess() {
        root = folder.root.toPath().toRealPath()
        natives = BionicNatives(AndroidProcess(root))
        phone = DesktopPhone(natives, issuer, ::newDirectory)
    }

    @After
    fun endWithoutAFault() {
        natives.process.close()
        assertEquals(emptyList<String>(), natives.process.kernel.log.filterNot { it.startsWith("W/hcepay: hcepay::border: refused: ") })
    }

    @Test
    fun everyTranscriptIsAnsweredByteForByte() {
        val transcripts = Transcript.all()
        val exchanges = transcripts.sumOf { it.replay(phone) }
        assertEquals(File(System.getProperty("hcepay.taps")).list()!!.size, transcripts.size)
        println("taps on bionic: ${transcripts.size} transcripts, $exchanges exchanges")
    }

    @Test
    fun aProcessorWithoutInstructionsForAesAnswersTheSame() {
        natives.process = AndroidProcess(root, AndroidProcess.Processor.WITHOUT_AES).also { natives.process.close() }
        val transcripts = Transcript.all().filter { "asks_the_issuer" in it.name }
        assertTrue(transcripts.size >= 5)
        transcripts.forEach { it.replay(phone) }
    }

    @Test
    fun aClosedWalletAndAMissingArrayAreRefused() {
        phone.begin(CARD)
        phone.close()
        for ((name, type) in AndroidProcess.natives) {
            for (wallet in listOf(0L, -1L, Long.MAX_VALUE, phone.wallet)) {
                for (array in listOf(null, ByteArray(0), ByteArray(1))) {
                    val arguments = type.parameterList().mapIndexed { index, parameter ->
                        when (parameter) {
                            java.lang.Long.TYPE -> if (index == 0) wallet else TestIssuer.NEW_YEAR
                            Integer.TYPE -> 1
                            else -> array
                        }
                    }
                    val answer = natives.process.call(name, *arguments.toTypedArray())
                    val what = "$name, wallet $wallet, ${array?.size} bytes: ${answer.hex()}"
                    when (name) {
                        "process" -> assertEquals(what, "6F00", answer.hex())
                        "start", "close", "newSpendKey" -> assertEquals(what, DONE, answer[0].toInt())
                        // They read what is no order and no code, with a wallet or without.
                        "orderOf", "readOrder", "readCode", "transferOf" -> assertTrue(what, answer[0].toInt() in NONE_TO_READ)
                        else -> assertTrue(what, answer[0] in CLOSED..ARGUMENT)
                    }
                }
            }
        }
        val codes = setOf("Closed", "Argument", "OrderInvalid", "QrInvalid", "TransferInvalid")
        val logged = codes.map { "W/hcepay: hcepay::border: refused: $it" }.toSet()
        assertEquals(logged, natives.process.kernel.log.toSet())
        println("natives on bionic: ${AndroidProcess.natives.size}")
    }

    @Test
    fun aTapWithAReadyKeyWritesOnceAndWaitsForNothing() {
        phone.begin(CARD)
        natives.process.kernel.calls.clear()
        assertTrue(tap().endsWith("9000"))
        assertEquals(mapOf("pwrite64" to 1), natives.process.kernel.calls)
    }

    @Test
    fun theNextProcessGoesOnWhereTheLastOneWasKilled() {
        phone.begin(CARD)
        assertEquals(1, pay().counter)
        assertEquals(mapOf("ledger" to "rw-------"), files())
        for (counter in 2..3) {
            kill()
            phone.reopen()
            assertEquals(counter, pay().counter)
        }
        assertEquals(setOf("ledger"), files().keys)
    }

    @Test
    fun theNextProcessHasWhatWasPaidAndNotReported() {
        phone.begin(CARD)
        assertTrue("9F36020001" in tap())
        kill()
        phone.reopen()
        assertEquals(2, pay().counter)
    }

    @Test
    fun aKeyThatWasReadyWhenThePhoneStoppedIsNotSpent() {
        phone.begin(CARD)
        assertEquals(1, pay().counter)
        kill()
        phone.reopen(bootCount = 2)
        assertEquals(3, pay().counter)
    }

    @Test
    fun oneProcessAtATimeHasTheWallet() {
        phone.begin(CARD)
        val first = natives.process
        natives.process = AndroidProcess(root)
        assertEquals(Reason.IN_USE, assertThrows(WalletException::class.java) { phone.reopen() }.reason)
        first.close()
        phone.reopen()
        assertEquals(1, pay().counter)
    }

    @Test
    fun aFullDiskDeclinesAndNoKeySignsTwice() {
        phone.begin(CARD)
        for (counter in 1..3) {
            failNext("pwrite64", Errno.ENOSPC) { assertEquals("6985", tap()) }
            assertEquals("declined storage-failed", phone.leave(false))
            assertEquals(counter, pay().counter)
            phone.pass(60_000)
        }
        assertEquals("6985", tap())
        assertEquals("declined no-key-left", phone.leave(false))
        kill()
        phone.reopen()
        assertEquals("6985", tap())
    }

    @Test
    fun aDiskThatDoesNotKeepDeclinesUntilTheWalletIsOpenedAgain() {
        phone.begin(CARD)
        assertTrue("9F36020001" in tap())
        failNext("fdatasync", Errno.EIO) {
            assertEquals(Reason.STORAGE_FAILED, assertThrows(WalletException::class.java) { phone.leave() }.reason)
        }
        assertEquals("6985", tap())
        kill()
        phone.reopen()
        assertEquals(listOf(2, 3), List(2) { pay().counter })
        assertEquals("6985", tap())
        assertEquals("declined no-key-left", phone.leave(false))
    }

    private fun failNext(call: String, errno: Errno, act: () -> Unit) {
        natives.process.kernel.failNext[call] = errno
        act()
        assertTrue("no $call was made", natives.process.kernel.failNext.isEmpty())
    }

    private fun newDirectory(): String = "/data/wallet${++directories}".also { root.resolve(it.drop(1)).toFile().mkdirs() }

    private fun kill() {
        natives.process.close()
        natives.process = AndroidProcess(root)
    }

    private fun pay(): TapReport {
        assertEquals("ok no-verification valid", issuer.purchase(phone::process))
        return phone.leave()
    }

    /** Answer to GET PROCESSING OPTIONS. */
    private fun tap(): String {
        phone.process("00A4040007A000000003101000".hex())
        return phone.process("80A8000023832130804000000000001250000000000000027600000000000978260101001122334400".hex()).hex()
    }

    /** What is in the wallet's directory, and who may read and write it. */
    private fun files(): Map<String, String> = root.resolve("data/wallet$directories").toFile().listFiles()!!
        .associate { it.name to PosixFilePermissions.toString(Files.getPosixFilePermissions(it.toPath())) }

    companion object {
        private const val CARD = "kernel3-no-verification"
        private const val DONE = 0
        private const val CLOSED = 1
        private const val ARGUMENT = 2

        /** An argument is missing; an order is invalid; a code is. */
        private val NONE_TO_READ = setOf(ARGUMENT, 70, 71, 73)

        private val issuer = TestIssuer()

        @BeforeClass
        @JvmStatic
        fun start() = issuer.start()

        @AfterClass
        @JvmStatic
        fun stop() = issuer.stop()
    }
}
