package org.hcepay.demo

import android.app.Activity
import android.app.Application.ActivityLifecycleCallbacks
import android.app.Instrumentation
import android.content.Intent
import android.os.Bundle
import java.util.concurrent.CountDownLatch
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit.NANOSECONDS
import java.util.concurrent.TimeUnit.SECONDS

/**
 * A phone with the demo on it, in the hands of a person who looks and presses. What Android and the app take their time for is
 * waited for. Not for the main thread.
 */
class Device(private val instrumentation: Instrumentation) {
    val app = instrumentation.targetContext.applicationContext as DemoApp

    /** The screen in front. */
    private var front: Activity? = null

    init {
        app.registerActivityLifecycleCallbacks(
            object : ActivityLifecycleCallbacks {
                override fun onActivityResumed(activity: Activity) {
                    front = activity
                }

                override fun onActivityPaused(activity: Activity) {
                    if (front === activity) front = null
                }

                override fun onActivityCreated(activity: Activity, state: Bundle?) = Unit

                override fun onActivityStarted(activity: Activity) = Unit

                override fun onActivityStopped(activity: Activity) = Unit

                override fun onActivitySaveInstanceState(activity: Activity, state: Bundle) = Unit

                override fun onActivityDestroyed(activity: Activity) = Unit
            },
        )
    }

    /** The app as it is right after it was installed. */
    fun beginAnew() {
        demo { it.beginAnew() }
        await("nothing is left") { if (app.demo.state is State.None) Unit else null }
    }

    /** Its icon is pressed. */
    fun launch() {
        val icon = checkNotNull(app.packageManager.getLaunchIntentForPackage(app.packageName)) { "no launcher shows it" }
        app.startActivity(icon.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_CLEAR_TASK))
    }

    fun isOn(screen: Class<out Activity>) = onScreen("${screen.simpleName} is in front") { if (it.javaClass == screen) Unit else null }

    fun shows(words: String) = onScreen("\"$words\" is shown") { if (words in it.read()) Unit else null }

    fun doesNotShow(words: String) = onScreen("\"$words\" is not shown any more") { if (words !in it.read()) Unit else null }

    fun reads(all: List<String>) = onScreen("$all is all that is shown") { if (all == it.read()) Unit else null }

    /** All that can be read, from the top down. */
    fun read(): List<String> = onScreen("something is shown") { screen -> screen.read().takeIf { it.isNotEmpty() } }

    /** Presses what says this. Nothing is under the finger: the view is told that it was pressed. */
    fun press(words: String) = onScreen("\"$words\" can be pressed") { screen -> screen.pressable(words)?.performClick() }

    fun pressCard(lastFour: String) = onScreen("the card $lastFour is shown") { it.pressCard(lastFour) }

    fun type(text: String) = onScreen("there is a field") { it.type(text) }

    /** Android takes the screen away and makes it again, as when the phone is turned. */
    fun turn() {
        val before = onScreen("a screen is there") { it.also(Activity::recreate) }
        onScreen("the screen is there again") { if (it !== before) Unit else null }
    }

    /** Does something inside the app, on its main thread, and waits until that has nothing to do any more. */
    internal fun <T : Any> demo(does: (Demo) -> T): T {
        val done = onMain { does(app.demo) }
        await("the app has nothing to do") { }
        return done
    }

    private fun <T : Any> onScreen(what: String, attempt: (Activity) -> T?): T = await(what) { front?.let(attempt) }

    /** Tries it on the main thread, whenever the app has nothing to do, until it gives something. */
    private fun <T : Any> await(what: String, attempt: () -> T?): T {
        val begin = System.nanoTime()
        while (NANOSECONDS.toSeconds(System.nanoTime() - begin) < PATIENCE_S) {
            val done = CountDownLatch(1)
            app.demo.worker.execute(done::countDown)
            if (done.await(1, SECONDS)) onMain { if (app.demo.work == null) attempt() else null }?.let { return it }
            Thread.sleep(20)
        }
        error("within $PATIENCE_S s it did not come to this: $what. " + onMain { "${front?.javaClass?.simpleName}: ${front?.read()}" })
    }

    private fun <T> onMain(does: () -> T): T {
        val task = FutureTask(does)
        instrumentation.runOnMainSync(task)
        return task.get()
    }

    private companion object {
        /** Some phones make an RSA key for many seconds. */
        const val PATIENCE_S = 30
    }
}
