//! What the wallet asks of its issuer: requests that the core builds, the platform signs and the app carries.
//!
//! Each goes in two steps, because the private half of the device signature key may lie in hardware that only the platform
//! can ask: one of the `…_request` methods gives the digest to be signed, [`Wallet::request_finish`] takes the signature and
//! gives the request. Layout: [`crate::issuer::request`].

use super::Wallet;
use super::state::State;
use crate::card::life_cycle::CardState;
use crate::card::snapshot::CardId;
use crate::error::{Error, RequestError};
use crate::issuer::listing::{self, ListedCard, Listing};
use crate::issuer::replenishment::{Advice, Ask, KeyLeft, Stock};
use crate::issuer::request::{Body, Code, Request, SpendPoints, Want};
use crate::keys::issuer_key::{Digest, IssuerKey};
use crate::ledger::record::Record;
use crate::ledger::sequence::Sequence;

/// A request that waits for the device's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToSign {
    /// Names it in [`Wallet::request_finish`], once.
    pub token: u64,
    /// SHA-256, to be signed by the device signature key: ECDSA over P-256.
    pub digest: [u8; 32],
}

impl Wallet {
    /// Makes the wallet known to its issuer: all its public keys, and the challenge (at most 64 bytes) by which the issuer
    /// knows who is enrolling.
    ///
    /// # Errors
    /// [`RequestError::ChallengeLength`], [`RequestError::TooMuch`], [`Error::RolledBack`].
    pub fn enrolment_request(&self, challenge: &[u8]) -> Result<ToSign, Error> {
        let mut state = self.state();
        state.not_rolled_back()?;
        let identity = state.ledger.identity();
        let body = Body::Enrolment {
            challenge: challenge.to_vec(),
            agreement: identity.platform.agreement.bytes(),
            signature: identity.platform.signature.bytes(),
            spend_points: state.spend_points(),
        };
        state.begin(body)
    }

    /// Asks for keys for every card that is short of them, as [`Wallet::replenishment`] advises, or for those that would
    /// fill up all cards where none is.
    ///
    /// # Errors
    /// [`Error::RolledBack`], [`RequestError::TooMuch`].
    pub fn replenishment_request(&self, wall_ms: u64) -> Result<ToSign, Error> {
        let mut state = self.state();
        state.not_rolled_back()?;
        let body = Body::Replenishment { wants: state.wants(wall_ms), spend_points: state.spend_points() };
        state.begin(body)
    }

    /// Hands the issuer the one-time code (1 to 32 bytes) by which the holder proves to be who a waiting card is for. Each
    /// request uses up one of the codes that may be tried, right or wrong: that is on the medium first. The issuer answers a
    /// right one with a resume. The code stands in the request as it is: the app's connection must be confidential.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], [`Error::NothingToCheck`] where the card does not wait, [`Error::NoCodesLeft`],
    /// [`RequestError::CodeLength`], [`RequestError::TooMuch`], [`Error::RolledBack`], or the disk's.
    pub fn identity_check_request(&self, card: CardId, code: Vec<u8>) -> Result<ToSign, Error> {
        let _working = self.work();
        let code = Code::new(code)?;
        let mut state = self.state();
        state.not_rolled_back()?;
        let held = state.ledger.card(card).ok_or(Error::UnknownCard)?;
        if held.state != CardState::Waiting {
            return Err(Error::NothingToCheck);
        }
        let codes = held.codes.checked_sub(1).ok_or(Error::NoCodesLeft)?;
        // What cannot be asked must not use up a code.
        state.listing()?;
        state.ledger.write(vec![Record::CardState { card, state: CardState::Waiting, codes }])?;
        drop(state);
        self.settle()?;
        self.state().begin(Body::IdentityCheck { card: card.number(), code })
    }

    /// Asks for the issuer's time, after the wall clock was set back ([`Wallet::clock_was_set_back`]).
    ///
    /// # Errors
    /// [`Error::RolledBack`], [`RequestError::TooMuch`].
    pub fn issuer_time_request(&self) -> Result<ToSign, Error> {
        let mut state = self.state();
        state.not_rolled_back()?;
        let asked = state.begin(Body::IssuerTime)?;
        state.begun_request.time = Some(state.begun_request.challenge);
        Ok(asked)
    }

    /// Asks the issuer how far the counters have come, after an older copy of the wallet was put back.
    ///
    /// # Errors
    /// [`RequestError::TooMuch`].
    pub fn resynchronisation_request(&self) -> Result<ToSign, Error> {
        let mut state = self.state();
        let body = Body::Resynchronise { spend_points: state.spend_points() };
        let asked = state.begin(body)?;
        state.begun_request.resynchronisation = Some(state.begun_request.challenge);
        Ok(asked)
    }

