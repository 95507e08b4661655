//! The issuer's check of an online authorisation request, step by step.
//!
//! The order matters: what costs nothing and tells nothing comes first, an ATC counts as seen only once its cryptogram is
//! proved, and what the card says about itself is compared with what the terminal says only then. A card that must not pay
//! is found out as late, so that what it signed counts as seen: nobody can send it again when the card may pay once more.

use std::collections::BTreeMap;

use crate::authorisation::AuthorisationRequest;
use crate::bytes::hex;

use super::account::{Account, Application};
use super::cryptogram_input::{LackingObject, TransactionData, cryptogram_input, object};
use super::cryptogram_version::KeyScheme;
use super::issuer_application_data::{CryptogramType, IadKind, IssuerApplicationData};
use super::limited_use_key::LukIndex;
use super::token::Token;
use super::wallets::{CardState, Wallets};

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

/// What a step found: a value for the next steps and words, or a verdict and words.
type Finding<T> = Result<(T, String), (Verdict, String)>;

/// What a request must hold beyond its IAD.
struct Claim {
    transaction: TransactionData,
    cryptogram: [u8; 8],
    cryptogram_type: Option<CryptogramType>,
    /// Terminal transaction qualifiers and card transaction qualifiers, kernels 3 and 7.
    qualifiers: Option<([u8; 4], [u8; 2])>,
}

/// Checks a request at a moment of the wall clock.
pub(super) fn verify(
    accounts: &mut BTreeMap<Token, Account>,
    wallets: &Wallets,
    request: &AuthorisationRequest,
    wall_ms: u64,
) -> Verification {
    let mut steps = Vec::new();
    let verdict = check(accounts, wallets, request, wall_ms, &mut steps).err().unwrap_or(Verdict::Valid);
    Verification { verdict, steps }
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
    let claim = take(steps, "request", complete(application, request, &iad))?;
    let atc = claim.transaction.atc;
    let index = take(steps, "key active", active_key(application, atc, &iad, wall_ms))?;
    take(steps, "key not expired", key_not_expired(application, atc, wall_ms))?;
    take(steps, "ATC new", atc_new(application, atc))?;
    let key = take(steps, "key derived", derived_key(application, &claim, index))?;
    take(steps, "cryptogram", right_cryptogram(application, &claim, &iad, &key))?;
    let payment = payment(&claim.transaction);
    application.see(atc, payment);
    take(steps, "card active", card_active(application, atc, wallets))?;
    take(steps, "cryptogram type", same_type(&claim, &iad))?;
    take(steps, "holder verification", same_verification(application, &claim, &iad))?;
    take(steps, "key limit", within_limits(application, atc, payment))
}

/// Writes a step down and hands its value on.
fn take<T>(steps: &mut Vec<Step>, name: &'static str, finding: Finding<T>) -> Result<T, Verdict> {
    let (detail, result) = match finding {
        Ok((value, detail)) => (detail, Ok(value)),
        Err((verdict, detail)) => (detail, Err(verdict)),
    };
    steps.push(Step { name, detail, passed: result.is_ok() });
    result
}

fn not_verifiable<T>(detail: impl Into<String>) -> Finding<T> {
    Err((Verdict::NotVerifiable, detail.into()))
}

fn known_account<'a>(
    accounts: &'a mut BTreeMap<Token, Account>,
    request: &AuthorisationRequest,
) -> Finding<&'a mut Account> {
    let Some(token) = request.token().and_then(|digits| Token::parse(&digits)) else {
        return not_verifiable("the request carries no token (5A or 57)");
    };
    match accounts.get_mut(&token) {
        Some(account) => Ok((account, "an account has this token".to_owned())),
        None => Err((Verdict::UnknownToken, "no account has this token".to_owned())),
    }
}

fn known_application<'a>(account: &'a mut Account, request: &AuthorisationRequest) -> Finding<&'a mut Application> {
    let sequence_number = account.card.sequence_number;
    if request.object(0x5F34) != sequence_number.as_ref().map(std::slice::from_ref) {
        return not_verifiable("the sequence number (5F34) is not this account's");
    }
    match request.object(0x4F).and_then(|aid| account.application(aid)) {
        Some(application) => {
            let detail = format!("the account has this application, kernel {}", application.profile.version.kernel());
            Ok((application, detail))
        }
        None => not_verifiable("the account has no such application (4F)"),
    }
}

fn matching_iad(application: &Application, request: &AuthorisationRequest) -> Finding<IssuerApplicationData> {
    let Some(iad) = request.object(0x9F10).and_then(IssuerApplicationData::read) else {
        return not_verifiable("no issuer application data (9F10), or none that can be read");
    };
    let version = application.profile.version;
    let kind = match (version.kernel(), version.scheme()) {
        (2, _) => IadKind::MChip,
        (7, _) => IadKind::Pboc,
        (_, KeyScheme::LimitedUseKey) => IadKind::VsdcFormat24,
        (_, KeyScheme::ClosedLoop) => IadKind::ClosedLoop,
        _ => IadKind::VsdcFormat013,
    };
    if iad.kind != kind || iad.cvn != Some(version.cvn()) {
        return not_verifiable("layout or cryptogram version are not this application's");
    }
    if application.profile.issuer_application_data.first() != Some(&iad.derivation_key_index) {
        return not_verifiable("the derivation key index is not this application's");
    }
    let detail = format!("{}, cryptogram version {:02X}", iad.layout(), version.cvn());
    Ok((iad, detail))
}

