package org.hcepay.demo

import android.Manifest.permission.POST_NOTIFICATIONS
import android.app.Activity
import android.app.Application
import android.app.NotificationManager
import android.content.Intent
import android.content.res.Configuration
import android.os.Bundle
import android.os.Looper
import android.os.Parcel
import android.os.SystemClock
import android.view.View
import android.view.WindowManager
import android.widget.Switch
import android.widget.TextView
import org.hcepay.CardState
import org.hcepay.TestPrompt
import org.hcepay.demo.coupon.CouponsActivity
import org.hcepay.demo.desk.Desk
import org.hcepay.demo.desk.StateAtIssuer
import org.hcepay.demo.engineer.BadDaysActivity
import org.hcepay.demo.engineer.TimelineActivity
import org.hcepay.demo.journal.AlertsActivity
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.look.Words
import org.hcepay.demo.pay.PayActivity
import org.hcepay.demo.pay.SelfTestActivity
import org.hcepay.demo.wallet.AddCardActivity
import org.hcepay.demo.wallet.CardActivity
import org.hcepay.demo.wallet.CheckActivity
import org.hcepay.demo.wallet.KeysActivity
import org.hcepay.demo.wallet.WalletActivity
import org.hcepay.demo.wallet.WelcomeActivity
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowLog
import java.time.Duration

