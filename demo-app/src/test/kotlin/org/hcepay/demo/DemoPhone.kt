package org.hcepay.demo

import android.app.Activity
import android.app.Application
import android.content.ComponentName
import android.content.Intent
import android.os.Bundle
import android.os.Looper
import org.hcepay.Card
import org.hcepay.TestPhone
import org.hcepay.TestPrompt
import org.hcepay.demo.pay.CardService
import org.hcepay.demo.pay.SelfTest
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.rules.TestRule
import org.junit.runner.Description
import org.junit.runners.model.Statement
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import java.io.File
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
                onMain(::bindsItsService)
                try {
                    base.evaluate()
                } finally {
                    onMain(demo::beginAnew)
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
    fun settle() = app.settle()

    /** The demo bank's card of this name is in the wallet. */
    fun addCard(name: String = "kernel3-cvn18", codes: Int = 0): Card {
        demo.addCard(name, codes)
        settle()
        check(demo.trouble == null) { "${demo.trouble?.wallet} ${demo.trouble?.issuer}" }
        return demo.wallet!!.cards.maxBy { it.id }
    }

    /** The holder verifies, and the terminal in the app is paid. */
    fun pay(amountMinor: Long = 12_50) {
        phone.arm(demo.wallet!!)
        demo.selfTest(amountMinor, EURO)
        settle()
    }

    /** The same, and the bank does not hear of it: no new keys. */
    fun payUnheard() {
        phone.arm(demo.wallet!!)
        val desk = (demo.state as State.Open).desk
        val pay = {
            desk.refuseNext()
            SelfTest(app).run(desk, 12_50, EURO)
        }
        demo.read(pay) {}
        settle()
        demo.change { desk.refuseNext(false) }
        settle()
    }

    /** A screen, as its user opens it. */
    fun <T : Activity> open(screen: Class<T>, intent: Intent? = null, state: Bundle? = null): ActivityController<T> {
        val controller = Robolectric.buildActivity(screen, intent)
        if (state == null) controller.setup() else controller.setup(state)
        settle()
        return controller
    }

    /** The process ends and begins again on the same files. Meanwhile something may happen to them. */
    fun restartProcess(leavesDeskOpen: Boolean = false, meanwhile: () -> Unit = {}) {
        settle()
        val open = Demo::class.java.getDeclaredField("open").apply { isAccessible = true }.get(demo) as State.Open?
        if (!leavesDeskOpen) open?.desk?.close()
        phone.restartProcess()
        meanwhile()
        DemoApp::class.java.getDeclaredField("demo\$delegate").apply { isAccessible = true }.set(app, lazy { Demo(app) })
        demo.start()
        settle()
    }

    /** Of the wallet, as it lies on the phone. */
    val ledger: File get() = File(app.noBackupFilesDir, "hcepay/wallet/ledger")

    /** The holder verifies in the prompt that is shown. */
    fun verify() {
        phone.keyStore.verify()
        TestPrompt.shown.last().succeeds()
        repeat(3) { TestPhone.idle() }
    }

    /** The same, and what follows from it has happened. */
    fun holderVerifies() {
        verify()
        settle()
    }
}

private const val EURO = 978

private fun DemoApp.settle() {
    val deadline = System.nanoTime() + 60_000_000_000
    // What one thread hands over, the other hands on.
    var rounds = 0
    do {
        val done = CountDownLatch(1)
        demo.worker.execute(done::countDown)
        while (done.count > 0) {
            shadowOf(Looper.getMainLooper()).idle()
            Thread.sleep(2)
            check(System.nanoTime() < deadline) { "the app is still at work: ${demo.work}" }
        }
        TestPhone.idle()
    } while (demo.work != null || ++rounds < 3)
}

/** What its user does, and what follows from it has happened. */
fun Activity.presses(resource: Int, vararg with: Any) {
    press(getString(resource, *with))
    (application as DemoApp).settle()
}

/** What stands below these words. */
fun Activity.below(resource: Int): String = read().let { it[it.indexOf(getString(resource)) + 1] }

fun Activity.shows(resource: Int, vararg with: Any) = assertTrue("${read()}", getString(resource, *with) in read())

fun Activity.doesNotShow(resource: Int) = assertFalse("${read()}", getString(resource) in read())
