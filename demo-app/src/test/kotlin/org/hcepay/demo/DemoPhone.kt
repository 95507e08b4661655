package org.hcepay.demo

import android.app.Activity
import android.app.Application
import android.content.ComponentName
import android.content.Intent
import android.os.Looper
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import org.hcepay.TestPhone
import org.hcepay.TestPrompt
import org.hcepay.demo.pay.CardService
import org.junit.rules.TestRule
import org.junit.runner.Description
import org.junit.runners.model.Statement
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import java.util.concurrent.CountDownLatch

/** A phone with the demo on it, and a person who looks and presses. */
class DemoPhone : TestRule {
    val phone = TestPhone()
    val app: DemoApp get() = RuntimeEnvironment.getApplication() as DemoApp
    internal val demo: Demo get() = app.demo

    override fun apply(base: Statement, description: Description): Statement {
        val body = object : Statement() {
            override fun evaluate() {
                TestPrompt.shown.clear()
                bindsItsService()
                try {
                    base.evaluate()
                } finally {
                    demo.beginAnew()
                    settle()
                }
            }
        }
        return phone.apply(body, description)
    }

    /** As Android does it for an app that binds its own service. */
    private fun bindsItsService() {
        val service = Robolectric.buildService(CardService::class.java).create()
        val name = ComponentName(app, CardService::class.java)
        shadowOf(app as Application).setComponentNameAndServiceForBindService(name, service.get().onBind(Intent()))
    }

    /** Waits until the app has nothing to do. */
    fun settle() {
        val deadline = System.nanoTime() + 60_000_000_000
        do {
            val done = CountDownLatch(1)
            demo.worker.execute(done::countDown)
            while (done.count > 0) {
                shadowOf(Looper.getMainLooper()).idle()
                Thread.sleep(2)
                check(System.nanoTime() < deadline) { "the app is still at work: ${demo.work}" }
            }
            TestPhone.idle()
        } while (demo.work != null)
    }

    /** The holder verifies in the prompt that is shown. */
    fun verify() {
        phone.keyStore.verify()
        TestPrompt.shown.last().succeeds()
        repeat(3) { TestPhone.idle() }
    }
}

/** All that can be read on a screen, from the top down. */
fun Activity.read(): List<String> = texts(requireViewById(android.R.id.content))

private fun texts(view: View): List<String> = when {
    view.visibility != View.VISIBLE -> emptyList()
    view is TextView -> listOf(view.text.toString()).filter(String::isNotEmpty)
    view is ViewGroup -> (0 until view.childCount).flatMap { texts(view.getChildAt(it)) }
    else -> listOfNotNull(view.contentDescription?.toString())
}

/** Presses what says this. */
fun Activity.press(words: String) {
    val found = all(requireViewById(android.R.id.content)).filter { it is TextView && it.text.toString() == words }
    check(found.size == 1) { "$words is there ${found.size} times among ${read()}" }
    val pressed = generateSequence(found.single()) { it.parent as? View }.first { it.isClickable }
    check(pressed.performClick()) { "$words does nothing" }
}

private fun all(view: View): List<View> =
    listOf(view) + ((view as? ViewGroup)?.let { group -> (0 until group.childCount).flatMap { all(group.getChildAt(it)) } }.orEmpty())
