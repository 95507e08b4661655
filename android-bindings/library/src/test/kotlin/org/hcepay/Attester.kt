package org.hcepay

import android.hardware.security.keymint.Tag
import org.bouncycastle.asn1.ASN1Boolean
import org.bouncycastle.asn1.ASN1Encodable
import org.bouncycastle.asn1.ASN1Enumerated
import org.bouncycastle.asn1.ASN1Integer
import org.bouncycastle.asn1.ASN1ObjectIdentifier
import org.bouncycastle.asn1.DEROctetString
import org.bouncycastle.asn1.DERSequence
import org.bouncycastle.asn1.DERSet
import org.bouncycastle.asn1.DERTaggedObject
import org.bouncycastle.asn1.x509.BasicConstraints
import org.bouncycastle.asn1.x509.Extension
import org.bouncycastle.asn1.x509.Extensions
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.spec.ECGenParameterSpec

/**
 * What signs for a phone's secure hardware: it states of a key what that is and how the phone was started, as
 * https://source.android.com/docs/security/features/keystore/attestation has it. All keys are test keys.
 */
class Attester {
    private val root = pair()
    private val maker = pair()

    /** Whether nothing but its maker's software can be started on the phone, by the hardware's word. */
    var isBootLocked = true

    /** The root's public key, as certificates have it. */
    val rootKey: ByteArray get() = root.public.encoded

    /** The key's own certificate, the one that signed it, and the root's. */
    fun chain(key: MintedKey, level: Int): List<ByteArray> {
        val statement = Extension(STATEMENT, false, statement(key, level).encoded)
        val ofAuthority = Extensions(Extension(Extension.basicConstraints, true, BasicConstraints(true).encoded))
        return listOf(
            Certificates.make(key.public!!, Certificates.OF_A_KEY, maker.private, "test maker", Extensions(statement)),
            Certificates.make(maker.public, "test maker", root.private, "test root", ofAuthority),
            Certificates.make(root.public, "test root", root.private, "test root", ofAuthority),
        )
    }

    private fun statement(key: MintedKey, level: Int): DERSequence {
        // Keymaster 4.0 came with Android 9; KeyMint 1, 2 and 3 with 12, 13 and 14.
        val version = ASN1Integer(if (level < 31) 3L else (level.coerceAtMost(34) - 30L).coerceAtLeast(1) * 100)
        val app = sequence(DERSet(sequence(octets(PACKAGE.toByteArray()), ASN1Integer(1))), DERSet(octets(SIGNER)))
        val locked = ASN1Boolean.getInstance(isBootLocked)
        val boot = sequence(octets(ByteArray(32) { 1 }), locked, ASN1Enumerated(VERIFIED), octets(ByteArray(32) { 2 }))
        val byHardware = sequence(
            tagged(1, DERSet(key.all(Tag.PURPOSE).map { ASN1Integer((it as Int).toLong()) }.toTypedArray<ASN1Encodable>())),
            tagged(2, number(key, Tag.ALGORITHM)),
            tagged(3, number(key, Tag.KEY_SIZE)),
            tagged(10, number(key, Tag.EC_CURVE)),
            tagged(ORIGIN, ASN1Integer(0)),
            tagged(ROOT_OF_TRUST, boot),
        )
        val trusted = ASN1Enumerated(TRUSTED_ENVIRONMENT)
        val challenge = octets(key.all(Tag.ATTESTATION_CHALLENGE).single() as ByteArray)
        val byAndroid = sequence(tagged(APPLICATION_ID, octets(app.encoded)))
        return sequence(version, trusted, version, trusted, challenge, octets(ByteArray(0)), byAndroid, byHardware)
    }

    private fun number(key: MintedKey, tag: Int) = ASN1Integer((key.number(tag) ?: P256_BEFORE_API_31).toLong())

    private fun sequence(vararg values: ASN1Encodable) = DERSequence(values)

    private fun tagged(number: Int, value: ASN1Encodable) = DERTaggedObject(true, number, value)

    private fun octets(bytes: ByteArray) = DEROctetString(bytes)

    private fun pair(): KeyPair =
        KeyPairGenerator.getInstance("EC", "SunEC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()

    companion object {
        /** The app that made the keys, by Android's word, and the digest of the certificate that it is signed with. */
        const val PACKAGE = "org.example.pay"
        val SIGNER = ByteArray(32) { 0x5A }

        private val STATEMENT = ASN1ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")
        private const val TRUSTED_ENVIRONMENT = 1
        private const val VERIFIED = 0
        private const val ORIGIN = 702
        private const val ROOT_OF_TRUST = 704
        private const val APPLICATION_ID = 709

        /** Android 9 names the size alone, from which the hardware concludes the curve. */
        private const val P256_BEFORE_API_31 = 1
    }
}
