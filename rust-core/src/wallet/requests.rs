//! What the wallet asks of its issuer: requests that the core builds, the platform signs and the app carries.
//!
//! Each goes in two steps, because the private half of the device signature key may lie in hardware that only the platform
//! can ask: one of the `…_request` methods gives the digest to be signed, [`Wallet::request_finish`] takes the signature and
//! gives the request. Layout: [`crate::issuer::request`].
//!
//! [`Wallet::next_request`] says which one it is time for. An app asks it when it starts, when it comes online and after a tap;
//! makes that request, carries it, applies what comes back, and asks again, because one answer may give cause for another request:
//! after a resynchronisation the wallet has no keys. Three rounds are enough for whatever befell it.

use std::cmp::Reverse;

use super::Wallet;
use super::pending::{Asked, Question};
use super::state::State;
use crate::card::certificate_end::CertificateEnd;
use crate::card::life_cycle::CardState;
use crate::card::recognition::ExpiryMonth;
use crate::card::snapshot::CardId;
use crate::error::Error;
use crate::issuer::attestation::Attestation;
use crate::issuer::card_listing::{self as listing, ListedCard, Listing};
use crate::issuer::replenishment::{Advice, Ask, KeyLeft, Need, Stock};
use crate::issuer::request::{Body, Code, Request, SpendPoints, Want};
use crate::keys::agreement::AgreementPoint;
use crate::keys::channel::Channel;
use crate::keys::identity::DeviceKeys;
use crate::keys::issuer_key::{Digest, IssuerKey};
use crate::ledger::key_sequence::Sequence;
use crate::ledger::record::Record;
use crate::now::Now;

/// What the wallet is to ask its issuer next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NextRequest {
    /// Nothing for now.
    Nothing,
    /// [`Wallet::enrolment_request`]: the issuer does not know the wallet yet. The device keys are made for it first.
    Enrolment,
    /// [`Wallet::resynchronisation_request`]: an older copy was put back.
    Resynchronisation,
    /// [`Wallet::issuer_time_request`]: the wall clock was set back, and the issuer may mend it.
    IssuerTime,
    /// [`Wallet::replenishment_request`]: a card is short of keys, or will be soon.
    Replenishment,
    /// [`Wallet::check_in_request`]: a suspend, a card or new certificates may wait at the issuer, or it has yet to hear that a card
    /// was deleted.
    CheckIn,
}

/// A request that waits for the device's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToSign {
    /// Names it in [`Wallet::request_finish`], once.
    pub token: u64,
    /// SHA-256, to be signed by the device signature key: ECDSA over P-256.
    pub digest: [u8; 32],
}

/// So long after the issuer was last heard, in milliseconds of boot time, it is asked what waits there.
pub const CHECK_IN_AFTER_MS: u64 = 12 * 3_600_000;

impl Wallet {
    /// What the wallet is to ask its issuer next; the first that applies, in this order: to resynchronise, where an older copy
    /// was put back; to enrol, until a first envelope was applied; the time, where the clock was set back and the issuer has
    /// not said already that it is wrong; keys, where a card is short of them; to check in, where no envelope was applied since the
    /// wallet was opened, or for [`CHECK_IN_AFTER_MS`], or since a card's certificates came within 30 days of their end or were over;
    /// or where a card was deleted or is retired and the issuer is not known to know. What the issuer knows is not kept in the ledger: a process that starts has not heard of a suspend meanwhile, and
    /// the question is cheap.
    pub fn next_request(&self, now: Now) -> NextRequest {
        let state = self.state();
        if state.ledger.is_rolled_back() {
            NextRequest::Resynchronisation
        } else if state.ledger.highest_envelope() == 0 {
            NextRequest::Enrolment
        } else if state.ledger.clock_was_set_back(now.wall_ms) && !state.clock_is_wrong(now.wall_ms) {
            NextRequest::IssuerTime
        } else if state.needs(now.wall_ms).any(|(_, need)| need.advice.ask > Ask::No) {
            NextRequest::Replenishment
        } else if state.has_heard_lately(now)
            && state.ended_told >= state.ledger.ended()
            && !state.has_news_of_certificates(now.wall_ms)
        {
            NextRequest::Nothing
        } else {
            NextRequest::CheckIn
        }
    }

    /// Whether the issuer has answered this wallet ever, by an envelope that was applied: it knows the wallet then. Stays so after a
    /// restart, and after the last card was deleted.
    pub fn is_enrolled(&self) -> bool {
        self.state().ledger.highest_envelope() > 0
    }

