//! What a wallet has at hand while it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::begun::{BegunEnvelope, BegunRequest};
use crate::card::profile::CardProfile;
use crate::card::snapshot::CardId;
use crate::error::Error;
use crate::keys::payment_key::PaymentKey;
use crate::ledger::Ledger;
use crate::randomness::Randomness;
use crate::tap::contact::Contact;
use crate::tap::rate_limit::RateLimit;
use crate::tap::verification::Verification;

/// What a terminal's command needs.
pub(crate) struct State {
    pub(crate) profiles: BTreeMap<CardId, Arc<CardProfile>>,
    pub(crate) ledger: Ledger,
    pub(super) verification: Verification,
    pub(super) rate_limit: RateLimit,
    pub(super) contact: Option<Contact>,
    pub(crate) randomness: Randomness,
    /// An envelope that waits for the platform's key agreement.
    pub(crate) begun_envelope: BegunEnvelope,
    /// A request that waits for the platform's signature, and challenges that wait for their answers.
    pub(crate) begun_request: BegunRequest,
}

impl State {
    /// Whether keys are such as the card's applications and its policy take, and rise above all that it has.
    pub(crate) fn keys_fit(&self, card: CardId, keys: &[PaymentKey]) -> Result<(), Error> {
        let profile = self.profiles.get(&card).ok_or(Error::UnknownCard)?;
        let held = self.ledger.card(card).ok_or(Error::UnknownCard)?;
        profile.takes(keys, &held.policy)?;
        self.ledger.rise(card, held.token, keys)
    }
}
