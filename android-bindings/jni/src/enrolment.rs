//! What Java hands over for an enrolment.

use hcepay_core::{Attestation, CertificateChain};

use crate::border::Refused;
use crate::code::Code;

/// The issuer's challenge (its length in one byte, then itself), then the certificates of the device agreement key and those
/// of the device signature key: how many in one byte, and each with its length in two. As they stand in the request.
#[derive(Debug)]
pub(crate) struct Enrolment<'a> {
    pub(crate) challenge: &'a [u8],
    pub(crate) attestation: Attestation,
}

impl Enrolment<'_> {
    /// Nothing may follow.
    pub(crate) fn read(bytes: &[u8]) -> Result<Enrolment<'_>, Refused> {
        let mut rest = Rest(bytes);
        let length = rest.u8()?;
        let challenge = rest.bytes(length.into())?;
        let attestation = Attestation { agreement: rest.chain()?, signature: rest.chain()? };
        if rest.0.is_empty() { Ok(Enrolment { challenge, attestation }) } else { Err(Code::Argument.into()) }
    }
}

/// What is not read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Code> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Code::Argument)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, Code> {
        let (first, rest) = self.0.split_first().ok_or(Code::Argument)?;
        self.0 = rest;
        Ok(*first)
    }

    fn chain(&mut self) -> Result<CertificateChain, Refused> {
        let count = self.u8()?;
        let certificates = (0..count).map(|_| {
            let length = u16::from_be_bytes([self.u8()?, self.u8()?]);
            Ok(self.bytes(length.into())?.to_vec())
        });
        let certificates = certificates.collect::<Result<Vec<_>, Code>>()?;
        Ok(CertificateChain::new(certificates).map_err(hcepay_core::Error::from)?)
    }
}
