package org.hcepay

import android.content.Context
import android.nfc.cardemulation.HostApduService
import android.os.Bundle
import android.os.Handler
import android.os.HandlerThread
import android.os.IBinder
import android.os.Message
import android.os.Messenger
import java.util.concurrent.CountDownLatch
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit.MILLISECONDS

/**
 * Plays transcripts to [ReplayService] as Android's NFC service would: by messages to what it gave when it was bound. It runs the
 * same on a phone and under Robolectric, and never on the main thread, where the service answers. It waits for nothing for ever.
 */
class Replay(
    binder: IBinder,
    private val context: Context,
    private val issuer: TestIssuer,
    private val clocks: Clocks,
    private val patienceMs: Long = 10_000,
) : Player {
    private val service = Messenger(binder)
    private val answers = LinkedBlockingQueue<ByteArray>()
    private lateinit var inbox: Messenger
    private lateinit var wallet: Wallet

    /** Plays them. Gives how many commands were answered as they should; the first that was not is thrown, in words. */
    fun play(transcripts: List<Transcript>): Int {
        val thread = HandlerThread("replay").apply { start() }
        inbox = Messenger(
            Handler(thread.looper) { message ->
                if (message.what == RESPONSE) answers += message.data.getByteArray(DATA) ?: ByteArray(0)
                true
            },
        )
        try {
            return transcripts.sumOf { it.replay(this) }
        } finally {
            thread.quit()
        }
    }

    override fun begin(card: String) {
        Wallet.discard(context)
        ReplayService.reports.clear()
        clocks.setClocks()
        issuer.startAnew()
        wallet = Wallet.open(context, issuer.key)
        issuer.install(wallet, card, keys = 3)
    }

    /** Without a prompt: nobody is there. By a biometric, because cryptograms tell. */
    override fun arm(amount: Amount?) {
        val proof = Authentication.reported(Method.BIOMETRIC, Authentication.cipher(wallet))
        wallet.arm(proof, scope = amount?.let { Scope.payment(card, it) } ?: Scope.ANY_CARD)
    }

    override fun passGates() = wallet.passGates(card, true)

    override fun freeze() = wallet.freeze(card)

    override fun unfreeze() = wallet.unfreeze(card)

    override fun limitTaps(taps: Int) = wallet.limitUse(card, TemporaryUse(null, taps))

    private val card get() = wallet.cards.single()

    override fun pass(ms: Long) = clocks.pass(ms)

    override fun process(command: ByteArray): ByteArray {
        send(Message.obtain(null, COMMAND).apply { data = Bundle().apply { putByteArray(DATA, command) } })
        val answer = checkNotNull(answers.poll(patienceMs, MILLISECONDS)) { "no answer within $patienceMs ms" }
        check(answers.isEmpty()) { "more than one answer" }
        return answer
    }

    override fun leave(deselected: Boolean): String {
        val reason = if (deselected) HostApduService.DEACTIVATION_DESELECTED else HostApduService.DEACTIVATION_LINK_LOSS
        send(Message.obtain(null, DEACTIVATED).apply { arg1 = reason })
        val report = checkNotNull(ReplayService.reports.poll(patienceMs, MILLISECONDS)) { "no report within $patienceMs ms" }
        // The worker makes the next tap ready: the wallet is not to be discarded under it.
        val isReady = CountDownLatch(1)
        Wallet.worker.execute(isReady::countDown)
        check(isReady.await(patienceMs, MILLISECONDS)) { "not ready for the next tap within $patienceMs ms" }
        return report.asInTranscripts()
    }

    private fun send(message: Message) {
        message.replyTo = inbox
        service.send(message)
    }

    companion object {
        // Between Android's NFC service and a HostApduService.
        const val COMMAND = 0
        const val RESPONSE = 1
        const val DEACTIVATED = 2
        const val DATA = "data"
    }
}

/** The clocks that the library reads. They stand still, so that keys expire in transcripts to the millisecond. */
interface Clocks {
    /** Both stand where transcripts begin. */
    fun setClocks()

    fun pass(ms: Long)
}
