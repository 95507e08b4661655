package org.hcepay

import android.app.Notification
import android.app.NotificationManager
import android.content.Intent
import android.nfc.cardemulation.HostApduService
import android.os.Bundle
import android.os.Handler
import android.os.Looper

/**
 * The card that terminals meet. The app declares a subclass in its manifest, with the AIDs of its cards, and takes reports in.
 *
 * Android calls it on the main thread and gives it every command of a terminal, of whatever length and in whatever order. It
 * always answers, and never throws.
 */
public abstract class PaymentService : HostApduService() {
    private val main = Handler(Looper.getMainLooper())
    private val giveUp = Runnable { answerParked() }

    /** A command that came before the wallet was open. A terminal waits for each answer, so there is never a second one. */
    private var parked: ByteArray? = null
    private var isParked = false
    private var isOpening = false

    /** Begins to open the wallet, where one was made. Once it is open, [onTap] is told the reports that were not acknowledged. */
    final override fun onCreate() {
        super.onCreate()
        isOpening = Wallet.current() == null
        Wallet.worker.execute {
            // What is wrong with the wallet the app learns when it opens it itself. Reports are read here, where it may fail: on the
            // main thread a wallet that was discarded meanwhile would end the process.
            val reports = runCatching { Wallet.openIfMade(this)?.reports }.getOrNull().orEmpty()
            main.post { opened(reports) }
        }
    }

    private fun opened(reports: List<TapReport>) {
        isOpening = false
        if (isParked) answerParked()
        reports.forEach(::deliver)
    }

    /** Answers a command of a terminal: at once, or a moment later where the wallet is still being opened. */
    final override fun processCommandApdu(commandApdu: ByteArray?, extras: Bundle?): ByteArray? {
        if (Wallet.current() == null && isOpening && !isParked) {
            parked = commandApdu
            isParked = true
            main.postDelayed(giveUp, OPENING_MS)
            return null
        }
        return answer(commandApdu)
    }

    private fun answerParked() {
        main.removeCallbacks(giveUp)
        if (!isParked) return
        val answer = answer(parked)
        parked = null
        isParked = false
        sendResponseApdu(answer)
    }

    private fun answer(command: ByteArray?): ByteArray = try {
        Wallet.current()?.process(command) ?: Wallet.NO_PRECISE_DIAGNOSIS.clone()
    } catch (_: Throwable) {
        Wallet.NO_PRECISE_DIAGNOSIS.clone()
    }

    /** The phone left the field, or the terminal selected another app: the contact is reported. */
    final override fun onDeactivated(reason: Int) {
        main.removeCallbacks(giveUp)
        val wasParked = isParked
        parked = null
        isParked = false
        val report = try {
            Wallet.current()?.deactivated()
        } catch (_: Throwable) {
            null
        } ?: TapReport.ofFault()
        // A command that was never answered leaves no trace in the wallet.
        deliver(if (wasParked && report.outcome == Outcome.NOTHING) TapReport.ofFault() else report)
        if (report.outcome == Outcome.VERIFICATION_NEEDED) askHolder(report)
    }

    /** Not in this call: a fault of the listener's is not the terminal's to wait for. */
    private fun deliver(report: TapReport) {
        if (Wallet.current()?.isNew(report) != false) main.post { onTap(report) }
    }

    private fun askHolder(report: TapReport) {
        val screen = verificationScreen(report) ?: return
        // Android lets a service do so right after a tap; where it does not, the notification is left.
        runCatching { startActivity(screen.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)) }
        val notification = verificationNotification(report, screen) ?: return
        runCatching { getSystemService(NotificationManager::class.java)?.notify(TAG, 0, notification) }
    }

    /**
     * A contact with a terminal is over. Called on the main thread, for each contact once in a process; again after the process
     * was started anew, until the report is acknowledged ([Wallet.acknowledge]). Told again it has the same number
     * ([TapReport.id]), which no other contact has.
     */
    protected abstract fun onTap(report: TapReport)

    /** The screen on which the holder verifies after a first tap that asked for it, before a second one. Null for none. */
    protected open fun verificationScreen(report: TapReport): Intent? = null

    /** A notification that leads to this screen, where Android does not let it come up by itself. Null for none. */
    protected open fun verificationNotification(report: TapReport, screen: Intent): Notification? = null

    private companion object {
        /** How long a terminal's first command waits for the wallet to open. */
        const val OPENING_MS = 1_000L
        const val TAG = "hcepay.verification"
    }
}
