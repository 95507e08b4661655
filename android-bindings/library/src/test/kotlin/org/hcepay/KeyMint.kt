package org.hcepay

import android.hardware.security.keymint.Algorithm
import android.hardware.security.keymint.Digest
import android.hardware.security.keymint.ErrorCode
import android.hardware.security.keymint.KeyPurpose
import android.hardware.security.keymint.Tag
import android.os.SystemClock
import android.system.keystore2.ResponseCode
import java.security.GeneralSecurityException
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.PrivateKey
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.MGF1ParameterSpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.AEADBadTagException
import javax.crypto.Cipher
import javax.crypto.KeyAgreement
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import javax.crypto.spec.OAEPParameterSpec
import javax.crypto.spec.PSource
import javax.crypto.spec.SecretKeySpec

/** What the key store's daemon or KeyMint says no with: a `ResponseCode` or an `ErrorCode`. */
class Refused(val code: Int) : Exception("code $code")

/** The calls in which a phone's key store can fail. */
enum class KeyStoreCall { GENERATE, GET, BEGIN, FINISH, DELETE }

/** One parameter of a key or an operation: a tag of KeyMint, and a number, bytes, or `true`. */
class Parameter(val tag: Int, val value: Any)

/** A key that nobody outside sees. */
class MintedKey(val id: Long, val alias: String, val parameters: List<Parameter>, val secret: Key, val public: PublicKey?) {
    /** Its own first; none where it is no pair. */
    var certificates: List<ByteArray> = emptyList()

    fun all(tag: Int): List<Any> = parameters.filter { it.tag == tag }.map { it.value }

    fun number(tag: Int): Int? = all(tag).firstOrNull() as Int?

    fun has(tag: Int): Boolean = parameters.any { it.tag == tag }
}

/**
 * KeyMint and the daemon before it, as far as a wallet needs them, by the codes and conditions that the sources of AOSP name
 * (hardware/interfaces/security/keymint, system/security/keystore2). What Android makes of that is Android's own code.
 */
class KeyMint(private val level: () -> Int) {
    val keys = LinkedHashMap<String, MintedKey>()

    var isLocked = false

    /** Unlocked by a weak face or a trust agent. To the daemon of Android 12 to 14 that is as good as locked. */
    var isWeaklyUnlocked = false

    /** What Gatekeeper says: 0 where there is no screen lock. Another one when a lock was taken off and set again. */
    var secureUser = 1L

    /** When the holder verified last, for keys that go by a window of time; and for which operation, for the others. */
    var verifiedAt: Long? = null
    private var released: Long? = null
    var waiting: Long? = null
        private set

    /** Whether no prompt is needed: whatever waits for one is released. */
    var isUnattended = false

    /** With what a call on a key fails; null where it does not. */
    var refuses: (KeyStoreCall, String) -> Int? = { _, _ -> null }

    /** What happens while a key is being used to decrypt, agree or sign, and how often one was. */
    var meanwhile: (() -> Unit)? = null
    var uses = 0

    /** Who says what the keys are; null where the phone's hardware cannot. */
    var attester: Attester? = Attester()

    /** Whether ECDH keys are made and cannot agree, as on some phones. */
    var agreesNever = false

    /** Whether OAEP opens what it cannot open as nothing, without an error, as on some phones. */
    var opensToNothing = false

    private var made = 0L

    /** The holder verifies in the prompt that was given the last operation. */
    fun verify() {
        released = waiting
        verifiedAt = SystemClock.elapsedRealtime()
    }

    fun release(challenge: Long) {
        released = challenge
    }

    fun call(call: KeyStoreCall, alias: String) {
        refuses(call, alias)?.let { throw Refused(it) }
    }

    fun find(alias: String): MintedKey = keys[alias] ?: throw Refused(ResponseCode.KEY_NOT_FOUND)

    fun find(id: Long): MintedKey = keys.values.find { it.id == id } ?: throw Refused(ResponseCode.KEY_NOT_FOUND)

