//! The issuer's check of an authorisation request after a tap, step by step; and what all its checks say.
//!
//! The order matters: what costs nothing and tells nothing comes first, an ATC counts as seen only once its cryptogram is
//! proved, and what the card says about itself is compared with what the terminal says only then. A card that must not pay
//! is found out as late, so that what it signed counts as seen: nobody can send it again when the card may pay once more.

pub(super) mod steps;

use std::collections::BTreeMap;

use crate::authorisation::AuthorisationRequest;

use super::account::Account;
use super::cryptogram_input::{LackingObject, TransactionData, object};
use super::cryptogram_version::CryptogramVersion;
use super::issuer_application_data::{CryptogramType, IssuerApplicationData};
use super::key_sequence::KeySequence;
use super::token::Token;
use super::wallets::Wallets;

use steps::{
    Claim, Finding, active_key, atc_new, card_active, derived_key, disagree, key_not_expired, known_account,
    known_application, matching_iad, not_verifiable, performed, right_cryptogram, take, verified_by_cvr, within_limits,
};

/// What the issuer thinks of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The cryptogram is right and everything else fits.
    Valid,
    /// No open account has this token.
    UnknownToken,
    /// The ATC is 0000 or FFFF, or above all that keys were ever issued for.
    AtcOutOfRange,
    /// No key that still counts was issued for this ATC under this index.
    AtcNotInActiveList,
    /// The key was issued, but its time has not come.
    KeyNotYetValid,
    /// The key was issued, but its time is over.
    KeyExpired,
    /// A right cryptogram with this ATC came before.
    AtcReplay,
    /// The cryptogram is not the one that follows from key and data.
    InvalidCryptogram,
    /// The cryptogram is right, but the wallet's card waits for its holder's identity check, is suspended or deleted.
    CardNotActive,
    /// The cryptogram is right, but card (CVR) and terminal tell different stories.
    CvrInvalid,
    /// The cryptogram is right, but this use takes the key's sum over its limit, or the currency is none of its limits'.
    AmountOverKeyLimit,
    /// What came with an online payment is no order.
    OrderInvalid,
    /// The card paid for something else than the order says.
    OrderMismatch,
    /// The wallet that holds the card did not sign the order, or the transfer.
    SignatureWrong,
    /// The card's day is not the issuer's, nor one beside it.
    DateWrong,
    /// Everything is right, but the order was paid before.
    OrderPaidBefore,
    /// The code was made more than a minute from now.
    CodeTooOld,
    /// What came is no transfer.
    TransferInvalid,
    /// This very transfer came before.
    TransferCameBefore,
    /// Another transfer of the wallet had its number.
    TransferNumberUsed,
    /// The holder had verified more than five minutes from now.
    VerifiedTooLongAgo,
    /// The payee of a transfer has no account, or it is the payer's.
    PayeeUnknown,
    /// The account has not enough for a transfer.
    FundsInsufficient,
    /// There is nothing to check: the card declined, data are missing, or they do not belong to this account.
    NotVerifiable,
}

