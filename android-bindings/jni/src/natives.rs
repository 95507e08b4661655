//! The native methods of `org.hcepay.internal.Native`, in its order. Their names there are their names here.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use hcepay_core::{
    AgreementKey, AgreementPoint, CardId, Error, Files, IssuerKey, LostSpendKey, Method, PlatformKeys, Randomness,
    SharedSecret, StoreKey, Wallet,
};
use jni::objects::{JByteArray, JClass};
use jni::sys::{jint, jlong};
use jni::{Env, EnvUnowned, jni_mangle};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

use crate::border::{Refused, answer, copy, exactly, manage, now};
use crate::code::Code;
use crate::{message, wallets};

/// What a terminal gets where there is nothing else to say.
const NO_PRECISE_DIAGNOSIS: [u8; 2] = [0x6F, 0x00];
/// One byte more than any short command: as much as the core needs to see that it is none.
const LONGEST_COMMAND: usize = 262;
const POINT: usize = 65;

// ---- once

/// Where faults and refusals are told: to Android's log, without the text of a panic.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn start<'local>(unowned: EnvUnowned<'local>, _class: JClass<'local>) -> JByteArray<'local> {
    manage(unowned, |_| {
        #[cfg(target_os = "android")]
        android_logger::init_once(
            android_logger::Config::default().with_max_level(log::LevelFilter::Info).with_tag("hcepay"),
        );
        std::panic::set_hook(Box::new(|panic| {
            let line = panic.location().map_or(0, std::panic::Location::line);
            log::error!("fault at line {line} of {}", panic.location().map_or("", std::panic::Location::file));
        }));
        // The gate of scripts/build-android looks for this text: a release has no debug lines.
        log::debug!("debug lines are in this build");
        Ok(Vec::new())
    })
}

// ---- a tap

/// Answers a terminal's command.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn process<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
    command: JByteArray<'local>,
) -> JByteArray<'local> {
    answer(unowned, &NO_PRECISE_DIAGNOSIS, |env| {
        let command = copy(env, &command, LONGEST_COMMAND);
        match wallets::get(wallet).zip(command) {
            Some((wallet, command)) => wallet.process(now(boot_count, boot_ms, wall_ms), &command),
            None => NO_PRECISE_DIAGNOSIS.to_vec(),
        }
    })
}

/// The field is gone: the contact's report.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn deactivated<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |_| Ok(message::reports(&[open_wallet(wallet)?.deactivated(now(boot_count, boot_ms, wall_ms))])))
}

/// Reports that were not acknowledged.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn reports<'local>(unowned: EnvUnowned<'local>, _class: JClass<'local>, wallet: jlong) -> JByteArray<'local> {
    manage(unowned, |_| Ok(message::reports(&open_wallet(wallet)?.reports())))
}

/// The app has taken a report in.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn acknowledge<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    report: jlong,
) -> JByteArray<'local> {
    manage(unowned, |_| {
        open_wallet(wallet)?.acknowledge(report.cast_unsigned())?;
        Ok(Vec::new())
    })
}

// ---- the wallet

/// Makes a wallet in an empty directory. `keys` are five points: issuer, agreement, signature, unlocked, authenticated.
/// Gives the wallet's number.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn create<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    directory: JByteArray<'local>,
    store_key: JByteArray<'local>,
    keys: JByteArray<'local>,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let keys: Box<[u8; 5 * POINT]> = exactly(env, &keys)?;
        let keys = platform_keys(&keys).ok_or(Code::Argument)?;
        let (store_key, files) = (StoreKey::new(exactly(env, &store_key)?), files(env, &directory)?);
        let now = now(boot_count, boot_ms, wall_ms);
        let wallet = Wallet::create(Box::new(files), store_key, keys, now, randomness())?;
        Ok(wallets::insert(wallet).to_be_bytes().to_vec())
    })
}

