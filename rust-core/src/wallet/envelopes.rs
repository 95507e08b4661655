//! What the issuer sends, applied: each envelope whole or not at all, in sequence, and each only once.
//!
//! Envelopes rise in sequence within one wallet. Gaps are allowed, because an issuer may make an envelope and never deliver it, but
//! of no more than 65,536: else one envelope with the highest number there is, by a mistake or by a key that was the
//! issuer's for a day, would block all later ones for good. An envelope a minute for 45 days leaves no greater gap, and leaps
//! of that length fit 2^48 times in the numbers. A resynchronisation is no exception: it would block all the same, and the
//! request tells the issuer from which sequence on it counts.
//!
//! What an envelope comes to is written in one record of the
//! ledger together with its sequence and digest, and is on the medium before [`Wallet::apply_finish`] says so. Of an
//! envelope that is refused nothing stays, not even its sequence: the issuer may mend it and send it again under the same
//! one.
//!
//! An envelope is opened in two steps, because the private half of the device agreement key may lie in hardware that only
//! the platform can ask: [`Wallet::apply_begin`] proves that the issuer made it for this wallet and gives the ephemeral
//! point; the platform agrees its key with that; [`Wallet::apply_finish`] takes the x-coordinate and applies.

use std::sync::Arc;

use super::Wallet;
use super::pending::Question;
use super::state::State;
use crate::card::cardholder_verification::Requirement;
use crate::card::envelope_purpose::Purpose;
use crate::card::life_cycle::{self, CardState};
use crate::card::policy::Policy;
use crate::card::profile::CardProfile;
use crate::card::snapshot::CardId;
use crate::card::verification_policy::VerificationPolicy;
use crate::emv::aid::Aid;
use crate::emv::atc::Atc;
use crate::emv::tags;
use crate::error::{ContentError, Error, ProfileFault};
use crate::issuer::contents::{Contents, Counter, SentCoupon};
use crate::issuer::envelope::Envelope;
use crate::issuer::envelope::header::Header;
use crate::keys::agreement::{AgreementPoint, SharedSecret};
use crate::keys::icc_key::HeldIccKey;
use crate::keys::issuer_key::Digest;
use crate::keys::payment_key::PaymentKey;
use crate::keys::spend_key::Protection;
use crate::ledger::compaction::Compaction;
use crate::ledger::key_sequence::{Sequence, Use};
use crate::ledger::record::{Dropped, Record};
use crate::now::Now;

/// An envelope of our issuer for this wallet, which waits for the platform.
#[derive(Debug)]
pub struct Begun {
    /// Names it in [`Wallet::apply_finish`], once.
    pub token: u64,
    /// What the device agreement key is to be agreed with.
    pub ephemeral: AgreementPoint,
}

/// An envelope was applied, and is on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// What it was for.
    pub purpose: Purpose,
    /// Which card it was about, also where it says that a code was wrong.
    pub card: Option<CardId>,
    /// The highest sequence that was applied: to be acknowledged to the issuer.
    pub highest_sequence: u64,
    /// It answers an identity check, and the card waits on: the code was wrong. How many may still be tried,
    /// [`Wallet::card`] says.
    pub code_was_wrong: bool,
}

impl Wallet {
    /// Proves that an envelope is of our issuer, for this wallet, and new.
    ///
    /// # Errors
    /// [`Error::Envelope`], [`Error::NoDeviceKeys`], [`Error::AlreadyApplied`], [`Error::Stale`], [`Error::SequenceLeaps`], [`Error::RolledBack`]. Nothing is
    /// changed by it.
    pub fn apply_begin(&self, envelope: &[u8], now: Now) -> Result<Begun, Error> {
        let envelope = Envelope::parse(envelope)?;
        let identity = self.state().ledger.identity().clone();
        let opening = envelope.begin(&identity.issuer, identity.wallet)?;
        identity.device_keys.ok_or(Error::NoDeviceKeys)?;
        let admitted = self.state_at(now).may_apply(&opening.header(), opening.digest());
        if admitted == Err(Error::AlreadyApplied) {
            // The issuer may take this for an acknowledgement. Beside a log that is being put in place it would wait for the wrong one.
            let _working = self.work();
            self.settle()?;
        }
        admitted?;
        let mut state = self.state();
        let ephemeral = opening.ephemeral().clone();
        state.begun_envelope.token = state.begun_envelope.token.wrapping_add(1);
        state.begun_envelope.begun = Some((opening, now));
        Ok(Begun { token: state.begun_envelope.token, ephemeral })
    }

