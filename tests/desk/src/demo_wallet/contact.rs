//! A contact with a reader, and what happens before and after it.

use hcepay_core::{Error, Report};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::verification::Verification;

use super::power_loss::kill_this_process;
use super::{DemoWallet, DemoWalletError};

impl DemoWallet {
    /// What a contact spends comes from this card. Installs it with ten keys where the wallet has none of the name.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn choose(&mut self, name: &'static str) -> Result<(), DemoWalletError> {
        if self.wallet.is_rolled_back() {
            return Err(Error::RolledBack.into());
        }
        let card = match self.card(name) {
            Some(card) => card,
            None => self.install(name, false)?.0,
        };
        let is_chosen = self.wallet.card(card, 0).is_some_and(|card| card.chosen);
        if !is_chosen {
            self.wallet.choose(card, self.now())?;
            self.keep_mark()?;
        }
        Ok(())
    }

    /// The terminal sends a command.
    pub fn process(&mut self, command: &[u8]) -> Vec<u8> {
        self.wallet.process(self.now(), command)
    }

    /// The issuer checks what a terminal sent it. Its state is saved when the phone leaves the field.
    pub fn ask_issuer(&mut self, request: &AuthorisationRequest) -> Verification {
        let now = self.now();
        self.issuer.verify(request, now.wall_ms)
    }

    /// The phone leaves the field.
    ///
    /// # Errors
    /// The disk's.
    pub fn leave_field(&mut self) -> Result<Report, DemoWalletError> {
        let report = self.wallet.deactivated(self.now());
        self.directory.save_issuer(&self.issuer)?;
        Ok(report)
    }

    /// The phone makes itself ready for the next tap.
    ///
    /// # Errors
    /// The disk's.
    pub fn make_ready(&mut self) -> Result<(), DemoWalletError> {
        self.wallet.make_ready(self.now())?;
        self.keep_mark()
    }

    /// All reports that wait for it are taken in, and given: those of contacts in which the program died are among them.
    ///
    /// # Errors
    /// The disk's.
    pub fn acknowledge(&mut self) -> Result<Vec<Report>, DemoWalletError> {
        let reports = self.wallet.reports();
        for id in reports.iter().filter_map(|report| report.id) {
            self.wallet.acknowledge(id)?;
        }
        Ok(reports)
    }

    /// The phone dies as it was told to, or is killed.
    pub fn die(&self) -> ! {
        if let Some(simulated) = &self.simulated {
            // What cannot be written is lost with the power.
            let _ = simulated.write_back();
        }
        kill_this_process()
    }
}
