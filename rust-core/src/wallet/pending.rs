//! What was begun and waits for the platform: an envelope for the agreement of its key, a request for its signature.

use crate::card::envelope_purpose::Purpose;
use crate::error::Error;
use crate::issuer::envelope::Opening;
use crate::issuer::request::Unsigned;
use crate::now::Now;

/// How long an envelope waits for the agreement of the platform's key, in milliseconds of boot time.
pub const AGREEMENT_WITHIN_MS: u64 = 60_000;

/// The one envelope that was begun last.
#[derive(Debug, Default)]
pub(crate) struct BegunEnvelope {
    pub(super) token: u64,
    pub(super) begun: Option<(Opening, Now)>,
}

impl BegunEnvelope {
    pub(super) fn take(&mut self, token: u64, now: Now) -> Option<Opening> {
        if token != self.token {
            return None;
        }
        let (opening, begun) = self.begun.take()?;
        let waited = now.boot_ms.checked_sub(begun.boot_ms).filter(|_| now.boot_count == begun.boot_count);
        waited.is_some_and(|waited| waited <= AGREEMENT_WITHIN_MS).then_some(opening)
    }
}

/// The request that was begun last, and the challenges whose answers are awaited.
#[derive(Debug, Default)]
pub(crate) struct BegunRequest {
    pub(super) token: u64,
    pub(super) begun: Option<Unsigned>,
    /// Of the request that was begun last.
    pub(super) challenge: [u8; 16],
    /// Of the last one that the issuer's time may answer, and whether that was asked for.
    pub(super) time: Option<[u8; 16]>,
    pub(super) asks_for_time: bool,
    pub(super) resynchronisation: Option<[u8; 16]>,
}

impl BegunRequest {
    /// Whether this answers what was asked last.
    ///
    /// # Errors
    /// [`Error::NotAsked`].
    pub(crate) fn is_answer(&self, purpose: Purpose, challenge: &[u8; 16]) -> Result<(), Error> {
        let asked = match purpose {
            Purpose::IssuerTime => &self.time,
            _ => &self.resynchronisation,
        };
        if asked.as_ref() == Some(challenge) { Ok(()) } else { Err(Error::NotAsked) }
    }

    /// It was answered: the same answer counts once.
    pub(crate) fn answered(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::IssuerTime => self.time = None,
            _ => self.resynchronisation = None,
        }
    }
}
