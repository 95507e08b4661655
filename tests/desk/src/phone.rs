//! A phone with one demo card in its wallet, its clocks, its holder, and the issuer that keeps it in keys.

use std::fmt;
use std::sync::LazyLock;

use hcepay_core::{
    Amount, CardId, Channel, DEFAULT_WINDOW_MS, Error, IssuerKey, KeyTerms, LedgerError, Method, Now, PaymentKey,
    Report, Scope, SecretKey, Seed, StoreKey, TemporaryUse, Wallet,
};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::account::{IssuedKey, Secret};
use hcepay_tests::issuer::demo_cards::{DemoCard, usual_policy};
use hcepay_tests::issuer::key_entry as issuer;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::seal::SigningIssuer;
use hcepay_tests::issuer::verification::Verification;
use hcepay_tests::terminal::Purchase;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::disk::Disk;
use crate::transcript::Decision;

/// 2026-01-01T00:00Z, shortly after the first boot: when nothing else is said, the time is this.
pub const NEW_YEAR: Now = Now { boot_count: 1, boot_ms: 60_000, wall_ms: 1_767_225_600_000 };

/// What is bought when nothing else is said: for 12.50 euros in Germany, on that day.
pub const PURCHASE: Purchase = Purchase {
    amount_minor: 1250,
    amount_other_minor: 0,
    currency: 978,
    country: 276,
    transaction_type: 0,
    date: [0x26, 0x01, 0x01],
    unpredictable_number: [0x12, 0x34, 0x56, 0x78],
};

/// How long issued keys are valid: 30 days.
pub const KEY_LIFE_MS: u64 = 30 * 24 * 3_600_000;

/// A phone with one demo card.
pub struct Phone {
    wallet: Wallet,
    card: CardId,
    demo_card: DemoCard,
    issuer: Issuer,
    /// The counter of the next key to be issued, for each application in the order of the directory.
    next_atc: Vec<u16>,
    now: Now,
    seed: u64,
    disk: Disk,
    /// What the platform stored last.
    mark: u64,
}

/// There is no demo card of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCard;

impl Phone {
    /// A fresh wallet with this demo card and no keys yet. The seed decides keys and randomness.
    pub fn new(card_name: &str, seed: u64, now: Now) -> Result<Phone, UnknownCard> {
        let mut issuer = Issuer::new(seed);
        let demo_card = issuer.open_account(card_name).ok_or(UnknownCard)?;
        let disk = Disk::default();
        let wallet = Wallet::create(Box::new(disk.clone()), store_key(), issuer_key(), now, randomness(seed));
        let wallet = wallet.expect("the disk is empty and does not fail");
        let policy = usual_policy(card_name, Protection::Device, 2);
        let card = match policy.verification.as_slice() {
            [] => wallet.install_unsealed(&demo_card.profile()),
            _ => wallet.install_unsealed_under(&demo_card.profile(), &policy.content()),
        };
        let card = card.expect("the demo cards have good profiles");
        add_icc_keys(&wallet, card, &demo_card, now);
        let next_atc = vec![1; demo_card.applications.len()];
        Ok(Phone { wallet, card, demo_card, issuer, next_atc, now, seed, disk, mark: 0 })
    }

    /// The issuer sends keys for `count` more counters to each application. None are left to send after FFFE.
    pub fn receive_keys(&mut self, count: u16) {
        for place in 0..self.next_atc.len() {
            self.receive_keys_for(place, count);
        }
    }

    /// The issuer sends ten more keys to each application that has fewer than three left.
    pub fn keep_in_keys(&mut self) {
        let left: Vec<u32> =
            self.demo_card.applications.iter().map(|application| self.keys_left(&application.aid)).collect();
        for (place, _) in left.into_iter().enumerate().filter(|(_, left)| *left < 3) {
            self.receive_keys_for(place, 10);
        }
    }

    fn receive_keys_for(&mut self, place: usize, count: u16) {
        let application = self.demo_card.applications.get(place).zip(self.next_atc.get_mut(place));
        let (application, next) = application.expect("each application has its next counter");
        let count = count.min(0xFFFF_u16.saturating_sub(*next));
        if count == 0 {
            return;
        }
        let token = self.demo_card.token.digits();
        let until = self.now.wall_ms.saturating_add(KEY_LIFE_MS);
        let issued = self.issuer.issue_keys(token, &application.aid, *next, count, self.now.wall_ms, until);
        let issued = issued.expect("the counters rise and the account is open");
        let keys = issued.iter().map(payment_key).collect();
        self.wallet.add_keys_unsealed(self.card, keys, self.now).expect("the issuer's keys fit its card");
        *next = next.saturating_add(count);
        self.keep_mark();
    }

    /// How many cryptograms an application can still make.
    pub fn keys_left(&self, aid: &[u8]) -> u32 {
        let card = self.wallet.card(self.card, self.now.wall_ms).expect("it was installed");
        let found = card.applications.iter().find(|application| application.aid.bytes() == aid);
        found.map_or(0, |application| application.uses_left)
    }

    /// The holder verifies by a biometric.
    pub fn verify_holder(&mut self) {
        self.decide(Decision::Verify(None)).expect("the window is the default");
    }

