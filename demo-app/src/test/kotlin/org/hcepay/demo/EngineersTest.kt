package org.hcepay.demo

import android.app.Activity
import android.content.Intent
import android.os.Looper
import android.os.Process
import android.view.View
import android.widget.Switch
import org.hcepay.Outcome
import org.hcepay.TapReason
import org.hcepay.TestPrompt
import org.hcepay.demo.engineer.BadDaysActivity
import org.hcepay.demo.engineer.TimelineActivity
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.wallet.KeysActivity
import org.hcepay.demo.wallet.WalletActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowProcess
import java.time.Duration

/** What engineers see behind their switch: every word of a contact, and every bad day on purpose. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class EngineersTest {
    @get:Rule
    val phone = DemoPhone()

    private val demo get() = phone.demo

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun quiet() {
        phone.settle()
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(1))
    }

    private fun card() = demo.wallet!!.cards.single()

    private fun badDays() = phone.open(BadDaysActivity::class.java).get()

    private fun Activity.does(resource: Int) {
        press(words(resource))
        phone.settle()
    }

    private fun endsHere() = ShadowProcess.wasKilled(Process.myPid()).also { ShadowProcess.clearKilledProcesses() }

    // ---- the switch

    private fun Activity.switch() = all(requireViewById<View>(android.R.id.content)).single { it is Switch } as Switch

    @Test
    fun aHolderSeesNothingOfItUntilTheSwitchIsOnAndItStaysAsItWasLeft() {
        phone.addCard()
        val wallet = phone.open(WalletActivity::class.java).get()
        wallet.doesNotShow(R.string.timeline)
        phone.pay()
        assertEquals("nothing is watched unasked", 0, demo.timeline.moments.size)
        wallet.switch().performClick()
        phone.settle()
        wallet.press(words(R.string.timeline))
        assertEquals(TimelineActivity::class.java.name, shadowOf(wallet).nextStartedActivity.component?.className)
        wallet.press(words(R.string.bad_days))
        assertEquals(BadDaysActivity::class.java.name, shadowOf(wallet).nextStartedActivity.component?.className)
        phone.restartProcess()
        val again = phone.open(WalletActivity::class.java).get()
        Screenshot.takeWhole(again, "wallet-engineers")
        again.shows(R.string.bad_days)
        phone.pay()
        assertTrue(demo.timeline.moments.isNotEmpty())
        again.switch().performClick()
        phone.settle()
        again.doesNotShow(R.string.bad_days)
        assertEquals("and what was seen is gone", 0, demo.timeline.moments.size)
    }

    // ---- the time line

    @Test
    fun theTimeLineShowsWhatAReaderAndTheCardSayAsItComesWithoutAccountData() {
        demo.isForEngineers = true
        phone.addCard("kernel2-no-verification")
        val controller = phone.open(TimelineActivity::class.java)
        controller.get().shows(R.string.timeline_empty)
        Screenshot.takeWhole(controller.get(), "timeline-empty")
        controller.get().press(words(R.string.self_test))
        assertEquals(SelfTestActivity::class.java.name, shadowOf(controller.get()).nextStartedActivity.component?.className)
        demo.selfTest(12_50, 978)
        quiet()
        val names = demo.selfTest!!.exchanges.mapIndexed { place, said -> "${place + 1}. ${said.name}" }
        assertTrue("$names", names.first() == "1. SELECT" && names.last().endsWith("GENERATE AC"))
        assertEquals(names, controller.get().read().filter { it in names })
        assertTrue("the card's number goes over the air", "99990000" in demo.timeline.moments.joinToString { it.exchange.answer.hex() })
        controller.get().press(names.last())
        val read = controller.get().read()
        assertTrue("$read", read.any { it.startsWith("9F4B") } && read.any { "9000" in it })
        Screenshot.takeWhole(controller.get(), "timeline")
        for (name in names.dropLast(1)) controller.get().press(name)
        assertFalse("99990000" in controller.get().read().joinToString().filterNot(Char::isWhitespace))
        controller.recreate()
        assertEquals(names, controller.get().read().filter { it in names })
        // The next contact takes its place.
        phone.pay(amountMinor = 1_00)
        quiet()
        assertEquals(names, controller.get().read().filter { it in names })
        controller.get().press(words(R.string.timeline_clear))
        controller.get().shows(R.string.timeline_empty)
    }

    @Test
    fun theTraceGoesToTheAppThatIsChosenWithoutAccountData() {
        demo.isForEngineers = true
        phone.addCard("kernel2-no-verification")
        val screen = phone.open(TimelineActivity::class.java).get()
        demo.selfTest(12_50, 978)
        quiet()
        screen.press(words(R.string.share_trace))
        val chooser = shadowOf(screen).nextStartedActivity
        val sent = chooser.getParcelableExtra<Intent>(Intent.EXTRA_INTENT)!!
        assertEquals(listOf(Intent.ACTION_CHOOSER, Intent.ACTION_SEND, "text/plain"), listOf(chooser.action, sent.action, sent.type))
        val trace = sent.getStringExtra(Intent.EXTRA_TEXT)!!
        assertTrue(trace, trace.startsWith("hcepay trace 1\n") && "9F02 6 000000001250" in trace && "\n= " in trace)
        assertTrue("the card's number goes over the air", "99990000" in demo.timeline.moments.joinToString { it.exchange.answer.hex() })
        assertFalse(trace, "99990000" in trace)
    }

    // ---- bad days

    @Test
    fun aProcessThatIsEndedOnPurposeComesBackWithItsCards() {
        phone.addCard()
        val screen = badDays()
        Screenshot.takeWhole(screen, "bad-days")
        screen.does(R.string.end_process)
        assertTrue(endsHere())
        phone.restartProcess()
        assertEquals("0012", card().lastFour)
    }

    @Test
    fun aContactThatIsTornOnPurposeShowsWhatTheReaderDidNotHear() {
        phone.addCard("kernel2-no-verification")
        val screen = badDays()
        screen.does(R.string.tear_contact)
        assertEquals(SelfTestActivity::class.java.name, shadowOf(screen).nextStartedActivity.component?.className)
        val test = phone.open(SelfTestActivity::class.java).get()
        test.press("3. GET PROCESSING OPTIONS")
        test.shows(R.string.unheard)
        test.shows(R.string.bank_not_asked)
        Screenshot.takeWhole(test, "self-test-torn")
        assertEquals(Outcome.TORN to TapReason.BEFORE_CRYPTOGRAM, demo.lastTap!!.run { outcome to reason })
    }

    @Test
    fun whereTheKeyThatPaysIsLostOnPurposeTheNextPaymentSaysSoAndTheBankMendsIt() {
        phone.addCard()
        badDays().does(R.string.lose_payments)
        val pay = phone.open(PayActivity::class.java).get()
        pay.does(R.string.verify_and_pay)
        pay.shows(R.string.trouble_spend_key)
        pay.does(R.string.ask_bank)
        pay.does(R.string.verify_and_pay)
        phone.verify()
        pay.shows(R.string.hold_to_reader)
    }

    @Test
    fun theWalletsKeyIsLostOnlyAfterASecondQuestion() {
        phone.addCard()
        val screen = badDays()
        screen.does(R.string.lose_wallet_key)
        screen.shows(R.string.lose_wallet_key_question)
        screen.does(R.string.keep)
        screen.does(R.string.lose_wallet_key)
        assertFalse(endsHere())
        screen.does(R.string.lose_wallet_key_yes)
        assertTrue(endsHere())
        phone.restartProcess()
        phone.open(WalletActivity::class.java).get().shows(R.string.trouble_store_key)
    }

    @Test
    fun aClockThatIsSetBackOnPurposeKeepsEveryCardFromPayingUntilItIsSetRight() {
        phone.addCard()
        val screen = badDays()
        screen.does(R.string.clock_back)
        assertTrue(demo.wallet!!.isClockSetBack)
        phone.open(KeysActivity::class.java).get().shows(R.string.clock_wrong)
        phone.pay()
        assertEquals(TapReason.CLOCK_SET_BACK, demo.lastTap!!.reason)
        screen.does(R.string.clock_right)
        assertFalse(demo.wallet!!.isClockSetBack)
        phone.pay()
        assertEquals(TapReason.VERIFIED, demo.lastTap!!.reason)
    }

    @Test
    fun anOlderCopyThatIsPutBackOnPurposeIsKnownForWhatItIs() {
        phone.addCard()
        val screen = badDays()
        screen.doesNotShow(R.string.put_copy_back)
        screen.does(R.string.keep_copy)
        Screenshot.takeWhole(screen, "bad-days-copy")
        phone.payUnheard()
        // Else it would be mended as soon as the app starts.
        demo.refuseNext()
        phone.settle()
        screen.does(R.string.put_copy_back)
        assertTrue(endsHere())
        phone.restartProcess()
        assertTrue(demo.wallet!!.isRolledBack)
        phone.open(KeysActivity::class.java).get().shows(R.string.trouble_rolled_back)
    }
}

private fun ByteArray.hex(): String = joinToString("") { "%02X".format(it) }
