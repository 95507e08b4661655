package org.hcepay

import android.app.KeyguardManager
import android.content.Context
import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import org.hcepay.internal.Native
import java.security.GeneralSecurityException
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.ProviderException
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.MGF1ParameterSpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.Cipher
import javax.crypto.IllegalBlockSizeException
import javax.crypto.KeyAgreement
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.OAEPParameterSpec
import javax.crypto.spec.PSource

/**
 * The phone's keys for the wallet, in its key store or wrapped by it.
 *
 * | | lies | is there |
 * |---|---|---|
 * | store key | wrapped by AES-GCM under `hcepay.wrap`, which has no conditions | once the phone was unlocked after it was switched on |
 * | spend key UNLOCKED | wrapped by AES-GCM under `hcepay.unlocked` | while the phone is unlocked |
 * | spend key AUTHENTICATED | encrypted by RSA-OAEP to `hcepay.authenticated`, of which only the private half is bound | when the holder has verified |
 * | agreement key | `hcepay.agreement`; before API 31 wrapped as the store key is | as the store key |
 * | signature key | `hcepay.signature` | as the store key |
 *
 * StrongBox is not asked for: it takes hundreds of milliseconds where the phone's main key store takes tens.
 */
internal class DeviceKeys(context: Context, private val files: PlatformFiles) {
    private val keyguard: KeyguardManager = checkNotNull(context.getSystemService(KeyguardManager::class.java))

    /** Whether the phone is locked now. The key store's own exceptions do not say it reliably. */
    val isPhoneLocked: Boolean get() = keyguard.isDeviceLocked

    /** Makes all keys. Gives the public points of the device keys that the issuer gets to know: agreement, then signature. */
    fun create(): ByteArray {
        val storeKey = ByteArray(KEY_LENGTH).also(SecureRandom()::nextBytes)
        keyStore {
            makeAesKey(WRAP) {}
            files.write(WrappedKey.STORE, wrap(WRAP, storeKey))
        }
        storeKey.fill(0)
        val points = createAgreement() + createSignature()
        createUnlocked()
        createAuthenticated()
        return points
    }

    /**
     * Does something with the store key, which is wiped after it.
     *
     * @throws WalletException [Reason.STORE_KEY_LOST], [Reason.KEYSTORE_FAILED]
     */
    fun <T> withStoreKey(work: (ByteArray) -> T): T {
        val storeKey = keyStore(lost = Reason.STORE_KEY_LOST) { unwrap(WRAP, files.read(WrappedKey.STORE) ?: throw Lost()) }
        return try {
            work(storeKey)
        } finally {
            storeKey.fill(0)
        }
    }

    /** What the device agreement key and a point have in common: 32 bytes. */
    fun agree(point: ByteArray): ByteArray = keyStore(lost = Reason.STORE_KEY_LOST) {
        val wrapped = files.read(WrappedKey.AGREEMENT)
        val (private, provider) = when (wrapped) {
            null -> privateKey(AGREEMENT) to KEY_STORE
            else -> unwrap(WRAP, wrapped).let { number -> P256.privateKey(number).also { number.fill(0) } } to null
        }
        val agreement = provider?.let { KeyAgreement.getInstance("ECDH", it) } ?: KeyAgreement.getInstance("ECDH")
        agreement.init(private)
        agreement.doPhase(P256.publicKey(point), true)
        agreement.generateSecret()
    }

    /** Signs a digest of 32 bytes: r, then s. */
    fun sign(digest: ByteArray): ByteArray = keyStore(lost = Reason.STORE_KEY_LOST) {
        val signature = Signature.getInstance("NONEwithECDSA").apply { initSign(privateKey(SIGNATURE)) }
        signature.update(digest)
        P256.rawSignature(signature.sign())
    }

    /** @throws WalletException [Reason.DEVICE_LOCKED], [Reason.SPEND_KEY_LOST], [Reason.KEYSTORE_FAILED] */
    fun unlockedKey(): ByteArray = keyStore(lost = Reason.SPEND_KEY_LOST) { unwrap(UNLOCKED, wrapped(WrappedKey.UNLOCKED)) }