    /// Makes the wallet known to its issuer: the public keys that were made ([`Wallet::device_keys_made`] comes first), what the
    /// phone's key store says of the device keys, and the challenge (at most 64 bytes) by which the issuer knows who is enrolling.
    ///
    /// # Errors
    /// [`RequestError::ChallengeLength`](crate::RequestError::ChallengeLength), [`Error::NoDeviceKeys`], [`Error::RolledBack`].
    pub fn enrolment_request(&self, challenge: &[u8], attestation: Attestation) -> Result<ToSign, Error> {
        let mut state = self.state();
        state.not_rolled_back()?;
        let device_keys = state.device_keys()?;
        let body = Body::Enrolment {
            challenge: challenge.to_vec(),
            agreement: device_keys.agreement.bytes(),
            signature: device_keys.signature.bytes(),
            spend_points: state.spend_points(),
            attestation,
        };
        state.begin_answered_by_time(body, Question::Enrolment)
    }

    /// Asks for keys for every card that is short of them, as [`Wallet::replenishment`] advises, or for those that would
    /// fill up all cards where none is.
    ///
    /// # Errors
    /// [`RequestError::NothingWanted`](crate::RequestError::NothingWanted) where all are full, not active or without a spend key,
    /// [`Error::NoDeviceKeys`], [`Error::RolledBack`].
    pub fn replenishment_request(&self, wall_ms: u64) -> Result<ToSign, Error> {
        let mut state = self.state();
        state.not_rolled_back()?;
        let body = Body::Replenishment { wants: state.wants(wall_ms), spend_points: state.spend_points() };
        state.begin(body)
    }

    /// Hands the issuer the one-time code (1 to 32 bytes) by which the holder proves to be who a waiting card is for. Each
    /// request uses up one of the codes that may be tried, right or wrong: that is on the medium first. The issuer answers a
    /// right one with a resume, a wrong one with what [`Applied`](super::envelopes::Applied) tells of it; after the last one
    /// it may delete the card. The code stands in the request as it is: the app's connection must be confidential.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], [`Error::NothingToCheck`] where the card does not wait, [`Error::NoCodesLeft`],
    /// [`RequestError::CodeLength`](crate::RequestError::CodeLength), [`Error::NoDeviceKeys`], [`Error::RolledBack`], or the disk's.
    pub fn identity_check_request(&self, card: CardId, code: Vec<u8>) -> Result<ToSign, Error> {
        let _working = self.work();
        let code = Code::new(code)?;
        let mut state = self.state();
        state.not_rolled_back()?;
        state.device_keys()?;
        let held = state.ledger.card(card).ok_or(Error::UnknownCard)?;
        if held.state != CardState::Waiting {
            return Err(Error::NothingToCheck);
        }
        let codes = held.codes.checked_sub(1).ok_or(Error::NoCodesLeft)?;
        state.ledger.write(vec![Record::CardState { card, state: CardState::Waiting, codes }])?;
        drop(state);
        self.settle()?;
        let body = Body::IdentityCheck { card: card.number(), code };
        self.state().begin_answered_by_time(body, Question::IdentityCheck(card))
    }

    /// Asks for the issuer's time, after the wall clock was set back ([`Wallet::clock_was_set_back`]). Where it is the phone's own
    /// clock that is wrong, the answer does not mend it ([`Wallet::clock_is_wrong`]).
    ///
    /// # Errors
    /// [`Error::NoDeviceKeys`], [`Error::RolledBack`].
    pub fn issuer_time_request(&self) -> Result<ToSign, Error> {
        let mut state = self.state();
        state.not_rolled_back()?;
        state.begin_answered_by_time(Body::IssuerTime, Question::IssuerTime)
    }

    /// Acknowledges what was applied, tells how the cards stand, and asks for what waits: the issuer's word about a card, which
    /// must be heard although there are keys enough.
    ///
    /// # Errors
    /// [`Error::NoDeviceKeys`], [`Error::RolledBack`].
    pub fn check_in_request(&self) -> Result<ToSign, Error> {
        let mut state = self.state();
        state.not_rolled_back()?;
        let body = Body::CheckIn { spend_points: state.spend_points() };
        state.begin_answered_by_time(body, Question::CheckIn)
    }

