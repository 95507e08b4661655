//! Payment keys that are open: at most as many as are leased, from the time the spend key is there until they are spent or
//! the spend key is gone. A key that was forgotten can be opened again from its sealed form. Where a seed gives the key, the
//! wallet makes that form itself, and the seed goes forward at once.

use std::fmt;
use std::sync::Arc;

use super::key_sequence::{Sequence, Use};
use super::state::LedgerState;
use crate::card::report::Reason;
use crate::emv::atc::Atc;
use crate::error::LedgerError;
use crate::keys::agreement::AgreementKey;
use crate::keys::payment_key::{HeldSecret, PaymentKey};
use crate::keys::ratchet::{self, Seed};
use crate::keys::secret::SecretKey;
use crate::keys::spend_key::{self, Locked, Locks, Place, Protection, SpendKeys};
use crate::keys::wipe;
use crate::randomness::Randomness;

/// Open keys, and the spend keys that are here.
#[derive(Debug, Default)]
pub(super) struct OpenKeys {
    keys: Vec<OpenKey>,
    spend_keys: SpendKeys,
}

/// A payment key in the open. It is named by its first counter: a limited-use key has several. One that a seed gave
/// serves this one alone.
#[derive(Debug)]
struct OpenKey {
    sequence: Sequence,
    first_atc: u16,
    only: Option<Atc>,
    key: SecretKey,
}

/// Why a leased use was not spent. No key was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSpent {
    /// It was spent already, or its key is gone.
    Gone,
    /// The spend key that opens it is not here: the phone is locked, or the holder has not verified.
    Locked(Protection),
    /// Its consumption could not be written.
    NotWritten(LedgerError),
}

impl NotSpent {
    /// In the report's words.
    pub(crate) fn reason(self) -> Reason {
        match self {
            NotSpent::Gone => Reason::NoKeyLeft,
            NotSpent::Locked(protection) => Reason::of_locked(protection),
            NotSpent::NotWritten(_) => Reason::StorageFailed,
        }
    }
}

/// A key to be opened, with all that it takes, so that it can be done while taps go on.
pub(crate) struct ToOpen {
    one_use: Use,
    first_atc: u16,
    secret: HeldSecret,
    /// What a sealed key is bound to.
    info: Vec<u8>,
    spend_key: Arc<AgreementKey>,
    /// Where the key and the seed of the next counter must be locked.
    nonces: Option<[[u8; 12]; 2]>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) one_use: Use,
    first_atc: u16,
    /// A seed gave it, for this counter alone.
    only: Option<Atc>,
    /// None where it does not open.
    key: Option<SecretKey>,
    /// The key as it is kept, and the seed of the next counter, where that went forward.
    pub(super) forward: Option<[HeldSecret; 2]>,
}

impl Opened {
    /// Whether there is a key.
    pub(super) fn is_good(&self) -> bool {
        self.key.is_some()
    }
}

impl ToOpen {
    /// Computes on P-256 where the secret is sealed to a spend key.
    pub(crate) fn open(self) -> Opened {
        let (key, forward) = wipe::stack_after(|| self.key_and_beyond());
        let ToOpen { one_use, first_atc, .. } = self;
        let only = (!matches!(self.secret, HeldSecret::Plain(_) | HeldSecret::Sealed(_))).then_some(one_use.atc);
        Opened { one_use, first_atc, only, key, forward }
    }

    fn key_and_beyond(&self) -> (Option<SecretKey>, Option<[HeldSecret; 2]>) {
        match &self.secret {
            HeldSecret::Plain(key) => (Some(key.copy()), None),
            HeldSecret::Sealed(sealed) => {
                let content = sealed.open(&self.spend_key, &self.info);
                (content.and_then(|content| SecretKey::of(content.expose())), None)
            }
            HeldSecret::SealedSeed(sealed) => {
                let content = sealed.open(&self.spend_key, &self.info);
                self.go_forward(self.first_atc, content.and_then(|content| Seed::of(content.expose())))
            }
            HeldSecret::Seed(at, seed) => self.go_forward(*at, Some(seed.copy())),
            HeldSecret::LockedSeed(at, locked) => {
                let content = locked.open(Locks::Seed, &self.spend_key, &self.place(*at));
                self.go_forward(*at, content.and_then(|content| Seed::of(content.expose())))
            }
            HeldSecret::LockedKey(at, locked) => {
                let content = locked.open(Locks::LeasedKey, &self.spend_key, &self.place(*at));
                (content.and_then(|content| SecretKey::of(content.expose())), None)
            }
        }
    }

    /// From the seed of one counter to the key of the use, and what is kept of it and of the seed beyond it.
    fn go_forward(&self, at: u16, seed: Option<Seed>) -> (Option<SecretKey>, Option<[HeldSecret; 2]>) {
        let wanted = self.one_use.atc.number();
        let Some(mut seed) = seed else { return (None, None) };
        for number in at..=wanted {
            let Some(atc) = Atc::new(number) else { return (None, None) };
            let (key, next) = ratchet::step(seed, atc);
            if number == wanted {
                let kept = self.kept(&key, next);
                return (Some(key), Some(kept));
            }
            seed = next;
        }
        // It has gone further than the counter: nothing brings it back.
        (None, None)
    }

