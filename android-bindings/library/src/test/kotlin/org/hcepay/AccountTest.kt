package org.hcepay

import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.TestPhone.Companion.reason
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

/** The account behind a card: its balance as the issuer told it, and transfers from it, to the issuer's verdict. */
@RunWith(SandboxRunner::class)
class AccountTest {
    @get:Rule
    val phone = TestPhone()

    private lateinit var installed: TestIssuer.Installed

    private val wallet get() = checkNotNull(Wallet.current())

    private val card get() = wallet.cards.single()

    private fun holder() {
        installed = onWorker { phone.issuer.install(phone.open(), "kernel3-cvn18", 3) }
    }

    private fun told() = onWorker {
        phone.issuer.ask("balance ${installed.wallet} ${installed.card}").forEach { wallet.apply(it.hex()) }
    }

    private fun rent(minor: Long = 50_00, note: String = "Rent") = Transfer.of(Amount(minor, 978), IBAN, "Löwe & Söhne", note)

    private fun askUnverified(transfer: Transfer): TransferRequest = onWorker { wallet.transfer(card, transfer) }

    private fun asked(transfer: Transfer): TransferRequest {
        phone.arm(wallet, scope = Scope.transfer(card, transfer))
        return askUnverified(transfer)
    }

    /** The issuer hears of it, and the wallet of what became of it. */
    private fun sent(request: TransferRequest): String {
        val (verdict, envelope) = phone.issuer.ask("transfer ${request.bytes.hex()}").let { it[0] to it.getOrNull(1) }
        envelope?.let { onWorker { wallet.apply(it.hex()) } }
        return verdict
    }

    private fun why(work: () -> Unit): TapReason = assertThrows(NotPaidException::class.java, work).why

    // ---- balance

    @Test
    fun aBalanceIsTheIssuersLastWordWithItsAgeAndOutlivesTheProcess() {
        holder()
        assertNull("nothing is invented", wallet.balance(card))
        told()
        val balance = checkNotNull(wallet.balance(card))
        assertEquals(listOf(Amount(1_000_00, 978), Amount(1_000_00, 978)), listOf(balance.available, balance.booked))
        assertEquals(listOf(1L, emptyList<JournalRow>(), emptyList<TransferRow>()), balance.run { listOf(sequence, paidSince, sentSince) })
        assertTrue("${balance.ageMs}", balance.ageMs in 0..600_000)
        assertEquals("Balance(1)", balance.toString())
        phone.restartProcess()
        onWorker { phone.open() }
        assertEquals(1L, wallet.balance(card)?.sequence)
    }

    @Test
    fun transfersSinceAStatementStandBesideIt() {
        holder()
        told()
        phone.pass(60_000)
        val request = asked(rent())
        val balance = checkNotNull(wallet.balance(card))
        assertEquals(Amount(1_000_00, 978), balance.available)
        assertEquals(listOf(request.number), balance.sentSince.map { it.number })
        assertTrue("${balance.ageMs}", balance.ageMs >= 60_000)
    }

    // ---- transfers

    private fun aTransferIsDone() {
        holder()
        val request = asked(rent())
        val pending = wallet.transfers(0, 9).single()
        assertEquals(listOf(TransferState.PENDING, null, null), pending.run { listOf(state, refusal, settledMs) })
        assertEquals(listOf(request.number, card.id, Amount(50_00, 978)), pending.run { listOf(number, cardId, amount) })
        assertEquals(listOf(IBAN, "Löwe & Söhne", "Rent"), pending.run { listOf(payee, payeeName, note) })
        assertNull("used up", wallet.armedUntil)
        assertArrayEquals("an answer was lost", request.bytes, wallet.transferRequest(request.number)?.bytes)
        assertEquals("valid", sent(request))
        assertEquals("transfer-came-before", sent(request))
        assertEquals(TransferState.DONE, wallet.transfers(0, 9).single().state)
        assertNull("nothing is to be sent again", wallet.transferRequest(request.number))
    }

    @Test
    fun aTransferSaysToTheIssuerWhatTheHolderSawAndIsDoneAndTold() = aTransferIsDone()

    @Test
    @Config(sdk = [28])
    fun soItIsOnTheOldestAndroidToo() = aTransferIsDone()

