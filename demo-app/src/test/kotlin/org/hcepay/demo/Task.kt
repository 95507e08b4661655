package org.hcepay.demo

import android.app.Activity
import android.app.Application
import android.content.Intent
import org.junit.rules.ExternalResource
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import kotlin.concurrent.thread

/** What Android does beside an app, and Robolectric does not by itself: screens come up where they were asked for, and go. */
class Task : ExternalResource() {
    private val screens = ArrayDeque<ActivityController<out Activity>>()
    private var android: Thread? = null

    override fun before() {
        val app: Application = RuntimeEnvironment.getApplication()
        android = thread(name = "android") {
            try {
                while (true) {
                    onMain { follow(app) }
                    Thread.sleep(TURN_MS)
                }
            } catch (_: InterruptedException) {
                // The test is over.
            }
        }
    }

    override fun after() {
        android?.interrupt()
        android?.join()
        while (!onMain(::end)) Thread.sleep(TURN_MS)
    }

    private fun end(): Boolean {
        if (isBringing()) return false
        while (screens.isNotEmpty()) remove(screens.last())
        return true
    }

    /** While Robolectric brings a screen up, it lets others have their turn on the main thread: no screen may go then. */
    private fun isBringing() = Throwable().stackTrace.any { it.className == ActivityController::class.java.name }

    private fun follow(app: Application) {
        if (isBringing()) return
        val asked = generateSequence { shadowOf(app).nextStartedActivity }.toList().asReversed()
        asked.filter { it.component?.packageName == app.packageName }.forEach(::bring)
        screens.filter { it.get().isFinishing }.forEach(::remove)
        screens.lastOrNull()?.let { if (!it.get().isResumed) it.restart().start().resume() }
    }

    private fun bring(intent: Intent) {
        val wanted = Class.forName(intent.component!!.className).asSubclass(Activity::class.java)
        if (intent.has(Intent.FLAG_ACTIVITY_CLEAR_TASK)) screens.toList().forEach(::remove)
        val there = screens.find { it.get().javaClass == wanted }
        if (intent.has(Intent.FLAG_ACTIVITY_CLEAR_TOP) && there != null) {
            screens.takeLastWhile { it !== there }.forEach(::remove)
            if (!there.get().isResumed) there.restart().start()
            there.newIntent(intent).resume()
            return
        }
        screens.lastOrNull()?.let { if (it.get().isResumed) it.pause() }
        val before = screens.lastOrNull()
        screens += Robolectric.buildActivity(wanted, intent)
        screens.last().setup()
        before?.stop()
    }

    private fun Intent.has(flag: Int) = flags and flag != 0

    private fun remove(gone: ActivityController<out Activity>) {
        screens -= gone
        if (gone.get().isResumed) gone.pause().stop()
        gone.destroy()
    }

    private companion object {
        const val TURN_MS = 5L
    }
}
