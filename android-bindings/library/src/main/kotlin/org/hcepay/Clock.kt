package org.hcepay

import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import java.security.SecureRandom

/** The phone's clocks, as the core wants them. */
internal class Clock(context: Context) {
    /**
     * How often the phone has booted. Where it does not tell, each process counts as a boot of its own: what was made ready for
     * a tap is given up then, and nothing is ever used twice.
     */
    val bootCount: Int = Settings.Global.getInt(context.contentResolver, Settings.Global.BOOT_COUNT, -1)
        .takeIf { it >= 0 } ?: (SecureRandom().nextInt() and Int.MAX_VALUE)

    /** Milliseconds since boot, sleep included. */
    val bootMs: Long get() = SystemClock.elapsedRealtime()

    /** Milliseconds since 1970. */
    val wallMs: Long get() = System.currentTimeMillis()
}
