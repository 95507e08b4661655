//! A holder with a card, who verifies and sends money.

use std::ops::{Deref, DerefMut};

use hcepay_core::{Amount, NotPaid, Scope, Transfer, TransferRequest, TransferRow, TransferState, TransferTerms};
use hcepay_tests::issuer::verification::{Verdict, Verification};

use crate::enrolled_wallet::EnrolledWallet;

pub const IBAN: &str = "DE89 3704 0044 0532 0130 00";

pub fn terms() -> TransferTerms {
    TransferTerms {
        amount: Amount { minor: 50_00, currency: 978 },
        payee: IBAN.to_owned(),
        payee_name: "Löwe & Söhne".to_owned(),
        note: "Miete".to_owned(),
    }
}

pub fn transfer() -> Transfer {
    Transfer::new(&terms()).unwrap()
}

/// Of so many minor units.
pub fn of(minor: u64) -> Transfer {
    Transfer::new(&TransferTerms { amount: Amount { minor, currency: 978 }, ..terms() }).unwrap()
}

pub struct Sender(pub EnrolledWallet);

impl Deref for Sender {
    type Target = EnrolledWallet;

    fn deref(&self) -> &EnrolledWallet {
        &self.0
    }
}

impl DerefMut for Sender {
    fn deref_mut(&mut self) -> &mut EnrolledWallet {
        &mut self.0
    }
}

impl Sender {
    /// With one card and 1,000.00 euro.
    pub fn new() -> Sender {
        let mut sender = Sender(EnrolledWallet::new());
        sender.install("kernel3-everyday", 0, 3);
        sender
    }

    /// The holder verifies for exactly this.
    pub fn verify(&mut self, transfer: &Transfer) {
        let scope = Scope::Transfer(self.card(), transfer.digest());
        self.0.verify_for(scope);
    }

    pub fn ask(&mut self, transfer: &Transfer) -> Result<TransferRequest, NotPaid> {
        self.verify(transfer);
        self.0.transfer(transfer)
    }

    /// The issuer hears of it, and its word is applied.
    pub fn send(&mut self, request: &[u8]) -> Verification {
        let EnrolledWallet { issuer, now, random, .. } = &mut self.0;
        let (verification, notice) = issuer.answer_transfer(request, now.wall_ms, random).unwrap();
        if let Some(notice) = notice {
            self.apply(&notice).unwrap();
        }
        verification
    }

    pub fn verdict(&mut self, request: &[u8]) -> Verdict {
        let wall_ms = self.now.wall_ms;
        self.issuer.take_transfer(request, wall_ms).verdict
    }

    pub fn rows(&self) -> Vec<TransferRow> {
        self.wallet.transfers(None, usize::MAX)
    }

    pub fn states(&self) -> Vec<TransferState> {
        self.rows().into_iter().map(|row| row.state).collect()
    }
}
