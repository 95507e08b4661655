package org.hcepay.demo

/** The phone's wall clock, in milliseconds since 1970. */
internal object WallClock {
    fun now(): Long = System.currentTimeMillis()
}
