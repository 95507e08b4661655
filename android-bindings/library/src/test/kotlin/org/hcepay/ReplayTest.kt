package org.hcepay

import android.content.Intent
import android.nfc.cardemulation.HostApduService
import android.os.Handler
import android.os.IBinder
import android.os.Looper
import android.os.Messenger
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.ExecutionException
import java.util.concurrent.FutureTask

/** What the test APK does on a phone, here: the same [Replay], its issuer on a socket. */
@RunWith(SandboxRunner::class)
class ReplayTest {
    @get:Rule
    val phone = TestPhone()
    private lateinit var program: Process
    private lateinit var issuer: TestIssuer

    @Before
    fun start() {
        phone.keyStore.mint.isUnattended = true
        program = ProcessBuilder(System.getProperty("hcepay.issuer"), "--listen", "0").start()
        val port = program.inputStream.bufferedReader().readLine().removePrefix("listening on 127.0.0.1:").toInt()
        issuer = TestIssuer { TestIssuer.listening(port, patienceMs = 10_000) }.apply { start() }
    }

    @After
    fun stop() {
        issuer.stop()
        program.destroy()
    }

    private fun bind(): IBinder =
        Robolectric.buildService(ReplayService::class.java).create().get().onBind(Intent(HostApduService.SERVICE_INTERFACE))!!

    /** On a thread of its own, while the main thread goes on. */
    private fun play(transcripts: List<Transcript>, binder: IBinder = bind(), patienceMs: Long = 10_000): Int {
        val played = FutureTask { Replay(binder, phone.context, issuer, phone, patienceMs).play(transcripts) }
        Thread(played).start()
        while (!played.isDone) {
            shadowOf(Looper.getMainLooper()).idle()
            Thread.sleep(1)
        }
        return played.get()
    }

    private fun refusal(transcript: Transcript, binder: IBinder = bind(), patienceMs: Long = 10_000): String? =
        assertThrows(ExecutionException::class.java) { play(listOf(transcript), binder, patienceMs) }.cause!!.message

    @Test
    fun androidsOwnMessagesBringEveryTranscriptByteForByte() {
        val transcripts = Transcript.all()
        val exchanges = play(transcripts)
        assertTrue(transcripts.size >= 58)
        println("taps through Android's messages: ${transcripts.size} transcripts, $exchanges exchanges")
    }

    @Test
    fun theFirstDisagreementIsToldInWords() {
        val begun = listOf("!card kernel3-cvn18", "> 00A4")
        assertEquals("a.tap, line 3: the card answers 6700", refusal(Transcript("a.tap", begun + "< 9000")))
        val ended = begun + "< 6700" + "!field lost"
        assertEquals("b.tap, line 5: the card reports nothing -", refusal(Transcript("b.tap", ended + "= torn before-cryptogram")))
    }

    @Test
    fun aServiceThatSaysNothingIsNotWaitedForLong() {
        val silent = Messenger(Handler(Looper.getMainLooper()) { true }).binder
        val asked = Transcript("a.tap", listOf("!card kernel3-cvn18", "> 00A4", "< 6700"))
        assertEquals("a.tap, line 3: no answer within 50 ms", refusal(asked, silent, patienceMs = 50))
    }
}
