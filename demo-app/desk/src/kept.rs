//! The file that a desk is kept in, `desk` in its directory, and the lock beside it.
//!
//! One line: `hcepay demo desk`, the number of the format, and the SHA-256 of what follows, in hexadecimal. Then JSON: what the
//! issuer knows (see `state.rs` of the tests' issuer), its clock, its wallet, whether it was told to refuse, and the shop's coupons. It is
//! written into a file beside it, synced, and takes its name; so a process may end at any moment. Not sealed: all keys in it are test keys.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::certificate_terms::CertificateTerms;
use hcepay_tests::issuer::state::{StateError, write_whole};
use hcepay_tests::issuer::wallets::WalletId;
use hcepay_tests::merchant::coupons::{CouponTerms, Worth};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::coupons::{Held, Shop};
use crate::error::DeskError;
use crate::issuer_clock::IssuerClock;

const NAME: &str = "hcepay demo desk";
const FORMAT: u32 = 1;

/// All that a desk knows.
#[derive(Debug)]
pub(crate) struct State {
    /// All keys follow from it.
    pub(crate) seed: u64,
    pub(crate) issuer: Issuer,
    pub(crate) clock: IssuerClock,
    /// The wallet that enrolled last.
    pub(crate) wallet: Option<WalletId>,
    pub(crate) refuses_next: bool,
    pub(crate) shop: Shop,
}

