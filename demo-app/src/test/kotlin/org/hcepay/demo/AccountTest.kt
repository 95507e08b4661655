package org.hcepay.demo

import android.app.Activity
import android.os.Bundle
import android.os.SystemClock
import android.widget.EditText
import org.hcepay.Amount
import org.hcepay.Scope
import org.hcepay.TestPrompt
import org.hcepay.Transfer
import org.hcepay.TransferRefusal
import org.hcepay.TransferState
import org.hcepay.demo.account.TransferActivity
import org.hcepay.demo.account.TransferRowActivity
import org.hcepay.demo.journal.JournalActivity
import org.hcepay.demo.journal.RowActivity
import org.hcepay.demo.wallet.CardActivity
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

/** The account behind a card, on the screens: what the bank tells of it, and money that is sent from it. */
@RunWith(DemoRunner::class)
@Config(shadows = [TestPrompt::class], qualifiers = "en-w411dp-h891dp-port-xhdpi")
class AccountTest {
    @get:Rule
    val phone = DemoPhone()

    private val demo get() = phone.demo

    private val wallet get() = demo.wallet!!

    private val card get() = wallet.cards.first()

    private fun words(resource: Int, vararg with: Any) = phone.app.getString(resource, *with)

    private fun cardScreen() = phone.open(CardActivity::class.java, CardActivity.of(phone.app, card)).get()

    private fun transferScreen(state: Bundle? = null) =
        phone.open(TransferActivity::class.java, TransferActivity.of(phone.app, card), state)

    private fun rowScreen() =
        phone.open(TransferRowActivity::class.java, TransferRowActivity.of(phone.app, wallet.transfers(0, 1).single().number)).get()

    private fun journal() = phone.open(JournalActivity::class.java).get().read()

    private fun Activity.payee() = listOf(R.string.payee_name, R.string.payee_account, R.string.payee_note).map { below(it) }

    private fun Activity.types(name: String, text: String) =
        (all(requireViewById(R.id.screen)).single { it is EditText && it.hint == name } as EditText).setText(text)

    private fun Activity.fills(amount: String = "50", payee: String = IBAN, name: String = LION, note: String = "Rent") {
        types(words(R.string.amount_in, "EUR"), amount)
        types(words(R.string.payee_account_like), payee)
        types(words(R.string.payee_name), name)
        types(words(R.string.payee_note_free), note)
        presses(R.string.go_on)
    }

    /** Typed, looked at, verified for and sent. */
    private fun sends(amount: String = "50", payee: String = IBAN): TransferActivity = transferScreen().get().also {
        it.fills(amount, payee)
        it.presses(R.string.verify_and_send)
        phone.holderVerifies()
    }

    private fun states() = wallet.transfers(0, 9).map { it.state }

    private fun asksBank() = cardScreen().presses(R.string.ask_balance)

    /** Asked for, and then the process dies before the bank hears of it. */
    private fun asksForAndDies() {
        val transfer = Transfer.of(Amount(50_00, 978), IBAN, LION, "Rent")
        phone.phone.arm(wallet, scope = Scope.transfer(card, transfer))
        demo.change { it.transfer(card, transfer) }
        phone.restartProcess()
    }

    // ---- the balance

    @Test
    fun theBalanceIsTheBanksWordAndItsAgeStandsBesideIt() {
        phone.addCard()
        val screen = cardScreen()
        screen.shows(R.string.no_balance)
        screen.doesNotShow(R.string.available)
        Screenshot.takeWhole(screen, "account-untold")
        screen.presses(R.string.ask_balance)
        assertEquals(listOf("€1,000.00", "€1,000.00"), listOf(screen.below(R.string.available), screen.below(R.string.booked)))
        val told = screen.below(R.string.as_of)
        assertTrue(told, told.startsWith(words(R.string.today)) && told.endsWith("just now"))
        phone.phone.pass(TimeUnit.MINUTES.toMillis(5))
        shadowOf(phone.app.mainLooper).idleFor(61, TimeUnit.SECONDS)
        assertTrue(screen.below(R.string.as_of), screen.below(R.string.as_of).endsWith("minutes ago"))
        Screenshot.takeWhole(screen, "account-told")
        phone.restartProcess()
        assertTrue(cardScreen().below(R.string.as_of).endsWith("minutes ago"))
        phone.phone.pass(TimeUnit.DAYS.toMillis(3))
        assertTrue(cardScreen().below(R.string.as_of), cardScreen().below(R.string.as_of).endsWith("3 days ago"))
    }

