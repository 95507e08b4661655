package org.hcepay.demo.desk

import org.hcepay.Amount
import org.hcepay.Protection
import org.hcepay.Settled
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File
import java.io.IOException

/** The desk behind its natives, with the card core behind its own. */
class DeskTest {
    @get:Rule
    val files = TemporaryFolder()
    private val directory: File by lazy { File(files.root, "desk") }
    private var opened: Desk? = null
    private var wallet: DesktopWallet? = null

    private fun desk(): Desk = opened ?: Desk.open(directory) { DesktopWallet.NEW_YEAR }.also { opened = it }

    private fun wallet(): DesktopWallet = wallet ?: DesktopWallet(desk(), files.newFolder()).also { wallet = it }

    private fun installed(name: String): Int {
        val wallet = wallet()
        val installed = desk().install(name)
        assertNull(installed.code)
        wallet.apply(installed.envelope)
        wallet.choose(installed.card)
        return installed.card
    }

    private fun pay(terminal: Terminal = Terminal(), channel: Channel = Channel { wallet().process(it) }): Purchase =
        desk().purchase(1250, 978, channel, terminal).also { wallet().leaveField() }

    private fun refusal(work: () -> Unit): Reason = assertThrows(DeskException::class.java) { work() }.reason

    @After
    fun close() {
        wallet?.close()
        opened?.close()
    }

    @Test
    fun everyOfferedCardPaysAndItsExchangeIsToldInWords() {
        val offers = Desk.offers()
        assertEquals(17, offers.size)
        for (offer in offers) {
            val card = installed(offer.name)
            wallet().arm()
            val purchase = pay()
            assertEquals(offer.name, Outcome.ONLINE_REQUEST, purchase.outcome)
            assertTrue("${offer.name}: ${purchase.verdict?.code}", purchase.isApproved)
            val verdict = purchase.verdict!!
            assertEquals("valid", verdict.code)
            assertTrue(verdict.checks.size > 10 && verdict.checks.all { it.isPassed })
            assertEquals(1, verdict.checks.count { it.code == "atc-new" })
            assertEquals(listOf("select-directory", "select", "get-processing-options"), purchase.exchanges.take(3).map { it.code })
            assertTrue(purchase.exchanges.all { it.isHeard && it.statusWord == 0x9000 && it.purpose.isNotEmpty() })
            val amount = purchase.exchanges.flatMap { it.sent }.first { it.tag == "9F02" }
            assertEquals("12.50 EUR", amount.meaning)
            val token = purchase.exchanges.flatMap { it.answered }.first { it.tag == "57" || it.tag == "5A" }
            assertEquals("a token that ends in ${offer.lastFour}", token.meaning)
            assertTrue(token.value.isNotEmpty() && token.value.all { it == '•' })
            val known = desk().cards().single { it.card == card }
            assertEquals(offer.lastFour + offer.expiry + StateAtIssuer.ACTIVE, known.lastFour + known.expiry + known.state)
            wallet().apply(desk().deleteCard(card))
        }
    }

    @Test
    fun aCardThatWaitsForTheHolderAsksForASecondTap() {
        installed("kernel3-cvn18")
        val first = pay()
        assertEquals(Outcome.SEE_PHONE, first.outcome)
        assertEquals("verify-on-phone", first.reason)
        assertNull(first.verdict)
        wallet().arm()
        assertTrue(pay().isApproved)
    }

    @Test
    fun whatAChannelThrowsTearsThePurchaseAndNothingElse() {
        installed("kernel3-cvn18")
        wallet().arm()
        for (thrown in listOf(IOException("gone"), IllegalStateException(), StackOverflowError())) {
            var sent = 0
            val torn = pay { command -> if (sent++ == 2) throw thrown else wallet().process(command) }
            assertEquals(Outcome.TORN, torn.outcome)
            assertEquals(TornBy.CHANNEL_THREW, torn.tornBy)
            assertEquals("channel-threw", torn.reason)
            assertSame(thrown, torn.thrown)
            assertEquals(3, torn.exchanges.size)
            assertFalse(torn.exchanges.last().isHeard)
            assertNull(torn.verdict)
        }
        val silent = pay { null }
        assertEquals(TornBy.NO_ANSWER, silent.tornBy)
        assertEquals(1, silent.exchanges.size)
        wallet().arm()
        val whole = pay()
        assertTrue(whole.isApproved)
        assertNull(whole.tornBy)
    }

