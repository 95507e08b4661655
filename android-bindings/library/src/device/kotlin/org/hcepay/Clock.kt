package org.hcepay

import android.content.Context

/** In the place of the library's own, because there are dates in transcripts: it stands still where they begin, and passes as they say. */
internal class Clock(@Suppress("UNUSED_PARAMETER") context: Context) {
    val bootCount: Int get() = 1

    val bootMs: Long get() = 60_000 + passedMs

    val wallMs: Long get() = TestIssuer.NEW_YEAR + passedMs

    companion object : Clocks {
        @Volatile
        private var passedMs = 0L

        override fun setClocks() {
            passedMs = 0
        }

        override fun pass(ms: Long) {
            passedMs += ms
        }
    }
}