    /**
     * A cipher that gives the spend key of a verified holder once: for the prompt's `CryptoObject`. Null where the phone's
     * key store goes by a window of time instead (before API 30).
     */
    fun authenticatedCipher(): Cipher? = if (Build.VERSION.SDK_INT >= 30) keyStore(lost = Reason.SPEND_KEY_LOST) { cipher() } else null

    /** @throws WalletException [Reason.NOT_AUTHENTICATED], [Reason.SPEND_KEY_LOST], [Reason.KEYSTORE_FAILED] */
    fun authenticatedKey(cipher: Cipher?): ByteArray = keyStore(lost = Reason.SPEND_KEY_LOST) {
        try {
            (cipher ?: cipher()).doFinal(wrapped(WrappedKey.AUTHENTICATED))
        } catch (cause: IllegalBlockSizeException) {
            // What Android's ciphers say of whatever the key store refused in the middle.
            throw WalletException(Reason.NOT_AUTHENTICATED, "", cause)
        }
    }

    /** The public point of a spend key. */
    fun point(key: WrappedKey): ByteArray =
        files.read(key)?.copyOf(P256.POINT_LENGTH) ?: throw WalletException(Reason.STORE_KEY_LOST, "a key's file is gone")

    /** Makes a spend key anew in the place of one that was lost. Gives its point. */
    fun replace(key: WrappedKey): ByteArray = if (key == WrappedKey.UNLOCKED) createUnlocked() else createAuthenticated()

    /** Deletes all keys. */
    fun delete() = keyStore {
        val keys = androidKeyStore()
        listOf(WRAP, UNLOCKED, AUTHENTICATED, AGREEMENT, SIGNATURE).filter(keys::containsAlias).forEach(keys::deleteEntry)
    }

    private fun createAgreement(): ByteArray = keyStore {
        if (Build.VERSION.SDK_INT >= 31) return@keyStore makeEcKey(AGREEMENT, KeyProperties.PURPOSE_AGREE_KEY)
        val pair = newPair()
        files.write(WrappedKey.AGREEMENT, wrap(WRAP, pair.number))
        pair.wipe()
        pair.point
    }

    private fun createSignature(): ByteArray = keyStore { makeEcKey(SIGNATURE, KeyProperties.PURPOSE_SIGN) }

    private fun createUnlocked(): ByteArray = keyStore {
        makeAesKey(UNLOCKED) { setUnlockedDeviceRequired(true) }
        val pair = newPair()
        files.write(WrappedKey.UNLOCKED, pair.point + wrap(UNLOCKED, pair.number))
        pair.wipe()
        pair.point
    }

