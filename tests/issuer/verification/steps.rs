//! The steps that all ways to pay have in common.

use std::collections::BTreeMap;

use crate::authorisation::AuthorisationRequest;
use crate::bytes::hex;
use crate::issuer::account::{Account, Application};
use crate::issuer::cryptogram_input::{LackingObject, TransactionData, cryptogram_input, object};
use crate::issuer::cryptogram_version::{CryptogramVersion, KeyScheme};
use crate::issuer::issuer_application_data::{CryptogramType, IadKind, IssuerApplicationData};
use crate::issuer::key_sequence::KeySequence;
use crate::issuer::limited_use_key::LukIndex;
use crate::issuer::token::Token;
use crate::issuer::wallets::{CardState, Holder, Wallets};

use super::{Step, Verdict};

/// What a step found: a value for the next steps and words, or a verdict and words.
pub(in crate::issuer) type Finding<T> = Result<(T, String), (Verdict, String)>;

/// What a request must hold beyond its IAD.
pub(in crate::issuer) struct Claim {
    pub(in crate::issuer) transaction: TransactionData,
    cryptogram: [u8; 8],
    /// `None` where the card sent no CID.
    pub(in crate::issuer) cryptogram_type: Option<CryptogramType>,
}

impl Claim {
    /// The cryptogram of a request, over these data.
    pub(in crate::issuer) fn of(
        request: &AuthorisationRequest,
        transaction: TransactionData,
    ) -> Result<Claim, LackingObject> {
        Ok(Claim {
            transaction,
            cryptogram: object(request, 0x9F26)?,
            cryptogram_type: match request.object(0x9F27) {
                Some(_) => object(request, 0x9F27).map(|[cid]| Some(CryptogramType::of_bits(cid >> 6)))?,
                None => None,
            },
        })
    }

    /// Currency and amount as numbers. `None` where they are not decimal.
    pub(in crate::issuer) fn payment(&self) -> Option<(u16, u64)> {
        let number = |digits: &[u8]| hex(digits).parse::<u64>().ok();
        Some((u16::try_from(number(&self.transaction.currency)?).ok()?, number(&self.transaction.amount)?))
    }
}

/// Writes a step down and hands its value on.
pub(in crate::issuer) fn take<T>(steps: &mut Vec<Step>, name: &'static str, finding: Finding<T>) -> Result<T, Verdict> {
    let (detail, result) = match finding {
        Ok((value, detail)) => (detail, Ok(value)),
        Err((verdict, detail)) => (detail, Err(verdict)),
    };
    steps.push(Step { name, detail, passed: result.is_ok() });
    result
}

pub(in crate::issuer) fn not_verifiable<T>(detail: impl Into<String>) -> Finding<T> {
    Err((Verdict::NotVerifiable, detail.into()))
}

pub(in crate::issuer) fn known_account<'a>(
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

pub(in crate::issuer) fn known_application<'a>(
    account: &'a mut Account,
    request: &AuthorisationRequest,
) -> Finding<&'a mut Application> {
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

