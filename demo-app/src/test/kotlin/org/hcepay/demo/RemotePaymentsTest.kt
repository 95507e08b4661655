package org.hcepay.demo

import android.app.Activity
import android.graphics.Bitmap
import android.os.SystemClock
import android.view.WindowManager
import android.widget.EditText
import com.google.zxing.BinaryBitmap
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import org.hcepay.Amount
import org.hcepay.Channel
import org.hcepay.Scope
import org.hcepay.Settled
import org.hcepay.TestPrompt
import org.hcepay.demo.desk.Desk
import org.hcepay.demo.desk.DeskException
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.look.CodePicture
import org.hcepay.demo.pay.CodeActivity
import org.hcepay.demo.pay.OrderActivity
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.KeysActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import java.util.concurrent.TimeUnit
import org.hcepay.demo.desk.Reason as DeskReason

/** Payments without a reader, on the screens: a code that is shown, a merchant's code, an order of the demo shop. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "en-w411dp-h891dp-port-xhdpi")
class RemotePaymentsTest {
    @get:Rule
    val phone = DemoPhone()

    private val demo get() = phone.demo

    private val card get() = demo.wallet!!.cards.first()

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun keys() = listOf(card.onlineUsesLeft, card.codeUsesLeft)

    private fun codeScreen() = phone.open(CodeActivity::class.java, CodeActivity.of(phone.app, card)).get()

    private fun orderScreen() = phone.open(OrderActivity::class.java, OrderActivity.of(phone.app, card)).get()

    private fun Activity.reads(text: String) {
        type(text)
        presses(R.string.read_code)
    }

    private fun Activity.picture() = all(requireViewById(R.id.screen)).find { it is CodePicture }

    private fun rows() = demo.wallet!!.journal(0, 9)

    private fun row() = phone.open(RowActivity::class.java, RowActivity.of(phone.app, rows().first().id)).get()

    private fun showsACode(): CodeActivity = codeScreen().also {
        it.presses(R.string.verify_and_show)
        phone.holderVerifies()
    }

    /** The code on a screen, by a reader of other people's. */
    private fun scanned(shot: Bitmap): String {
        val pixels = IntArray(shot.width * shot.height).also { shot.getPixels(it, 0, shot.width, 0, 0, shot.width, shot.height) }
        return QRCodeReader().decode(BinaryBitmap(HybridBinarizer(RGBLuminanceSource(shot.width, shot.height, pixels)))).text
    }

    private fun Activity.speaksOfNoReader() =
        assertEquals(emptyList<String>(), read().filter { "reader" in it.lowercase() || "tap again" in it || "读卡器" in it })

    // ---- keys

    @Test
    fun withACardComeTheKeysForPaymentsWithoutAReader() {
        phone.addCard()
        assertEquals(listOf(10, 10), keys())
        val screen = phone.open(CardActivity::class.java, CardActivity.of(phone.app, card)).get()
        screen.presses(R.string.show_code)
        assertEquals(CodeActivity::class.java.name, shadowOf(screen).nextStartedActivity.component?.className)
        screen.presses(R.string.pay_order)
        assertEquals(OrderActivity::class.java.name, shadowOf(screen).nextStartedActivity.component?.className)
    }

    // ---- a code that is shown

    @Test
    fun theShopReadsTheCodeOfAVerifiedHolderAndTheBankSaysYes() {
        phone.addCard()
        val screen = codeScreen()
        assertNotEquals(0, screen.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE)
        Screenshot.takeWhole(screen, "code-before")
        assertNull(screen.picture())
        screen.presses(R.string.verify_and_show)
        assertNull("not before the holder has verified", demo.code)
        phone.holderVerifies()
        assertNotEquals(null, screen.picture())
        assertEquals(demo.code?.text, scanned(Screenshot.takeWhole(screen, "code-shown")))
        screen.doesNotShow(R.string.show_code_about)
        val shown = row()
        shown.shows(R.string.outcome_shown)
        shown.shows(R.string.reason_verified_code)
        shown.speaksOfNoReader()
        Screenshot.takeWhole(shown, "row-code-shown")
        screen.presses(R.string.shop_reads, "€12.50")
        screen.shows(R.string.bank_approves)
        screen.shows(R.string.desk_verdict_valid)
        assertNull(screen.picture())
        Screenshot.takeWhole(screen, "code-read")
        val journal = phone.open(JournalActivity::class.java).get().read()
        assertTrue("$journal", journal.any { words(R.string.by_code) in it && "hcepay test shop" in it })
        assertEquals(listOf(Channel.QR), rows().map { it.report.channel })
        val read = row()
        assertEquals(words(R.string.by_code), read.title)
        assertTrue("${read.read()}", "€12.50" in read.read())
        read.doesNotShow(R.string.reason_verified_code)
        read.speaksOfNoReader()
        Screenshot.takeWhole(read, "row-code-read")
    }

    @Test
    fun inChineseAtNightAndWithLargeLettersTheCodeIsReadAllTheSame() {
        RuntimeEnvironment.setQualifiers("zh-rCN-w360dp-h740dp-port-night-xhdpi")
        RuntimeEnvironment.setFontScale(2f)
        phone.addCard()
        val screen = showsACode()
        val shot = Screenshot.takeWhole(screen, "code-shown-zh-night")
        assertEquals(demo.code?.text, scanned(shot))
        assertEquals(emptyList<String>(), Legibility.faults(screen, shot))
        row().speaksOfNoReader()
        demo.readCode(Amount(12_50, 978))
        phone.settle()
        Screenshot.takeWhole(screen, "code-read-zh-night")
        val order = orderScreen()
        order.presses(R.string.order_of_shop)
        Screenshot.takeWhole(order, "order-confirm-zh-night")
        order.presses(R.string.verify_and_pay)
        phone.holderVerifies()
        order.shows(R.string.bank_approves)
        Screenshot.takeWhole(order, "order-paid-zh-night")
        val row = row()
        row.speaksOfNoReader()
        Screenshot.takeWhole(row, "row-online-zh-night")
    }

    @Test
    fun afterAMinuteTheCodeIsTakenAway() {
        phone.addCard()
        val screen = showsACode()
        assertNotEquals(null, screen.picture())
        SystemClock.setCurrentTimeMillis(demo.code!!.untilMs)
        shadowOf(phone.app.mainLooper).idleFor(61, TimeUnit.SECONDS)
        assertNull(screen.picture())
        assertNull(demo.code)
        screen.shows(R.string.show_code_about)
        Screenshot.takeWhole(screen, "code-over")
    }

    @Test
    fun whereNoCodeIsLeftTheScreenLeadsToNewOnes() {
        phone.addCard()
        SystemClock.setCurrentTimeMillis(System.currentTimeMillis() + TimeUnit.DAYS.toMillis(31))
        for (screen in listOf(codeScreen(), orderScreen().also { it.presses(R.string.order_of_shop) })) {
            screen.doesNotShow(R.string.verify_and_show)
            screen.doesNotShow(R.string.verify_and_pay)
            screen.presses(R.string.keys)
            assertEquals(KeysActivity::class.java.name, shadowOf(screen).nextStartedActivity.component?.className)
        }
    }

    @Test
    fun theCodeOfOneCardIsNotShownOnTheScreenOfAnother() {
        phone.addCard()
        val another = phone.addCard("kernel3-everyday")
        showsACode()
        assertNotEquals(null, demo.code)
        val screen = phone.open(CodeActivity::class.java, CodeActivity.of(phone.app, another)).get()
        assertNull(screen.picture())
    }

    @Test
    fun whoeverLeavesTheScreenOrPressesTheButtonTakesTheCodeAway() {
        phone.addCard()
        val screen = showsACode()
        screen.presses(R.string.take_code_away)
        assertNull(screen.picture())
        val controller = phone.open(CodeActivity::class.java, CodeActivity.of(phone.app, card))
        controller.get().presses(R.string.verify_and_show)
        phone.holderVerifies()
        assertNotEquals(null, demo.code)
        controller.pause().stop()
        assertNull(demo.code)
    }

    @Test
    fun whoeverIsNotVerifiedSeesNoCodeAndSpendsNothing() {
        phone.addCard()
        val screen = codeScreen()
        screen.presses(R.string.verify_and_show)
        TestPrompt.shown.last().fails(android.hardware.biometrics.BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED)
        phone.settle()
        screen.shows(R.string.not_verified)
        assertNull(screen.picture())
        assertEquals(listOf(10, 10), keys())
    }

    @Test
    fun aFrozenCardShowsNoCodeAndPaysNoOrder() {
        phone.addCard()
        demo.change { it.freeze(card) }
        phone.settle()
        codeScreen().doesNotShow(R.string.verify_and_show)
        phone.phone.arm(demo.wallet!!, scope = Scope.code(card))
        demo.showCode(card)
        phone.settle()
        codeScreen().shows(R.string.reason_frozen)
        assertEquals(listOf(10, 10), keys())
    }

    // ---- an order, a merchant's code

    @Test
    fun anOrderOfTheDemoShopIsPaidOnline() {
        phone.addCard()
        val screen = orderScreen()
        Screenshot.takeWhole(screen, "order-before")
        screen.presses(R.string.order_of_shop)
        assertTrue("${screen.read()}", "€49.90" in screen.read() && "hcepay test shop" in screen.read())
        Screenshot.takeWhole(screen, "order-confirm")
        screen.presses(R.string.verify_and_pay)
        assertEquals(emptyList<Any>(), rows())
        phone.holderVerifies()
        screen.shows(R.string.bank_approves)
        Screenshot.takeWhole(screen, "order-paid")
        assertEquals(listOf(Channel.ONLINE), rows().map { it.report.channel })
        val journal = phone.open(JournalActivity::class.java).get().read()
        assertTrue("$journal", journal.any { words(R.string.by_order) in it })
        val row = row()
        row.doesNotShow(R.string.reason_verified_online)
        row.shows(R.string.order_says)
        assertEquals(words(R.string.by_order), row.title)
        row.speaksOfNoReader()
        Screenshot.takeWhole(row, "row-online")
    }

    @Test
    fun anOrderIsPaidOnceAndWithoutAVerificationNotAtAll() {
        phone.addCard()
        val order = Desk.order(Amount(49_90, 978))
        demo.payOnline(card, order)
        phone.settle()
        val screen = orderScreen()
        screen.shows(R.string.not_paid_unverified)
        screen.speaksOfNoReader()
        Screenshot.takeWhole(screen, "order-unverified")
        fun verified(then: () -> Unit) {
            phone.phone.arm(demo.wallet!!, scope = Scope.order(card, order))
            then()
            phone.settle()
        }
        verified { demo.change { it.payOnline(card, order) } }
        val unasked = row()
        unasked.shows(R.string.reason_verified_online)
        unasked.speaksOfNoReader()
        repeat(2) { verified { demo.payOnline(card, order) } }
        screen.shows(R.string.bank_declines)
        screen.shows(R.string.desk_verdict_order_paid_before)
        screen.shows(R.string.desk_check_order_not_paid)
        Screenshot.takeWhole(screen, "order-refused")
        assertEquals(listOf(Settled.DECLINED, Settled.APPROVED, null), rows().map { it.settlements.lastOrNull()?.settled })
        val row = row()
        row.speaksOfNoReader()
        Screenshot.takeWhole(row, "row-refused")
    }

    @Test
    fun aMerchantsCodeThatNamesNoAmountIsPaidWithWhatIsTyped() {
        phone.addCard()
        val screen = orderScreen()
        screen.reads(PLAIN)
        assertTrue("${screen.read()}", "ABC Hammers" in screen.read() && "Berlin" in screen.read())
        Screenshot.takeWhole(screen, "order-amount")
        for (typed in listOf("", "0x", "1.234", "0")) {
            screen.type(typed)
            screen.presses(R.string.go_on)
            screen.shows(R.string.no_amount, typed, "49.90")
        }
        Screenshot.takeWhole(screen, "order-amount-zero")
        screen.type("12.50")
        screen.presses(R.string.go_on)
        assertTrue("${screen.read()}", "€12.50" in screen.read())
        screen.presses(R.string.verify_and_pay)
        phone.holderVerifies()
        screen.shows(R.string.bank_approves)
        assertEquals(Amount(12_50, 978), rows().single().report.amount)
    }

    @Test
    fun aTipIsAddedWhereTheCodeAsksForOne() {
        phone.addCard()
        val screen = orderScreen()
        screen.reads(TIP)
        screen.shows(R.string.tip_in, "EUR")
        assertEquals(1, all(screen.requireViewById(R.id.screen)).count { it is EditText })
        screen.type("1")
        screen.presses(R.string.go_on)
        assertTrue("${screen.read()}", "€13.34" in screen.read())
        screen.presses(R.string.another_code)
        screen.shows(R.string.pay_order_about)
    }

    @Test
    fun whatIsNoCodeIsRefusedInTheSentenceOfTheCoreAndNothingIsSpent() {
        phone.addCard()
        val screen = orderScreen()
        for ((what, text, sentence) in listOf(
            Triple("empty", "", "this is not a merchant's payment code"),
            Triple("address", "https://example.org", "this is not a merchant's payment code"),
            Triple("checksum", PLAIN.replace("Berlin", "Merlin"), "checksum is wrong"),
            Triple("long", "0".repeat(65_536), "the code is longer than a QR code can be"),
            Triple("zero", ZERO, "is zero"),
            Triple("characters", HIDDEN, "characters"),
        )) {
            screen.reads(text)
            screen.shows(R.string.trouble_code)
            assertTrue("${screen.read().map { it.take(200) }}", screen.read().any { it.contains(sentence, ignoreCase = true) })
            Screenshot.takeWhole(screen, "order-bad-$what")
        }
        assertEquals(listOf(10, 10), keys())
        assertEquals(0, rows().size)
    }

    // ---- the desk

    @Test
    fun whatTheShopCannotReadIsRefusedWithAReason() {
        phone.addCard()
        val desk = (demo.state as State.Open).desk
        for (text in listOf("", "code", "0".repeat(600))) {
            val refused = assertThrows(DeskException::class.java) { desk.judge(text, Amount(1, 978)) }
            assertEquals(DeskReason.NOT_READABLE, refused.reason)
        }
        assertEquals(DeskReason.NOT_READABLE, assertThrows(DeskException::class.java) { Desk.order(Amount(0, 978)) }.reason)
        assertEquals(DeskReason.OUT_OF_BOUNDS, assertThrows(DeskException::class.java) { desk.sendKeys(card.id, Channel.QR, 0) }.reason)
        assertEquals(DeskReason.UNKNOWN_CARD, assertThrows(DeskException::class.java) { desk.sendKeys(99, Channel.QR, 1) }.reason)
    }

    private companion object {
        /** As in the library's own tests. */
        const val PLAIN = "000201010211021640001234567890125204525153039785802DE5911ABC Hammers6006Berlin63044648"
        const val ZERO = "00020101021102164000123456789012520452515303978540105802DE5911ABC Hammers6006Berlin6304BA5F"
        const val HIDDEN = "000201010211021640001234567890125204525153039785802DE5907ABC\u202EHam6006Berlin63045F73"
        const val TIP = "00020101021102164000123456789012520452515303978540512.345502015802DE5911ABC Hammers6006Berlin6304C0C4"
    }
}
