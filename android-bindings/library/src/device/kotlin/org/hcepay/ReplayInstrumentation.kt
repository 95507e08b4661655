package org.hcepay

import android.app.Activity
import android.app.Instrumentation
import android.content.ComponentName
import android.content.Context.BIND_AUTO_CREATE
import android.content.Intent
import android.content.ServiceConnection
import android.os.Bundle
import android.os.IBinder
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit.SECONDS

/** Plays the APK's transcripts where `adb shell am instrument -w` starts it, and says what came of it. */
class ReplayInstrumentation : Instrumentation() {
    override fun onCreate(arguments: Bundle?) = start()

    override fun onStart() {
        val transcripts = with(targetContext.assets) { list("taps")!!.map { Transcript(it, open("taps/$it").reader().readLines()) } }
        val played = runCatching {
            val issuer = TestIssuer { TestIssuer.listening(port = 7816, patienceMs = 10_000) }.apply { start() }
            Wallet.discard(targetContext)
            Replay(bind(), targetContext, issuer, Clock).play(transcripts)
        }
        val said = played.fold({ "${transcripts.size} transcripts, $it exchanges" }, Throwable::stackTraceToString)
        finish(if (played.isSuccess) Activity.RESULT_OK else Activity.RESULT_CANCELED, Bundle().apply { putString("replay", said) })
    }

    private fun bind(): IBinder {
        val bound = LinkedBlockingQueue<IBinder>()
        val connection = object : ServiceConnection {
            override fun onServiceConnected(name: ComponentName, binder: IBinder) = bound.put(binder)

            override fun onServiceDisconnected(name: ComponentName) = Unit
        }
        targetContext.bindService(Intent(targetContext, ReplayService::class.java), connection, BIND_AUTO_CREATE)
        return checkNotNull(bound.poll(10, SECONDS)) { "the service was not bound within 10 s" }
    }
}
