package org.hcepay

import android.os.Build
import android.security.KeyStoreException
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.UserNotAuthenticatedException
import java.security.UnrecoverableKeyException
import javax.crypto.BadPaddingException
import javax.crypto.IllegalBlockSizeException

/** What a failure of Android's key store means. Its classes tell little; from API 33 on its numbers tell the rest. */
internal enum class KeyStoreFailure {
    /** The key is gone or invalid, or another made what it is to open. */
    LOST,

    /** The key waits for the holder, or for the phone to be unlocked. */
    WITHHELD,

    /** Busy, or nothing tells: the next try may succeed. Android does not count every "busy" of its daemon as transient. */
    UNKNOWN,
    ;

    /** There is no such key, or not what belongs to it. */
    class Lost : Exception()

    companion object {
        fun of(failure: Exception): KeyStoreFailure {
            val causes = mutableListOf<Throwable>(failure)
            while (causes.size < MOST_CAUSES) causes += causes.last().cause ?: break
            return when {
                causes.any { it is Lost || it is KeyPermanentlyInvalidatedException || it is BadPaddingException } -> LOST
                // Of a key that was invalidated `getKey` says this and no more; where it has another reason, it names a cause.
                failure is UnrecoverableKeyException && failure.cause == null -> LOST
                causes.any { it is UserNotAuthenticatedException } -> WITHHELD
                Build.VERSION.SDK_INT >= 33 -> byNumber(causes)
                // What ciphers say of whatever is refused once they have begun. A verification that is over is most of it.
                failure is IllegalBlockSizeException -> WITHHELD
                else -> UNKNOWN
            }
        }

        @SinceApi(33)
        private fun byNumber(causes: List<Throwable>): KeyStoreFailure {
            val told = causes.firstNotNullOfOrNull { it as? KeyStoreException } ?: return UNKNOWN
            return when {
                told.requiresUserAuthentication() -> WITHHELD
                told.numericErrorCode == KeyStoreException.ERROR_KEY_DOES_NOT_EXIST -> LOST
                told.numericErrorCode == KeyStoreException.ERROR_KEY_CORRUPTED -> LOST
                else -> UNKNOWN
            }
        }

        private const val MOST_CAUSES = 8
    }
}