impl State {
    /// One that knows nobody, with keys that follow from this number.
    pub(crate) fn new(seed: u64) -> State {
        let mut issuer = Issuer::new(seed);
        // Short, so that whoever tries the demo for a while sees it.
        let terms = CertificateTerms { months: Some(2), face_after: true, ..CertificateTerms::default() };
        issuer.set_certificate_terms(terms);
        let (clock, shop) = (IssuerClock::default(), Shop::of(seed));
        State { seed, issuer, clock, wallet: None, refuses_next: false, shop }
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> Result<String, DeskError> {
        let issuer: Value = serde_json::from_str(&self.issuer.to_json()).map_err(|_| DeskError::Damaged)?;
        let json = json!({
            "issuer": issuer,
            "ahead_ms": self.clock.ahead_ms,
            "latest_ms": self.clock.latest_ms,
            "wallet": self.wallet.map(|wallet| hex(&wallet)),
            "refuses_next": self.refuses_next,
            "shop": shop_json(&self.shop),
        });
        let json = json.to_string();
        Ok(format!("{NAME} {FORMAT} {}\n{json}", digest(&json)))
    }

    /// What a text of a file says.
    pub(crate) fn read(text: &str) -> Result<State, DeskError> {
        let (head, json) = text.split_once('\n').ok_or(DeskError::Damaged)?;
        let head = head.strip_prefix(NAME).ok_or(DeskError::Damaged)?;
        let [format, sum] = *head.split_whitespace().collect::<Vec<&str>>() else { return Err(DeskError::Damaged) };
        match format.parse::<u32>() {
            Ok(FORMAT) if sum == digest(json) => State::of_json(json).ok_or(DeskError::Damaged)?,
            Ok(newer) if newer > FORMAT => Err(DeskError::TooNew),
            _ => Err(DeskError::Damaged),
        }
    }

    fn of_json(json: &str) -> Option<Result<State, DeskError>> {
        let state: Value = serde_json::from_str(json).ok()?;
        let issuer = match Issuer::from_json(&state.get("issuer")?.to_string()) {
            Ok(issuer) => issuer,
            // The digest is right, so this is what was written: by a version whose issuer keeps more.
            Err(StateError::OtherFormat) => return Some(Err(DeskError::TooNew)),
            Err(_) => return None,
        };
        let wallet = match state.get("wallet")? {
            Value::Null => None,
            name => Some(from_hex(name.as_str()?)?.try_into().ok()?),
        };
        let (ahead_ms, latest_ms) = (state.get("ahead_ms")?.as_i64()?, state.get("latest_ms")?.as_u64()?);
        let refuses_next = state.get("refuses_next")?.as_bool()?;
        let seed = state.get("issuer")?.get("seed")?.as_u64()?;
        let shop = match state.get("shop") {
            Some(shop) => of_shop(seed, shop)?,
            // Of a version that knew no coupons.
            None => Shop::of(seed),
        };
        Some(Ok(State { seed, issuer, clock: IssuerClock { ahead_ms, latest_ms }, wallet, refuses_next, shop }))
    }
}

fn shop_json(shop: &Shop) -> Value {
    let taken = |(coupon, number): ([u8; 16], u16)| json!([hex(&coupon), number]);
    let held = |held: Held| {
        let Held { coupon, number, price_minor, currency, off_minor } = held;
        json!({ "coupon": hex(&coupon), "number": number, "price": [currency, price_minor], "off_minor": off_minor })
    };
    json!({
        "made": shop.signer.made().map(terms_json).collect::<Vec<Value>>(),
        "taken": shop.signer.taken().map(taken).collect::<Vec<Value>>(),
        "held": shop.held.map(held),
    })
}

fn of_shop(seed: u64, json: &Value) -> Option<Shop> {
    let Shop { signer, .. } = Shop::of(seed);
    let made = json.get("made")?.as_array()?.iter().map(terms).collect::<Option<Vec<CouponTerms>>>()?;
    let taken = json.get("taken")?.as_array()?.iter().map(|use_of| {
        let [coupon, number] = use_of.as_array()?.as_slice() else { return None };
        Some((bytes(coupon)?, whole(number)?))
    });
    let held = match json.get("held")? {
        Value::Null => None,
        held => {
            let [currency, price_minor] = held.get("price")?.as_array()?.as_slice() else { return None };
            Some(Held {
                coupon: bytes(held.get("coupon")?)?,
                number: whole(held.get("number")?)?,
                price_minor: price_minor.as_u64()?,
                currency: whole(currency)?,
                off_minor: held.get("off_minor")?.as_u64()?,
            })
        }
    };
    let taken = taken.collect::<Option<Vec<([u8; 16], u16)>>>()?;
    Some(Shop { signer: signer.remembering(made, taken), held })
}

fn terms_json(terms: &CouponTerms) -> Value {
    let CouponTerms { coupon, signer, title, worth, conditions, valid_from_ms, valid_until_ms, uses } = terms;
    let worth = match worth {
        Worth::Amount(minor, currency) => json!([currency, minor]),
        Worth::Percentage(hundredths) => json!(hundredths),
    };
    json!({
        "coupon": hex(coupon),
        "signer": hex(signer),
        "title": title,
        "worth": worth,
        "conditions": conditions,
        "valid_ms": [valid_from_ms, valid_until_ms],
        "uses": uses,
    })
}

fn terms(json: &Value) -> Option<CouponTerms> {
    let [valid_from_ms, valid_until_ms] = json.get("valid_ms")?.as_array()?.as_slice() else { return None };
    let worth = match json.get("worth")? {
        Value::Array(amount) => {
            let [currency, minor] = amount.as_slice() else { return None };
            Worth::Amount(minor.as_u64()?, whole(currency)?)
        }
        hundredths => Worth::Percentage(whole(hundredths)?),
    };
    Some(CouponTerms {
        coupon: bytes(json.get("coupon")?)?,
        signer: bytes(json.get("signer")?)?,
        title: json.get("title")?.as_str()?.to_owned(),
        worth,
        conditions: json.get("conditions")?.as_str()?.to_owned(),
        valid_from_ms: valid_from_ms.as_u64()?,
        valid_until_ms: valid_until_ms.as_u64()?,
        uses: whole(json.get("uses")?)?,
    })
}

fn bytes<const LENGTH: usize>(json: &Value) -> Option<[u8; LENGTH]> {
    from_hex(json.as_str()?)?.try_into().ok()
}

fn whole(json: &Value) -> Option<u16> {
    json.as_u64()?.try_into().ok()
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// The directory of a desk, which nobody else has open.
#[derive(Debug)]
pub(crate) struct Place {
    file: PathBuf,
    _lock: File,
}

impl Place {
    /// Makes the directory where it is not there, and locks it.
    pub(crate) fn lock(directory: &Path) -> Result<Place, DeskError> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Place { file: directory.join("desk"), _lock: lock }),
            Err(Errno::WOULDBLOCK) => Err(DeskError::InUse),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// The text of its file, if there is one.
    pub(crate) fn read(&self) -> Result<Option<String>, DeskError> {
        match fs::read_to_string(&self.file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // Not UTF-8.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(DeskError::Damaged),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes it, whole or not at all.
    pub(crate) fn write(&self, text: &str) -> Result<(), DeskError> {
        Ok(write_whole(&self.file, text)?)
    }

    /// Takes it away.
    pub(crate) fn clear(&self) -> Result<(), DeskError> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
