//! Random lives of a wallet beside a plain model of it: both must come to the same after every step.
//!
//! `HCEPAY_MODEL_SEQUENCES` says how many (100,000 where it does not), `HCEPAY_MODEL_SEED` which one comes first.

use std::collections::HashSet;
use std::time::Instant;

use crate::checkout::{AID, Checkout, SECOND_AID, made, terms_for};
use crate::wallet_model::{Key, Purchase, WalletModel};
use hcepay_core::{Aid, Amount, CardId, DEFAULT_WINDOW_MS, Error, KeyTerms, Method, Now, PaymentKey, Reason, Wallet};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::demo_card;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const MOST_STEPS: u32 = 40;
const AIDS: [&str; 2] = [AID, SECOND_AID];

/// What is done to a wallet.
#[derive(Debug, Clone)]
enum Step {
    AddKeys { place: usize, application: usize, keys: Vec<Key> },
    Arm,
    Disarm,
    Tap(Purchase),
    Choose(usize),
    Delete(usize),
    MakeReady,
    StoreMark,
    Acknowledge,
    Kill,
    KillInTap(Purchase),
    LosePower { unsynced_is_lost: bool },
    Wait(u64),
    SetWallClock(i64),
}

#[test]
fn a_wallet_does_what_a_plain_model_of_it_does() {
    let number = |name, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (first, count) = (number("HCEPAY_MODEL_SEED", 0), number("HCEPAY_MODEL_SEQUENCES", 100_000));
    let template = two_cards();
    let begun = Instant::now();
    let (mut steps, mut reasons) = (0, HashSet::new());
    for seed in first..first + count {
        steps += Life::new(&template, seed).live(&mut reasons);
    }
    // Those that the model knows: how it pays, how it is cut, and each way in which it refuses.
    assert!(count < 10_000 || reasons.len() == 12, "{reasons:?}");
    tell(&format!("model: {count} sequences, {steps} steps, in {} s", begun.elapsed().as_secs()));
}

/// A new wallet with the two cards, whose mark is stored.
fn two_cards() -> (Medium, [CardId; 2], u64) {
    let shop = Checkout::new();
    let second = shop.wallet.install_unsealed(&demo_card("kernel3-two-applications").unwrap().profile()).unwrap();
    (shop.disk.medium(), [shop.card, second], shop.wallet.mark())
}

struct Life {
    seed: u64,
    random: ChaCha8Rng,
    shop: Checkout,
    cards: [CardId; 2],
    model: WalletModel,
    steps: Vec<Step>,
    reasons: HashSet<Reason>,
}

impl Life {
    fn new((medium, cards, mark): &(Medium, [CardId; 2], u64), seed: u64) -> Life {
        let aid = |text: &str| Aid::new(&from_hex(text).unwrap()).unwrap();
        let (disk, mark) = (Disk::of(medium.clone()), *mark);
        let wallet = opened(&disk, mark, NEW_YEAR);
        Life {
            seed,
            random: ChaCha8Rng::seed_from_u64(seed),
            shop: Checkout { disk, wallet, card: cards[0], now: NEW_YEAR, mark },
            cards: *cards,
            model: WalletModel::new(
                [(cards[0], vec![aid(AID)]), (cards[1], vec![aid(AID), aid(SECOND_AID)])],
                NEW_YEAR,
            ),
            steps: Vec::new(),
            reasons: HashSet::new(),
        }
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.random.next_u32() % limit
    }

    /// Gives how many steps there were, and adds the reasons that reports gave.
    fn live(mut self, reasons: &mut HashSet<Reason>) -> usize {
        let length = 1 + self.below(MOST_STEPS);
        for _ in 0..length {
            let step = self.draw();
            self.steps.push(step.clone());
            self.take(step);
            self.compare();
        }
        reasons.extend(self.reasons.drain());
        self.steps.len()
    }

