package org.hcepay

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import android.security.keystore.UserNotAuthenticatedException
import org.junit.rules.ExternalResource
import java.io.InputStream
import java.io.OutputStream
import java.security.AlgorithmParameters
import java.security.InvalidAlgorithmParameterException
import java.security.InvalidKeyException
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.ProviderException
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Security
import java.security.Signature
import java.security.SignatureSpi
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration
import javax.crypto.Cipher
import javax.crypto.CipherSpi
import javax.crypto.KeyAgreement
import javax.crypto.KeyAgreementSpi
import javax.crypto.KeyGeneratorSpi
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec

/**
 * An "AndroidKeyStore" for one test. Its keys are opaque, serve the purposes that they were made for, and mind the phone: whether
 * it is locked, has a screen lock, and when the holder verified.
 */
class TestKeyStore : ExternalResource() {
    /** Whether the phone is locked now. */
    var isLocked = false

    /** Whether the holder has a screen lock. Taking it off loses every key that needs the holder. */
    var hasScreenLock = true
        set(value) {
            field = value
            if (!value) keys.values.filter { it.spec.isUserAuthenticationRequired }.forEach { it.isInvalidated = true }
        }

    /** Whether the holder verified within the window of keys that go by one. */
    var isVerified = false

    /** The cipher that waits for the prompt, and whether the prompt has released it: for keys of one use. */
    internal var waiting: CipherSpi? = null
    internal var released: CipherSpi? = null

    /** Whether no prompt is needed: whatever waits for one is released. */
    var isUnattended = false

    /** What the next use of any key fails with. */
    var failure: (() -> Exception)? = null

    /** What happens while a key is being used. */
    var meanwhile: (() -> Unit)? = null

    /** How often a key was used to decrypt, agree or sign. */
    var uses = 0

    internal val keys = LinkedHashMap<String, TestKey>()

    override fun before() {
        check(Security.getProvider(NAME) == null)
        // First, so that a cipher asked for without a provider offers its opaque keys here too.
        Security.insertProviderAt(TestProvider(this), 1)
    }

    override fun after() = Security.removeProvider(NAME)

    /** The holder verifies in the prompt that was given the last cipher. */
    fun verify() {
        released = waiting
    }

    internal fun check(key: TestKey, purpose: Int) {
        failure?.let { throw it() }
        if (key !in keys.values) throw InvalidKeyException("deleted")
        if (key.isInvalidated) throw KeyPermanentlyInvalidatedException()
        if (key.spec.purposes and purpose == 0) throw InvalidKeyException("purpose not allowed")
        if (key.spec.isUnlockedDeviceRequired && isLocked && purpose != KeyProperties.PURPOSE_ENCRYPT) {
            throw InvalidKeyException("the device is locked")
        }
        if (purpose != KeyProperties.PURPOSE_ENCRYPT) {
            uses++
            meanwhile?.invoke()
        }
    }

    companion object {
        const val NAME = "AndroidKeyStore"
    }
}

/** A key whose bytes nobody sees. */
internal interface TestKey : Key {
    val spec: KeyGenParameterSpec
    var isInvalidated: Boolean

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

internal class TestSecretKey(val real: SecretKeySpec, override val spec: KeyGenParameterSpec) : SecretKey, TestKey {
    override var isInvalidated = false

    override fun getAlgorithm() = "AES"

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

internal class TestPrivateKey(val real: PrivateKey, val public: PublicKey, override val spec: KeyGenParameterSpec) : PrivateKey, TestKey {
    override var isInvalidated = false

    override fun getAlgorithm(): String = real.algorithm

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

private class TestProvider(val store: TestKeyStore) : Provider(TestKeyStore.NAME, "1.0", "test") {
    init {
        add("KeyStore", TestKeyStore.NAME) { TestKeyStoreSpi(store) }
        add("KeyGenerator", "AES") { TestKeyGeneratorSpi(store) }
        add("KeyPairGenerator", "RSA") { TestKeyPairGeneratorSpi(store, "RSA") }
        add("KeyPairGenerator", "EC") { TestKeyPairGeneratorSpi(store, "EC") }
        add("Cipher", "AES/GCM/NoPadding") { TestCipherSpi(store, "AES/GCM/NoPadding") }
        add("Cipher", "RSA/ECB/OAEPPadding") { TestCipherSpi(store, "RSA/ECB/OAEPPadding") }
        add("Signature", "NONEwithECDSA") { TestSignatureSpi(store) }
        add("KeyAgreement", "ECDH") { TestKeyAgreementSpi(store) }
    }