    @Test
    fun anAnswerOfAnyLengthIsNoFault() {
        wallet()
        for (length in listOf(0, 1, 2, 258, 259, 1 shl 20)) {
            val purchase = pay { ByteArray(length) }
            assertEquals("$length", Outcome.END_APPLICATION, purchase.outcome)
        }
    }

    @Test
    fun theTerminalLeavesWhereItIsToldTo() {
        installed("kernel3-cvn18")
        for (commands in 0..3) {
            wallet().arm()
            val torn = pay(Terminal(tearAfter = commands))
            assertEquals(TornBy.TERMINAL_LEFT, torn.tornBy)
            assertEquals(commands, torn.exchanges.size)
            assertEquals(commands, torn.exchanges.count { it.statusWord == 0x9000 })
            assertFalse(torn.exchanges.lastOrNull()?.isHeard ?: false)
        }
        wallet().arm()
        assertTrue(pay(Terminal(setOf(Reader.KERNEL_3))).isApproved)
        assertEquals("no-common-application", pay(Terminal(setOf(Reader.KERNEL_2, Reader.KERNEL_7))).reason)
        assertEquals(Reason.ARGUMENT, refusal { pay(Terminal(emptySet())) })
    }

    @Test
    fun theDeskIsTheSameAfterEveryRestart() {
        val key = desk().issuerKey
        val card = installed("kernel3-no-verification")
        assertTrue(pay().isApproved)
        val envelope = desk().suspendCard(card)
        assertEquals(Reason.IN_USE, refusal { Desk.open(directory) })
        val closed = desk()
        closed.close()
        opened = null
        assertEquals(Reason.CLOSED, refusal { closed.challenge() })
        assertTrue(key.contentEquals(desk().issuerKey))
        assertEquals(StateAtIssuer.SUSPENDED, desk().cards().single().state)
        assertEquals("card-not-active", pay().verdict?.code)
        wallet().apply(envelope)
        assertEquals(Outcome.END_APPLICATION, pay().outcome)
        wallet().apply(desk().resumeCard(card))
        assertTrue(pay().isApproved)
    }

    @Test
    fun aBankSendsACodeAndMayRefuse() {
        val wallet = DesktopWallet(desk(), files.newFolder())
        val installed = desk().install("kernel2-cvn14", 3, 2, Protection.AUTHENTICATED)
        wallet.apply(installed.envelope)
        assertNotNull(installed.code)
        assertEquals(installed.code, desk().cards().single().code)
        assertEquals(StateAtIssuer.WAITING, desk().cards().single().state)
        desk().refuseNext()
        assertTrue(desk().refusesNext())
        assertEquals(Reason.TOLD_TO_REFUSE, refusal { wallet.proveIdentity(installed.card, installed.code!!) })
        assertFalse(desk().refusesNext())
        wallet.proveIdentity(installed.card, installed.code!!)
        assertEquals(StateAtIssuer.ACTIVE, desk().cards().single().state)
        assertEquals(Reason.CARD_THERE, refusal { desk().install("kernel2-cvn14") })
        assertEquals(Reason.UNKNOWN_CARD, refusal { desk().install("test-kernel2-cvn10") })
        assertEquals(Reason.NO_SUCH_MOVE, refusal { desk().resumeCard(installed.card) })
        assertEquals(Reason.OUT_OF_BOUNDS, refusal { desk().install("cobadged", codes = 11) })
        assertEquals(Reason.REQUEST_INVALID, refusal { desk().answer(ByteArray(7)) })
        wallet.checkIn()
        wallet.close()
    }

    @Test
    fun whatIsNoPaymentIsNoNotice() {
        val card = installed("kernel3-no-verification")
        val euro = Amount(12_50, 978)
        assertTrue(desk().notice(card, "A0000000031010", 1, Settled.APPROVED, euro).isNotEmpty())
        val others = listOf(
            { desk().notice(-1, "A0000000031010", 1, Settled.APPROVED, euro) },
            { desk().notice(card, "", 1, Settled.APPROVED, euro) },
            { desk().notice(card, "A0".repeat(17), 1, Settled.APPROVED, euro) },
            { desk().notice(card, "A0000000031010", 65_536, Settled.APPROVED, euro) },
            { desk().notice(card, "A0000000031010", 1, Settled.APPROVED, Amount(-1, 978)) },
            { desk().notice(card, "A0000000031010", 1, Settled.APPROVED, Amount(1, 65_536)) },
        )
        for (other in others) assertEquals(Reason.ARGUMENT, refusal { other() })
    }