/// Opens the wallet that is in a directory. Gives its number.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn open<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    directory: JByteArray<'local>,
    store_key: JByteArray<'local>,
    stored_mark: jlong,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let (store_key, files) = (StoreKey::new(exactly(env, &store_key)?), files(env, &directory)?);
        let now = now(boot_count, boot_ms, wall_ms);
        let wallet = Wallet::open(Box::new(files), store_key, stored_mark.cast_unsigned(), now, randomness())?;
        Ok(wallets::insert(wallet).to_be_bytes().to_vec())
    })
}

/// Closes a wallet. One that is not open stays so.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn close<'local>(unowned: EnvUnowned<'local>, _class: JClass<'local>, wallet: jlong) -> JByteArray<'local> {
    manage(unowned, |_| {
        wallets::remove(wallet);
        Ok(Vec::new())
    })
}

/// What the platform must store outside the wallet's directory.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn mark<'local>(unowned: EnvUnowned<'local>, _class: JClass<'local>, wallet: jlong) -> JByteArray<'local> {
    manage(unowned, |_| Ok(open_wallet(wallet)?.mark().to_be_bytes().to_vec()))
}

/// The platform has stored it.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn mark_stored<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    mark: jlong,
) -> JByteArray<'local> {
    manage(unowned, |_| {
        open_wallet(wallet)?.mark_stored(mark.cast_unsigned());
        Ok(Vec::new())
    })
}

/// Makes keys ready for the next tap.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn make_ready<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |_| {
        open_wallet(wallet)?.make_ready(now(boot_count, boot_ms, wall_ms))?;
        Ok(Vec::new())
    })
}

/// How the wallet stands.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn snapshot<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |_| {
        let (wallet, wall_ms) = (open_wallet(wallet)?, u64::try_from(wall_ms).unwrap_or(0));
        let card = |card: CardId| Some((wallet.card(card, wall_ms)?, wallet.replenishment(card, wall_ms)?));
        let cards: Vec<_> = wallet.cards().into_iter().filter_map(card).collect();
        Ok(message::snapshot(&cards, wallet.is_rolled_back(), wallet.clock_was_set_back(wall_ms)))
    })
}

/// What to ask the issuer next.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn next_request<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |_| {
        let wallet = open_wallet(wallet)?;
        Ok(message::next(wallet.is_enrolled(), wallet.next_request(now(boot_count, boot_ms, wall_ms))))
    })
}

// ---- the holder

/// The holder was verified: the boot time in milliseconds at which that ends. `spend_key` is null where the platform released
/// none.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn arm<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    method: jint,
    window_ms: jlong,
    spend_key: JByteArray<'local>,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let method = match method {
            1 => Method::Biometric,
            2 => Method::DeviceCredential,
            3 => Method::Unknown,
            4 => Method::AppReported,
            _ => return Err(Code::Argument.into()),
        };
        let released = if spend_key.is_null() { None } else { Some(released(env, &spend_key)?) };
        let window_ms = u64::try_from(window_ms).unwrap_or(0);
        let now = now(boot_count, boot_ms, wall_ms);
        Ok(open_wallet(wallet)?.arm(now, method, window_ms, released)?.to_be_bytes().to_vec())
    })
}

/// The verification is taken back.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn disarm<'local>(unowned: EnvUnowned<'local>, _class: JClass<'local>, wallet: jlong) -> JByteArray<'local> {
    manage(unowned, |_| {
        open_wallet(wallet)?.disarm();
        Ok(Vec::new())
    })
}

/// The phone is unlocked.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn unlocked<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    spend_key: JByteArray<'local>,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let released = released(env, &spend_key)?;
        open_wallet(wallet)?.unlocked(released, now(boot_count, boot_ms, wall_ms))?;
        Ok(Vec::new())
    })
}

/// The phone is locked.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn locked<'local>(unowned: EnvUnowned<'local>, _class: JClass<'local>, wallet: jlong) -> JByteArray<'local> {
    manage(unowned, |_| {
        open_wallet(wallet)?.locked();
        Ok(Vec::new())
    })
}