impl Verdict {
    /// The verdict's name, words joined by hyphens: those that card networks give, where they have one.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::UnknownToken => "unknown-token",
            Verdict::AtcOutOfRange => "atc-out-of-range",
            Verdict::AtcNotInActiveList => "atc-not-in-active-list",
            Verdict::KeyNotYetValid => "key-not-yet-valid",
            Verdict::KeyExpired => "key-expired",
            Verdict::AtcReplay => "atc-replay",
            Verdict::InvalidCryptogram => "invalid-cryptogram",
            Verdict::CardNotActive => "card-not-active",
            Verdict::CvrInvalid => "cvr-invalid",
            Verdict::AmountOverKeyLimit => "amount-over-key-limit",
            Verdict::OrderInvalid => "order-invalid",
            Verdict::OrderMismatch => "order-mismatch",
            Verdict::SignatureWrong => "signature-wrong",
            Verdict::DateWrong => "date-wrong",
            Verdict::OrderPaidBefore => "order-paid-before",
            Verdict::CodeTooOld => "code-too-old",
            Verdict::TransferInvalid => "transfer-invalid",
            Verdict::TransferCameBefore => "transfer-came-before",
            Verdict::TransferNumberUsed => "transfer-number-used",
            Verdict::VerifiedTooLongAgo => "verified-too-long-ago",
            Verdict::PayeeUnknown => "payee-unknown",
            Verdict::FundsInsufficient => "funds-insufficient",
            Verdict::NotVerifiable => "not-verifiable",
        }
    }

    /// The verdict in plain words, for a person; without a full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            Verdict::Valid => "the cryptogram is right and everything else fits",
            Verdict::UnknownToken => "no account has this token",
            Verdict::AtcOutOfRange => "the counter is not among those that keys were issued up to",
            Verdict::AtcNotInActiveList => "no key that still counts was issued for this counter",
            Verdict::KeyNotYetValid => "the key was issued, but its time has not come",
            Verdict::KeyExpired => "the key was issued, but its time is over",
            Verdict::AtcReplay => "a right cryptogram with this counter came before",
            Verdict::InvalidCryptogram => "the cryptogram does not follow from key and data",
            Verdict::CardNotActive => "the card waits for its holder's identity check, is suspended or deleted",
            Verdict::CvrInvalid => "card and terminal tell different stories",
            Verdict::AmountOverKeyLimit => "this payment takes the key over its limit",
            Verdict::OrderInvalid => "what came with the payment is no order",
            Verdict::OrderMismatch => "the card paid for something else than the order says",
            Verdict::SignatureWrong => "the wallet that holds the card did not sign it",
            Verdict::DateWrong => "the card's day is not the issuer's, nor one beside it",
            Verdict::OrderPaidBefore => "the order was paid before",
            Verdict::CodeTooOld => "the code was made more than a minute from now",
            Verdict::TransferInvalid => "what came is no transfer",
            Verdict::TransferCameBefore => "this very transfer came before",
            Verdict::TransferNumberUsed => "another transfer of the wallet had its number",
            Verdict::VerifiedTooLongAgo => "the holder had verified more than five minutes from now",
            Verdict::PayeeUnknown => "the payee has no account, or it is the payer's",
            Verdict::FundsInsufficient => "the account has not enough",
            Verdict::NotVerifiable => "there is nothing to check",
        }
    }
}

/// A verdict and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// The steps in their order, up to the first that failed.
    pub steps: Vec<Step>,
}

impl Verification {
    /// The verdict of a check that writes down its steps.
    pub(super) fn of(check: impl FnOnce(&mut Vec<Step>) -> Result<(), Verdict>) -> Verification {
        let mut steps = Vec::new();
        let verdict = check(&mut steps).err().unwrap_or(Verdict::Valid);
        Verification { verdict, steps }
    }
}

/// One step of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was checked, at most 22 characters.
    pub name: &'static str,
    /// What was found, at most 70 characters. Never a key, never a right cryptogram in place of a wrong one.
    pub detail: String,
    /// Whether the check went on.
    pub passed: bool,
}

/// What a terminal and the card told each other of verification: terminal transaction qualifiers and card transaction
/// qualifiers, kernels 3 and 7.
type Qualifiers = Option<([u8; 4], [u8; 2])>;

/// Checks a request at a moment of the wall clock.
pub(super) fn verify(
    accounts: &mut BTreeMap<Token, Account>,
    wallets: &Wallets,
    request: &AuthorisationRequest,
    wall_ms: u64,
) -> Verification {
    Verification::of(|steps| check(accounts, wallets, request, wall_ms, steps))
}

fn check(
    accounts: &mut BTreeMap<Token, Account>,
    wallets: &Wallets,
    request: &AuthorisationRequest,
    wall_ms: u64,
    steps: &mut Vec<Step>,
) -> Result<(), Verdict> {
    let account = take(steps, "token", known_account(accounts, request))?;
    let application = take(steps, "application", known_application(account, request))?;
    let iad = take(steps, "application data", matching_iad(application, request))?;
    let version = application.profile.version;
    let (claim, qualifiers) = take(steps, "request", complete(version, request, &iad))?;
    let (atc, payment) = (claim.transaction.atc, claim.payment());
    prove(steps, (version, &mut application.taps), (&claim, &iad), payment, wall_ms)?;
    take(steps, "card active", card_active(&application.taps, atc, wallets))?;
    take(steps, "cryptogram type", same_type(&claim, &iad))?;
    take(steps, "holder verification", same_verification(version, qualifiers, &iad))?;
    take(steps, "key limit", within_limits(&application.taps, atc, payment))
}

