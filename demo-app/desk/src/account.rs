//! The account behind a card: what the issuer tells of it, and transfers from it.

use hcepay_desk::demo_wallet::random;
use hcepay_tests::issuer::verification::Verification;
use hcepay_tests::issuer::wallets::Holder;

use crate::desk::Desk;
use crate::error::DeskError;

/// What the issuer said of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// With every check.
    pub verification: Verification,
    /// Tells the wallet what became of it. `None` where it was told before, or where no wallet of this issuer asked.
    pub envelope: Option<Vec<u8>>,
}

impl Desk {
    /// Tells the wallet what the account behind its card has now, and gives the envelope that does so.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn tell_balance(&mut self, card: u32, wall_ms: u64) -> Result<Vec<u8>, DeskError> {
        self.act(|state| {
            let holder = Holder { wallet: state.wallet.ok_or(DeskError::NoWallet)?, card };
            let now = state.clock.now(wall_ms);
            Ok(state.issuer.tell_balance(holder, now, &mut random)?)
        })
    }

    /// The issuer checks a transfer that the wallet asks for, and does it where all is right.
    ///
    /// # Errors
    /// [`DeskError::ToldToRefuse`], once: then it has not heard of the transfer. And the others.
    pub fn transfer(&mut self, request: &[u8], wall_ms: u64) -> Result<Answered, DeskError> {
        self.act(|state| {
            state.listen()?;
            let now = state.clock.now(wall_ms);
            let (verification, envelope) = state.issuer.answer_transfer(request, now, &mut random)?;
            Ok(Answered { verification, envelope })
        })
    }
}
