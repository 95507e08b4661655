package org.hcepay.demo

import android.app.Application
import android.content.Context
import android.os.Handler
import android.os.Looper
import android.os.SystemClock
import org.hcepay.Amount
import org.hcepay.Applied
import org.hcepay.Card
import org.hcepay.CardState
import org.hcepay.Channel
import org.hcepay.ConsumerCode
import org.hcepay.Coupon
import org.hcepay.DeclineReason
import org.hcepay.NextRequest
import org.hcepay.OnlineOrder
import org.hcepay.Reason
import org.hcepay.Routing
import org.hcepay.Settled
import org.hcepay.TapReport
import org.hcepay.Transfer
import org.hcepay.TransferRequest
import org.hcepay.TransferState
import org.hcepay.Wallet
import org.hcepay.WalletException
import org.hcepay.demo.desk.CardAtIssuer
import org.hcepay.demo.desk.CouponOrder
import org.hcepay.demo.desk.Desk
import org.hcepay.demo.desk.DeskException
import org.hcepay.demo.desk.Purchase
import org.hcepay.demo.desk.Terminal
import org.hcepay.demo.desk.Verdict
import org.hcepay.demo.engineer.Breaking
import org.hcepay.demo.engineer.Timeline
import org.hcepay.demo.journal.JournalFile
import org.hcepay.demo.pay.CardService
import org.hcepay.demo.pay.SelfTest
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.Executor
import java.util.concurrent.Executors

/** How far the app has come. */
internal sealed class State {
    /** No wallet was made yet. */
    object None : State()

    /** It is being opened. */
    object Opening : State()

    class Open(val wallet: Wallet, val desk: Desk) : State()

    /** It cannot be opened. */
    class Closed(val why: Trouble) : State()
}

/** What the app is busy with, on its worker. */
internal enum class Work { OPENING, ADDING, ASKING_ISSUER, SELF_TEST, PAYING, SENDING, SAVING, ENDING }

/**
 * The wallet and the demo's issuer, which is on the same phone. To be called on the main thread; all that waits is done on a worker,
 * one thing after the other, and whoever observes hears when it is done.
 */
internal class Demo(private val app: Application) {
    private val main = Handler(Looper.getMainLooper())
    internal val worker: Executor = Executors.newSingleThreadExecutor { Thread(it, "demo") }
    private val listeners = CopyOnWriteArrayList<Runnable>()
    private val directory = File(app.filesDir, "desk")

    var state: State = State.None
        private set
    var work: Work? = null
        private set

    /** What went wrong last, until something is begun anew. */
    var trouble: Trouble? = null
        private set

    /** The last contact with a terminal, in this process. */
    var lastTap: TapReport? = null
        private set

    /** What the last self-test came to. Set on the worker, which also has the bank tell the wallet. */
    @Volatile
    var selfTest: Purchase? = null
        private set
    private var isSelfTesting = false

    /** What the bank said of the last payment without a terminal, or of the last transfer, until another is begun. */
    var verdict: Verdict? = null
        private set

    /** The transfer that was sent last, by its number, until something else is begun. */
    var sent: Long? = null
        private set

    /** The code that is shown, until it is read or taken away. */
    var code: ConsumerCode? = null
        private set

    /**
     * Until when the coupon counts that was chosen last, in milliseconds since the phone was started; null where none was, or by
     * another process of this app.
     */
    var couponUntil: Long? = null
        private set

    /** What readers say to the card, where the engineers' switch is on. */
    val timeline = Timeline(::changed)
    val breaking = Breaking(app)

    // Read from the disk as soon as the process is there: the first to ask may be a reader's command.
    private val settings = app.getSharedPreferences("settings", Context.MODE_PRIVATE)

    /** Whether engineers use the app: then it shows what a holder need not see. */
    var isForEngineers: Boolean
        get() = settings.getBoolean(ENGINEERS, false)
        set(isSo) {
            settings.edit().putBoolean(ENGINEERS, isSo).apply()
            if (!isSo) timeline.clear()
        }

    /** The wallet's cards as their issuer knows them, as it stood after the last work. */
    var atBank: List<CardAtIssuer> = emptyList()
        private set

    /** Whether the issuer refuses the next request, as it stood then. */
    var refusesNext = false
        private set

    /** Whether there was nothing to ask the issuer for, until something is begun anew. */
    var nothingWanted = false
        private set

    /** The card whose code was wrong, until something is begun anew. */
    var wrongCodeOf: Int? = null
        private set

    val wallet: Wallet? get() = (state as? State.Open)?.wallet

