//! What the holder decides for a card of a demo wallet, and the issuer's policy for it.

use hcepay_core::{Amount, CardId, DEFAULT_WINDOW_MS, Error, Method, Now, Report, Scope, TemporaryUse, Wallet};
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::demo_cards::{demo_card, usual_policy};
use hcepay_tests::issuer::provisioning::Refused;
use hcepay_tests::issuer::wallets::Holder;

use super::life_cycle::{ASK_AT, protection};
use super::{DemoWallet, DemoWalletError, enrolled, random};

/// How long a choice for one payment lasts.
const ONCE_MS: u64 = 120_000;

impl DemoWallet {
    /// The issuer sends another verification policy for a demo card of these applications.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn set_verification(
        &mut self,
        name: &'static str,
        verification: impl FnOnce(Vec<Vec<u8>>) -> Vec<u8>,
    ) -> Result<(), DemoWalletError> {
        let card = self.known(name)?;
        let aids = demo_card(name).into_iter().flat_map(|card| card.applications).map(|application| application.aid);
        let usual = usual_policy(name, protection(name), ASK_AT);
        let policy = Policy { verification: verification(aids.collect()), ..usual };
        let wall_ms = self.now().wall_ms;
        self.let_issuer(|issuer| {
            let wallet = enrolled(issuer).ok_or(Refused::UnknownWallet)?;
            let holder = Holder { wallet, card: card.number() };
            Ok(((), issuer.set_policy(holder, policy, wall_ms, &mut random)?))
        })
    }

    /// The holder verifies for exactly this.
    ///
    /// # Errors
    /// The disk's.
    pub fn verify_holder_for(&mut self, scope: Scope) -> Result<(), DemoWalletError> {
        let released = Some(self.platform.authenticated());
        self.wallet.arm_for(scope, self.now(), Method::Biometric, DEFAULT_WINDOW_MS, released)?;
        self.keep_mark()
    }

    /// The holder verifies for a card, decides this, and pays nothing by it.
    fn verified(
        &mut self,
        name: &'static str,
        decision: impl FnOnce(&Wallet, CardId, Now) -> Result<(), Error>,
    ) -> Result<(), DemoWalletError> {
        let card = self.known(name)?;
        self.verify_holder_for(Scope::Card(card))?;
        decision(&self.wallet, card, self.now())?;
        self.wallet.disarm();
        self.keep_mark()
    }

    /// The holder, verified, lets a card pass gates without verification.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn pass_gates(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        self.verified(name, |wallet, card, now| wallet.pass_gates(card, true, now))
    }

    /// The holder, verified, limits the use of a card.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn limit_use(&mut self, name: &'static str, limits: TemporaryUse) -> Result<(), DemoWalletError> {
        self.verified(name, |wallet, card, now| wallet.limit_use(card, Some(limits), now))
    }

    /// The holder freezes a card.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn freeze(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        self.wallet.freeze(self.known(name)?, self.now())?;
        self.keep_mark()
    }

    /// The holder, verified, lets a frozen card pay again.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn unfreeze(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        self.verified(name, Wallet::unfreeze)
    }

    /// The holder pays once with this card, which is installed where it is not there.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn pay_once(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        let card = match self.card(name) {
            Some(card) => card,
            None => self.install(name, false)?.0,
        };
        self.wallet.choose_once(Some(card), ONCE_MS, self.now())?;
        self.keep_mark()
    }

    /// What a first tap was to pay: with which card, how much.
    pub fn told(report: &Report) -> Option<Scope> {
        let amount = Amount { minor: report.amount_minor?, currency: report.currency? };
        Some(Scope::Payment(report.card?, amount))
    }
}