    private fun add(type: String, algorithm: String, make: () -> Any) = putService(
        object : Service(this, type, algorithm, "test", null, emptyMap()) {
            override fun newInstance(parameter: Any?): Any = make()

            override fun supportsParameter(parameter: Any?): Boolean =
                type !in setOf("Cipher", "Signature", "KeyAgreement") || parameter is TestKey
        },
    )
}

private class TestKeyGeneratorSpi(val store: TestKeyStore) : KeyGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun engineInit(random: SecureRandom?) = throw UnsupportedOperationException()

    override fun engineInit(size: Int, random: SecureRandom?) = throw UnsupportedOperationException()

    override fun engineInit(params: AlgorithmParameterSpec?, random: SecureRandom?) {
        spec = params as? KeyGenParameterSpec ?: throw InvalidAlgorithmParameterException("needs a KeyGenParameterSpec")
    }

    override fun engineGenerateKey(): SecretKey {
        store.failure?.let { throw it() as? ProviderException ?: ProviderException(it()) }
        if (spec.isUserAuthenticationRequired && !store.hasScreenLock) throw IllegalStateException("no secure lock screen")
        val raw = ByteArray(spec.keySize / 8).also(SecureRandom()::nextBytes)
        return TestSecretKey(SecretKeySpec(raw, "AES"), spec).also { store.keys[spec.keystoreAlias] = it }
    }
}

private class TestKeyPairGeneratorSpi(val store: TestKeyStore, val algorithm: String) : KeyPairGeneratorSpi() {
    private lateinit var spec: KeyGenParameterSpec

    override fun initialize(size: Int, random: SecureRandom?) = throw UnsupportedOperationException()

    override fun initialize(params: AlgorithmParameterSpec?, random: SecureRandom?) {
        spec = params as? KeyGenParameterSpec ?: throw InvalidAlgorithmParameterException("needs a KeyGenParameterSpec")
    }

    override fun generateKeyPair(): KeyPair {
        store.failure?.let { throw it() as? ProviderException ?: ProviderException(it()) }
        if (spec.isUserAuthenticationRequired && !store.hasScreenLock) throw IllegalStateException("no secure lock screen")
        val real = KeyPairGenerator.getInstance(algorithm, if (algorithm == "RSA") "SunRsaSign" else "SunEC")
        if (spec.algorithmParameterSpec != null) real.initialize(spec.algorithmParameterSpec) else real.initialize(spec.keySize)
        val pair = real.generateKeyPair()
        val private = TestPrivateKey(pair.private, pair.public, spec)
        store.keys[spec.keystoreAlias] = private
        return KeyPair(pair.public, private)
    }
}

private class TestKeyStoreSpi(val store: TestKeyStore) : KeyStoreSpi() {
    override fun engineGetKey(alias: String, password: CharArray?): Key? = store.keys[alias]

    override fun engineDeleteEntry(alias: String) {
        store.keys.remove(alias)
    }

    override fun engineAliases(): Enumeration<String> = Collections.enumeration(store.keys.keys.toList())

    override fun engineContainsAlias(alias: String) = alias in store.keys

    override fun engineSize() = store.keys.size

    override fun engineIsKeyEntry(alias: String) = alias in store.keys

    override fun engineIsCertificateEntry(alias: String) = false

    override fun engineGetCertificateChain(alias: String): Array<Certificate>? = null

    override fun engineGetCertificate(alias: String): Certificate? = null

    override fun engineGetCertificateAlias(cert: Certificate): String? = null

    override fun engineGetCreationDate(alias: String): Date? = store.keys[alias]?.let { Date(0) }

    override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = unsupported()

    override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = unsupported()

    override fun engineSetCertificateEntry(alias: String, cert: Certificate) = unsupported()

    override fun engineStore(stream: OutputStream?, password: CharArray?) = unsupported()

    override fun engineLoad(stream: InputStream?, password: CharArray?) = require(stream == null && password == null)

    private fun unsupported(): Nothing = throw UnsupportedOperationException()
}

private class TestCipherSpi(val store: TestKeyStore, transformation: String) : CipherSpi() {
    private val real = Cipher.getInstance(transformation, "SunJCE")
    private var key: TestKey? = null

    private fun real(mode: Int, key: Key): Key {
        val purpose = if (mode == Cipher.ENCRYPT_MODE) KeyProperties.PURPOSE_ENCRYPT else KeyProperties.PURPOSE_DECRYPT
        val known = key as? TestKey ?: throw InvalidKeyException("not a key of this store")
        store.check(known, purpose)
        this.key = known
        val spec = known.spec
        // A window of time is looked at here; one use after one prompt in doFinal.
        val window = spec.userAuthenticationValidityDurationSeconds
        if (spec.isUserAuthenticationRequired && window > 0 && !store.isVerified) throw UserNotAuthenticatedException()
        if (spec.isUserAuthenticationRequired) store.waiting = this
        if (store.isUnattended) store.verify()
        return if (known is TestSecretKey) known.real else (known as TestPrivateKey).real
    }

