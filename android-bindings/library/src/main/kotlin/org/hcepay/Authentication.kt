package org.hcepay

import javax.crypto.Cipher

/** How the holder was verified, as far as the phone tells. It goes into what the issuer sees of a payment. */
public enum class Method(internal val number: Int) {
    /** A biometric. Which one Android does not tell. */
    BIOMETRIC(1),

    /** The screen lock's PIN, pattern or password. */
    DEVICE_CREDENTIAL(2),

    /** By the system, without a word about how. */
    UNKNOWN(3),

    /** The app says so. */
    APP_REPORTED(4),
}

/** The holder was verified: a proof for [Wallet.arm]. [Verification] makes it; this is for apps with a prompt of their own. */
public class Authentication private constructor(internal val method: Method, internal val cipher: Cipher?) {
    override fun toString(): String = "Authentication($method)"

    /** Makes proofs, and the cipher that a prompt is shown with. */
    public companion object {
        /**
         * A cipher for the prompt's `CryptoObject`, initialised: it works once the holder has verified, and once. Null where the
         * phone goes by a window of time instead (before API 30), or no card needs a verified holder: the prompt is shown without
         * one then.
         *
         * @throws WalletException [Reason.SPEND_KEY_LOST], [Reason.KEYSTORE_FAILED], [Reason.DEVICE_LOCKED]
         */
        @JvmStatic
        @Throws(WalletException::class)
        public fun cipher(wallet: Wallet): Cipher? = wallet.authenticatedCipher()

        /** The holder was verified by a prompt of the app's, which was shown with this cipher. */
        @JvmStatic
        public fun reported(method: Method, cipher: Cipher?): Authentication = Authentication(method, cipher)
    }
}

/**
 * The wallet pays once, until then.
 *
 * @property untilElapsedMs when that is over, on the clock of `SystemClock.elapsedRealtime`
 */
public class Armed internal constructor(public val untilElapsedMs: Long) {
    override fun toString(): String = "Armed"
}