    @Test
    fun whatWasPaidAndSentSinceStandsBesideTheBalanceAndIsNotSubtracted() {
        phone.addCard()
        asksBank()
        // By the clock of the phone it is later.
        phone.phone.pass(60_000)
        phone.pay()
        phone.pay()
        assertTrue("${cardScreen().read()}", "2 payments since, not subtracted" in cardScreen().read())
        sends()
        val screen = cardScreen()
        assertTrue("${screen.read()}", "2 payments and 1 transfer since, not subtracted" in screen.read())
        assertEquals("€1,000.00", screen.below(R.string.available))
        Screenshot.takeWhole(screen, "account-since")
        phone.phone.pass(60_000)
        screen.presses(R.string.ask_balance)
        assertEquals(listOf("€925.00", "€950.00"), listOf(screen.below(R.string.available), screen.below(R.string.booked)))
        assertFalse("${screen.read()}", screen.read().any { "since" in it })
    }

    @Test
    fun anAccountThatIsOverdrawnIsShownBelowZero() {
        phone.addCard()
        sends(amount = "1000")
        phone.pay()
        asksBank()
        assertEquals(listOf("-€12.50", "€0.00"), cardScreen().run { listOf(below(R.string.available), below(R.string.booked)) })
        Screenshot.takeWhole(cardScreen(), "account-overdrawn")
    }

    @Test
    fun aBankThatSaysNoTellsNoBalance() {
        phone.addCard()
        demo.refuseNext()
        phone.settle()
        val screen = cardScreen()
        screen.presses(R.string.ask_balance)
        screen.shows(R.string.trouble_told_to_refuse)
        screen.shows(R.string.no_balance)
        screen.presses(R.string.ask_balance)
        screen.shows(R.string.available)
    }

    @Test
    fun aCardThatWaitsForItsCodeHasNoAccountToShow() {
        phone.addCard(codes = 3)
        cardScreen().doesNotShow(R.string.no_balance)
        cardScreen().doesNotShow(R.string.send_money)
    }

    // ---- a transfer

    @Test
    fun aTransferIsLookedAtVerifiedForSentAndDoneOnce() {
        phone.addCard()
        asksBank()
        val opened = cardScreen().also { it.presses(R.string.send_money) }
        assertEquals(TransferActivity::class.java.name, shadowOf(opened).nextStartedActivity.component?.className)
        val screen = transferScreen().get()
        assertTrue("${screen.read()}", screen.read().any { "€1,000.00" in it && "just now" in it })
        Screenshot.takeWhole(screen, "transfer-form")
        screen.fills()
        assertEquals(listOf(LION, IBAN, "Rent"), screen.payee())
        assertTrue("${screen.read()}", "€50.00" in screen.read())
        Screenshot.takeWhole(screen, "transfer-confirm")
        screen.presses(R.string.verify_and_send)
        Screenshot.takeWhole(screen, "transfer-verifying")
        assertEquals("not before the holder has verified", 0, states().size)
        phone.holderVerifies()
        assertEquals(listOf(TransferState.DONE), states())
        screen.shows(R.string.transfer_done)
        screen.shows(R.string.transfer_valid)
        screen.shows(R.string.desk_check_transfer_signed)
        screen.shows(R.string.desk_check_number_new)
        screen.shows(R.string.desk_check_funds)
        screen.doesNotShow(R.string.send_again)
        Screenshot.takeWhole(screen, "transfer-done")
        screen.presses(R.string.done)
        assertTrue(screen.isFinishing)
        asksBank()
        assertEquals("€950.00", cardScreen().below(R.string.booked))
    }

    @Test
    fun whoeverIsNotVerifiedSendsNothing() {
        phone.addCard()
        val screen = transferScreen().get()
        screen.fills()
        screen.presses(R.string.verify_and_send)
        TestPrompt.shown.last().fails(android.hardware.biometrics.BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED)
        phone.settle()
        screen.shows(R.string.not_verified_sending)
        assertEquals(0, states().size)
        // Verified for something else, or not at all.
        demo.transfer(card, Transfer.of(Amount(1, 978), IBAN, LION))
        phone.settle()
        screen.shows(R.string.not_paid_unverified)
        assertEquals(0, states().size)
    }

