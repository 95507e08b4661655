//! A transfer: the holder verifies, the device signs, the issuer answers.

use hcepay_core::{Scope, Transfer, TransferRequest};
use hcepay_tests::issuer::verification::Verification;

use super::{DemoWallet, DemoWalletError, random};

impl DemoWallet {
    /// The holder verifies for exactly this transfer, from the account of the card of this name, which is installed where it is not
    /// there; the issuer hears of it, and the wallet of what became of it.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn transfer(
        &mut self,
        name: &'static str,
        transfer: &Transfer,
    ) -> Result<(TransferRequest, Verification), DemoWalletError> {
        let card = self.card_or_install(name)?;
        self.verify_holder_for(Scope::Transfer(card, transfer.digest()))?;
        let asked = self.wallet.transfer_begin(card, transfer, self.now())?;
        let request = self.wallet.transfer_finish(asked.token, &self.platform.sign(&asked.digest), self.now());
        self.keep_mark()?;
        let request = request?;
        let wall_ms = self.now().wall_ms;
        let verification = self.let_issuer(|issuer| {
            let (verification, notice) = issuer.answer_transfer(&request.bytes, wall_ms, &mut random)?;
            Ok((verification, notice.into_iter().collect()))
        })?;
        Ok((request, verification))
    }
}
