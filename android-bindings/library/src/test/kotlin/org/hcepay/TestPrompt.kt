package org.hcepay

import android.content.DialogInterface
import android.hardware.biometrics.BiometricConstants
import android.hardware.biometrics.BiometricPrompt
import android.hardware.biometrics.PromptInfo
import android.os.Bundle
import android.os.CancellationSignal
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Implementation
import org.robolectric.annotation.Implements
import org.robolectric.annotation.RealObject
import org.robolectric.util.ReflectionHelpers
import org.robolectric.util.ReflectionHelpers.ClassParameter.from
import java.util.concurrent.Executor
import javax.crypto.Cipher

/** Android's own prompt, and the holder in front of it. What an app gives it goes through Android's own checks. */
@Implements(BiometricPrompt::class)
class TestPrompt {
    @RealObject
    private lateinit var real: BiometricPrompt
    private lateinit var executor: Executor
    private lateinit var callback: BiometricPrompt.AuthenticationCallback

    /** The cipher that it was shown with. */
    var cipher: Cipher? = null
        private set

    /** Whether the app took it back. */
    var isCancelled = false
        private set

    val firstLine: CharSequence? get() = if (isOldest) bundle.getCharSequence("title") else real.title
    val secondLine: CharSequence? get() = if (isOldest) bundle.getCharSequence("subtitle") else real.subtitle
    val cancelButton: CharSequence? get() = if (isOldest) bundle.getCharSequence("negative_text") else real.negativeButtonText
    val authenticators: Int get() = real.allowedAuthenticators
    val isCredentialAllowed: Boolean get() = ReflectionHelpers.getField<PromptInfo>(real, "mPromptInfo").isDeviceCredentialAllowed
    private val bundle: Bundle get() = ReflectionHelpers.getField(real, "mBundle")

    @Implementation(maxSdk = 28)
    fun authenticate(cancel: CancellationSignal, executor: Executor, callback: BiometricPrompt.AuthenticationCallback) =
        show(null, cancel, executor, callback)

    @Implementation(minSdk = 30)
    fun authenticateInternal(
        crypto: BiometricPrompt.CryptoObject?,
        cancel: CancellationSignal,
        executor: Executor,
        callback: BiometricPrompt.AuthenticationCallback,
        userId: Int,
    ) = show(crypto, cancel, executor, callback)

    private fun show(
        crypto: BiometricPrompt.CryptoObject?,
        cancel: CancellationSignal,
        executor: Executor,
        callback: BiometricPrompt.AuthenticationCallback,
    ) {
        // Android does the same, without a word.
        if (cancel.isCanceled) return
        this.executor = executor
        this.callback = callback
        cipher = crypto?.cipher
        cancel.setOnCancelListener {
            isCancelled = true
            fails(BiometricConstants.BIOMETRIC_ERROR_CANCELED)
        }
        shown += this
    }

    /** The holder is verified, by this type of `BiometricPrompt.AUTHENTICATION_RESULT_TYPE_…` from API 30. */
    fun succeeds(type: Int = BiometricPrompt.AUTHENTICATION_RESULT_TYPE_BIOMETRIC) {
        val result = if (isOldest) resultOfApi28() else BiometricPrompt.AuthenticationResult(null, type)
        executor.execute { callback.onAuthenticationSucceeded(result) }
    }

    /** The prompt is gone, for this reason of `BiometricPrompt.BIOMETRIC_ERROR_…`, and Android says so in these words. */
    fun fails(code: Int, text: String = "") = executor.execute { callback.onAuthenticationError(code, text) }

    /** A finger that is not the holder's: the prompt stays. */
    fun rejects() = executor.execute { callback.onAuthenticationFailed() }

    fun pressCancelButton() {
        val button = ReflectionHelpers.getField<Any>(real, "mNegativeButtonInfo")
        val listener = ReflectionHelpers.getField<DialogInterface.OnClickListener>(button, "listener")
        ReflectionHelpers.getField<Executor>(button, "executor").execute { listener.onClick(null, DialogInterface.BUTTON_NEGATIVE) }
    }

    companion object {
        /** All that were shown, in order. */
        val shown = mutableListOf<TestPrompt>()

        private val isOldest get() = RuntimeEnvironment.getApiLevel() == 28

        private fun resultOfApi28() = ReflectionHelpers.callConstructor(
            BiometricPrompt.AuthenticationResult::class.java,
            from(BiometricPrompt.CryptoObject::class.java, null),
            from(Class.forName("android.hardware.biometrics.BiometricAuthenticator\$BiometricIdentifier"), null),
            from(Int::class.javaPrimitiveType, 0),
        )
    }
}
