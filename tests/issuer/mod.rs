//! An issuer, or token service, in software: it makes demo cards and their keys and checks what terminals send.
//!
//! Written from the specifications, without the card. All its keys are test keys, derived from a seed. From bottom to top:
//! `triple_des`, `mac`, `hkdf` · `card_master_key`, `session_key`, `limited_use_key`, `closed_loop`, `arpc` ·
//! `issuer_application_data`, `cryptogram_version`, `cryptogram_input` · `certification`, `profile`, `demo_cards` · `key_sequence`,
//! `account`, `verification`, `online`,
//! `consumer_code`, `description`. Beside them what it takes to serve wallets: `attestation`, `seal`, `key_entry`, `contents` go out,
//! `requests` come in, `wallets` is what is known of them; `provisioning`, `replenishment`, `life_cycle`, `notices`,
//! `funds`, `transfers` and `coupons` put it together.
//! `state` keeps the issuer across runs.

pub mod account;
pub mod alert_terms;
pub mod answers;
pub mod arpc;
pub mod attestation;
pub mod card_description;
pub mod card_master_key;
pub mod certificate_terms;
pub mod certification;
pub mod closed_loop;
pub mod consumer_code;
pub mod contents;
pub mod coupons;
pub mod cryptogram_input;
pub mod cryptogram_version;
pub mod demo_cards;
pub mod funds;
pub mod hkdf;
pub mod issuer_application_data;
pub mod key_entry;
mod key_sequence;
pub mod life_cycle;
pub mod limited_use_key;
pub mod mac;
#[cfg(test)]
mod minimal_wallet;
pub mod notices;
mod online;
#[cfg(test)]
mod paying_wallet;
pub mod profile;
pub mod provisioning;
mod replenishment;
pub mod requests;
pub mod seal;
pub mod session_key;
pub mod state;
pub mod token;
pub mod transfers;
pub mod triple_des;
pub mod verification;
pub mod verification_policy;
pub mod wallets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::authorisation::{AuthorisationRequest, OnlineAuthorisation};

use account::{Account, IssueRefused, IssuedKey};
use card_description::{DescribedApplication, Description};
use certificate_terms::CertificateTerms;
use demo_cards::{DemoCard, demo_card};
use key_entry::Channel;
use key_sequence::{Terms, issuer_master_key};
use provisioning::Refused;
use token::Token;
use transfers::Decided;
use verification::{Verdict, Verification};
use wallets::{WalletId, Wallets};

/// An issuer of demo cards.
pub struct Issuer {
    seed: u64,
    uses_per_limited_use_key: u16,
    limits: Vec<(u16, u64)>,
    key_life_ms: u64,
    accounts: BTreeMap<Token, Account>,
    signing_seed: u64,
    attestation: attestation::Policy,
    certificates: CertificateTerms,
    wallets: Wallets,
    /// The digests of the orders that were paid online.
    paid_orders: BTreeSet<[u8; 32]>,
    /// By wallet and number.
    transfers: BTreeMap<(WalletId, u64), Decided>,
}

/// How long keys for wallets are valid unless told otherwise: 30 days.
pub const KEY_LIFE_MS: u64 = 30 * 24 * 3_600_000;

impl fmt::Debug for Issuer {
    /// No keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wallets = self.wallets.ids().count();
        let mut shown = f.debug_struct("Issuer");
        shown.field("accounts", &self.accounts.len()).field("wallets", &wallets).finish_non_exhaustive()
    }
}

impl Issuer {
    /// An issuer without accounts. The seed decides all its keys: each application of each card has an issuer master key
    /// of its own for each channel, made by SHA-1 from the seed, the card's name and the AID; the key that signs envelopes follows
    /// from it too.
    pub fn new(seed: u64) -> Issuer {
        Issuer {
            seed,
            uses_per_limited_use_key: 1,
            limits: Vec::new(),
            key_life_ms: KEY_LIFE_MS,
            accounts: BTreeMap::new(),
            signing_seed: seed,
            attestation: attestation::Policy::default(),
            certificates: CertificateTerms::default(),
            wallets: Wallets::default(),
            paid_orders: BTreeSet::new(),
            transfers: BTreeMap::new(),
        }
    }

