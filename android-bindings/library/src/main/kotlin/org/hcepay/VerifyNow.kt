package org.hcepay

import android.app.Activity
import android.app.Application
import android.app.Notification
import android.app.NotificationManager
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.os.SystemClock

/**
 * The holder is asked to verify, after a tap that wanted it: the screen for it comes up. Android lets a service do so right after
 * a tap; where it has unbound the service meanwhile it does not, and says nothing. So where the screen is not there within a
 * second, a notification leads to it. It outlives the service. Main thread only.
 */
internal class VerifyNow private constructor(
    private val application: Application,
    private val screen: Intent,
    private val notification: () -> Notification?,
) : Application.ActivityLifecycleCallbacks {
    private val leave = Runnable { leaveNotification() }
    private val end = Runnable { withdraw() }
    private val target = screen.resolveActivity(application.packageManager)
    private var isLeft = false
    private var observing: AutoCloseable? = null

    private fun begin() {
        application.registerActivityLifecycleCallbacks(this)
        observing = Wallet.current()?.let { wallet -> wallet.observe { if (wallet.armedUntil != null) withdraw() } }
        main.postDelayed(leave, SCREEN_MS)
        main.postDelayed(end, STALE_MS)
        runCatching { application.startActivity(screen) }
    }

    private fun leaveNotification() {
        val notification = notification() ?: return withdraw()
        isLeft = true
        runCatching { notifications()?.notify(TAG, 0, notification) }
    }

    private fun over() {
        application.unregisterActivityLifecycleCallbacks(this)
        observing?.close()
        main.removeCallbacks(leave)
        main.removeCallbacks(end)
        if (isLeft) runCatching { notifications()?.cancel(TAG, 0) }
    }

    private fun notifications() = application.getSystemService(NotificationManager::class.java)

    /** Right after the tap any screen of the app is the answer, as where the holder must sign in first; later the screen itself. */
    override fun onActivityResumed(activity: Activity) {
        if (!isLeft || activity.componentName == target) withdraw()
    }

    override fun onActivityCreated(activity: Activity, savedInstanceState: Bundle?) = Unit

    override fun onActivityStarted(activity: Activity) = Unit

    override fun onActivityPaused(activity: Activity) = Unit

    override fun onActivityStopped(activity: Activity) = Unit

    override fun onActivitySaveInstanceState(activity: Activity, outState: Bundle) = Unit

    override fun onActivityDestroyed(activity: Activity) = Unit

    internal companion object {
        /** How long the screen may take to come up. */
        private const val SCREEN_MS = 1_000L

        /** No window is longer, and no terminal waits as long. */
        private const val STALE_MS = 120_000L
        private const val TAG = "hcepay.verification"

        private val main = Handler(Looper.getMainLooper())

        /** Who is being asked, if anyone is. */
        var asked: VerifyNow? = null
            private set

        private var asksFor = Scope.ANY_CARD
        private var asksUntilMs = 0L

        /** What the holder is asked to verify for: the screen may be there, and made anew, until a terminal comes again. */
        val scope: Scope get() = if (SystemClock.elapsedRealtime() < asksUntilMs) asksFor else Scope.ANY_CARD

        /** A contact begins: what the one before has told is over. */
        fun forget() {
            asksUntilMs = 0
        }

        fun ask(application: Application, screen: Intent, scope: Scope, notification: () -> Notification?) {
            withdraw()
            asksFor = scope
            asksUntilMs = SystemClock.elapsedRealtime() + STALE_MS
            asked = VerifyNow(application, screen, notification).also { it.begin() }
        }

        /** The holder was there, or need not be any more. Who was asked after that stays so. */
        fun withdraw(which: VerifyNow? = asked) {
            if (which == null || which !== asked) return
            which.over()
            asked = null
        }
    }
}
