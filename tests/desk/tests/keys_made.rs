//! Keys that the platform makes when they are needed: the device keys for an enrolment, a spend key for the first card that
//! wants one.

use hcepay_core::{
    Ask, Attestation, CardState, DEFAULT_WINDOW_MS, DeviceKeys, Error, Method, NextRequest, Reason, ReleasedSpendKey,
    Wallet, Why,
};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::account::Secret;
use hcepay_tests::issuer::contents::{install_card, replenish_keys};
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::{Channel, KeyEntry, Protection};
use hcepay_tests::issuer::seal::{Address, Purpose, SigningIssuer};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::Holder;
use hcepay_tests::ledger_file::LedgerFile;

use crate::enrolled_wallet::{EnrolledWallet, policy};

const CARD: &str = "kernel3-cvn18";

/// A wallet that was told of no key, on a phone whose issuer has this seed.
fn empty(seed: u64) -> (Wallet, Platform, Disk) {
    let (disk, platform) = (Disk::default(), Platform::new(seed, Issuer::new(seed).envelope_key()));
    let storage = Box::new(disk.clone());
    let wallet = Wallet::create(storage, store_key(), platform.issuer(), NEW_YEAR, randomness(seed)).unwrap();
    (wallet, platform, disk)
}

/// The keys of another phone.
fn other_device_keys() -> DeviceKeys {
    Platform::new(99, Issuer::new(99).envelope_key()).device_keys()
}

/// Enrolled, without any spend key that the platform releases; the card there wants the holder verified.
fn without_spend_key() -> EnrolledWallet {
    let mut holder = EnrolledWallet::with_device_keys_alone();
    holder.install(CARD, 0, 5);
    holder
}

fn advice(holder: &EnrolledWallet) -> (Ask, Why) {
    let advice = holder.wallet.replenishment(holder.card(), holder.now.wall_ms).unwrap();
    (advice.ask, advice.why)
}

fn uses_left(holder: &EnrolledWallet) -> u32 {
    holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap().applications[0].uses_left
}

#[test]
fn without_device_keys_nothing_is_asked_and_no_envelope_opened() {
    let (wallet, platform, disk) = empty(3);
    let log = || disk.medium().log().unwrap().to_vec();
    let before = log();
    assert!(!wallet.has_device_keys());
    assert_eq!(wallet.next_request(NEW_YEAR), NextRequest::Enrolment);
    let asked = [
        wallet.enrolment_request(&[1; 16], Attestation::default()),
        wallet.issuer_time_request(),
        wallet.resynchronisation_request(),
        wallet.check_in_request(),
        wallet.replenishment_request(NEW_YEAR.wall_ms),
    ];
    assert_eq!(asked, [Err(Error::NoDeviceKeys); 5]);
    let identity = LedgerFile::read(&before, [0x5C; 32]).unwrap().of_kind(2)[0].to_vec();
    let name = *identity.first_chunk::<16>().unwrap();
    let address = Address { purpose: Purpose::RotateIssuerKey, wallet: name, card: 0, sequence: 1 };
    let issuer = SigningIssuer::from_seed(3);
    let envelope = |random: &mut dyn FnMut(&mut [u8])| {
        issuer.seal(&address, &issuer.public(), &platform.device_keys().agreement.bytes(), random).unwrap()
    };
    let envelope = envelope(&mut |buffer| buffer.fill(5));
    assert_eq!(wallet.apply_begin(&envelope, NEW_YEAR).err(), Some(Error::NoDeviceKeys));
    assert_eq!(log(), before);
    wallet.device_keys_made(platform.device_keys()).unwrap();
    assert!(wallet.has_device_keys());
    assert!(wallet.apply_begin(&envelope, NEW_YEAR).is_ok(), "it was for this wallet");
}

