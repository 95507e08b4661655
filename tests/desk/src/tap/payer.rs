//! The phone that pays: a fresh one in memory, or one that is kept from run to run.

use std::time::Instant;

use hcepay_core::{Now, Report, Scope};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::verification::Verification;

use crate::demo_wallet::{DemoWallet, DemoWalletError, KeysLeft, now};
use crate::phone::{Phone, UnknownCard};

/// The phone that pays.
#[derive(Debug)]
pub(super) enum Payer {
    /// In memory, always kept in keys.
    Fresh {
        phone: Box<Phone>,
        /// When its clocks were last set.
        clocks_set: Instant,
    },
    /// In a directory; keys run down.
    Kept { wallet: Box<DemoWallet>, card: &'static str },
}

impl Payer {
    /// A fresh wallet with this demo card. The phone's clock shows the real time.
    pub(super) fn fresh(card: &str) -> Result<Payer, UnknownCard> {
        let clocks_set = Instant::now();
        Ok(Payer::Fresh { phone: Box::new(Phone::new(card, 0, now(1))?), clocks_set })
    }

    /// Everything that has happened before a contact begins. Gives the time, and how many cryptograms each application can
    /// still make.
    pub(super) fn begin(&mut self, verified_for: Option<Scope>) -> Result<(Now, KeysLeft), DemoWalletError> {
        match self {
            Payer::Fresh { phone, clocks_set } => {
                let passed = clocks_set.elapsed();
                *clocks_set = Instant::now();
                phone.wait(u64::try_from(passed.as_millis()).unwrap_or(u64::MAX));
                phone.keep_in_keys();
                if verified_for.is_some() {
                    phone.verify_holder();
                }
                let aids = phone.demo_card().applications.iter().map(|application| &application.aid);
                Ok((phone.now(), aids.map(|aid| (aid.clone(), phone.keys_left(aid))).collect()))
            }
            Payer::Kept { wallet, card } => {
                wallet.choose(card)?;
                let keys = wallet.keys_left();
                if wallet.is_active(card) && keys.iter().any(|(_, left)| *left == 0) {
                    return Err(DemoWalletError::NoKeysLeft(card));
                }
                if let Some(scope) = verified_for {
                    wallet.verify_holder_for(scope)?;
                }
                Ok((wallet.now(), keys))
            }
        }
    }

    /// The terminal sends a command.
    pub(super) fn process(&mut self, command: &[u8]) -> Vec<u8> {
        match self {
            Payer::Fresh { phone, .. } => phone.process(command),
            Payer::Kept { wallet, .. } => wallet.process(command),
        }
    }

    /// The issuer checks what the terminal sent it.
    pub(super) fn ask_issuer(&mut self, request: &AuthorisationRequest) -> Verification {
        match self {
            Payer::Fresh { phone, .. } => phone.ask_issuer(request),
            Payer::Kept { wallet, .. } => wallet.ask_issuer(request),
        }
    }

    /// The wallet's trace.
    pub(super) fn trace(&self) -> String {
        match self {
            Payer::Fresh { phone, .. } => phone.wallet().trace(),
            Payer::Kept { wallet, .. } => wallet.wallet().trace(),
        }
    }

    /// The phone dies; that in memory with this program.
    pub(super) fn die(&self) -> ! {
        match self {
            Payer::Fresh { .. } => std::process::abort(),
            Payer::Kept { wallet, .. } => wallet.die(),
        }
    }

    /// The phone leaves the field, its app takes the report in and makes it ready for the next tap.
    pub(super) fn leave_field(&mut self) -> Result<Report, DemoWalletError> {
        match self {
            Payer::Fresh { phone, .. } => Ok(phone.leave_field()),
            Payer::Kept { wallet, .. } => {
                let report = wallet.leave_field()?;
                wallet.acknowledge()?;
                wallet.make_ready()?;
                Ok(report)
            }
        }
    }
}
