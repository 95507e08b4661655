//! What the phone's key store says of the device keys: chains of certificates, which the core carries to the issuer and does
//! not look into. Whether they are about the keys of the request, and what they are worth, is the issuer's to judge.

use std::fmt;

use crate::error::RequestError;
use crate::wire::put_string16;

/// The certificates of one key.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct CertificateChain(Vec<Vec<u8>>);

impl CertificateChain {
    /// Takes certificates as X.509 has them (DER), the key's own first, each signed by the one after it: at most 6, each of 1 to
    /// 4,096 bytes. None where the phone cannot attest.
    ///
    /// # Errors
    /// [`RequestError::ChainLength`], [`RequestError::CertificateLength`].
    pub fn new(certificates: Vec<Vec<u8>>) -> Result<CertificateChain, RequestError> {
        if certificates.len() > MOST_CERTIFICATES {
            return Err(RequestError::ChainLength);
        }
        if certificates.iter().any(|certificate| !(1..=LONGEST_CERTIFICATE).contains(&certificate.len())) {
            return Err(RequestError::CertificateLength);
        }
        Ok(CertificateChain(certificates))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::try_from(self.0.len()).expect("there are few in a chain"));
        self.0.iter().for_each(|certificate| put_string16(out, certificate));
    }
}

impl fmt::Debug for CertificateChain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CertificateChain({})", self.0.len())
    }
}

/// The chains of both device keys. Without any by [`Attestation::default`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attestation {
    /// Of the device agreement key.
    pub agreement: CertificateChain,
    /// Of the device signature key.
    pub signature: CertificateChain,
}

impl Attestation {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.agreement.write(out);
        self.signature.write(out);
    }
}

const MOST_CERTIFICATES: usize = 6;
/// So that both chains fit into a request.
const LONGEST_CERTIFICATE: usize = 4096;
