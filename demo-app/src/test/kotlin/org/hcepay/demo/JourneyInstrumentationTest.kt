package org.hcepay.demo

import android.app.Activity
import android.app.IInstrumentationWatcher
import android.app.KeyguardManager
import android.content.ComponentName
import android.content.pm.PackageManager.COMPONENT_ENABLED_STATE_DISABLED
import android.os.Bundle
import org.hcepay.TestPrompt
import org.hcepay.demo.wallet.WalletActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.LooperMode
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit.MINUTES

/** What `am instrument` begins on a phone, begun here, and what it would print. */
@RunWith(DemoRunner::class)
@LooperMode(LooperMode.Mode.INSTRUMENTATION_TEST)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class JourneyInstrumentationTest {
    private val phone = DemoPhone()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(phone).around(Task())

    private val printed = mutableListOf<String>()

    /** Gives the code that it ends with, and its last words. */
    private fun instrument(journey: String): Pair<Int, String?> {
        val watcher = object : IInstrumentationWatcher.Stub() {
            override fun instrumentationStatus(name: ComponentName, code: Int, results: Bundle) {
                printed += results.getString("stream")!!
            }

            override fun instrumentationFinished(name: ComponentName, code: Int, results: Bundle) = Unit
        }
        val ended = CompletableFuture<Pair<Int, String?>>()
        val instrumentation = object : JourneyInstrumentation() {
            override fun finish(resultCode: Int, results: Bundle) {
                ended.complete(resultCode to results.getString("journeys"))
            }
        }
        onMain { instrumentation.attach(watcher).onCreate(Bundle().apply { putString("journey", journey) }) }
        return ended.get(2, MINUTES)
    }

    @Test
    fun aJourneyThatIsTakenIsSaidAndEndsWell() {
        assertEquals(Activity.RESULT_OK to "1 passed, 0 failed", instrument(FIRST))
        assertEquals(listOf("$FIRST: passed\n"), printed)
    }

    @Test
    fun aJourneyThatFailsIsSaidWithItsReasonAndEndsBadly() {
        phone.app.packageManager.setComponentEnabledSetting(
            ComponentName(phone.app, WalletActivity::class.java),
            COMPONENT_ENABLED_STATE_DISABLED,
            0,
        )
        assertEquals(Activity.RESULT_CANCELED to "0 passed, 1 failed", instrument(FIRST))
        assertTrue("$printed", printed.single().startsWith("$FIRST: ") && "no launcher shows it" in printed.single())
    }

    @Test
    fun noJourneyAtAllEndsBadly() {
        assertEquals(Activity.RESULT_CANCELED to "0 passed, 0 failed", instrument("nobodyKnowsThisOne"))
    }

    @Test
    fun aPhoneOnWhichNoneCanBeTakenIsToldSo() {
        shadowOf(phone.app.getSystemService(KeyguardManager::class.java)).setKeyguardLocked(true)
        assertEquals(Activity.RESULT_CANCELED to "the phone is locked", instrument(FIRST))
        phone.phone.hasScreenLock = false
        assertEquals(Activity.RESULT_CANCELED to "the phone has no screen lock", instrument(FIRST))
        assertEquals(emptyList<String>(), printed)
    }

    private companion object {
        const val FIRST = "oneButtonOnTheFirstScreenAddsACardByTheRealEnrolment"
    }
}
