package org.hcepay.demo

import org.hcepay.TestPrompt
import org.junit.Rule
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.robolectric.annotation.Config
import org.robolectric.annotation.LooperMode

/** The journeys that a phone takes, on a main thread of their own, as there. */
@RunWith(JourneyRunner::class)
@LooperMode(LooperMode.Mode.INSTRUMENTATION_TEST)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class JourneysTest : Journeys() {
    private val phone = DemoPhone()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(phone).around(Task())

    override val device by lazy { Device(JourneyInstrumentation().attach()) }
}
