package org.hcepay.demo

import android.app.Activity
import android.content.Intent
import android.widget.EditText
import android.widget.Switch
import org.hcepay.CardState
import org.hcepay.TapReason
import org.hcepay.TestPrompt
import org.hcepay.demo.desk.StateAtIssuer
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.RulesActivity
import org.hcepay.demo.wallet.WalletActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** What the holder decides, on the screens: freezing, one payment with another card, two taps, small amounts, for a time only. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class HolderRulesTest {
    @get:Rule
    val phone = DemoPhone()

    private val demo get() = phone.demo

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun card(id: Int) = demo.wallet!!.cards.single { it.id == id }

    private fun cardScreen(id: Int) = phone.open(CardActivity::class.java, CardActivity.of(phone.app, card(id))).get()

    private fun rulesScreen(id: Int) = phone.open(RulesActivity::class.java, RulesActivity.of(phone.app, card(id))).get()

    private fun Activity.switches(resource: Int) {
        (pressable(words(resource)) as Switch).performClick()
        phone.settle()
    }

    private fun Activity.isOn(resource: Int) = (pressable(words(resource)) as Switch).isChecked

    private fun tap(amountMinor: Long = 12_50): TapReason? {
        demo.selfTest(amountMinor, 978)
        phone.settle()
        return demo.lastTap!!.reason
    }

    private fun asked(): Intent = generateSequence { shadowOf(phone.app).nextStartedActivity }.last()

    @Test
    fun aCardIsFrozenAtOnceAndUnfrozenByItsVerifiedHolderAlone() {
        val id = phone.addCard("kernel3-no-verification").id
        val screen = cardScreen(id)
        screen.presses(R.string.freeze_card)
        assertTrue(card(id).rules.isFrozen)
        screen.shows(R.string.card_frozen)
        Screenshot.takeWhole(screen, "card-frozen")
        val wallet = phone.open(WalletActivity::class.java).get()
        wallet.doesNotShow(R.string.pay)
        assertEquals(TapReason.FROZEN, tap())
        screen.presses(R.string.unfreeze_card)
        screen.shows(R.string.verifying)
        TestPrompt.shown.last().fails(android.hardware.biometrics.BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED)
        phone.settle()
        screen.shows(R.string.change_refused)
        assertTrue(card(id).rules.isFrozen)
        screen.presses(R.string.unfreeze_card)
        phone.holderVerifies()
        assertFalse(card(id).rules.isFrozen)
        screen.shows(R.string.card_active)
        assertEquals(TapReason.VERIFICATION_NOT_NEEDED, tap())
    }

    @Test
    fun aCardChosenForOnePaymentPaysItAndThenTheOtherOneAgain() {
        val first = phone.addCard("kernel3-no-verification").id
        val other = phone.addCard("kernel2-no-verification").id
        val screen = cardScreen(other)
        screen.presses(R.string.pay_once)
        screen.shows(R.string.pays_once)
        Screenshot.takeWhole(screen, "card-once")
        screen.presses(R.string.pay_once_back)
        screen.doesNotShow(R.string.pays_once)
        screen.presses(R.string.pay_once)
        val wallet = phone.open(WalletActivity::class.java).get()
        assertTrue("${wallet.read()}", "ends with 0 0 7 9" in wallet.read().first { "ends with" in it })
        val pay = phone.open(PayActivity::class.java).get()
        assertTrue("${pay.read()}", pay.read().any { "0 0 7 9" in it })
        tap()
        assertEquals(listOf(9, 10), listOf(other, first).map { card(it).replenishment.usesLeft }.map { if (it < 10) 9 else 10 })
        screen.doesNotShow(R.string.pays_once)
        assertTrue("${wallet.read()}", "ends with 0 0 3 8" in wallet.read().first { "ends with" in it })
    }

    @Test
    fun theSecondTapPaysTheAmountThatTheScreenNamesAndNoOther() {
        phone.addCard()
        assertEquals(TapReason.NOT_VERIFIED, tap(12_50))
        val controller = phone.open(PayActivity::class.java, asked())
        val pay = controller.get()
        pay.shows(R.string.reader_asks_for, "€12.50")
        phone.holderVerifies()
        pay.shows(R.string.hold_to_reader)
        Screenshot.takeWhole(pay, "pay-two-tap")
        assertEquals(TapReason.ARMED_FOR_ANOTHER_PAYMENT, tap(75_00))
        pay.shows(R.string.reader_asks_for, "€12.50")
        controller.pause().newIntent(asked()).resume()
        phone.settle()
        pay.shows(R.string.reader_asks_for, "€75.00")
        phone.holderVerifies()
        assertEquals(TapReason.VERIFIED, tap(75_00))
        pay.shows(R.string.outcome_requested)
        pay.presses(R.string.again)
        phone.holderVerifies()
        assertEquals("no reader has named an amount", TapReason.VERIFIED, tap(12_50))
    }

    @Test
    fun smallAmountsAndGatesAreSwitchedOffAtOnceAndOnByTheVerifiedHolderAlone() {
        val id = phone.addCard("kernel3-everyday").id
        val screen = rulesScreen(id)
        assertEquals(listOf(true, false), listOf(R.string.low_value_switch, R.string.gates_switch).map { screen.isOn(it) })
        Screenshot.takeWhole(screen, "rules")
        assertEquals(TapReason.LOW_VALUE, tap())
        screen.switches(R.string.low_value_switch)
        assertFalse(screen.isOn(R.string.low_value_switch))
        assertEquals(TapReason.NOT_VERIFIED, tap())
        for (resource in listOf(R.string.low_value_switch, R.string.gates_switch)) {
            screen.switches(resource)
            assertFalse("not before he is verified", screen.isOn(resource))
            phone.holderVerifies()
            assertTrue(screen.isOn(resource))
        }
        assertEquals(TapReason.LOW_VALUE, tap())
        assertTrue(card(id).rules.passesGates)
        screen.switches(R.string.gates_switch)
        assertFalse(card(id).rules.passesGates)
        val strict = rulesScreen(phone.addCard().id)
        strict.shows(R.string.low_value_none)
        strict.shows(R.string.gates_none)
    }

    @Test
    fun theScreenOfTheSecondTapTellsWhatTheReaderCallsItselfAsItsClaim() {
        phone.addCard("kernel3-everyday")
        assertEquals(TapReason.NOT_VERIFIED, tap(75_00))
        val pay = phone.open(PayActivity::class.java, asked()).get()
        pay.shows(R.string.reader_asks_for, "€75.00")
        pay.shows(R.string.reader_calls_itself, "Test shop, Berlin")
        phone.holderVerifies()
        Screenshot.takeWhole(pay, "pay-two-tap-shop")
        assertEquals(TapReason.VERIFIED, tap(75_00))
        assertFalse("${pay.read()}", words(R.string.reader_calls_itself, "Test shop, Berlin") in pay.read())
    }

    private fun Activity.types(resource: Int, text: String) {
        val hint = words(resource, "EUR")
        (all(requireViewById(android.R.id.content)).single { it is EditText && it.hint == hint } as EditText).setText(text)
    }

    private fun Activity.saves(once: String, inAll: String) {
        types(R.string.low_value_single, once)
        types(R.string.low_value_total, inAll)
        presses(R.string.low_value_save)
    }

    private fun lowValue(id: Int) = card(id).rules.lowValue?.map { listOf(it.currency.toLong(), it.single, it.total) }

    @Test
    fun theHolderTypesSmallerAmountsWhichHoldAtOnceAndLargerOnesOnceHeIsVerified() {
        val id = phone.addCard("kernel3-everyday").id
        val screen = rulesScreen(id)
        screen.saves("10", "25,5")
        assertEquals(listOf(listOf(978L, 10_00L, 25_50L)), lowValue(id))
        Screenshot.takeWhole(screen, "rules-amounts")
        assertEquals(TapReason.NOT_VERIFIED, tap(10_01))
        assertEquals(TapReason.LOW_VALUE, tap(10_00))
        screen.saves("15.00", "25.50")
        assertEquals("not before he is verified", listOf(listOf(978L, 10_00L, 25_50L)), lowValue(id))
        phone.holderVerifies()
        assertEquals(listOf(listOf(978L, 15_00L, 25_50L)), lowValue(id))
        assertEquals(TapReason.LOW_VALUE, tap(12_50))
        screen.saves("15", "50")
        phone.holderVerifies()
        assertEquals("in all, too", listOf(listOf(978L, 15_00L, 50_00L)), lowValue(id))
        screen.switches(R.string.low_value_switch)
        screen.doesNotShow(R.string.low_value_save)
    }

    @Test
    fun whatIsNoAmountOrMoreThanTheBankAllowsIsExplainedAndNothingChanges() {
        val id = phone.addCard("kernel3-everyday").id
        val controller = phone.open(RulesActivity::class.java, RulesActivity.of(phone.app, card(id)))
        val typed = listOf("", " ", "ten", "-1", "1.234", "1,000.00", "1.000,00", "12.", ".5", "1e1", "٣", "1".repeat(40), "€5")
        for (text in typed) {
            controller.get().saves(text, "50")
            controller.get().shows(R.string.no_amount, text, "20.00")
            assertEquals(text, null, lowValue(id))
        }
        controller.get().saves("20.01", "50")
        controller.get().shows(R.string.over_bank, "20.01", "€20.00")
        controller.get().saves("20", "999999999")
        controller.get().shows(R.string.over_bank, "999999999", "€50.00")
        controller.get().saves("20", "19.99")
        controller.get().shows(R.string.total_too_small)
        Screenshot.takeWhole(controller.get(), "rules-bad-amount")
        controller.recreate()
        controller.get().shows(R.string.total_too_small)
        assertTrue("what was typed stays", "19.99" in controller.get().read())
        assertEquals(null, lowValue(id))
        controller.get().saves("0", "0")
        controller.get().doesNotShow(R.string.total_too_small)
        assertEquals(listOf(listOf(978L, 0L, 0L)), lowValue(id))
        assertEquals(TapReason.NOT_VERIFIED, tap(1))
    }

    @Test
    fun aTemporaryCardSaysWhatIsLeftIsLiftedByItsVerifiedHolderAndElseIsUsedUp() {
        val id = phone.addCard("kernel3-no-verification").id
        val screen = rulesScreen(id)
        screen.presses(R.string.some_money, "€50.00")
        tap(12_50)
        screen.shows(R.string.used_of, "€12.50", "€50.00")
        Screenshot.takeWhole(screen, "rules-limited")
        screen.presses(R.string.lift_limit)
        screen.shows(R.string.amount_limit)
        phone.holderVerifies()
        screen.doesNotShow(R.string.amount_limit)
        screen.presses(R.string.one_day)
        screen.shows(R.string.until_limit)
        screen.presses(R.string.lift_limit)
        phone.holderVerifies()
        screen.presses(R.string.one_payment)
        screen.shows(R.string.used_of, "0", "1")
        tap()
        assertEquals(CardState.RETIRED, card(id).state)
        screen.shows(R.string.retired_about)
        assertEquals("the bank has heard of it", listOf(StateAtIssuer.RETIRED), demo.atBank.map { it.state })
        val used = cardScreen(id)
        used.shows(R.string.card_retired)
        used.doesNotShow(R.string.freeze_card)
        Screenshot.takeWhole(used, "card-retired")
        assertEquals(TapReason.TEMPORARY_USE_OVER, tap())
    }
}
