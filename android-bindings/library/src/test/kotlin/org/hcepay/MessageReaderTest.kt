package org.hcepay

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.security.MessageDigest

/** The examples of `tests/messages`, against which the side that writes is held, too. */
class MessageReaderTest {
    @Test
    fun aSnapshotIsReadAsItsExampleSays() {
        val snapshot = MessageReader(example("snapshot")).snapshot()
        assertEquals(listOf(false, false, false), listOf(snapshot.isRolledBack, snapshot.isClockSetBack, snapshot.isClockWrong))
        val card = snapshot.cards.single()
        assertEquals(
            listOf(1, CardState.ACTIVE, 0, Protection.DEVICE, true),
            listOf(card.id, card.state, card.codesLeft, card.protection, card.isDefault),
        )
        val keys = card.replenishment
        assertEquals(listOf(2, 2, Ask.NOW, Why.FEW_KEYS_LEFT), listOf(keys.usesLeft, keys.daysOfCover, keys.ask, keys.why))
        assertEquals(listOf("A0000000031010" to 2, "A0000000032010" to 3), card.applications.map { it.aid to it.usesLeft })
        assertEquals(listOf("HCEPAY TEST 3", "HCEPAY TEST 3B"), card.applications.map { it.label })
        assertEquals(listOf(0, 0), listOf(card.onlineUsesLeft, card.codeUsesLeft))
        assertEquals(listOf("0046", 2029, 12), listOf(card.lastFour, card.expires?.year, card.expires?.month))
    }

    @Test
    fun theHolderSRulesAreReadAsTheirExampleSays() {
        val (plain) = MessageReader(example("snapshot")).snapshot().cards
        val none = listOf(plain.lowValue, plain.mayPassGates, plain.rules.isFrozen, plain.rules.passesGates)
        assertEquals(listOf(emptyList<Allowance>(), false, false, false), none)
        assertEquals(List(3) { null }, plain.rules.run { listOf(lowValue, temporaryUse, used) })
        val (ruled) = MessageReader(example("rules")).snapshot().cards
        assertEquals(CardState.RETIRED, ruled.state)
        assertEquals(listOf(7, 1), listOf(ruled.onlineUsesLeft, ruled.codeUsesLeft))
        assertEquals(listOf(true, true, true), listOf(ruled.mayPassGates, ruled.rules.isFrozen, ruled.rules.passesGates))
        assertEquals(listOf(Allowance(978, 2000, 5000, 4)), ruled.lowValue)
        assertEquals(listOf(Allowance(978, 1000, 2000, 2), Allowance(840, 0, 0, 255)), ruled.rules.lowValue)
        val amounts = listOf(MostPaid(978, 4000, 6000))
        val limits = TemporaryUse(TestIssuer.NEW_YEAR, 3, amounts, setOf(Channel.TAP, Channel.QR), listOf(5603, 514))
        assertEquals(limits, ruled.rules.temporaryUse)
        assertEquals(listOf(1, listOf(Amount(1250, 978))), ruled.rules.used?.run { listOf(taps, paid) })
        for (written in listOf(LimitWriter.temporaryUse(limits), LimitWriter.allowances(ruled.rules.lowValue!!))) {
            assertTrue("what is written is what is read", written.hex() in example("rules").hex())
        }
    }

    @Test
    fun reportsAreReadAsTheirExampleSays() {
        val (paid, nothing) = MessageReader(example("reports")).reports()
        assertEquals(listOf(1, null), listOf(paid.cardId, nothing.cardId))
        assertEquals(listOf(Channel.TAP, Channel.TAP), listOf(paid.channel, nothing.channel))
        val told = listOf(paid.id, paid.outcome, paid.reason, paid.amount, paid.aid, paid.counter, paid.usesLeft)
        assertEquals(listOf(1L, Outcome.TORN, TapReason.AFTER_CRYPTOGRAM, Amount(1250, 978), "A0000000031010", 1, 2), told)
        val attempts = paid.attempts.map { listOf(it.outcome, it.reason, it.amount, it.aid, it.counter) }
        val first = listOf(Outcome.VERIFICATION_NEEDED, TapReason.NOT_VERIFIED, Amount(1250, 978), "A0000000032010", null)
        assertEquals(listOf(first, listOf(Outcome.TORN, TapReason.AFTER_CRYPTOGRAM, Amount(1250, 978), "A0000000031010", 1)), attempts)
        assertEquals(listOf(0L, Outcome.NOTHING), listOf(nothing.id, nothing.outcome))
        val end = paid.certificate
        assertEquals(listOf(2026, 1, false), listOf(end?.month?.year, end?.month?.month, end?.isOver))
        assertEquals(null, nothing.certificate)
        assertEquals(List(5) { null }, listOf(nothing.reason, nothing.amount, nothing.aid, nothing.counter, nothing.usesLeft))
    }

