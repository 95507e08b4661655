package org.hcepay

import android.app.Notification
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.nfc.cardemulation.HostApduService
import android.os.Build
import android.os.Bundle
import android.os.Handler
import android.os.Looper

/**
 * The card that terminals meet. The app declares a subclass in its manifest, with the AIDs of its cards, and takes reports in.
 *
 * Android calls it on the main thread and gives it every command of a terminal, of whatever length and in whatever order. It
 * always answers, and never throws.
 *
 * A subclass that overrides [onCreate] or [onDestroy] calls `super` first. Where it forgets to, the wallet is opened no earlier
 * than at a terminal's first command, and a contact that the service's end cuts short is reported when the next one begins.
 */
public abstract class PaymentService : HostApduService() {
    private val main = Handler(Looper.getMainLooper())
    private val giveUp = Runnable { answerParked() }
    private val lookForCryptogram = Runnable { cryptogramGiven() }

    /** By what the wallet knows this service from another one. */
    private val self = Any()

    /** A command that came before the wallet was open. A terminal waits for each answer, so there is never a second one. */
    private var parked: ByteArray? = null
    private var isParked = false

    /** When the command came that is being answered. */
    private var cameNs = 0L
    private var opening = Opening.DUE
    private var unlocking: BroadcastReceiver? = null
    private var isDestroyed = false

    /** Between the first command and the loss of the field. */
    private var isInContact = false

    /** Whether the service's end came before that of the field, which may still be told. */
    private var isCutShort = false
    private var isLookedFor = false
    private var isCryptogramTold = false

    /** Begins to open the wallet, where one was made. Once it is open, [onTap] is told the reports that were not acknowledged. */
    override fun onCreate() {
        super.onCreate()
        open()
    }

    private fun open() {
        opening = Opening.UNDER_WAY
        Wallet.worker.execute {
            // What is wrong with the wallet the app learns when it opens it itself. Reports are read here, where it may fail: on the
            // main thread a wallet that was discarded meanwhile would end the process.
            val reports = runCatching { Wallet.openIfMade(this)?.reports.orEmpty() }
            main.post { opened(reports) }
        }
    }

    private fun opened(reports: Result<List<TapReport>>) {
        opening = if (reports.isSuccess) Opening.DONE else Opening.FAILED
        if (isParked) answerParked()
        reports.getOrDefault(emptyList()).forEach(::deliver)
        if (reports.isSuccess) forgetUnlocking() else awaitUnlocking()
    }

    /** The next contact tries again, too; but then a terminal waits. */
    private fun awaitUnlocking() {
        if (unlocking != null || isDestroyed) return
        val receiver = object : BroadcastReceiver() {
            override fun onReceive(context: Context, intent: Intent) {
                if (opening == Opening.FAILED) open()
            }
        }
        unlocking = receiver
        val filter = IntentFilter(Intent.ACTION_USER_PRESENT).apply { addAction(Intent.ACTION_USER_UNLOCKED) }
        // Both are the system's own: no other app can send them.
        if (Build.VERSION.SDK_INT >= 33) {
            registerReceiver(receiver, filter, Context.RECEIVER_NOT_EXPORTED)
        } else {
            registerReceiver(receiver, filter)
        }
    }

    private fun forgetUnlocking() {
        unlocking?.let(::unregisterReceiver)
        unlocking = null
    }

    /** Answers a command of a terminal: at once, or a moment later where the wallet is still being opened. */
    final override fun processCommandApdu(commandApdu: ByteArray?, extras: Bundle?): ByteArray? {
        if (!isInContact) begin()
        cameNs = System.nanoTime()
        if (Wallet.current() == null && opening == Opening.UNDER_WAY && !isParked) {
            parked = commandApdu
            isParked = true
            main.postDelayed(giveUp, OPENING_MS)
            return null
        }
        return answer(commandApdu)
    }

    private fun begin() {
        isInContact = true
        isCutShort = false
        isCryptogramTold = false
        VerifyNow.forget()
        if (opening == Opening.DUE || opening == Opening.FAILED) open()
        val asked = VerifyNow.asked
        main.post {
            VerifyNow.withdraw(asked)
            onContactBegins()
        }
    }

    private fun answerParked() {
        main.removeCallbacks(giveUp)
        if (!isParked) return
        val answer = answer(parked)
        parked = null
        isParked = false
        sendResponseApdu(answer)
    }

    private fun answer(command: ByteArray?): ByteArray {
        val answer = try {
            Wallet.current()?.let { answer(it, command) }
        } catch (_: Throwable) {
            null
        } ?: Wallet.NO_PRECISE_DIAGNOSIS.clone()
        val nanoseconds = System.nanoTime() - cameNs
        try {
            if (watchesExchanges) tell(command?.clone() ?: ByteArray(0), answer.clone(), nanoseconds)
        } catch (fault: Throwable) {
            // The app's own: not the terminal's to wait for.
            main.post { throw fault }
        }
        return answer
    }

    private fun tell(command: ByteArray, answer: ByteArray, nanoseconds: Long) {
        main.post { onExchange(command, answer, nanoseconds) }
    }

