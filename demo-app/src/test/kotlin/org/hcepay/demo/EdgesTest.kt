package org.hcepay.demo

import android.app.Activity
import android.content.Intent
import android.graphics.Insets
import android.graphics.Rect
import android.view.DisplayCutout
import android.view.View
import android.view.WindowInsets
import android.widget.ScrollView
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

/** Where Android's bars, cut-outs of the display and the keyboard are, nothing lies that one reads or presses. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w360dp-h740dp-port-xhdpi")
class EdgesTest {
    @get:Rule
    val phone = DemoPhone()

    /** Pixels on each side that are not the app's. */
    private class Sides(val left: Int = 0, val top: Int = 0, val right: Int = 0, val bottom: Int = 0)

    private fun upright(): WindowInsets {
        val cutout = DisplayCutout(Insets.of(0, 90, 0, 0), null, Rect(300, 0, 420, 90), null, null)
        return WindowInsets.Builder()
            .setInsets(WindowInsets.Type.statusBars(), Insets.of(0, 48, 0, 0))
            .setInsets(WindowInsets.Type.navigationBars(), Insets.of(0, 0, 0, 96))
            .setDisplayCutout(cutout).build()
    }

    private fun onItsSide(): WindowInsets {
        val cutout = DisplayCutout(Insets.of(90, 0, 0, 0), Rect(0, 300, 90, 420), null, null, null)
        return WindowInsets.Builder()
            .setInsets(WindowInsets.Type.statusBars(), Insets.of(0, 48, 0, 0))
            .setInsets(WindowInsets.Type.navigationBars(), Insets.of(0, 0, 96, 0))
            .setDisplayCutout(cutout).build()
    }

    @Test
    fun uprightNothingLiesUnderBarsAndCutOut() = eachScreen { isFree(it, upright(), Sides(top = 90, bottom = 96)) }

    @Test
    fun onItsSideNothingLiesUnderBarsAndCutOut() {
        RuntimeEnvironment.setQualifiers("w740dp-h360dp-land-xhdpi")
        eachScreen { isFree(it, onItsSide(), Sides(left = 90, top = 48, right = 96)) }
    }

    @Test
    fun theKeyboardHidesNeitherTheFieldNorWhatSendsIt() {
        val card = phone.addCard(codes = 3)
        val screen = phone.open(CardActivity::class.java, CardActivity.of(phone.app, card)).get()
        val keyboard = WindowInsets.Builder(upright()).setInsets(WindowInsets.Type.ime(), Insets.of(0, 0, 0, 600)).build()
        isFree(screen, keyboard, Sides(top = 90, bottom = 600))
    }

    private fun eachScreen(look: (Activity) -> Unit) {
        val welcome = phone.open(WelcomeActivity::class.java)
        look(welcome.get())
        welcome.pause().stop().destroy()
        phone.isInUse()
        for ((screen, intent: Intent?) in phone.everyScreen()) {
            val controller = phone.open(screen, intent)
            look(controller.get())
            controller.pause().stop().destroy()
        }
    }

    private fun isFree(screen: Activity, insets: WindowInsets, taken: Sides) {
        val window = screen.window.decorView
        window.dispatchApplyWindowInsets(insets)
        layOut(window)
        val scroll = screen.requireViewById<ScrollView>(R.id.screen_scroll)
        val views = all(screen.requireViewById(R.id.screen)).filter { it.isShown && (it is TextView || it.isClickable || isCard(it)) }
        assertTrue("${screen.javaClass.simpleName} shows something", views.size > 1)
        val (bar, page) = views.partition { !isIn(it, scroll) }
        scroll.scrollTo(0, 0)
        for (view in bar) isWithin(screen, view, taken.left, taken.top, window.width - taken.right, window.height)
        for (view in page) isWithin(screen, view, taken.left, taken.top, window.width - taken.right, Int.MAX_VALUE)
        scroll.scrollTo(0, Int.MAX_VALUE / 2)
        for (view in page) isWithin(screen, view, taken.left, Int.MIN_VALUE, window.width - taken.right, window.height - taken.bottom)
        // What is scrolled away is not drawn over the screen's name.
        assertTrue(scroll.top >= bar.maxOf { place(it).bottom })
    }

    private fun layOut(window: View) {
        val (width, height) = window.width to window.height
        window.measure(
            View.MeasureSpec.makeMeasureSpec(width, View.MeasureSpec.EXACTLY),
            View.MeasureSpec.makeMeasureSpec(height, View.MeasureSpec.EXACTLY),
        )
        window.layout(0, 0, width, height)
    }

    private fun isCard(view: View) = view.javaClass.simpleName == "CardFace"

    private fun isIn(view: View, scroll: View) = generateSequence(view) { it.parent as? View }.any { it === scroll }

    private fun place(view: View): Rect {
        val at = IntArray(2).also(view::getLocationInWindow)
        return Rect(at[0], at[1], at[0] + view.width, at[1] + view.height)
    }

    private fun isWithin(screen: Activity, view: View, left: Int, top: Int, right: Int, bottom: Int) {
        val at = place(view)
        val isFree = at.left >= left && at.top >= top && at.right <= right && at.bottom <= bottom
        assertEquals("${screen.javaClass.simpleName}: ${(view as? TextView)?.text ?: view.javaClass.simpleName} at $at", true, isFree)
    }
}