    fun observe(listener: Runnable): AutoCloseable {
        listeners += listener
        return AutoCloseable { listeners -= listener }
    }

    /** Where a wallet was made, it is opened. */
    fun start() {
        if (directory.exists() && state is State.None) open()
    }

    /** Opens what could not be opened before. */
    fun open() {
        state = State.Opening
        begin(Work.OPENING) {
            val open = opened()
            converse(open)
            // The process may have ended before the bank's answer was here.
            if (isAnswerDue(open.wallet)) runCatching { checkIn(open) }
        }
    }

    /** Makes wallet and issuer where there are none, and has the issuer send this card. */
    fun addCard(name: String, codes: Int = 0) = begin(Work.ADDING) {
        val open = opened()
        converse(open)
        open.wallet.apply(open.desk.install(name, KEYS, codes).envelope)
        converse(open)
        sendRemoteKeys(open)
    }

    /** Asks the issuer for whatever it is time for. */
    fun askIssuer() = begin(Work.ASKING_ISSUER) { converse(opened()) }

    /** Takes a request that the app makes to the issuer; null where the wallet has nothing to ask for. */
    fun ask(request: (Wallet) -> ByteArray?) = begin(Work.ASKING_ISSUER) {
        val open = opened()
        val asked = request(open.wallet)
        val applied = asked?.let { carry(open, it) }.orEmpty()
        main.post {
            nothingWanted = asked == null
            wrongCodeOf = applied.find { it.isCodeWrong }?.cardId
        }
        converse(open)
        sendRemoteKeys(open)
    }

    fun change(change: (Wallet) -> Unit) = begin(Work.SAVING) { change(opened().wallet) }

    /** Takes a card away for good, and tells the issuer, which gives it anew only then. */
    fun delete(card: Card) = begin(Work.SAVING) {
        val open = opened()
        open.wallet.delete(card)
        converse(open)
    }

    /** The issuer does something with a card, unasked. */
    fun bank(does: (Desk) -> ByteArray) = begin(Work.ASKING_ISSUER) {
        val open = opened()
        open.wallet.apply(does(open.desk))
        converse(open)
    }

    /** Asks the bank what the account behind a card has, and for whatever else it has not told yet. */
    fun askBalance(card: Card) = begin(Work.ASKING_ISSUER) {
        val open = opened()
        checkIn(open)
        open.wallet.apply(open.desk.tellBalance(card.id))
    }

    /** A shop makes a coupon, and the bank sends it. One of a shop that the bank has never named the wallet refuses. */
    fun sendCoupon(coupon: CouponOrder, isStrange: Boolean = false) = begin(Work.ASKING_ISSUER) {
        val open = opened()
        converse(open)
        try {
            applyAll(open, open.desk.sendCoupon(coupon, isStrange))
        } catch (refused: WalletException) {
            throw if (refused.reason == Reason.ENVELOPE_REFUSED) CouponNotTaken(refused) else refused
        }
        converse(open)
    }

    /** The next reader of its shop is given the coupon; null takes that back. */
    fun present(coupon: Coupon?) = begin(Work.SAVING) {
        val until = SystemClock.elapsedRealtime() + COUPON_SECONDS * 1_000L
        opened().wallet.presentCoupon(coupon, COUPON_SECONDS)
        main.post { couponUntil = until.takeIf { coupon != null } }
    }

    /** The bank tells the wallet what became of a payment; it declines for want of money. */
    fun settle(report: TapReport, settled: Settled, amount: Amount) =
        begin(Work.ASKING_ISSUER) { tell(opened(), report, settled, amount, DeclineReason.INSUFFICIENT_FUNDS) }

    /** What breaks the wallet is done when nothing else is under way. */
    fun breakThings(does: Breaking.() -> Unit) = begin(Work.SAVING) { breaking.does() }

    /**
     * The bank's clock goes so many days ahead of the phone's, and the wallet hears what time it is. An app cannot set the phone's
     * clock; for the wallet it is the same.
     */
    fun setBanksClock(daysAhead: Int) = begin(Work.ASKING_ISSUER) {
        val open = opened()
        open.desk.setIssuerTime(WallClock.now() + daysAhead * DAY_MS)
        carry(open, open.wallet.issuerTimeRequest())
    }

    /** The issuer says no to the next request. */
    fun refuseNext() = begin(Work.SAVING) { opened().desk.refuseNext() }

    /** Reads what waits for the disk, and hands it over on the main thread. */
    fun <T> read(what: () -> T, then: (T) -> Unit) = worker.execute {
        val found = what()
        main.post { then(found) }
    }

