//! Nothing burns but by a power loss, in any scheme and under any protection: not by arming and taking it back, not by
//! locking and unlocking, not by a process that dies.

use hcepay_core::{DEFAULT_WINDOW_MS, KeyTerms, Method, Now, PaymentKey, ReleasedSpendKey, Seed};
use hcepay_desk::plain_key::terms;
use hcepay_tests::issuer::account::Secret;
use hcepay_tests::issuer::contents::install_card;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::{Channel, KeyEntry, Protection};
use hcepay_tests::issuer::profile::{CardholderVerification, profile};
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::Holder;

use crate::enrolled_wallet::{EnrolledWallet, policy};

const KEYS: u16 = 30;
/// With and without a seed, under each protection that it may have.
const CARDS: [(&str, Protection); 5] = [
    ("kernel3-cvn18", Protection::Authenticated),
    ("kernel3-no-verification", Protection::Unlocked),
    ("closed-loop", Protection::Authenticated),
    ("closed-loop", Protection::Unlocked),
    ("closed-loop", Protection::Device),
];

fn with_card(name: &str, protection: Protection) -> EnrolledWallet {
    let mut holder = EnrolledWallet::new();
    match (name, protection) {
        ("closed-loop", Protection::Unlocked) => seed_for_the_unlocked_phone(&mut holder),
        ("closed-loop", Protection::Device) => seed_in_the_open(&mut holder),
        _ => drop(holder.install_with(name, policy(protection), 0, KEYS)),
    }
    holder
}

/// The demo card always wants verification, so that the issuer would not install it under a lesser protection.
fn seed_for_the_unlocked_phone(holder: &mut EnrolledWallet) {
    let mut applications = demo_card("closed-loop").unwrap().applications;
    applications[0].cardholder_verification = CardholderVerification::WhenAsked;
    let entry = KeyEntry {
        aid: applications[0].aid.clone(),
        channel: Channel::Tap,
        first_atc: 1,
        uses: KEYS,
        not_before_ms: 0,
        not_after_ms: u64::MAX,
        luk_index: None,
        limits: Vec::new(),
        secret: Secret::Seed([0x5E; 32]),
    };
    let (wallet, point) = (holder.id, holder.platform.spend_point(ReleasedSpendKey::Unlocked).bytes());
    let entry = entry.sealed(Holder { wallet, card: 1 }, &point, &mut holder.random).unwrap();
    let content = install_card(&policy(Protection::Unlocked), 0, &profile(&applications), &[entry]).unwrap();
    holder.apply_content(Purpose::InstallCard, 1, &content).unwrap();
}

fn seed_in_the_open(holder: &mut EnrolledWallet) {
    let demo = demo_card("closed-loop").unwrap();
    let card = holder.wallet.install_unsealed(&demo.profile()).unwrap();
    let terms = KeyTerms { uses: KEYS, ..terms(&demo.applications[0].aid, 1) };
    let seed = PaymentKey::of_seed(&terms, Seed::new(Box::new([0x5E; 32]))).unwrap();
    holder.wallet.add_keys_unsealed(card, vec![seed], holder.now).unwrap();
    holder.keep_mark();
}

fn arm(holder: &mut EnrolledWallet) {
    let released = holder.platform.authenticated();
    holder.wallet.arm(holder.now, Method::Biometric, DEFAULT_WINDOW_MS, Some(released)).unwrap();
    holder.keep_mark();
}

fn unlock(holder: &mut EnrolledWallet) {
    holder.wallet.unlocked(holder.platform.unlocked(), holder.now).unwrap();
    holder.keep_mark();
}

/// The last counter that is gone, and the uses left.
fn counters(holder: &EnrolledWallet) -> (u16, u32) {
    let card = holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap();
    (card.applications[0].last_atc.number(), card.applications[0].uses_left)
}

/// All keys are there, and the first one pays.
fn nothing_is_gone(mut holder: EnrolledWallet, what: &str) {
    assert_eq!(counters(&holder), (0, KEYS.into()), "{what}");
    unlock(&mut holder);
    holder.pay().unwrap_or_else(|reason| panic!("{what}: {reason:?}"));
    assert_eq!(counters(&holder), (1, u32::from(KEYS) - 1), "{what}");
}

#[test]
fn arming_and_taking_it_back_burns_nothing() {
    for (name, protection) in CARDS {
        let mut holder = with_card(name, protection);
        for _ in 0..20 {
            arm(&mut holder);
            holder.wallet.disarm();
        }
        nothing_is_gone(holder, &format!("{name} {protection:?}"));
    }
}

#[test]
fn locking_and_unlocking_burns_nothing() {
    for (name, protection) in CARDS {
        let mut holder = with_card(name, protection);
        for _ in 0..50 {
            unlock(&mut holder);
            holder.wallet.locked();
        }
        nothing_is_gone(holder, &format!("{name} {protection:?}"));
    }
}

#[test]
fn a_process_that_dies_burns_nothing_and_a_power_loss_what_was_leased() {
    for (name, protection) in CARDS {
        let mut holder = with_card(name, protection);
        for _ in 0..5 {
            unlock(&mut holder);
            arm(&mut holder);
            holder.reopen();
        }
        unlock(&mut holder);
        arm(&mut holder);
        assert_eq!(counters(&holder), (0, KEYS.into()), "{name} {protection:?}");
        holder.now = Now { boot_count: 2, ..holder.now };
        holder.reopen();
        assert_eq!(counters(&holder), (1, u32::from(KEYS) - 1), "{name} {protection:?}");
    }
}

#[test]
fn choosing_another_card_burns_nothing() {
    for (name, protection) in CARDS {
        let mut holder = with_card(name, protection);
        let first = holder.card();
        let second = holder.wallet.install_unsealed(&demo_card("cobadged").unwrap().profile()).unwrap();
        holder.keep_mark();
        for _ in 0..5 {
            unlock(&mut holder);
            arm(&mut holder);
            for card in [second, first] {
                holder.wallet.choose(card, holder.now).unwrap();
                holder.keep_mark();
            }
        }
        nothing_is_gone(holder, &format!("{name} {protection:?}"));
    }
}

#[test]
fn a_log_written_anew_keeps_the_leased_key_of_a_seed_and_no_key_that_was_spent() {
    let mut holder = with_card("closed-loop", Protection::Authenticated);
    for paid in 1..=12 {
        arm(&mut holder);
        // Written anew at this verification, its lease in it; nothing is in memory any more.
        holder.reopen();
        assert_eq!(counters(&holder).0, paid - 1);
        assert_eq!(holder.pay(), Ok(Verdict::Valid));
    }
    assert_eq!(counters(&holder), (12, u32::from(KEYS) - 12));
}
