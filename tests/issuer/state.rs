//! The issuer across runs: everything it knows as one text in JSON. Keys are not in it: they follow from the seeds, which
//! are, so the file is as secret as the keys. It must be saved before what the issuer gave leaves the house: an issuer that
//! forgets an envelope gives its number, and the ATCs in it, a second time.
//!
//! Bytes are hexadecimal, moments milliseconds since 1970, pairs `[currency, minor units]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::bytes::{from_hex, hex};

use super::Issuer;
use super::account::{Account, Application};
use super::attestation;
use super::attestation::key_description::SecurityLevel;
use super::certificate_terms::CertificateTerms;
use super::contents::Policy;
use super::demo_cards::{Certificates, EXPIRY, demo_card_with};
use super::funds::Funds;
use super::key_entry::{Channel, Protection};
use super::key_sequence::{Issued, KeySequence};
use super::limited_use_key::LukIndex;
use super::requests::DevicePoints;
use super::token::Token;
use super::transfers::{Decided, Outcome};
use super::wallets::{
    AtcSequence, Card, CardState, Holder, IdentityCheck, RolledBack, SpendPoints, Told, Waiting, Wallet, WalletId,
    Wallets,
};

const FORMAT: &str = "hcepay issuer 1";

/// Why a text is not the state of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateError {
    /// It is not JSON.
    NotJson,
    /// It is not in this format.
    OtherFormat,
    /// A field is missing, or has a value that it cannot have.
    Field(&'static str),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::NotJson => f.write_str("the issuer's state is not JSON"),
            StateError::OtherFormat => write!(f, "the issuer's state is not in the format {FORMAT:?}"),
            StateError::Field(name) => write!(f, "the issuer's state has no good field {name:?}"),
        }
    }
}

impl std::error::Error for StateError {}

/// Writes a file whole or not at all, for its owner alone: into a file beside it, which then takes its name.
///
/// # Errors
/// What the file system says.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_added_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        Some(directory) => File::open(directory)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

impl Issuer {
    /// Everything that the issuer knows.
    pub fn to_json(&self) -> String {
        let state = json!({
            "format": FORMAT,
            "seed": self.seed,
            "signing_seed": self.signing_seed,
            "uses_per_limited_use_key": self.uses_per_limited_use_key,
            "limits": self.limits,
            "key_life_ms": self.key_life_ms,
            "accounts": self.accounts.values().map(account_json).collect::<Vec<Value>>(),
            "attestation": policy_json(&self.attestation),
            "certificates": {
                "months": self.certificates.months,
                "face_after": self.certificates.face_after,
                "renews": self.certificates.renews,
            },
            "challenges": self.wallets.challenges.iter().map(|challenge| hex(challenge)).collect::<Vec<String>>(),
            "paid_orders": self.paid_orders.iter().map(|digest| hex(digest)).collect::<Vec<String>>(),
            "transfers": self.transfers.iter().map(decided_json).collect::<Vec<Value>>(),
            "wallets": self.wallets.wallets.iter().map(wallet_json).collect::<Vec<Value>>(),
        });
        format!("{state:#}\n")
    }

    /// The issuer of this state.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_json(text: &str) -> Result<Issuer, StateError> {
        let state: Value = serde_json::from_str(text).map_err(|_| StateError::NotJson)?;
        if state.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(StateError::OtherFormat);
        }
        let seed = number(&state, "seed")?;
        let accounts = each(&state, "accounts", &|value| account(seed, value))?;
        let challenge = |value: &Value| value.as_str().and_then(from_hex).ok_or(StateError::Field("challenges"));
        Ok(Issuer {
            seed,
            signing_seed: number(&state, "signing_seed")?,
            uses_per_limited_use_key: number(&state, "uses_per_limited_use_key")?,
            limits: pairs(&state, "limits")?,
            key_life_ms: number(&state, "key_life_ms")?,
            attestation: policy(field(&state, "attestation")?)?,
            // A state of before there were any does not have them.
            certificates: present(&state, "certificates").map_or(Ok(CertificateTerms::default()), certificate_terms)?,
            accounts: accounts.into_iter().map(|account| (account.card.token.clone(), account)).collect(),
            paid_orders: present(&state, "paid_orders")
                .map_or(Ok(BTreeSet::new()), |_| digests(&state, "paid_orders"))?,
            transfers: present(&state, "transfers")
                .map_or(Ok(Vec::new()), |_| each(&state, "transfers", &decided))?
                .into_iter()
                .collect(),
            wallets: Wallets {
                wallets: each(&state, "wallets", &wallet)?.into_iter().collect(),
                challenges: each(&state, "challenges", &challenge)?.into_iter().collect(),
            },
        })
    }
}

