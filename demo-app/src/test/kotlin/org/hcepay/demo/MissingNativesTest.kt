package org.hcepay.demo

import org.hcepay.TestPrompt
import org.hcepay.demo.wallet.WelcomeActivity
import org.hcepay.internal.childJvm
import org.hcepay.internal.ended
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.JUnitCore
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

/** The app on a phone for whose processor it has no natives. This JVM has them, hence one that has not. */
class MissingNativesTest {
    @Test
    fun anAppWithoutNativesForItsPhoneSaysSo() {
        val properties = listOf("robolectric.offline", "robolectric.dependency.dir", "hcepay.screens")
        val options = properties.map { "-D$it=${System.getProperty(it)}" } + "-Djava.library.path=/nowhere"
        val child = childJvm(JUnitCore::class, listOf(WithoutNatives::class.java.name), *options.toTypedArray())
        val (status, said) = child.redirectErrorStream(true).ended()
        assertEquals(said, 0, status)
    }

    @RunWith(DemoRunner::class)
    @Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
    class WithoutNatives {
        @get:Rule
        val phone = DemoPhone()

        @Test
        fun theFirstScreenSaysWhatIsMissing() {
            val welcome = phone.open(WelcomeActivity::class.java).get()
            // Loading it fails in another way the second time.
            repeat(2) {
                welcome.press(phone.app.getString(R.string.add_first_card))
                phone.settle()
                assertTrue("${welcome.read()}", phone.app.getString(R.string.trouble_natives) in welcome.read())
            }
            Screenshot.takeWhole(welcome, "bad-no-natives")
        }
    }
}