/// A new spend key for the platform to wrap: private number (32), then its point (65). Java wipes the array.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn new_spend_key<'local>(unowned: EnvUnowned<'local>, _class: JClass<'local>) -> JByteArray<'local> {
    manage(unowned, |_| {
        let mut random = randomness();
        let mut number = Box::new(Zeroizing::new([0; 32]));
        // Once in 2^32 random bytes are no private number.
        let point = loop {
            random(number.as_mut_slice());
            if let Some(key) = AgreementKey::new(&number) {
                break key.point().bytes();
            }
        };
        Ok([number.as_slice(), &point].concat())
    })
}

/// The platform has lost a spend key, 2 = unlocked, 3 = authenticated, and made another with this point.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn spend_key_lost<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    protection: jint,
    replacement: JByteArray<'local>,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let lost = match protection {
            2 => LostSpendKey::Unlocked,
            3 => LostSpendKey::Authenticated,
            _ => return Err(Code::Argument.into()),
        };
        let replacement = AgreementPoint::new(&*exactly(env, &replacement)?).ok_or(Code::Argument)?;
        open_wallet(wallet)?.spend_key_lost(lost, replacement)?;
        Ok(Vec::new())
    })
}

// ---- cards

/// Chooses the card that pays.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn choose<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    card: jint,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |_| {
        let wallet = open_wallet(wallet)?;
        wallet.choose(card_of(&wallet, card)?, now(boot_count, boot_ms, wall_ms))?;
        Ok(Vec::new())
    })
}

/// Deletes a card for good.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn delete<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    card: jint,
) -> JByteArray<'local> {
    manage(unowned, |_| {
        let wallet = open_wallet(wallet)?;
        wallet.delete(card_of(&wallet, card)?)?;
        Ok(Vec::new())
    })
}

// ---- the issuer

/// Begins a request: 1 enrolment (argument: the challenge), 2 replenishment, 3 identity check (a card, argument: the code),
/// 4 issuer time, 5 resynchronisation, 6 check in.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn request_begin<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    kind: jint,
    card: jint,
    argument: JByteArray<'local>,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let wallet = open_wallet(wallet)?;
        let argument = copy(env, &argument, 65).ok_or(Code::Argument)?;
        let asked = match kind {
            1 => wallet.enrolment_request(&argument)?,
            2 => wallet.replenishment_request(u64::try_from(wall_ms).unwrap_or(0))?,
            3 => wallet.identity_check_request(card_of(&wallet, card)?, argument.to_vec())?,
            4 => wallet.issuer_time_request()?,
            5 => wallet.resynchronisation_request()?,
            6 => wallet.check_in_request()?,
            _ => return Err(Code::Argument.into()),
        };
        Ok(message::to_sign(&asked))
    })
}

/// Puts the signature (r, s) under it, and gives it.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn request_finish<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    token: jlong,
    signature: JByteArray<'local>,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let signature = exactly(env, &signature)?;
        Ok(open_wallet(wallet)?.request_finish(token.cast_unsigned(), &signature)?)
    })
}

/// Begins an envelope: what the device agreement key is to be agreed with.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn apply_begin<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    envelope: JByteArray<'local>,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let envelope = copy(env, &envelope, usize::MAX).ok_or(Code::Argument)?;
        let now = now(boot_count, boot_ms, wall_ms);
        let wallet = open_wallet(wallet)?;
        match wallet.apply_begin(&envelope, now) {
            Ok(begun) => Ok(message::begun(&begun)),
            Err(Error::AlreadyApplied) => {
                Err(Refused(Code::EnvelopeAgain, message::applied_before(wallet.highest_sequence())))
            }
            Err(error) => Err(error.into()),
        }
    })
}