    override fun engineInit(mode: Int, key: Key, random: SecureRandom?) = real.init(mode, real(mode, key))

    override fun engineInit(mode: Int, key: Key, params: AlgorithmParameterSpec?, random: SecureRandom?) {
        val found = real(mode, key)
        if (mode == Cipher.ENCRYPT_MODE && params != null && (key as TestKey).spec.isRandomizedEncryptionRequired) {
            throw InvalidAlgorithmParameterException("caller-provided IV not permitted")
        }
        real.init(mode, found, params)
    }

    override fun engineInit(mode: Int, key: Key, params: AlgorithmParameters?, random: SecureRandom?) = real.init(
        mode,
        real(mode, key),
        params,
    )

    override fun engineSetMode(mode: String) = Unit

    override fun engineSetPadding(padding: String) = Unit

    override fun engineGetBlockSize() = real.blockSize

    override fun engineGetOutputSize(inputLen: Int) = real.getOutputSize(inputLen)

    override fun engineGetIV(): ByteArray? = real.iv

    override fun engineGetParameters(): AlgorithmParameters? = real.parameters

    override fun engineUpdateAAD(src: ByteArray, offset: Int, len: Int) = real.updateAAD(src, offset, len)

    override fun engineUpdate(input: ByteArray, offset: Int, len: Int): ByteArray? = real.update(input, offset, len)

    override fun engineUpdate(input: ByteArray, offset: Int, len: Int, output: ByteArray, outputOffset: Int) =
        real.update(input, offset, len, output, outputOffset)

    override fun engineDoFinal(input: ByteArray?, offset: Int, len: Int): ByteArray {
        val spec = checkNotNull(key).spec
        if (spec.isUserAuthenticationRequired && spec.userAuthenticationValidityDurationSeconds <= 0 && store.released !== this) {
            // So the real one says it, too: the reason is a KeyStoreException within.
            throw javax.crypto.IllegalBlockSizeException("Key user not authenticated")
        }
        store.released = null
        return if (input == null) real.doFinal() else real.doFinal(input, offset, len)
    }

    override fun engineDoFinal(input: ByteArray, offset: Int, len: Int, output: ByteArray, outputOffset: Int) =
        throw UnsupportedOperationException()
}

private class TestSignatureSpi(val store: TestKeyStore) : SignatureSpi() {
    private val real = Signature.getInstance("NONEwithECDSA", "SunEC")

    override fun engineInitSign(key: PrivateKey) {
        store.check(key as TestKey, KeyProperties.PURPOSE_SIGN)
        real.initSign((key as TestPrivateKey).real)
    }

    override fun engineInitVerify(key: PublicKey) = throw UnsupportedOperationException()

    override fun engineUpdate(byte: Byte) = real.update(byte)

    override fun engineUpdate(bytes: ByteArray, offset: Int, length: Int) = real.update(bytes, offset, length)

    override fun engineSign(): ByteArray = real.sign()

    override fun engineVerify(signature: ByteArray) = throw UnsupportedOperationException()

    @Deprecated("of the class above")
    override fun engineSetParameter(param: String, value: Any) = throw UnsupportedOperationException()

    @Deprecated("of the class above")
    override fun engineGetParameter(param: String) = throw UnsupportedOperationException()
}

private class TestKeyAgreementSpi(val store: TestKeyStore) : KeyAgreementSpi() {
    private val real = KeyAgreement.getInstance("ECDH", "SunEC")

    override fun engineInit(key: Key, random: SecureRandom?) {
        store.check(key as TestKey, KeyProperties.PURPOSE_AGREE_KEY)
        real.init((key as TestPrivateKey).real)
    }

    override fun engineInit(key: Key, params: AlgorithmParameterSpec?, random: SecureRandom?) = engineInit(key, random)

    override fun engineDoPhase(key: Key, lastPhase: Boolean): Key? = real.doPhase(key, lastPhase)

    override fun engineGenerateSecret(): ByteArray = real.generateSecret()

    override fun engineGenerateSecret(sharedSecret: ByteArray, offset: Int): Int = real.generateSecret(sharedSecret, offset)

    override fun engineGenerateSecret(algorithm: String): SecretKey = real.generateSecret(algorithm)
}
