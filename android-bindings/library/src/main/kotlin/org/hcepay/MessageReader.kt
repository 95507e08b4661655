package org.hcepay

import java.nio.ByteBuffer

/** Reads what natives give as bytes. `message.rs` says what stands in each message. */
internal class MessageReader(bytes: ByteArray) {
    private val rest: ByteBuffer = ByteBuffer.wrap(bytes)

    private fun u8(): Int = rest.get().toInt() and 0xFF

    private fun u16(): Int = rest.getShort().toInt() and 0xFFFF

    private fun i32(): Int = rest.getInt()

    private fun i32OrNull(): Int? = i32().takeIf { it != -1 }

    private fun bytes(length: Int): ByteArray = ByteArray(length).also { rest.get(it) }

    private fun hex(): String = bytes(u8()).inHexadecimal()

    private fun version() = check(u8() == 1) { "a message of another version" }

    private fun <T> end(message: T): T = message.also { check(!rest.hasRemaining()) { "a message that is too long" } }

    fun snapshot(): Snapshot {
        version()
        val flags = u8()
        val cards = List(u16()) { card() }
        val made = listOfNotNull(
            KeyFile.AGREEMENT.takeIf { flags and 4 != 0 },
            KeyFile.UNLOCKED.takeIf { flags and 8 != 0 },
            KeyFile.AUTHENTICATED.takeIf { flags and 16 != 0 },
        )
        return end(Snapshot(cards, flags and 1 != 0, flags and 2 != 0, flags and 32 != 0, made))
    }

    private fun card(): Card {
        val id = i32()
        val state = u8().let { number -> CardState.entries.first { it.number == number } }
        val codesLeft = u8()
        val protection = Protection.entries[u8() - 1]
        u16() // how many uses a key may have: the issuer's business
        val isDefault = u8() and 2 != 0
        val lastFour = bytes(4).joinToString("")
        val expires = month()
        val replenishment = Replenishment(i32(), i32OrNull(), Ask.entries[u8()], Why.entries[u8() - 1], certificate())
        val (online, byCodes) = i32() to i32()
        val applications = List(u8()) {
            val aid = hex()
            val label = String(bytes(u8()), Charsets.US_ASCII)
            u16() // the counter: nothing that the holder knows of
            CardApplication(aid, label, i32())
        }
        val bits = u8()
        val lowValue = allowances()
        val rules = rules(bits)
        val mayPassGates = bits and 4 != 0
        return Card(
            id, lastFour, expires, state, codesLeft, protection, isDefault, applications, online, byCodes, replenishment, lowValue,
            mayPassGates, rules,
        )
    }

    private fun rules(bits: Int): HolderRules {
        val lowValue = if (bits and 8 != 0) allowances() else null
        val temporaryUse = if (bits and 16 != 0) temporaryUse() else null
        val used = temporaryUse?.let { TemporarilyUsed(u16(), List(u8()) { Amount(rest.getLong(), u16()) }) }
        return HolderRules(bits and 1 != 0, bits and 2 != 0, lowValue, temporaryUse, used)
    }

    private fun allowances() = List(u8()) { Allowance(u16(), rest.getLong(), rest.getLong(), u8()) }

    private fun temporaryUse(): TemporaryUse {
        val untilMs = rest.getLong().takeIf { it != -1L }
        val taps = u16().takeIf { it != 0xFFFF }
        val amounts = List(u8()) { MostPaid(u16(), rest.getLong(), rest.getLong()) }
        val bits = u8()
        val channels = Channel.entries.filter { bits and (1 shl it.ordinal) != 0 }.toSet()
        return TemporaryUse(untilMs, taps, amounts, channels, List(u8()) { u16() })
    }

    private fun month(): ExpiryMonth? = u16().let { year -> ExpiryMonth(year, u8()).takeIf { year != 0 } }

    private fun certificate(): CertificateEnd? {
        val month = month()
        val isOver = u8() != 0
        return month?.let { CertificateEnd(it, isOver) }
    }

    fun reports(): List<TapReport> {
        version()
        return end(List(u16()) { report() })
    }