fn complete(application: &Application, request: &AuthorisationRequest, iad: &IssuerApplicationData) -> Finding<Claim> {
    let read = || {
        Ok::<Claim, LackingObject>(Claim {
            transaction: TransactionData::from_request(request)?,
            cryptogram: object(request, 0x9F26)?,
            // Kernel 7 cards do not send it: there the reader, too, takes the type from the CVR.
            cryptogram_type: match request.object(0x9F27) {
                Some(_) => object(request, 0x9F27).map(|[cid]| Some(CryptogramType::of_bits(cid >> 6)))?,
                None => None,
            },
            qualifiers: match application.profile.version.kernel() {
                2 => None,
                _ => Some((object(request, 0x9F66)?, object(request, 0x9F6C)?)),
            },
        })
    };
    let claim = match read() {
        Ok(claim) => claim,
        Err(lacking) => return not_verifiable(lacking.to_string()),
    };
    let declined = iad.first_cryptogram() == CryptogramType::Aac
        && claim.cryptogram_type.is_none_or(|claimed| claimed == CryptogramType::Aac);
    if declined && application.profile.version.kernel() == 2 {
        return not_verifiable("the card declined (AAC): its cryptogram is random by design");
    }
    Ok((claim, "everything that the check needs is there".to_owned()))
}

/// A key was issued for this ATC, under the index that the card names, and its time has come.
fn active_key(
    application: &Application,
    atc: u16,
    iad: &IssuerApplicationData,
    wall_ms: u64,
) -> Finding<Option<LukIndex>> {
    if matches!(atc, 0x0000 | 0xFFFF) || atc > application.highest_issued() {
        return Err((Verdict::AtcOutOfRange, format!("ATC {atc:04X} is not among those that keys were issued up to")));
    }
    let refused = |detail: String| Err((Verdict::AtcNotInActiveList, detail));
    let Some(issued) = application.issued_for(atc) else {
        return refused(format!("no key was issued for ATC {atc:04X}"));
    };
    if issued.withdrawn {
        return refused(format!("the key of ATC {atc:04X} was withdrawn from a rolled-back wallet"));
    }
    if issued.luk_index.is_some() && iad.derivation_data.and_then(LukIndex::from_derivation_data) != issued.luk_index {
        return refused(format!("the key that was issued for ATC {atc:04X} has another index"));
    }
    if let Some(early @ 1..) = issued.not_before_ms.checked_sub(wall_ms) {
        let detail = format!("the key of ATC {atc:04X} becomes valid in {}", duration(early));
        return Err((Verdict::KeyNotYetValid, detail));
    }
    let index = issued.luk_index.map(|index| format!(" with index {index}")).unwrap_or_default();
    Ok((issued.luk_index, format!("a key was issued for ATC {atc:04X}{index}")))
}

fn key_not_expired(application: &Application, atc: u16, wall_ms: u64) -> Finding<()> {
    let Some(issued) = application.issued_for(atc) else {
        return Err((Verdict::AtcNotInActiveList, format!("no key was issued for ATC {atc:04X}")));
    };
    match issued.not_after_ms.checked_sub(wall_ms) {
        Some(left) => Ok(((), format!("valid for another {}", duration(left)))),
        None => Err((Verdict::KeyExpired, format!("expired {} ago", duration(wall_ms.abs_diff(issued.not_after_ms))))),
    }
}

fn atc_new(application: &Application, atc: u16) -> Finding<()> {
    if application.has_seen(atc) {
        return Err((Verdict::AtcReplay, format!("ATC {atc:04X} came with a right cryptogram before")));
    }
    Ok(((), format!("ATC {atc:04X} was never seen")))
}

fn derived_key(application: &Application, claim: &Claim, index: Option<LukIndex>) -> Finding<[u8; 16]> {
    let words = match application.profile.version.scheme() {
        KeyScheme::MasterKey => "the card master key itself (test only)",
        KeyScheme::MastercardSessionKey => "Mastercard session key from ATC and unpredictable number (test only)",
        KeyScheme::CommonSessionKey => "EMV common session key from the ATC",
        KeyScheme::LimitedUseKey => "limited-use key from its index",
        KeyScheme::PbocSessionKey => "PBOC session key from the ATC",
        KeyScheme::ClosedLoop => "closed-loop key from the seed of its ATC",
    };
    let transaction = &claim.transaction;
    match application.cryptogram_key(transaction.atc, transaction.unpredictable_number, index) {
        Some(key) => Ok((key, words.to_owned())),
        None => not_verifiable("the limited-use key has no index"),
    }
}