    @Test
    fun whatIsNoTransferIsRefusedInTheSentenceOfTheCoreAndNothingIsAskedFor() {
        phone.addCard()
        val screen = transferScreen().get()
        for (typed in listOf("", "0x", "1.234", "-5")) {
            screen.fills(amount = typed)
            screen.shows(R.string.no_amount, typed, "49.90")
        }
        Screenshot.takeWhole(screen, "transfer-bad-amount")
        for ((what, sentence, types) in listOf<Triple<String, String, () -> Unit>>(
            Triple("zero", "The transfer's amount is 0.") { screen.fills(amount = "0") },
            Triple("payee", "The payee's account is not 1 to 64 characters from space to tilde.") { screen.fills(payee = "Löwe") },
            Triple("nobody", "The payee's name is blank, or longer than 64 bytes.") { screen.fills(name = "") },
            Triple("note", "The note is longer than 140 bytes.") { screen.fills(note = "ü".repeat(71)) },
            Triple("hidden", "The payee's name or the note has characters that are not seen.") { screen.fills(name = "Ann\u202E") },
        )) {
            types()
            screen.shows(R.string.trouble_transfer)
            assertTrue("${screen.read()}", sentence in screen.read())
            screen.doesNotShow(R.string.verify_and_send)
            Screenshot.takeWhole(screen, "transfer-bad-$what")
        }
        assertEquals(0, states().size)
        screen.fills()
        screen.shows(R.string.verify_and_send)
        screen.presses(R.string.change_it)
        assertEquals("kept", IBAN, (all(screen.requireViewById(R.id.screen)).filterIsInstance<EditText>())[1].text.toString())
    }

    @Test
    fun whatTheBankRefusesStandsWithItsReason() {
        phone.addCard()
        for ((amount, payee, why) in listOf(
            Triple("1000.01", IBAN, TransferRefusal.INSUFFICIENT_FUNDS to R.string.declined_funds),
            Triple("50", "DE88 3704 0044 0532 0130 00", TransferRefusal.PAYEE_UNKNOWN to R.string.refused_payee),
        )) {
            val screen = sends(amount, payee)
            screen.shows(R.string.transfer_refused)
            screen.shows(why.second)
            screen.doesNotShow(R.string.send_again)
            assertEquals(why.first, wallet.transfers(0, 1).single().refusal)
            Screenshot.takeWhole(screen, "transfer-refused-${why.first.name.lowercase()}")
            assertTrue("${journal()}", journal().any { words(why.second) in it && LION in it })
            assertTrue(rowScreen().read().any { it.startsWith("${words(why.second)} · ") })
        }
        Screenshot.takeWhole(rowScreen(), "transfer-row-refused")
    }

    @Test
    fun aFrozenCardSendsNothing() {
        phone.addCard()
        val typed = transferScreen().get().also { it.fills() }
        demo.change { it.freeze(card) }
        phone.settle()
        typed.doesNotShow(R.string.verify_and_send)
        val screen = transferScreen().get()
        screen.doesNotShow(R.string.go_on)
        screen.shows(R.string.card_frozen)
        cardScreen().doesNotShow(R.string.send_money)
        val transfer = Transfer.of(Amount(1, 978), IBAN, LION)
        phone.phone.arm(wallet, scope = Scope.transfer(card, transfer))
        demo.transfer(card, transfer)
        phone.settle()
        screen.shows(R.string.reason_frozen)
        assertEquals(0, states().size)
        Screenshot.takeWhole(screen, "transfer-frozen")
    }

    @Test
    fun aScreenThatIsMadeAnewShowsTheTransferThatIsUnderWayAndSendsNoOther() {
        phone.addCard()
        val controller = transferScreen()
        controller.get().fills()
        controller.recreate()
        assertEquals(IBAN, controller.get().below(R.string.payee_account))
        controller.get().presses(R.string.verify_and_send)
        phone.holderVerifies()
        controller.recreate()
        controller.get().shows(R.string.transfer_done)
        controller.get().doesNotShow(R.string.verify_and_send)
        assertEquals(listOf(TransferState.DONE), states())
    }

