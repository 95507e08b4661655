package org.hcepay

import org.hcepay.KeyStoreFailure.Lost
import java.security.MessageDigest

/** The files that name the keys of the phone's key store, and hold what these wrap. */
internal enum class KeyFile(val file: String) {
    /** What the wallet's file is sealed under. */
    STORE("store-key"),

    /** Opens the issuer's envelopes: in the key store itself, or wrapped where that cannot agree. */
    AGREEMENT("agreement-key"),

    /** Signs requests: in the key store itself. */
    SIGNATURE("signature-key"),

    /** Opens payment keys while the phone is unlocked. */
    UNLOCKED("unlocked-key"),

    /** Opens payment keys when the holder has verified. */
    AUTHENTICATED("authenticated-key"),
}

/**
 * What such a file holds. It names the key store's key that goes with it, so that the two are never of different makings:
 * whichever of them a kill leaves behind, the file's own is still there.
 *
 * @property alias of the key in the key store
 * @property content what that key wraps, the public point of a spend key before it; empty where the key is in the key store itself
 */
internal class NamedKey(val alias: String, val content: ByteArray) {
    fun bytes(): ByteArray {
        val body = byteArrayOf(VERSION, alias.length.toByte()) + alias.toByteArray(Charsets.US_ASCII) + content
        return body + checksum(body)
    }

    companion object {
        private const val VERSION: Byte = 1
        private const val CHECKSUM_LENGTH = 8

        /** @throws Lost where the file is not whole, or not one that this version has written */
        fun read(bytes: ByteArray): NamedKey {
            if (bytes.size < 2 + CHECKSUM_LENGTH || bytes[0] != VERSION) throw Lost()
            val end = bytes.size - CHECKSUM_LENGTH
            val aliasEnd = 2 + (bytes[1].toInt() and 0xFF)
            if (aliasEnd > end || !bytes.copyOfRange(end, bytes.size).contentEquals(checksum(bytes.copyOf(end)))) throw Lost()
            return NamedKey(String(bytes, 2, aliasEnd - 2, Charsets.US_ASCII), bytes.copyOfRange(aliasEnd, end))
        }

        /** Against damage, not against anyone: a key store does not say that what it cannot open was altered. */
        private fun checksum(body: ByteArray): ByteArray = MessageDigest.getInstance("SHA-256").digest(body).copyOf(CHECKSUM_LENGTH)
    }
}