    /// Opens an envelope that was begun, with what the device agreement key and its ephemeral point have in common, and
    /// applies it. Waits for the medium.
    ///
    /// # Errors
    /// [`Error::NotBegun`] where another was begun since, this one was finished, or a minute is over; and why it cannot be
    /// applied. Nothing is changed then. But where the medium fails ([`Error::Ledger`]), whether the envelope was applied shows
    /// when the wallet is opened again; until then nothing can be written or paid. The issuer may send it again in either case.
    pub fn apply_finish(&self, token: u64, shared: &SharedSecret, now: Now) -> Result<Applied, Error> {
        let _working = self.work();
        let (opening, agreement) = {
            let mut state = self.state_at(now);
            let opening = state.begun_envelope.take(token, now).ok_or(Error::NotBegun)?;
            let device_keys = state.ledger.identity().device_keys.clone().ok_or(Error::NoDeviceKeys)?;
            (opening, device_keys.agreement)
        };
        let opened = opening.finish(&agreement, shared)?;
        let (header, digest) = (opened.header, opened.digest);
        let contents = Contents::parse(header.purpose, opened.content.expose())?;
        let profile = match &contents {
            Contents::InstallCard { profile, .. } | Contents::Renew { profile, .. } => {
                Some(CardProfile::parse(profile)?)
            }
            _ => None,
        };
        let mut state = self.state();
        state.may_apply(&header, digest)?;
        let ended_before = state.ledger.ended();
        let effects = state.effects(&header, contents, profile.as_ref(), now)?;
        let card = header.card.map(|card| CardId(card.get()));
        if let (Purpose::Suspend | Purpose::Delete, Some(card)) = (header.purpose, card) {
            state.take_back_verification_for(card);
        }
        state.ledger.write(vec![Record::Applied { sequence: header.sequence, digest: *digest.bytes(), effects }])?;
        match (header.purpose, card, profile) {
            (_, Some(card), Some(profile)) => state.profiles.insert(card, Arc::new(profile)),
            (Purpose::Delete, Some(card), None) => {
                state.profiles.remove(&card);
                let more = state.ledger.ended().saturating_sub(ended_before);
                state.ended_told = state.ended_told.saturating_add(more);
            }
            _ => {}
        }
        let asked = state.begun_request.answered(header.purpose);
        state.ended_told = state.ended_told.max(asked.map_or(0, |asked| asked.ended));
        let wrong_code_of = match asked.map(|asked| asked.question) {
            Some(Question::IssuerTime) => {
                state.issuer_clock = Some(state.ledger.clock());
                None
            }
            Some(Question::IdentityCheck(card)) => Some(card).filter(|card| state.waits(*card)),
            _ => None,
        };
        state.heard = Some(now);
        let highest_sequence = state.ledger.highest_envelope();
        drop(state);
        self.settle()?;
        if header.purpose == Purpose::Resynchronise {
            // Numbered on above the mark that this copy was found behind, so that the next opening knows it as mended.
            while !self.write_anew(Compaction::Resynchronised)? {}
            self.state().ledger.resynchronised();
        }
        self.ready(now)?;
        let (card, code_was_wrong) = (card.or(wrong_code_of), wrong_code_of.is_some());
        Ok(Applied { purpose: header.purpose, card, highest_sequence, code_was_wrong })
    }

    /// The highest sequence of the issuer's envelopes that was applied; 0 before the first.
    pub fn highest_sequence(&self) -> u64 {
        self.state().ledger.highest_envelope()
    }
}

/// An envelope's sequence lies at most so far above the highest that was applied.
const WIDEST_GAP: u64 = 65_536;

impl State {
    /// Whether the envelope is the next one.
    fn may_apply(&self, header: &Header, digest: Digest) -> Result<(), Error> {
        if self.ledger.has_applied(digest.bytes()) {
            return Err(Error::AlreadyApplied);
        }
        let highest = self.ledger.highest_envelope();
        if header.sequence <= highest {
            return Err(Error::Stale);
        }
        if header.sequence.saturating_sub(highest) > WIDEST_GAP {
            return Err(Error::SequenceLeaps);
        }
        if self.ledger.is_rolled_back() && header.purpose != Purpose::Resynchronise {
            return Err(Error::RolledBack);
        }
        Ok(())
    }

