//! What the holder decides for one card, beside which one pays: freeze it, let it pass gates, bound what it pays.

use super::Wallet;
use super::state::State;
use crate::card::allowance::Allowance;
use crate::card::holder_rules::HolderRules;
use crate::card::life_cycle::CardState;
use crate::card::snapshot::CardId;
use crate::card::temporary_use::TemporaryUse;
use crate::error::Error;
use crate::ledger::record::Record;
use crate::now::Now;

impl Wallet {
    /// Freezes a card: from now on it pays nothing, whatever its issuer says, until [`Wallet::unfreeze`]. Takes a
    /// verification for it back. Needs no network and no verification.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn freeze(&self, card: CardId, now: Now) -> Result<(), Error> {
        // At once, whatever else waits.
        self.state().take_back_verification_for(card);
        self.decide(card, now, |rules| rules.frozen = true)
    }

    /// Lets a frozen card pay again. The holder must be verified ([`Wallet::arm`]); that verification is used up.
    ///
    /// # Errors
    /// [`Error::NotVerified`], [`Error::UnknownCard`], or the disk's.
    pub fn unfreeze(&self, card: CardId, now: Now) -> Result<(), Error> {
        self.decide(card, now, |rules| rules.frozen = false)
    }

    /// Whether the card passes gates without verification, where and as far as its issuer allows that. To be chosen, the
    /// holder must be verified, as for [`Wallet::unfreeze`].
    ///
    /// # Errors
    /// [`Error::NotVerified`], [`Error::UnknownCard`], or the disk's.
    pub fn pass_gates(&self, card: CardId, passes: bool, now: Now) -> Result<(), Error> {
        self.decide(card, now, |rules| rules.transit = passes)
    }

    /// What the card may pay without verification: of this and what its issuer allows, the less. A currency that is not
    /// named: nothing; `None`: as the issuer allows. For more than before the holder must be verified, as for
    /// [`Wallet::unfreeze`].
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::NotVerified`], [`Error::UnknownCard`], or the disk's.
    pub fn limit_low_value(&self, card: CardId, low_value: Option<Vec<Allowance>>, now: Now) -> Result<(), Error> {
        Allowance::check(low_value.as_deref().unwrap_or_default())?;
        self.decide(card, now, |rules| rules.low_value = low_value)
    }

    /// Lets the card be used for a time only: until its first limit is reached, then it retires and its keys are destroyed
    /// ([`CardState::Retired`]). What was paid before does not count. To change or lift (`None`) the limits that there are, the
    /// holder must be verified, as for [`Wallet::unfreeze`].
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::MerchantNotAsked`], [`Error::CardRetired`], [`Error::NotVerified`], [`Error::UnknownCard`], or
    /// the disk's.
    pub fn limit_use(&self, card: CardId, limits: Option<TemporaryUse>, now: Now) -> Result<(), Error> {
        if let Some(limits) = &limits {
            limits.check()?;
            if !limits.merchant_categories.is_empty() && !self.state().asks_merchant_category(card)? {
                return Err(Error::MerchantNotAsked);
            }
        }
        self.decide(card, now, |rules| rules.temporary_use = limits)
    }

    fn decide(&self, card: CardId, now: Now, decision: impl FnOnce(&mut HolderRules)) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state_at(now);
        let held = state.ledger.card(card).ok_or(Error::UnknownCard)?;
        if held.state == CardState::Retired {
            return Err(Error::CardRetired);
        }
        let (before, mut rules) = (&held.rules.holder, held.rules.holder.clone());
        decision(&mut rules);
        if rules == *before {
            return Ok(());
        }
        let loosens = rules.loosen(before);
        if loosens && state.verification.of(now, card, None).is_err() {
            return Err(Error::NotVerified);
        }
        state.ledger.write(vec![Record::HolderRules { card, rules }])?;
        if loosens {
            state.take_back_verification();
        }
        drop(state);
        Ok(self.ready(now)?)
    }
}

impl State {
    /// Whether every application of a card asks terminals for the merchant's category.
    fn asks_merchant_category(&self, card: CardId) -> Result<bool, Error> {
        let profile = self.profiles.get(&card).ok_or(Error::UnknownCard)?;
        Ok(profile.applications.iter().all(|application| application.asks_merchant_category()))
    }
}