    /// Puts the signature (r, s) under a request that was begun, and gives it.
    ///
    /// # Errors
    /// [`Error::NotBegun`] where another was begun since, or this one was finished; [`Error::SignatureWrong`] where it is not
    /// the device signature key's.
    pub fn request_finish(&self, token: u64, signature: &[u8; 64]) -> Result<Vec<u8>, Error> {
        let mut state = self.state();
        let begun =
            state.begun_request.begun.take().filter(|_| token == state.begun_request.token).ok_or(Error::NotBegun)?;
        let signer = state.ledger.identity().platform.signature.bytes();
        drop(state);
        let signer = IssuerKey::new(&signer).ok_or(Error::SignatureWrong)?;
        if !signer.verifies(Digest::new(begun.digest()), signature) {
            return Err(Error::SignatureWrong);
        }
        Ok(begun.finish(signature))
    }

    /// Whether a card is short of keys, or will be soon. `None` where there is no such card.
    pub fn replenishment(&self, card: CardId, wall_ms: u64) -> Option<Advice> {
        let state = self.state();
        let stocks = state.stocks(card)?;
        stocks.into_iter().map(|(_, stock)| stock.advice(wall_ms)).max_by_key(|advice| advice.ask)
    }

    /// Whether the wall clock stands more than five minutes before what was seen already. No key is used then.
    pub fn clock_was_set_back(&self, wall_ms: u64) -> bool {
        self.state().ledger.clock_was_set_back(wall_ms)
    }
}

/// What a request fills a sequence up to, at least.
const FULL: u16 = 10;
/// More than this is not sent at once.
const MOST_AT_ONCE: u16 = 32;

impl State {
    fn not_rolled_back(&self) -> Result<(), Error> {
        if self.ledger.is_rolled_back() { Err(Error::RolledBack) } else { Ok(()) }
    }

    fn begin(&mut self, body: Body) -> Result<ToSign, Error> {
        let mut challenge = [0; 16];
        (self.randomness)(&mut challenge);
        let request = Request {
            wallet: self.ledger.identity().wallet,
            challenge,
            sequence: self.ledger.highest_envelope(),
            mark: self.ledger.mark(),
            listing: self.listing()?,
            body,
        };
        let unsigned = request.unsigned()?;
        let digest = unsigned.digest();
        self.begun_request.token = self.begun_request.token.wrapping_add(1);
        self.begun_request.begun = Some(unsigned);
        self.begun_request.challenge = challenge;
        Ok(ToSign { token: self.begun_request.token, digest })
    }

    fn spend_points(&self) -> SpendPoints {
        let identity = self.ledger.identity();
        SpendPoints {
            device: identity.device.point().bytes(),
            unlocked: identity.platform.unlocked.bytes(),
            authenticated: identity.platform.authenticated.bytes(),
        }
    }

    fn listing(&self) -> Result<Listing, RequestError> {
        let cards = self.ledger.cards().map(|(card, held)| ListedCard {
            card: card.number(),
            state: held.state,
            sequences: self
                .ledger
                .counters(card)
                .map(|(sequence, last, highest)| listing::Sequence {
                    aid: sequence.aid,
                    channel: sequence.channel,
                    last: last.number(),
                    highest: highest.number(),
                })
                .collect(),
        });
        Listing::new(cards.collect())
    }

    /// The stock of keys of each application of a card, at terminals.
    fn stocks(&self, card: CardId) -> Option<Vec<(Sequence, Stock)>> {
        let held = self.ledger.card(card)?;
        let (made, since_ms) = self.ledger.rate(card);
        let stock = |sequence: Sequence| {
            let keys = self.ledger.keys_left(&sequence);
            let keys = keys.map(|(uses, not_before_ms, not_after_ms)| KeyLeft { uses, not_before_ms, not_after_ms });
            let stock = Stock {
                state: held.state,
                rolled_back: self.ledger.is_rolled_back(),
                keys_lost: held.keys_lost,
                ask_at: held.policy.ask_at,
                keys: keys.collect(),
                made,
                since_ms,
            };
            (sequence, stock)
        };
        let applications = self.profiles.get(&card)?.applications.iter();
        Some(applications.map(|application| stock(Sequence::of_taps(card, application.aid))).collect())
    }

    /// What fills up those that are short; where none is, all.
    fn wants(&self, wall_ms: u64) -> Vec<Want> {
        let cards = self.ledger.cards().map(|(card, held)| (card, held.policy.ask_at));
        let stocks = cards.flat_map(|(card, ask_at)| {
            let stocks = self.stocks(card).unwrap_or_default().into_iter();
            stocks.map(move |(sequence, stock)| (sequence, ask_at, stock.advice(wall_ms)))
        });
        let want = |(sequence, ask_at, advice): (Sequence, u16, Advice)| {
            // A policy asks at about two fifths of what is full.
            let full = (ask_at.saturating_mul(5) / 2).clamp(FULL, MOST_AT_ONCE);
            let uses = full.saturating_sub(u16::try_from(advice.uses_left).unwrap_or(u16::MAX));
            let want = Want { card: sequence.card.number(), aid: sequence.aid, channel: sequence.channel, uses };
            (want, advice.ask)
        };
        let wants: Vec<(Want, Ask)> = stocks.map(want).filter(|(want, _)| want.uses > 0).collect();
        let short = wants.iter().any(|(_, ask)| *ask > Ask::No);
        wants.into_iter().filter(|(_, ask)| !short || *ask > Ask::No).map(|(want, _)| want).collect()
    }
}