    @Test
    fun aCouponIsTakenOffTheAmountAndTheEnvelopeSettlesIt() {
        installed("kernel3-no-verification")
        assertEquals("not-asked", pay().coupon)
        desk().sendCoupon(CouponOrder.ofPart("A fifth", 20_00)).also { assertEquals(2, it.size) }.forEach(wallet()::apply)
        val without = pay()
        assertEquals(listOf("not-offered", 1250L, 0), listOf(without.coupon, without.askedMinor, without.envelopes.size))
        wallet().present(checkNotNull(wallet().coupon()))
        val purchase = pay()
        assertEquals(listOf("taken", 1000L, true), listOf(purchase.coupon, purchase.askedMinor, purchase.isApproved))
        assertEquals(listOf("select-coupons", "get-processing-options", "select-directory"), purchase.exchanges.take(3).map { it.code })
        assertEquals("10.00 EUR", purchase.exchanges.flatMap { it.sent }.first { it.tag == "9F02" }.meaning)
        wallet().apply(purchase.envelopes.single())
        // The desk is the same when it is opened anew, and the shop knows its coupons.
        desk().close()
        opened = null
        assertEquals("not-offered", pay().coupon)
    }

    @Test
    fun whatIsNoCouponIsRefusedHereOrByTheWallet() {
        installed("kernel3-no-verification")
        val others = listOf(
            CouponOrder.ofAmount("a", Amount(-1, 978)),
            CouponOrder.ofAmount("a", Amount(1, 65_536)),
            CouponOrder.ofPart("a", -1),
            CouponOrder.ofPart("a", 65_536),
            CouponOrder.ofPart("a", 1, uses = -1),
            CouponOrder.ofPart("a", 1, uses = 65_536),
        )
        for (other in others) assertEquals(Reason.ARGUMENT, refusal { desk().sendCoupon(other) })
        assertEquals("none was made", "not-asked", pay().coupon)
        val (refused, inOrder) = desk().sendCoupon(CouponOrder.ofPart("a", 1), isStrange = true)
        assertThrows(Exception::class.java) { wallet().apply(refused) }
        assertNull(wallet().coupon())
        wallet().apply(inOrder)
        wallet().checkIn()
    }

    @Test
    fun theIssuersClockIsSetOnItsOwn() {
        installed("kernel3-no-verification")
        desk().setIssuerTime(DesktopWallet.NEW_YEAR + 31L * 24 * 3_600_000)
        assertEquals(DesktopWallet.NEW_YEAR + 31L * 24 * 3_600_000, desk().issuerTime())
        val purchase = pay()
        assertEquals("key-expired", purchase.verdict?.code)
        assertEquals("key-not-expired", purchase.verdict?.checks?.last()?.code)
        assertFalse(purchase.verdict!!.checks.last().isPassed)
    }

    @Test
    fun aDamagedFileIsRefusedUntilItIsDiscarded() {
        val key = desk().issuerKey
        desk().close()
        opened = null
        val file = File(directory, "desk")
        val whole = file.readText()
        file.writeText(whole.replaceFirst("desk 1 ", "desk 2 "))
        assertEquals(Reason.TOO_NEW, refusal { Desk.open(directory) })
        file.writeText(whole.dropLast(9))
        assertEquals(Reason.DAMAGED, refusal { Desk.open(directory) })
        Desk.discard(directory)
        assertFalse(key.contentEquals(desk().issuerKey))
        assertEquals(Reason.STORAGE_FAILED, refusal { Desk.open(File(directory, "desk/below a file")) })
    }

    @Test
    fun theCardIsAnsweredWhileThePurchaseWaitsOnItsThread() {
        val card = installed("kernel3-no-verification")
        val purchase = pay { command ->
            desk().cards()
            if (command[1] == 0xA8.toByte()) desk().suspendCard(card)
            wallet().process(command)
        }
        assertEquals("card-not-active", purchase.verdict?.code)
    }
}
