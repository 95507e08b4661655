package org.hcepay.demo.engineer

import android.os.Handler
import android.os.Looper
import org.hcepay.demo.desk.Watched

/** What a reader and the card said in the contact that is under way, or in the last one. On the main thread; gone with the process. */
internal class Timeline(private val changed: () -> Unit) {
    /** An exchange, and when its command came, in microseconds from the contact's first one. */
    class Moment(val atMicroseconds: Int, val exchange: Watched)

    private val main = Handler(Looper.getMainLooper())
    private val told = Runnable { changed() }
    private var beganNs = 0L

    var moments: List<Moment> = emptyList()
        private set

    /** A contact begins. */
    fun begin() {
        moments = emptyList()
    }

    fun add(command: ByteArray, answer: ByteArray, nanoseconds: Long) {
        val cameNs = System.nanoTime() - nanoseconds
        if (moments.isEmpty()) beganNs = cameNs
        moments += Moment(microseconds(cameNs - beganNs), Watched(command, answer, microseconds(nanoseconds)))
        // This thread answers readers: what it draws, it draws between contacts.
        main.removeCallbacks(told)
        main.postDelayed(told, QUIET_MS)
    }

    fun clear() {
        moments = emptyList()
        changed()
    }

    private fun microseconds(ns: Long): Int = (ns / 1_000).coerceIn(0, Int.MAX_VALUE.toLong()).toInt()

    private companion object {
        const val QUIET_MS = 100L
    }
}
