package org.hcepay

import org.hcepay.TestPhone.Companion.idle
import org.hcepay.TestPhone.Companion.onWorker
import org.hcepay.TestPhone.Companion.reason
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

/** What the holder decides: for what he verifies, which card pays once, and what a card may do. */
@RunWith(SandboxRunner::class)
class HolderRulesTest {
    @get:Rule
    val phone = TestPhone()

    private val wallet get() = checkNotNull(Wallet.current())

    private fun card(place: Int = 0) = wallet.cards[place]

    /** The terminal asks for it, and the report says what came of it. */
    private fun tap(minor: Long = 1250, currency: Int = 978): TapReport {
        phone.issuer.purchase(minor, currency, wallet::process)
        return wallet.deactivated().also { idle() }
    }

    private fun verifiedFor(scope: Scope) = phone.arm(wallet, scope = scope)

    /** Two cards; the first one is the default. */
    private fun twoCards(second: String = "kernel3-cvn43") {
        val first = onWorker { phone.issuer.install(phone.open(), "kernel3-cvn18", 3) }
        onWorker { phone.issuer.installAnother(wallet, first.wallet, second, 3) }
        assertEquals(listOf(true, false), wallet.cards.map { it.isDefault })
    }

    @Test
    fun whoVerifiedForOnePaymentPaysThatOneAndNoOther() {
        phone.walletWith("kernel3-cvn18")
        for (another in listOf(Amount(1251, 978), Amount(1249, 978), Amount(1250, 840), Amount(0, 978))) {
            verifiedFor(Scope.payment(card(), another))
            val refused = tap()
            assertEquals(Outcome.VERIFICATION_NEEDED, refused.outcome)
            assertEquals("$another", TapReason.ARMED_FOR_ANOTHER_PAYMENT, refused.reason)
        }
        verifiedFor(Scope.payment(card(), Amount(1250, 978)))
        assertEquals(TapReason.ARMED_FOR_ANOTHER_PAYMENT, tap(minor = 125_000).reason)
        val paid = tap()
        assertEquals("the verification was good until then", TapReason.VERIFIED, paid.reason)
        assertEquals(TapReason.NOT_VERIFIED, tap().reason)
        for (none in listOf(Amount(-1, 978), Amount(1, -1), Amount(1, 0x10000))) {
            assertThrows(IllegalArgumentException::class.java) { Scope.payment(card(), none) }
        }
    }

    @Test
    fun whoVerifiedForOneCardPaysWithNoOther() {
        twoCards()
        verifiedFor(Scope.card(card(1)))
        assertEquals(TapReason.ARMED_FOR_ANOTHER_CARD, tap().reason)
        onWorker { wallet.setDefault(card(1)) }
        assertEquals(listOf(card(1).id, TapReason.VERIFIED), tap().run { listOf(cardId, reason) })
        val gone = Scope.card(card(0))
        onWorker { wallet.delete(card(0)) }
        assertEquals(Reason.UNKNOWN_CARD, reason { wallet.arm(phone.proof(wallet), scope = gone) })
        assertNull(wallet.armedUntil)
    }

    @Test
    fun aReportNamesWhatIsToBeVerifiedFor() {
        phone.walletWith("kernel3-cvn18")
        assertEquals(Scope.payment(card(), Amount(1250, 978)), Scope.of(tap()))
        phone.issuer.purchase { if (it[1] == SELECT) wallet.process(it) else byteArrayOf(0x6F, 0) }
        assertEquals("the terminal has named no amount yet", Scope.card(card()), Scope.of(wallet.deactivated()))
        assertEquals(Scope.ANY_CARD, Scope.of(TapReport.ofFault()))
    }

    @Test
    fun aCardChosenOncePaysOnceAlsoInTheNextProcessAndThenTheDefaultCardAgain() {
        twoCards()
        onWorker { wallet.useOnce(card(1)) }
        phone.restartProcess()
        onWorker(phone::open)
        assertEquals(card(1).id, wallet.chosenOnce?.id)
        assertEquals("nothing is spent: the choice stays", TapReason.NOT_VERIFIED, tap().reason)
        for (cardId in listOf(card(1).id, card(0).id)) {
            verifiedFor(Scope.ANY_CARD)
            assertEquals(listOf(cardId, TapReason.VERIFIED), tap().run { listOf(this.cardId, reason) })
            assertNull(wallet.chosenOnce)
        }
        assertEquals(listOf(true, false), wallet.cards.map { it.isDefault })
    }