    /// How many ATCs each limited-use key issued from now on serves; 1 unless told otherwise.
    pub fn set_uses_per_limited_use_key(&mut self, uses: u16) {
        self.uses_per_limited_use_key = uses;
    }

    /// What each key issued from now on may pay in sum, by currency (ISO 4217 numeric), in minor units: at most 4, each
    /// currency once. Without any it may pay every amount; so it is unless told otherwise.
    pub fn set_limits(&mut self, limits: &[(u16, u64)]) -> Result<(), Refused> {
        let currencies: BTreeSet<u16> = limits.iter().map(|(currency, _)| *currency).collect();
        if limits.len() > 4 || currencies.len() != limits.len() {
            return Err(Refused::OutOfBounds);
        }
        self.limits = limits.to_vec();
        Ok(())
    }

    /// What enrolments from now on must bring from the phone's key store; nothing unless told otherwise.
    pub fn set_attestation_policy(&mut self, policy: attestation::Policy) {
        self.attestation = policy;
    }

    /// How long keys for wallets issued from now on are valid.
    pub fn set_key_life(&mut self, ms: u64) {
        self.key_life_ms = ms;
    }

    /// Opens the account of a demo card and gives the card. What was issued and seen stays where it was open before.
    /// `None` for an unknown name.
    pub fn open_account(&mut self, card_name: &str) -> Option<DemoCard> {
        let card = demo_card(card_name)?;
        self.accounts.entry(card.token.clone()).or_insert_with(|| Account::open(self.seed, card.clone()));
        Some(card)
    }

    /// Issues keys for `count` taps with one application, from `first_atc` on, valid from `not_before_ms` to `not_after_ms`
    /// (wall clock, milliseconds since 1970, both included). Limited-use keys take their index from `not_before_ms`.
    pub fn issue_keys(
        &mut self,
        token: &str,
        aid: &[u8],
        first_atc: u16,
        count: u16,
        not_before_ms: u64,
        not_after_ms: u64,
    ) -> Result<Vec<IssuedKey>, IssueRefused> {
        let terms = Terms {
            not_before_ms,
            not_after_ms,
            uses_per_limited_use_key: self.uses_per_limited_use_key,
            limits: self.limits.clone(),
            holder: None,
        };
        Token::parse(token)
            .and_then(|token| self.accounts.get_mut(&token)?.application(aid))
            .ok_or(IssueRefused::UnknownApplication)?
            .taps
            .issue(first_atc, count, &terms)
    }

    /// Checks what a terminal sent, at a moment of the wall clock. No key but those for taps will do.
    pub fn verify(&mut self, request: &AuthorisationRequest, wall_ms: u64) -> Verification {
        let verification = verification::verify(&mut self.accounts, &self.wallets, request, wall_ms);
        self.held_back(verification, request, None)
    }

    /// Checks an online payment, at a moment of the wall clock. No key but those for online payments will do, and an order is
    /// paid once.
    pub fn verify_online(&mut self, authorisation: &OnlineAuthorisation, wall_ms: u64) -> Verification {
        let paid = &mut self.paid_orders;
        let verification = online::verify(&mut self.accounts, &self.wallets, paid, authorisation, wall_ms);
        self.held_back(verification, &authorisation.request, None)
    }

    /// Checks a code that a holder has shown, for so many minor units of a currency (ISO 4217 number), at a moment of the wall
    /// clock: what the merchant has read in it. No key but those for QR codes will do.
    pub fn verify_code(
        &mut self,
        request: &AuthorisationRequest,
        amount_minor: u64,
        currency: u16,
        wall_ms: u64,
    ) -> Verification {
        let payment = (currency, amount_minor);
        let verification = consumer_code::verify(&mut self.accounts, &self.wallets, request, payment, wall_ms);
        self.held_back(verification, request, Some(payment))
    }