    private fun report(): TapReport {
        val id = rest.getLong()
        val channel = Channel.entries[u8() - 1]
        val cardId = i32().takeIf { it != 0 }
        val outcome = Outcome.entries[u8() - 1]
        val reason = reason(u8())
        val usesLeft = i32OrNull()
        val (amount, counter, aid) = about()
        return TapReport(
            id,
            channel,
            cardId,
            outcome,
            reason,
            amount,
            aid,
            counter,
            atMs = rest.getLong(),
            durationMs = i32(),
            gapsMs = List(u8()) { i32() },
            verified = Method.entries.getOrNull(u8() - 1),
            terminal = claims(),
            coupon = couponUse(),
            usesLeft = usesLeft,
            certificate = certificate(),
            attempts = List(u8()) { attempt() },
        )
    }

    private fun claims(): TerminalClaims {
        val (transactionType, country, category) = List(3) { u16().takeIf { it != 0xFFFF } }
        val date = hex().takeIf { it.isNotEmpty() }?.let { "20${it.substring(0, 2)}-${it.substring(2, 4)}-${it.substring(4)}" }
        return TerminalClaims(transactionType, country, text(), category, date)
    }

    private fun couponUse(): CouponUse? {
        val (coupon, number) = hex() to u16()
        return if (number == 0) null else CouponUse(coupon, number)
    }

    private fun text(): String? = String(bytes(u8()), Charsets.UTF_8).ifEmpty { null }

    fun rows(): List<JournalRow> {
        version()
        return end(listOfRows())
    }

    private fun listOfRows() = List(u16()) { JournalRow(rest.getLong(), report(), text(), List(u8()) { settlement() }) }

    fun transferRows(): List<TransferRow> {
        version()
        return end(listOfTransfers())
    }

    private fun listOfTransfers() = List(u16()) {
        TransferRow(
            number = rest.getLong(),
            cardId = i32(),
            atMs = rest.getLong(),
            verified = Method.entries[u8() - 1],
            amount = Amount(rest.getLong(), u16()),
            payee = text().orEmpty(),
            payeeName = text().orEmpty(),
            note = text().orEmpty(),
            state = TransferState.entries[u8()],
            refusal = TransferRefusal.entries.getOrNull(u8() - 1),
            settledMs = rest.getLong().takeIf { it != 0L },
        )
    }

    /** Its digest, and the transfer as it is handed back. */
    fun transfer(): Pair<ByteArray, ByteArray> {
        version()
        return end(bytes(DIGEST_LENGTH) to bytes(u16()))
    }

    fun transferRequest(): TransferRequest? {
        version()
        return end(if (u8() == 0) null else TransferRequest(rest.getLong(), bytes(u16())))
    }

    fun coupons(): List<Coupon> {
        version()
        return end(List(u8()) { coupon() })
    }

    private fun coupon(): Coupon {
        val (id, signer, title) = Triple(bytes(COUPON_ID_LENGTH), text(), text().orEmpty())
        val (kind, howMuch, currency) = Triple(u8(), rest.getLong(), u16())
        return Coupon(
            id,
            signer,
            title,
            worth = if (kind == 1) Amount(howMuch, currency) else null,
            worthInHundredthsOfPercent = if (kind == 2) howMuch.toInt() else null,
            conditions = String(bytes(u16()), Charsets.UTF_8),
            validFromMs = rest.getLong(),
            validUntilMs = rest.getLong(),
            uses = u16(),
            usesLeft = u16(),
            state = CouponState.entries[u8() - 1],
            presented = List(u8()) { presentedUse() },
        )
    }

    private fun presentedUse(): PresentedUse {
        val (number, atMs) = u16() to rest.getLong().takeIf { it != 0L }
        val settled = CouponSettled.entries.getOrNull(u8() - 1)
        return PresentedUse(number, atMs, settled, rest.getLong().takeIf { settled != null })
    }

    fun balance(): Balance? {
        version()
        if (u8() == 0) return end(null)
        val (sequence, asOfMs, ageMs) = List(3) { rest.getLong() }
        val currency = u16()
        val (available, booked) = List(2) { Amount(rest.getLong(), currency) }
        return end(Balance(available, booked, asOfMs, ageMs, sequence, listOfRows(), listOfTransfers()))
    }

    private fun settlement(): Settlement {
        val settled = Settled.entries[u8() - 1]
        val why = DeclineReason.entries.getOrNull(u8() - 1)
        val atMs = rest.getLong()
        val (amount, counter, aid) = about()
        return Settlement(settled, why, atMs, checkNotNull(amount), checkNotNull(aid), checkNotNull(counter))
    }

    fun alerts(): List<Alert> {
        version()
        return end(List(u16()) { alert() })
    }