    /// The holder verifies, or decides for the card.
    ///
    /// # Errors
    /// Why the wallet refuses.
    pub fn decide(&mut self, decision: Decision) -> Result<(), Error> {
        let (wallet, card, now) = (&self.wallet, self.card, self.now);
        match decision {
            Decision::Verify(amount) => {
                let scope = amount.map_or(Scope::AnyCard, |amount| Scope::Payment(card, amount));
                wallet.arm_for(scope, now, Method::Biometric, DEFAULT_WINDOW_MS, None)?;
            }
            Decision::Gates => wallet.pass_gates(card, true, now)?,
            Decision::Freeze => wallet.freeze(card, now)?,
            Decision::Unfreeze => wallet.unfreeze(card, now)?,
            Decision::Taps(taps) => {
                wallet.limit_use(card, Some(TemporaryUse { taps: Some(taps), ..TemporaryUse::default() }), now)?;
            }
        }
        self.keep_mark();
        Ok(())
    }

    /// The terminal sends a command.
    pub fn process(&mut self, command: &[u8]) -> Vec<u8> {
        self.wallet.process(self.now, command)
    }

    /// The phone leaves the field, and makes itself ready for the next tap.
    pub fn leave_field(&mut self) -> Report {
        let report = self.wallet.deactivated(self.now);
        if let Some(id) = report.id {
            self.wallet.acknowledge(id).expect("the disk does not fail");
        }
        self.wallet.make_ready(self.now).expect("the disk does not fail");
        self.keep_mark();
        report
    }

    /// The platform stores the wallet's mark.
    pub fn keep_mark(&mut self) {
        self.mark = self.wallet.mark();
        self.wallet.mark_stored(self.mark);
    }

    /// The process dies and is started again. After a power loss the phone boots anew; the disk loses nothing here (what
    /// it may lose is the crash lab's business).
    ///
    /// # Errors
    /// Why the wallet does not open.
    pub fn restart(&mut self, power_was_lost: bool) -> Result<(), LedgerError> {
        if power_was_lost {
            self.now.boot_count = self.now.boot_count.saturating_add(1);
            self.now.boot_ms = 60_000;
        }
        self.seed = self.seed.wrapping_add(1);
        let disk = Box::new(self.disk.clone());
        self.wallet = Wallet::open(disk, store_key(), self.mark, self.now, randomness(self.seed))?;
        self.keep_mark();
        Ok(())
    }

    /// Time passes, on both clocks.
    pub fn wait(&mut self, ms: u64) {
        self.now.boot_ms = self.now.boot_ms.saturating_add(ms);
        self.now.wall_ms = self.now.wall_ms.saturating_add(ms);
    }

    /// Someone sets the wall clock, forwards or back: milliseconds since 1970. The boot clock goes on as before.
    pub fn set_wall_clock(&mut self, wall_ms: u64) {
        self.now.wall_ms = wall_ms;
    }

    /// What the phone's clocks show.
    pub fn now(&self) -> Now {
        self.now
    }

    /// The issuer checks what a terminal sent it.
    pub fn ask_issuer(&mut self, request: &AuthorisationRequest) -> Verification {
        self.issuer.verify(request, self.now.wall_ms)
    }

    /// The issuer of the card.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The card as its issuer knows it.
    pub fn demo_card(&self) -> &DemoCard {
        &self.demo_card
    }

    /// Its disk.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// The wallet itself, for what a phone on a desk does not do.
    pub fn wallet(&self) -> &Wallet {
        &self.wallet
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Phone").field("card", &self.demo_card.name).finish_non_exhaustive()
    }
}

/// An empty wallet on a disk of its own, for tests that need no phone around it.
pub fn empty_wallet() -> Wallet {
    let wallet = Wallet::create(Box::new(Disk::default()), store_key(), issuer_key(), NEW_YEAR, randomness(0));
    wallet.expect("the disk is empty and does not fail")
}

/// The plain ICC private keys of a demo card that was installed unsealed.
pub fn add_icc_keys(wallet: &Wallet, card: CardId, demo_card: &DemoCard, now: Now) {
    for application in &demo_card.applications {
        if let Some(authentication) = &application.data_authentication {
            let numbers = &authentication.icc_key.numbers;
            let added = wallet.add_icc_key_unsealed(card, &application.aid, numbers, now);
            added.expect("the demo cards have keys that fit their certificates");
        }
    }
}

/// The issuer key of every phone on a desk whose card and keys come unsealed: it is not used for anything.
pub fn issuer_key() -> IssuerKey {
    static KEY: LazyLock<IssuerKey> =
        LazyLock::new(|| IssuerKey::new(&SigningIssuer::from_seed(0).public()).expect("it was made as a key"));
    KEY.clone()
}

/// The store key of every phone on a desk.
pub fn store_key() -> StoreKey {
    StoreKey::new(Box::new([0x5C; 32]))
}

/// The same randomness for the same seed.
pub fn randomness(seed: u64) -> hcepay_core::Randomness {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Box::new(move |buffer| random.fill_bytes(buffer))
}

/// The issuer's key as the wallet takes it.
pub fn payment_key(issued: &IssuedKey) -> PaymentKey {
    let terms = KeyTerms {
        aid: issued.aid.clone(),
        channel: match issued.channel {
            issuer::Channel::Tap => Channel::Tap,
            issuer::Channel::Online => Channel::Online,
            issuer::Channel::Qr => Channel::Qr,
        },
        first_atc: issued.first_atc,
        uses: issued.uses,
        not_before_ms: issued.not_before_ms,
        not_after_ms: issued.not_after_ms,
        derivation_data: issued.luk_index.map(|index| index.derivation_data()),
        limits: issued.limits.iter().map(|(currency, minor)| Amount { currency: *currency, minor: *minor }).collect(),
    };
    let key = match issued.secret {
        Secret::Key(key) => PaymentKey::new(&terms, SecretKey::new(Box::new(key))),
        Secret::Seed(seed) => PaymentKey::of_seed(&terms, Seed::new(Box::new(seed))),
    };
    key.expect("the issuer's terms are within bounds")
}
