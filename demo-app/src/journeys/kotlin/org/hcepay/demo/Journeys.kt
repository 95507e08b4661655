package org.hcepay.demo

import android.app.Activity
import org.hcepay.demo.coupon.CouponActivity
import org.hcepay.demo.coupon.CouponsActivity
import org.hcepay.demo.journal.AlertsActivity
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.look.Money
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.wallet.AddCardActivity
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.CheckActivity
import org.hcepay.demo.wallet.KeysActivity
import org.hcepay.demo.wallet.RulesActivity
import org.hcepay.demo.wallet.WalletActivity
import org.hcepay.demo.wallet.WelcomeActivity
import java.lang.reflect.Modifier

/**
 * What a person does with the app, from its icon on: on a phone, and on a JVM under Android's framework classes. Each begins with the
 * app as it is right after it was installed. Nobody is there to verify, so none pays with a card that wants that.
 */
abstract class Journeys {
    protected abstract val device: Device

    private fun words(resource: Int, vararg with: Any) = device.app.getString(resource, *with)

    private fun paymentsLeft(count: Int) = device.app.resources.getQuantityString(R.plurals.payments_left, count, count)

    private fun back() = device.press(words(R.string.back))

    /** The demo bank's card of this name is in the wallet; gives its last four digits. */
    private fun has(card: String): String {
        device.demo { it.addCard(card) }
        return device.demo { demo -> demo.wallet!!.cards.maxBy { it.id }.lastFour }
    }

    private fun launch() {
        device.launch()
        device.isOn(WalletActivity::class.java)
    }

    private fun selfTest() {
        device.press(words(R.string.self_test))
        device.isOn(SelfTestActivity::class.java)
        device.press(words(R.string.self_test_run, AMOUNT))
    }

    /** A card that asks nobody has paid, and the wallet is in front. */
    private fun paysOnce() {
        has(QUICK)
        launch()
        selfTest()
        device.shows(words(R.string.bank_approves))
        leavesFor(WalletActivity::class.java)
    }

    private fun leavesFor(screen: Class<out Activity>) {
        back()
        device.isOn(screen)
    }

    fun oneButtonOnTheFirstScreenAddsACardByTheRealEnrolment() {
        device.launch()
        device.isOn(WelcomeActivity::class.java)
        device.shows(words(R.string.no_real_money))
        device.press(words(R.string.add_first_card))
        device.isOn(WalletActivity::class.java)
        device.shows(words(R.string.only_a_test))
        device.shows(paymentsLeft(10))
    }

    fun everyRowOfTheWalletLeadsSomewhereThatSaysTheSameOnceTurnedAndBack() {
        has(USUAL)
        launch()
        val rows = mapOf(
            R.string.pay to PayActivity::class.java,
            R.string.journal to JournalActivity::class.java,
            R.string.coupons to CouponsActivity::class.java,
            R.string.alerts to AlertsActivity::class.java,
            R.string.add_card to AddCardActivity::class.java,
            R.string.keys to KeysActivity::class.java,
            R.string.this_phone to CheckActivity::class.java,
            R.string.self_test to SelfTestActivity::class.java,
        )
        for ((row, screen) in rows) {
            device.press(words(row))
            device.isOn(screen)
            val read = device.read()
            device.turn()
            device.isOn(screen)
            device.reads(read)
            leavesFor(WalletActivity::class.java)
        }
    }

    fun aCardThatAsksNobodyPaysAtTheTestReaderAndTheBankSaysYes() {
        has(QUICK)
        launch()
        selfTest()
        device.shows(words(R.string.bank_approves))
        val read = device.read()
        check(read.any { it.startsWith(words(R.string.check_passed, "")) }) { "no check among $read" }
        check(read.none { it.startsWith(words(R.string.check_failed, "")) }) { "a check failed among $read" }
        leavesFor(WalletActivity::class.java)
        device.shows(paymentsLeft(9))
        device.press(words(R.string.journal))
        device.press("$AMOUNT · ${words(R.string.settled_approved)}")
        device.isOn(RowActivity::class.java)
        device.shows(words(R.string.reason_not_needed))
        device.shows(words(R.string.bank_says))
    }

    fun aCardThatAsksWhoIsThereDoesNotPayAndLeadsToThePayScreen() {
        has(USUAL)
        launch()
        selfTest()
        device.isOn(PayActivity::class.java)
        leavesFor(SelfTestActivity::class.java)
        device.shows(words(R.string.bank_not_asked))
        leavesFor(WalletActivity::class.java)
        device.shows(paymentsLeft(10))
        device.press(words(R.string.journal))
        device.press("$AMOUNT · ${words(R.string.outcome_verify)}")
        device.shows(words(R.string.reason_not_verified))
    }

    fun theCardThatTheHolderChoosesPaysNext() {
        has(USUAL)
        val quick = has(QUICK)
        launch()
        device.pressCard(quick)
        device.press(words(R.string.make_default))
        device.shows(words(R.string.is_default))
        device.doesNotShow(words(R.string.make_default))
        leavesFor(WalletActivity::class.java)
        selfTest()
        device.shows(words(R.string.bank_approves))
    }