fn right_cryptogram(
    application: &Application,
    claim: &Claim,
    iad: &IssuerApplicationData,
    key: &[u8; 16],
) -> Finding<()> {
    let version = application.profile.version;
    let Some(input) = cryptogram_input(version, &claim.transaction, iad) else {
        return not_verifiable("the issuer application data lack what the cryptogram covers");
    };
    let expected = version.cryptogram(key, &input);
    // All eight bytes whatever the first ones are: how long it takes tells nothing.
    let difference = expected.iter().zip(claim.cryptogram).fold(0, |found, (right, given)| found | (right ^ given));
    if difference != 0 {
        return Err((
            Verdict::InvalidCryptogram,
            format!("another one follows from key and data ({} bytes)", input.len()),
        ));
    }
    Ok(((), format!("follows from key and data ({} bytes), all 8 bytes", input.len())))
}

/// Currency and amount as numbers. `None` where they are not decimal.
fn payment(transaction: &TransactionData) -> Option<(u16, u64)> {
    let number = |digits: &[u8]| hex(digits).parse::<u64>().ok();
    Some((u16::try_from(number(&transaction.currency)?).ok()?, number(&transaction.amount)?))
}

/// The card that the key went to may pay. Keys of an account without a wallet went to none.
fn card_active(application: &Application, atc: u16, wallets: &Wallets) -> Finding<()> {
    let Some(holder) = application.issued_for(atc).and_then(|issued| issued.holder) else {
        return Ok(((), "the account is active".to_owned()));
    };
    match wallets.card(holder).map(|card| card.state) {
        Some(CardState::Active) => Ok(((), format!("card {} of its wallet is active", holder.card))),
        Some(state) => Err((Verdict::CardNotActive, format!("card {} of its wallet is {}", holder.card, state.name()))),
        None => Err((Verdict::CardNotActive, "its wallet has no such card".to_owned())),
    }
}

/// With limits, the key's uses in a currency may pay so much in sum, this one included, and no other currency at all.
fn within_limits(application: &Application, atc: u16, payment: Option<(u16, u64)>) -> Finding<()> {
    let over = |detail: String| Err((Verdict::AmountOverKeyLimit, detail));
    let Some(issued) = application.issued_for(atc).filter(|issued| !issued.limits.is_empty()) else {
        return Ok(((), "the key has none".to_owned()));
    };
    let Some((currency, _)) = payment else {
        return over("amount and currency are not decimal, the key has a limit".to_owned());
    };
    let Some((_, limit)) = issued.limits.iter().find(|(limited, _)| *limited == currency) else {
        return over(format!("currency {currency:03} is not among the key's limits"));
    };
    let paid = issued.paid.get(&currency).copied().unwrap_or(0);
    if paid > *limit {
        return over(format!("{paid} of at most {limit} in currency {currency:03}"));
    }
    Ok(((), format!("{paid} of at most {limit} in currency {currency:03}")))
}

fn same_type(claim: &Claim, iad: &IssuerApplicationData) -> Finding<()> {
    let card = iad.first_cryptogram();
    match claim.cryptogram_type {
        None => Ok(((), format!("CVR says {}; the card sent no CID", card.name()))),
        Some(claimed) if claimed == card => Ok(((), format!("CVR and CID both say {}", card.name()))),
        Some(claimed) => disagree(format!("CVR says {}, CID says {}", card.name(), claimed.name())),
    }
}

fn same_verification(application: &Application, claim: &Claim, iad: &IssuerApplicationData) -> Finding<()> {
    let Some(([ttq_1, ttq_2, ttq_3, _], [ctq_1, ctq_2])) = claim.qualifiers else {
        return Ok(((), "kernel 2: no public CVR bit says it; the card declines false claims".to_owned()));
    };
    let bit = |byte: Option<&u8>, mask: u8| byte.is_some_and(|byte| byte & mask != 0);
    let card = bit(iad.cvr.get(1), 0x04);
    if iad.kind == IadKind::VsdcFormat24 && bit(iad.cvr.get(4), 0x02) != card {
        return disagree("CVR byte 2 and CVR byte 5 disagree about the phone's verification");
    }
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
    if application.profile.version.kernel() == 3 && wanted && !card {
        return disagree("the terminal required verification (TTQ), CVR says none was performed");
    }
    Ok(((), format!("CVR and CTQ both say {} on the phone", performed(card))))
}

fn disagree<T>(detail: impl Into<String>) -> Finding<T> {
    Err((Verdict::CvrInvalid, detail.into()))
}

fn performed(performed: bool) -> &'static str {
    if performed { "performed" } else { "not performed" }
}

/// A length of time for people: days and hours, hours and minutes, or seconds to the millisecond.
fn duration(milliseconds: u64) -> String {
    let minutes = milliseconds / 60_000;
    match minutes / 60 {
        0 => format!("{}.{:03} s", milliseconds / 1000, milliseconds % 1000),
        hours @ 1..24 => format!("{hours} h {} min", minutes % 60),
        hours => format!("{} days {} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
pub(super) mod tests;
