package org.hcepay

import android.app.KeyguardManager
import android.content.Context
import android.os.Build
import android.security.keystore.KeyProperties
import org.hcepay.KeyStoreFailure.Lost
import org.hcepay.internal.Native
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.spec.ECGenParameterSpec
import javax.crypto.Cipher
import javax.crypto.KeyAgreement

/**
 * The phone's keys for the wallet, in its key store or wrapped by it. They are made when they are needed.
 *
 * | | is made | lies | is there |
 * |---|---|---|---|
 * | store key | with the wallet | wrapped by AES-GCM | once the phone was unlocked after it was switched on |
 * | agreement key | with each enrolment until the issuer answers | in the key store; before API 31, and where that cannot agree, wrapped by AES-GCM | as the store key |
 * | signature key | with each enrolment until the issuer answers | in the key store | as the store key |
 * | spend key UNLOCKED | for the first card that needs it | wrapped by AES-GCM | while the phone is unlocked |
 * | spend key AUTHENTICATED | with an enrolment, or for the first card that needs it | encrypted by RSA-OAEP; only the private half is bound | when the holder has verified |
 *
 * Before API 35 Android's own condition for unlocked phones is not asked for: in API 31 to 34 it locks out holders who unlocked by a
 * weak face or a trusted place, and keys with it cannot be made without a screen lock. The keyguard's word stands for it.
 */
internal class DeviceKeys(context: Context, private val files: PlatformFiles) {
    private val keyguard: KeyguardManager = checkNotNull(context.getSystemService(KeyguardManager::class.java))

    /** Whether the phone is locked now. The key store's own exceptions do not say it reliably. One that cannot say counts as locked. */
    val isPhoneLocked: Boolean get() = runCatching { keyguard.isDeviceLocked }.getOrDefault(true)

    /** Whether there is a screen lock, without which no holder can verify. */
    val hasScreenLock: Boolean get() = keyguard.isDeviceSecure

    /** @throws WalletException [Reason.KEYSTORE_FAILED] */
    fun makeStoreKey() {
        val storeKey = ByteArray(KEY_LENGTH).also(SecureRandom()::nextBytes)
        ask { keepWrapped(KeyFile.STORE, whileUnlocked = false, storeKey) }
        storeKey.fill(0)
    }

    /** Whether a store key was made. */
    val hasStoreKey: Boolean get() = files.read(KeyFile.STORE) != null

    /**
     * Does something with the store key, which is wiped after it.
     *
     * @throws WalletException [Reason.STORE_KEY_LOST], [Reason.KEYSTORE_FAILED]
     */
    inline fun <T> withStoreKey(work: (ByteArray) -> T): T {
        val storeKey = storeKey()
        return try {
            work(storeKey)
        } finally {
            storeKey.fill(0)
        }
    }

    private fun storeKey(): ByteArray = ask(lost = Reason.STORE_KEY_LOST) { named(KeyFile.STORE).let { unwrap(it.alias, it.content) } }

    /**
     * Makes the keys that the issuer gets to know, attested for its challenge where the phone can do that.
     *
     * @throws WalletException [Reason.KEYSTORE_FAILED]
     */
    fun makeDeviceKeys(challenge: ByteArray): ByteArray = makeAgreementKey(challenge) + makeSignatureKey(challenge)

    /** The certificates of the agreement key, then of the signature key: how many (1), each with its length (2). None attests nothing. */
    fun attestation(): ByteArray = listOf(KeyFile.AGREEMENT, KeyFile.SIGNATURE).map(::certificates).reduce(ByteArray::plus)

    private fun certificates(file: KeyFile): ByteArray = ask(lost = Reason.STORE_KEY_LOST) {
        val key = named(file)
        val chain = if (key.content.isEmpty()) AndroidKeys.certificates(key.alias) else emptyList()
        // A single one is the key's own: nobody attests it.
        if (chain.size !in 2..MOST_CERTIFICATES) return@ask ByteArray(1)
        chain.fold(byteArrayOf(chain.size.toByte())) { all, one -> all + byteArrayOf((one.size shr 8).toByte(), one.size.toByte()) + one }
    }

    private fun makeAgreementKey(challenge: ByteArray): ByteArray {
        if (Build.VERSION.SDK_INT >= 31) {
            val alias = AndroidKeys.newAlias("agreement")
            val point = makeEcKey(alias, KeyProperties.PURPOSE_AGREE_KEY, challenge)
            if (agreesOnTrial(alias, point)) {
                files.write(KeyFile.AGREEMENT, NamedKey(alias, ByteArray(0)))
                return point
            }
        }
        val pair = Pair()
        ask { keepWrapped(KeyFile.AGREEMENT, whileUnlocked = false, pair.number) }
        pair.wipe()
        return pair.point
    }