    fun generate(alias: String, parameters: List<Parameter>): MintedKey {
        call(KeyStoreCall.GENERATE, alias)
        val wanted = MintedKey(++made, alias, parameters, NOTHING, null)
        if (wanted.has(Tag.UNLOCKED_DEVICE_REQUIRED) && needsSuperKey && !hasSuperKey) throw Refused(ResponseCode.LOCKED)
        val random = SecureRandom()
        val pair = when (wanted.number(Tag.ALGORITHM)) {
            Algorithm.AES -> null
            Algorithm.RSA -> pair("RSA", "SunRsaSign") { initialize(wanted.number(Tag.KEY_SIZE)!!, random) }
            Algorithm.EC -> pair("EC", "SunEC") { initialize(ECGenParameterSpec("secp256r1"), random) }
            else -> throw Refused(ErrorCode.UNSUPPORTED_ALGORITHM)
        }
        val secret = pair?.private ?: SecretKeySpec(ByteArray(wanted.number(Tag.KEY_SIZE)!! / 8).also(random::nextBytes), "AES")
        val key = MintedKey(wanted.id, alias, parameters, secret, pair?.public)
        if (key.has(Tag.ATTESTATION_CHALLENGE)) {
            attest(key)
        } else if (pair != null) {
            key.certificates = listOf(Certificates.selfSigned(pair.public, pair.private))
        }
        keys[alias] = key
        return key
    }

    fun attest(key: MintedKey) {
        key.certificates = (attester ?: throw Refused(ErrorCode.ATTESTATION_KEYS_NOT_PROVISIONED)).chain(key, level())
    }

    private fun pair(algorithm: String, provider: String, configure: KeyPairGenerator.() -> Unit): KeyPair =
        KeyPairGenerator.getInstance(algorithm, provider).apply(configure).generateKeyPair()

    /** Android 12 to 14 keep these keys under one that the screen lock and strong biometrics alone release. */
    private val needsSuperKey get() = level() in 31..34
    private val hasSuperKey get() = !isLocked && !isWeaklyUnlocked && secureUser != 0L

    /** Begins an operation, if the key and the phone's state allow it. */
    fun begin(key: MintedKey, parameters: List<Parameter>): Operation {
        call(KeyStoreCall.BEGIN, key.alias)
        find(key.id)
        val asked = MintedKey(0, "", parameters, NOTHING, null)
        val purpose = asked.number(Tag.PURPOSE)!!
        if (purpose !in key.all(Tag.PURPOSE)) throw Refused(ErrorCode.INCOMPATIBLE_PURPOSE)
        if (key.has(Tag.UNLOCKED_DEVICE_REQUIRED) && purpose != KeyPurpose.ENCRYPT) {
            if (needsSuperKey && !hasSuperKey) throw Refused(ResponseCode.LOCKED)
            if (isLocked) throw Refused(ErrorCode.DEVICE_LOCKED)
        }
        val ofUser = key.all(Tag.USER_SECURE_ID)
        val isBound = ofUser.isNotEmpty() && !key.has(Tag.NO_AUTH_REQUIRED)
        if (isBound && secureUser !in ofUser) {
            throw Refused(if (level() < 31) ErrorCode.KEY_USER_NOT_AUTHENTICATED else ResponseCode.KEY_PERMANENTLY_INVALIDATED)
        }
        val window = key.number(Tag.AUTH_TIMEOUT)
        if (isBound && window != null && window > 0) {
            val ago = verifiedAt?.let { SystemClock.elapsedRealtime() - it }
            if (ago == null || ago > window * 1000L) throw Refused(ErrorCode.KEY_USER_NOT_AUTHENTICATED)
        }
        return operation(key, purpose, asked, isBound && (window == null || window == 0))
    }

    private fun operation(key: MintedKey, purpose: Int, asked: MintedKey, needsPrompt: Boolean): Operation {
        if (purpose != KeyPurpose.ENCRYPT) {
            uses++
            meanwhile?.invoke()
        }
        val challenge = if (needsPrompt) SecureRandom().nextLong() else null
        waiting = challenge ?: waiting
        if (isUnattended) released = waiting
        return when {
            purpose == KeyPurpose.SIGN -> Operation(key, challenge, null) { sign(key, it) }
            purpose == KeyPurpose.AGREE_KEY -> Operation(key, challenge, null) { agree(key, it) }
            key.secret is SecretKey -> gcm(key, purpose, asked, challenge)
            else -> oaep(key, asked, challenge)
        }
    }

