//! Leases: when they count, and how many there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkout::{AID, Checkout, NEXT_BOOT, SECOND_AID, key, key_for, terms_for};
use hcepay_core::{CardId, DEFAULT_WINDOW_MS, KeyTerms, Method, PaymentKey, Seed, Wallet};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::demo_cards::demo_card;

#[test]
fn a_lease_counts_only_when_its_mark_is_stored() {
    let shop = Checkout::new();
    shop.wallet.add_keys_unsealed(shop.card, (1..=5).map(key).collect(), NEW_YEAR).unwrap();
    let mut syncs = shop.disk.syncs();
    let mut waits = || {
        let before = std::mem::replace(&mut syncs, shop.disk.syncs());
        shop.disk.syncs() - before
    };
    assert_eq!(
        (shop.pay_without_making_ready(), waits()),
        (Ok(1), 1),
        "leased and on the medium, but its mark is not stored"
    );
    shop.wallet.make_ready(NEW_YEAR).unwrap();
    let mark = shop.wallet.mark();
    shop.wallet.mark_stored(mark - 1);
    waits();
    assert_eq!((shop.pay_without_making_ready(), waits()), (Ok(2), 1), "an older mark is stored");
    shop.wallet.make_ready(NEW_YEAR).unwrap();
    shop.wallet.mark_stored(shop.wallet.mark());
    waits();
    assert_eq!((shop.pay_without_making_ready(), waits()), (Ok(3), 0));
    // No word about marks that are yet to come.
    shop.wallet.mark_stored(u64::MAX);
    shop.wallet.make_ready(NEW_YEAR).unwrap();
    waits();
    assert_eq!((shop.pay_without_making_ready(), waits()), (Ok(4), 1));
}

#[test]
fn a_lease_that_only_the_log_calls_safe_waits_in_the_tap_until_its_mark_is_kept() {
    let shop = Checkout::new();
    shop.wallet.add_keys_unsealed(shop.card, (1..=3).map(key).collect(), NEW_YEAR).unwrap();
    // What is written behind the lease says that the lease is on the medium.
    shop.select(AID);
    shop.wallet.deactivated(NEW_YEAR);
    let disk = Disk::of(shop.disk.medium());
    let opened = Wallet::open(Box::new(disk.clone()), store_key(), shop.mark, NEW_YEAR, randomness(9));
    let killed = Checkout { disk, wallet: opened.unwrap(), ..shop };
    let before = killed.disk.syncs();
    assert_eq!((killed.pay_without_making_ready(), killed.disk.syncs() - before), (Ok(1), 1));
}

#[test]
fn a_lease_whose_mark_was_not_stored_counts_no_more_when_the_wallet_is_opened_again() {
    let shop = Checkout::new();
    let behind = shop.wallet.mark();
    shop.wallet.add_keys_unsealed(shop.card, (1..=5).map(key).collect(), NEW_YEAR).unwrap();
    for (stored, waits) in [(behind, 1), (shop.wallet.mark(), 0)] {
        let disk = Disk::of(shop.disk.medium());
        let wallet = Wallet::open(Box::new(disk.clone()), store_key(), stored, NEW_YEAR, randomness(2)).unwrap();
        let reopened = Checkout { disk, wallet, ..Checkout::new() };
        let syncs = reopened.disk.syncs();
        assert_eq!(reopened.pay_without_making_ready(), Ok(1));
        assert_eq!(reopened.disk.syncs() - syncs, waits);
    }
}

const CLOSED_LOOP_AID: &str = "F048434550415901";
/// Seven sequences in five cards.
const CARDS: [(&str, &[&str]); 5] = [
    ("kernel3-no-verification", &[AID]),
    ("kernel3-two-applications", &[AID, SECOND_AID]),
    ("closed-loop", &[CLOSED_LOOP_AID]),
    ("kernel3-cvn18", &[AID]),
    ("cobadged", &[KERNEL_2_AID, AID]),
];
const KERNEL_2_AID: &str = "A0000000041010";
const TWO_APPLICATIONS: usize = 1;
const COBADGED: usize = 4;

