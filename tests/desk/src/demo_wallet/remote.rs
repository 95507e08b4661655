//! Payments without a reader: an order of a shop, a code on the screen.

use hcepay_core::{CardId, Channel, ConsumerCode, MerchantOrder, OnlineOrder, OnlinePayment, Scope};
use hcepay_tests::authorisation::{AuthorisationRequest, OnlineAuthorisation};
use hcepay_tests::issuer::key_entry;
use hcepay_tests::issuer::verification::Verification;

use super::{DemoWallet, DemoWalletError, random};
use crate::money::Money;

/// How many keys the issuer sends at first.
const FIRST_KEYS: u16 = 5;

impl DemoWallet {
    /// The card of this name, installed where it is not there, with keys of this channel: the issuer sends the first ones unasked,
    /// all others when it is asked.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn ready_to_pay(&mut self, name: &'static str, channel: Channel) -> Result<CardId, DemoWalletError> {
        let card = self.card_or_install(name)?;
        if self.wallet.uses_left(card, channel, self.now().wall_ms) > 0 {
            return Ok(card);
        }
        let wall_ms = self.now().wall_ms;
        let channel = key_entry::Channel::of_number(channel.byte()).expect("both number them alike");
        self.act_on(card, |issuer, holder| issuer.send_keys_for(holder, channel, FIRST_KEYS, wall_ms, &mut random))?;
        Ok(card)
    }

    /// The order that a merchant's code asks for.
    ///
    /// # Errors
    /// [`DemoWalletError::Order`].
    pub fn order_of_code(&self, order: &MerchantOrder) -> Result<OnlineOrder, DemoWalletError> {
        self.wallet.order_of_code(order).map_err(DemoWalletError::Order)
    }

    /// The holder verifies for exactly this order, and pays it.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn pay_online(&mut self, card: CardId, order: &OnlineOrder) -> Result<OnlinePayment, DemoWalletError> {
        self.verify_holder_for(Scope::Order(card, order.digest()))?;
        let asked = self.wallet.pay_online_begin(card, order, self.now())?;
        let paid = self.wallet.pay_online_finish(asked.token, &self.platform.sign(&asked.digest), self.now());
        self.keep_mark()?;
        Ok(paid?)
    }

    /// The holder verifies for a code, and shows it.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn show_code(&mut self, card: CardId) -> Result<ConsumerCode, DemoWalletError> {
        self.verify_holder_for(Scope::Code(card))?;
        let shown = self.wallet.show_code(card, self.now());
        self.keep_mark()?;
        Ok(shown?)
    }

    /// The issuer checks what an online merchant sent it.
    ///
    /// # Errors
    /// The disk's.
    pub fn ask_issuer_online(&mut self, authorisation: &OnlineAuthorisation) -> Result<Verification, DemoWalletError> {
        let wall_ms = self.now().wall_ms;
        let verification = self.issuer.verify_online(authorisation, wall_ms);
        self.directory.save_issuer(&self.issuer)?;
        Ok(verification)
    }

    /// The issuer checks what a merchant has read in a code, for so much.
    ///
    /// # Errors
    /// The disk's.
    pub fn ask_issuer_about_code(
        &mut self,
        request: &AuthorisationRequest,
        money: Money,
    ) -> Result<Verification, DemoWalletError> {
        let wall_ms = self.now().wall_ms;
        let verification = self.issuer.verify_code(request, money.minor, money.currency_number(), wall_ms);
        self.directory.save_issuer(&self.issuer)?;
        Ok(verification)
    }
}
