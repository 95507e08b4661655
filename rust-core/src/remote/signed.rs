//! One signature without a reader: a use that is spent, and what its cryptogram comes to.

use std::sync::Arc;

use crate::card::cardholder_verification::{Method, Verdict};
use crate::card::profile::Application;
use crate::card::report::{Attempt, Observation, Outcome, Reason, Report};
use crate::card::snapshot::CardId;
use crate::card::terminal_claims::TerminalClaims;
use crate::cryptogram::card_verification_results::{CryptogramType, Cvr};
use crate::cryptogram::input::{CryptogramInput, TransactionData};
use crate::cryptogram::issuer_application_data::Iad;
use crate::cryptogram::{self, ApplicationCryptogram};
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::keys::channel::OfChannel;
use crate::ledger::spending::SpentKey;

/// A use that is spent, on the medium, for a holder who has verified.
#[derive(Debug)]
pub(crate) struct SpentUse<Way> {
    /// Of the report.
    pub(crate) number: u64,
    pub(crate) card: CardId,
    pub(crate) application: Arc<Application>,
    pub(crate) key: SpentKey<Way>,
    pub(crate) derivation_data: Option<[u8; 4]>,
    pub(crate) method: Method,
}

/// What the card signed.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) application: Arc<Application>,
    pub(crate) atc: Atc,
    pub(crate) iad: Iad,
    pub(crate) cryptogram: ApplicationCryptogram,
}

impl<Way: OfChannel> SpentUse<Way> {
    /// The report of it.
    pub(crate) fn report(
        &self,
        amount: Option<Amount>,
        terminal: TerminalClaims,
        (keys_left, at_ms): (u32, u64),
    ) -> Report {
        let (outcome, reason) = (Outcome::AuthorisationRequested, Reason::Verified);
        let attempt = Attempt {
            outcome,
            reason,
            amount_minor: amount.map(|amount| amount.minor),
            currency: amount.map(|amount| amount.currency),
            aid: self.application.aid,
            atc: Some(self.key.atc()),
        };
        let observation = Observation { at_ms, verified: Some(self.method), terminal, ..Observation::default() };
        let report = Report::of(self.number, Some(self.card), outcome, Some(reason), Some(keys_left), vec![attempt]);
        report.by(Way::CHANNEL).observed(observation)
    }

    /// Makes the one cryptogram.
    pub(crate) fn sign(self, transaction: &TransactionData) -> Signed {
        let SpentUse { application, key, derivation_data, method, .. } = self;
        let cvr = Cvr::of(application.cvn, CryptogramType::Arqc, Verdict::Verified(method));
        let index = derivation_data.unwrap_or_default();
        let iad = Iad::of(application.cvn, &application.fixed_part, &cvr, index);
        let atc = key.atc();
        let input = CryptogramInput { transaction, aip: application.aip, atc, cvr: &cvr, iad: &iad };
        let cryptogram = cryptogram::compute(key, application.cvn, &input);
        Signed { application, atc, iad, cryptogram }
    }
}