    // ---- where the bank does not answer

    @Test
    fun aTransferThatTheBankDidNotHearOfIsSentAgainFromTheSameScreen() {
        phone.addCard()
        demo.refuseNext()
        phone.settle()
        val screen = sends()
        assertEquals(listOf(TransferState.PENDING), states())
        screen.shows(R.string.trouble_told_to_refuse)
        screen.shows(R.string.transfer_pending)
        screen.shows(R.string.transfer_pending_about)
        Screenshot.takeWhole(screen, "transfer-pending")
        screen.presses(R.string.send_again)
        assertEquals(listOf(TransferState.DONE), states())
        screen.shows(R.string.transfer_done)
        screen.doesNotShow(R.string.send_again)
    }

    @Test
    fun aTransferIsPendingAfterTheProcessDiedAndSentAgainFromTheJournal() {
        phone.addCard()
        asksForAndDies()
        assertEquals(listOf(TransferState.PENDING), states())
        val form = transferScreen().get()
        val pending = "€50.00 · ${words(R.string.transfer_pending)}"
        assertTrue("nobody sends it twice: ${form.read()}", pending in form.read())
        Screenshot.takeWhole(form, "transfer-form-pending")
        val journal = phone.open(JournalActivity::class.java).get()
        journal.press(pending)
        val row = phone.open(TransferRowActivity::class.java, shadowOf(journal).nextStartedActivity).get()
        Screenshot.takeWhole(row, "transfer-row-pending")
        row.presses(R.string.send_again)
        assertEquals(listOf(TransferState.DONE), states())
        row.shows(R.string.transfer_valid)
        row.doesNotShow(R.string.send_again)
        assertFalse(pending in transferScreen().get().read())
        Screenshot.takeWhole(row, "transfer-row-sent-again")
    }

    /** The bank does it, and the wallet does not hear of that. */
    private fun isDoneUnheard() {
        asksForAndDies()
        val (desk, request) = (demo.state as State.Open).desk to wallet.transferRequest(wallet.transfers(0, 1).single().number)!!
        demo.change { desk.transfer(request) }
        phone.settle()
        assertEquals(listOf(TransferState.PENDING), states())
    }

    @Test
    fun whereTheBanksAnswerWasLostSendingAgainBringsItAndTheMoneyMovesOnce() {
        phone.addCard()
        isDoneUnheard()
        val row = rowScreen()
        row.presses(R.string.send_again)
        assertEquals(listOf(TransferState.DONE), states())
        row.shows(R.string.desk_verdict_transfer_came_before)
        Screenshot.takeWhole(row, "transfer-row-came-before")
        asksBank()
        assertEquals("€950.00", cardScreen().below(R.string.booked))
    }

    @Test
    fun aProcessThatDiedBeforeTheBanksAnswerHearsItWhenItIsBack() {
        phone.addCard()
        isDoneUnheard()
        phone.restartProcess()
        assertEquals(listOf(TransferState.DONE), states())
        assertNull(demo.trouble)
    }

    @Test
    fun aTransferThatIsSentTooLongAfterTheVerificationIsRefused() {
        phone.addCard()
        asksForAndDies()
        SystemClock.setCurrentTimeMillis(System.currentTimeMillis() + TimeUnit.MINUTES.toMillis(6))
        val row = rowScreen()
        row.presses(R.string.send_again)
        row.shows(R.string.transfer_refused)
        row.shows(R.string.refused_too_late)
        row.shows(R.string.desk_verdict_verified_too_long_ago)
        Screenshot.takeWhole(row, "transfer-row-too-late")
    }

    // ---- the journal

    @Test
    fun transfersAndPaymentsStandInOneJournalTheLaterFirst() {
        phone.addCard()
        phone.pay()
        sends()
        phone.pay(amountMinor = 3_00)
        val read = journal()
        assertEquals(listOf("€3.00", "€50.00", "€12.50"), read.filter { it.startsWith("€") }.map { it.substringBefore(" ") })
        assertTrue("$read", "€50.00 · ${words(R.string.transfer_done)}" in read && read.any { LION in it })
        Screenshot.takeWhole(phone.open(JournalActivity::class.java).get(), "journal-transfers")
        val row = rowScreen()
        assertEquals(listOf(LION, IBAN, "Rent"), row.payee())
        assertEquals("•••• ${card.lastFour}", row.below(R.string.from_card))
        assertEquals(words(R.string.method_biometric), row.below(R.string.verified_how))
        assertEquals("${wallet.transfers(0, 1).single().number}", row.below(R.string.transfer_number))
        Screenshot.takeWhole(row, "transfer-row-done")
        assertTrue(wallet.transfers(0, 1).single().number in wallet.journal(0, 2).map { it.id }.let { it[1]..it[0] })
    }