#[test]
fn a_power_loss_burns_at_most_three_uses_over_all_cards_whatever_was_chosen() {
    let mut shop = Checkout::new();
    shop.wallet.delete(shop.card).unwrap();
    let cards = CARDS.map(|(name, aids)| (installed(&shop.wallet, name, aids), aids));
    shop.keep_mark();
    let mut seen = Seen { cards, gone: BTreeMap::new(), images: BTreeSet::new(), burned_at_most: 0 };
    let chosen = [(1, 2), (0, 1), (2, 1), (1, 1), (3, 1), (2, 1)];
    for (step, (chosen, taps)) in chosen.into_iter().enumerate() {
        let (card, aids) = cards[chosen];
        // While its contact goes on, the holder chooses another.
        let (other, _) = cards[(chosen + 1) % cards.len()];
        for aid in aids.iter().cycle().take(taps) {
            seen.doing(&shop, || shop.wallet.choose(card, NEW_YEAR).unwrap());
            seen.doing(&shop, || shop.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap());
            if step % 3 > 0 {
                shop.keep_mark();
            }
            shop.select(aid);
            seen.doing(&shop, || shop.wallet.choose(other, NEW_YEAR).unwrap());
            let signed = seen.doing(&shop, || shop.options(100, 978));
            seen.gone.insert((card, aid), signed.unwrap());
            seen.doing(&shop, || shop.wallet.deactivated(NEW_YEAR));
        }
    }
    // A terminal tries both applications of one card while the holder, who has not verified, chooses another such.
    let (card, aids) = cards[TWO_APPLICATIONS];
    seen.doing(&shop, || shop.wallet.choose(card, NEW_YEAR).unwrap());
    shop.wallet.disarm();
    shop.select(AID);
    seen.doing(&shop, || shop.wallet.choose(cards[COBADGED].0, NEW_YEAR).unwrap());
    for aid in aids {
        shop.select(aid);
        assert_eq!(seen.doing(&shop, || shop.options(100, 978)), None);
    }
    assert!(seen.images.len() > 3000, "{}", seen.images.len());
    assert_eq!(seen.burned_at_most, 3, "and three there are");
}

#[test]
fn a_lease_out_of_a_seed_is_given_back_and_taken_again_as_any_other() {
    let mut shop = Checkout::with(&[1, 2]);
    let closed_loop = installed(&shop.wallet, "closed-loop", &[CLOSED_LOOP_AID]);
    for card in [closed_loop, shop.card, closed_loop, shop.card] {
        shop.wallet.choose(card, NEW_YEAR).unwrap();
        shop.keep_mark();
        assert_eq!(last_atc(&shop.wallet, closed_loop, CLOSED_LOOP_AID), 0, "none was burned");
    }
    shop.wallet.choose(closed_loop, NEW_YEAR).unwrap();
    shop.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    shop.keep_mark();
    shop.select(CLOSED_LOOP_AID);
    assert_eq!(shop.options(100, 978), Some(1));
}

/// What was found after power losses.
struct Seen {
    cards: [(CardId, &'static [&'static str]); 5],
    /// The last counter of each sequence that is gone by other means.
    gone: BTreeMap<(CardId, &'static str), u16>,
    images: BTreeSet<Vec<u8>>,
    burned_at_most: u16,
}

impl Seen {
    /// Does it, and looks at every image that a power loss in it leaves.
    fn doing<T>(&mut self, shop: &Checkout, what: impl FnOnce() -> T) -> T {
        shop.disk.record();
        let done = what();
        for point in shop.disk.take_recorded() {
            point.before.after_power_loss(&point.call, &mut |medium| self.look(&medium));
        }
        done
    }

    fn look(&mut self, medium: &Medium) {
        if !self.images.insert(medium.log().unwrap().to_vec()) {
            return;
        }
        let disk = Box::new(Disk::of(medium.clone()));
        let opened = Wallet::open(disk, store_key(), 0, NEXT_BOOT, randomness(2)).unwrap();
        let sequences = self.cards.iter().flat_map(|(card, aids)| aids.iter().map(|aid| (*card, *aid)));
        let burned = sequences.map(|(card, aid)| {
            let gone = self.gone.get(&(card, aid)).copied().unwrap_or(0);
            last_atc(&opened, card, aid).saturating_sub(gone)
        });
        let burned = burned.sum();
        assert!(burned <= 3, "{burned} burned");
        self.burned_at_most = self.burned_at_most.max(burned);
    }
}

fn last_atc(wallet: &Wallet, card: CardId, aid: &str) -> u16 {
    let card = wallet.card(card, NEW_YEAR.wall_ms).unwrap();
    let mut applications = card.applications.iter();
    applications.find(|application| hex(application.aid.bytes()).eq_ignore_ascii_case(aid)).unwrap().last_atc.number()
}

fn installed(wallet: &Wallet, name: &str, aids: &[&str]) -> CardId {
    let card = wallet.install_unsealed(&demo_card(name).unwrap().profile()).unwrap();
    for aid in aids {
        let keys = if *aid == CLOSED_LOOP_AID {
            let terms = KeyTerms { uses: 12, ..terms_for(aid, 1) };
            vec![PaymentKey::of_seed(&terms, Seed::new(Box::new([9; 32]))).unwrap()]
        } else {
            (1..=12).map(|atc| key_for(aid, atc)).collect()
        };
        wallet.add_keys_unsealed(card, keys, NEW_YEAR).unwrap();
    }
    card
}