pub(in crate::issuer) fn matching_iad(
    application: &Application,
    request: &AuthorisationRequest,
) -> Finding<IssuerApplicationData> {
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

/// A key was issued for this ATC, under the index that the card names, and its time has come.
pub(in crate::issuer) fn active_key(
    keys: &KeySequence,
    atc: u16,
    iad: &IssuerApplicationData,
    wall_ms: u64,
) -> Finding<Option<LukIndex>> {
    if matches!(atc, 0x0000 | 0xFFFF) || atc > keys.highest_issued() {
        return Err((Verdict::AtcOutOfRange, format!("ATC {atc:04X} is not among those that keys were issued up to")));
    }
    let refused = |detail: String| Err((Verdict::AtcNotInActiveList, detail));
    let Some(issued) = keys.issued_for(atc) else {
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

pub(in crate::issuer) fn key_not_expired(keys: &KeySequence, atc: u16, wall_ms: u64) -> Finding<()> {
    let Some(issued) = keys.issued_for(atc) else {
        return Err((Verdict::AtcNotInActiveList, format!("no key was issued for ATC {atc:04X}")));
    };
    match issued.not_after_ms.checked_sub(wall_ms) {
        Some(left) => Ok(((), format!("valid for another {}", duration(left)))),
        None => Err((Verdict::KeyExpired, format!("expired {} ago", duration(wall_ms.abs_diff(issued.not_after_ms))))),
    }
}

pub(in crate::issuer) fn atc_new(keys: &KeySequence, atc: u16) -> Finding<()> {
    if keys.has_seen(atc) {
        return Err((Verdict::AtcReplay, format!("ATC {atc:04X} came with a right cryptogram before")));
    }
    Ok(((), format!("ATC {atc:04X} was never seen")))
}

pub(in crate::issuer) fn derived_key(
    (version, keys): (CryptogramVersion, &KeySequence),
    claim: &Claim,
    index: Option<LukIndex>,
) -> Finding<[u8; 16]> {
    let words = match version.scheme() {
        KeyScheme::MasterKey => "the card master key itself (test only)",
        KeyScheme::MastercardSessionKey => "Mastercard session key from ATC and unpredictable number (test only)",
        KeyScheme::CommonSessionKey => "EMV common session key from the ATC",
        KeyScheme::LimitedUseKey => "limited-use key from its index",
        KeyScheme::PbocSessionKey => "PBOC session key from the ATC",
        KeyScheme::ClosedLoop => "closed-loop key from the seed of its ATC",
    };
    let transaction = &claim.transaction;
    match keys.cryptogram_key(transaction.atc, transaction.unpredictable_number, index) {
        Some(key) => Ok((key, words.to_owned())),
        None => not_verifiable("the limited-use key has no index"),
    }
}

pub(in crate::issuer) fn right_cryptogram(
    version: CryptogramVersion,
    claim: &Claim,
    iad: &IssuerApplicationData,
    key: &[u8; 16],
) -> Finding<()> {
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

/// The card that the key went to may pay. Keys of an account without a wallet went to none.
pub(in crate::issuer) fn card_active(keys: &KeySequence, atc: u16, wallets: &Wallets) -> Finding<()> {
    let Some(holder) = keys.issued_for(atc).and_then(|issued| issued.holder) else {
        return Ok(((), "the account is active".to_owned()));
    };
    card_of_wallet_active(wallets, holder)
}

/// The card of this wallet may be used.
pub(in crate::issuer) fn card_of_wallet_active(wallets: &Wallets, holder: Holder) -> Finding<()> {
    match wallets.card(holder).map(|card| card.state) {
        Some(CardState::Active) => Ok(((), format!("card {} of its wallet is active", holder.card))),
        Some(state) => Err((Verdict::CardNotActive, format!("card {} of its wallet is {}", holder.card, state.name()))),
        None => Err((Verdict::CardNotActive, "its wallet has no such card".to_owned())),
    }
}

/// With limits, the key's uses in a currency may pay so much in sum, this one included, and no other currency at all.
pub(in crate::issuer) fn within_limits(keys: &KeySequence, atc: u16, payment: Option<(u16, u64)>) -> Finding<()> {
    let over = |detail: String| Err((Verdict::AmountOverKeyLimit, detail));
    let Some(issued) = keys.issued_for(atc).filter(|issued| !issued.limits.is_empty()) else {
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

/// The card asks the issuer (ARQC): CVR and CID say so; the CVR alone, where there is no CID.
pub(in crate::issuer) fn asks_the_issuer(claim: &Claim, iad: &IssuerApplicationData) -> Finding<()> {
    let card = iad.first_cryptogram();
    match (card, claim.cryptogram_type) {
        (CryptogramType::Arqc, None | Some(CryptogramType::Arqc)) => {
            Ok(((), "the card asks the issuer (ARQC)".to_owned()))
        }
        (CryptogramType::Arqc, Some(claimed)) => disagree(format!("CVR says ARQC, CID says {}", claimed.name())),
        _ => disagree(format!("CVR says {}, not ARQC", card.name())),
    }
}

/// Whether the CVR says that the phone verified the holder: kernels 3 and 7, and the closed-loop scheme.
pub(in crate::issuer) fn verified_by_cvr(iad: &IssuerApplicationData) -> Result<bool, (Verdict, String)> {
    let bit = |byte: Option<&u8>, mask: u8| byte.is_some_and(|byte| byte & mask != 0);
    let card = bit(iad.cvr.get(1), 0x04);
    if iad.kind == IadKind::VsdcFormat24 && bit(iad.cvr.get(4), 0x02) != card {
        return disagree("CVR byte 2 and CVR byte 5 disagree about the phone's verification");
    }
    Ok(card)
}

/// Without a terminal nobody but the phone can have verified the holder.
pub(in crate::issuer) fn verified_on_the_phone(version: CryptogramVersion, iad: &IssuerApplicationData) -> Finding<()> {
    if version.kernel() == 2 {
        return Ok(((), "kernel 2: no public CVR bit says it".to_owned()));
    }
    match verified_by_cvr(iad)? {
        true => Ok(((), "CVR says performed on the phone".to_owned())),
        false => disagree("CVR says none was performed on the phone"),
    }
}

pub(in crate::issuer) fn disagree<T>(detail: impl Into<String>) -> Result<T, (Verdict, String)> {
    Err((Verdict::CvrInvalid, detail.into()))
}

pub(in crate::issuer) fn performed(performed: bool) -> &'static str {
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