    /// What an envelope comes to.
    fn effects(
        &mut self,
        header: &Header,
        contents: Contents,
        profile: Option<&CardProfile>,
        now: Now,
    ) -> Result<Vec<Record>, Error> {
        match header.card {
            Some(card) => self.effects_on(CardId(card.get()), header.purpose, contents, profile, now),
            None => self.effects_on_wallet(contents, now),
        }
    }

    fn effects_on(
        &self,
        card: CardId,
        purpose: Purpose,
        contents: Contents,
        profile: Option<&CardProfile>,
        now: Now,
    ) -> Result<Vec<Record>, Error> {
        let held = self.ledger.card(card);
        let state = held.map(|held| held.state);
        let state = state.or(self.ledger.was_deleted(card).then_some(CardState::Deleted));
        let after = life_cycle::after(state, purpose)?;
        let codes = held.map_or(0, |held| held.codes);
        let own_keys =
            |keys: Vec<HeldIccKey>| keys.into_iter().map(move |key| Record::IccKey { card, key: Arc::new(key) });
        let keys = |keys: Vec<PaymentKey>| keys.into_iter().map(move |key| Record::Key { card, paid: Vec::new(), key });
        Ok(match (contents, profile, held) {
            (Contents::InstallCard { policy, codes, profile: bytes, keys: first, icc_keys }, Some(profile), None) => {
                issued(profile, &policy, now)?;
                if self.ledger.cards().any(|(_, other)| other.token == profile.token) {
                    return Err(Error::TokenInUse);
                }
                self.has_room_for_a_card()?;
                self.can_be_opened(&first, policy.protection)?;
                profile.takes(&first, &policy)?;
                profile.takes_icc_keys(&icc_keys)?;
                self.can_authenticate(card, profile, first.iter().map(|key| key.aid), &icc_keys)?;
                self.ledger.rise(card, profile.token, &first)?;
                let state = life_cycle::installed(codes);
                let token = profile.token;
                let installed = Record::Card { card, state, codes, policy, token, profile: bytes };
                let chosen = self.ledger.chosen().is_none().then_some(Record::Chosen(card));
                [installed].into_iter().chain(own_keys(icc_keys)).chain(keys(first)).chain(chosen).collect()
            }
            (Contents::ReplenishKeys { keys: more, icc_keys }, None, Some(held)) => {
                let profile = self.profiles.get(&card).ok_or(Error::UnknownCard)?;
                self.can_be_opened(&more, held.policy.protection)?;
                self.keys_fit(card, &more)?;
                profile.takes_icc_keys(&icc_keys)?;
                self.can_authenticate(card, profile, more.iter().map(|key| key.aid), &icc_keys)?;
                let replaced = self.replaced_by(card, &more, now.wall_ms)?;
                replaced.into_iter().chain(own_keys(icc_keys)).chain(keys(more)).collect()
            }
            (Contents::Policy(policy), None, Some(held)) => {
                let profile = self.profiles.get(&card).ok_or(Error::UnknownCard)?;
                fits(profile, &policy)?;
                let other_lock = held.policy.protection != policy.protection;
                let dropped = other_lock.then_some(Record::KeysDropped { card, why: Dropped::Replaced });
                [Record::Policy { card, policy }].into_iter().chain(dropped).collect()
            }
            (Contents::Renew { profile: bytes, icc_keys }, Some(profile), Some(held)) => {
                issued(profile, &held.policy, now)?;
                if profile.token != held.token {
                    return Err(Error::AnotherToken);
                }
                let (policy, token) = (held.policy.clone(), held.token);
                let renewed = Record::Card { card, state: after, codes, policy, token, profile: bytes };
                let dropped = Record::KeysDropped { card, why: Dropped::Replaced };
                let dropped = (!self.keys_serve(card, profile)).then_some(dropped);
                profile.takes_icc_keys(&icc_keys)?;
                self.certificates_fit(card, profile, &icc_keys)?;
                if dropped.is_none() {
                    let sequences = self.ledger.counters(card).map(|(sequence, ..)| sequence);
                    let served = sequences.filter(|sequence| self.ledger.keys_left(sequence).next().is_some());
                    self.can_authenticate(card, profile, served.map(|sequence| sequence.aid), &icc_keys)?;
                }
                [renewed].into_iter().chain(dropped).chain(own_keys(icc_keys)).collect()
            }
            (Contents::Suspend, None, Some(_)) => vec![Record::CardState { card, state: after, codes }],
            (Contents::Resume, None, Some(_)) => vec![Record::CardState { card, state: after, codes: 0 }],
            (Contents::Statement(statement), None, Some(held)) => {
                if held.statement.is_some_and(|before| !statement.follows(&before)) {
                    return Err(Error::StatementOld);
                }
                vec![Record::Statement { card, statement }]
            }
            (Contents::Delete, None, Some(_)) => vec![Record::CardDeleted(card)],
            _ => return Err(Error::UnknownCard),
        })
    }