fn decided_json(((wallet, number), decided): (&(WalletId, u64), &Decided)) -> Value {
    let refused = match decided.told {
        Outcome::Done => None,
        Outcome::Refused(why) => Some(why),
    };
    json!({ "wallet": hex(wallet), "number": number, "digest": hex(&decided.digest), "refused": refused })
}

fn decided(value: &Value) -> Result<((WalletId, u64), Decided), StateError> {
    let place = (bytes(value, "wallet")?, number(value, "number")?);
    let told = match present(value, "refused") {
        Some(_) => Outcome::Refused(number(value, "refused")?),
        None => Outcome::Done,
    };
    Ok((place, Decided { digest: bytes(value, "digest")?, told }))
}

fn certificate_terms(value: &Value) -> Result<CertificateTerms, StateError> {
    let months = |_| number(value, "months");
    Ok(CertificateTerms {
        months: present(value, "months").map(months).transpose()?,
        face_after: flag(value, "face_after")?,
        renews: flag(value, "renews")?,
    })
}

fn policy_json(policy: &attestation::Policy) -> Value {
    json!({
        "roots": policy.roots.iter().map(|root| hex(root)).collect::<Vec<String>>(),
        "level": policy.level.map(|level| level as u8),
        "agreement_too": policy.agreement_too,
        "verified_boot": policy.verified_boot,
        "app": policy.app.as_ref().map(|app| json!({ "package": app.package, "signer": hex(&app.signer) })),
    })
}

fn policy(value: &Value) -> Result<attestation::Policy, StateError> {
    let root = |value: &Value| value.as_str().and_then(from_hex).ok_or(StateError::Field("roots"));
    let level = |_| SecurityLevel::of_number(number(value, "level")?).ok_or(StateError::Field("level"));
    let app =
        |app: &Value| Ok(attestation::App { package: text(app, "package")?.to_owned(), signer: bytes(app, "signer")? });
    Ok(attestation::Policy {
        roots: each(value, "roots", &root)?,
        level: present(value, "level").map(level).transpose()?,
        agreement_too: flag(value, "agreement_too")?,
        verified_boot: flag(value, "verified_boot")?,
        app: present(value, "app").map(app).transpose()?,
    })
}

fn flag(value: &Value, name: &'static str) -> Result<bool, StateError> {
    field(value, name)?.as_bool().ok_or(StateError::Field(name))
}

fn account_json(account: &Account) -> Value {
    json!({
        "card": account.card.name,
        "expiry": hex(&account.card.expiry),
        "certificates": {
            "ends": hex(&account.card.certificates.ends),
            "renewals": account.card.certificates.renewals,
            "face_after": account.card.certificates.face_after,
        },
        "applications": account.applications.iter().map(application_json).collect::<Vec<Value>>(),
        "funds": funds_json(&account.funds),
    })
}

fn account(seed: u64, value: &Value) -> Result<Account, StateError> {
    let expiry = bytes(value, "expiry")?;
    let certificates = match present(value, "certificates") {
        Some(certificates) => Certificates {
            ends: bytes(certificates, "ends")?,
            renewals: number(certificates, "renewals")?,
            face_after: flag(certificates, "face_after")?,
        },
        None => Certificates { ends: expiry, renewals: u16::from(expiry != EXPIRY), face_after: false },
    };
    let card = demo_card_with(text(value, "card")?, expiry, certificates);
    let card = card.ok_or(StateError::Field("card"))?;
    let mut account = Account::open(seed, card);
    for application in list(value, "applications")? {
        let aid = from_hex(text(application, "aid")?).ok_or(StateError::Field("aid"))?;
        let known = account.application(&aid).ok_or(StateError::Field("aid"))?;
        put_keys(&mut known.taps, application)?;
        // Where nothing was issued, and in a state of before there were these channels, they are not there.
        present(application, "online").map_or(Ok(()), |online| put_keys(&mut known.online, online))?;
        present(application, "qr").map_or(Ok(()), |qr| put_keys(&mut known.qr, qr))?;
    }
    // A state of before there was any money does not have it.
    account.funds = present(value, "funds").map_or(Ok(Funds::opened()), funds)?;
    Ok(account)
}