    /// Asks the issuer how far the counters have come, after an older copy of the wallet was put back.
    ///
    /// # Errors
    /// [`Error::NoDeviceKeys`]: the copy is from before they were told. It is made whatever else the state of the wallet.
    pub fn resynchronisation_request(&self) -> Result<ToSign, Error> {
        let mut state = self.state();
        let body = Body::Resynchronise { spend_points: state.spend_points() };
        let asked = state.begin(body)?;
        state.begun_request.resynchronisation = Some(state.asked(Question::Resynchronise));
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
        drop(state);
        self.device_signed(begun.digest(), signature)?;
        Ok(begun.finish(signature))
    }

    /// Whether the device signature key has signed this digest. Computes outside the lock.
    ///
    /// # Errors
    /// [`Error::SignatureWrong`], [`Error::NoDeviceKeys`].
    pub(super) fn device_signed(&self, digest: [u8; 32], signature: &[u8; 64]) -> Result<(), Error> {
        let signer = self.state().device_keys()?.signature.bytes();
        let signer = IssuerKey::new(&signer).ok_or(Error::SignatureWrong)?;
        if signer.verifies(Digest::new(digest), signature) { Ok(()) } else { Err(Error::SignatureWrong) }
    }

    /// Whether a card is short of keys, or will be soon, and whether its certificates end. `None` where there is no such card.
    pub fn replenishment(&self, card: CardId, wall_ms: u64) -> Option<Advice> {
        let state = self.state();
        let stocks = state.stocks(card)?;
        let advice = stocks.into_iter().map(|(_, stock)| stock.need(wall_ms).advice);
        let advice = advice.max_by_key(|advice| (advice.ask, Reverse(advice.uses_left)))?;
        let first_end = state.ends_of_certificates(card).min();
        Some(advice.with_certificate(first_end.and_then(|month| CertificateEnd::told(month, wall_ms))))
    }

    /// Whether the wall clock stands more than five minutes before what was seen already. No key is used then. Either it is wrong
    /// now, or it was wrong before: the issuer's time tells ([`Wallet::issuer_time_request`]).
    pub fn clock_was_set_back(&self, wall_ms: u64) -> bool {
        self.state().ledger.clock_was_set_back(wall_ms)
    }

    /// Whether the wall clock stands more than five minutes before the time that the issuer has told since the wallet was opened:
    /// it is wrong, and only its being set helps.
    pub fn clock_is_wrong(&self, wall_ms: u64) -> bool {
        self.state().clock_is_wrong(wall_ms)
    }
}

impl State {
    fn not_rolled_back(&self) -> Result<(), Error> {
        if self.ledger.is_rolled_back() { Err(Error::RolledBack) } else { Ok(()) }
    }

    /// The device keys, without which the issuer is not asked.
    pub(super) fn device_keys(&self) -> Result<&DeviceKeys, Error> {
        self.ledger.identity().device_keys.as_ref().ok_or(Error::NoDeviceKeys)
    }

    fn begin(&mut self, body: Body) -> Result<ToSign, Error> {
        self.device_keys()?;
        let mut challenge = [0; 16];
        (self.randomness)(&mut challenge);
        let request = Request {
            wallet: self.ledger.identity().wallet,
            challenge,
            sequence: self.ledger.highest_envelope(),
            mark: self.ledger.mark(),
            listing: self.listing(),
            body,
        };
        let unsigned = request.unsigned()?;
        let digest = unsigned.digest();
        self.begun_request.token = self.begun_request.token.wrapping_add(1);
        self.begun_request.begun = Some(unsigned);
        self.begun_request.challenge = challenge;
        Ok(ToSign { token: self.begun_request.token, digest })
    }

    /// One that the issuer's time may answer.
    fn begin_answered_by_time(&mut self, body: Body, question: Question) -> Result<ToSign, Error> {
        let to_sign = self.begin(body)?;
        self.begun_request.time = Some(self.asked(question));
        Ok(to_sign)
    }

    /// What the request that was begun last is to be answered for.
    fn asked(&self, question: Question) -> Asked {
        let lists_cards = matches!(question, Question::CheckIn | Question::Resynchronise);
        let ended = if lists_cards { self.ledger.ended() } else { 0 };
        Asked { challenge: self.begun_request.challenge, question, ended }
    }

    /// Whether a card waits for its identity check.
    pub(super) fn waits(&self, card: CardId) -> bool {
        self.ledger.card(card).is_some_and(|held| held.state == CardState::Waiting)
    }