    private fun gcm(key: MintedKey, purpose: Int, asked: MintedKey, challenge: Long?): Operation {
        val given = asked.all(Tag.NONCE).firstOrNull() as ByteArray?
        val mode = if (purpose == KeyPurpose.ENCRYPT) Cipher.ENCRYPT_MODE else Cipher.DECRYPT_MODE
        if (mode == Cipher.ENCRYPT_MODE && given != null && !key.has(Tag.CALLER_NONCE)) throw Refused(ErrorCode.CALLER_NONCE_PROHIBITED)
        val nonce = given ?: ByteArray(12).also(SecureRandom()::nextBytes)
        val cipher = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE")
        cipher.init(mode, key.secret, GCMParameterSpec(asked.number(Tag.MAC_LENGTH)!!, nonce))
        return Operation(key, challenge, nonce) { input ->
            try {
                cipher.doFinal(input)
            } catch (_: AEADBadTagException) {
                throw Refused(ErrorCode.VERIFICATION_FAILED)
            }
        }
    }

    private fun oaep(key: MintedKey, asked: MintedKey, challenge: Long?): Operation {
        // Where neither names the digest of the mask it is SHA-1: KeyMint's Tag.RSA_OAEP_MGF_DIGEST says so.
        val mask = asked.number(Tag.RSA_OAEP_MGF_DIGEST) ?: Digest.SHA1
        // From API 35 on nothing is allowed that the key does not name.
        val allowed = key.all(Tag.RSA_OAEP_MGF_DIGEST).ifEmpty { if (level() < 35) listOf(Digest.SHA1) else emptyList() }
        if (mask !in allowed) throw Refused(ErrorCode.INCOMPATIBLE_MGF_DIGEST)
        if (asked.number(Tag.DIGEST)!! !in key.all(Tag.DIGEST)) throw Refused(ErrorCode.INCOMPATIBLE_DIGEST)
        val ofMask = if (mask == Digest.SHA1) MGF1ParameterSpec.SHA1 else MGF1ParameterSpec.SHA256
        val cipher = Cipher.getInstance("RSA/ECB/OAEPPadding", "SunJCE")
        cipher.init(Cipher.DECRYPT_MODE, key.secret, OAEPParameterSpec("SHA-256", "MGF1", ofMask, PSource.PSpecified.DEFAULT))
        return Operation(key, challenge, null) { input ->
            if (opensToNothing) return@Operation ByteArray(0)
            try {
                cipher.doFinal(input)
            } catch (_: GeneralSecurityException) {
                throw Refused(ErrorCode.UNKNOWN_ERROR)
            }
        }
    }

    private fun sign(key: MintedKey, digest: ByteArray): ByteArray {
        val signature = Signature.getInstance("NONEwithECDSA", "SunEC")
        signature.initSign(key.secret as PrivateKey)
        signature.update(digest)
        return signature.sign()
    }

    private fun agree(key: MintedKey, point: ByteArray): ByteArray {
        if (agreesNever) throw Refused(ErrorCode.UNKNOWN_ERROR)
        val agreement = KeyAgreement.getInstance("ECDH", "SunEC")
        agreement.init(key.secret)
        agreement.doPhase(KeyFactory.getInstance("EC", "SunEC").generatePublic(X509EncodedKeySpec(point)), true)
        return agreement.generateSecret()
    }

    /** An operation that was begun. A challenge is there where a prompt must release it. */
    inner class Operation(
        private val key: MintedKey,
        val challenge: Long?,
        val nonce: ByteArray?,
        private val work: (ByteArray) -> ByteArray,
    ) {
        private val input = java.io.ByteArrayOutputStream()

        /** Gives how much it takes: all. */
        fun update(bytes: ByteArray?): Int {
            bytes?.let(input::write)
            return bytes?.size ?: 0
        }

        fun finish(): ByteArray {
            call(KeyStoreCall.FINISH, key.alias)
            if (challenge != null && released != challenge) throw Refused(ErrorCode.KEY_USER_NOT_AUTHENTICATED)
            if (challenge != null) released = null
            return work(input.toByteArray())
        }
    }

    private companion object {
        val NOTHING = SecretKeySpec(ByteArray(1), "none")
    }
}
