//! The ways between wallet, platform and issuer: requests are signed and carried, envelopes sent, kept and applied.

use hcepay_core::{Applied, Attestation, Error, ToSign};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::provisioning::Refused;

use super::{DemoWallet, DemoWalletError, random, sent};

impl DemoWallet {
    pub(super) fn enrol_at_issuer(&mut self) -> Result<(), DemoWalletError> {
        let challenge = self.issuer.challenge(&mut random);
        // Nothing attests keys that a program makes; the issuer's policy is not to need it.
        let to_sign = self.wallet.enrolment_request(&challenge, Attestation::default())?;
        let request = self.sign(to_sign)?;
        self.issuer.enrol(&request, self.now().wall_ms).map_err(DemoWalletError::Issuer)?;
        self.directory.save_issuer(&self.issuer)
    }

    /// The platform signs a request.
    pub(super) fn sign(&mut self, to_sign: ToSign) -> Result<Vec<u8>, DemoWalletError> {
        let request = self.platform.sign_request(&self.wallet, to_sign)?;
        self.keep_mark()?;
        Ok(request)
    }

    /// The issuer acts; what it sends is saved, with its state, and given to the phone.
    pub(super) fn let_issuer<T>(
        &mut self,
        act: impl FnOnce(&mut Issuer) -> Result<(T, Vec<Vec<u8>>), Refused>,
    ) -> Result<T, DemoWalletError> {
        let outcome = act(&mut self.issuer);
        let outcome = outcome.map(|(outcome, envelopes)| {
            self.undelivered.add(envelopes, sent(&self.issuer));
            outcome
        });
        self.directory.save_undelivered(&self.undelivered)?;
        self.directory.save_issuer(&self.issuer)?;
        let outcome = outcome.map_err(DemoWalletError::Issuer)?;
        self.deliver()?;
        Ok(outcome)
    }

    /// Gives the phone every envelope that has not arrived. One that it refuses has arrived, too.
    pub(super) fn deliver(&mut self) -> Result<(), DemoWalletError> {
        while let Some(envelope) = self.undelivered.next().map(<[u8]>::to_vec) {
            let refused = match self.apply(&envelope) {
                Ok(_) | Err(DemoWalletError::Wallet(Error::AlreadyApplied)) => None,
                Err(DemoWalletError::Wallet(error)) if !matches!(error, Error::Ledger(_) | Error::RolledBack) => {
                    Some(DemoWalletError::Wallet(error))
                }
                Err(not_taken_in) => return Err(not_taken_in),
            };
            self.undelivered.arrived();
            self.directory.save_undelivered(&self.undelivered)?;
            if let Some(refused) = refused {
                return Err(refused);
            }
        }
        Ok(())
    }

    fn apply(&mut self, envelope: &[u8]) -> Result<Applied, DemoWalletError> {
        let begun = self.wallet.apply_begin(envelope, self.now());
        self.keep_mark()?;
        let begun = begun?;
        let shared = self.platform.agree(&begun.ephemeral);
        let applied = self.wallet.apply_finish(begun.token, &shared, self.now());
        self.keep_mark()?;
        Ok(applied?)
    }

    /// The platform stores the wallet's mark.
    pub(super) fn keep_mark(&mut self) -> Result<(), DemoWalletError> {
        let mark = self.wallet.mark();
        if mark > self.platform.mark {
            if let Some(simulated) = &self.simulated {
                simulated.write_back()?;
            }
            self.directory.store_mark(mark)?;
            self.platform.mark = mark;
        }
        self.wallet.mark_stored(mark);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hcepay_tests::issuer::contents::Policy;
    use hcepay_tests::issuer::key_entry::Protection;
    use hcepay_tests::issuer::provisioning::CardOrder;

    use super::super::{Directory, enrolled};
    use super::*;

    const CARD: &str = "kernel3-cvn18";

    /// The program dies when its issuer has made an envelope that installs a card; whether the state was saved decides.
    fn die_with_an_envelope(directory: &Directory, state_was_saved: bool) {
        let mut wallet = DemoWallet::open_or_enrol(directory, None).unwrap();
        let policy = Policy::of_single_uses(Protection::Authenticated, 3);
        let (order, wall_ms) = (CardOrder { policy, codes: 0, first_keys: 10 }, wallet.now().wall_ms);
        let id = enrolled(&wallet.issuer).unwrap();
        let installed = wallet.issuer.install(&id, CARD, &order, wall_ms, &mut random).unwrap();
        wallet.undelivered.add(vec![installed.envelope], sent(&wallet.issuer));
        directory.save_undelivered(&wallet.undelivered).unwrap();
        if state_was_saved {
            directory.save_issuer(&wallet.issuer).unwrap();
        }
    }

    #[test]
    fn an_envelope_arrives_though_the_program_died_with_it() {
        let root = tempfile::tempdir().unwrap();
        let directory = Directory::new(root.path());
        die_with_an_envelope(&directory, false);
        let wallet = DemoWallet::open(&directory).unwrap();
        assert_eq!((wallet.card(CARD), wallet.undelivered.next()), (None, None), "it was never sent");
        drop(wallet);
        die_with_an_envelope(&directory, true);
        let mut wallet = DemoWallet::open(&directory).unwrap();
        assert!(wallet.card(CARD).is_some() && wallet.undelivered.next().is_none());
        assert_eq!(wallet.wallet.highest_sequence(), 1);
        wallet.choose(CARD).unwrap();
        assert_eq!(wallet.keys_left().first().map(|(_, left)| *left), Some(10));
    }
}