    fn draw(&mut self) -> Step {
        let place = self.below(2) as usize;
        match self.below(100) {
            0..14 => self.keys(place),
            14..24 => Step::Arm,
            24..26 => Step::Disarm,
            26..56 => Step::Tap(self.purchase()),
            56..62 => Step::Choose(place),
            62..63 => Step::Delete(place),
            63..69 => Step::MakeReady,
            69..79 => Step::StoreMark,
            79..83 => Step::Acknowledge,
            83..86 => Step::Kill,
            86..88 => Step::KillInTap(self.purchase()),
            88..92 => Step::LosePower { unsynced_is_lost: self.below(2) == 0 },
            92..96 => Step::Wait(u64::from(self.below(70)) * 1000),
            _ => Step::SetWallClock(i64::from(self.below(13 * 60_000)) - 6 * 60_000),
        }
    }

    /// A few keys, mostly rising, some limited in time or amount.
    fn keys(&mut self, place: usize) -> Step {
        let application = if place == 0 { 0 } else { self.below(2) as usize };
        let highest = self.model.kept.cards[place].as_ref().map_or(0, |card| card.applications[application].highest());
        let mut atc = highest + u16::from(self.below(8) > 0);
        let wall_ms = self.model.now.wall_ms;
        let keys = (0..=self.below(3)).map(|_| {
            let key = Key {
                atc: atc.max(1),
                not_before_ms: if self.below(6) == 0 { wall_ms + u64::from(self.below(120_000)) } else { 0 },
                not_after_ms: if self.below(3) == 0 { wall_ms + u64::from(self.below(600_000)) } else { u64::MAX },
                limit: (self.below(4) == 0).then_some((978, 1000)),
            };
            atc += 1 + u16::from(self.below(4) == 0);
            key
        });
        Step::AddKeys { place, application, keys: keys.collect() }
    }

    fn purchase(&mut self) -> Purchase {
        let minor = [1, 1000, 1001, 999_999_999_999][self.below(4) as usize];
        let currency = if self.below(8) == 0 { 840 } else { 978 };
        Purchase { application: self.below(2) as usize, minor, currency }
    }

