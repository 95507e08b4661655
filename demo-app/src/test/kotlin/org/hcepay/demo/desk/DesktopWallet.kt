package org.hcepay.demo.desk

import java.io.File
import java.lang.reflect.Method
import java.nio.ByteBuffer
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.X509EncodedKeySpec
import javax.crypto.KeyAgreement

/**
 * A wallet without Android: the natives of `libhcepay.so`, by their names, and the device's keys in software. The app itself uses
 * `org.hcepay.Wallet`; here it is the desk that is tested.
 */
class DesktopWallet(private val desk: Desk, directory: File) {
    private val agreement = pair()
    private val signature = pair()
    private val spendKey = native("newSpendKey")
    private val number: Long = ByteBuffer.wrap(
        native("create", directory.path.toByteArray(), ByteArray(32) { 7 }, desk.issuerKey, 1, 60_000L, NEW_YEAR),
    ).getLong()

    init {
        native("deviceKeysMade", number, point(agreement) + point(signature))
        native("spendKeyMade", number, AUTHENTICATED, spendKey.copyOfRange(32, 97))
        val challenge = desk.challenge()
        desk.answer(request(1, 0, byteArrayOf(challenge.size.toByte()) + challenge + ByteArray(2))).forEach { apply(it) }
    }

    fun checkIn() = desk.answer(request(CHECK_IN, 0, ByteArray(0))).forEach { apply(it) }

    fun proveIdentity(card: Int, code: String) = desk.answer(request(IDENTITY, card, code.toByteArray())).forEach { apply(it) }

    fun apply(envelope: ByteArray) {
        val begun = ByteBuffer.wrap(native("applyBegin", number, envelope, 1, 60_000L, NEW_YEAR), 1, 8 + POINT)
        val token = begun.getLong()
        val point = ByteArray(POINT).also { begun.get(it) }
        val agreed = KeyAgreement.getInstance("ECDH").apply { init(agreement.private) }
        agreed.doPhase(KeyFactory.getInstance("EC").generatePublic(X509EncodedKeySpec(header() + point)), true)
        native("applyFinish", number, token, agreed.generateSecret(), 1, 60_000L, NEW_YEAR)
    }

    fun choose(card: Int) {
        native("choose", number, card, 1, 60_000L, NEW_YEAR)
        native("makeReady", number, 1, 60_000L, NEW_YEAR)
    }

    fun arm() = native("arm", number, ANY_CARD, 1, 30_000L, spendKey.copyOf(32), 1, 60_000L, NEW_YEAR)

    /** The id of its first coupon, behind version and count; null where it has none. */
    fun coupon(): ByteArray? = native("coupons", number, NEW_YEAR).let { if (it[1].toInt() == 0) null else it.copyOfRange(2, 18) }

    /** It counts once the mark is kept: this phone keeps every mark, and forgets none. */
    fun present(coupon: ByteArray) {
        native("presentCoupon", number, coupon, 60_000L, 1, 60_000L, NEW_YEAR)
        native("markStored", number, ByteBuffer.wrap(native("mark", number)).getLong())
    }

    fun process(command: ByteArray): ByteArray = method("process").invoke(null, number, 1, 60_000L, NEW_YEAR, command) as ByteArray

    fun leaveField() {
        native("deactivated", number, 1, 60_000L, NEW_YEAR)
        native("makeReady", number, 1, 60_000L, NEW_YEAR)
    }

    fun close() = native("close", number)

    private fun request(kind: Int, card: Int, argument: ByteArray): ByteArray {
        val begun = ByteBuffer.wrap(native("requestBegin", number, kind, card, argument, NEW_YEAR), 1, 40)
        val token = begun.getLong()
        val digest = ByteArray(32).also { begun.get(it) }
        val signer = Signature.getInstance("NONEwithECDSAinP1363Format").apply { initSign(signature.private) }
        signer.update(digest)
        return native("requestFinish", number, token, signer.sign())
    }

    private fun point(pair: KeyPair): ByteArray = pair.public.encoded.let { it.copyOfRange(it.size - POINT, it.size) }

    /** What Java writes before a point. */
    private fun header(): ByteArray = agreement.public.encoded.let { it.copyOf(it.size - POINT) }

    companion object {
        /** 2026-01-01T00:00Z. */
        const val NEW_YEAR = 1_767_225_600_000L
        private const val POINT = 65

        /** A scope as the border takes it: any payment. */
        private val ANY_CARD = byteArrayOf(0)

        private const val AUTHENTICATED = 3
        private const val IDENTITY = 3
        private const val CHECK_IN = 6

        private fun method(name: String): Method = Class.forName("org.hcepay.internal.Native").methods.single { it.name == name }

        private fun native(name: String, vararg arguments: Any): ByteArray {
            val answer = method(name).invoke(null, *arguments) as ByteArray
            check(answer[0].toInt() == 0) { "$name: code ${answer[0]}" }
            return answer.copyOfRange(1, answer.size)
        }

        private fun pair(): KeyPair = KeyPairGenerator.getInstance("EC").run {
            initialize(ECGenParameterSpec("secp256r1"))
            generateKeyPair()
        }
    }
}