    fn clock_is_wrong(&self, wall_ms: u64) -> bool {
        self.ledger.clock_was_set_back(wall_ms) && self.issuer_clock == Some(self.ledger.clock())
    }

    /// Whether an envelope was applied since the wallet was opened and not too long ago.
    fn has_heard_lately(&self, now: Now) -> bool {
        let since = |heard: Now| now.boot_ms.checked_sub(heard.boot_ms).filter(|_| now.boot_count == heard.boot_count);
        self.heard.and_then(since).is_some_and(|since_ms| since_ms < CHECK_IN_AFTER_MS)
    }

    /// Whether certificates came near their end, or to it, since the issuer was last heard.
    fn has_news_of_certificates(&self, wall_ms: u64) -> bool {
        let heard_ms = self.heard.map_or(0, |heard| heard.wall_ms);
        let mut ends = self.ledger.cards().flat_map(|(card, _)| self.ends_of_certificates(card));
        ends.any(|month| CertificateEnd::is_news(month, heard_ms, wall_ms))
    }

    /// The months with which the certificates of a card's applications end.
    fn ends_of_certificates(&self, card: CardId) -> impl Iterator<Item = ExpiryMonth> {
        let applications = self.profiles.get(&card).into_iter().flat_map(|profile| &profile.applications);
        applications.filter_map(|application| application.certificates_end())
    }

    fn spend_points(&self) -> SpendPoints {
        let identity = self.ledger.identity();
        SpendPoints {
            device: identity.device.point().bytes(),
            unlocked: identity.unlocked.as_ref().map(AgreementPoint::bytes),
            authenticated: identity.authenticated.as_ref().map(AgreementPoint::bytes),
        }
    }

    fn listing(&self) -> Listing {
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

    /// The stock of keys of each application of a card: at terminals, and in each other channel that the issuer has sent keys for.
    fn stocks(&self, card: CardId) -> Option<Vec<(Sequence, Stock)>> {
        let held = self.ledger.card(card)?;
        let (made, since_ms) = self.ledger.rate(card);
        let stock = |sequence: Sequence| {
            let keys = self.ledger.keys_left(&sequence);
            let keys = keys.map(|(uses, not_before_ms, not_after_ms)| KeyLeft { uses, not_before_ms, not_after_ms });
            let stock = Stock {
                state: held.state,
                rolled_back: self.ledger.is_rolled_back(),
                has_spend_key: self.ledger.identity().spend_point(held.policy.protection).is_some(),
                keys_lost: held.keys_lost,
                ask_at: held.policy.ask_at,
                keys: keys.collect(),
                counters_left: LAST_ATC.saturating_sub(self.ledger.highest_atc(&sequence).number()),
                made,
                since_ms,
            };
            (sequence, stock)
        };
        let applications = self.profiles.get(&card)?.applications.iter();
        let of_all = applications.flat_map(|application| {
            let aid = application.aid;
            Channel::ALL.into_iter().map(move |channel| Sequence { card, aid, channel })
        });
        let has_had_keys = |sequence: &Sequence| self.ledger.counters(card).any(|(counter, ..)| counter == *sequence);
        let stocked = of_all.filter(|sequence| sequence.channel == Channel::Tap || has_had_keys(sequence));
        Some(stocked.map(stock).collect())
    }

    /// What all stocks need, in order.
    fn needs(&self, wall_ms: u64) -> impl Iterator<Item = (Sequence, Need)> {
        let stocks = self.ledger.cards().flat_map(|(card, _)| self.stocks(card).unwrap_or_default());
        stocks.map(move |(sequence, stock)| (sequence, stock.need(wall_ms)))
    }

    /// What fills up those that are short; where none is, all.
    fn wants(&self, wall_ms: u64) -> Vec<Want> {
        let wanted: Vec<(Sequence, Need)> = self.needs(wall_ms).filter(|(_, need)| need.want > 0).collect();
        let is_short = |need: &Need| need.advice.ask > Ask::No;
        let any_short = wanted.iter().any(|(_, need)| is_short(need));
        let want = |(sequence, need): (Sequence, Need)| Want {
            card: sequence.card.number(),
            aid: sequence.aid,
            channel: sequence.channel,
            uses: need.want,
        };
        wanted.into_iter().filter(|(_, need)| !any_short || is_short(need)).map(want).collect()
    }
}

/// FFFF is never used.
const LAST_ATC: u16 = 0xFFFE;
