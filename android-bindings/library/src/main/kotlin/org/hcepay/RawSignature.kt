package org.hcepay

/** A DER sequence of two integers (RFC 3279) as r and s, 32 bytes each. */
internal fun rawSignature(der: ByteArray): ByteArray {
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