    private fun answer(wallet: Wallet, command: ByteArray?): ByteArray {
        if (wallet.contactOf !== self) {
            // A service that is gone, and whose end was never told: its contact is not this one.
            if (wallet.contactOf != null) deliver(wallet.deactivated())
            wallet.contactOf = self
            wallet.heedLock()
        }
        val answer = wallet.process(command)
        // On a later turn: the terminal has its answer then.
        if (!isCryptogramTold && !isLookedFor) isLookedFor = main.post(lookForCryptogram)
        return answer
    }

    private fun cryptogramGiven() {
        isLookedFor = false
        val wallet = Wallet.current() ?: return
        if (!isInContact || isCryptogramTold || wallet.contactOf !== self || !wallet.gaveCryptogram()) return
        isCryptogramTold = true
        onCryptogramGiven()
    }

    /** The phone left the field, or the terminal selected another app: the contact is reported. */
    final override fun onDeactivated(reason: Int) {
        if (isCutShort) return
        val report = endContact() ?: return
        if (report.outcome == Outcome.VERIFICATION_NEEDED) askHolder(report)
    }

    /** NFC was switched off, or its service ended: no end of the contact is told but this one. */
    final override fun onUnbind(intent: Intent?): Boolean {
        cutShort()
        return super.onUnbind(intent)
    }

    /** A contact that is under way ends, and is reported. */
    override fun onDestroy() {
        isDestroyed = true
        cutShort()
        forgetUnlocking()
        super.onDestroy()
    }

    private fun cutShort() {
        if (!isInContact) return
        endContact()
        isCutShort = true
    }

    /** Null where another service has reported it. */
    private fun endContact(): TapReport? {
        isInContact = false
        main.removeCallbacks(giveUp)
        val wasParked = isParked
        parked = null
        isParked = false
        val wallet = Wallet.current()
        // Another service's contact has begun, which has ended and reported this one.
        if (wallet?.contactOf?.let { it !== self } == true) return null
        val report = try {
            wallet?.deactivated()
        } catch (_: Throwable) {
            null
        } ?: TapReport.ofFault()
        if (!isCryptogramTold && report.attempts.any { it.counter != null }) main.post(::onCryptogramGiven)
        // A command that was never answered leaves no trace in the wallet.
        return report.also { deliver(if (wasParked && it.outcome == Outcome.NOTHING) TapReport.ofFault() else it) }
    }

    /** Not in this call: a fault of the listener's is not the terminal's to wait for. */
    private fun deliver(report: TapReport) {
        if (Wallet.current()?.isNew(report) != false) main.post { onTap(report) }
    }

    private fun askHolder(report: TapReport) {
        val screen = verificationScreen(report) ?: return
        // One screen only, also where it is there already, below others of the app.
        screen.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_SINGLE_TOP or Intent.FLAG_ACTIVITY_CLEAR_TOP)
        VerifyNow.ask(application, screen, Scope.of(report)) { verificationNotification(report, screen) }
    }

    /**
     * A contact with a terminal is over. Called on the main thread, for each contact once in a process; again after the process
     * was started anew, until the report is acknowledged ([Wallet.acknowledge]). Told again it has the same number
     * ([TapReport.id]), which no other contact has. It may come when this service has been destroyed already. So does the report of a
     * payment without a terminal ([TapReport.channel]) that an earlier process has made and not acknowledged.
     */
    protected abstract fun onTap(report: TapReport)

    /** A contact with a terminal has begun: its first command was answered. Called on the main thread. */
    protected open fun onContactBegins() {}

    /**
     * The card has given a cryptogram, the first one in this contact: the holder may feel it, and takes the phone away. Called on
     * the main thread, once the terminal has its answer. Whether the payment was approved is the issuer's to say.
     */
    protected open fun onCryptogramGiven() {}

    /** Whether [onExchange] is told. Asked on the main thread at each command, while the terminal waits. */
    protected open val watchesExchanges: Boolean get() = false

    /**
     * The card has answered a command, after so many nanoseconds: for a time line while an app is built and tried at terminals. Told
     * only where [watchesExchanges], on the main thread, once the terminal has its answer. Both arrays are the callee's own.
     *
     * They hold all that a card tells a terminal: token, track data, cryptogram. A log, a file and a screen are no place for them,
     * unless these are covered.
     */
    protected open fun onExchange(command: ByteArray, answer: ByteArray, nanoseconds: Long) {}

    /**
     * The screen on which the holder verifies after a first tap that asked for it, before a second one. Null for none. It comes
     * up once: one that is there already gets the intent by `onNewIntent`. Within two minutes [Verification.request] verifies for
     * exactly the card and the amount of this report, so that a second tap for another payment is refused.
     */
    protected open fun verificationScreen(report: TapReport): Intent? = null

    /**
     * A notification that leads to this screen, asked for where Android did not let it come up within a second. Null for none. It
     * goes away by itself once the screen is there, the wallet is armed, the next contact begins, or after two minutes. It may be
     * asked for when this service has been destroyed already.
     */
    protected open fun verificationNotification(report: TapReport, screen: Intent): Notification? = null

    private companion object {
        /** How long a terminal's first command waits for the wallet to open. */
        const val OPENING_MS = 1_000L
    }
}

/** How far the opening of the wallet has come. */
private enum class Opening {
    /** It has not begun. */
    DUE,

    /** The worker is at it. */
    UNDER_WAY,

    /** It is tried again: Android may never create the service anew. */
    FAILED,

    /** The wallet is open, or none was made. */
    DONE,
}