/// Opens it with what they have in common, and applies it.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn apply_finish<'local>(
    unowned: EnvUnowned<'local>,
    _class: JClass<'local>,
    wallet: jlong,
    token: jlong,
    shared: JByteArray<'local>,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
) -> JByteArray<'local> {
    manage(unowned, |env| {
        let shared = SharedSecret::new(exactly(env, &shared)?);
        let now = now(boot_count, boot_ms, wall_ms);
        Ok(message::applied(&open_wallet(wallet)?.apply_finish(token.cast_unsigned(), &shared, now)?))
    })
}

// ---- for the tests of the border

#[cfg(feature = "panic-on-demand")]
pub mod panic_on_demand {
    //! Faults for the tests of the border.

    use std::sync::atomic::{AtomicBool, Ordering};

    use jni::objects::JClass;
    use jni::{EnvUnowned, jni_mangle};

    static NATIVE: AtomicBool = AtomicBool::new(false);
    static RANDOMNESS: AtomicBool = AtomicBool::new(false);

    /// The next native panics.
    #[jni_mangle("org.hcepay.internal.Panic")]
    pub fn next<'local>(_unowned: EnvUnowned<'local>, _class: JClass<'local>) {
        NATIVE.store(true, Ordering::SeqCst);
    }

    /// The core panics when it next asks for randomness.
    #[jni_mangle("org.hcepay.internal.Panic")]
    pub fn within_the_core<'local>(_unowned: EnvUnowned<'local>, _class: JClass<'local>) {
        RANDOMNESS.store(true, Ordering::SeqCst);
    }

    pub(crate) fn in_native() {
        assert!(!NATIVE.swap(false, Ordering::SeqCst), "panic on demand");
    }

    pub(super) fn in_randomness() {
        assert!(!RANDOMNESS.swap(false, Ordering::SeqCst), "panic on demand");
    }
}
#[cfg(feature = "panic-on-demand")]
pub(crate) use panic_on_demand::in_native as panic_if_told;

// ---- what they share

fn open_wallet(number: jlong) -> Result<Arc<Wallet>, Refused> {
    wallets::get(number).ok_or_else(|| Code::Closed.into())
}

fn card_of(wallet: &Wallet, number: jint) -> Result<CardId, Refused> {
    let found = wallet.cards().into_iter().find(|card| card.number() == number.cast_unsigned());
    found.ok_or_else(|| Error::UnknownCard.into())
}

fn files(env: &Env<'_>, directory: &JByteArray<'_>) -> Result<Files, Refused> {
    let path = copy(env, directory, 4096).ok_or(Code::Argument)?;
    match Path::new(OsStr::from_bytes(&path)) {
        path if path.is_absolute() => Ok(Files::lock(path)?),
        _ => Err(Code::Argument.into()),
    }
}

fn released(env: &Env<'_>, spend_key: &JByteArray<'_>) -> Result<AgreementKey, Refused> {
    let mut number: Box<[u8; 32]> = exactly(env, spend_key)?;
    let key = AgreementKey::new(&number);
    number.zeroize();
    key.ok_or_else(|| Code::Argument.into())
}

fn platform_keys(keys: &[u8; 5 * POINT]) -> Option<PlatformKeys> {
    let (points, _) = keys.as_chunks::<POINT>();
    let [issuer, agreement, signature, unlocked, authenticated] = points else { return None };
    Some(PlatformKeys {
        issuer: IssuerKey::new(issuer)?,
        agreement: AgreementPoint::new(agreement)?,
        signature: AgreementPoint::new(signature)?,
        unlocked: AgreementPoint::new(unlocked)?,
        authenticated: AgreementPoint::new(authenticated)?,
    })
}

#[expect(clippy::expect_used, reason = "without randomness there is no key; the border answers with a fault")]
fn randomness() -> Randomness {
    let random = SystemRandom::new();
    Box::new(move |buffer| {
        #[cfg(feature = "panic-on-demand")]
        panic_on_demand::in_randomness();
        random.fill(buffer).expect("the system has randomness");
    })
}