    fun theCardThatIsChosenForOnePaymentPaysItAndAFrozenOneNone() {
        has(QUICK)
        val other = has(QUICK_2)
        launch()
        device.pressCard(other)
        device.press(words(R.string.pay_once))
        device.shows(words(R.string.pays_once))
        device.turn()
        device.shows(words(R.string.pays_once))
        leavesFor(WalletActivity::class.java)
        selfTest()
        device.shows(words(R.string.bank_approves))
        leavesFor(WalletActivity::class.java)
        device.pressCard(other)
        device.doesNotShow(words(R.string.pays_once))
        device.press(words(R.string.freeze_card))
        device.shows(words(R.string.card_frozen))
        device.press(words(R.string.rules))
        device.isOn(RulesActivity::class.java)
        device.press(words(R.string.one_payment))
        device.shows(words(R.string.used_of, "0", "1"))
    }

    fun aCardIsDeletedOnlyAfterASecondQuestionThatTurningKeeps() {
        val card = has(QUICK)
        launch()
        device.pressCard(card)
        device.press(words(R.string.delete_card))
        device.turn()
        device.shows(words(R.string.delete_question))
        device.press(words(R.string.keep))
        device.doesNotShow(words(R.string.delete_question))
        device.press(words(R.string.delete_card))
        device.press(words(R.string.delete_yes))
        device.isOn(WalletActivity::class.java)
        device.shows(words(R.string.no_cards))
    }

    fun aCardWithIdentityCheckPaysOnceTheRightCodeIsTyped() {
        has(QUICK)
        launch()
        device.press(words(R.string.add_card))
        device.press(words(R.string.with_check))
        device.turn()
        device.press(words(R.string.offer_usual))
        device.isOn(WalletActivity::class.java)
        device.press(words(R.string.enter_code))
        device.isOn(CardActivity::class.java)
        val code = device.demo { demo -> demo.atBank.firstNotNullOf { it.code } }
        device.type("wrong")
        device.press(words(R.string.send_code))
        device.shows(words(R.string.wrong_code))
        device.type(code)
        device.turn()
        device.shows(code)
        device.press(words(R.string.send_code))
        device.shows(words(R.string.card_active))
    }

    fun theBankSuspendsACardAndLetsItPayAgain() {
        val card = has(QUICK)
        launch()
        device.pressCard(card)
        device.press(words(R.string.suspend_card))
        device.shows(words(R.string.card_suspended))
        leavesFor(WalletActivity::class.java)
        device.shows(words(R.string.next_and_name, words(R.string.would_pay_next), words(R.string.offer_quick)))
        selfTest()
        device.shows(words(R.string.bank_not_asked))
        leavesFor(WalletActivity::class.java)
        device.pressCard(card)
        device.press(words(R.string.resume_card))
        device.shows(words(R.string.card_active))
    }

    fun aCouponOfTheDemoShopGoesFirstAndThePaymentIsLess() {
        has(QUICK)
        launch()
        device.press(words(R.string.coupons))
        device.isOn(CouponsActivity::class.java)
        device.press(words(R.string.shop_sends_coupon, words(R.string.coupon_worth, Money.words(2_50, 978))))
        device.press(words(R.string.coupon_title_amount))
        device.isOn(CouponActivity::class.java)
        device.press(words(R.string.show_coupon))
        device.shows(words(R.string.coupon_is_shown))
        device.turn()
        device.shows(words(R.string.coupon_is_shown))
        selfTest()
        device.shows(words(R.string.desk_coupon_taken))
        device.shows(Money.words(10_00, 978))
        leavesFor(CouponActivity::class.java)
        device.shows("${words(R.string.coupon_use, 1)} · ${words(R.string.coupon_redeemed)}")
        device.press(words(R.string.remove_coupon))
        device.press(words(R.string.remove_coupon_yes))
        device.isOn(CouponsActivity::class.java)
        device.shows(words(R.string.no_coupons))
    }

    fun paymentsAreFetchedUntilThereAreEnough() {
        paysOnce()
        device.press(words(R.string.keys))
        device.shows(paymentsLeft(9))
        device.press(words(R.string.get_payments))
        device.doesNotShow(paymentsLeft(9))
        device.press(words(R.string.get_payments))
        device.shows(words(R.string.nothing_wanted))
    }

    fun aBankThatSaysNoCanBeAskedAgain() {
        paysOnce()
        device.press(words(R.string.engineers_switch))
        device.press(words(R.string.bad_days))
        device.press(words(R.string.refuse_next))
        device.shows(words(R.string.refuses_next))
        leavesFor(WalletActivity::class.java)
        device.press(words(R.string.keys))
        device.press(words(R.string.get_payments))
        device.shows(words(R.string.trouble_told_to_refuse))
        device.press(words(R.string.get_payments))
        device.doesNotShow(words(R.string.trouble_told_to_refuse))
        device.doesNotShow(paymentsLeft(9))
    }

    internal companion object {
        private const val USUAL = "kernel3-cvn18"
        private const val QUICK = "kernel3-no-verification"
        private const val QUICK_2 = "kernel2-no-verification"
        private val AMOUNT get() = Money.words(12_50, 978)

        /** All of them, by name. */
        fun all() = Journeys::class.java.declaredMethods
            .filter { Modifier.isPublic(it.modifiers) && !Modifier.isStatic(it.modifiers) && it.parameterCount == 0 }
            .sortedBy { it.name }
    }
}