#[test]
fn device_keys_are_made_anew_until_the_issuer_has_answered() {
    let (wallet, platform, disk) = empty(3);
    let mut issuer = Issuer::new(3);
    let mut random = randomness(5);
    wallet.device_keys_made(other_device_keys()).unwrap();
    let challenge = issuer.challenge(&mut random);
    let begun = wallet.enrolment_request(&challenge, Attestation::default()).unwrap();
    wallet.device_keys_made(platform.device_keys()).unwrap();
    let finished = wallet.request_finish(begun.token, &platform.sign(&begun.digest));
    assert_eq!(finished, Err(Error::NotBegun), "it names the keys before");

    let enrolment = wallet.enrolment_request(&challenge, Attestation::default()).unwrap();
    wallet.device_keys_made(platform.device_keys()).unwrap();
    let request = platform.sign_request(&wallet, enrolment).expect("the same keys again end nothing");
    let [time] = issuer.answer(&request, NEW_YEAR.wall_ms, &mut random).unwrap().try_into().unwrap();
    platform.apply(&wallet, &time, NEW_YEAR).unwrap();
    assert!(wallet.is_enrolled());
    let refused = |wallet: &Wallet| {
        let log = disk.medium().log().unwrap().to_vec();
        assert_eq!(wallet.device_keys_made(other_device_keys()), Err(Error::DeviceKeysKnown));
        assert_eq!(wallet.device_keys_made(platform.device_keys()), Ok(()));
        assert_eq!(disk.medium().log().unwrap(), log);
    };
    refused(&wallet);
    let mark = wallet.mark();
    drop(wallet);
    let again = Wallet::open(Box::new(disk.clone()), store_key(), mark, NEW_YEAR, randomness(6)).unwrap();
    refused(&again);
    assert!(platform.sign_request(&again, again.check_in_request().unwrap()).is_ok());
}

#[test]
fn an_enrolment_with_other_device_keys_brings_again_what_the_keys_before_were_sent() {
    let (wallet, platform, _) = empty(3);
    let first = Platform::new(99, Issuer::new(3).envelope_key());
    let (mut issuer, mut random) = (Issuer::new(3), randomness(5));
    first.tell_keys(&wallet).unwrap();
    let enrol = |issuer: &mut Issuer, platform: &Platform, random: &mut dyn FnMut(&mut [u8])| {
        let asked = wallet.enrolment_request(&issuer.challenge(random), Attestation::default()).unwrap();
        let request = platform.sign_request(&wallet, asked).unwrap();
        issuer.answer(&request, NEW_YEAR.wall_ms, random)
    };
    enrol(&mut issuer, &first, &mut random).unwrap();
    let id = *issuer.wallets().ids().next().unwrap();
    let order = hcepay_tests::issuer::provisioning::CardOrder {
        policy: policy(Protection::Authenticated),
        codes: 0,
        first_keys: 5,
    };
    let lost = issuer.install(&id, CARD, &order, NEW_YEAR.wall_ms, &mut random).unwrap().envelope;

    wallet.device_keys_made(platform.device_keys()).unwrap();
    assert_eq!(
        platform.apply(&wallet, &lost, NEW_YEAR).err(),
        Some(Error::Envelope(hcepay_core::EnvelopeError::CannotOpen))
    );
    for envelope in enrol(&mut issuer, &platform, &mut random).unwrap() {
        platform.apply(&wallet, &envelope, NEW_YEAR).unwrap();
    }
    let card = wallet.card(wallet.cards()[0], NEW_YEAR.wall_ms).unwrap();
    assert_eq!(card.state, CardState::Active);
    // Its keys it asks for: those of the envelope that was lost are not accepted any more.
    assert_eq!(wallet.next_request(NEW_YEAR), NextRequest::Replenishment);
}

