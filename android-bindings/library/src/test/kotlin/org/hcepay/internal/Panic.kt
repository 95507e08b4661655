package org.hcepay.internal

/** In a library that was built for tests of the border: the next native panics. */
object Panic {
    @JvmStatic external fun next()
}