    fn take(&mut self, step: Step) {
        let now = self.model.now;
        self.shop.now = now;
        match step {
            Step::AddKeys { place, application, keys } => self.add(place, application, &keys),
            Step::Arm => {
                self.shop.wallet.arm(now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
                self.model.arm();
            }
            Step::Disarm => {
                self.shop.wallet.disarm();
                self.model.disarm();
            }
            Step::Tap(purchase) => {
                let report = self.shop.tap_at(AIDS[purchase.application], purchase.minor, purchase.currency);
                self.take_number(report.id.unwrap());
                let expected = self.model.tap(purchase);
                assert_eq!(report, expected, "{}", self.story());
                self.reasons.extend(report.reason);
            }
            Step::Choose(place) => {
                let chosen = self.shop.wallet.choose(self.cards[place], now);
                match self.model.kept.cards[place] {
                    Some(_) => self.model.choose(place),
                    None => assert_eq!(chosen, Err(Error::UnknownCard), "{}", self.story()),
                }
            }
            Step::Delete(place) => {
                let deleted = self.shop.wallet.delete(self.cards[place]);
                match self.model.kept.cards[place] {
                    Some(_) => self.model.delete(place),
                    None => assert_eq!(deleted, Err(Error::UnknownCard), "{}", self.story()),
                }
            }
            Step::MakeReady => {
                self.shop.wallet.make_ready(now).unwrap();
                self.model.make_ready();
            }
            Step::StoreMark => {
                self.shop.keep_mark();
                self.model.store_mark();
            }
            Step::Acknowledge => {
                if let Some(id) = self.model.kept.reports.first().and_then(|report| report.id) {
                    self.shop.wallet.acknowledge(id).unwrap();
                    self.model.acknowledge(id);
                }
            }
            Step::Kill => {
                self.model.open();
                self.reopen(self.shop.disk.medium());
            }
            Step::KillInTap(purchase) => {
                let spent = self.shop.ask(AIDS[purchase.application], purchase.minor, purchase.currency);
                self.reopen(self.shop.disk.medium());
                if spent.is_some() {
                    self.take_number(self.shop.wallet.reports().last().unwrap().id.unwrap());
                }
                self.model.tap_and_be_killed(purchase);
                self.reasons.extend(self.model.kept.reports.last().and_then(|report| report.reason));
            }
            Step::LosePower { unsynced_is_lost } => {
                let medium = self.shop.disk.medium();
                self.model.now.boot_ms = NEW_YEAR.boot_ms;
                self.model.boot(unsynced_is_lost);
                self.reopen(if unsynced_is_lost { medium.synced() } else { medium });
            }
            Step::Wait(ms) => {
                self.model.now.boot_ms += ms;
                self.model.now.wall_ms += ms;
            }
            Step::SetWallClock(by_ms) => {
                self.model.now.wall_ms = now.wall_ms.checked_add_signed(by_ms).unwrap();
            }
        }
    }

    /// A contact has a number that none had before it, whatever was lost meanwhile.
    fn take_number(&mut self, number: u64) {
        assert!(number > self.model.contact, "{number} after {}; {}", self.model.contact, self.story());
        self.model.contact = number - 1;
    }

    fn add(&mut self, place: usize, application: usize, keys: &[Key]) {
        let made = |key: &Key| -> PaymentKey {
            made(&KeyTerms {
                not_before_ms: key.not_before_ms,
                not_after_ms: key.not_after_ms,
                limits: key.limit.map(|(currency, minor)| Amount { currency, minor }).into_iter().collect(),
                ..terms_for(AIDS[application], key.atc)
            })
        };
        let added =
            self.shop.wallet.add_keys_unsealed(self.cards[place], keys.iter().map(made).collect(), self.model.now);
        let expected = if self.model.kept.cards[place].is_none() {
            Err(Error::UnknownCard)
        } else if self.model.add(place, application, keys) {
            Ok(())
        } else {
            Err(Error::AtcNotRising)
        };
        assert_eq!(added, expected, "{}", self.story());
    }

    fn reopen(&mut self, medium: Medium) {
        self.shop.disk = Disk::of(medium);
        self.shop.wallet = opened(&self.shop.disk, self.shop.mark, self.model.now);
        assert!(!self.shop.wallet.is_rolled_back(), "{}", self.story());
    }

    fn compare(&self) {
        let kept = &self.model.kept;
        let wall_ms = self.model.now.wall_ms;
        for (place, id) in self.cards.into_iter().enumerate() {
            let card = self.shop.wallet.card(id, wall_ms);
            let Some(expected) = &kept.cards[place] else {
                assert_eq!(card, None, "{}", self.story());
                continue;
            };
            let card = card.unwrap_or_else(|| panic!("no card; {}", self.story()));
            assert_eq!(card.chosen, kept.chosen == Some(place), "{}", self.story());
            let is: Vec<(u16, u32)> =
                card.applications.iter().map(|found| (found.last_atc.number(), found.uses_left)).collect();
            let expected = expected.applications.iter();
            let should: Vec<(u16, u32)> = expected.map(|held| (held.last, kept.uses_left(held, wall_ms))).collect();
            assert_eq!(is, should, "last counters and uses left; {}", self.story());
        }
        assert_eq!(self.shop.wallet.reports(), kept.reports, "{}", self.story());
    }

    fn story(&self) -> String {
        format!("HCEPAY_MODEL_SEED={}, after {:#?}", self.seed, self.steps)
    }
}

fn opened(disk: &Disk, mark: u64, now: Now) -> Wallet {
    Wallet::open(Box::new(disk.clone()), store_key(), mark, now, randomness(2)).unwrap()
}
