package org.hcepay.demo.desk

import android.os.Build
import org.hcepay.Amount
import org.hcepay.DeclineReason
import org.hcepay.OnlineOrder
import org.hcepay.OnlinePayment
import org.hcepay.Protection
import org.hcepay.Settled
import org.hcepay.TransferRequest
import java.io.Closeable
import java.io.File
import java.nio.ByteBuffer
import org.hcepay.Channel as Way

/**
 * The demo's own issuer and terminal. All keys are test keys. It serves one wallet, the last that enrolled: what another one of
 * this app had is deleted then. What it knows is in its directory, whole, whenever a process ends.
 *
 * Everything here may write a file: not for the main thread. Threads may share it; while a purchase waits for the card, the issuer
 * answers others. What it refuses it throws as [DeskException].
 *
 * [clock] is the phone's wall clock, in milliseconds since 1970; the issuer's goes with it, see [setIssuerTime].
 */
class Desk private constructor(private val number: Long, private val clock: () -> Long) : Closeable {
    /** The public key that a wallet is made with: 65 bytes. */
    val issuerKey: ByteArray get() = payload(DeskNative.issuerKey(number))

    /** For one enrolment. */
    fun challenge(): ByteArray = payload(DeskNative.challenge(number))

    /** Answers a request of the wallet, of any kind, with envelopes, in the order in which they are to be applied. */
    fun answer(request: ByteArray): List<ByteArray> = Message(payload(DeskNative.answer(number, clock(), request))).envelopes()

    /** The issuer refuses the next request with [Reason.TOLD_TO_REFUSE], or does not any more. */
    @JvmOverloads
    fun refuseNext(refuses: Boolean = true) {
        payload(DeskNative.refuseNext(number, if (refuses) 1 else 0))
    }

    /** Whether it does. */
    fun refusesNext(): Boolean = payload(DeskNative.refusesNext(number)).single() == 1.toByte()

    /**
     * Sends a card, with so many keys for each of its applications. With [codes] it waits for an identity check, of which so many
     * codes may be tried. Its keys are sealed to what the card wants, or to what [protection] says.
     */
    @JvmOverloads
    fun install(name: String, keys: Int = 10, codes: Int = 0, protection: Protection? = null): Installed {
        val sealedTo = protection?.let { it.ordinal + 1 } ?: 0
        return Message(payload(DeskNative.install(number, clock(), name.toByteArray(), keys, codes, sealedTo))).installed()
    }

    /** The card must not pay for now. The envelope tells the wallet so; where it is not applied, it waits for the wallet's next request. */
    fun suspendCard(card: Int): ByteArray = move(1, card)

    /** A suspended card may pay again. */
    fun resumeCard(card: Int): ByteArray = move(2, card)

    /** The card gets an expiry three years later. */
    fun renewCard(card: Int): ByteArray = move(3, card)

    /** The card ends. It can be installed anew then, under another number. */
    fun deleteCard(card: Int): ByteArray = move(4, card)

    /** Sends a card keys of a channel, so many uses for each of its applications. */
    fun sendKeys(card: Int, channel: Way, uses: Int): List<ByteArray> =
        Message(payload(DeskNative.sendKeys(number, clock(), card, number(channel), uses))).envelopes()

    /** What the bank says of a payment for an order, whoever has made that. */
    fun judge(payment: OnlinePayment, order: OnlineOrder): Verdict {
        val token = payment.token.toByteArray()
        val answer = DeskNative.judgeOnline(number, clock(), token, order.bytes, payment.signature, payment.chipData)
        return Message(payload(answer)).verification()
    }

    /** What the bank says of a code that the shop has read off a screen, for an amount that the shop names. */
    fun judge(code: String, amount: Amount): Verdict =
        Message(payload(DeskNative.judgeCode(number, clock(), code.toByteArray(), amount.minor, amount.currency))).verification()

    /** As envelopes number them. */
    private fun number(channel: Way): Int = channel.ordinal + 1

    /**
     * What became of a payment at this desk's terminal, with the shop's name as its issuer knows it. The envelope tells the wallet so.
     * Of which payment, [aid] (hexadecimal) and [counter] say; [reason] with [Settled.DECLINED] alone.
     */
    fun notice(
        card: Int,
        aid: String,
        counter: Int,
        settled: Settled,
        amount: Amount,
        reason: DeclineReason = DeclineReason.NOT_TOLD,
        channel: Way = Way.TAP,
    ): ByteArray {
        val event = if (settled == Settled.DECLINED) "${code(settled)}:${code(reason)}" else code(settled)
        val name = aid.chunked(2).map { it.toInt(16).toByte() }.toByteArray()
        val said = event.toByteArray()
        val answer = DeskNative.notice(number, clock(), card, name, number(channel), counter, said, amount.minor, amount.currency)
        return Message(payload(answer)).envelopes().single()
    }