fn funds_json(funds: &Funds) -> Value {
    json!({
        "currency": funds.currency,
        "booked_minor": funds.booked_minor,
        "held_minor": funds.held_minor,
        "statements": funds.statements,
    })
}

fn funds(value: &Value) -> Result<Funds, StateError> {
    let signed = |name| field(value, name)?.as_i64().ok_or(StateError::Field(name));
    Ok(Funds {
        currency: number(value, "currency")?,
        booked_minor: signed("booked_minor")?,
        held_minor: signed("held_minor")?,
        statements: number(value, "statements")?,
    })
}

fn put_keys(keys: &mut KeySequence, value: &Value) -> Result<(), StateError> {
    keys.last_index = match present(value, "last_index") {
        Some(index) => Some((number(index, "hour")?, number(index, "number")?)),
        None => None,
    };
    let atc = |value: &Value| as_number(value).ok_or(StateError::Field("seen"));
    keys.seen = each(value, "seen", &atc)?.into_iter().collect();
    keys.issued = each(value, "issued", &issued)?.into_iter().collect();
    Ok(())
}

/// The keys for taps, and beside them those of the other channels.
fn application_json(application: &Application) -> Value {
    let mut fields = Map::from_iter([("aid".to_owned(), hex(&application.profile.aid).into())]);
    fields.extend(keys_json(&application.taps));
    for (name, keys) in [("online", &application.online), ("qr", &application.qr)] {
        if !keys.issued.is_empty() {
            fields.insert(name.to_owned(), keys_json(keys).into());
        }
    }
    fields.into()
}