    @Test
    fun aJournalOfTransfersAloneIsShownAPageAtATime() {
        phone.addCard()
        repeat(JournalActivity.PAGE + 1) {
            val transfer = Transfer.of(Amount(it + 1L, 978), IBAN, LION)
            phone.phone.arm(wallet, scope = Scope.transfer(card, transfer))
            demo.transfer(card, transfer)
            phone.settle()
        }
        val screen = phone.open(JournalActivity::class.java).get()
        assertEquals(JournalActivity.PAGE, screen.read().count { it.startsWith("€") })
        screen.presses(R.string.older_rows)
        assertEquals(JournalActivity.PAGE + 1, screen.read().count { it.startsWith("€") })
    }

    @Test
    fun aTransferIsDeletedOnlyAfterAQuestion() {
        phone.addCard()
        sends()
        val (row, number) = rowScreen() to wallet.transfers(0, 1).single().number
        row.presses(R.string.delete_row)
        row.shows(R.string.delete_transfer_question)
        Screenshot.takeWhole(row, "transfer-row-delete")
        row.presses(R.string.keep)
        assertEquals(1, states().size)
        row.presses(R.string.delete_row)
        row.presses(R.string.delete_yes)
        assertTrue(row.isFinishing)
        assertEquals(0, states().size)
        assertNull(wallet.transferRequest(number))
        phone.open(TransferRowActivity::class.java, TransferRowActivity.of(phone.app, number)).get().shows(R.string.no_such_transfer)
        phone.open(RowActivity::class.java, RowActivity.of(phone.app, number)).get().shows(R.string.no_such_row)
        phone.open(JournalActivity::class.java).get().shows(R.string.no_rows)
    }

    // ---- looks

    @Test
    fun aNameInHebrewLettersTurnsNothingAround() {
        phone.addCard()
        val screen = transferScreen().get()
        screen.fills(name = HEBREW)
        screen.presses(R.string.verify_and_send)
        phone.holderVerifies()
        screen.shows(R.string.transfer_done)
        assertTrue("${journal()}", journal().any { HEBREW in it })
        Screenshot.takeWhole(phone.open(JournalActivity::class.java).get(), "journal-hebrew")
        Screenshot.takeWhole(screen, "transfer-hebrew")
    }

    @Test
    fun inChineseAtNightAndWithLargeLettersEverythingStandsThereWhole() {
        RuntimeEnvironment.setQualifiers("zh-rCN-w360dp-h740dp-port-night-xhdpi")
        RuntimeEnvironment.setFontScale(2f)
        phone.addCard()
        asksBank()
        phone.phone.pass(60_000)
        phone.pay()
        fun look(screen: Activity, name: String) {
            assertEquals(name, emptyList<String>(), Legibility.faults(screen, Screenshot.takeWhole(screen, "$name-zh-night")))
        }
        val screen = transferScreen().get()
        look(screen, "transfer-form")
        screen.fills(amount = "0")
        look(screen, "transfer-bad-zero")
        assertFalse("${screen.read()}", screen.read().any { "amount" in it })
        screen.fills()
        look(screen, "transfer-confirm")
        demo.refuseNext()
        phone.settle()
        screen.presses(R.string.verify_and_send)
        phone.holderVerifies()
        look(screen, "transfer-pending")
        screen.presses(R.string.send_again)
        look(screen, "transfer-done")
        look(rowScreen(), "transfer-row")
        look(cardScreen(), "account")
        look(phone.open(JournalActivity::class.java).get(), "journal-transfers")
    }

    private companion object {
        const val IBAN = "DE89 3704 0044 0532 0130 00"
        const val LION = "Löwe & Söhne"
        const val HEBREW = "\u05E9\u05DC\u05D5\u05DD"
    }
}