    /** The terminal in this app taps the card through the real service; torn after so many commands, where that is wanted. */
    fun selfTest(amountMinor: Long, currency: Int, tearAfter: Int? = null) {
        isSelfTesting = true
        selfTest = null
        begin(Work.SELF_TEST) {
            val open = opened()
            val purchase = SelfTest(app).run(open.desk, amountMinor, currency, Terminal(tearAfter = tearAfter))
            selfTest = purchase
            applyAll(open, purchase.envelopes)
        }
    }

    /** Pays an order for a holder who has just verified for it; the shop asks the bank. */
    fun payOnline(card: Card, order: OnlineOrder) {
        forgetVerdict()
        begin(Work.PAYING) {
            val open = opened()
            val paid = open.wallet.payOnline(card, order)
            open.wallet.acknowledge(paid.report.id)
            said(open, paid.report, open.desk.judge(paid, order), order.amount)
        }
    }

    /** Shows a code, for a holder who has just verified for it. */
    fun showCode(card: Card) {
        forgetVerdict()
        begin(Work.PAYING) {
            val open = opened()
            val shown = open.wallet.showCode(card)
            open.wallet.acknowledge(shown.report.id)
            main.post { code = shown }
        }
    }

    /** The demo shop reads the code off the screen. */
    fun readCode(amount: Amount) {
        val shown = code ?: return
        begin(Work.PAYING) {
            val open = opened()
            said(open, shown.report, open.desk.judge(shown.text, amount), amount)
            main.post { code = null }
        }
    }

    fun takeCodeAway() {
        if (code == null) return
        code = null
        changed()
    }

    /** Asks for a transfer, for a holder who has just verified for it, and sends it to the bank. */
    fun transfer(card: Card, transfer: Transfer) {
        forgetVerdict()
        begin(Work.SENDING) {
            val open = opened()
            send(open, open.wallet.transfer(card, transfer))
        }
    }

    /** Sends a transfer again of which the bank has said nothing yet. */
    fun sendAgain(number: Long) {
        forgetVerdict()
        begin(Work.SENDING) {
            val open = opened()
            open.wallet.transferRequest(number)?.let { send(open, it) }
        }
    }

    /** What the bank said of an earlier payment or transfer is not about the next. */
    fun forgetVerdict() {
        verdict = null
        sent = null
    }

    /** A contact is over, and the payment service has its report. Its row stands in the journal already. */
    fun onTap(report: TapReport) {
        val isOurs = isSelfTesting
        isSelfTesting = false
        // Nothing happened that anyone would look for.
        if (report.id == 0L) return
        Wallet.current()?.acknowledge(report.id)
        lastTap = report
        changed()
        worker.execute {
            if (isOurs) runCatching { tellVerdict(opened(), report) }
            // New payments in the place of the one that was spent. Where the issuer is not there, the next time will do.
            runCatching { converse(opened()) }
            lookAtBank(::changed)
        }
    }

    /** Takes all away: wallet, issuer and what was shared of the journal. */
    fun beginAnew() = begin(Work.ENDING) {
        open?.desk?.close()
        open = null
        Wallet.discard(app)
        Desk.discard(directory)
        directory.deleteRecursively()
        JournalFile.forget(app)
        breaking.forgetCopy()
        main.post {
            state = State.None
            lastTap = null
            selfTest = null
            forgetVerdict()
            code = null
            couponUntil = null
        }
    }

    private fun begin(what: Work, work: () -> Unit) {
        this.work = what
        trouble = null
        nothingWanted = false
        wrongCodeOf = null
        changed()
        worker.execute {
            val failed = try {
                work()
                null
            } catch (failed: Exception) {
                Trouble.of(failed) ?: throw failed
            }
            lookAtBank { ended(what, failed) }
        }
    }

    private fun lookAtBank(then: () -> Unit) {
        val (cards, refuses) = try {
            open?.desk?.run { cards() to refusesNext() }
        } catch (_: DeskException) {
            null
        } ?: (emptyList<CardAtIssuer>() to false)
        main.post {
            atBank = cards
            refusesNext = refuses
            then()
        }
    }

    private fun ended(what: Work, failed: Trouble?) {
        if (work == what) work = null
        if (what == Work.SELF_TEST) isSelfTesting = isSelfTesting && failed == null
        trouble = failed
        if (failed != null && state !is State.Open) state = State.Closed(failed)
        changed()
    }

    private fun changed() = listeners.forEach(Runnable::run)

    // ---- on the worker

    private var open: State.Open? = null

    private fun opened(): State.Open = open ?: makeOrOpen()