    fn effects_on_wallet(&mut self, contents: Contents, now: Now) -> Result<Vec<Record>, Error> {
        match contents {
            Contents::IssuerTime { challenge, wall_ms } => {
                let question = self.begun_request.answered_by(Purpose::IssuerTime, &challenge)?;
                // Another request that is answered by the time has not asked for it: a clock that is slow but steady pays on.
                Ok(if question == Question::IssuerTime { vec![Record::Clock(wall_ms)] } else { Vec::new() })
            }
            Contents::RotateIssuerKey(successor) => {
                let mut identity = self.ledger.identity().clone();
                identity.issuer = successor;
                Ok(vec![Record::Identity(identity)])
            }
            Contents::Resynchronise { challenge, counters } => {
                self.begun_request.answered_by(Purpose::Resynchronise, &challenge)?;
                let gone: Vec<Use> = counters.iter().filter_map(|counter| self.gone(counter)).collect();
                for (card, _) in self.ledger.cards() {
                    let of_it = gone.iter().map(|gone| gone.sequence).filter(|sequence| sequence.card == card);
                    self.has_room_for_counters(card, of_it)?;
                }
                let cards = self.ledger.cards();
                let dropped = cards.map(|(card, _)| Record::KeysDropped { card, why: Dropped::Replaced });
                Ok(dropped.chain(gone.into_iter().map(Record::Burned)).collect())
            }
            Contents::Notices(notices) => notices.into_iter().map(|notice| self.ledger.settle(notice)).collect(),
            Contents::TransferNotices(notices) => {
                let settled = notices.into_iter().map(|notice| self.ledger.settle_transfer(notice));
                Ok(settled.collect::<Result<_, _>>()?)
            }
            Contents::Coupon(SentCoupon { terms, signature, secret }) => {
                Ok(self.ledger.coupon_taken_in(terms, &signature, secret, now.wall_ms).map_err(ContentError::from)?)
            }
            Contents::CouponSigner(word) => {
                Ok(vec![self.ledger.coupon_signer_taken_in(word).map_err(ContentError::from)?])
            }
            Contents::CouponNotices(notices) => {
                let settled = notices.into_iter().map(|notice| self.ledger.coupon_settled(notice));
                Ok(settled.collect::<Result<_, _>>().map_err(ContentError::from)?)
            }
            _ => Err(Error::WrongAddress),
        }
    }

    /// A counter that the issuer names is gone, where the card is still there and the counter ever began: no record can
    /// hold 0000.
    fn gone(&self, counter: &Counter) -> Option<Use> {
        let card = CardId(counter.card);
        self.ledger.card(card).filter(|_| counter.atc > Atc::NONE_YET)?;
        let sequence = Sequence { card, aid: counter.aid, channel: counter.channel };
        Some(Use { sequence, atc: counter.atc })
    }

    /// Whether there is a spend key at all that such keys can have been sealed to. Without it they would count, and never open.
    fn can_be_opened(&self, keys: &[PaymentKey], protection: Protection) -> Result<(), Error> {
        let has_spend_key = self.ledger.identity().spend_point(protection).is_some();
        if has_spend_key || keys.is_empty() { Ok(()) } else { Err(Error::NoSpendKey) }
    }

