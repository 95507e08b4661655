package org.hcepay

import org.bouncycastle.asn1.ASN1Encodable
import org.bouncycastle.asn1.ASN1Integer
import org.bouncycastle.asn1.DERBitString
import org.bouncycastle.asn1.DERSequence
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers
import org.bouncycastle.asn1.x500.X500Name
import org.bouncycastle.asn1.x509.AlgorithmIdentifier
import org.bouncycastle.asn1.x509.Extensions
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo
import org.bouncycastle.asn1.x509.Time
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers
import java.security.PrivateKey
import java.security.PublicKey
import java.security.Signature
import java.util.Date

/** Certificates as key stores make them. */
object Certificates {
    /** The name that Android gives the subject of every key. */
    const val OF_A_KEY = "Android Keystore Key"

    /** What stands beside a key that is not attested. */
    fun selfSigned(public: PublicKey, private: PrivateKey): ByteArray = make(public, OF_A_KEY, private, OF_A_KEY, null)

    fun make(public: PublicKey, subject: String, signer: PrivateKey, issuer: String, extensions: Extensions?): ByteArray {
        val isEc = signer.algorithm == "EC"
        val algorithm = AlgorithmIdentifier(
            if (isEc) X9ObjectIdentifiers.ecdsa_with_SHA256 else PKCSObjectIdentifiers.sha256WithRSAEncryption,
        )
        val body = V3TBSCertificateGenerator().apply {
            setSerialNumber(ASN1Integer(1))
            setSignature(algorithm)
            setIssuer(X500Name("CN=$issuer"))
            setSubject(X500Name("CN=$subject"))
            setStartDate(Time(Date(0)))
            setEndDate(Time(Date(2_461_449_600_000)))
            setSubjectPublicKeyInfo(SubjectPublicKeyInfo.getInstance(public.encoded))
            extensions?.let(::setExtensions)
        }.generateTBSCertificate()
        val signature = Signature.getInstance(if (isEc) "SHA256withECDSA" else "SHA256withRSA", if (isEc) "SunEC" else "SunRsaSign").run {
            initSign(signer)
            update(body.encoded)
            sign()
        }
        return DERSequence(arrayOf<ASN1Encodable>(body, algorithm, DERBitString(signature))).encoded
    }
}