    /** Some key stores make such keys and cannot agree with them: all envelopes would fail, for ever. */
    private fun agreesOnTrial(alias: String, point: ByteArray): Boolean {
        val trial = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        val expected = KeyAgreement.getInstance("ECDH").apply { init(trial.private) }
        expected.doPhase(P256.publicKey(point), true)
        val agreed = runCatching { ask { AndroidKeys.agree(alias, P256.publicKey(P256.point(trial.public))) } }.getOrNull()
        return agreed != null && agreed.contentEquals(expected.generateSecret())
    }

    private fun makeSignatureKey(challenge: ByteArray): ByteArray {
        val alias = AndroidKeys.newAlias("signature")
        val point = makeEcKey(alias, KeyProperties.PURPOSE_SIGN, challenge)
        files.write(KeyFile.SIGNATURE, NamedKey(alias, ByteArray(0)))
        return point
    }

    /** Where the phone cannot attest, the key is made without. */
    private fun makeEcKey(alias: String, purpose: Int, challenge: ByteArray): ByteArray {
        val attested = runCatching { ask { AndroidKeys.makeEcKey(alias, purpose, challenge) } }
        return P256.point(attested.getOrNull() ?: ask { AndroidKeys.makeEcKey(alias, purpose, null) })
    }

    /** What the device agreement key and a point have in common: 32 bytes. */
    fun agree(point: ByteArray): ByteArray = ask(lost = Reason.STORE_KEY_LOST) {
        val key = named(KeyFile.AGREEMENT)
        if (key.content.isEmpty()) return@ask AndroidKeys.agree(key.alias, P256.publicKey(point))
        val number = unwrap(key.alias, key.content)
        val agreement = KeyAgreement.getInstance("ECDH").apply { init(P256.privateKey(number)) }
        number.fill(0)
        agreement.doPhase(P256.publicKey(point), true)
        agreement.generateSecret()
    }

    /** Signs a digest of 32 bytes: r, then s. */
    fun sign(digest: ByteArray): ByteArray = ask(lost = Reason.STORE_KEY_LOST) {
        P256.rawSignature(AndroidKeys.sign(named(KeyFile.SIGNATURE).alias, digest))
    }

    /**
     * Makes a spend key, the first or one in the place of one that was lost. Gives its point.
     *
     * @throws WalletException [Reason.NO_SCREEN_LOCK], [Reason.KEYSTORE_FAILED]
     */
    fun makeSpendKey(file: KeyFile): ByteArray {
        if (file == KeyFile.AUTHENTICATED && !hasScreenLock) throw WalletException(Reason.NO_SCREEN_LOCK, "")
        val pair = Pair()
        ask {
            if (file == KeyFile.UNLOCKED) {
                keepWrapped(file, whileUnlocked = Build.VERSION.SDK_INT >= 35, pair.number, before = pair.point)
            } else {
                val alias = AndroidKeys.newAlias(file.file)
                val public = AndroidKeys.makeAuthenticatedKey(alias, WINDOW_SECONDS)
                files.write(file, NamedKey(alias, pair.point + AndroidKeys.encrypt(public, pair.number)))
            }
        }
        pair.wipe()
        return pair.point
    }

    /** The public point of a spend key; null where none was made, or its file says nothing. */
    fun spendPoint(file: KeyFile): ByteArray? = try {
        named(file).content.takeIf { it.size > P256.POINT_LENGTH }?.copyOf(P256.POINT_LENGTH)
    } catch (_: Lost) {
        null
    }

    /** @throws WalletException [Reason.DEVICE_LOCKED], [Reason.SPEND_KEY_LOST], [Reason.KEYSTORE_FAILED] */
    fun unlockedKey(): ByteArray {
        if (isPhoneLocked) throw WalletException(Reason.DEVICE_LOCKED, "")
        return ask(lost = Reason.SPEND_KEY_LOST, withheld = Reason.DEVICE_LOCKED) {
            val key = named(KeyFile.UNLOCKED)
            unwrap(key.alias, wrappedSpendKey(key))
        }
    }

    /**
     * A cipher that gives the spend key of a verified holder once: for the prompt's `CryptoObject`. Null where the phone's
     * key store goes by a window of time instead (before API 30).
     */
    fun authenticatedCipher(): Cipher? {
        if (Build.VERSION.SDK_INT < 30) return null
        return ask(lost = Reason.SPEND_KEY_LOST, withheld = Reason.NOT_AUTHENTICATED) {
            AndroidKeys.decryption(named(KeyFile.AUTHENTICATED).alias)
        }
    }

