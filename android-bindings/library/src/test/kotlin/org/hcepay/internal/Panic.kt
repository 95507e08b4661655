package org.hcepay.internal

/** In a library that was built for tests of the border. */
object Panic {
    /** The next native panics. */
    @JvmStatic external fun next()

    /** The core panics when it next asks for randomness, as for the cryptogram with which kernel 2 declines. */
    @JvmStatic external fun withinTheCore()
}