    private fun createAuthenticated(): ByteArray {
        if (!keyguard.isDeviceSecure) throw WalletException(Reason.NO_SCREEN_LOCK, "")
        return keyStore {
            val spec = KeyGenParameterSpec.Builder(AUTHENTICATED, KeyProperties.PURPOSE_DECRYPT)
                .setKeySize(2048)
                .setDigests(KeyProperties.DIGEST_SHA256)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_RSA_OAEP)
                .setUserAuthenticationRequired(true)
            if (Build.VERSION.SDK_INT >= 30) forOneUse(spec) else forAWindow(spec)
            val keys = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_RSA, KEY_STORE)
            keys.initialize(spec.build())
            // Encoded anew, so that it is a key like any other: the key store's own public half is bound, too, on some phones.
            val public = KeyFactory.getInstance("RSA").generatePublic(X509EncodedKeySpec(keys.generateKeyPair().public.encoded))
            val pair = newPair()
            val cipher = Cipher.getInstance(OAEP).apply { init(Cipher.ENCRYPT_MODE, public, OAEP_PARAMETERS) }
            files.write(WrappedKey.AUTHENTICATED, pair.point + cipher.doFinal(pair.number))
            pair.wipe()
            pair.point
        }
    }

    /** A verification is good for one use. */
    @SinceApi(30)
    private fun forOneUse(spec: KeyGenParameterSpec.Builder) {
        spec.setUserAuthenticationParameters(0, KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL)
    }

    /** Or for some time after it. */
    @Suppress("DEPRECATION")
    private fun forAWindow(spec: KeyGenParameterSpec.Builder) {
        spec.setUserAuthenticationValidityDurationSeconds(WINDOW_SECONDS)
    }

    private fun cipher(): Cipher =
        Cipher.getInstance(OAEP).apply { init(Cipher.DECRYPT_MODE, privateKey(AUTHENTICATED), OAEP_PARAMETERS) }

    private fun wrapped(key: WrappedKey): ByteArray = files.read(key)?.let { it.copyOfRange(P256.POINT_LENGTH, it.size) } ?: throw Lost()

    private fun makeAesKey(alias: String, configure: KeyGenParameterSpec.Builder.() -> Unit) {
        val spec = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setKeySize(256)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
        configure(spec)
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEY_STORE).apply { init(spec.build()) }.generateKey()
    }

    private fun makeEcKey(alias: String, purpose: Int): ByteArray {
        val spec = KeyGenParameterSpec.Builder(alias, purpose)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_NONE)
        val keys = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, KEY_STORE)
        keys.initialize(spec.build())
        return P256.point(keys.generateKeyPair().public)
    }

    private fun wrap(alias: String, secret: ByteArray): ByteArray {
        val cipher = Cipher.getInstance(GCM).apply { init(Cipher.ENCRYPT_MODE, secretKey(alias)) }
        return cipher.iv + cipher.doFinal(secret)
    }

    private fun unwrap(alias: String, wrapped: ByteArray): ByteArray {
        val cipher = Cipher.getInstance(GCM)
        cipher.init(Cipher.DECRYPT_MODE, secretKey(alias), GCMParameterSpec(128, wrapped, 0, IV_LENGTH))
        return cipher.doFinal(wrapped, IV_LENGTH, wrapped.size - IV_LENGTH)
    }

    private fun secretKey(alias: String): SecretKey = androidKeyStore().getKey(alias, null) as? SecretKey ?: throw Lost()

    private fun privateKey(alias: String): PrivateKey = androidKeyStore().getKey(alias, null) as? PrivateKey ?: throw Lost()

    private fun androidKeyStore(): KeyStore = KeyStore.getInstance(KEY_STORE).apply { load(null) }

    /** What can go wrong with the phone's key store, as what the app can do about it. */
    private fun <T> keyStore(lost: Reason = Reason.KEYSTORE_FAILED, work: () -> T): T = try {
        work()
    } catch (cause: UserNotAuthenticatedException) {
        throw WalletException(Reason.NOT_AUTHENTICATED, "", cause)
    } catch (cause: KeyPermanentlyInvalidatedException) {
        throw WalletException(lost, "the key was invalidated", cause)
    } catch (cause: Lost) {
        throw WalletException(lost, "the key is gone", cause)
    } catch (cause: GeneralSecurityException) {
        throw WalletException(if (isPhoneLocked) Reason.DEVICE_LOCKED else Reason.KEYSTORE_FAILED, "", cause)
    } catch (cause: ProviderException) {
        throw WalletException(if (isPhoneLocked) Reason.DEVICE_LOCKED else Reason.KEYSTORE_FAILED, "", cause)
    }

    /** There is no such key. */
    private class Lost : Exception()

    /** A new spend key. */
    private class Pair(val number: ByteArray, val point: ByteArray) {
        fun wipe() = number.fill(0)
    }

    internal companion object {
        /** How long a verification counts before API 30. */
        const val WINDOW_SECONDS: Int = 30

        private const val KEY_STORE = "AndroidKeyStore"
        private const val WRAP = "hcepay.wrap"
        private const val UNLOCKED = "hcepay.unlocked"
        private const val AUTHENTICATED = "hcepay.authenticated"
        private const val AGREEMENT = "hcepay.agreement"
        private const val SIGNATURE = "hcepay.signature"
        private const val GCM = "AES/GCM/NoPadding"
        private const val OAEP = "RSA/ECB/OAEPPadding"
        private const val KEY_LENGTH = 32
        private const val IV_LENGTH = 12

        // What every Android key store does under this name, whatever it is told: SHA-256 for the label, SHA-1 for the mask.
        private val OAEP_PARAMETERS = OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT)

        private fun newPair(): Pair {
            val both = Answer.payload(Native.newSpendKey())
            return Pair(both.copyOf(KEY_LENGTH), both.copyOfRange(KEY_LENGTH, both.size)).also { both.fill(0) }
        }
    }
}