    @Test
    fun aChoiceForOnePaymentIsOverWithItsWindowAndTakenBackByNull() {
        twoCards()
        var heard = 0
        wallet.observe { heard++ }
        onWorker { wallet.useOnce(card(1), 5) }
        val before = heard
        phone.pass(4_999)
        idle()
        assertEquals(listOf(card(1).id, before), listOf(wallet.chosenOnce?.id, heard))
        phone.pass(1)
        idle()
        assertNull(wallet.chosenOnce)
        assertEquals("listeners hear that it is over", before + 1, heard)
        onWorker { wallet.useOnce(card(1), 600) }
        phone.pass(599_999)
        assertEquals(card(1).id, wallet.chosenOnce?.id)
        onWorker { wallet.useOnce(null) }
        assertNull(wallet.chosenOnce)
        for (seconds in listOf(4, 601, -1, Int.MAX_VALUE)) {
            assertThrows(IllegalArgumentException::class.java) { onWorker { wallet.useOnce(card(1), seconds) } }
        }
        val gone = card(1)
        onWorker { wallet.delete(gone) }
        assertEquals(Reason.UNKNOWN_CARD, reason { wallet.useOnce(gone) })
        assertNull(wallet.chosenOnce)
    }

    @Test
    fun aFrozenCardPaysNothingUntilItsHolderIsVerified() {
        twoCards()
        verifiedFor(Scope.ANY_CARD)
        onWorker { wallet.freeze(card()) }
        assertNull("the verification is taken back", wallet.armedUntil)
        verifiedFor(Scope.ANY_CARD)
        assertEquals(listOf(Outcome.DECLINED, TapReason.FROZEN), tap().run { listOf(outcome, reason) })
        phone.restartProcess()
        onWorker(phone::open)
        assertEquals(listOf(true, false), wallet.cards.map { it.rules.isFrozen })
        assertEquals(Reason.NOT_VERIFIED, reason { wallet.unfreeze(card()) })
        verifiedFor(Scope.card(card(1)))
        assertEquals("for another card", Reason.NOT_VERIFIED, reason { wallet.unfreeze(card()) })
        verifiedFor(Scope.card(card()))
        onWorker { wallet.unfreeze(card()) }
        assertFalse(card().rules.isFrozen)
        assertEquals("that verification is used up", TapReason.NOT_VERIFIED, tap().reason)
        verifiedFor(Scope.ANY_CARD)
        assertEquals(TapReason.VERIFIED, tap().reason)
    }

    @Test
    @Config(sdk = [28])
    fun freezingWaitsForNothingElseThatTheWalletDoes() {
        phone.walletWith("kernel3-cvn18")
        val freezing = Thread { runCatching { wallet.freeze(card()) } }
        var wasFrozen = false
        phone.keyStore.isVerified = true
        phone.keyStore.mint.meanwhile = {
            phone.keyStore.mint.meanwhile = null
            freezing.start()
            repeat(100) { if (!card().rules.isFrozen) Thread.sleep(20) }
            wasFrozen = card().rules.isFrozen
        }
        onWorker { wallet.arm(Authentication.reported(Method.BIOMETRIC, null)) }
        freezing.join(5_000)
        assertTrue("frozen while the key store was waited for", wasFrozen)
        assertEquals(TapReason.FROZEN, tap().reason)
    }

    @Test
    fun aCardUsedUpRetiresForGoodAndSaysWhy() {
        phone.walletWith("kernel3-no-verification")
        onWorker { wallet.limitUse(card(), TemporaryUse(null, 2, listOf(MostPaid(978, 2000, 5000)))) }
        assertEquals(TemporaryUse(null, 2, listOf(MostPaid(978, 2000, 5000))), card().rules.temporaryUse)
        assertEquals(TapReason.OVER_HOLDER_LIMIT, tap(2001).reason)
        assertEquals(TapReason.VERIFICATION_NOT_NEEDED, tap(2000).reason)
        assertEquals(listOf(1, listOf(Amount(2000, 978))), card().rules.used?.run { listOf(taps, paid) })
        assertEquals(CardState.ACTIVE, card().state)
        tap(100)
        assertEquals(CardState.RETIRED, card().state)
        assertEquals(listOf(Outcome.DECLINED, TapReason.TEMPORARY_USE_OVER), tap().run { listOf(outcome, reason) })
        assertEquals(0, card().applications.single().usesLeft)
        verifiedFor(Scope.ANY_CARD)
        val calls: List<(Card) -> Unit> = listOf(
            wallet::freeze,
            wallet::unfreeze,
            { wallet.passGates(it, true) },
            { wallet.limitLowValue(it, null) },
            { wallet.limitUse(it, null) },
        )
        for (call in calls) assertEquals(Reason.CARD_RETIRED, reason { call(card()) })
        onWorker { wallet.delete(card()) }
        assertEquals(0, wallet.cards.size)
    }