    fn kept(&self, key: &SecretKey, beyond: Seed) -> [HeldSecret; 2] {
        let at = self.one_use.atc.number();
        let next = at.saturating_add(1);
        let Some([of_key, of_seed]) = self.nonces else {
            return [HeldSecret::Plain(key.copy()), HeldSecret::Seed(next, beyond)];
        };
        let lock = |what, secret: &[u8], nonce, at| Locked::lock(what, secret, &self.spend_key, nonce, &self.place(at));
        [
            HeldSecret::LockedKey(at, lock(Locks::LeasedKey, key.expose(), of_key, at)),
            HeldSecret::LockedSeed(next, lock(Locks::Seed, beyond.expose(), of_seed, next)),
        ]
    }

    fn place(&self, atc: u16) -> Place<'_> {
        let Sequence { card, aid, channel } = &self.one_use.sequence;
        Place { card: card.0, aid: aid.bytes(), channel: channel.byte(), atc }
    }
}

impl fmt::Debug for ToOpen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ToOpen(..)")
    }
}

impl OpenKeys {
    /// A spend key is here now, or no more; with it go the keys that it opened.
    pub(super) fn bring(&mut self, state: &LedgerState, protection: Protection, key: Option<Arc<AgreementKey>>) {
        if key.is_none() {
            self.keys.retain(|open| protection_of(state, &open.sequence) != Some(protection));
        }
        self.spend_keys.set(protection, key);
    }

    /// The spend key of this protection, where it is here.
    pub(super) fn spend_key(&self, protection: Protection) -> Option<Arc<AgreementKey>> {
        self.spend_keys.get(protection)
    }

    /// Wipes what no key is held for any more.
    pub(super) fn drop_spent(&mut self, state: &LedgerState) {
        self.keys.retain(|open| {
            state.holds(&open.sequence, open.first_atc)
                && open.only.is_none_or(|atc| state.key_of(&Use { sequence: open.sequence, atc }).is_some())
        });
    }

    /// How many keys are open.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.keys.len()
    }

    /// Whether the key for this use is open.
    pub(super) fn has(&self, state: &LedgerState, one_use: &Use) -> bool {
        state.key_of(one_use).is_some_and(|key| self.find(one_use, key).is_some())
    }

    /// What it takes to open the key for this use; `None` where it is open, or the spend key is not here.
    pub(super) fn to_open(&self, state: &LedgerState, one_use: &Use, randomness: &mut Randomness) -> Option<ToOpen> {
        let (key, secret) = (state.key_of(one_use)?, state.secret_of(one_use)?);
        if matches!(secret, HeldSecret::Plain(_)) || self.find(one_use, key).is_some() {
            return None;
        }
        let protection = protection_of(state, &one_use.sequence)?;
        let spend_key = self.spend_keys.get(protection)?;
        let nonces = (secret.is_seed() && protection != Protection::Device).then(|| {
            let mut nonces = [[0; 12]; 2];
            nonces.iter_mut().for_each(|nonce| randomness(nonce));
            nonces
        });
        let mut terms = Vec::with_capacity(64);
        key.write_terms(&mut terms);
        let info = spend_key::info(&state.identity.as_ref()?.wallet, one_use.sequence.card.0, &terms);
        let secret = secret.copy();
        Some(ToOpen { one_use: *one_use, first_atc: key.first_atc, secret, info, spend_key, nonces })
    }

    /// Keeps what was opened, where its spend key is still here, and where it does not lie open in the ledger.
    pub(super) fn keep(&mut self, state: &LedgerState, opened: Opened) {
        let Opened { one_use, first_atc, only, key, .. } = opened;
        if matches!(state.secret_of(&one_use), Some(HeldSecret::Plain(_))) {
            return;
        }
        let here = protection_of(state, &one_use.sequence).and_then(|protection| self.spend_keys.get(protection));
        if let Some(key) = key.filter(|_| here.is_some()) {
            self.keys.push(OpenKey { sequence: one_use.sequence, first_atc, only, key });
        }
    }

    /// The key for one use, where it is open or needs no opening.
    ///
    /// # Errors
    /// What must be brought first.
    pub(super) fn take(&self, state: &LedgerState, one_use: &Use) -> Result<SecretKey, NotSpent> {
        let (key, secret) = state.key_of(one_use).zip(state.secret_of(one_use)).ok_or(NotSpent::Gone)?;
        if let HeldSecret::Plain(plain) = secret {
            return Ok(plain.copy());
        }
        let protection = protection_of(state, &one_use.sequence).ok_or(NotSpent::Gone)?;
        self.find(one_use, key).map(SecretKey::copy).ok_or(NotSpent::Locked(protection))
    }

    fn find(&self, one_use: &Use, key: &PaymentKey) -> Option<&SecretKey> {
        let serves = |open: &&OpenKey| {
            open.sequence == one_use.sequence
                && open.first_atc == key.first_atc
                && open.only.is_none_or(|atc| atc == one_use.atc)
        };
        self.keys.iter().find(serves).map(|open| &open.key)
    }
}

pub(super) fn protection_of(state: &LedgerState, sequence: &Sequence) -> Option<Protection> {
    state.cards.get(&sequence.card).map(|card| card.policy.protection)
}
