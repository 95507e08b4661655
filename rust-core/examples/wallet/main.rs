//! A whole wallet: it is made, enrols, gets a card with keys, and pays at a terminal. `cargo run --release --example wallet`
//!
//! Here one program plays the app, its phone and its issuer (`issuer.rs`); the terminal is that of the tests.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, unreachable_pub, reason = "an example")]

mod issuer;

use std::error::Error;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use hcepay_core::{
    AgreementKey, AgreementPoint, Attestation, DEFAULT_WINDOW_MS, DeviceKeys, Files, IssuerKey, Method, Now,
    ReleasedSpendKey, StoreKey, ToSign, Wallet,
};
use hcepay_tests::issuer::seal::agreement_key;
use hcepay_tests::terminal::{Purchase, Terminal};
use issuer::{Issuer, random};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};

type Pair = ([u8; 32], [u8; 65]);

fn main() -> Result<(), Box<dyn Error>> {
    // What Android's key store would hold: key pairs, and the key of the wallet's file.
    let [agreement, signature, authenticated]: [Pair; 3] = std::array::from_fn(|_| agreement_key(&random::<32>()));
    let store_key = StoreKey::new(Box::new(random()));
    let sign = |wallet: &Wallet, asked: ToSign| -> Result<Vec<u8>, Box<dyn Error>> {
        let signed: Signature = SigningKey::from_slice(&signature.0)?.sign_prehash(&asked.digest)?;
        Ok(wallet.request_finish(asked.token, &signed.to_bytes().into())?)
    };

    // The wallet is made, once. It takes the word of this issuer alone. From then on: Wallet::open.
    let mut issuer = Issuer::new()?;
    let issuer_key = IssuerKey::new(&issuer.public_key()).ok_or("no point")?;
    let directory = std::env::temp_dir().join(format!("hcepay-example-{}", std::process::id()));
    fs::create_dir_all(&directory)?;
    let fill = Box::new(|buffer: &mut [u8]| buffer.iter_mut().for_each(|byte| [*byte] = random()));
    let wallet = Wallet::create(Box::new(Files::lock(&directory)?), store_key, issuer_key, now()?, fill)?;

    // It enrols; the issuer answers with a card, in an envelope that this phone alone can open. Android makes the device keys for
    // the issuer's challenge and attests them; nobody attests what this program has made. A spend key is made when a card needs one.
    let point = |pair: &Pair| AgreementPoint::new(&pair.1).ok_or("no point");
    wallet.device_keys_made(DeviceKeys { agreement: point(&agreement)?, signature: point(&signature)? })?;
    wallet.spend_key_made(ReleasedSpendKey::Authenticated, point(&authenticated)?)?;
    let request = sign(&wallet, wallet.enrolment_request(&issuer.challenge, Attestation::default())?)?;
    let envelope = issuer.enrol(&request, now()?.wall_ms)?;
    let begun = wallet.apply_begin(&envelope, now()?)?;
    let shared = AgreementKey::new(&agreement.0).ok_or("no key")?.agree(&begun.ephemeral);
    wallet.apply_finish(begun.token, &shared, now()?)?;

    // The holder verifies, which releases the key that the card's keys are sealed to; and holds the phone to a terminal.
    let spend_key = AgreementKey::new(&authenticated.0);
    wallet.arm(now()?, Method::Biometric, DEFAULT_WINDOW_MS, spend_key)?;
    wallet.mark_stored(wallet.mark()); // once the platform has stored the mark outside the wallet's directory
    let at = now()?;
    let purchase = Purchase {
        amount_minor: 1250,
        amount_other_minor: 0,
        currency: 978,
        country: 276,
        transaction_type: 0,
        date: [0x26, 0x01, 0x01],
        unpredictable_number: random(),
    };
    let tap = Terminal::default().pay(&purchase, &mut |command| wallet.process(at, command));
    let report = wallet.deactivated(now()?);
    wallet.make_ready(now()?)?;

    // The app keeps the report; the terminal has the issuer decide.
    wallet.acknowledge(report.id.ok_or("a contact has a number")?)?;
    let verdict = issuer.accepts(&tap.authorisation.ok_or("nothing went to the issuer")?)?;
    println!("card: {} ({:?}); terminal: {}; issuer: {verdict}", report.outcome.name(), report.atc, tap.reason.name());
    fs::remove_dir_all(&directory)?;
    if verdict { Ok(()) } else { Err("the issuer has not accepted it".into()) }
}

fn now() -> Result<Now, Box<dyn Error>> {
    let wall_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    Ok(Now { boot_count: 1, boot_ms: wall_ms, wall_ms }) // Android has both: BOOT_COUNT and elapsedRealtime
}
