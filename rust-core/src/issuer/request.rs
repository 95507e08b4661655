//! What the wallet asks of its issuer: bytes that the app carries and need not understand.
//!
//! # Request format 2
//!
//! Numbers are unsigned, most significant byte first. A string8 or string16 is its length in one or two bytes, then so many
//! bytes. Points are those of P-256, uncompressed (`04`, x, y). Nothing follows the signature.
//!
//! | offset | length | field | |
//! |---|---|---|---|
//! | 0 | 1 | version | `02` |
//! | 1 | 1 | kind | see below |
//! | 2 | 16 | wallet id | who asks |
//! | 18 | 16 | challenge | random for each request: an answer that must be fresh repeats it ([`crate::issuer::envelope`], `08` and `0A`) |
//! | 34 | 8 | sequence | the highest of an envelope that was applied: the acknowledgement of all up to it |
//! | 42 | 8 | mark | the number of the last record on the medium. It never falls, unless an older copy was put back |
//! | 50 | 32 | state digest | see below |
//! | 82 | 2 + n | body | string16, by kind |
//! | 84 + n | 64 | signature | r (32), s (32): ECDSA over P-256 with SHA-256 by the device signature key, over bytes 0 to 83 + n |
//!
//! | kind | | body |
//! |---|---|---|
//! | `01` | enrolment | challenge of the issuer (string8, at most 64), device agreement point (65), device signature point (65), spend points, chain of the agreement key, chain of the signature key |
//! | `02` | replenishment | count (1), wants, listing, spend points |
//! | `03` | identity check | card (4), code (string8, 1 to 32) |
//! | `04` | issuer time | nothing |
//! | `05` | resynchronise | listing, spend points |
//! | `06` | check in | listing, spend points |
//!
//! **Want**: card (4), AID (string8), channel (1: `01` tap, `02` online, `03` QR), uses (2): how many would fill it up. In the
//! order of the listing. A replenishment has one at least.
//!
//! **Listing**: count (1), and for each card its id (4), its state (1: `01` waiting, `02` active, `03` suspended) and its sequences:
//! count (1), and for each AID (string8), channel (1), the last ATC that is gone, used or burned (2: 0000 = none), and the highest
//! ATC that a key is held for (2: 0000 = none). Cards rise by id, sequences by AID and channel, as their bytes stand in the listing.
//! Deleted cards are not listed. There are at most 20 cards, with 12 sequences each.
//!
//! **Spend points**: the public halves for Device (65), Unlocked (string8), Authenticated (string8). The last two are 65 bytes
//! long, or empty until the platform has made that key, which it does when a card needs it.
//!
//! **Chain**: count (1, at most 6) of certificates, and each as string16 of DER (X.509; at most 4,096 bytes): the key's own
//! first, each signed by the one after it, as Android's key attestation gives them. 0 where the phone cannot attest.
//!
//! **State digest**: SHA-256 over the 14 bytes `hcepay state 1` (ASCII), sequence (8), mark (8), listing. In every kind, so that
//! it is signed also where the listing is not sent.
//!
//! Examples, byte by byte, one of each kind: `tests/golden/request-*.txt`.
//!
//! # What the issuer does with it
//!
//! An enrolment is verified with the signature point in it, all others with the one enrolled. What its chains say is for the
//! issuer to judge, and whether it takes a wallet without: that both keys of the chains are the device's of the request, that
//! the attestation challenge is the issuer's challenge, where the keys lie, how the phone was started, which app made them.
//! The device keys are made for that challenge, so an enrolment that is tried again may bring others, as long as the wallet has
//! acknowledged nothing (sequence 0): the issuer seals anew what waits for it. Its challenge must have gone to the same holder.
//!
//! No key is sealed to a spend point that is not there: the card is installed without keys, and its wallet asks for
//! them once it has that point. A wallet that was put back to an
//! older copy shows itself by one of: a mark or a sequence lower than one told before; a last ATC lower than told
//! before, or than the highest seen in an authorisation; in kinds `02`, `05` and `06`, a digest that is not that of the listing.
//!
//! Every request acknowledges: envelopes up to its sequence need not be kept. Every answer brings **all** envelopes that
//! are above it, in order, and then what was asked for: one that is passed over is too old when it comes later, and a suspend
//! would be lost. A check in is the request that asks for nothing else. To it and to a replenishment belong renewals of cards whose
//! certificates end within 30 days, or have: the issuer has made them and knows, and a wallet checks in when they come near and when they
//! are over. A card that it does not list, and that the issuer has not
//! deleted, was deleted by the holder; the spend points may be new ones.
//!
//! An identity check is answered by a resume (`05`) where the code is right. Where it is wrong and others may be tried, the answer ends
//! with the issuer's time (`08`) with the request's challenge: so the wallet knows that this very code was looked at.
//!
//! An enrolment and a check in are answered by one envelope at least: where none waits, by the issuer's time (`08`) with the
//! request's challenge. By the first envelope that it applies a wallet knows that it is enrolled, also after the process has
//! ended and after its last card was deleted, and does not ask for it again; by any it knows that it has heard its issuer. Where a card
//! was deleted it checks in until it is answered by the time: then the issuer knows.
//! It does not set the clock by a time that it has not asked for with kind `04`.
//!
//! A request is signed, not sealed: the code of an identity check is to be read by whoever carries it. The app's
//! connection to the issuer must hide it.