    @Test
    fun alertsAreReadAsTheirExampleSays() {
        val (double, older) = MessageReader(example("alerts")).alerts()
        val told = listOf(double.id, double.contactId, double.rule, double.action, double.atMs, double.cardId)
        assertEquals(listOf(104L, 3L, AlertRule.DOUBLE_CHARGE, AlertAction.ALERT, 1_767_225_600_000L, 1), told)
        assertEquals(listOf(1250L, 978L, 20_000L), double.evidence)
        assertEquals("The same amount was asked for twice within 21 s, by terminals that gave the same name.", double.sentence)
        assertEquals(listOf(AlertRule.OLDER_COPY, null, emptyList<Long>()), listOf(older.rule, older.cardId, older.evidence))
    }

    @Test
    fun whatAContactShowedIsReadAsItsExampleSays() {
        val (paid, nothing) = MessageReader(example("reports")).reports()
        assertEquals(listOf(1_767_225_600_000, 0, listOf(0, 0, 0)), listOf(paid.atMs, paid.durationMs, paid.gapsMs))
        val claims = paid.terminal
        assertEquals(
            listOf(0, 276, null, null),
            listOf(claims.transactionType, claims.country, claims.merchantCategory, claims.merchantName),
        )
        assertEquals(listOf("2026-01-01", Method.BIOMETRIC), listOf(claims.date, paid.verified))
        assertEquals(listOf("CC".repeat(16), 3), paid.coupon?.run { listOf(couponId, number) })
        assertEquals(null, nothing.coupon)
        assertEquals(listOf(0L, emptyList<Int>(), null), listOf(nothing.atMs, nothing.gapsMs, nothing.verified))
        val none = nothing.terminal
        assertEquals(List(4) { null }, listOf(none.transactionType, none.country, none.date, none.merchantName))
    }

    @Test
    fun rowsAreReadAsTheirExampleSays() {
        val row = MessageReader(example("rows")).rows().single()
        assertEquals(listOf(1L, 1L, "Café", 2), listOf(row.id, row.report.id, row.merchant, row.report.attempts.size))
        val told = row.settlements.map { listOf(it.settled, it.declineReason, it.atMs, it.amount, it.aid, it.counter) }
        val amount = Amount(1250, 978)
        val declined = listOf(Settled.DECLINED, DeclineReason.SUSPECTED_FRAUD, 2L, amount, "A0000000031010", 1)
        assertEquals(listOf(listOf(Settled.APPROVED, null, 1L, amount, "A0000000031010", 1), declined), told)
    }

    @Test
    fun anAppliedEnvelopeIsReadAsItsExampleSays() {
        val applied = MessageReader(example("applied")).applied()
        val told = listOf(applied.purpose, applied.cardId, applied.highestSequence, applied.isCodeWrong)
        assertEquals(listOf(Purpose.INSTALL_CARD, 1, 7L, false), told)
    }

    @Test
    fun whatIsNextIsReadAsItsExampleSays() {
        val next = MessageReader(example("next")).next()
        assertEquals(listOf(false, NextRequest.CHECK_IN), listOf(next.isEnrolled, next.request))
    }

    @Test
    fun anOrderIsReadAsItsExampleSays() {
        val order = MessageReader(example("order")).order()
        val told = listOf(order.amount, order.merchantName, order.country, order.category)
        assertEquals(listOf(Amount(1999, 978), "Löwe", 276, null), told)
        assertEquals("hcepay order 1", String(order.bytes, 0, 14))
        assertEquals(MessageDigest.getInstance("SHA-256").digest(order.bytes).hex(), order.digest.hex())
    }

    @Test
    fun whatAMerchantSCodeAsksIsReadAsItsExampleSays() {
        val code = MessageReader(example("merchant-code")).merchantCode(ByteArray(0))
        assertEquals(listOf("ABC Hammers", "Berlin", 978, null), code.run { listOf(merchantName, merchantCity, currency, amount) })
        assertEquals(listOf(false, Amount(150, 978), null), code.run { listOf(asksForTip, fixedFee, feeHundredthsOfPercent) })
    }

    @Test
    fun anOnlinePaymentIsReadAsItsExampleSays() {
        val paid = MessageReader(example("online-payment")).onlinePayment()
        assertEquals(listOf("4761739001010010", 12, "V".repeat(29)), paid.run { listOf(token, sequenceNumber, accountReference) })
        assertEquals(listOf(2029, 12), paid.expires?.run { listOf(year, month) })
        assertEquals(listOf("D1".repeat(32), "51".repeat(64)), listOf(paid.orderDigest, paid.signature).map { it.hex() })
        assertEquals("9F36020001".repeat(60), paid.chipData.hex())
        assertEquals(listOf(7L, Channel.ONLINE, TapReason.VERIFIED), paid.report.run { listOf(id, channel, reason) })
    }

