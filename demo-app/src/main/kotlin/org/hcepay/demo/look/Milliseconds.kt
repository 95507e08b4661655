package org.hcepay.demo.look

import java.util.Locale

/** A time between command and answer: two digits behind the point below a millisecond, else one. */
internal object Milliseconds {
    fun words(microseconds: Int): String =
        String.format(Locale.getDefault(), if (microseconds < 1_000) "%.2f" else "%.1f", microseconds / 1_000.0)
}
