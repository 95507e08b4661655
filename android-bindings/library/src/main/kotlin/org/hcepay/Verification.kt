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

    /**
     * The prompt was content, and the phone's key store was not: so with a weak face on API 28 and 29. The same prompt would end
     * the same way again. Ask for the screen lock, which always counts: [Verification.credentialIntent].
     */
    USE_SCREEN_LOCK,
}

/**
 * The holder's verification came to nothing.
 *
 * @property kind why
 * @property reason why the wallet refused, where it did
 * @property systemText what Android says about it, in the holder's language and for the holder to read; null where it said nothing,
 * and where it was cancelled: what Android says of that is for engineers
 * @property systemCode which of `BiometricPrompt.BIOMETRIC_ERROR_…` it was; null where it was none
 */
public class Refusal internal constructor(
    public val kind: RefusalKind,
    public val reason: Reason?,
    public val systemText: CharSequence? = null,
    public val systemCode: Int? = null,
) {
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
     * biometrics only, and where a refusal leads to it ([RefusalKind.USE_SCREEN_LOCK]). Where the result is `RESULT_OK`, arm the
     * wallet with `Authentication.reported(DEVICE_CREDENTIAL, null)`. Null where there is no screen lock.
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
     * Android makes an Activity anew when the phone is turned. Keep the signal, cancel it in `onDestroy`, and let the callback do
     * nothing there any more; the new one reads [Wallet.armedUntil]. Not in `onStop`: Android's screen for the screen lock may
     * stop the Activity below it.
     *
     * @param activity in the foreground
     * @param cancel by which the app takes it back
     * @param windowSeconds within what time after it the wallet pays, 5 to 120
     * @param scope what the holder verifies for. Where it is left out: for exactly the payment that the last tap has told, where that
     * tap led to [PaymentService.verificationScreen] no more than two minutes ago; else for any payment
     */
    @JvmStatic
    @JvmOverloads
    public fun request(
        activity: Activity,
        wallet: Wallet,
        text: PromptText,
        cancel: CancellationSignal,
        callback: Callback,
        windowSeconds: Int = Wallet.DEFAULT_WINDOW_SECONDS,
        scope: Scope = VerifyNow.scope,
    ) {
        Wallet.requireWindow(windowSeconds)
        val asked = Asked(activity, wallet, text, cancel, windowSeconds, scope, Once(activity, callback))
        asked.orUnavailable {
            if (!keyguard(activity).isKeyguardLocked) return@orUnavailable prepare(asked)
            val dismissing = object : KeyguardManager.KeyguardDismissCallback() {
                override fun onDismissSucceeded() = prepare(asked)

                override fun onDismissCancelled() = asked.once.refused(RefusalKind.CANCELLED)

                override fun onDismissError() = asked.once.refused(RefusalKind.UNAVAILABLE)
            }
            keyguard(activity).requestDismissKeyguard(activity, dismissing)
        }
    }

    /** The key store is asked for its cipher on the worker; then the prompt comes up. */
    private fun prepare(asked: Asked) {
        Wallet.worker.execute {
            val cipher = try {
                asked.wallet.authenticatedCipher()
            } catch (refused: Exception) {
                return@execute asked.once.refusedByWallet(refused)
            }
            asked.activity.mainExecutor.execute { asked.orUnavailable { show(asked, cipher) } }
        }
    }

    private fun show(asked: Asked, cipher: Cipher?) {
        val (activity, text, once) = Triple(asked.activity, asked.text, asked.once)
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
                Wallet.worker.execute { once.arm(asked, proof) }
            }

            override fun onAuthenticationError(errorCode: Int, errString: CharSequence?) {
                val kind = kind(errorCode)
                val text = errString?.takeIf { kind != RefusalKind.CANCELLED && it.isNotEmpty() }
                once.refused(Refusal(kind, null, text, errorCode))
            }
        }
        if (cipher == null) {
            prompt.build().authenticate(asked.cancel, activity.mainExecutor, listener)
        } else {
            prompt.build().authenticate(BiometricPrompt.CryptoObject(cipher), asked.cancel, activity.mainExecutor, listener)
        }
        // Android says nothing where it was taken back before the prompt came up.
        if (asked.cancel.isCanceled) once.refused(RefusalKind.CANCELLED)
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

    /** What the app has asked for. */
    private class Asked(
        val activity: Activity,
        val wallet: Wallet,
        val text: PromptText,
        val cancel: CancellationSignal,
        val windowSeconds: Int,
        val scope: Scope,
        val once: Once,
    ) {
        /** What Android throws here, as where it does not take the prompt's words, would end the app's process. */
        inline fun orUnavailable(work: () -> Unit) {
            try {
                work()
            } catch (_: RuntimeException) {
                once.refused(RefusalKind.UNAVAILABLE)
            }
        }
    }

    /** Tells the callback on the main thread, and only the first thing that comes of it. */
    private class Once(private val activity: Activity, private val callback: Callback) {
        private val isOver = java.util.concurrent.atomic.AtomicBoolean()

        fun refused(kind: RefusalKind) = refused(Refusal(kind, null))

        fun refused(why: Refusal) {
            if (isOver.compareAndSet(false, true)) tell { callback.onRefused(why) }
        }

        fun refusedByWallet(why: Exception) = refused(byWallet(why))

        /** Unless it was refused before: then the wallet must not pay. */
        fun arm(asked: Asked, proof: Authentication) {
            if (!isOver.compareAndSet(false, true)) return
            try {
                val armed = asked.wallet.arm(proof, asked.windowSeconds, asked.scope)
                tell { callback.onArmed(armed) }
            } catch (refused: Exception) {
                val why = byWallet(refused)
                val isOfKeyStore = why.reason == Reason.NOT_AUTHENTICATED && refused.cause != null
                // Before API 30 the prompt and the key store judge the holder each for itself.
                val isNotCounted = Build.VERSION.SDK_INT < 30 && isOfKeyStore
                tell { callback.onRefused(if (isNotCounted) Refusal(RefusalKind.USE_SCREEN_LOCK, why.reason) else why) }
            }
        }

        /** What is no [WalletException] is a fault of ours or of the phone's: the app is told, and goes on. */
        private fun byWallet(why: Exception) =
            Refusal(RefusalKind.REFUSED_BY_WALLET, (why as? WalletException)?.reason ?: Reason.FAULT)

        private fun tell(what: Runnable) = activity.mainExecutor.execute(what)
    }
}