#[test]
fn a_card_whose_spend_key_was_not_made_asks_for_nothing_until_it_is_and_then_gets_keys() {
    let mut holder = without_spend_key();
    let which = ReleasedSpendKey::Authenticated;
    for _ in 0..2 {
        assert!(!holder.wallet.has_spend_key(which));
        assert_eq!(advice(&holder), (Ask::No, Why::NoSpendKey));
        assert_eq!(uses_left(&holder), 0);
        assert_ne!(holder.ask_next(), NextRequest::Replenishment, "it would be in vain");
        assert!(holder.wallet.replenishment_request(holder.now.wall_ms).is_err());
        assert_eq!(holder.pay_armed_with(None), Err(Reason::NoKeyLeft));
        holder.reopen();
    }
    holder.wallet.spend_key_made(which, holder.platform.spend_point(which)).unwrap();
    assert!(holder.wallet.has_spend_key(which) && !holder.wallet.has_spend_key(ReleasedSpendKey::Unlocked));
    assert_eq!(advice(&holder), (Ask::Now, Why::NoKeysLeft), "nothing was lost");
    holder.reopen();
    assert_eq!(holder.ask_next(), NextRequest::Replenishment);
    assert_eq!(advice(&holder), (Ask::No, Why::Enough));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
}

#[test]
fn a_spend_key_told_of_again_changes_nothing_and_another_drops_what_the_first_opened() {
    let mut holder = without_spend_key();
    let which = ReleasedSpendKey::Authenticated;
    holder.wallet.spend_key_made(which, holder.platform.spend_point(which)).unwrap();
    holder.replenish();
    let (uses, log) = (uses_left(&holder), holder.log());
    holder.wallet.spend_key_made(which, holder.platform.spend_point(which)).unwrap();
    assert_eq!((uses_left(&holder), holder.log()), (uses, log));
    assert_eq!(holder.pay(), Ok(Verdict::Valid));
    holder.platform.forget_authenticated();
    holder.wallet.spend_key_made(which, holder.platform.spend_point(which)).unwrap();
    assert_eq!((uses_left(&holder), advice(&holder)), (0, (Ask::Now, Why::KeysLost)));
}

#[test]
fn a_spend_key_that_nobody_told_of_verifies_and_unlocks_nothing() {
    let holder = without_spend_key();
    let released = Some(holder.platform.authenticated());
    let armed = holder.wallet.arm(holder.now, Method::Biometric, DEFAULT_WINDOW_MS, released);
    assert_eq!(armed, Err(Error::AnotherSpendKey));
    assert_eq!(holder.wallet.unlocked(holder.platform.unlocked(), holder.now), Err(Error::AnotherSpendKey));
}

/// An issuer's mistake: they would count as keys, and the first tap would find that none opens.
#[test]
fn keys_that_nothing_can_open_are_refused() {
    let mut holder = without_spend_key();
    let demo = demo_card("kernel2-cvn14").unwrap();
    let entry = |holder: &mut EnrolledWallet, name: &str, card| {
        let entry = KeyEntry {
            aid: demo_card(name).unwrap().applications[0].aid.clone(),
            channel: Channel::Tap,
            first_atc: 100,
            uses: 1,
            not_before_ms: 0,
            not_after_ms: u64::MAX,
            luk_index: None,
            limits: Vec::new(),
            secret: Secret::Key([7; 16]),
        };
        let point = holder.platform.spend_point(ReleasedSpendKey::Authenticated).bytes();
        entry.sealed(Holder { wallet: holder.id, card }, &point, &mut holder.random).unwrap()
    };
    let first = [entry(&mut holder, "kernel2-cvn14", 2)];
    let install = install_card(&policy(Protection::Authenticated), 0, &demo.profile(), &first).unwrap();
    let more = replenish_keys(&[entry(&mut holder, CARD, 1)]).unwrap();
    let log = holder.log();
    assert_eq!(holder.apply_content(Purpose::InstallCard, 2, &install), Err(Error::NoSpendKey));
    assert_eq!(holder.apply_content(Purpose::ReplenishKeys, 1, &more), Err(Error::NoSpendKey));
    assert_eq!(holder.log(), log);
    holder
        .wallet
        .spend_key_made(ReleasedSpendKey::Authenticated, holder.platform.spend_point(ReleasedSpendKey::Authenticated))
        .unwrap();
    holder.apply_content(Purpose::ReplenishKeys, 1, &more).unwrap();
}
