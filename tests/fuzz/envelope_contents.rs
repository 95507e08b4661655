//! Any bytes as what an envelope of the issuer holds: it is refused by name, or what came of it is found again by whoever opens the
//! wallet later; and readers get their answers. A coupon is signed again, so that what
//! lies behind its signature is reached as well.
//!
//! Input: purpose (1), the number of the card (1), content.

#![no_main]

use std::error::Error;
use std::ops::Range;
use std::sync::LazyLock;

use hcepay_core::{CouponId, DEFAULT_WINDOW_MS, Method, Wallet};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, randomness, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::provisioning::CardOrder;
use hcepay_tests::issuer::seal::{Address, PURPOSES, Purpose, SigningIssuer};
use hcepay_tests::issuer::wallets::WalletId;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, Worth};
use hcepay_tests::terminal::Terminal;
use hcepay_tests::terminal::coupon::ask_for_coupon;
use libfuzzer_sys::fuzz_target;

/// That of the seeds.
const COUPON: CouponId = CouponId([0xCC; 16]);
const MERCHANT: u64 = 77;
/// Behind the label and the coupon's id.
const SIGNER: Range<usize> = 31..39;

/// A wallet with a card that has keys, and a coupon.
struct Base {
    platform: Platform,
    id: WalletId,
    medium: Medium,
    sequence: u64,
}

static BASE: LazyLock<Base> = LazyLock::new(|| base().expect("the issuer's envelopes are in order"));

fn base() -> Result<Base, Box<dyn Error>> {
    let (mut issuer, disk, mut random) = (Issuer::new(0), Disk::default(), randomness(100));
    let mut platform = Platform::new(0, issuer.envelope_key());
    let storage = Box::new(disk.clone());
    let wallet = Wallet::create(storage, store_key(), platform.issuer(), NEW_YEAR, randomness(0))?;
    platform.tell_keys(&wallet)?;
    let id = platform.enrol(&wallet, &mut issuer, NEW_YEAR.wall_ms, &mut random)?;
    let order = CardOrder { policy: Policy::of_single_uses(Protection::Device, 2), codes: 0, first_keys: 3 };
    let installed = issuer.install(&id, "kernel3-no-verification", &order, NEW_YEAR.wall_ms, &mut random)?.envelope;
    platform.apply(&wallet, &installed, NEW_YEAR)?;
    let mut merchant = CouponSigner::from_seed(MERCHANT);
    let made = merchant.make(&CouponTerms {
        coupon: COUPON.0,
        signer: merchant.id(),
        title: "Free coffee".to_owned(),
        worth: Worth::Percentage(10_000),
        conditions: String::new(),
        valid_from_ms: 0,
        valid_until_ms: NEW_YEAR.wall_ms,
        uses: 3,
    });
    let named = issuer.name_coupon_signer(&id, &merchant.public(), Some("Café Sol"), &mut random)?;
    for envelope in [named, issuer.send_coupon(&id, &made, &mut random)?] {
        platform.apply(&wallet, &envelope, NEW_YEAR)?;
    }
    wallet.present_coupon(Some(COUPON), DEFAULT_WINDOW_MS, NEW_YEAR)?;
    wallet.make_ready(NEW_YEAR)?;
    platform.mark = wallet.mark();
    Ok(Base { platform, id, medium: disk.medium(), sequence: wallet.highest_sequence() })
}

fn seal(platform: &Platform, address: &Address, content: &[u8]) -> Vec<u8> {
    let device = platform.device_keys().agreement.bytes();
    let sealed = SigningIssuer::from_seed(0).seal(address, content, &device, &mut |buffer| buffer.fill(0x33));
    sealed.expect("it is not too long")
}

/// Signer and signature, where they stand, are those of the merchant whom the wallet knows.
fn signed_again(mut content: Vec<u8>) -> Vec<u8> {
    let Some((length, rest)) = content.split_first_chunk_mut() else { return content };
    let Some((terms, rest)) = rest.split_at_mut_checked(u16::from_be_bytes(*length).into()) else { return content };
    if let Some(signer) = terms.get_mut(SIGNER) {
        signer.copy_from_slice(&CouponSigner::from_seed(MERCHANT).id());
    }
    if let Some((signature, _)) = rest.split_first_chunk_mut() {
        *signature = SigningIssuer::from_seed(MERCHANT).sign(terms);
    }
    content
}

/// All that a wallet says of what it holds.
fn told(wallet: &Wallet) -> String {
    let wall_ms = NEW_YEAR.wall_ms;
    let cards = wallet.cards();
    let cards = cards.iter().map(|card| (wallet.card(*card, wall_ms), wallet.balance(*card, wall_ms)));
    let cards = cards.collect::<Vec<_>>();
    let lists = (wallet.coupons(wall_ms), wallet.transfers(None, 9), wallet.journal(None, 9));
    format!("{cards:?} {lists:?} {}", wallet.highest_sequence())
}

fuzz_target!(|input: &[u8]| {
    let [purpose, card, content @ ..] = input else { return };
    let Some(purpose) = PURPOSES.into_iter().find(|known| *known as u8 == *purpose) else { return };
    let Base { platform, id, medium, sequence } = &*BASE;
    let disk = Disk::of(medium.clone());
    let opened = Wallet::open(Box::new(disk.clone()), store_key(), platform.mark, NEW_YEAR, randomness(1));
    let wallet = opened.expect("it was closed in order");
    let address = Address { purpose, wallet: *id, card: (*card).into(), sequence: sequence + 1 };
    let content = if purpose == Purpose::Coupon { signed_again(content.to_vec()) } else { content.to_vec() };
    match platform.apply(&wallet, &seal(platform, &address, &content), NEW_YEAR) {
        Ok(applied) => assert_eq!(applied.highest_sequence, sequence + 1),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let mark = wallet.mark();
    wallet.mark_stored(mark);
    let signer = CouponSigner::from_seed(MERCHANT).id();
    let presented = ask_for_coupon(&[7; 8], &signer, &mut |command| wallet.process(NEW_YEAR, command));
    assert!(presented.map_or(0, |presented| presented.number) <= 1, "its first use");
    let _ = wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None);
    Terminal::default().pay(&PURCHASE, &mut |command| wallet.process(NEW_YEAR, command));
    wallet.deactivated(NEW_YEAR);
    let _ = wallet.make_ready(NEW_YEAR);
    let (mark, said) = (wallet.mark(), told(&wallet));
    drop(wallet);
    let again = Wallet::open(Box::new(disk), store_key(), mark, NEW_YEAR, randomness(2)).expect("it opens again");
    assert_eq!(told(&again), said);
});
