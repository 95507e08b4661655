package org.hcepay

import android.app.Application
import android.app.KeyguardManager
import android.content.BroadcastReceiver
import android.content.Intent
import android.os.Looper
import android.os.SystemClock
import android.provider.Settings
import org.hcepay.TestIssuer.Companion.NEW_YEAR
import org.junit.Assert.assertThrows
import org.junit.rules.TestRule
import org.junit.runner.Description
import org.junit.runners.model.Statement
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.shadows.ShadowPausedSystemClock
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.concurrent.FutureTask

/** A phone with a screen lock, its key store, and an issuer that can be reached. No wallet on it yet. */
class TestPhone : TestRule, Clocks {
    val keyStore = TestKeyStore()
    val issuer = TestIssuer()
    val context: Application get() = RuntimeEnvironment.getApplication()
    private var secureUsers = 1L
    private val busy = mutableListOf<CountDownLatch>()
    private val keyguard get() = shadowOf(context.getSystemService(KeyguardManager::class.java))

    override fun apply(base: Statement, description: Description): Statement {
        val body = object : Statement() {
            override fun evaluate() {
                setClocks()
                boot(1)
                isLocked = false
                keyguard.setIsDeviceSecure(true)
                issuer.start()
                try {
                    base.evaluate()
                } finally {
                    keyStore.failure = null
                    busy.forEach(CountDownLatch::countDown)
                    onWorker { Wallet.discard(context) }
                    issuer.stop()
                }
            }
        }
        return keyStore.apply(body, description)
    }

    var isLocked: Boolean
        get() = keyStore.mint.isLocked
        set(value) {
            keyStore.mint.isLocked = value
            keyguard.setIsDeviceLocked(value)
        }

    /** Taking it off loses what verification releases. */
    var hasScreenLock: Boolean
        get() = keyStore.mint.secureUser != 0L
        set(value) {
            keyStore.mint.secureUser = if (value) ++secureUsers else 0
            keyguard.setIsDeviceSecure(value)
        }

    override fun setClocks() {
        ShadowPausedSystemClock.reset()
        SystemClock.setCurrentTimeMillis(NEW_YEAR)
    }

    override fun pass(ms: Long) = ShadowPausedSystemClock.advanceBy(Duration.ofMillis(ms))

    /** No wallet, an issuer that knows none, and the clocks where transcripts begin. */
    fun startAnew() {
        onWorker { Wallet.discard(context) }
        setClocks()
        issuer.startAnew()
    }

    fun boot(count: Int) {
        Settings.Global.putInt(context.contentResolver, Settings.Global.BOOT_COUNT, count)
    }

    /** The wallet of this phone and its issuer. */
    fun open(): Wallet = Wallet.open(context, issuer.key)

    /** A wallet, enrolled, with one card. */
    fun walletWith(card: String, keys: Int = 3): Wallet = onWorker {
        open().also { issuer.install(it, card, keys) }
    }

    /** The holder verifies. */
    fun arm(wallet: Wallet, method: Method = Method.BIOMETRIC, scope: Scope = Scope.ANY_CARD): Armed = onWorker {
        wallet.arm(proof(wallet, method), scope = scope).also { keyStore.mint.verifiedAt = null }
    }

    /** On a worker. */
    fun proof(wallet: Wallet, method: Method = Method.BIOMETRIC): Authentication {
        val cipher = Authentication.cipher(wallet)
        keyStore.mint.verify()
        return Authentication.reported(method, cipher)
    }

    /** The library's worker is busy until this is counted down, as with a slow disk. */
    fun busyWorker(): CountDownLatch = CountDownLatch(1).also {
        busy += it
        Wallet.worker.execute(it::await)
    }

    /** The process ends and begins again, on the same files. */
    fun restartProcess() = onWorker { closeProcess() }

    companion object {
        /** Does it on a thread that may wait, and then lets the main thread go on. */
        fun <T> onWorker(work: () -> T): T {
            val task = FutureTask(work)
            Thread(task).start()
            try {
                return task.get()
            } catch (failed: java.util.concurrent.ExecutionException) {
                throw failed.cause ?: failed
            } finally {
                idle()
            }
        }

        /** Why the wallet refuses to do it. */
        fun reason(work: () -> Unit): Reason = assertThrows(WalletException::class.java) { onWorker(work) }.reason

        /** Everything that the worker has to do is done, and then what it had put on the main thread. */
        fun idle() {
            val done = CountDownLatch(1)
            Wallet.worker.execute(done::countDown)
            done.await()
            shadowOf(Looper.getMainLooper()).idle()
        }

        private fun of(wallet: Wallet, name: String): Any? =
            Wallet::class.java.getDeclaredField(name).apply { isAccessible = true }.get(wallet)

        /** The screen goes dark, and the library hears of it at once. */
        fun darken(wallet: Wallet) =
            (of(wallet, "screen") as BroadcastReceiver).onReceive(RuntimeEnvironment.getApplication(), Intent(Intent.ACTION_SCREEN_OFF))

        /** The timer of a window goes off that was on its way already when the wallet was armed anew. */
        fun windowEnds(wallet: Wallet) = (of(wallet, "windowEnds") as Runnable).run()

        /** As if the process had ended: the wallet's directory is free, and the library knows nothing. */
        fun closeProcess() {
            val current = Wallet::class.java.getDeclaredField("current").apply { isAccessible = true }
            val wallet = current.get(null) as Wallet? ?: return
            RuntimeEnvironment.getApplication().unregisterReceiver(of(wallet, "screen") as BroadcastReceiver)
            org.hcepay.internal.Native.close(of(wallet, "handle") as Long)
            current.set(null, null)
        }
    }
}