    @Test
    fun aProcessThatDiesBeforeItHasSentATransferSendsTheSameOne() {
        holder()
        val request = asked(rent())
        phone.restartProcess()
        onWorker { phone.open() }
        val again = checkNotNull(wallet.transferRequest(request.number))
        assertArrayEquals(request.bytes, again.bytes)
        assertEquals("valid", sent(again))
        assertTrue(asked(rent()).number > request.number)
    }

    @Test
    fun whatTheAccountDoesNotHaveIsRefusedAndStandsInTheListWithItsReason() {
        holder()
        assertEquals("funds-insufficient", sent(asked(rent(minor = 1_000_01))))
        val row = wallet.transfers(0, 1).single()
        assertEquals(listOf(TransferState.REFUSED, TransferRefusal.INSUFFICIENT_FUNDS), row.run { listOf(state, refusal) })
        assertTrue(wallet.journalAsJsonLines(), "\"why\":\"insufficient-funds\"" in wallet.journalAsJsonLines())
    }

    @Test
    fun onlyAHolderWhoHasVerifiedForExactlyThisTransferAsksForIt() {
        holder()
        assertEquals(TapReason.NOT_VERIFIED, why { askUnverified(rent()) })
        for (scope in listOf(Scope.ANY_CARD, Scope.card(card), Scope.code(card), Scope.transfer(card, rent(note = "")))) {
            phone.arm(wallet, scope = scope)
            assertEquals("$scope", TapReason.ARMED_FOR_ANOTHER_PAYMENT, why { askUnverified(rent()) })
        }
        assertEquals(emptyList<TransferRow>(), wallet.transfers(0, 9))
        asked(rent())
        assertEquals("once", TapReason.NOT_VERIFIED, why { askUnverified(rent()) })
    }

    @Test
    fun aTransferThatIsNoneIsRefusedInASentence() {
        holder()
        val longest = "x".repeat(64)
        for ((what, of) in listOf<Pair<String, () -> Transfer>>(
            "amount is 0" to { rent(minor = 0) },
            "more than 12 digits" to { rent(minor = -1) },
            "currency does not exist" to { Transfer.of(Amount(1, 0), IBAN, "Ann") },
            "payee's account" to { Transfer.of(Amount(1, 978), "", "Ann") },
            "payee's name" to { Transfer.of(Amount(1, 978), IBAN, "x$longest") },
            "not seen" to { rent(note = "\u202E") },
            "longer than 140" to { rent(note = "x".repeat(141)) },
        )) {
            val refused = assertThrows(WalletException::class.java) { of() }
            assertEquals(Reason.TRANSFER_INVALID, refused.reason)
            assertTrue("$what: ${refused.message}", what in refused.message!!)
        }
        assertEquals("", Transfer.of(Amount(1, 978), longest, longest).note)
    }

    @Test
    fun aTransferThatTheHolderDeletesIsGone() {
        holder()
        val numbers = List(3) { asked(rent()).number }
        onWorker { wallet.deleteTransfer(numbers[1]) }
        assertEquals(listOf(numbers[2], numbers[0]), wallet.transfers(0, 9).map { it.number })
        assertEquals(listOf(numbers[0]), wallet.transfers(numbers[1], 9).map { it.number })
        assertNull(wallet.transferRequest(numbers[1]))
    }

    @Test
    fun aCardThatIsGoneTransfersNothingAndHasNoBalance() {
        holder()
        told()
        val gone = card
        val transfer = rent()
        onWorker { wallet.delete(gone) }
        assertEquals(Reason.UNKNOWN_CARD, reason { wallet.transfer(gone, transfer) })
        assertNull(wallet.balance(gone))
    }

    @Test
    fun nothingIsShownThatNamesThePayee() {
        holder()
        val request = asked(rent())
        val shown = listOf(rent(), request, wallet.transfers(0, 1), Scope.transfer(card, rent())).joinToString()
        val number = request.number
        assertEquals("Transfer, TransferRequest($number), [TransferRow($number, PENDING)], Scope(card 1, one transfer)", shown)
    }

    private companion object {
        const val IBAN = "DE89 3704 0044 0532 0130 00"
    }
}