/** Every screen of the app, and what its buttons do. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "w411dp-h891dp-port-xhdpi")
class ScreensTest {
    @get:Rule
    val phone = DemoPhone()

    private val demo get() = phone.demo

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun leads(from: Activity, words: String): Intent {
        from.press(words)
        return shadowOf(from).nextStartedActivity
    }

    private fun cards() = demo.wallet!!.cards

    // ---- the wallet

    @Test
    fun theWalletLeadsToEveryScreen() {
        val card = phone.addCard()
        val wallet = phone.open(WalletActivity::class.java).get()
        val rows = mapOf(
            R.string.journal to JournalActivity::class,
            R.string.coupons to CouponsActivity::class,
            R.string.alerts to AlertsActivity::class,
            R.string.add_card to AddCardActivity::class,
            R.string.keys to KeysActivity::class,
            R.string.this_phone to CheckActivity::class,
            R.string.self_test to SelfTestActivity::class,
            R.string.pay to PayActivity::class,
        )
        for ((row, screen) in rows) assertEquals(screen.java.name, leads(wallet, words(row)).component?.className)
        wallet.pressCard(card.lastFour)
        val opened = shadowOf(wallet).nextStartedActivity
        assertEquals(CardActivity::class.java.name, opened.component?.className)
        assertEquals(CardActivity::class.java.name, leads(wallet, "10 payments left without network").component?.className)
        Screenshot.takeWhole(wallet, "wallet")
        val screen = phone.open(CardActivity::class.java, opened).get()
        assertTrue(card.lastFour in screen.read())
    }

    // ---- a card

    private fun cardScreen(id: Int) = phone.open(CardActivity::class.java, CardActivity.of(phone.app, cards().single { it.id == id }))

    @Test
    fun aCardTellsHowItStandsAndWhatItIsMadeOf() {
        val card = phone.addCard("cobadged")
        val screen = cardScreen(card.id).get()
        Screenshot.takeWhole(screen, "card")
        screen.shows(R.string.card_active)
        screen.shows(R.string.is_default)
        screen.shows(R.string.protection_verified)
        val read = screen.read()
        for (wanted in listOf("0095", "December 2029") + card.applications.map { it.label }) assertTrue("$wanted in $read", wanted in read)
        for (application in card.applications) assertTrue("$read", read.any { application.aid in it })
    }

    @Test
    fun theHolderChoosesWhichCardPaysNext() {
        phone.addCard()
        val other = phone.addCard("kernel3-no-verification")
        val screen = cardScreen(other.id).get()
        screen.doesNotShow(R.string.is_default)
        screen.press(words(R.string.make_default))
        phone.settle()
        assertEquals(other.id, cards().single { it.isDefault }.id)
        screen.shows(R.string.is_default)
        screen.doesNotShow(R.string.make_default)
        val wallet = phone.open(WalletActivity::class.java).get()
        Screenshot.takeWhole(wallet, "wallet-two-cards")
        assertTrue("${wallet.read()}", "ends with 0 0 3 8" in wallet.read().first { "ends with" in it })
    }

    @Test
    fun aCardIsDeletedOnlyAfterASecondQuestionAndCanBeAddedAnew() {
        val card = phone.addCard()
        val controller = cardScreen(card.id)
        controller.get().press(words(R.string.delete_card))
        controller.get().shows(R.string.delete_question)
        controller.recreate()
        controller.get().shows(R.string.delete_question)
        Screenshot.takeWhole(controller.get(), "card-delete")
        controller.get().press(words(R.string.keep))
        phone.settle()
        controller.get().doesNotShow(R.string.delete_question)
        assertEquals(1, cards().size)
        controller.get().press(words(R.string.delete_card))
        controller.get().press(words(R.string.delete_yes))
        phone.settle()
        assertEquals(0, cards().size)
        assertTrue(controller.get().isFinishing)
        assertEquals(listOf(StateAtIssuer.DELETED), demo.atBank.map { it.state })
        assertNotEquals("another number", card.id, phone.addCard().id)
    }

    @Test
    fun theIdentityCheckPassesWithTheCodeThatTheBankSent() {
        val card = phone.addCard(codes = 3)
        assertEquals(CardState.WAITING, card.state)
        val wallet = phone.open(WalletActivity::class.java).get()
        Screenshot.takeWhole(wallet, "wallet-waiting")
        assertEquals(CardActivity::class.java.name, leads(wallet, words(R.string.enter_code)).component?.className)
        val controller = cardScreen(card.id)
        val code = demo.atBank.single().code!!
        controller.get().shows(R.string.bank_sent_code, code)
        controller.get().type("wrong")
        controller.get().press(words(R.string.send_code))
        phone.settle()
        controller.get().shows(R.string.wrong_code)
        assertTrue("${controller.get().read()}", "You have 2 tries left; then the card is deleted." in controller.get().read())
        Screenshot.takeWhole(controller.get(), "card-wrong-code")
        controller.get().type(code)
        controller.recreate()
        assertTrue("what was typed is kept", code in controller.get().read())
        controller.get().press(words(R.string.send_code))
        phone.settle()
        assertEquals(CardState.ACTIVE, cards().single().state)
        controller.get().shows(R.string.card_active)
    }

    @Test
    fun theLastWrongCodeDeletesTheCardAndTheScreenSaysSo() {
        val card = phone.addCard(codes = 1)
        val screen = cardScreen(card.id).get()
        screen.type("wrong")
        screen.press(words(R.string.send_code))
        phone.settle()
        assertEquals(0, cards().size)
        screen.shows(R.string.trouble_no_card)
        Screenshot.takeWhole(screen, "card-gone")
    }

    @Test
    fun theDemoBankSuspendsResumesAndRenewsACard() {
        val card = phone.addCard()
        val screen = cardScreen(card.id).get()
        screen.press(words(R.string.suspend_card))
        phone.settle()
        screen.shows(R.string.card_suspended)
        assertEquals(CardState.SUSPENDED, cards().single().state)
        Screenshot.takeWhole(screen, "card-suspended")
        screen.press(words(R.string.resume_card))
        phone.settle()
        assertEquals(CardState.ACTIVE, cards().single().state)
        screen.press(words(R.string.renew_card))
        phone.settle()
        assertTrue("${screen.read()}", "December 2032" in screen.read())
    }

    @Test
    fun aCardWhoseCertificatesEndSaysSoAndWhatToPress() {
        val card = phone.addCard("kernel2-cvn14")
        val ends = words(R.string.certificate_ends, "March 2026")
        val before = cardScreen(card.id).get()
        assertFalse("${before.read()}", ends in before.read())
        before.doesNotShow(R.string.renew_certificate)
        phone.phone.pass(60 * DAY_MS)
        val near = cardScreen(card.id).get()
        assertTrue("${near.read()}", ends in near.read())
        near.doesNotShow(R.string.certificate_over)
        phone.phone.pass(30 * DAY_MS)
        val over = cardScreen(card.id).get()
        over.shows(R.string.certificate_over)
        over.press(words(R.string.renew_certificate))
        phone.settle()
        over.doesNotShow(R.string.certificate_over)
        over.doesNotShow(R.string.renew_certificate)
        assertEquals(null, cards().single().replenishment.certificate)
    }

    // ---- another card

    @Test
    fun aCardOnOfferIsAddedAndOnOfferNoMore() {
        phone.addCard()
        val controller = phone.open(AddCardActivity::class.java)
        Screenshot.takeWhole(controller.get(), "add-card")
        controller.get().doesNotShow(R.string.offer_usual)
        controller.get().press(words(R.string.offer_quick))
        phone.settle()
        assertEquals(listOf("0012", "0038"), cards().map { it.lastFour })
        assertTrue(controller.get().isFinishing)
        phone.open(AddCardActivity::class.java).get().doesNotShow(R.string.offer_quick)
    }

    @Test
    fun aCardWithIdentityCheckWaitsForItsCode() {
        phone.addCard()
        val controller = phone.open(AddCardActivity::class.java)
        (all(controller.get().requireViewById(android.R.id.content)).single { it is Switch } as Switch).performClick()
        controller.recreate()
        phone.settle()
        controller.get().press(words(R.string.offer_canteen))
        phone.settle()
        val added = cards().maxBy { it.id }
        assertEquals(CardState.WAITING, added.state)
        assertEquals(3, added.codesLeft)
    }

    @Test
    fun everyCardOnOfferHasWordsOfThisApp() {
        phone.addCard()
        val english = Desk.offers()
        for (offer in english) assertTrue(offer.name, Words.offer(offer.name) != null)
    }

    // ---- taps

    @Test
    fun theJournalStandsByDayTheNewestFirst() {
        phone.addCard()
        val empty = phone.open(JournalActivity::class.java).get()
        empty.shows(R.string.no_rows)
        Screenshot.takeWhole(empty, "journal-none")
        phone.pay(amountMinor = 1_00)
        SystemClock.setCurrentTimeMillis(NEW_YEAR + 5 * DAY)
        phone.pay(amountMinor = 2_00)
        demo.selfTest(75_00, 978)
        phone.settle()
        SystemClock.setCurrentTimeMillis(NEW_YEAR + 6 * DAY)
        phone.pay(amountMinor = 3_00)
        val controller = phone.open(JournalActivity::class.java)
        val read = controller.get().read()
        Screenshot.takeWhole(controller.get(), "journal")
        val wanted =
            listOf(
                "Today",
                "€3.00 · Approved",
                "Yesterday",
                "€75.00",
                "€2.00 · Approved",
                "January 1",
                "€1.00 · Approved",
            )
        val places = wanted.map { text -> read.indexOfFirst { text in it } }
        assertTrue("$places of $read", places.all { it >= 0 } && places == places.sorted())
        val (paid, unpaid) = read.filter { "•••• 0012" in it }.partition { "hcepay test shop" in it }
        assertEquals("$read", 3 to 1, paid.size to unpaid.size)
        phone.pay(amountMinor = 4_00)
        phone.settle()
        assertTrue("a tap that comes while they are shown", controller.get().read().any { "€4.00" in it })
        val tap = leads(controller.get(), "€3.00 · Approved")
        assertEquals(RowActivity::class.java.name, tap.component?.className)
        val one = phone.open(RowActivity::class.java, tap).get()
        one.shows(R.string.reason_verified)
        assertTrue("${one.read()}", "€3.00" in one.read())
        Screenshot.takeWhole(one, "row")
    }

    // ---- payments without network

    @Test
    fun paymentsAreFetchedAndWhereThereIsEnoughThatIsSaidPlainly() {
        phone.addCard()
        val screen = phone.open(KeysActivity::class.java).get()
        assertTrue("${screen.read()}", words(R.string.why_enough) in screen.read())
        screen.shows(R.string.nothing_to_mend)
        phone.payUnheard()
        assertEquals(9, cards().single().replenishment.usesLeft)
        screen.press(words(R.string.get_payments))
        phone.settle()
        Screenshot.takeWhole(screen, "keys")
        val filled = cards().single().replenishment.usesLeft
        assertTrue("$filled", filled > 9)
        screen.press(words(R.string.get_payments))
        phone.settle()
        screen.shows(R.string.nothing_wanted)
        Screenshot.takeWhole(screen, "keys-full")
    }

    // ---- this phone

    @Test
    fun theAppAsksForThePermissionToNotify() {
        val controller = phone.open(CheckActivity::class.java)
        controller.get().shows(R.string.no_notifications)
        controller.get().press(words(R.string.allow_notifications))
        val asked = shadowOf(controller.get()).lastRequestedPermission
        assertEquals(listOf(POST_NOTIFICATIONS), asked.requestedPermissions.toList())
        shadowOf(phone.app as Application).grantPermissions(POST_NOTIFICATIONS)
        controller.pause().resume()
        controller.get().doesNotShow(R.string.no_notifications)
    }

    // ---- every screen

    @Test
    fun everyScreenSaysTheSameAfterItIsTurned() {
        phone.isInUse()
        for ((screen, intent) in phone.everyScreen()) {
            val controller = phone.open(screen, intent)
            val before = controller.get()
            val read = before.read()
            controller.recreate()
            phone.settle()
            assertTrue(screen.name, before !== controller.get() && read.size > 1)
            assertEquals(screen.name, read, controller.get().read())
            controller.pause().stop().destroy()
        }
    }

    @Test
    fun theFirstScreenSaysTheSameAfterItIsTurnedAndInANewProcess() {
        val controller = phone.open(WelcomeActivity::class.java)
        val read = controller.get().read()
        controller.recreate()
        phone.settle()
        assertEquals(read, controller.get().read())
        val state = Bundle()
        controller.pause().stop().saveInstanceState(state).destroy()
        phone.restartProcess()
        val after = phone.open(WelcomeActivity::class.java, state = state).get()
        assertEquals(read, after.read())
        after.press(words(R.string.add_first_card))
        phone.settle()
        assertEquals(1, cards().size)
    }

    @Test
    fun everyScreenIsThereAgainInANewProcess() {
        phone.isInUse()
        for ((screen, intent) in phone.everyScreen()) {
            val before = phone.open(screen, intent)
            val read = before.get().read()
            val state = Bundle()
            before.pause().stop().saveInstanceState(state).destroy()
            phone.restartProcess()
            val after = phone.open(screen, intent, state)
            // What the terminal said is not kept.
            val kept = if (screen == SelfTestActivity::class.java) read.takeWhile { it != words(R.string.bank_approves) } else read
            assertEquals(screen.name, kept, after.get().read())
            after.pause().stop().destroy()
        }
    }

    @Test
    fun noScreenHoldsMoreOfACardThanItsLastFourDigits() {
        phone.isInUse()
        for ((screen, intent) in phone.everyScreen()) {
            val controller = phone.open(screen, intent)
            val views = all(controller.get().window.decorView)
            val told = views.flatMap { listOf((it as? TextView)?.text, it.contentDescription, it.tag as? CharSequence) }.joinToString("\n")
            val state = Bundle()
            controller.saveInstanceState(state)
            val parcel = Parcel.obtain()
            parcel.writeBundle(state)
            val bytes = parcel.marshall()
            val kept =
                String(bytes, Charsets.UTF_16LE) + String(bytes.copyOfRange(1, bytes.size), Charsets.UTF_16LE) +
                    String(bytes, Charsets.ISO_8859_1)
            // All demo cards' tokens begin so (tests/issuer/demo_cards.rs).
            assertFalse("${screen.name}: $told", "99990000" in told.filterNot(Char::isWhitespace))
            assertFalse(screen.name, "99990000" in kept)
            controller.pause().stop().destroy()
        }
        val logged = ShadowLog.getLogs().joinToString("\n") { "${it.tag} ${it.msg} ${it.throwable?.stackTraceToString()}" }
        assertFalse("99990000" in logged.filterNot(Char::isWhitespace))
    }

    @Test
    fun theNotificationThatAsksForTheHolderNamesNoCard() {
        phone.isInUse()
        demo.selfTest(12_50, 978)
        phone.settle()
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(2))
        val shown = shadowOf(phone.app.getSystemService(NotificationManager::class.java)).allNotifications.single()
        val told = shown.extras.keySet().map { "${shown.extras.get(it)}" } + listOf("${shown.tickerText}", shown.channelId)
        assertTrue("$told", words(R.string.verify_to_pay) in told)
        assertFalse("$told", told.any { "0012" in it || "99990000" in it.filterNot(Char::isWhitespace) })
    }

    @Test
    fun whereCardsShowNoScreenshotCanBeTaken() {
        phone.isInUse()
        val open = setOf(AddCardActivity::class.java, CheckActivity::class.java)
        for ((screen, intent) in phone.everyScreen()) {
            val flags = phone.open(screen, intent).get().window.attributes.flags
            assertEquals(screen.name, screen !in open, flags and WindowManager.LayoutParams.FLAG_SECURE != 0)
        }
    }

    private companion object {
        /** 2026-01-01T00:00Z. */
        const val NEW_YEAR = 1_767_225_600_000L
        const val DAY = 86_400_000L
    }
}

private const val DAY_MS = 24L * 3_600_000
