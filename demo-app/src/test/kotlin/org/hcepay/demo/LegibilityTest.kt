package org.hcepay.demo

import android.graphics.Color
import android.widget.TextView
import org.hcepay.TestPrompt
import org.hcepay.demo.wallet.WelcomeActivity
import org.junit.Assert.assertEquals
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

/** That what looks at the screens sees what is wrong. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "en-w360dp-h740dp-port-xhdpi")
class LegibilityTest {
    @get:Rule
    val phone = DemoPhone()

    @Test
    fun paleLettersAndLettersThatNoFontHasAreSeen() {
        val screen = phone.open(WelcomeActivity::class.java).get()
        fun faults() = Legibility.faults(screen, Screenshot.takeWhole(screen, "legibility"))
        assertEquals(emptyList<String>(), faults())
        val headline = all(screen.requireViewById(R.id.screen_column)).first { it is TextView } as TextView
        headline.setTextColor(Color.rgb(0x8C, 0x8B, 0x88))
        assertEquals(listOf("${headline.text} has a contrast of 3.1"), faults())
        headline.setTextColor(Color.BLACK)
        headline.text = "a\uE000"
        assertEquals(listOf("a\uE000: no glyph of PRIVATE USE AREA E000"), faults())
    }
}
