package org.hcepay

/** The key store's daemon as Android before 12 speaks to it. */
class OldKeyStoreDaemon(private val mint: KeyMint) {
    fun install() {
        error("to come ${mint.keys}")
    }
}
