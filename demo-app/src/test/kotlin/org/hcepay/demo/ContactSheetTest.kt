package org.hcepay.demo

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Rect
import android.widget.EditText
import android.widget.ScrollView
import android.widget.TextView
import org.hcepay.Card
import org.hcepay.TestPrompt
import org.hcepay.demo.account.TransferActivity
import org.hcepay.demo.coupon.CouponActivity
import org.hcepay.demo.coupon.CouponsActivity
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.pay.CodeActivity
import org.hcepay.demo.pay.OrderActivity
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.WalletActivity
import org.hcepay.demo.wallet.WelcomeActivity
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config
import java.io.File
import kotlin.math.abs

/**
 * The picture in README: screens of one visit, side by side. `-Dsheet.update=true` writes it anew; look at it before you keep it.
 */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "en-w360dp-h740dp-port-xhdpi")
class ContactSheetTest {
    @get:Rule
    val phone = DemoPhone()

    private fun words(resource: Int) = phone.app.getString(resource)

    @Test
    fun theScreensLookAsThePictureInReadmeShowsThem() {
        val shots = visit()
        val sheet = Bitmap.createBitmap(COLUMNS * (WIDE + GAP) + GAP, ROWS * (HIGH + GAP) + GAP, Bitmap.Config.ARGB_8888)
        val canvas = Canvas(sheet)
        canvas.drawColor(BETWEEN)
        shots.forEachIndexed { place, shot -> canvas.drawBitmap(shot, null, cell(place), Paint(Paint.FILTER_BITMAP_FLAG)) }
        val kept = File("screens.png")
        if (System.getProperty("sheet.update") == "true") write(sheet, kept)
        write(sheet, File(System.getProperty("hcepay.screens"), "sheet.png"))
        val known = kept.readBytes().let { BitmapFactory.decodeByteArray(it, 0, it.size) }
        assertTrue("${known.width} x ${known.height}", known.width == sheet.width && known.height == sheet.height)
        val differing = difference(known, sheet)
        assertTrue("$differing of 1000 points differ: see target/screens/difference.png", differing <= MOST_DIFFERING)
    }

    private fun cell(place: Int): Rect {
        val (x, y) = GAP + place % COLUMNS * (WIDE + GAP) to GAP + place / COLUMNS * (HIGH + GAP)
        return Rect(x, y, x + WIDE, y + HIGH)
    }

    private fun visit(): List<Bitmap> {
        val welcome = shot(phone.open(WelcomeActivity::class.java).get())
        phone.addCard()
        phone.addCard("closed-loop")
        val wallet = shot(phone.open(WalletActivity::class.java).get())
        val pay = phone.open(PayActivity::class.java).get()
        val before = shot(pay)
        pay.press(words(R.string.verify_and_pay))
        phone.settle()
        phone.verify()
        val armed = shot(pay)
        val test = phone.open(SelfTestActivity::class.java).get()
        test.press("Pay €12.50 at the test reader")
        phone.settle()
        val paid = shot(pay)
        val card = phone.demo.wallet!!.cards.first()
        val remote = withoutReader(card)
        val journal = shot(phone.open(JournalActivity::class.java).get())
        val details = shot(phone.open(CardActivity::class.java, CardActivity.of(phone.app, card)).get())
        return listOf(welcome, wallet, before, armed, paid, shot(test), journal, details) + remote + account(card) + coupons()
    }

    /** What the bank told of the account, a transfer to confirm, what became of it, and its row among the payments. */
    private fun account(card: Card): List<Bitmap> {
        val page = phone.open(CardActivity::class.java, CardActivity.of(phone.app, card)).get()
        page.press(words(R.string.ask_balance))
        phone.settle()
        val told = shot(page, from = words(R.string.account))
        val sending = phone.open(TransferActivity::class.java, TransferActivity.of(phone.app, card)).get()
        val typed = listOf("50", "DE89 3704 0044 0532 0130 00", "Löwe & Söhne", "Rent")
        all(sending.requireViewById(R.id.screen)).filterIsInstance<EditText>().zip(typed).forEach { (field, text) -> field.setText(text) }
        sending.press(words(R.string.go_on))
        phone.settle()
        val asked = shot(sending)
        sending.press(words(R.string.verify_and_send))
        verifies()
        return listOf(told, asked, shot(sending), shot(phone.open(JournalActivity::class.java).get()))
    }

