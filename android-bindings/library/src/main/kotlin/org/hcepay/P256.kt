package org.hcepay

import java.security.KeyFactory
import java.security.PrivateKey
import java.security.PublicKey
import java.security.spec.PKCS8EncodedKeySpec
import java.security.spec.X509EncodedKeySpec

/** Keys and signatures of P-256, between Java's forms and the core's. */
internal object P256 {
    /** An uncompressed point: 04, x, y. */
    const val POINT_LENGTH: Int = 65

    /** SubjectPublicKeyInfo (RFC 5480), up to the point. */
    private val POINT_HEADER = hex("3059301306072A8648CE3D020106082A8648CE3D030107034200")

    /** PKCS #8 (RFC 5208, RFC 5915), up to the private number. */
    private val NUMBER_HEADER = hex("3041020100301306072A8648CE3D020106082A8648CE3D030107042730250201010420")

    fun publicKey(point: ByteArray): PublicKey = KeyFactory.getInstance("EC").generatePublic(X509EncodedKeySpec(POINT_HEADER + point))

    fun privateKey(number: ByteArray): PrivateKey =
        KeyFactory.getInstance("EC").generatePrivate(PKCS8EncodedKeySpec(NUMBER_HEADER + number))

    fun point(key: PublicKey): ByteArray = key.encoded.let { it.copyOfRange(it.size - POINT_LENGTH, it.size) }

    /** A DER sequence of two integers (RFC 3279) as r and s, 32 bytes each. */
    fun rawSignature(der: ByteArray): ByteArray {
        val raw = ByteArray(64)
        var at = 2
        for (end in intArrayOf(32, 64)) {
            val length = der[at + 1].toInt()
            val number = der.copyOfRange(at + 2, at + 2 + length).dropWhile { it.toInt() == 0 }.toByteArray()
            number.copyInto(raw, end - number.size)
            at += 2 + length
        }
        return raw
    }

    private fun hex(text: String): ByteArray = ByteArray(text.length / 2) { text.substring(2 * it, 2 * it + 2).toInt(16).toByte() }
}
