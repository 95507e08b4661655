package org.hcepay.demo

import android.app.Activity
import android.app.Instrumentation
import android.app.KeyguardManager
import android.os.Bundle
import java.lang.reflect.InvocationTargetException

/** Takes the journeys where `adb shell am instrument -w` starts it, all or the one that it is asked for, and says what came of each. */
open class JourneyInstrumentation : Instrumentation() {
    private var only: String? = null

    override fun onCreate(arguments: Bundle?) {
        super.onCreate(arguments)
        only = arguments?.getString("journey")
        start()
    }

    override fun onStart() {
        super.onStart()
        val lacking = lacking()
        if (lacking != null) return finish(Activity.RESULT_CANCELED, said(lacking))
        val device = Device(this)
        val journeys = object : Journeys() {
            override val device = device
        }
        val (taken, failed) = Journeys.all().filter { only == null || it.name == only }.partition { journey ->
            val failure = try {
                device.beginAnew()
                journey.invoke(journeys)
                null
            } catch (failure: InvocationTargetException) {
                failure.targetException
            } catch (failure: RuntimeException) {
                failure
            }
            say("${journey.name}: ${failure?.stackTraceToString() ?: "passed"}")
            failure == null
        }
        val isWell = failed.isEmpty() && taken.isNotEmpty()
        finish(if (isWell) Activity.RESULT_OK else Activity.RESULT_CANCELED, said("${taken.size} passed, ${failed.size} failed"))
    }

    /** What keeps screens from coming up, or the wallet from making its keys. */
    private fun lacking(): String? {
        val keyguard = targetContext.getSystemService(KeyguardManager::class.java)!!
        return when {
            !keyguard.isDeviceSecure -> "the phone has no screen lock"
            keyguard.isKeyguardLocked -> "the phone is locked"
            else -> null
        }
    }

    /** While it goes on: `am instrument` prints what comes under this key as it is. */
    private fun say(words: String) = sendStatus(Activity.RESULT_OK, Bundle().apply { putString(REPORT_KEY_STREAMRESULT, "$words\n") })

    private fun said(words: String) = Bundle().apply { putString("journeys", words) }
}