    /// Whether each of these applications, which have payment keys, has a key to authenticate itself with where it promises that.
    fn can_authenticate(
        &self,
        card: CardId,
        profile: &CardProfile,
        served: impl IntoIterator<Item = Aid>,
        icc_keys: &[HeldIccKey],
    ) -> Result<(), Error> {
        let promises =
            |aid: &Aid| profile.application(aid).is_some_and(|application| application.data_authentication.is_some());
        let lacks = |aid: &Aid| !self.ledger.has_icc_key(card, aid) && !icc_keys.iter().any(|key| key.aid == *aid);
        let missing = served.into_iter().any(|aid| promises(&aid) && lacks(&aid));
        if missing { Err(ContentError::IccKeyMissing.into()) } else { Ok(()) }
    }

    /// Whether the certificates of a renewed profile are for what stands beside them, and for the keys that the card has then: as far
    /// as that can be told while keys are sealed, and without the certification authority's key.
    fn certificates_fit(&self, card: CardId, renewed: &CardProfile, icc_keys: &[HeldIccKey]) -> Result<(), Error> {
        for application in &renewed.applications {
            let aid = &application.aid;
            let Some(after) = &application.data_authentication else { continue };
            let before = self.profiles.get(&card).and_then(|profile| profile.application(aid));
            let before = before.and_then(|before| before.data_authentication.as_ref());
            if before.is_some_and(|before| {
                before.certificate == after.certificate && before.static_data != after.static_data
            }) {
                return Err(ProfileFault::NotCertified.of(tags::ICC_CERTIFICATE).into());
            }
            let stays = self.ledger.card(card).and_then(|held| held.icc_keys.get(aid));
            let stays = stays.filter(|_| !icc_keys.iter().any(|key| key.aid == *aid));
            let moduli = before.and_then(|before| before.modulus.as_ref().zip(after.modulus.as_ref()));
            let is_for_another = moduli.is_some_and(|(before, after)| before != after);
            if stays.is_some_and(|key| is_for_another || !after.fits(key)) {
                return Err(ContentError::IccKeyMissing.into());
            }
        }
        Ok(())
    }

    /// Whether all keys held for a card serve another profile too: the same applications, their cryptograms computed the
    /// same way.
    fn keys_serve(&self, card: CardId, renewed: &CardProfile) -> bool {
        let Some(profile) = self.profiles.get(&card) else { return false };
        self.ledger.counters(card).all(|(sequence, ..)| {
            let cvn = |profile: &CardProfile| profile.application(&sequence.aid).map(|application| application.cvn);
            cvn(profile) == cvn(renewed)
        })
    }
}

/// Whether a profile may come from an issuer, now and under this policy.
fn issued(profile: &CardProfile, policy: &Policy, now: Now) -> Result<(), Error> {
    if profile.test_only {
        return Err(Error::TestOnly);
    }
    for authentication in profile.applications.iter().filter_map(|application| application.data_authentication.as_ref())
    {
        if authentication.ends.is_some_and(|month| month.is_over(now.wall_ms)) {
            return Err(ProfileFault::CertificateOver.of(tags::ICC_CERTIFICATE).into());
        }
    }
    fits(profile, policy)
}

/// Whether a card's keys are locked as profile and policy want it, and the policy goes by nothing that the profile does not have.
fn fits(profile: &CardProfile, policy: &Policy) -> Result<(), Error> {
    let mut applications = profile.applications.iter();
    let profile_wants = applications.clone().any(|application| application.requirement == Requirement::Always);
    let exemptions = match &policy.verification {
        VerificationPolicy::AsProfile if !profile_wants => return Ok(()),
        // Keys would lie open without the verification that the card always asks for.
        VerificationPolicy::AsProfile | VerificationPolicy::Always => {
            let is_locked = policy.protection == Protection::Authenticated;
            return if is_locked { Ok(()) } else { Err(Error::ProtectionTooWeak) };
        }
        VerificationPolicy::Exempt(exemptions) => exemptions,
    };
    let too_strong = match &exemptions.transit {
        Some(_) => policy.protection != Protection::Device,
        None => policy.protection == Protection::Authenticated,
    };
    if too_strong {
        return Err(Error::ProtectionTooStrong);
    }
    let tells_gates = |aid: &Aid| profile.application(aid).is_some_and(|gate| gate.asks_merchant_category());
    let gates = exemptions.transit.iter().flat_map(|transit| &transit.aids).all(tells_gates);
    let pins = !exemptions.card_like || applications.all(|application| application.has_online_pin);
    if profile_wants || !gates || !pins { Err(Error::PolicyAgainstProfile) } else { Ok(()) }
}
