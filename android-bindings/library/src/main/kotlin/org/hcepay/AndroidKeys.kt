package org.hcepay

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import org.hcepay.KeyStoreFailure.Lost
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.MGF1ParameterSpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.Cipher
import javax.crypto.KeyAgreement
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.OAEPParameterSpec
import javax.crypto.spec.PSource

/**
 * Keys in Android's key store, each under an alias that is never used again: a key that was made and is named nowhere yet takes
 * the place of none. What fails here throws what Android throws; [KeyStoreFailure] says what that means.
 *
 * StrongBox is not asked for: it takes hundreds of milliseconds where the phone's main key store takes tens.
 */
internal object AndroidKeys {
    private const val KEY_STORE = "AndroidKeyStore"
    private const val PREFIX = "hcepay."
    private const val GCM = "AES/GCM/NoPadding"
    private const val OAEP = "RSA/ECB/OAEPPadding"
    private const val IV_LENGTH = 12

    // What every Android key store does under this name, whatever it is told: SHA-256 for the label, SHA-1 for the mask.
    private val OAEP_PARAMETERS = OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT)

    fun newAlias(purpose: String): String =
        PREFIX + purpose + "." + "%016x".format(SecureRandom().nextLong())

    /** A key that wraps other keys. */
    fun makeAesKey(alias: String, whileUnlocked: Boolean) {
        val spec = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setKeySize(256)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setUnlockedDeviceRequired(whileUnlocked)
        KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEY_STORE).apply { init(spec.build()) }.generateKey()
    }

    /** A P-256 key; with a challenge, certificates attest it. Gives its public half. */
    fun makeEcKey(alias: String, purpose: Int, challenge: ByteArray?): PublicKey {
        val spec = KeyGenParameterSpec.Builder(alias, purpose)
            .setAlgorithmParameterSpec(ECGenParameterSpec("secp256r1"))
            .setDigests(KeyProperties.DIGEST_NONE)
        challenge?.let(spec::setAttestationChallenge)
        val keys = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_EC, KEY_STORE)
        keys.initialize(spec.build())
        return keys.generateKeyPair().public
    }

    /** A key that decrypts where the holder has verified: for one use; before API 30 for some seconds. Gives its public half. */
    fun makeAuthenticatedKey(alias: String, windowSeconds: Int): PublicKey {
        val spec = KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_DECRYPT)
            .setKeySize(2048)
            .setDigests(KeyProperties.DIGEST_SHA256)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_RSA_OAEP)
            .setUserAuthenticationRequired(true)
        if (Build.VERSION.SDK_INT >= 35) nameTheMask(spec)
        if (Build.VERSION.SDK_INT >= 30) forOneUse(spec) else forAWindow(spec, windowSeconds)
        val keys = KeyPairGenerator.getInstance(KeyProperties.KEY_ALGORITHM_RSA, KEY_STORE)
        keys.initialize(spec.build())
        // Encoded anew, so that it is a key like any other: the key store's own public half is bound, too, on some phones.
        return KeyFactory.getInstance("RSA").generatePublic(X509EncodedKeySpec(keys.generateKeyPair().public.encoded))
    }

    @SinceApi(30)
    private fun forOneUse(spec: KeyGenParameterSpec.Builder) {
        spec.setUserAuthenticationParameters(0, KeyProperties.AUTH_BIOMETRIC_STRONG or KeyProperties.AUTH_DEVICE_CREDENTIAL)
    }

    @Suppress("DEPRECATION")
    private fun forAWindow(spec: KeyGenParameterSpec.Builder, seconds: Int) {
        spec.setUserAuthenticationValidityDurationSeconds(seconds)
    }

    /** Before, key stores allowed SHA-1 for the mask to whoever named none. */
    @SinceApi(35)
    private fun nameTheMask(spec: KeyGenParameterSpec.Builder) {
        spec.setMgf1Digests(KeyProperties.DIGEST_SHA1)
    }

    fun encrypt(public: PublicKey, secret: ByteArray): ByteArray =
        Cipher.getInstance(OAEP).apply { init(Cipher.ENCRYPT_MODE, public, OAEP_PARAMETERS) }.doFinal(secret)

    /** Decrypts what [encrypt] made, once it is released. */
    fun decryption(alias: String): Cipher =
        Cipher.getInstance(OAEP).apply { init(Cipher.DECRYPT_MODE, privateKey(alias), OAEP_PARAMETERS) }

    fun wrap(alias: String, secret: ByteArray): ByteArray {
        val cipher = Cipher.getInstance(GCM).apply { init(Cipher.ENCRYPT_MODE, secretKey(alias)) }
        return cipher.iv + cipher.doFinal(secret)
    }

    fun unwrap(alias: String, wrapped: ByteArray): ByteArray {
        if (wrapped.size < IV_LENGTH) throw Lost()
        val cipher = Cipher.getInstance(GCM)
        cipher.init(Cipher.DECRYPT_MODE, secretKey(alias), GCMParameterSpec(128, wrapped, 0, IV_LENGTH))
        return cipher.doFinal(wrapped, IV_LENGTH, wrapped.size - IV_LENGTH)
    }

    fun agree(alias: String, point: PublicKey): ByteArray {
        val agreement = KeyAgreement.getInstance("ECDH", KEY_STORE)
        agreement.init(privateKey(alias))
        agreement.doPhase(point, true)
        return agreement.generateSecret()
    }

    /** Signs a digest of 32 bytes; a DER sequence. */
    fun sign(alias: String, digest: ByteArray): ByteArray {
        val signature = Signature.getInstance("NONEwithECDSA").apply { initSign(privateKey(alias)) }
        signature.update(digest)
        return signature.sign()
    }

    /** The certificates that attest a key, its own first. */
    fun certificates(alias: String): List<ByteArray> = keyStore().getCertificateChain(alias).orEmpty().map { it.encoded }

    /** All keys of wallets of this app. */
    fun aliases(): List<String> = keyStore().aliases().toList().filter { it.startsWith(PREFIX) }

    fun delete(alias: String) = keyStore().deleteEntry(alias)

    private fun secretKey(alias: String): SecretKey = keyStore().getKey(alias, null) as? SecretKey ?: throw Lost()

    private fun privateKey(alias: String): PrivateKey = keyStore().getKey(alias, null) as? PrivateKey ?: throw Lost()

    private fun keyStore(): KeyStore = KeyStore.getInstance(KEY_STORE).apply { load(null) }
}
