//! What Java hands over for an enrolment.

use hcepay_core::{Attestation, CertificateChain, Error};

use crate::border::Refused;
use crate::rest::Rest;

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
        Rest::whole(bytes, |rest| {
            let length = rest.u8()?;
            let challenge = rest.bytes(length.into())?;
            Ok(Enrolment { challenge, attestation: Attestation { agreement: chain(rest)?, signature: chain(rest)? } })
        })
    }
}

fn chain(rest: &mut Rest<'_>) -> Result<CertificateChain, Refused> {
    let certificates = rest.list(|rest| {
        let length = rest.u16()?;
        Ok(rest.bytes(length.into())?.to_vec())
    });
    Ok(CertificateChain::new(certificates?).map_err(Error::from)?)
}
