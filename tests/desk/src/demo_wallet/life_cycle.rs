//! The issuer's side of a card's life, as the demo wallet asks for it: install, keys, suspend, resume, renew, delete; and
//! the way back where an older copy was put in the wallet's place.

use hcepay_core::{Ask, CardId, Error, RequestError};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::demo_cards::{demo_card, usual_policy};
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::life_cycle::IdentityAnswer;
use hcepay_tests::issuer::profile::CardholderVerification;
use hcepay_tests::issuer::provisioning::{CardOrder, Refused};
use hcepay_tests::issuer::wallets::Holder;

use super::{DemoWallet, DemoWalletError, enrolled, random};

/// How many keys a new card comes with, for each application.
pub const FIRST_KEYS: u16 = 10;
/// How many codes of an identity check may be tried.
pub const CODES: u8 = 3;
/// A wallet asks for keys where so many are left.
pub(super) const ASK_AT: u16 = 3;

impl DemoWallet {
    /// The issuer installs a demo card. Where the holder is to prove who it is, gives the code that reaches it on another way.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn install(
        &mut self,
        name: &'static str,
        identity_check: bool,
    ) -> Result<(CardId, Option<String>), DemoWalletError> {
        let order = CardOrder {
            policy: usual_policy(name, protection(name), ASK_AT),
            codes: if identity_check { CODES } else { 0 },
            first_keys: FIRST_KEYS,
        };
        let wall_ms = self.now().wall_ms;
        let installed = self.let_issuer(|issuer| {
            let wallet = enrolled(issuer).ok_or(Refused::UnknownWallet)?;
            let installed = issuer.install(&wallet, name, &order, wall_ms, &mut random)?;
            Ok((installed.code, vec![installed.envelope]))
        });
        let code = installed?;
        Ok((self.known(name)?, code))
    }

    /// The wallet asks for keys, for all cards that are short of them, or to fill up all; where all are full, it checks in. Where its clock was set back or
    /// an older copy of it was put back, that is mended first.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn replenish(&mut self) -> Result<(), DemoWalletError> {
        match self.ask_for_keys() {
            Err(error) if error.is_roll_back() => {
                self.resynchronise()?;
                self.ask_for_keys()
            }
            other => other,
        }
    }

    /// The same, where a card is short of keys or will be soon, or something is to be mended.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn keep_in_keys(&mut self) -> Result<(), DemoWalletError> {
        let wall_ms = self.now().wall_ms;
        let advice = self.wallet.cards().into_iter().filter_map(|card| self.wallet.replenishment(card, wall_ms));
        let is_short = advice.map(|advice| advice.ask).max() > Some(Ask::No);
        let is_wrong = self.wallet.is_rolled_back() || self.wallet.clock_was_set_back(wall_ms);
        if is_short || is_wrong { self.replenish() } else { Ok(()) }
    }

    fn ask_for_keys(&mut self) -> Result<(), DemoWalletError> {
        let wall_ms = self.now().wall_ms;
        if self.wallet.clock_was_set_back(wall_ms) {
            let to_sign = self.wallet.issuer_time_request()?;
            let request = self.sign(to_sign)?;
            self.let_issuer(|issuer| Ok(((), vec![issuer.tell_time(&request, wall_ms, &mut random)?])))?;
        }
        let to_sign = match self.wallet.replenishment_request(wall_ms) {
            Err(Error::Request(RequestError::NothingWanted)) => self.wallet.check_in_request()?,
            asked => asked?,
        };
        let request = self.sign(to_sign)?;
        self.let_issuer(|issuer| Ok(((), issuer.answer(&request, wall_ms, &mut random)?)))
    }

    fn resynchronise(&mut self) -> Result<(), DemoWalletError> {
        let wall_ms = self.now().wall_ms;
        let to_sign = self.wallet.resynchronisation_request()?;
        let request = self.sign(to_sign)?;
        // What is still on its way comes again with the answer.
        self.undelivered.forget();
        self.let_issuer(|issuer| Ok(((), issuer.resynchronise(&request, wall_ms, &mut random)?)))
    }

    /// The issuer suspends a card.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn suspend(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        self.move_card(name, |issuer, holder| issuer.suspend(holder, &mut random))
    }

    /// The issuer lets a suspended card pay again.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn resume(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        self.move_card(name, |issuer, holder| issuer.resume(holder, &mut random))
    }

    /// The issuer gives a card another expiry.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn renew(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        self.move_card(name, |issuer, holder| issuer.renew(holder, &mut random))
    }

    /// The issuer deletes a card.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn delete(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        self.move_card(name, |issuer, holder| issuer.delete(holder, &mut random))
    }

    /// The holder types in the code of the identity check.
    ///
    /// # Errors
    /// [`DemoWalletError::WrongCode`], [`DemoWalletError::LastCodeWrong`], and the others.
    pub fn check_identity(&mut self, name: &'static str, code: &str) -> Result<(), DemoWalletError> {
        let to_sign = self.wallet.identity_check_request(self.known(name)?, code.as_bytes().to_vec())?;
        let request = self.sign(to_sign)?;
        let answer = self.let_issuer(|issuer| {
            Ok(match issuer.check_identity(&request, &mut random)? {
                IdentityAnswer::Right(envelope) => (Ok(()), vec![envelope]),
                IdentityAnswer::Wrong { left } => (Err(DemoWalletError::WrongCode(left)), Vec::new()),
                IdentityAnswer::WasLast(envelope) => (Err(DemoWalletError::LastCodeWrong), vec![envelope]),
            })
        });
        answer?
    }

    fn move_card(
        &mut self,
        name: &'static str,
        act: fn(&mut Issuer, Holder) -> Result<Vec<u8>, Refused>,
    ) -> Result<(), DemoWalletError> {
        self.act_on(self.known(name)?, |issuer, holder| Ok(vec![act(issuer, holder)?]))
    }

    /// The issuer acts on this card, and what it sends is applied.
    pub(super) fn act_on(
        &mut self,
        card: CardId,
        act: impl FnOnce(&mut Issuer, Holder) -> Result<Vec<Vec<u8>>, Refused>,
    ) -> Result<(), DemoWalletError> {
        self.let_issuer(|issuer| {
            let wallet = enrolled(issuer).ok_or(Refused::UnknownWallet)?;
            Ok(((), act(issuer, Holder { wallet, card: card.number() })?))
        })
    }

    /// The card of this name, installed where it is not there.
    pub(super) fn card_or_install(&mut self, name: &'static str) -> Result<CardId, DemoWalletError> {
        match self.card(name) {
            Some(card) => Ok(card),
            None => Ok(self.install(name, false)?.0),
        }
    }

    /// The card of this name.
    pub(crate) fn known(&self, name: &'static str) -> Result<CardId, DemoWalletError> {
        self.card(name).ok_or(DemoWalletError::NoSuchCard(name))
    }
}

/// Whether the card's keys would be card master keys, which no issuer gives to a phone.
pub fn is_test_only(name: &str) -> bool {
    let card = demo_card(name);
    card.is_some_and(|card| card.applications.iter().any(|application| application.version.test_only()))
}

/// Keys that always want the holder verified are sealed to the spend key that only this releases.
/// What a demo card's keys are sealed to: a card that always wants its holder verified, to what verification releases.
pub fn protection(name: &str) -> Protection {
    let always = |card: hcepay_tests::issuer::demo_cards::DemoCard| {
        let mut applications = card.applications.into_iter();
        applications.any(|application| application.cardholder_verification == CardholderVerification::Always)
    };
    if demo_card(name).is_some_and(always) { Protection::Authenticated } else { Protection::Device }
}
