//! The issuer tells what is on the account behind a card.

use hcepay_core::CardId;

use super::{DemoWallet, DemoWalletError, random};

impl DemoWallet {
    /// The issuer tells what the card of this name has now. It is installed where it is not there.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn ask_for_balance(&mut self, name: &'static str) -> Result<CardId, DemoWalletError> {
        let card = self.card_or_install(name)?;
        let wall_ms = self.now().wall_ms;
        self.act_on(card, |issuer, holder| Ok(vec![issuer.tell_balance(holder, wall_ms, &mut random)?]))?;
        Ok(card)
    }
}