    /// What was authorised cannot be spent again.
    fn held_back(
        &mut self,
        verification: Verification,
        request: &AuthorisationRequest,
        payment: Option<(u16, u64)>,
    ) -> Verification {
        if verification.verdict == Verdict::Valid {
            self.hold_back(request, payment);
        }
        verification
    }

    /// What an independent issuer must know of a demo card, whether its account is open or not. `None` for an unknown name.
    pub fn describe(&self, card_name: &str) -> Option<Description> {
        let card = demo_card(card_name)?;
        let card = self.accounts.get(&card.token).map(|account| account.card.clone()).unwrap_or(card);
        let applications = card.applications.iter().enumerate().map(|(position, profile)| {
            let application = self.accounts.get(&card.token).and_then(|account| account.applications.get(position));
            DescribedApplication {
                aid: profile.aid.clone(),
                version: profile.version,
                scheme: profile.version.scheme(),
                issuer_master_key: issuer_master_key(self.seed, card.name, &profile.aid, Channel::Tap),
                derivation: card.derivation,
                luk_index: application.and_then(|application| application.taps.first_luk_index()),
            }
        });
        Some(Description {
            applications: applications.collect(),
            token: card.token,
            sequence_number: card.sequence_number,
            expiry: card.expiry,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use account::Secret;
    use card_master_key::card_master_key;
    use demo_cards::DEMO_CARDS;

    #[test]
    fn an_independent_issuer_derives_the_same_keys_from_the_description() {
        let mut issuer = Issuer::new(7);
        let card = issuer.open_account("kernel3-cvn43").unwrap();
        let token = card.token.digits();
        let keys = issuer.issue_keys(token, &card.applications[0].aid, 1, 2, 0, 1).unwrap();
        let description = issuer.describe("kernel3-cvn43").unwrap();
        let application = &description.applications[0];
        assert_eq!(application.luk_index, keys[0].luk_index);
        let digits = application.derivation.digits(&description.token, description.sequence_number.unwrap());
        let card_master_key = card_master_key(&application.issuer_master_key, digits);
        let derived = limited_use_key::limited_use_key(&card_master_key, &application.luk_index.unwrap());
        assert_eq!(keys[0].secret, Secret::Key(derived));
    }

    #[test]
    fn the_seed_alone_decides_the_keys() {
        for name in DEMO_CARDS {
            let description = Issuer::new(1).describe(name).unwrap();
            assert_eq!(Issuer::new(1).describe(name).unwrap(), description);
            assert_ne!(Issuer::new(2).describe(name).unwrap(), description);
        }
    }

    #[test]
    fn opening_an_account_again_forgets_nothing() {
        let mut issuer = Issuer::new(0);
        let card = issuer.open_account("kernel3-cvn18").unwrap();
        let aid = &card.applications[0].aid;
        assert!(issuer.issue_keys(card.token.digits(), aid, 1, 1, 0, 1).is_ok());
        issuer.open_account("kernel3-cvn18").unwrap();
        let again = issuer.issue_keys(card.token.digits(), aid, 1, 1, 0, 1);
        assert_eq!(again, Err(IssueRefused::AtcIssuedBefore));
    }

    #[test]
    fn keys_are_refused_for_what_no_open_account_has() {
        let mut issuer = Issuer::new(0);
        let refused = Err(IssueRefused::UnknownApplication);
        assert_eq!(issuer.issue_keys("9999000000000012", &[0xA0], 1, 1, 0, 1), refused);
        issuer.open_account("kernel3-cvn18").unwrap();
        assert_eq!(issuer.issue_keys("9999000000000012", &[0xA0], 1, 1, 0, 1), refused);
        assert!(issuer.open_account("kernel9").is_none() && issuer.describe("kernel9").is_none());
    }
}
