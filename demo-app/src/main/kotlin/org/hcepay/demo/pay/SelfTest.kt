package org.hcepay.demo.pay

import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.ServiceConnection
import android.nfc.cardemulation.HostApduService
import android.os.Bundle
import android.os.Handler
import android.os.HandlerThread
import android.os.IBinder
import android.os.Message
import android.os.Messenger
import org.hcepay.demo.desk.Channel
import org.hcepay.demo.desk.Desk
import org.hcepay.demo.desk.Purchase
import org.hcepay.demo.desk.Terminal
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit

/**
 * The terminal in this app meets the card as Android's NFC service would have it meet it: by the payment service, bound, and the
 * messages that Android's `HostApduService` knows. No NFC is needed.
 */
internal class SelfTest(private val context: Context) {
    /** Not on the main thread, on which the service answers. */
    fun run(desk: Desk, amountMinor: Long, currency: Int, terminal: Terminal = Terminal()): Purchase {
        val bound = CompletableFuture<IBinder>()
        val connection = object : ServiceConnection {
            override fun onServiceConnected(name: ComponentName, service: IBinder) {
                bound.complete(service)
            }

            override fun onServiceDisconnected(name: ComponentName) = Unit
        }
        check(context.bindService(Intent(context, CardService::class.java), connection, Context.BIND_AUTO_CREATE)) { "no payment service" }
        val answers = HandlerThread("self-test").apply { start() }
        try {
            val service = Messenger(bound.get(PATIENCE_S, TimeUnit.SECONDS))
            try {
                return desk.purchase(amountMinor, currency, channel(service, answers), terminal)
            } finally {
                // Also where the shop or the bank failed in between: the phone is out of the field all the same.
                service.send(Message.obtain(null, MSG_DEACTIVATED, HostApduService.DEACTIVATION_LINK_LOSS, 0))
            }
        } finally {
            answers.quitSafely()
            context.unbindService(connection)
        }
    }

    private fun channel(service: Messenger, answers: HandlerThread): Channel {
        val answered = ArrayBlockingQueue<ByteArray>(1)
        val replies = Messenger(
            Handler(answers.looper) { message ->
                message.data.getByteArray(KEY_DATA)?.let(answered::offer)
                true
            },
        )
        return Channel { command ->
            val message = Message.obtain(null, MSG_COMMAND_APDU)
            message.data = Bundle().apply { putByteArray(KEY_DATA, command) }
            message.replyTo = replies
            service.send(message)
            answered.poll(PATIENCE_S, TimeUnit.SECONDS)
        }
    }

    private companion object {
        /** As `HostApduService` has them, which does not say them to apps. */
        const val MSG_COMMAND_APDU = 0
        const val MSG_DEACTIVATED = 2
        const val KEY_DATA = "data"

        const val PATIENCE_S = 5L
    }
}