    /** @throws WalletException [Reason.NOT_AUTHENTICATED], [Reason.SPEND_KEY_LOST], [Reason.KEYSTORE_FAILED] */
    fun authenticatedKey(cipher: Cipher?): ByteArray =
        ask(lost = Reason.SPEND_KEY_LOST, withheld = Reason.NOT_AUTHENTICATED, mayRepeat = cipher == null) {
            val key = named(KeyFile.AUTHENTICATED)
            // A key store that opens what it cannot open gives nothing, without a word.
            (cipher ?: AndroidKeys.decryption(key.alias)).doFinal(wrappedSpendKey(key)).takeIf { it.size == KEY_LENGTH } ?: throw Lost()
        }

    /** Deletes keys that no file names: of a making that was cut short, or of a key that was lost. */
    fun sweep() {
        // Where a file cannot be read nobody knows which key is its own: none goes.
        val named = KeyFile.entries.mapNotNull { file -> files.read(file)?.let { NamedKey.read(it).alias } }
        ask { AndroidKeys.aliases().filter { it !in named }.forEach(AndroidKeys::delete) }
    }

    /** Deletes all keys. */
    fun delete() = ask { AndroidKeys.aliases().forEach(AndroidKeys::delete) }

    private fun keepWrapped(file: KeyFile, whileUnlocked: Boolean, secret: ByteArray, before: ByteArray = ByteArray(0)) {
        val alias = AndroidKeys.newAlias(file.file)
        AndroidKeys.makeAesKey(alias, whileUnlocked)
        files.write(file, NamedKey(alias, before + AndroidKeys.wrap(alias, secret)))
    }

    private fun unwrap(alias: String, wrapped: ByteArray): ByteArray =
        AndroidKeys.unwrap(alias, wrapped).takeIf { it.size == KEY_LENGTH } ?: throw Lost()

    private fun named(file: KeyFile): NamedKey = NamedKey.read(files.read(file) ?: throw Lost())

    private fun wrappedSpendKey(key: NamedKey): ByteArray {
        if (key.content.size <= P256.POINT_LENGTH) throw Lost()
        return key.content.copyOfRange(P256.POINT_LENGTH, key.content.size)
    }

    /**
     * Asks the phone's key store, again where it may only be busy. What goes wrong is told as what the app can do about it.
     *
     * @param lost what is lost with the key
     * @param withheld what is missing where the key is withheld; a key without conditions is never
     */
    private inline fun <T> ask(
        lost: Reason = Reason.KEYSTORE_FAILED,
        withheld: Reason = Reason.KEYSTORE_FAILED,
        mayRepeat: Boolean = true,
        work: () -> T,
    ): T {
        val waits = (if (mayRepeat) BACK_OFF_MS else emptyList()).iterator()
        while (true) {
            try {
                return work()
            } catch (failure: Exception) {
                waitAfter(failure, waits, lost, withheld)
            }
        }
    }

    /** Where it makes sense to ask again. */
    private fun waitAfter(failure: Exception, waits: Iterator<Long>, lost: Reason, withheld: Reason) {
        if (failure is WalletException) throw failure
        val reason = when (KeyStoreFailure.of(failure)) {
            KeyStoreFailure.LOST -> lost
            KeyStoreFailure.WITHHELD -> if (isPhoneLocked) Reason.DEVICE_LOCKED else withheld
            KeyStoreFailure.UNKNOWN -> if (waits.hasNext()) null else Reason.KEYSTORE_FAILED
        }
        if (reason != null) throw WalletException(reason, "", failure)
        Thread.sleep(waits.next())
    }

    /** A new pair of P-256. */
    private class Pair {
        val number: ByteArray
        val point: ByteArray

        init {
            val both = Answer.payload(Native.newSpendKey())
            number = both.copyOf(KEY_LENGTH)
            point = both.copyOfRange(KEY_LENGTH, both.size)
            both.fill(0)
        }

        fun wipe() = number.fill(0)
    }

    internal companion object {
        /** How long a verification counts before API 30. */
        const val WINDOW_SECONDS: Int = 30

        private const val KEY_LENGTH = 32

        /** As many as a request takes. */
        private const val MOST_CERTIFICATES = 6

        /** After these waits a key store that is busy is asked again. A terminal's first command waits a second. */
        private val BACK_OFF_MS = listOf(30L, 120L, 400L)
    }
}
