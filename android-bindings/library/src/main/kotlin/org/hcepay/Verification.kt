package org.hcepay

import android.app.Activity
import android.app.KeyguardManager
import android.content.Context
import android.content.Intent
import android.hardware.biometrics.BiometricManager
import android.hardware.biometrics.BiometricPrompt
import android.os.Build
import android.os.CancellationSignal
import javax.crypto.Cipher

/** Whether the holder can verify on this phone. */
public enum class Availability {
    /** The holder can. */
    AVAILABLE,

    /** There is no screen lock; the holder must set one. */
    NO_SCREEN_LOCK,

    /**
     * There is a screen lock and no biometric, and this Android's prompt takes biometrics only (API 28): see
     * [Verification.credentialIntent].
     */
    CREDENTIAL_ONLY,
}

/** Why the holder's verification came to nothing. */
public enum class RefusalKind {
    /** The holder did not want to, or the app took it back. */
    CANCELLED,

    /** Too many wrong attempts. */
    LOCKED_OUT,

    /** The phone cannot verify the holder now; see [Verification.availability]. */
    UNAVAILABLE,

    /** The holder was verified, and the wallet refused: see [Refusal.reason]. */
    REFUSED_BY_WALLET,
}

/**
 * The holder's verification came to nothing.
 *
 * @property kind why
 * @property reason why the wallet refused, where it did
 */
public class Refusal internal constructor(public val kind: RefusalKind, public val reason: Reason?) {
    override fun toString(): String = "Refusal($kind, $reason)"
}

/**
 * What the prompt says. The library has no words of its own.
 *
 * @property title the first line
 * @property subtitle the second line, if there is one
 * @property cancel the button by which the holder goes back, where Android shows one
 */
public class PromptText(public val title: CharSequence, public val subtitle: CharSequence?, public val cancel: CharSequence)

/** Asks the holder to verify with Android's own prompt, and arms the wallet. */
public object Verification {
    /** What comes of it; called on the main thread, exactly once. */
    public interface Callback {
        /** The wallet pays once, until then. */
        public fun onArmed(armed: Armed)

        /** It does not. */
        public fun onRefused(why: Refusal)
    }

    /** Whether the holder can verify. */
    @JvmStatic
    public fun availability(context: Context): Availability = when {
        !keyguard(context).isDeviceSecure -> Availability.NO_SCREEN_LOCK
        Build.VERSION.SDK_INT >= 29 || hasFingerprint(context) -> Availability.AVAILABLE
        else -> Availability.CREDENTIAL_ONLY
    }

    /**
     * A screen on which the holder verifies by the screen lock, to be started for a result: for API 28, whose prompt takes
     * biometrics only. Where the result is `RESULT_OK`, arm the wallet with `Authentication.reported(DEVICE_CREDENTIAL, null)`.
     * Null where there is no screen lock.
     */
    @JvmStatic
    public fun credentialIntent(context: Context, text: PromptText): Intent? {
        @Suppress("DEPRECATION")
        return keyguard(context).createConfirmDeviceCredentialIntent(text.title, text.subtitle)
    }

    /**
     * Asks the holder to verify, and arms the wallet. To be called on the main thread; over a locked screen Android asks the
     * holder to unlock the phone first.
     *
     * @param activity in the foreground
     * @param cancel by which the app takes it back
     */
    @JvmStatic
    public fun request(activity: Activity, wallet: Wallet, text: PromptText, cancel: CancellationSignal, callback: Callback) {
        val once = Once(activity, callback)
        if (!keyguard(activity).isKeyguardLocked) return prepare(activity, wallet, text, cancel, once)
        keyguard(activity).requestDismissKeyguard(
            activity,
            object : KeyguardManager.KeyguardDismissCallback() {
                override fun onDismissSucceeded() = prepare(activity, wallet, text, cancel, once)

                override fun onDismissCancelled() = once.refused(RefusalKind.CANCELLED)

                override fun onDismissError() = once.refused(RefusalKind.UNAVAILABLE)
            },
        )
    }

    /** The key store is asked for its cipher on the worker; then the prompt comes up. */
    private fun prepare(activity: Activity, wallet: Wallet, text: PromptText, cancel: CancellationSignal, once: Once) {
        Wallet.worker.execute {
            val cipher = try {
                wallet.authenticatedCipher()
            } catch (refused: WalletException) {
                return@execute once.refused(RefusalKind.REFUSED_BY_WALLET, refused.reason)
            }
            activity.mainExecutor.execute { show(activity, wallet, text, cancel, once, cipher) }
        }
    }