use std::fmt;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::emv::aid::Aid;
use crate::error::RequestError;
use crate::keys::channel::Channel;
use crate::keys::wallet_id::WalletId;
use crate::wire::put_string8;

use super::attestation::Attestation;
use super::card_listing::{Listing, state_digest};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RequestKind {
    /// A new wallet makes itself known.
    Enrolment = 0x01,
    /// Payment keys.
    Replenishment = 0x02,
    /// The code with which the holder passes the identity check of a card that waits.
    IdentityCheck = 0x03,
    /// The issuer's clock, where the phone's own cannot be trusted.
    IssuerTime = 0x04,
    /// What the issuer knows of the wallet's counters, where the wallet was put back to an older copy.
    Resynchronise = 0x05,
    /// What waits at the issuer.
    CheckIn = 0x06,
}

impl RequestKind {
    /// Its number in requests.
    pub(crate) fn byte(self) -> u8 {
        self as u8
    }
}

/// The public halves of the spend keys that were made: uncompressed points.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpendPoints {
    pub(crate) device: [u8; 65],
    pub(crate) unlocked: Option<[u8; 65]>,
    pub(crate) authenticated: Option<[u8; 65]>,
}

/// An application of a card and a channel that keys are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Want {
    pub(crate) card: u32,
    pub(crate) aid: Aid,
    pub(crate) channel: Channel,
    /// How many uses would fill it up.
    pub(crate) uses: u16,
}

/// The code that the holder got from the issuer. Wiped when dropped.
pub(crate) struct Code(Zeroizing<Vec<u8>>);

impl Code {
    /// Takes the code over.
    ///
    /// # Errors
    /// [`RequestError::CodeLength`] where it is not 1 to 32 bytes long.
    pub(crate) fn new(code: Vec<u8>) -> Result<Code, RequestError> {
        let code = Zeroizing::new(code);
        if (1..=32).contains(&code.len()) { Ok(Code(code)) } else { Err(RequestError::CodeLength) }
    }
}

/// What is asked, with all that its kind needs but the listing.
pub(crate) enum Body {
    Enrolment {
        challenge: Vec<u8>,
        agreement: [u8; 65],
        signature: [u8; 65],
        spend_points: SpendPoints,
        attestation: Attestation,
    },
    Replenishment {
        wants: Vec<Want>,
        spend_points: SpendPoints,
    },
    IdentityCheck {
        card: u32,
        code: Code,
    },
    IssuerTime,
    Resynchronise {
        spend_points: SpendPoints,
    },
    CheckIn {
        spend_points: SpendPoints,
    },
}

impl Body {
    pub(crate) fn kind(&self) -> RequestKind {
        match self {
            Body::Enrolment { .. } => RequestKind::Enrolment,
            Body::Replenishment { .. } => RequestKind::Replenishment,
            Body::IdentityCheck { .. } => RequestKind::IdentityCheck,
            Body::IssuerTime => RequestKind::IssuerTime,
            Body::Resynchronise { .. } => RequestKind::Resynchronise,
            Body::CheckIn { .. } => RequestKind::CheckIn,
        }
    }
}

