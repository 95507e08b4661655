//! What was begun and waits for the platform: an envelope for the agreement of its key, a request for its signature.

use crate::card::envelope_purpose::Purpose;
use crate::card::snapshot::CardId;
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

/// What was begun last and waits for the device's signature, an order or a transfer. How long is bounded by the verification's window.
#[derive(Debug)]
pub(crate) struct BegunToSign<What> {
    token: u64,
    begun: Option<What>,
}

impl<What> BegunToSign<What> {
    /// Gives what names it. What was begun before is over.
    pub(super) fn begin(&mut self, what: What) -> u64 {
        self.token = self.token.wrapping_add(1);
        self.begun = Some(what);
        self.token
    }

    /// Whatever comes of it, it is over.
    pub(super) fn take(&mut self, token: u64) -> Option<What> {
        self.begun.take().filter(|_| token == self.token)
    }
}

impl<What> Default for BegunToSign<What> {
    fn default() -> BegunToSign<What> {
        BegunToSign { token: 0, begun: None }
    }
}

/// The request that was begun last, and the challenges whose answers are awaited.
#[derive(Debug, Default)]
pub(crate) struct BegunRequest {
    pub(super) token: u64,
    pub(super) begun: Option<Unsigned>,
    /// Of the request that was begun last.
    pub(super) challenge: [u8; 16],
    /// The last one that the issuer's time may answer.
    pub(super) time: Option<Asked>,
    pub(super) resynchronisation: Option<Asked>,
}

/// A request whose answer repeats its challenge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(super) challenge: [u8; 16],
    pub(super) question: Question,
    /// How many ended its listing tells of; 0 where it has no listing.
    pub(super) ended: usize,
}

/// What it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Enrolment,
    IdentityCheck(CardId),
    IssuerTime,
    Resynchronise,
    CheckIn,
}

impl BegunRequest {
    /// What was asked last, where this answers it.
    ///
    /// # Errors
    /// [`Error::NotAsked`].
    pub(crate) fn answered_by(&self, purpose: Purpose, challenge: &[u8; 16]) -> Result<Question, Error> {
        let asked = match purpose {
            Purpose::IssuerTime => self.time,
            _ => self.resynchronisation,
        };
        asked.filter(|asked| asked.challenge == *challenge).map(|asked| asked.question).ok_or(Error::NotAsked)
    }

    /// It was answered: the same answer counts once.
    pub(crate) fn answered(&mut self, purpose: Purpose) -> Option<Asked> {
        match purpose {
            Purpose::IssuerTime => self.time.take(),
            Purpose::Resynchronise => self.resynchronisation.take(),
            _ => None,
        }
    }
}
