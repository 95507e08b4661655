package org.hcepay.demo

import android.app.Activity
import android.widget.TextView
import org.hcepay.Amount
import org.hcepay.Coupon
import org.hcepay.CouponSettled
import org.hcepay.CouponState
import org.hcepay.Outcome
import org.hcepay.Reason
import org.hcepay.TestPrompt
import org.hcepay.demo.coupon.CouponActivity
import org.hcepay.demo.coupon.CouponsActivity
import org.hcepay.demo.desk.CouponOrder
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.look.Ring
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTest
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.wallet.WalletActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.util.concurrent.TimeUnit

/** Coupons, on the screens: sent by a shop, shown to its reader, taken off the amount, settled. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "en-w411dp-h891dp-port-xhdpi")
class CouponTest {
    @get:Rule
    val phone = DemoPhone()

    private val demo get() = phone.demo

    private val wallet get() = demo.wallet!!

    private val coupon get() = wallet.coupons.single()

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun list() = phone.open(CouponsActivity::class.java).get()

    private fun page(coupon: Coupon = this.coupon) = phone.open(CouponActivity::class.java, CouponActivity.of(phone.app, coupon)).get()

    private fun Activity.says(part: String) = assertTrue("$part in ${read()}", read().any { part in it })

    private fun sends(order: CouponOrder = CouponOrder.ofAmount("Welcome", Amount(2_50, EURO), "Not on books.", uses = 2)) {
        demo.sendCoupon(order)
        phone.settle()
        assertNull(demo.trouble?.wallet)
    }

    private fun chooses() {
        page().presses(R.string.show_coupon)
        assertEquals(coupon, wallet.couponToPresent)
    }

    private fun settled(): List<CouponSettled?> = coupon.presented.map { it.settled }

    /** What the reader asked the card for, and what became of a coupon. */
    private fun paid(): Pair<Long, String> = demo.selfTest!!.run { askedMinor to coupon }

    // ---- from the shop to the shop

    @Test
    fun aCouponComesIsShownTakenOffTheAmountAndRedeemed() {
        phone.addCard()
        val wallets = phone.open(WalletActivity::class.java).get()
        wallets.press(words(R.string.coupons))
        assertEquals(CouponsActivity::class.java.name, shadowOf(wallets).nextStartedActivity.component?.className)
        val list = list()
        list.shows(R.string.no_coupons)
        Screenshot.takeWhole(list, "coupons-none")
        list.presses(R.string.shop_sends_coupon, "€2.50 off")
        list.doesNotShow(R.string.no_coupons)
        list.says("€2.50 off · until ")
        list.says("2 of 2 uses left · Valid")
        list.presses(R.string.shop_sends_coupon, "10% off")
        list.says("10% off · until ")
        list.says("1 of 1 uses left · Valid")
        Screenshot.takeWhole(list, "coupons")
        list.press(words(R.string.coupon_title_amount))
        val page = phone.open(CouponActivity::class.java, shadowOf(list).nextStartedActivity).get()
        assertEquals("hcepay test shop", page.below(R.string.coupon_signer))
        assertEquals(words(R.string.coupon_conditions), page.below(R.string.coupon_conditions_name))
        page.doesNotShow(R.string.coupon_presented)
        Screenshot.takeWhole(page, "coupon")
        page.presses(R.string.show_coupon)
        page.shows(R.string.coupon_is_shown)
        assertEquals(1, all(page.requireViewById(R.id.screen)).count { it is Ring })
        Screenshot.takeWhole(page, "coupon-shown")
        list.shows(R.string.coupon_first, words(R.string.coupon_title_amount))
        page.press(words(R.string.self_test))
        assertEquals(SelfTestActivity::class.java.name, shadowOf(page).nextStartedActivity.component?.className)
        phone.pay()
        assertEquals(10_00L to "taken", paid())
        assertEquals(Outcome.AUTHORISATION_REQUESTED, demo.lastTap!!.outcome)
        assertEquals("the card was asked for no more", 10_00L, demo.lastTap!!.amount!!.minor)
        page.shows(R.string.coupon_presented)
        page.says("Use 1 · Redeemed")
        page.says("1 of 2 uses left")
        page.says("Given: Today")
        page.shows(R.string.show_coupon)
        Screenshot.takeWhole(page, "coupon-redeemed")
        list.says("1 of 2 uses left · Valid")
        list.doesNotShow(R.string.coupon_first)
        val test = phone.open(SelfTestActivity::class.java).get()
        assertEquals(words(R.string.desk_coupon_taken), test.below(R.string.coupon))
        assertEquals("€10.00", test.below(R.string.card_was_asked_for))
        test.shows(R.string.bank_approves)
        test.says(words(R.string.desk_purpose_choose_coupons))
        test.says(words(R.string.desk_purpose_ask_coupon))
        Screenshot.takeWhole(test, "coupon-self-test")
        val row = phone.open(RowActivity::class.java, RowActivity.of(phone.app, demo.lastTap!!.id)).get()
        assertEquals(words(R.string.coupon_title_amount), row.below(R.string.coupon))
        Screenshot.takeWhole(row, "coupon-row")
    }

    @Test
    fun whoPaysSeesWhichCouponGoesFirstAndThatItWasGiven() {
        phone.addCard()
        sends()
        chooses()
        val pay = phone.open(PayActivity::class.java).get()
        pay.shows(R.string.coupon_first, "Welcome")
        pay.presses(R.string.verify_and_pay)
        phone.holderVerifies()
        pay.shows(R.string.hold_to_reader)
        pay.shows(R.string.coupon_first, "Welcome")
        Screenshot.takeWhole(pay, "coupon-pay")
        demo.selfTest(12_50, EURO)
        phone.settle()
        pay.shows(R.string.coupon_was_given, "Welcome")
        pay.says("€10.00")
        assertFalse("${pay.read()}", words(R.string.coupon_first, "Welcome") in pay.read())
        Screenshot.takeWhole(pay, "coupon-paid")
        // Of a payment after it nothing is told that was not so.
        pay.presses(R.string.again)
        phone.verify()
        phone.phone.pass(60_000)
        demo.selfTest(12_50, EURO)
        phone.settle()
        pay.says("€12.50")
        assertFalse("${pay.read()}", words(R.string.coupon_was_given, "Welcome") in pay.read())
    }

    @Test
    fun aReaderLearnsOfNoCouponThatTheHolderHasNotChosenOrHasTakenBack() {
        phone.addCard()
        sends()
        phone.pay()
        assertEquals(12_50L to "not-offered", paid())
        chooses()
        val page = page()
        page.presses(R.string.take_coupon_back)
        page.shows(R.string.show_coupon)
        page.doesNotShow(R.string.coupon_is_shown)
        assertEquals(null to null, wallet.couponToPresent to demo.couponUntil)
        phone.pay()
        assertEquals(12_50L to "not-offered", paid())
        assertEquals(2 to emptyList<Any>(), coupon.usesLeft to coupon.presented)
        val test = phone.open(SelfTestActivity::class.java).get()
        test.shows(R.string.desk_coupon_not_offered)
        Screenshot.takeWhole(test, "coupon-not-offered")
    }

    @Test
    fun aReaderOfAShopWithoutCouponsAsksForNone() {
        phone.addCard()
        phone.pay()
        assertEquals(12_50L to "not-asked", paid())
        val test = phone.open(SelfTestActivity::class.java).get()
        test.doesNotShow(R.string.coupon)
        test.doesNotShow(R.string.card_was_asked_for)
    }

    @Test
    fun aCouponIsShownOnlyAsOftenAsItAllows() {
        phone.addCard()
        sends(CouponOrder.ofPart("An eighth", 12_50))
        list().says("12.5% off · until ")
        chooses()
        phone.pay(amountMinor = 20_00)
        assertEquals(17_50L to "taken", paid())
        sends(CouponOrder.ofAmount("What can be shown goes first", Amount(1_00, EURO), forMs = TimeUnit.DAYS.toMillis(99)))
        assertEquals(
            listOf("What can be shown goes first", "An eighth"),
            list().read().filter { title -> wallet.coupons.any { it.title == title } },
        )
        demo.change { wallet -> wallet.removeCoupon(wallet.coupons.single { it.worth != null }) }
        phone.settle()
        assertEquals(CouponState.USED_UP, coupon.state)
        list().says("0 of 1 uses left · Used up")
        val page = page()
        page.doesNotShow(R.string.show_coupon)
        page.shows(R.string.coupon_used_up)
        Screenshot.takeWhole(page, "coupon-used-up")
        demo.present(coupon)
        phone.settle()
        page.shows(R.string.trouble_coupon)
        page.says("The coupon has no use left.")
        Screenshot.takeWhole(page, "coupon-refused")
        assertNull(wallet.couponToPresent)
    }

    // ---- time

    @Test
    fun anExpiredCouponAndOneThatBeginsLaterAreNotShown() {
        phone.addCard()
        sends()
        val page = page()
        phone.phone.pass(TimeUnit.DAYS.toMillis(7) + 1_000)
        list().says("2 of 2 uses left · Expired")
        assertEquals(words(R.string.coupon_expired), page().read().let { it[it.indexOf("€2.50 off") + 1] })
        page().doesNotShow(R.string.show_coupon)
        Screenshot.takeWhole(page(), "coupon-expired")
        // Of a screen that was there before.
        page.presses(R.string.show_coupon)
        page.shows(R.string.trouble_coupon)
        page.says("The coupon is over.")
        page.doesNotShow(R.string.show_coupon)
        demo.change { it.removeCoupon(coupon) }
        phone.settle()
        sends(CouponOrder.ofAmount("Tomorrow", Amount(1_00, EURO), inMs = TimeUnit.DAYS.toMillis(1)))
        list().says("1 of 1 uses left · Not valid yet")
        page().doesNotShow(R.string.show_coupon)
        phone.phone.pass(TimeUnit.DAYS.toMillis(1))
        page().shows(R.string.show_coupon)
    }

    @Test
    fun theShopGoesByItsOwnClockAndTheHolderIsToldThatItWasNotRedeemed() {
        phone.addCard()
        sends()
        (demo.state as State.Open).desk.run { setIssuerTime(issuerTime() + TimeUnit.DAYS.toMillis(8)) }
        chooses()
        phone.pay()
        assertEquals(12_50L to "not-valid", paid())
        assertEquals(listOf(CouponSettled.NOT_REDEEMED), settled())
        page().says("Use 1 · Not redeemed")
        phone.open(SelfTestActivity::class.java).get().shows(R.string.desk_coupon_not_valid)
        Screenshot.takeWhole(page(), "coupon-not-redeemed")
    }

    @Test
    fun aChoiceEndsWithItsTimeAndItsUseIsThereAgain() {
        phone.addCard()
        sends()
        chooses()
        val page = page()
        assertEquals(1, all(page.requireViewById(R.id.screen)).count { it is Ring })
        phone.phone.pass(Demo.COUPON_SECONDS * 1_000L)
        shadowOf(phone.app.mainLooper).idleFor(Demo.COUPON_SECONDS + 1L, TimeUnit.SECONDS)
        page.doesNotShow(R.string.coupon_is_shown)
        page.shows(R.string.show_coupon)
        phone.pay()
        assertEquals(12_50L to "not-offered", paid())
        chooses()
        phone.pay()
        assertEquals(10_00L to "taken", paid())
        assertEquals(1, coupon.usesLeft)
    }

    // ---- what the wallet refuses, and what goes

    @Test
    fun aCouponOfAShopThatTheBankDoesNotKnowIsRefusedInWordsAndNothingIsKept() {
        phone.addCard()
        val list = list()
        list.presses(R.string.stranger_sends_coupon)
        assertEquals(Reason.ENVELOPE_REFUSED, demo.trouble?.wallet)
        list.shows(R.string.trouble_coupon_not_taken)
        list.says("The coupon's signer is nobody whom the issuer has said to trust.")
        list.shows(R.string.no_coupons)
        assertEquals(emptyList<Coupon>(), wallet.coupons)
        Screenshot.takeWhole(list, "coupon-stranger")
        // The bank and the shop go on.
        demo.askBalance(wallet.cards.single())
        phone.settle()
        assertNull(demo.trouble)
        phone.pay()
        assertEquals(12_50L to "not-asked", paid())
        list.presses(R.string.shop_sends_coupon, "€2.50 off")
        list.doesNotShow(R.string.trouble_coupon_not_taken)
        assertEquals(CouponState.VALID, coupon.state)
    }

    @Test
    fun oneThatWaitedAtTheBankIsRefusedOnceAndKeepsNothingElseAway() {
        phone.addCard()
        (demo.state as State.Open).desk.sendCoupon(CouponOrder.ofPart("Strange", 1), isStrange = true)
        val asks = {
            demo.ask { it.checkInRequest() }
            phone.settle()
            demo.trouble?.wallet
        }
        assertEquals(Reason.ENVELOPE_REFUSED, asks())
        assertNull(asks())
        sends()
        assertEquals(CouponState.VALID, coupon.state)
    }

    @Test
    fun inChineseTheRefusalIsSaidWithoutTheCoresEnglish() {
        RuntimeEnvironment.setQualifiers("zh-rCN-w411dp-h891dp-port-xhdpi")
        phone.addCard()
        val list = list()
        list.presses(R.string.stranger_sends_coupon)
        list.shows(R.string.trouble_coupon_not_taken)
        assertFalse("${list.read()}", list.read().any { "signer" in it })
        list.press(words(R.string.shop_sends_coupon, "减 10%"))
        phone.settle()
        list.shows(R.string.coupon_title_part)
        Screenshot.takeWhole(list, "coupons-chinese")
    }

    @Test
    fun aCouponThatIsNoneIsRefusedToo() {
        phone.addCard()
        val list = list()
        for ((order, sentence) in listOf(
            CouponOrder.ofAmount(" ", Amount(1, EURO)) to "The coupon's title is blank, longer than 64 bytes, or no text.",
            CouponOrder.ofPart("All of it and more", 10_001) to "The coupon is not worth 0.01 to 100 %, or an amount that can be.",
            CouponOrder.ofPart("Never", 100, uses = 0) to "The coupon does not have 1 to 1,000 uses.",
        )) {
            demo.sendCoupon(order)
            phone.settle()
            list.shows(R.string.trouble_coupon_not_taken)
            list.says(sentence)
            assertEquals(emptyList<Coupon>(), wallet.coupons)
        }
        sends()
        assertEquals("what was refused does not come again", CouponState.VALID, coupon.state)
    }

    @Test
    fun aCouponIsRemovedAfterAQuestionAndItsScreenGoes() {
        phone.addCard()
        sends()
        chooses()
        val (page, removed) = page() to coupon
        page.presses(R.string.remove_coupon)
        page.shows(R.string.remove_coupon_question)
        Screenshot.takeWhole(page, "coupon-remove")
        page.presses(R.string.keep)
        assertEquals(removed, coupon)
        page.presses(R.string.remove_coupon)
        page.presses(R.string.remove_coupon_yes)
        assertTrue(page.isFinishing)
        assertEquals(emptyList<Coupon>(), wallet.coupons)
        list().shows(R.string.no_coupons)
        page(removed).shows(R.string.no_such_coupon)
        phone.pay()
        assertEquals(12_50L to "not-offered", paid())
    }

    // ---- contacts that end early, and processes

    @Test
    fun aTornContactBurnsOneUseAtMostAndTheSecondTapPaysTheLowerAmount() {
        phone.addCard()
        for (commands in 0..5) {
            sends(CouponOrder.ofAmount("Welcome", Amount(2_50, EURO), uses = 2))
            chooses()
            phone.phone.arm(wallet)
            demo.selfTest(12_50, EURO, tearAfter = commands)
            phone.settle()
            // Heard from the third command on: the second is the coupon's own.
            val isHeard = commands > 2
            assertEquals("$commands", if (isHeard) "taken" else "unheard", demo.selfTest!!.coupon)
            assertEquals("$commands", if (commands >= 2) 1 else 0, coupon.presented.size)
            wallet.disarm()
            phone.pay()
            // An answer that the reader never heard is lost, and no other use with it.
            assertEquals("$commands", if (commands == 2) 12_50L else 10_00L, demo.selfTest!!.askedMinor)
            assertEquals("$commands", 1, coupon.usesLeft)
            assertEquals("$commands", listOf(CouponSettled.REDEEMED.takeIf { commands != 2 }), settled())
            demo.change { it.removeCoupon(coupon) }
            phone.settle()
        }
    }

    @Test
    fun whoMustVerifyFirstTapsTwiceAndLosesNoUse() {
        phone.addCard()
        sends()
        chooses()
        demo.selfTest(12_50, EURO)
        phone.settle()
        assertEquals("verify-on-phone" to "taken", demo.selfTest!!.run { reason to coupon })
        page().says("Use 1 · ${words(R.string.coupon_unsettled)}")
        Screenshot.takeWhole(page(), "coupon-unsettled")
        phone.pay()
        assertEquals(10_00L to "taken-earlier", paid())
        assertEquals(listOf(CouponSettled.REDEEMED) to 1, settled() to coupon.usesLeft)
        phone.open(SelfTestActivity::class.java).get().shows(R.string.desk_coupon_taken_earlier)
    }

    @Test
    fun aChoiceOutlivesTheProcess() {
        phone.addCard()
        sends()
        chooses()
        phone.restartProcess()
        val page = page()
        page.shows(R.string.coupon_is_shown)
        assertEquals("until when is not known", 0, all(page.requireViewById(R.id.screen)).count { it is Ring })
        page.shows(R.string.take_coupon_back)
        Screenshot.takeWhole(page, "coupon-shown-anew")
        phone.pay()
        assertEquals(10_00L to "taken", paid())
    }

    @Test
    fun whatBecameOfACouponIsAskedForWhereTheProcessEndedBefore() {
        phone.addCard()
        sends()
        chooses()
        phone.phone.arm(wallet)
        // The app ends before it has told the wallet.
        var became: String? = null
        demo.read({ SelfTest(phone.app).run((demo.state as State.Open).desk, 12_50, EURO).coupon }) { became = it }
        phone.settle()
        assertEquals("taken", became)
        assertEquals(listOf(null), settled())
        phone.restartProcess()
        assertEquals(listOf(CouponSettled.REDEEMED), settled())
    }

    @Test
    fun whereTheDeskIsForgottenThereAreNoCoupons() {
        phone.addCard()
        sends()
        chooses()
        demo.beginAnew()
        phone.settle()
        assertNull(demo.couponUntil)
        phone.addCard()
        assertEquals(emptyList<Coupon>(), wallet.coupons)
        phone.pay()
        assertEquals(12_50L to "not-asked", paid())
    }

    @Test
    fun aLongTitleAndLongConditionsStandWhole() {
        phone.addCard()
        val (title, conditions) = "Twenty-one minus four ".repeat(3).trim().take(64) to "Before noon. Not on Sundays.\n".repeat(17)
        sends(CouponOrder.ofAmount(title, Amount(999_999_999_99, EURO), conditions.trim(), uses = 1_000))
        for (screen in listOf(list(), page())) {
            val picture = Screenshot.takeWhole(screen, "coupon-long-${screen.javaClass.simpleName}")
            assertEquals(emptyList<String>(), Legibility.faults(screen, picture))
            assertTrue(all(screen.requireViewById(R.id.screen)).any { it is TextView && it.text.toString() == title })
        }
        chooses()
        phone.pay()
        assertEquals("there would be nothing to pay", 12_50L to "over-price", paid())
        assertEquals(listOf(CouponSettled.NOT_REDEEMED), settled())
    }

    private companion object {
        const val EURO = 978
    }
}