    private fun show(
        activity: Activity,
        wallet: Wallet,
        text: PromptText,
        cancel: CancellationSignal,
        once: Once,
        cipher: Cipher?,
    ) {
        val prompt = BiometricPrompt.Builder(activity).setTitle(text.title)
        text.subtitle?.let(prompt::setSubtitle)
        when {
            Build.VERSION.SDK_INT >= 30 -> takeCredentialsToo(prompt)
            Build.VERSION.SDK_INT == 29 -> takeCredentialsIn29(prompt)
            else -> prompt.setNegativeButton(text.cancel, activity.mainExecutor) { _, _ -> once.refused(RefusalKind.CANCELLED) }
        }
        val listener = object : BiometricPrompt.AuthenticationCallback() {
            override fun onAuthenticationSucceeded(result: BiometricPrompt.AuthenticationResult) {
                val proof = Authentication.reported(method(result), cipher)
                Wallet.worker.execute { once.arm(wallet, proof) }
            }

            override fun onAuthenticationError(errorCode: Int, errString: CharSequence?) = once.refused(kind(errorCode))
        }
        if (cipher == null) {
            prompt.build().authenticate(cancel, activity.mainExecutor, listener)
        } else {
            prompt.build().authenticate(BiometricPrompt.CryptoObject(cipher), cancel, activity.mainExecutor, listener)
        }
        // Android says nothing where it was taken back before the prompt came up.
        if (cancel.isCanceled) once.refused(RefusalKind.CANCELLED)
    }

    @SinceApi(30)
    private fun takeCredentialsToo(prompt: BiometricPrompt.Builder) {
        prompt.setAllowedAuthenticators(
            BiometricManager.Authenticators.BIOMETRIC_STRONG or BiometricManager.Authenticators.DEVICE_CREDENTIAL,
        )
    }

    @SinceApi(29)
    private fun takeCredentialsIn29(prompt: BiometricPrompt.Builder) {
        @Suppress("DEPRECATION")
        prompt.setDeviceCredentialAllowed(true)
    }

    /** Before API 30 the prompt does not tell; in API 28 it takes nothing but a biometric. */
    internal fun method(result: BiometricPrompt.AuthenticationResult): Method = when {
        Build.VERSION.SDK_INT >= 30 -> methodAsTold(result)
        Build.VERSION.SDK_INT == 29 -> Method.UNKNOWN
        else -> Method.BIOMETRIC
    }

    @SinceApi(30)
    private fun methodAsTold(result: BiometricPrompt.AuthenticationResult): Method = when (result.authenticationType) {
        BiometricPrompt.AUTHENTICATION_RESULT_TYPE_BIOMETRIC -> Method.BIOMETRIC
        BiometricPrompt.AUTHENTICATION_RESULT_TYPE_DEVICE_CREDENTIAL -> Method.DEVICE_CREDENTIAL
        else -> Method.UNKNOWN
    }

    private fun kind(errorCode: Int): RefusalKind = when (errorCode) {
        BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT, BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT -> RefusalKind.LOCKED_OUT
        BiometricPrompt.BIOMETRIC_ERROR_CANCELED, BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED,
        BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT,
        -> RefusalKind.CANCELLED
        else -> RefusalKind.UNAVAILABLE
    }

    private fun keyguard(context: Context): KeyguardManager = checkNotNull(context.getSystemService(KeyguardManager::class.java))

    private fun hasFingerprint(context: Context): Boolean {
        @Suppress("DEPRECATION")
        val fingerprint = context.getSystemService(android.hardware.fingerprint.FingerprintManager::class.java)
        @Suppress("DEPRECATION")
        return fingerprint?.run { isHardwareDetected && hasEnrolledFingerprints() } == true
    }

    /** Tells the callback on the main thread, and only the first thing that comes of it. */
    private class Once(private val activity: Activity, private val callback: Callback) {
        private val isOver = java.util.concurrent.atomic.AtomicBoolean()

        fun refused(kind: RefusalKind, reason: Reason? = null) {
            if (isOver.compareAndSet(false, true)) tell { callback.onRefused(Refusal(kind, reason)) }
        }

        /** Unless it was refused before: then the wallet must not pay. */
        fun arm(wallet: Wallet, proof: Authentication) {
            if (!isOver.compareAndSet(false, true)) return
            try {
                val armed = wallet.arm(proof)
                tell { callback.onArmed(armed) }
            } catch (refused: WalletException) {
                tell { callback.onRefused(Refusal(RefusalKind.REFUSED_BY_WALLET, refused.reason)) }
            }
        }

        private fun tell(what: () -> Unit) = activity.mainExecutor.execute(what)
    }
}