/// All steps from the key to the cryptogram. Once that is proved, its ATC counts as seen and its payment as made.
pub(super) fn prove(
    steps: &mut Vec<Step>,
    (version, keys): (CryptogramVersion, &mut KeySequence),
    (claim, iad): (&Claim, &IssuerApplicationData),
    payment: Option<(u16, u64)>,
    wall_ms: u64,
) -> Result<(), Verdict> {
    let atc = claim.transaction.atc;
    let index = take(steps, "key active", active_key(keys, atc, iad, wall_ms))?;
    take(steps, "key not expired", key_not_expired(keys, atc, wall_ms))?;
    take(steps, "ATC new", atc_new(keys, atc))?;
    let key = take(steps, "key derived", derived_key((version, keys), claim, index))?;
    take(steps, "cryptogram", right_cryptogram(version, claim, iad, &key))?;
    keys.see(atc, payment);
    Ok(())
}

fn complete(
    version: CryptogramVersion,
    request: &AuthorisationRequest,
    iad: &IssuerApplicationData,
) -> Finding<(Claim, Qualifiers)> {
    let read = || {
        // Kernel 7 cards send no CID: there the reader, too, takes the type from the CVR.
        let claim = Claim::of(request, TransactionData::from_request(request)?)?;
        let qualifiers = match version.kernel() {
            2 => None,
            _ => Some((object(request, 0x9F66)?, object(request, 0x9F6C)?)),
        };
        Ok::<(Claim, Qualifiers), LackingObject>((claim, qualifiers))
    };
    let (claim, qualifiers) = match read() {
        Ok(complete) => complete,
        Err(lacking) => return not_verifiable(lacking.to_string()),
    };
    let declined = iad.first_cryptogram() == CryptogramType::Aac
        && claim.cryptogram_type.is_none_or(|claimed| claimed == CryptogramType::Aac);
    if declined && version.kernel() == 2 {
        return not_verifiable("the card declined (AAC): its cryptogram is random by design");
    }
    Ok(((claim, qualifiers), "everything that the check needs is there".to_owned()))
}

fn same_type(claim: &Claim, iad: &IssuerApplicationData) -> Finding<()> {
    let card = iad.first_cryptogram();
    match claim.cryptogram_type {
        None => Ok(((), format!("CVR says {}; the card sent no CID", card.name()))),
        Some(claimed) if claimed == card => Ok(((), format!("CVR and CID both say {}", card.name()))),
        Some(claimed) => disagree(format!("CVR says {}, CID says {}", card.name(), claimed.name())),
    }
}

fn same_verification(version: CryptogramVersion, qualifiers: Qualifiers, iad: &IssuerApplicationData) -> Finding<()> {
    let Some(([ttq_1, ttq_2, ttq_3, _], [ctq_1, ctq_2])) = qualifiers else {
        return Ok(((), "kernel 2: no public CVR bit says it; the card declines false claims".to_owned()));
    };
    let card = verified_by_cvr(iad)?;
    let terminal = ctq_2 & 0x80 != 0;
    if terminal != card {
        let (card, terminal) = (performed(card), performed(terminal));
        return disagree(format!("on the phone: CVR says {card}, CTQ says {terminal}"));
    }
    let wanted = ttq_2 & 0x40 != 0 || ttq_3 & 0x08 != 0;
    // CTQ byte 1 bit 8, TTQ byte 1 bit 3: the card asks for the PIN, and the terminal can. Whether it was right is told elsewhere.
    if !card && ctq_1 & 0x80 != 0 && ttq_1 & 0x04 != 0 {
        return Ok(((), "neither says the phone verified the holder: the terminal asked for a PIN".to_owned()));
    }
    if version.kernel() == 3 && wanted && !card {
        return disagree("the terminal required verification (TTQ), CVR says none was performed");
    }
    Ok(((), format!("CVR and CTQ both say {} on the phone", performed(card))))
}

#[cfg(test)]
pub(super) mod tests;