    @Test
    fun aTemporaryUseEndsWithItsTimeAndIsLiftedByAVerifiedHolderAlone() {
        phone.walletWith("kernel3-everyday")
        val until = TestIssuer.NEW_YEAR + 60_000
        val limits = TemporaryUse(until, null, channels = setOf(Channel.TAP, Channel.QR), merchantCategories = listOf(4111, 514))
        onWorker { wallet.limitUse(card(), limits) }
        assertEquals(limits, card().rules.temporaryUse)
        assertEquals("a terminal that names no merchant", TapReason.OVER_HOLDER_LIMIT, tap().reason)
        assertEquals(Reason.NOT_VERIFIED, reason { wallet.limitUse(card(), null) })
        assertEquals(Reason.NOT_VERIFIED, reason { wallet.limitUse(card(), TemporaryUse(until + 1, null)) })
        verifiedFor(Scope.card(card()))
        onWorker { wallet.limitUse(card(), TemporaryUse(until, null)) }
        assertEquals(TapReason.LOW_VALUE, tap().reason)
        phone.pass(60_000)
        assertEquals(TapReason.TEMPORARY_USE_OVER, tap().reason)
        assertEquals(CardState.RETIRED, card().state)
    }

    @Test
    fun limitsThatAreNoneAreRefusedAndChangeNothing() {
        phone.walletWith("kernel3-cvn18")
        val euros = Allowance(978, 1000, 2000, 2)
        val lists = listOf(
            listOf(euros, euros),
            listOf(3, 4).map { Allowance(it, 1, 1, 1) },
            listOf(Allowance(978, 2001, 2000, 2)),
            listOf(Allowance(978, 1000, 2000, 0)),
            listOf(Allowance(978, 1000, 2000, 256)),
            listOf(Allowance(978, -1, -1, 1)),
            listOf(Allowance(978 + 0x10000, 1000, 2000, 2)),
            List(300) { euros },
        )
        for (list in lists) assertEquals("$list", Reason.LIMIT_INVALID, reason { wallet.limitLowValue(card(), list) })
        val uses = listOf(
            TemporaryUse(null, null),
            TemporaryUse(null, 0),
            TemporaryUse(null, -1),
            TemporaryUse(null, 0xFFFF),
            TemporaryUse(-1, null),
            TemporaryUse(null, 1, listOf(MostPaid(978, -1, 1))),
            TemporaryUse(null, 1, listOf(MostPaid(3, 1, 1))),
            TemporaryUse(null, 1, merchantCategories = List(17) { it }),
        )
        for (use in uses) assertEquals(Reason.LIMIT_INVALID, reason { wallet.limitUse(card(), use) })
        val byMerchant = TemporaryUse(null, 1, merchantCategories = listOf(5812))
        assertEquals(Reason.MERCHANT_NOT_ASKED, reason { wallet.limitUse(card(), byMerchant) })
        assertNull(card().rules.lowValue)
        assertNull(card().rules.temporaryUse)
        onWorker { wallet.limitUse(card(), TemporaryUse(Long.MAX_VALUE, 0xFFFE)) }
        assertEquals(TemporaryUse(Long.MAX_VALUE, 0xFFFE), card().rules.temporaryUse)
    }

    @Test
    fun lessWithoutVerificationTheHolderChoosesFreelyAndMoreOnlyVerified() {
        phone.walletWith("kernel3-everyday")
        assertEquals(listOf(Allowance(978, 2000, 5000, 4)), card().lowValue)
        assertNull(card().rules.lowValue)
        assertEquals(TapReason.LOW_VALUE, tap().reason)
        onWorker { wallet.limitLowValue(card(), emptyList()) }
        assertEquals(emptyList<Allowance>(), card().rules.lowValue)
        assertEquals(Outcome.VERIFICATION_NEEDED, tap().outcome)
        val some = listOf(Allowance(978, 1250, 1250, 255), Allowance(840, 0, 0, 1))
        assertEquals(Reason.NOT_VERIFIED, reason { wallet.limitLowValue(card(), some) })
        verifiedFor(Scope.card(card()))
        onWorker { wallet.limitLowValue(card(), some) }
        assertEquals(some, card().rules.lowValue)
        assertEquals("what was paid before counts", TapReason.ALLOWANCE_USED_UP, tap().reason)
        verifiedFor(Scope.ANY_CARD)
        assertEquals(TapReason.VERIFIED, tap().reason)
        assertEquals(Outcome.VERIFICATION_NEEDED, tap(1251).outcome)
        assertEquals(TapReason.LOW_VALUE, tap(1250).reason)
        assertEquals(Reason.NOT_VERIFIED, reason { wallet.limitLowValue(card(), null) })
    }

    @Test
    fun aCardPassesGatesWhereItsIssuerAllowsThatAndItsVerifiedHolderWantsIt() {
        phone.walletWith("kernel3-everyday")
        assertEquals(listOf(true, false), listOf(card().mayPassGates, card().rules.passesGates))
        assertEquals(Reason.NOT_VERIFIED, reason { wallet.passGates(card(), true) })
        verifiedFor(Scope.card(card()))
        onWorker { wallet.passGates(card(), true) }
        assertTrue(card().rules.passesGates)
        onWorker { wallet.passGates(card(), false) }
        assertFalse(card().rules.passesGates)
        phone.startAnew()
        assertFalse(phone.walletWith("kernel3-cvn18").cards.single().mayPassGates)
        assertEquals(emptyList<Allowance>(), card().lowValue)
    }
}

private const val SELECT = 0xA4.toByte()
