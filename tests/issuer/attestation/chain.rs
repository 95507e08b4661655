//! A chain of certificates (X.509, RFC 5280): the key's own first, each signed by the one after it, the last one a root.

use std::fmt;

use der::asn1::{BitString, ObjectIdentifier};
use der::{Decode, Encode, Reader, SliceReader};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::{TbsCertificate, spki};

/// The extension by which Android states what a key is: `KeyDescription`.
const KEY_DESCRIPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.1.17");

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const RSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");

/// Why a chain leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainRefused {
    /// A certificate is none.
    Unreadable,
    /// A certificate names another issuer than the one after it.
    Order,
    /// A certificate was not signed by the one after it, or not in a way that is known here.
    Signature,
    /// A certificate signs another one and may not.
    NoAuthority,
    /// A certificate that signs another one is not valid now.
    NotValidNow,
    /// The last one is no root that is trusted.
    UnknownRoot,
}

impl fmt::Display for ChainRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChainRefused::Unreadable => "a certificate of its chain cannot be read",
            ChainRefused::Order => "a certificate of its chain is not followed by its issuer's",
            ChainRefused::Signature => "a certificate of its chain is not signed by the one after it",
            ChainRefused::NoAuthority => "a certificate of its chain signs another one and may not",
            ChainRefused::NotValidNow => "a certificate of its chain is not valid now",
            ChainRefused::UnknownRoot => "its chain does not end at a root that is trusted",
        })
    }
}

/// Certificates that were read, but not yet proved.
#[derive(Debug)]
pub struct Chain {
    own: Certificate,
    issuers: Vec<Certificate>,
}

#[derive(Debug)]
struct Certificate {
    /// The part that is signed, as it stands in the certificate.
    signed: Vec<u8>,
    content: TbsCertificate,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

impl Chain {
    /// Reads certificates (DER).
    ///
    /// # Errors
    /// [`ChainRefused::Unreadable`], also where there is none.
    pub fn read(certificates: &[Vec<u8>]) -> Result<Chain, ChainRefused> {
        let read = certificates.iter().map(|bytes| Certificate::read(bytes).ok());
        let mut issuers: Vec<Certificate> = read.collect::<Option<_>>().ok_or(ChainRefused::Unreadable)?;
        if issuers.is_empty() {
            return Err(ChainRefused::Unreadable);
        }
        let own = issuers.remove(0);
        Ok(Chain { own, issuers })
    }

    /// Proves that it leads to one of these roots (SubjectPublicKeyInfo, DER). When the key's own certificate is valid is not asked:
    /// the phone writes that, by its own clock.
    ///
    /// # Errors
    /// The first thing that is wrong, from the key upwards.
    pub fn leads_to(&self, roots: &[Vec<u8>], wall_ms: u64) -> Result<(), ChainRefused> {
        let mut below = &self.own;
        for issuer in &self.issuers {
            below.is_signed_by(issuer)?;
            issuer.may_sign_now(wall_ms)?;
            below = issuer;
        }
        below.is_signed_by(below)?;
        let key = below.content.subject_public_key_info().to_der().map_err(|_| ChainRefused::Unreadable)?;
        if roots.contains(&key) { Ok(()) } else { Err(ChainRefused::UnknownRoot) }
    }

    /// What the key's own certificate states of it.
    pub fn statement(&self) -> Option<&[u8]> {
        self.own.statement()
    }

    /// Whether a certificate of an issuer states something of a key, too. Secure hardware states it at the end of a
    /// chain; with the key of such an end, anybody could have written what comes after.
    pub fn another_attests(&self) -> bool {
        self.issuers.iter().any(|issuer| issuer.statement().is_some())
    }

    /// The key, where it is one of P-256: an uncompressed point.
    pub fn point(&self) -> Option<&[u8; 65]> {
        let key = self.own.content.subject_public_key_info();
        let is_p256 = key.algorithm.oid == EC && curve(&key.algorithm) == Some(P256);
        key.subject_public_key.as_bytes().filter(|_| is_p256)?.try_into().ok()
    }
}

impl Certificate {
    fn read(bytes: &[u8]) -> der::Result<Certificate> {
        let mut whole = SliceReader::new(bytes)?;
        let certificate = whole.sequence(|reader| {
            let signed = reader.tlv_bytes()?.to_vec();
            let content = TbsCertificate::from_der(&signed)?;
            Ok::<_, der::Error>(Certificate {
                signed,
                content,
                algorithm: AlgorithmIdentifierOwned::decode(reader)?,
                signature: BitString::decode(reader)?,
            })
        })?;
        whole.finish()?;
        Ok(certificate)
    }

    fn statement(&self) -> Option<&[u8]> {
        let extensions = self.content.extensions()?;
        let statement = extensions.iter().find(|extension| extension.extn_id == KEY_DESCRIPTION)?;
        Some(statement.extn_value.as_bytes())
    }

    fn is_signed_by(&self, issuer: &Certificate) -> Result<(), ChainRefused> {
        if self.content.issuer() != issuer.content.subject() {
            return Err(ChainRefused::Order);
        }
        let key = issuer.content.subject_public_key_info();
        let algorithm = algorithm(&self.algorithm.oid, &key.algorithm).ok_or(ChainRefused::Signature)?;
        let signature = self.signature.as_bytes().filter(|_| self.algorithm == *self.content.signature());
        let point = key.subject_public_key.as_bytes().ok_or(ChainRefused::Signature)?;
        let proved =
            UnparsedPublicKey::new(algorithm, point).verify(&self.signed, signature.ok_or(ChainRefused::Signature)?);
        proved.map_err(|_| ChainRefused::Signature)
    }

    fn may_sign_now(&self, wall_ms: u64) -> Result<(), ChainRefused> {
        let constraints = self.content.get_extension::<BasicConstraints>().map_err(|_| ChainRefused::Unreadable)?;
        if !constraints.is_some_and(|(_, constraints)| constraints.ca) {
            return Err(ChainRefused::NoAuthority);
        }
        let validity = self.content.validity();
        let now = std::time::Duration::from_millis(wall_ms);
        let within = validity.not_before.to_unix_duration() <= now && now <= validity.not_after.to_unix_duration();
        if within { Ok(()) } else { Err(ChainRefused::NotValidNow) }
    }
}

/// How a signature of this kind by this kind of key is verified.
fn algorithm(
    signature: &ObjectIdentifier,
    key: &spki::AlgorithmIdentifierOwned,
) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (*signature, key.oid, curve(key)) {
        (ECDSA_SHA256, EC, Some(P256)) => &ECDSA_P256_SHA256_ASN1,
        (ECDSA_SHA384, EC, Some(P256)) => &ECDSA_P256_SHA384_ASN1,
        (ECDSA_SHA256, EC, Some(P384)) => &ECDSA_P384_SHA256_ASN1,
        (ECDSA_SHA384, EC, Some(P384)) => &ECDSA_P384_SHA384_ASN1,
        (RSA_SHA256, RSA, _) => &RSA_PKCS1_2048_8192_SHA256,
        _ => return None,
    })
}

fn curve(key: &spki::AlgorithmIdentifierOwned) -> Option<ObjectIdentifier> {
    key.parameters.as_ref()?.decode_as().ok()
}