    /** The coupons of the demo shop, one that the next reader is shown, the payment that is less by it, and what became of it. */
    private fun coupons(): List<Bitmap> {
        val list = phone.open(CouponsActivity::class.java).get()
        for (worth in listOf("€2.50 off", "10% off")) {
            list.press(phone.app.getString(R.string.shop_sends_coupon, worth))
            phone.settle()
        }
        val sent = shot(list)
        val coupon = phone.demo.wallet!!.coupons.single { it.worth != null }
        val page = phone.open(CouponActivity::class.java, CouponActivity.of(phone.app, coupon)).get()
        page.press(words(R.string.show_coupon))
        phone.settle()
        val shown = shot(page)
        phone.pay()
        val test = phone.open(SelfTestActivity::class.java).get()
        return listOf(sent, shown, shot(test, from = words(R.string.bank_approves)), shot(page))
    }

    /** A code, what the bank said of it, an order, and the row of its payment. */
    private fun withoutReader(card: Card): List<Bitmap> {
        val code = phone.open(CodeActivity::class.java, CodeActivity.of(phone.app, card)).get()
        code.press(words(R.string.verify_and_show))
        verifies()
        val shown = shot(code)
        code.press("The demo shop reads it for €12.50")
        phone.settle()
        val read = shot(code)
        val order = phone.open(OrderActivity::class.java, OrderActivity.of(phone.app, card)).get()
        order.press(words(R.string.order_of_shop))
        phone.settle()
        val asked = shot(order)
        order.press(words(R.string.verify_and_pay))
        verifies()
        val row = phone.demo.wallet!!.journal(0, 1).single()
        return listOf(shown, read, asked, shot(phone.open(RowActivity::class.java, RowActivity.of(phone.app, row.id)).get()))
    }

    private fun verifies() {
        phone.settle()
        phone.holderVerifies()
    }

    private fun shot(activity: Activity): Bitmap = Screenshot.take(activity, "sheet-${activity.javaClass.simpleName}")

    /** The same with these words at its top. */
    private fun shot(activity: Activity, from: String): Bitmap {
        shot(activity)
        val first = all(activity.requireViewById(R.id.screen_column)).first { it is TextView && it.text.toString() == from }
        activity.requireViewById<ScrollView>(R.id.screen_scroll).scrollTo(0, first.top)
        return shot(activity)
    }

    /** How many of a thousand points are not as they were; a picture shows where. */
    private fun difference(known: Bitmap, now: Bitmap): Int {
        val (was, isNow) = points(known) to points(now)
        val code = cell(CODE)
        val differs = BooleanArray(was.size) { place ->
            !code.contains(place % now.width, place / now.width) &&
                listOf(16, 8, 0).any { abs((was[place] shr it and 0xFF) - (isNow[place] shr it and 0xFF)) > MOST_OFF }
        }
        val shown = IntArray(was.size) { if (differs[it]) Color.RED else isNow[it] }
        val picture = Bitmap.createBitmap(shown, now.width, now.height, Bitmap.Config.ARGB_8888)
        write(picture, File(System.getProperty("hcepay.screens"), "difference.png"))
        return differs.count { it } * 1_000 / differs.size
    }

    private fun points(bitmap: Bitmap) = IntArray(bitmap.width * bitmap.height).also {
        bitmap.getPixels(it, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
    }

    private fun write(bitmap: Bitmap, file: File) = file.outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }

    private companion object {
        const val COLUMNS = 4
        const val ROWS = 5

        /** The screen that shows another code each time. */
        const val CODE = 8
        const val WIDE = 270
        const val HIGH = 555
        const val GAP = 12
        const val BETWEEN = 0xFFB9B6AE.toInt()

        /** What a point's red, green or blue may be off. */
        const val MOST_OFF = 48

        /** Of a thousand: the milliseconds and the day of the self-test are others each time. */
        const val MOST_DIFFERING = 10
    }
}
