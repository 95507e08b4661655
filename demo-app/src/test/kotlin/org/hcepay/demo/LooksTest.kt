package org.hcepay.demo

import android.app.Activity
import android.content.res.Configuration
import android.view.View
import android.widget.TextView
import org.hcepay.TestPrompt
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.WelcomeActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.util.Locale

/** Every screen, in both languages, by day and by night, on a narrow and on a wide phone, with letters as they are and twice as large. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class LooksTest {
    @get:Rule
    val phone = DemoPhone()

    @Test
    fun inEnglishByDayNothingIsCutOff() = looksWell("en", "notnight")

    @Test
    fun inEnglishAtNightNothingIsCutOff() = looksWell("en", "night")

    @Test
    fun inChineseByDayNothingIsCutOffAndNothingIsEnglish() = looksWell("zh-rCN", "notnight")

    @Test
    fun inChineseAtNightNothingIsCutOffAndNothingIsEnglish() = looksWell("zh-rCN", "night")

    private fun looksWell(language: String, night: String) {
        eachWay(language, night) { name ->
            val welcome = phone.open(WelcomeActivity::class.java)
            isWhole(welcome.get(), "$name-welcome")
            welcome.pause().stop().destroy()
        }
        phone.isInUse()
        eachWay(language, night) { name ->
            val english = english()
            for ((screen, intent) in phone.everyScreen()) {
                val controller = phone.open(screen, intent)
                isWhole(controller.get(), "$name-${screen.simpleName.removeSuffix("Activity").lowercase(Locale.ROOT)}")
                if (language == "zh-rCN") assertEquals(screen.name, emptySet<String>(), controller.get().read().toSet() intersect english)
                if (language == "zh-rCN" && screen == CardActivity::class.java) {
                    assertTrue("dates, too: ${controller.get().read()}", "2029年12月" in controller.get().read())
                }
                controller.pause().stop().destroy()
            }
        }
    }

    private fun eachWay(language: String, night: String, look: (String) -> Unit) {
        for (width in listOf(360, 411)) {
            for (scale in listOf(1, 2)) {
                RuntimeEnvironment.setQualifiers("$language-w${width}dp-h740dp-port-$night-xhdpi")
                RuntimeEnvironment.setFontScale(scale.toFloat())
                look("$language-$night-$width-x$scale")
            }
        }
    }

    /** What the app says in English and not in the phone's language. */
    private fun english(): Set<String> {
        val configuration = Configuration(phone.app.resources.configuration).apply { setLocale(Locale.ENGLISH) }
        val english = phone.app.createConfigurationContext(configuration)
        return R.string::class.java.fields.map {
            it.getInt(null)
        }.filter { english.getText(it) != phone.app.getText(it) }.map { english.getText(it).toString() }.toSet()
    }

    /** Nothing is cut off, and what is to be pressed is large enough for a finger. */
    private fun isWhole(screen: Activity, name: String) {
        assertEquals(name, emptyList<String>(), Legibility.faults(screen, Screenshot.takeWhole(screen, name)))
        val density = screen.resources.displayMetrics.density
        for (view in all(screen.requireViewById(R.id.screen))) {
            if (!view.isShown) continue
            if (view is TextView) {
                assertEquals("$name: ${view.text}", 0, (0 until view.lineCount).sumOf { view.layout?.getEllipsisCount(it) ?: 0 })
            }
            if (view.isClickable) assertTrue("$name: ${describe(view)}", view.height >= 48 * density && view.width >= 48 * density)
        }
    }

    private fun describe(view: View) = "${view.javaClass.simpleName} ${view.width}x${view.height} ${(view as? TextView)?.text}"
}
