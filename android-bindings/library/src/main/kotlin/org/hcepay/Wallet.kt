package org.hcepay

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.os.Build
import android.os.Handler
import android.os.Looper
import android.os.UserManager
import org.hcepay.internal.Native
import java.util.Collections
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executor
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import javax.crypto.Cipher

/**
 * The wallet of this app: its cards, and what happens around a payment. There is one in a process; apps never close it.
 *
 * What waits for the disk or the phone's key store refuses the main thread with an [IllegalStateException] and says so. All
 * else may be called from any thread.
 */
public class Wallet private constructor(
    private val handle: Long,
    private val clock: Clock,
    private val files: PlatformFiles,
    private val keys: DeviceKeys,
) {
    private val listeners = CopyOnWriteArrayList<Runnable>()
    private val screen = ScreenReceiver()

    /** How often the screen went dark: what was released before that, and comes after it, must not stay. */
    private val timesDark = AtomicInteger()

    /** How often the key of the unlocked phone was wiped, for the same reason. */
    private val timesLocked = AtomicInteger()

    /** Whether a card needs the key of the unlocked phone, and whether it is here. Kept, so that a tap need not read the cards. */
    @Volatile
    private var wantsUnlocked = false

    @Volatile
    private var holdsUnlocked = false
    private val windowEnds = Runnable { windowMayBeOver() }
    private val told: MutableSet<Long> = Collections.synchronizedSet(HashSet())

    /** The cards as they stand now. */
    public val cards: List<Card> get() = snapshot().cards

    /** How the card stands that is worst off for payment keys; null where there is no card. */
    public val replenishment: Replenishment? get() = cards.map { it.replenishment }.maxByOrNull { it.ask }

    /**
     * Whether an older copy of the wallet was put back, as far as this phone can tell. It pays nothing until the issuer has
     * answered a [resynchronisationRequest]. What the holder decided since the copy was made is lost, so every card is frozen until
     * the holder has looked at it ([unfreeze]).
     */
    public val isRolledBack: Boolean get() = snapshot().isRolledBack

    /**
     * Whether the phone's wall clock stands before what it showed at an earlier payment. The wallet pays nothing then. The clock is
     * wrong now, or it was wrong then: an [issuerTimeRequest] tells, and mends it where it was wrong then ([isClockWrong]).
     */
    public val isClockSetBack: Boolean get() = snapshot().isClockSetBack

    /**
     * Whether the phone's wall clock stands before the time that the issuer has told since the wallet was opened. The wallet pays
     * nothing until the holder has set the clock; the issuer cannot mend it.
     */
    public val isClockWrong: Boolean get() = snapshot().isClockWrong

    /**
     * Whether the issuer has ever answered this wallet by an envelope that was applied. Stays so when the app is started anew and
     * when the last card is gone.
     */
    public val isEnrolled: Boolean get() = next().isEnrolled

    /**
     * Until when the wallet pays once, on the clock of `SystemClock.elapsedRealtime`; null where it is not armed, or that is over
     * or used up. So an Activity that was made anew knows where it stands. When it changes, listeners hear of it ([observe]).
     */
    public val armedUntil: Long? get() {
        val answer = Native.expire(handle, clock.bootCount, clock.bootMs, clock.wallMs)
        return if (Answer.code(answer) == 0) MessageReader(Answer.payload(answer)).number().takeIf { it != 0L } else null
    }

    /** Reports that were not acknowledged, oldest first. */
    public val reports: List<TapReport> get() = MessageReader(Answer.payload(Native.reports(handle))).reports()

    /**
     * The journal: every contact, and every payment of which only the issuer tells, newest first. The last 500 are kept, whether
     * acknowledged or not, until the holder deletes them.
     *
     * @param beforeId rows before this one ([JournalRow.id]); 0 for the newest
     * @param limit how many at most
     */
    public fun journal(beforeId: Long, limit: Int): List<JournalRow> =
        MessageReader(Answer.payload(Native.journal(handle, beforeId, limit))).rows()

    /**
     * The whole journal and all transfers for the holder to keep, one a line, each a JSON object; what is not known is null, times are in
     * milliseconds since 1970. `terminal_says` is what the terminal calls itself, `merchant` what the issuer calls it.
     */
    public fun journalAsJsonLines(): String = String(Answer.payload(Native.journalAsJsonLines(handle)), Charsets.UTF_8)

    /**
     * Deletes a row for good: it does not come back, not by a notice of the issuer either. One that is not there is as good as
     * deleted.
     *
     * @throws WalletException those of the disk
     */
    @Throws(WalletException::class)
    public fun deleteRow(rowId: Long): Unit = manage { done(Native.deleteRow(handle, rowId)) }

    /** The app has taken a report in: it is not told again, also not after the process has ended. Its row stays ([journal]). */
    public fun acknowledge(reportId: Long) {
        worker.execute { Native.acknowledge(handle, reportId) }
    }

    /**
     * What readers and this wallet said in the last 8 contacts that are over, as lines of text for a bug report: commands, lengths,
     * status words, times between commands, and values that name no one. There is no token, key, cryptogram, holder, merchant or time
     * of day in it; amounts are. It is kept in memory alone and dies with the process.
     */
    public fun trace(): String = String(Answer.payload(Native.trace(handle)))

    /**
     * Alerts that were not acknowledged, oldest first: what contacts showed that the holder should know of. Those of a contact are
     * there when its report is.
     */
    public val alerts: List<Alert> get() = MessageReader(Answer.payload(Native.alerts(handle))).alerts()

    /**
     * The app has taken an alert in: it is not told again, also not after the process has ended. What follows from it goes on. When it
     * is gone from [alerts], listeners hear of it ([observe]).
     */
    public fun acknowledgeAlert(alertId: Long) {
        worker.execute {
            Native.acknowledgeAlert(handle, alertId)
            changed()
        }
    }

    /** Calls the listener on the main thread whenever the wallet may stand differently, until what is given back is closed. */
    public fun observe(listener: Runnable): AutoCloseable {
        listeners.add(listener)
        return AutoCloseable { listeners.remove(listener) }
    }

    /**
     * Which request it is time for. Ask when the app starts, when it comes online, and after a tap; make that request, carry it,
     * [apply] all that comes back, and ask again, because one answer may give cause for another request. Three rounds are enough.
     */
    public fun nextRequest(): NextRequest = next().request

    /**
     * A request that makes this wallet known to its issuer, for the app to carry there.
     *
     * @param challenge by which the issuer knows who enrols; at most 64 bytes
     * @throws WalletException [Reason.ROLLED_BACK] and those of the key store
     */
    @Throws(WalletException::class)
    public fun enrolmentRequest(challenge: ByteArray): ByteArray = manage {
        require(challenge.size <= MOST_CHALLENGE) { "a challenge has at most 64 bytes" }
        // Made for this challenge, until the issuer has answered: then they stay.
        if (!next().isEnrolled) done(Native.deviceKeysMade(handle, keys.makeDeviceKeys(challenge)))
        if (keys.hasScreenLock && KeyFile.AUTHENTICATED !in snapshot().knownKeys) makeSpendKey(KeyFile.AUTHENTICATED)
        request(1, 0, byteArrayOf(challenge.size.toByte()) + challenge + keys.attestation())
    }

    /**
     * A request for payment keys for every card that is short of them, or to fill up all. A card whose spend key cannot be made
     * now is left out.
     *
     * @return null where there is nothing to ask for, because no card that pays has room for more
     * @throws WalletException [Reason.NOT_ENROLLED]; where there is nothing to ask for because spend keys could not be made, why:
     * [Reason.NO_SCREEN_LOCK] and those of the key store; [Reason.ROLLED_BACK]
     */
    @Throws(WalletException::class)
    public fun replenishmentRequest(): ByteArray? = manage {
        val missing = makeMissingSpendKeys()
        val began = Native.requestBegin(handle, 2, 0, ByteArray(0), clock.wallMs)
        if (Answer.code(began) != Answer.NOTHING_WANTED) return@manage signed(began)
        if (missing != null) throw missing
        null
    }

    /**
     * A request with the one-time code by which the holder proves to be who a waiting card is for. Each uses up one of the
     * codes that may be tried. The code stands in it as it is: the connection to the issuer must be confidential.
     *
     * Of what comes back, the envelope says what came of it: [Purpose.RESUME] the code was right, [Applied.isCodeWrong] it was not,
     * and [Card.codesLeft] may still be tried; after the last one the issuer may delete the card.
     *
     * @param code 1 to 32 bytes as UTF-8
     * @throws WalletException [Reason.NOT_ENROLLED], [Reason.UNKNOWN_CARD], [Reason.NOTHING_TO_CHECK], [Reason.NO_CODES_LEFT]
     * and those of the key store
     */
    @Throws(WalletException::class)
    public fun identityCheckRequest(card: Card, code: String): ByteArray = request(3, card.id, code.toByteArray())

    /**
     * A request for the issuer's time, after the wall clock was set back ([isClockSetBack]). Where the phone's clock itself is wrong the
     * answer does not mend it: see [isClockWrong].
     *
     * @throws WalletException [Reason.NOT_ENROLLED], [Reason.ROLLED_BACK] and those of the key store
     */
    @Throws(WalletException::class)
    public fun issuerTimeRequest(): ByteArray = request(4, 0, ByteArray(0))

    /**
     * A request that mends a wallet of which an older copy was put back.
     *
     * @throws WalletException [Reason.NOT_ENROLLED] where the copy is from before the enrolment, and those of the key store
     */
    @Throws(WalletException::class)
    public fun resynchronisationRequest(): ByteArray = request(5, 0, ByteArray(0))

    /**
     * A request that acknowledges what was applied and fetches what waits at the issuer, as when a card was suspended, or when its
     * certificates end.
     *
     * @throws WalletException [Reason.NOT_ENROLLED], [Reason.ROLLED_BACK] and those of the key store
     */
    @Throws(WalletException::class)
    public fun checkInRequest(): ByteArray = request(6, 0, ByteArray(0))

    /**
     * Applies an envelope of the issuer. When this returns, all that it brings is safe on the disk. One that was applied before
     * changes nothing and is no error.
     *
     * @throws WalletException [Reason.ENVELOPE_INVALID], [Reason.ENVELOPE_FOREIGN], [Reason.ENVELOPE_OLD],
     * [Reason.ENVELOPE_REFUSED], those of the disk and of the key store. Nothing is changed then
     */
    @Throws(WalletException::class)
    public fun apply(envelope: ByteArray): Applied = manage {
        val began = Native.applyBegin(handle, envelope, clock.bootCount, clock.bootMs, clock.wallMs)
        if (Answer.code(began) == Answer.AGAIN) return@manage MessageReader(began!!.copyOfRange(1, began.size)).applied()
        val (token, point) = MessageReader(Answer.payload(began)).begun(P256.POINT_LENGTH)
        val shared = keys.agree(point)
        val applied = Native.applyFinish(handle, token, shared, clock.bootCount, clock.bootMs, clock.wallMs)
        shared.fill(0)
        MessageReader(Answer.payload(applied)).applied().also {
            // The envelope is applied, whatever becomes of this: what is missing is made or brought when it is needed next.
            runCatching { makeMissingSpendKeys() }
            runCatching { bringUnlocked() }
        }
    }

    /** Makes this card the one that pays. */
    @Throws(WalletException::class)
    public fun setDefault(card: Card): Unit = manage {
        done(Native.choose(handle, card.id, clock.bootCount, clock.bootMs, clock.wallMs))
    }

    /** The card that pays once ([useOnce]); null where none does, or that is over or used up. */
    public val chosenOnce: Card? get() {
        val id = MessageReader(Answer.payload(Native.chosenOnce(handle, clock.bootCount, clock.bootMs, clock.wallMs))).number()
        return if (id == 0L) null else cards.find { it.id.toLong() == id }
    }

    /**
     * Makes this card pay once: until its next payment or the window's end, whichever comes first. Then the default card pays again. It
     * outlives the process, not the phone's restart.
     *
     * @param card null takes it back
     * @param windowSeconds for how long at most, 5 to 600
     * @throws WalletException [Reason.UNKNOWN_CARD] and those of the disk
     */
    @JvmOverloads
    @Throws(WalletException::class)
    public fun useOnce(card: Card?, windowSeconds: Int = DEFAULT_ONCE_SECONDS) {
        require(windowSeconds in SHORTEST_WINDOW_SECONDS..LONGEST_ONCE_SECONDS) { "a card is chosen once for 5 to 600 seconds" }
        val windowMs = windowSeconds * 1_000L
        manage { done(Native.chooseOnce(handle, card?.id ?: 0, windowMs, clock.bootCount, clock.bootMs, clock.wallMs)) }
        main.postDelayed(::changed, windowMs)
    }

    /**
     * Freezes a card: from now on it pays nothing, whatever its issuer says, until [unfreeze]. Takes a verification for it back. Needs
     * neither network nor verification, and waits for nothing else that the wallet does.
     *
     * @throws WalletException [Reason.UNKNOWN_CARD], [Reason.CARD_RETIRED] and those of the disk
     */
    @Throws(WalletException::class)
    public fun freeze(card: Card) {
        refuseMainThread()
        val frozen = Native.freeze(handle, card.id, clock.bootCount, clock.bootMs, clock.wallMs)
        manage { done(frozen) }
    }

    /**
     * Lets a frozen card pay again. The holder must be verified ([arm], best with [Scope.card]); that verification is used up by it.
     *
     * @throws WalletException [Reason.NOT_VERIFIED], [Reason.UNKNOWN_CARD], [Reason.CARD_RETIRED] and those of the disk
     */
    @Throws(WalletException::class)
    public fun unfreeze(card: Card): Unit = manage {
        done(Native.unfreeze(handle, card.id, clock.bootCount, clock.bootMs, clock.wallMs))
    }

    /**
     * Whether a card passes gates without verification, where its issuer allows that ([Card.mayPassGates]). For it to pass them the
     * holder must be verified, as for [unfreeze].
     *
     * @throws WalletException [Reason.NOT_VERIFIED], [Reason.UNKNOWN_CARD], [Reason.CARD_RETIRED] and those of the disk
     */
    @Throws(WalletException::class)
    public fun passGates(card: Card, passes: Boolean): Unit = manage {
        done(Native.passGates(handle, card.id, if (passes) 1 else 0, clock.bootCount, clock.bootMs, clock.wallMs))
    }

    /**
     * What a card may pay without verification: of this and what its issuer allows ([Card.lowValue]), the less. For more than before the
     * holder must be verified, as for [unfreeze].
     *
     * @param lowValue at most 4 currencies; one that is not named: nothing. Null: as the issuer allows
     * @throws WalletException [Reason.LIMIT_INVALID], [Reason.NOT_VERIFIED], [Reason.UNKNOWN_CARD], [Reason.CARD_RETIRED] and those of
     * the disk
     */
    @Throws(WalletException::class)
    public fun limitLowValue(card: Card, lowValue: List<Allowance>?): Unit = manage {
        val allowances = lowValue?.let(LimitWriter::allowances)
        done(Native.limitLowValue(handle, card.id, allowances, clock.bootCount, clock.bootMs, clock.wallMs))
    }

    /**
     * Lets a card be used for a time only: until its first limit is reached. Then it retires for good, and its keys are destroyed
     * ([CardState.RETIRED]). What was paid before does not count. To change or lift the limits that there are the holder must be
     * verified, as for [unfreeze].
     *
     * @param limits null lifts them
     * @throws WalletException [Reason.LIMIT_INVALID], [Reason.MERCHANT_NOT_ASKED], [Reason.NOT_VERIFIED], [Reason.UNKNOWN_CARD],
     * [Reason.CARD_RETIRED] and those of the disk
     */
    @Throws(WalletException::class)
    public fun limitUse(card: Card, limits: TemporaryUse?): Unit = manage {
        val bytes = limits?.let(LimitWriter::temporaryUse)
        done(Native.limitUse(handle, card.id, bytes, clock.bootCount, clock.bootMs, clock.wallMs))
    }

    /** Deletes a card and its keys for good. Until the issuer knows, [nextRequest] asks for a check in. */
    @Throws(WalletException::class)
    public fun delete(card: Card): Unit = manage { done(Native.delete(handle, card.id)) }

    /**
     * The holder has verified: the wallet pays once within the window that begins now. At its end all that the verification had
     * released is wiped.
     *
     * @param windowSeconds how long it is, 5 to 120
     * @param scope what the holder has verified for
     * @throws WalletException [Reason.UNKNOWN_CARD] where its card is gone, [Reason.NOT_AUTHENTICATED] where the proof does not hold, or where it was taken back meanwhile
     * ([disarm], or the screen went dark), [Reason.SPEND_KEY_LOST] where the key was lost (it is made anew: ask for payment
     * keys), those of the disk and of the key store
     */
    @JvmOverloads
    @Throws(WalletException::class)
    public fun arm(proof: Authentication, windowSeconds: Int = DEFAULT_WINDOW_SECONDS, scope: Scope = Scope.ANY_CARD): Armed {
        requireWindow(windowSeconds)
        var isArmed = false
        try {
            return manage {
                val dark = timesDark.get()
                val spendKey = whereVerificationIsNeeded { keys.authenticatedKey(proof.cipher) }
                val armed = armFor(scope, proof.method, windowSeconds, spendKey)
                spendKey?.fill(0)
                isArmed = Answer.code(armed) == 0
                if (timesDark.get() != dark) throw WalletException(Reason.NOT_AUTHENTICATED, "the screen went dark meanwhile")
                val until = MessageReader(Answer.payload(mendingMix(KeyFile.AUTHENTICATED, armed))).number()
                windowEndsAt(until)
                Armed(until)
            }
        } catch (failed: Exception) {
            // Also where only the mark could not be kept: what the app hears is that the wallet does not pay.
            if (isArmed) disarm()
            throw failed
        }
    }

    private fun armFor(scope: Scope, method: Method, windowSeconds: Int, spendKey: ByteArray?): ByteArray? {
        val windowMs = windowSeconds * 1_000L
        return Native.arm(
            handle,
            scope.bytes,
            method.number,
            windowMs,
            spendKey,
            clock.bootCount,
            clock.bootMs,
            clock.wallMs,
        )
    }

    /** Takes the verification back. The library does so by itself when the screen goes dark. */
    public fun disarm() {
        main.removeCallbacks(windowEnds)
        Native.disarm(handle)
        changed()
    }

    /**
     * The order that a merchant's code asks for, to be confirmed, verified for and paid ([payOnline]). Each call makes another one. No
     * waiting.
     *
     * @param typedMinor the amount that the payer has typed, in minor units of the code's currency, where the code names none; else null
     * @param tipMinor the tip that he gives, where the code asks for one
     * @throws WalletException [Reason.QR_INVALID] where what was typed does not go with the code, [Reason.ORDER_INVALID]
     */
    @JvmOverloads
    @Throws(WalletException::class)
    public fun orderOf(code: MerchantCode, typedMinor: Long? = null, tipMinor: Long = 0): OnlineOrder {
        require((typedMinor ?: 0) >= 0 && tipMinor >= 0) { "nobody pays less than nothing" }
        return MessageReader(Answer.payload(Native.orderOfCode(handle, code.text, typedMinor ?: -1, tipMinor))).order()
    }

    /**
     * Pays an order, once, for a holder who has verified for exactly it ([arm] with [Scope.order]): spends a key for online payments. The
     * verification is used up. When this returns, the payment is safe on the disk, and a row of the [journal]; its report is told by
     * [reports] until it is acknowledged, also where the process ends before this returns.
     *
     * @throws NotPaidException what keeps the card from paying it
     * @throws WalletException [Reason.UNKNOWN_CARD], [Reason.NOT_ENROLLED] and those of the key store. Nothing is spent then
     */
    @Throws(WalletException::class)
    public fun payOnline(card: Card, order: OnlineOrder): OnlinePayment = pay {
        val began = Native.payOnlineBegin(handle, card.id, order.all, clock.bootCount, clock.bootMs, clock.wallMs)
        val (token, digest) = MessageReader(Answer.payload(began)).begun(DIGEST_LENGTH)
        val signature = keys.sign(digest)
        val paid = Native.payOnlineFinish(handle, token, signature, clock.bootCount, clock.bootMs, clock.wallMs)
        MessageReader(Answer.payload(paid)).onlinePayment().also { told.add(it.report.id) }
    }

    /**
     * A code by which a merchant is paid who reads it off the screen within a minute, for a holder who has verified for it ([arm] with
     * [Scope.code]): spends a key for codes, whether anybody reads it or not. The verification is used up: the next code takes another
     * one. It is a row of the [journal], and its report is told by [reports] until it is acknowledged.
     *
     * @throws NotPaidException what keeps the card from paying
     * @throws WalletException [Reason.UNKNOWN_CARD]. Nothing is spent then
     */
    @Throws(WalletException::class)
    public fun showCode(card: Card): ConsumerCode = pay {
        val shown = Native.showCode(handle, card.id, clock.bootCount, clock.bootMs, clock.wallMs)
        MessageReader(Answer.payload(shown)).consumerCode().also { told.add(it.report.id) }
    }

    /**
     * What the issuer told of the account behind a card, last; null where it has told nothing, or the card is gone. A newer word may
     * wait at the issuer: [checkInRequest] asks for it.
     */
    public fun balance(card: Card): Balance? =
        MessageReader(Answer.payload(Native.balance(handle, card.id, clock.wallMs))).balance()

    /**
     * Asks for a transfer, once, for a holder who has verified for exactly it ([arm] with [Scope.transfer]). The verification is used up.
     * When this returns, it is pending, and safe on the disk: where the app cannot send it, or dies before it has,
     * [transferRequest] gives the same bytes again, which the issuer knows as the same transfer. What became of it, [transfers] says when
     * the issuer's envelope is applied.
     *
     * @throws NotPaidException what keeps the card from it: a card under a temporary use transfers nothing
     * @throws WalletException [Reason.TRANSFER_INVALID] where it is to the card itself, [Reason.UNKNOWN_CARD], [Reason.NOT_ENROLLED] and
     * those of the key store. Nothing is asked for then
     */
    @Throws(WalletException::class)
    public fun transfer(card: Card, transfer: Transfer): TransferRequest = pay {
        val began = Native.transferBegin(handle, card.id, transfer.all, clock.bootCount, clock.bootMs, clock.wallMs)
        val (token, digest) = MessageReader(Answer.payload(began)).begun(DIGEST_LENGTH)
        val signature = keys.sign(digest)
        val asked = Native.transferFinish(handle, token, signature, clock.bootCount, clock.bootMs, clock.wallMs)
        checkNotNull(MessageReader(Answer.payload(asked)).transferRequest())
    }

    /** The request of a transfer that is pending, to be sent again; null where there is none. */
    public fun transferRequest(number: Long): TransferRequest? =
        MessageReader(Answer.payload(Native.transferRequest(handle, number))).transferRequest()

    /**
     * The wallet's transfers, newest first. The last 100 are kept.
     *
     * @param beforeNumber those before this one ([TransferRow.number]); 0 for the newest
     * @param limit how many at most
     */
    public fun transfers(beforeNumber: Long, limit: Int): List<TransferRow> =
        MessageReader(Answer.payload(Native.transfers(handle, beforeNumber, limit))).transferRows()

    /**
     * Deletes a transfer from the list for good. It is not called back by that: a pending one may have been sent. One that is not there
     * is as good as deleted.
     *
     * @throws WalletException those of the disk
     */
    @Throws(WalletException::class)
    public fun deleteTransfer(number: Long): Unit = manage { done(Native.deleteTransfer(handle, number)) }

    /** The coupons that the wallet holds, also those that are used up or over, until the holder removes them or their room is needed. */
    public val coupons: List<Coupon> get() = MessageReader(Answer.payload(Native.coupons(handle, clock.wallMs))).coupons()

    /** The coupon that the next terminal of its merchant is given, as long as that counts; else null. */
    public val couponToPresent: Coupon? get() {
        val chosen = Answer.payload(Native.couponToPresent(handle, clock.bootCount, clock.bootMs, clock.wallMs))
        return coupons.firstOrNull { it.idBytes.contentEquals(chosen) }
    }

    /**
     * Chooses the coupon that the next terminal of its merchant is given, once, before it is paid: until then, or until the time is
     * over, or the phone is started anew. Where the terminal takes none, no use is lost, but by a power loss. The holder need not be
     * verified. Null takes the choice back. The service's XML must name the application of coupons ([Coupon.AID]).
     *
     * @param forSeconds 5 to 600
     * @throws WalletException [Reason.COUPON_REFUSED] and why it cannot be presented, [Reason.ROLLED_BACK], and those of the disk
     */
    @JvmOverloads
    @Throws(WalletException::class)
    public fun presentCoupon(coupon: Coupon?, forSeconds: Int = 120): Unit = manage {
        require(forSeconds in SHORTEST_WINDOW_SECONDS..LONGEST_ONCE_SECONDS) { "a coupon is chosen for 5 to 600 seconds" }
        val (id, forMs) = (coupon?.idBytes ?: ByteArray(0)) to forSeconds * 1_000L
        done(Native.presentCoupon(handle, id, forMs, clock.bootCount, clock.bootMs, clock.wallMs))
    }

    /**
     * Removes a coupon for good: where the issuer sends it again, it is refused.
     *
     * @throws WalletException [Reason.COUPON_REFUSED] where it is not there, and those of the disk
     */
    @Throws(WalletException::class)
    public fun removeCoupon(coupon: Coupon): Unit = manage { done(Native.removeCoupon(handle, coupon.idBytes)) }

    override fun toString(): String = "Wallet"

    // ---- for the payment service

    /** With whom a contact is under way; null where with none. Main thread only. */
    internal var contactOf: Any? = null

    /**
     * A contact begins. What the keyguard itself says counts, before the first command is answered: broadcasts may come late, or
     * not at all. A locked phone's key is wiped. One that is missing is brought, but no command waits for it.
     */
    internal fun heedLock() {
        if (!wantsUnlocked && !holdsUnlocked) return
        if (keys.isPhoneLocked) lock() else bringUnlockedSoon()
    }

    /** Whether the contact under way has given a cryptogram. */
    internal fun gaveCryptogram(): Boolean {
        val answer = Native.gaveCryptogram(handle)
        return Answer.code(answer) == 0 && Answer.payload(answer).single() == 1.toByte()
    }

    internal fun process(command: ByteArray?): ByteArray {
        val answer = Native.process(handle, clock.bootCount, clock.bootMs, clock.wallMs, command)
        return if (answer == null || answer.size < 2) NO_PRECISE_DIAGNOSIS.clone() else answer
    }

    /** The field is gone. What the next tap needs is made ready on the worker. */
    internal fun deactivated(): TapReport {
        contactOf = null
        val answer = Native.deactivated(handle, clock.bootCount, clock.bootMs, clock.wallMs)
        val report = if (Answer.code(answer) == 0) MessageReader(Answer.payload(answer)).reports().single() else TapReport.ofFault()
        if (armedUntil == null) main.removeCallbacks(windowEnds)
        worker.execute(::makeReady)
        return report
    }

    /** Whether this process has not told the report yet; from now on it has. */
    internal fun isNew(report: TapReport): Boolean = report.id == 0L || told.add(report.id)

    private fun makeReady() {
        // Where it fails, the next tap waits for the disk, or tells its report that the storage failed.
        if (Answer.code(Native.makeReady(handle, clock.bootCount, clock.bootMs, clock.wallMs)) == 0) {
            runCatching { keepMark() }
        }
        changed()
    }

    internal fun authenticatedCipher(): Cipher? = manage {
        whereVerificationIsNeeded { keys.authenticatedCipher() }
    }

    // ---- what the calls share

    private fun snapshot(): Snapshot = MessageReader(Answer.payload(Native.snapshot(handle, clock.wallMs))).snapshot()

    private fun next(): Next {
        val answer = Native.nextRequest(handle, clock.bootCount, clock.bootMs, clock.wallMs)
        return MessageReader(Answer.payload(answer)).next()
    }

    /** Keys that a kill left unnamed go; not while another wallet is being made. */
    private fun sweep() = synchronized(Companion) {
        if (current === this) synchronized(files) { runCatching { keys.sweep() } }
    }

    private fun done(answer: ByteArray?) {
        Answer.payload(answer)
    }

    private fun request(kind: Int, card: Int, argument: ByteArray): ByteArray = manage {
        signed(Native.requestBegin(handle, kind, card, argument, clock.wallMs))
    }

    private fun signed(began: ByteArray?): ByteArray {
        val (token, digest) = MessageReader(Answer.payload(began)).begun(DIGEST_LENGTH)
        return Answer.payload(Native.requestFinish(handle, token, keys.sign(digest)))
    }

    /** What may wait, one call at a time; then the mark is kept, whatever came of it. */
    private inline fun <T> manage(work: () -> T): T {
        refuseMainThread()
        synchronized(files) {
            try {
                return work().also { keepMark() }
            } catch (refused: WalletException) {
                runCatching { keepMark() }
                throw refused
            } finally {
                changed()
            }
        }
    }

    /** As [manage], but what was paid is paid: where the mark cannot be kept, the next call keeps it, as after a tap. */
    private inline fun <T> pay(work: () -> T): T {
        refuseMainThread()
        synchronized(files) {
            try {
                return work()
            } finally {
                runCatching { keepMark() }
                if (armedUntil == null) main.removeCallbacks(windowEnds)
                changed()
            }
        }
    }

    private fun keepMark() {
        synchronized(files) {
            val mark = MessageReader(Answer.payload(Native.mark(handle))).number()
            if (mark != files.mark || !files.isCreated) files.storeMark(mark)
            done(Native.markStored(handle, mark))
        }
    }

    private fun changed() {
        listeners.forEach { main.post(it) }
    }

    /** The spend key of the unlocked phone, where a card needs it and the phone is unlocked. */
    private fun bringUnlocked() {
        val locked = timesLocked.get()
        val now = snapshot()
        wantsUnlocked = now.cards.any { it.protection == Protection.UNLOCKED }
        if (!wantsUnlocked || keys.isPhoneLocked) return
        if (KeyFile.UNLOCKED !in now.knownKeys) makeSpendKey(KeyFile.UNLOCKED)
        val spendKey = mendingLoss(KeyFile.UNLOCKED) { keys.unlockedKey() }
        val answer = Native.unlocked(handle, spendKey, clock.bootCount, clock.bootMs, clock.wallMs)
        spendKey.fill(0)
        holdsUnlocked = Answer.code(answer) == 0
        if (timesLocked.get() != locked || keys.isPhoneLocked) lock()
        done(mendingMix(KeyFile.UNLOCKED, answer))
    }

    private fun bringUnlockedSoon() {
        if (wantsUnlocked && !holdsUnlocked) worker.execute(::bringUnlockedNow)
    }

    private fun bringUnlockedNow() {
        if (!holdsUnlocked) runCatching { manage { bringUnlocked() } }
    }

    private fun lock() {
        timesLocked.incrementAndGet()
        holdsUnlocked = false
        Native.locked(handle)
    }

    private fun windowEndsAt(bootMs: Long) {
        main.removeCallbacks(windowEnds)
        main.postDelayed(windowEnds, (bootMs - clock.bootMs).coerceAtLeast(1))
    }

    /** A later window may have taken the place of the one that the timer was set for. To ask wipes what is over. */
    private fun windowMayBeOver() {
        val until = armedUntil
        if (until != null) windowEndsAt(until) else changed()
    }

    private inline fun <T> whereVerificationIsNeeded(work: () -> T): T? {
        val now = snapshot()
        if (now.cards.none { it.protection == Protection.AUTHENTICATED }) return null
        // Not the one of the unlocked phone, too: where that cannot be made, the holder may verify all the same.
        if (KeyFile.AUTHENTICATED !in now.knownKeys) makeSpendKey(KeyFile.AUTHENTICATED)
        return mendingLoss(KeyFile.AUTHENTICATED, work)
    }

    /** Where a spend key is lost, it is made anew and the wallet drops what only the lost one opens. */
    private inline fun <T> mendingLoss(key: KeyFile, work: () -> T): T = try {
        work()
    } catch (lost: WalletException) {
        if (lost.reason == Reason.SPEND_KEY_LOST) makeSpendKey(key)
        throw lost
    }

    /** Where a spend key was made anew and the process ended before the wallet was told. */
    private fun mendingMix(key: KeyFile, answer: ByteArray?): ByteArray? {
        if (Answer.code(answer) == ANOTHER_SPEND_KEY) keys.spendPoint(key)?.let { tell(key, it) }
        return answer
    }

    private fun makeSpendKey(key: KeyFile) = tell(key, keys.makeSpendKey(key))

    /** The wallet learns of a spend key; what only the one before opens is dropped. */
    private fun tell(key: KeyFile, point: ByteArray) = done(Native.spendKeyMade(handle, if (key == KeyFile.UNLOCKED) 2 else 3, point))

    /** Makes those of the cards' protections of which the wallet knows none yet. Gives why one could not be made. */
    private fun makeMissingSpendKeys(): WalletException? {
        val now = snapshot()
        fun make(key: KeyFile, protection: Protection): WalletException? = try {
            if (key !in now.knownKeys && now.cards.any { it.protection == protection }) makeSpendKey(key)
            null
        } catch (failed: WalletException) {
            failed
        }
        val unlocked = make(KeyFile.UNLOCKED, Protection.UNLOCKED)
        return make(KeyFile.AUTHENTICATED, Protection.AUTHENTICATED) ?: unlocked
    }

    /**
     * The screen goes dark: what the holder or the unlocked phone released is wiped. It is lit again before the phone has locked
     * itself, or the holder is back: the unlocked phone's key is released again. A contact asks the keyguard all the same.
     */
    private inner class ScreenReceiver : BroadcastReceiver() {
        override fun onReceive(context: Context, intent: Intent) {
            when (intent.action) {
                Intent.ACTION_SCREEN_OFF -> {
                    timesDark.incrementAndGet()
                    lock()
                    disarm()
                }
                Intent.ACTION_SCREEN_ON, Intent.ACTION_USER_PRESENT -> bringUnlockedSoon()
            }
        }
    }

    private fun watchScreen(context: Context) {
        val filter = IntentFilter(Intent.ACTION_SCREEN_OFF).apply {
            addAction(Intent.ACTION_SCREEN_ON)
            addAction(Intent.ACTION_USER_PRESENT)
        }
        // All are the system's own: no other app can send them.
        if (Build.VERSION.SDK_INT >= 33) {
            context.registerReceiver(screen, filter, Context.RECEIVER_NOT_EXPORTED)
        } else {
            context.registerReceiver(screen, filter)
        }
    }

    /** Where the one wallet of this app is found, opened and discarded. */
    public companion object {
        private const val DIGEST_LENGTH = 32
        private const val MOST_CHALLENGE = 64
        private const val SHORTEST_WINDOW_SECONDS = 5
        private const val LONGEST_WINDOW_SECONDS = 120
        internal const val DEFAULT_WINDOW_SECONDS: Int = 30
        private const val LONGEST_ONCE_SECONDS = 600
        private const val DEFAULT_ONCE_SECONDS = 120
        private const val ANOTHER_SPEND_KEY = 51

        /** ISO 7816-4: something went wrong, nothing more is said. */
        internal val NO_PRECISE_DIAGNOSIS: ByteArray = byteArrayOf(0x6F, 0x00)

        private val main = Handler(Looper.getMainLooper())
        internal val worker: Executor = Executors.newSingleThreadExecutor { Thread(it, "hcepay") }

        @Volatile
        private var current: Wallet? = null

        /** The wallet, where it is open in this process. No waiting. */
        @JvmStatic
        public fun current(): Wallet? = current

        /**
         * Opens the wallet of this app, or makes an empty one where none was made yet.
         *
         * @param issuerKey the issuer's public key, an uncompressed point of P-256 (65 bytes). It is read only when the wallet is
         * made, and pinned from then on: only the issuer itself can name another
         * @throws WalletException why it cannot be opened; nothing is lost by that
         */
        @JvmStatic
        @Throws(WalletException::class)
        public fun open(context: Context, issuerKey: ByteArray): Wallet {
            refuseMainThread()
            synchronized(this) {
                return current ?: openOrMake(context.applicationContext, issuerKey).also { current = it }
            }
        }

        /** The wallet, where one was made. Null where none was. */
        internal fun openIfMade(context: Context): Wallet? {
            refuseMainThread()
            synchronized(this) {
                if (current == null && PlatformFiles(context.applicationContext).isCreated) {
                    current = openOrMake(context.applicationContext, ByteArray(0))
                }
                return current
            }
        }

        /**
         * Deletes the wallet with all that is in it: the only way to lose data. The issuer does not learn of it. The wallet that was
         * open refuses everything from then on ([Reason.CLOSED]).
         */
        @JvmStatic
        @Throws(WalletException::class)
        public fun discard(context: Context) {
            refuseMainThread()
            synchronized(this) {
                val open = current
                val files = open?.files ?: PlatformFiles(context.applicationContext)
                // What is being done with it ends first: it would write files of a wallet that is gone.
                synchronized(files) {
                    open?.let {
                        context.applicationContext.unregisterReceiver(it.screen)
                        main.removeCallbacks(it.windowEnds)
                        Native.close(it.handle)
                    }
                    current = null
                    main.post(VerifyNow::forget)
                    // First what it is sealed under.
                    DeviceKeys(context.applicationContext, files).delete()
                    files.delete()
                }
            }
        }

        private fun openOrMake(context: Context, issuerKey: ByteArray): Wallet {
            require(!context.isDeviceProtectedStorage) { "a wallet lies in credential-protected storage" }
            if (context.getSystemService(UserManager::class.java)?.isUserUnlocked == false) {
                throw WalletException(Reason.DEVICE_LOCKED, "the phone was not unlocked since it was switched on")
            }
            loadNatives()
            val (clock, files) = Clock(context) to PlatformFiles(context)
            val keys = DeviceKeys(context, files)
            files.makeDirectories()
            val directory = files.wallet.path.toByteArray()
            val wasMade = files.isCreated
            val found = if (wasMade || keys.hasStoreKey) open(directory, clock, files, keys) else null
            // A making that was cut short may have left keys without a wallet; one that was not has left both.
            val isThere = found != null && (wasMade || !Answer.isMissing(found))
            val answer = if (isThere) found else make(directory, clock, keys, issuerKey)
            val wallet = Wallet(MessageReader(Answer.payload(answer)).number(), clock, files, keys)
            wallet.keepMark()
            // Where the phone is locked or its key store fails, the cards that need it wait until the holder is back.
            runCatching { synchronized(files) { wallet.bringUnlocked() } }
            wallet.watchScreen(context)
            worker.execute { wallet.sweep() }
            return wallet
        }

        private fun make(directory: ByteArray, clock: Clock, keys: DeviceKeys, issuerKey: ByteArray): ByteArray? {
            keys.makeStoreKey()
            return keys.withStoreKey { Native.create(directory, it, issuerKey, clock.bootCount, clock.bootMs, clock.wallMs) }
        }

        private fun open(directory: ByteArray, clock: Clock, files: PlatformFiles, keys: DeviceKeys): ByteArray? =
            keys.withStoreKey { Native.open(directory, it, files.mark, clock.bootCount, clock.bootMs, clock.wallMs) }

        internal fun loadNatives() {
            try {
                Native.start()
            } catch (missing: LinkageError) {
                throw WalletException(Reason.NATIVE_MISSING, "no libhcepay.so for ${Build.SUPPORTED_ABIS.joinToString()}", missing)
            }
        }

        internal fun requireWindow(seconds: Int) {
            require(seconds in SHORTEST_WINDOW_SECONDS..LONGEST_WINDOW_SECONDS) { "a window has 5 to 120 seconds" }
        }

        private fun refuseMainThread() {
            check(Looper.myLooper() != Looper.getMainLooper()) { "this waits for the disk or the key store: call it on a worker thread" }
        }
    }
}