fn keys_json(keys: &KeySequence) -> Map<String, Value> {
    let last_index = keys.last_index.map(|(hour, number)| json!({ "hour": hour, "number": number }));
    let issued = keys.issued.iter().map(issued_json).collect::<Vec<Value>>();
    let fields = [("last_index", json!(last_index)), ("seen", json!(keys.seen)), ("issued", issued.into())];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn issued_json((first_atc, issued): (&u16, &Issued)) -> Value {
    json!({
        "first_atc": first_atc,
        "uses": issued.uses,
        "not_before_ms": issued.not_before_ms,
        "not_after_ms": issued.not_after_ms,
        "luk_index": issued.luk_index.map(|index| index.to_string()),
        "limits": issued.limits,
        "holder": issued.holder.map(|Holder { wallet, card }| json!({ "wallet": hex(&wallet), "card": card })),
        "withdrawn": issued.withdrawn,
        "paid": issued.paid.iter().collect::<Vec<_>>(),
    })
}

fn issued(value: &Value) -> Result<(u16, Issued), StateError> {
    let holder = match present(value, "holder") {
        Some(holder) => Some(Holder { wallet: bytes(holder, "wallet")?, card: number(holder, "card")? }),
        None => None,
    };
    let luk_index = match present(value, "luk_index") {
        Some(digits) => Some(digits.as_str().and_then(LukIndex::parse).ok_or(StateError::Field("luk_index"))?),
        None => None,
    };
    let issued = Issued {
        uses: number(value, "uses")?,
        not_before_ms: number(value, "not_before_ms")?,
        not_after_ms: number(value, "not_after_ms")?,
        luk_index,
        limits: pairs(value, "limits")?,
        holder,
        withdrawn: value.get("withdrawn").and_then(Value::as_bool).ok_or(StateError::Field("withdrawn"))?,
        paid: pairs(value, "paid")?.into_iter().collect(),
    };
    Ok((number(value, "first_atc")?, issued))
}

fn wallet_json((id, wallet): (&WalletId, &Wallet)) -> Value {
    let SpendPoints { device, unlocked, authenticated } = &wallet.spend_points;
    json!({
        "wallet": hex(id),
        "agreement": hex(&wallet.device.agreement),
        "signature": hex(&wallet.device.signature),
        "attested": wallet.attested,
        "spend": { "device": hex(device), "unlocked": unlocked.map(|point| hex(&point)), "authenticated": authenticated.map(|point| hex(&point)) },
        "sequence": wallet.sequence,
        "cards": wallet.cards.iter().map(card_json).collect::<Vec<Value>>(),
        "told": {
            "mark": wallet.told.mark,
            "sequence": wallet.told.sequence,
            "digest": hex(&wallet.told.digest),
            "last_gone": wallet.told.last_gone.iter().map(last_gone_json).collect::<Vec<Value>>(),
        },
        "rolled_back": wallet.rolled_back.map(|sign| sign as u8),
        "challenges": wallet.challenges.iter().map(|challenge| hex(challenge)).collect::<Vec<String>>(),
        "waiting": wallet.waiting.iter().map(waiting_json).collect::<Vec<Value>>(),
    })
}

fn waiting_json((sequence, Waiting { card, envelope }): (&u64, &Waiting)) -> Value {
    json!({ "sequence": sequence, "card": card, "envelope": hex(envelope) })
}

fn waiting(value: &Value) -> Result<(u64, Waiting), StateError> {
    let envelope = from_hex(text(value, "envelope")?).ok_or(StateError::Field("envelope"))?;
    Ok((number(value, "sequence")?, Waiting { card: number(value, "card")?, envelope }))
}

fn wallet(value: &Value) -> Result<(WalletId, Wallet), StateError> {
    let (spend, told) = (field(value, "spend")?, field(value, "told")?);
    let challenge = |value: &Value| {
        let challenge = value.as_str().and_then(from_hex);
        challenge.and_then(|bytes| bytes.try_into().ok()).ok_or(StateError::Field("challenges"))
    };
    let rolled_back = match present(value, "rolled_back") {
        Some(_) => {
            let sign = RolledBack::of_number(number(value, "rolled_back")?);
            Some(sign.ok_or(StateError::Field("rolled_back"))?)
        }
        None => None,
    };
    let wallet = Wallet {
        device: DevicePoints { agreement: bytes(value, "agreement")?, signature: bytes(value, "signature")? },
        attested: text(value, "attested")?.to_owned(),
        spend_points: SpendPoints {
            device: bytes(spend, "device")?,
            unlocked: bytes_if_any(spend, "unlocked")?,
            authenticated: bytes_if_any(spend, "authenticated")?,
        },
        sequence: number(value, "sequence")?,
        cards: each(value, "cards", &card)?.into_iter().collect(),
        told: Told {
            mark: number(told, "mark")?,
            sequence: number(told, "sequence")?,
            digest: bytes(told, "digest")?,
            last_gone: each(told, "last_gone", &last_gone)?.into_iter().collect::<BTreeMap<_, _>>(),
        },
        rolled_back,
        challenges: each(value, "challenges", &challenge)?.into(),
        waiting: each(value, "waiting", &waiting)?.into_iter().collect(),
    };
    Ok((bytes(value, "wallet")?, wallet))
}

fn card_json((id, card): (&u32, &Card)) -> Value {
    let Policy { protection, most_uses, ask_at, most_an_hour, most_a_day, verification, alerts } = &card.policy;
    let check = card.identity_check.as_ref();
    json!({
        "card": id,
        "token": card.token.digits(),
        "state": card.state as u8,
        "policy": {
            "protection": *protection as u8,
            "most_uses": most_uses,
            "ask_at": ask_at,
            "most_an_hour": most_an_hour,
            "most_a_day": most_a_day,
            "verification": hex(verification),
            "alerts": hex(alerts),
        },
        "identity_check": check.map(|IdentityCheck { code, left }| json!({ "code": code, "left": left })),
        "first_keys": card.first_keys,
        "policy_at": card.policy_at,
        "profile_at": card.profile_at,
    })
}

/// What a state of before it was kept has not.
fn bytes_or_none(value: &Value, name: &'static str) -> Result<Vec<u8>, StateError> {
    match present(value, name) {
        Some(_) => from_hex(text(value, name)?).ok_or(StateError::Field(name)),
        None => Ok(Vec::new()),
    }
}

fn card(value: &Value) -> Result<(u32, Card), StateError> {
    let policy = field(value, "policy")?;
    let protection = Protection::of_number(number(policy, "protection")?).ok_or(StateError::Field("protection"))?;
    let identity_check = match present(value, "identity_check") {
        Some(check) => Some(IdentityCheck { code: text(check, "code")?.to_owned(), left: number(check, "left")? }),
        None => None,
    };
    let card = Card {
        token: Token::parse(text(value, "token")?).ok_or(StateError::Field("token"))?,
        state: CardState::of_number(number(value, "state")?).ok_or(StateError::Field("state"))?,
        policy: Policy {
            protection,
            most_uses: number(policy, "most_uses")?,
            ask_at: number(policy, "ask_at")?,
            most_an_hour: number(policy, "most_an_hour")?,
            most_a_day: number(policy, "most_a_day")?,
            verification: bytes_or_none(policy, "verification")?,
            alerts: bytes_or_none(policy, "alerts")?,
        },
        identity_check,
        first_keys: number(value, "first_keys")?,
        policy_at: number(value, "policy_at")?,
        profile_at: number(value, "profile_at")?,
    };
    Ok((number(value, "card")?, card))
}

fn last_gone_json((sequence, atc): (&AtcSequence, &u16)) -> Value {
    let AtcSequence { card, aid, channel } = sequence;
    json!({ "card": card, "aid": hex(aid), "channel": *channel as u8, "atc": atc })
}

fn last_gone(value: &Value) -> Result<(AtcSequence, u16), StateError> {
    let channel = Channel::of_number(number(value, "channel")?).ok_or(StateError::Field("channel"))?;
    let aid = from_hex(text(value, "aid")?).ok_or(StateError::Field("aid"))?;
    Ok((AtcSequence { card: number(value, "card")?, aid, channel }, number(value, "atc")?))
}

fn field<'a>(value: &'a Value, name: &'static str) -> Result<&'a Value, StateError> {
    value.get(name).ok_or(StateError::Field(name))
}

/// A field that may be null or missing.
fn present<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|value| !value.is_null())
}

