package org.hcepay.demo

import org.hcepay.TestPrompt
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTest
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.wallet.WalletActivity
import org.hcepay.demo.wallet.WelcomeActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** The app in the hands of a person: with the library, the core and the demo's issuer behind it. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class DemoTest {
    @get:Rule
    val phone = DemoPhone()

    private fun words(resource: Int) = phone.app.getString(resource)

    /** First start, and the button on it. */
    private fun addsItsFirstCard() {
        val welcome = Robolectric.setupActivity(WelcomeActivity::class.java)
        Screenshot.takeWhole(welcome, "welcome")
        welcome.press(words(R.string.add_first_card))
        phone.settle()
        assertEquals(null, phone.demo.trouble?.wallet)
        assertEquals(WalletActivity::class.java.name, shadowOf(welcome).nextStartedActivity.component?.className)
        assertTrue(welcome.isFinishing)
    }

    @Test
    fun oneButtonOnTheFirstScreenAddsACardByTheRealEnrolment() {
        addsItsFirstCard()
        val wallet = Robolectric.setupActivity(WalletActivity::class.java)
        Screenshot.takeWhole(wallet, "wallet")
        val read = wallet.read()
        assertTrue("$read", read.any { "ends with 0 0 1 2" in it })
        assertTrue("$read", "10 payments left without network" in read)
    }

    @Test
    fun afterATapTheBankSendsNewPaymentsInThePlaceOfWhatWasSpent() {
        phone.addCard()
        val used = { phone.demo.wallet!!.cards.single().replenishment.usesLeft }
        repeat(6) { phone.payUnheard() }
        assertEquals(4, used())
        phone.phone.arm(phone.demo.wallet!!)
        val desk = (phone.demo.state as State.Open).desk
        phone.demo.read({ SelfTest(phone.app).run(desk, 12_50, 978) }) {}
        phone.settle()
        assertTrue("${used()}", used() > 4)
    }

    @Test
    fun theSelfTestPaysThroughTheServiceAndTheIssuerSaysYes() {
        addsItsFirstCard()
        val pay = Robolectric.setupActivity(PayActivity::class.java)
        Screenshot.takeWhole(pay, "pay")
        pay.press(words(R.string.verify_and_pay))
        phone.settle()
        phone.verify()
        assertTrue("${pay.read()}", words(R.string.hold_to_reader) in pay.read())
        Screenshot.takeWhole(pay, "pay-armed")
        val test = Robolectric.setupActivity(SelfTestActivity::class.java)
        test.press("Pay €12.50 at the test reader")
        phone.settle()
        val read = test.read()
        Screenshot.takeWhole(test, "self-test")
        Screenshot.takeWhole(pay, "pay-paid")
        assertTrue("$read", words(R.string.bank_approves) in read)
        assertEquals("the bank's word came", "hcepay test shop", phone.demo.wallet!!.journal(0, 1).single().merchant)
        assertTrue("${pay.read()}", words(R.string.outcome_requested) in pay.read() && "€12.50" in pay.read())
    }
}