    private fun alert(): Alert {
        val (id, contact) = rest.getLong() to rest.getLong()
        val rule = u8().let { number -> AlertRule.entries.first { it.number == number } }
        val action = AlertAction.entries[u8() - 1]
        val atMs = rest.getLong()
        val cardId = i32().takeIf { it != 0 }
        val evidence = List(u8()) { rest.getLong() }
        return Alert(id, contact, rule, action, atMs, cardId, evidence, String(bytes(u8()), Charsets.UTF_8))
    }

    private fun attempt(): Attempt {
        val outcome = Outcome.entries[u8() - 1]
        val reason = checkNotNull(reason(u8())) { "an attempt without a reason" }
        val (amount, counter, aid) = about()
        return Attempt(outcome, reason, amount, aid, counter)
    }

    private fun about(): Triple<Amount?, Int?, String?> {
        val minor = rest.getLong()
        val currency = u16()
        val amount = if (minor < 0 || currency == 0xFFFF) null else Amount(minor, currency)
        return Triple(amount, u16().takeIf { it != 0 }, hex().ifEmpty { null })
    }

    fun applied(): Applied {
        version()
        val purpose = Purpose.entries.getOrNull(u8() - 1)
        return end(Applied(purpose, i32().takeIf { it != 0 }, rest.getLong(), u8() != 0))
    }

    fun next(): Next {
        version()
        return end(Next(u8() != 0, NextRequest.entries[u8()]))
    }

    /** A token, and what is to be signed (32 bytes) or agreed with (65). */
    fun begun(length: Int): Pair<Long, ByteArray> {
        version()
        return end(rest.getLong() to bytes(length))
    }

    fun number(): Long = end(rest.getLong())

    fun order(): OnlineOrder {
        version()
        val amount = Amount(rest.getLong(), u16())
        val (country, category) = List(2) { u16().takeIf { it != 0 } }
        val merchantName = String(bytes(u8()), Charsets.UTF_8)
        return end(OnlineOrder(amount, merchantName, country, category, bytes(DIGEST_LENGTH), bytes(u8())))
    }

    /** The text is that of the code. */
    fun merchantCode(text: ByteArray): MerchantCode {
        version()
        val (name, city) = List(2) { String(bytes(u8()), Charsets.UTF_8) }
        val currency = u16()
        val amount = rest.getLong().takeIf { it >= 0 }?.let { Amount(it, currency) }
        val (tipOrFee, howMuch) = u8() to rest.getLong()
        val fixed = if (tipOrFee == 2) Amount(howMuch, currency) else null
        val hundredths = if (tipOrFee == 3) howMuch.toInt() else null
        return end(MerchantCode(text, name, city, currency, amount, tipOrFee == 1, fixed, hundredths))
    }

    fun onlinePayment(): OnlinePayment {
        version()
        return end(
            OnlinePayment(
                token = String(bytes(u8()), Charsets.US_ASCII),
                expires = month(),
                sequenceNumber = u8().takeIf { it != 0xFF }?.let { it / 16 * 10 + it % 16 },
                accountReference = text(),
                orderDigest = bytes(DIGEST_LENGTH),
                signature = bytes(SIGNATURE_LENGTH),
                chipData = bytes(u16()),
                report = report(),
            ),
        )
    }

    fun consumerCode(): ConsumerCode {
        version()
        val (untilMs, text) = rest.getLong() to String(bytes(u16()), Charsets.US_ASCII)
        val width = u8()
        return end(ConsumerCode(text, untilMs, width, bytes((width * width + 7) / 8), report()))
    }

    companion object {
        private const val DIGEST_LENGTH = 32
        private const val COUPON_ID_LENGTH = 16
        private const val SIGNATURE_LENGTH = 64

        /** As the core numbers it; null for 0. */
        fun reason(number: Int): TapReason? = TapReason.entries.getOrNull(number - 1)
    }
}

/**
 * How the wallet stood at one moment.
 *
 * @property knownKeys the keys of the phone whose public points the wallet knows; the agreement key stands for both device keys
 */
internal class Snapshot(
    val cards: List<Card>,
    val isRolledBack: Boolean,
    val isClockSetBack: Boolean,
    val isClockWrong: Boolean,
    val knownKeys: List<KeyFile>,
)

/** What the wallet is to ask its issuer next, and whether it has ever heard of it. */
internal class Next(val isEnrolled: Boolean, val request: NextRequest)

internal fun ByteArray.inHexadecimal(): String = joinToString("") { byte -> "%02X".format(byte) }