/// One request, and the state of the wallet that it tells of.
pub(crate) struct Request {
    pub(crate) wallet: WalletId,
    /// Random.
    pub(crate) challenge: [u8; 16],
    /// The highest of an envelope that was applied; 0 = none.
    pub(crate) sequence: u64,
    pub(crate) mark: u64,
    pub(crate) listing: Listing,
    pub(crate) body: Body,
}

impl Request {
    /// The request, but for its signature.
    ///
    /// # Errors
    /// [`RequestError::ChallengeLength`], [`RequestError::NothingWanted`].
    pub(crate) fn unsigned(&self) -> Result<Unsigned, RequestError> {
        let body = self.body_bytes()?;
        let body_length =
            u16::try_from(body.len()).expect("cards and chains are bounded so that a request can tell of them");
        // All of it at once: a vector that grows leaves what it held behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(BESIDES_BODY.saturating_add(body.len())));
        bytes.extend_from_slice(&[VERSION, self.body.kind().byte()]);
        bytes.extend_from_slice(self.wallet.bytes());
        bytes.extend_from_slice(&self.challenge);
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
        bytes.extend_from_slice(&self.mark.to_be_bytes());
        bytes.extend_from_slice(&state_digest(self.sequence, self.mark, &self.listing));
        bytes.extend_from_slice(&body_length.to_be_bytes());
        bytes.extend_from_slice(&body);
        Ok(Unsigned(bytes))
    }

    fn body_bytes(&self) -> Result<Zeroizing<Vec<u8>>, RequestError> {
        // Room for a code, which is all that is secret: a vector that grows leaves what it held behind.
        let mut out = Zeroizing::new(Vec::with_capacity(64));
        match &self.body {
            Body::Enrolment { challenge, agreement, signature, spend_points, attestation } => {
                if challenge.len() > 64 {
                    return Err(RequestError::ChallengeLength);
                }
                put_string8(&mut out, challenge);
                out.extend_from_slice(agreement);
                out.extend_from_slice(signature);
                spend_points.write(&mut out);
                attestation.write(&mut out);
            }
            Body::Replenishment { wants, spend_points } => {
                if wants.is_empty() {
                    return Err(RequestError::NothingWanted);
                }
                out.push(u8::try_from(wants.len()).expect("few cards have few applications"));
                let mut wants = wants.clone();
                wants.sort_unstable();
                wants.iter().for_each(|want| want.write(&mut out));
                self.listing.write(&mut out);
                spend_points.write(&mut out);
            }
            Body::IdentityCheck { card, code } => {
                out.extend_from_slice(&card.to_be_bytes());
                put_string8(&mut out, &code.0);
            }
            Body::IssuerTime => {}
            Body::Resynchronise { spend_points } | Body::CheckIn { spend_points } => {
                self.listing.write(&mut out);
                spend_points.write(&mut out);
            }
        }
        Ok(out)
    }
}

impl SpendPoints {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.device);
        for point in [&self.unlocked, &self.authenticated] {
            put_string8(out, point.as_ref().map_or(&[], <[u8; 65]>::as_slice));
        }
    }
}

impl Want {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.card.to_be_bytes());
        put_string8(out, self.aid.bytes());
        out.push(self.channel.byte());
        out.extend_from_slice(&self.uses.to_be_bytes());
    }
}

const VERSION: u8 = 0x02;
/// Version to length of the body, and the signature.
const BESIDES_BODY: usize = 84 + 64;

/// A request that waits for the device's signature. Wiped when dropped: it may hold a code.
pub(crate) struct Unsigned(Zeroizing<Vec<u8>>);

impl Unsigned {
    /// The SHA-256 that the device signature key signs.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(&*self.0).into()
    }

    /// The whole request, with r and s at its end.
    pub(crate) fn finish(mut self, signature: &[u8; 64]) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut *self.0);
        bytes.extend_from_slice(signature);
        bytes
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code(..)")
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}(..)", self.kind())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Request({:?})", self.body.kind())
    }
}

impl fmt::Debug for Unsigned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Unsigned(..)")
    }
}

#[cfg(test)]
mod tests;