fn text<'a>(value: &'a Value, name: &'static str) -> Result<&'a str, StateError> {
    field(value, name)?.as_str().ok_or(StateError::Field(name))
}

fn number<N: TryFrom<u64>>(value: &Value, name: &'static str) -> Result<N, StateError> {
    as_number(field(value, name)?).ok_or(StateError::Field(name))
}

fn as_number<N: TryFrom<u64>>(value: &Value) -> Option<N> {
    N::try_from(value.as_u64()?).ok()
}

fn bytes<const LENGTH: usize>(value: &Value, name: &'static str) -> Result<[u8; LENGTH], StateError> {
    let bytes = from_hex(text(value, name)?).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(StateError::Field(name))
}

fn bytes_if_any<const LENGTH: usize>(value: &Value, name: &'static str) -> Result<Option<[u8; LENGTH]>, StateError> {
    present(value, name).map(|_| bytes(value, name)).transpose()
}

fn list<'a>(value: &'a Value, name: &'static str) -> Result<&'a Vec<Value>, StateError> {
    field(value, name)?.as_array().ok_or(StateError::Field(name))
}

fn each<T>(
    value: &Value,
    name: &'static str,
    read: &dyn Fn(&Value) -> Result<T, StateError>,
) -> Result<Vec<T>, StateError> {
    list(value, name)?.iter().map(read).collect()
}

fn digests(value: &Value, name: &'static str) -> Result<BTreeSet<[u8; 32]>, StateError> {
    let digest = |value: &Value| {
        let digest = value.as_str().and_then(from_hex).and_then(|bytes| bytes.try_into().ok());
        digest.ok_or(StateError::Field(name))
    };
    Ok(each(value, name, &digest)?.into_iter().collect())
}

fn pairs(value: &Value, name: &'static str) -> Result<Vec<(u16, u64)>, StateError> {
    let pair = |value: &Value| match value.as_array().map(Vec::as_slice) {
        Some([currency, minor]) => as_number(currency).zip(as_number(minor)).ok_or(StateError::Field(name)),
        _ => Err(StateError::Field(name)),
    };
    each(value, name, &pair)
}

#[cfg(test)]
mod tests;