    private fun code(word: Enum<*>) = word.name.lowercase().replace('_', '-')

    /** The envelope tells the wallet what the account behind a card has now. */
    fun tellBalance(card: Int): ByteArray = Message(payload(DeskNative.tellBalance(number, clock(), card))).envelopes().single()

    /** What the bank says of a transfer that the wallet asks for. It does each one once. */
    fun transfer(request: TransferRequest): Transferred =
        Message(payload(DeskNative.transfer(number, clock(), request.bytes))).transferred()

    /**
     * Makes a coupon of the demo shop, and sends it: envelopes, to be applied in their order. From then on the terminal asks for a coupon
     * before each payment. One of another shop, where it [isStrange], the wallet refuses, as the issuer has never named it; the envelope
     * behind it is in order.
     */
    @JvmOverloads
    fun sendCoupon(coupon: CouponOrder, isStrange: Boolean = false): List<ByteArray> {
        val answer = DeskNative.sendCoupon(
            number,
            clock(),
            coupon.title.toByteArray(),
            coupon.conditions.toByteArray(),
            coupon.worth,
            coupon.currency,
            coupon.inMs,
            coupon.forMs,
            coupon.uses,
            if (isStrange) 1 else 0,
        )
        return Message(payload(answer)).envelopes()
    }

    /** The wallet's cards, deleted ones too. */
    fun cards(): List<CardAtIssuer> = Message(payload(DeskNative.cards(number))).cards()

    /** What the issuer's clock shows, in milliseconds since 1970. */
    fun issuerTime(): Long = ByteBuffer.wrap(payload(DeskNative.clock(number, clock()))).getLong()

    /** Sets it, back too. It goes on with the phone's; where that is set back, it stands. */
    fun setIssuerTime(wallMs: Long) {
        payload(DeskNative.setClock(number, clock(), wallMs))
    }

    /**
     * Buys something: [terminal] talks to the card over [channel] on this thread, and asks the issuer where it wants its word. Where the
     * shop has made coupons, it asks for one first, and for what is left of the amount then.
     * [currency] is the number of ISO 4217. Of the token only the last four digits are shown, of other account data nothing, unless
     * [whole].
     *
     * That the field is gone then is for the app to tell its service.
     */
    @JvmOverloads
    fun purchase(
        amountMinor: Long,
        currency: Int,
        channel: Channel,
        terminal: Terminal = Terminal(),
        whole: Boolean = false,
    ): Purchase {
        var thrown: Throwable? = null
        val watched = Channel { command ->
            try {
                channel.send(command)
            } catch (throwable: Throwable) {
                thrown = throwable
                throw throwable
            }
        }
        val readers = terminal.readers.fold(0) { bits, reader -> bits or (1 shl reader.ordinal) }
        val answer = DeskNative.purchase(
            number,
            clock(),
            amountMinor,
            currency,
            readers,
            terminal.verificationAbove,
            terminal.tearAfter ?: -1,
            if (whole) 1 else 0,
            watched,
        )
        return Message(payload(answer)).purchase(thrown)
    }

    /** Its directory can be opened again. */
    override fun close() {
        DeskNative.close(number)
    }

    private fun move(act: Int, card: Int): ByteArray = Message(payload(DeskNative.moveCard(number, act, card))).envelopes().single()

    companion object {
        /** Opens the desk that is in a directory of the app's own, or makes one. */
        @JvmStatic
        @JvmOverloads
        fun open(directory: File, clock: () -> Long = System::currentTimeMillis): Desk {
            val number = ByteBuffer.wrap(payload(natives.open(directory.path.toByteArray()))).getLong()
            return Desk(number, clock)
        }

        /** Takes away what is kept in a directory, damaged or not. The next desk there is another issuer, which no wallet of before takes. */
        @JvmStatic
        fun discard(directory: File) {
            payload(natives.discard(directory.path.toByteArray()))
        }

        /** The demo cards there are to install. */
        @JvmStatic
        fun offers(): List<DemoCard> = Message(payload(natives.offers())).offers()

        /** An order of the demo shop. */
        @JvmStatic
        fun order(amount: Amount): OnlineOrder = OnlineOrder.read(payload(natives.order(amount.minor, amount.currency)))

        /** What was said in a contact with any terminal, decoded; account data covered, of the token the last four digits shown. */
        @JvmStatic
        fun decode(contact: List<Watched>): List<Exchange> = Message(payload(natives.decode(Watched.written(contact)))).exchanges()

        /** For what needs no desk: it may be the first to look for them. */
        private val natives: DeskNative
            get() = try {
                DeskNative
            } catch (_: LinkageError) {
                throw DeskException(Reason.NATIVE_MISSING, "no libhcepay_desk.so for ${Build.SUPPORTED_ABIS.joinToString()}")
            }

        private fun payload(answer: ByteArray?): ByteArray = Reason.payload(answer)
    }
}