    @Test
    fun aCodeThatIsShownIsReadAsItsExampleSays() {
        val shown = MessageReader(example("consumer-code")).consumerCode()
        assertEquals(listOf(TestIssuer.NEW_YEAR + 60_000, "hQVDUFYwMQ=="), listOf(shown.untilMs, shown.text))
        val picture = List(shown.width) { y -> List(shown.width) { x -> if (shown.isDark(x, y)) '#' else '.' }.joinToString("") }
        assertEquals(listOf("#.#", "...", ".##"), picture)
        assertEquals(listOf(7L, Channel.QR), shown.report.run { listOf(id, channel) })
        for ((x, y) in listOf(-1 to 0, 3 to 0, 0 to -1, 0 to 3)) {
            assertThrows(IllegalArgumentException::class.java) { shown.isDark(x, y) }
        }
    }

    @Test
    fun aTransferAndItsRequestAreReadAsTheirExamplesSay() {
        val (digest, all) = MessageReader(example("transfer")).transfer()
        assertEquals(MessageDigest.getInstance("SHA-256").digest(all).hex(), digest.hex())
        val request = checkNotNull(MessageReader(example("transfer-request")).transferRequest())
        assertEquals(listOf(7L, "A5".repeat(300)), listOf(request.number, request.bytes.hex()))
        assertNull(MessageReader(byteArrayOf(1, 0)).transferRequest())
    }

    @Test
    fun transfersAreReadAsTheirExampleSays() {
        val (refused, pending) = MessageReader(example("transfers")).transferRows()
        assertEquals(listOf(7L, 1, TestIssuer.NEW_YEAR, Amount(5_000, 978)), refused.run { listOf(number, cardId, atMs, amount) })
        assertEquals(listOf("DE89 3704 0044 0532 0130 00", "Löwe", "Rent"), refused.run { listOf(payee, payeeName, note) })
        assertEquals(listOf(TransferState.REFUSED, TransferRefusal.PAYEE_UNKNOWN), refused.run { listOf(state, refusal) })
        assertEquals(listOf(TransferState.PENDING, null), pending.run { listOf(state, refusal) })
        assertEquals(listOf(TestIssuer.NEW_YEAR, null), listOf(refused.settledMs, pending.settledMs))
    }

    @Test
    fun couponsAreReadAsTheirExampleSays() {
        val (coffee, ofTheIssuer) = MessageReader(example("coupons")).coupons()
        assertEquals(listOf("CC".repeat(16), "Café", "Free coffee"), coffee.run { listOf(id, signer, title) })
        assertEquals(listOf(null, 10_000, "With a cake."), coffee.run { listOf(worth, worthInHundredthsOfPercent, conditions) })
        assertEquals(listOf(TestIssuer.NEW_YEAR, TestIssuer.NEW_YEAR), coffee.run { listOf(validFromMs, validUntilMs) })
        assertEquals(listOf(3, 1, CouponState.VALID), coffee.run { listOf(uses, usesLeft, state) })
        val (redeemed, unknown) = coffee.presented
        assertEquals(listOf(1, TestIssuer.NEW_YEAR, CouponSettled.REDEEMED), redeemed.run { listOf(number, settledMs, settled) })
        assertEquals(listOf(2, null, null, null), unknown.run { listOf(number, atMs, settled, settledMs) })
        assertEquals(listOf(Amount(500, 978), null), ofTheIssuer.run { listOf(worth, worthInHundredthsOfPercent) })
        assertEquals(listOf(null, ""), ofTheIssuer.run { listOf(signer, conditions) })
        assertEquals(CouponState.EXPIRED, ofTheIssuer.state)
    }

    @Test
    fun aBalanceIsReadAsItsExampleSays() {
        val balance = checkNotNull(MessageReader(example("balance")).balance())
        assertEquals(listOf(Amount(-250, 978), Amount(100_000, 978)), listOf(balance.available, balance.booked))
        assertEquals(listOf(2L, TestIssuer.NEW_YEAR, 60_000L), balance.run { listOf(sequence, asOfMs, ageMs) })
        assertEquals(listOf(9L), balance.paidSince.map { it.id })
        assertEquals(listOf(7L), balance.sentSince.map { it.number })
        assertNull(MessageReader(byteArrayOf(1, 0)).balance())
    }

    @Test
    fun aMessageOfAnotherVersionOrLengthIsNotRead() {
        val whole = example("applied")
        assertThrows(IllegalStateException::class.java) { MessageReader(whole + 0).applied() }
        assertThrows(IllegalStateException::class.java) { MessageReader(whole.clone().also { it[0] = 2 }).applied() }
        assertThrows(RuntimeException::class.java) { MessageReader(whole.copyOf(whole.size - 1)).applied() }
        assertNull(MessageReader(whole.clone().also { it[1] = 0 }).applied().purpose)
    }

    companion object {
        private fun example(name: String): ByteArray =
            File(System.getProperty("hcepay.messages"), "$name.txt").readLines().joinToString("") {
                it.substringBefore('#').filterNot(Char::isWhitespace)
            }.hex()

        /** One that no wallet holds. */
        fun coupon(): Coupon = MessageReader(example("coupons")).coupons().first()
    }
}