    private fun makeOrOpen(): State.Open {
        val desk = Desk.open(directory, WallClock::now)
        val wallet = try {
            Wallet.open(app, desk.issuerKey)
        } catch (failed: WalletException) {
            desk.close()
            throw failed
        }
        Routing.follow(app, CardService::class.java, wallet)
        return State.Open(wallet, desk).also { now ->
            open = now
            main.post {
                state = now
                wallet.observe(::changed)
                changed()
            }
        }
    }

    /** Carries requests and envelopes between the two, until there is nothing left to say. */
    private fun converse(open: State.Open) {
        val (wallet, desk) = open.wallet to open.desk
        repeat(ROUNDS) {
            val request = when (wallet.nextRequest()) {
                NextRequest.NOTHING -> return
                NextRequest.ENROLMENT -> wallet.enrolmentRequest(desk.challenge())
                NextRequest.RESYNCHRONISATION -> wallet.resynchronisationRequest()
                NextRequest.ISSUER_TIME -> wallet.issuerTimeRequest()
                NextRequest.REPLENISHMENT -> wallet.replenishmentRequest() ?: return
                NextRequest.CHECK_IN -> wallet.checkInRequest()
            }
            carry(open, request)
        }
    }

    /** For payments without a terminal. Once a card has had such keys, the wallet itself asks for more. */
    private fun sendRemoteKeys(open: State.Open) {
        val bare = open.wallet.cards.filter { it.state == CardState.ACTIVE && it.onlineUsesLeft == 0 && it.codeUsesLeft == 0 }
        for (card in bare) {
            for (channel in listOf(Channel.ONLINE, Channel.QR)) {
                open.desk.sendKeys(card.id, channel, KEYS).forEach(open.wallet::apply)
            }
        }
    }

    /** The bank's word is shown, and goes into the journal. */
    private fun said(open: State.Open, report: TapReport, said: Verdict, amount: Amount) {
        main.post { verdict = said }
        tell(open, report, if (said.isApproved) Settled.APPROVED else Settled.DECLINED, amount, DeclineReason.NOT_TOLD)
        converse(open)
    }

    /** Where the bank has had the transfer already, it says again what became of it. */
    private fun send(open: State.Open, request: TransferRequest) {
        main.post { sent = request.number }
        val answer = open.desk.transfer(request)
        main.post { verdict = answer.verdict }
        answer.envelope?.let(open.wallet::apply)
        converse(open)
    }

    /** As a bank does that was asked: its word goes into the journal. */
    private fun tellVerdict(open: State.Open, report: TapReport) {
        val settled = if ((selfTest?.verdict ?: return).isApproved) Settled.APPROVED else Settled.DECLINED
        tell(open, report, settled, report.amount ?: return, DeclineReason.NOT_TOLD)
    }

    private fun tell(open: State.Open, report: TapReport, settled: Settled, amount: Amount, why: DeclineReason) {
        val card = report.cardId ?: return
        val aid = report.aid ?: return
        val counter = report.counter ?: return
        open.wallet.apply(open.desk.notice(card, aid, counter, settled, amount, why, report.channel))
    }

    /** What the bank has sent and the wallet has not had comes now. */
    private fun checkIn(open: State.Open): List<Applied> = carry(open, open.wallet.checkInRequest())

    private fun carry(open: State.Open, request: ByteArray): List<Applied> = applyAll(open, open.desk.answer(request))

    /** In their order. One that the wallet refuses keeps none of the others away: the bank sends it again until a later one was taken. */
    private fun applyAll(open: State.Open, envelopes: List<ByteArray>): List<Applied> {
        var refusal: WalletException? = null
        val applied = envelopes.mapNotNull { envelope ->
            try {
                open.wallet.apply(envelope)
            } catch (refused: WalletException) {
                if (refused.reason != Reason.ENVELOPE_REFUSED) throw refused
                refusal = refusal ?: refused
                null
            }
        }
        refusal?.let { throw it }
        return applied
    }

    /** Of a transfer, or of a use of a coupon that was given. */
    private fun isAnswerDue(wallet: Wallet): Boolean =
        wallet.transfers(0, KEPT).any { it.state == TransferState.PENDING } ||
            wallet.coupons.any { coupon -> coupon.presented.any { it.settled == null } }

    internal companion object {
        /** So long a coupon that was chosen counts. */
        const val COUPON_SECONDS = 120
        private const val KEYS = 10

        /** So many transfers the wallet keeps. */
        private const val KEPT = 100
        private const val ROUNDS = 3
        private const val ENGINEERS = "engineers"
        private const val DAY_MS = 86_400_000L
    }
}
