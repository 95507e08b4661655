//! A wallet and its issuer that outlive the program, in a directory:
//!
//! | | |
//! |---|---|
//! | `phone/` | the wallet's own directory |
//! | `platform/` | what Android would keep outside it: the store key, what the device's keys follow from, the mark, the boot count |
//! | `issuer/` | the issuer's state, and envelopes that it has made and that have not arrived |
//!
//! Every request and every envelope goes the real way: the platform signs and agrees, the issuer's state is saved before an
//! envelope is given to the phone, the mark is stored after every call that may move it. So the program may die at any
//! moment. The clock is the real one.

mod balance;
mod contact;
mod coupons;
mod delivery;
mod directory;
mod error;
mod holder;
pub mod life_cycle;
mod notices;
mod power_loss;
mod remote;
mod transfer;
mod undelivered;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hcepay_core::{Card, CardId, CardState, Files, Now, Storage, StoredFile, Wallet};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card};
use hcepay_tests::issuer::wallets::{Card as IssuersCard, WalletId};
use rustix::time::{ClockId, clock_gettime};

use crate::platform::Platform;

pub use directory::Directory;
pub use error::DemoWalletError;
pub use power_loss::Death;
use power_loss::SimulatedDisk;
use undelivered::Undelivered;

/// How many cryptograms each application, by its AID, can still make.
pub type KeysLeft = Vec<(Vec<u8>, u32)>;

/// A wallet, its platform and its issuer, open.
#[derive(Debug)]
pub struct DemoWallet {
    directory: Directory,
    wallet: Wallet,
    platform: Platform,
    boot_count: u32,
    issuer: Issuer,
    undelivered: Undelivered,
    /// In the place of the wallet's directory, where the power is to be lost.
    simulated: Option<SimulatedDisk>,
    is_new: bool,
}

impl DemoWallet {
    /// Opens the wallet that is in the directory.
    ///
    /// # Errors
    /// [`DemoWalletError::Missing`] where none is, and the others.
    pub fn open(directory: &Directory) -> Result<DemoWallet, DemoWalletError> {
        if !directory.is_there()? || enrolled(&directory.load_issuer()?).is_none() {
            return Err(DemoWalletError::Missing);
        }
        DemoWallet::begin(directory, None)
    }

    /// Makes a wallet in the directory and enrols it.
    ///
    /// # Errors
    /// [`DemoWalletError::Enrolled`] where one is there, and the others.
    pub fn enrol(directory: &Directory) -> Result<DemoWallet, DemoWalletError> {
        if enrolled(&directory.load_issuer()?).is_some() {
            return Err(DemoWalletError::Enrolled);
        }
        DemoWallet::begin(directory, None)
    }

    /// Opens the wallet that is in the directory, or makes and enrols one. It dies as it is told to.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn open_or_enrol(directory: &Directory, death: Option<Death>) -> Result<DemoWallet, DemoWalletError> {
        DemoWallet::begin(directory, death)
    }

    /// Until the issuer knows the wallet, everything that is not there is made; from then on it must be there.
    fn begin(directory: &Directory, death: Option<Death>) -> Result<DemoWallet, DemoWalletError> {
        directory.make()?;
        // The lock is over all three, so it comes first.
        let files = Files::lock(&directory.phone())?;
        let issuer = directory.load_issuer()?;
        let is_new = enrolled(&issuer).is_none();
        let mut platform = Platform::new(directory.key_seed(is_new)?, issuer.envelope_key());
        platform.mark = directory.mark(is_new)?;
        let store_key = directory.store_key(is_new)?;
        let boot_count = directory.boot_count(is_new)?;
        let undelivered = directory.load_undelivered(sent(&issuer))?;
        let (storage, simulated): (Box<dyn Storage>, _) = match death {
            Some(Death::PowerLoss(_)) => {
                // Should this process really die, the next one must take it for a power loss too.
                directory.boot(boot_count)?;
                let simulated = SimulatedDisk::of(files)?;
                (simulated.storage(), Some(simulated))
            }
            _ => (Box::new(files), None),
        };
        let now = now(boot_count);
        let wallet = match is_new && matches!(storage.read(StoredFile::Log), Ok(None)) {
            true => Wallet::create(storage, store_key, platform.issuer(), now, Box::new(random))?,
            false => Wallet::open(storage, store_key, platform.mark, now, Box::new(random))?,
        };
        let directory = directory.clone();
        let mut opened = DemoWallet { directory, wallet, platform, boot_count, issuer, undelivered, simulated, is_new };
        if is_new {
            opened.platform.tell_keys(&opened.wallet)?;
        }
        opened.keep_mark()?;
        if is_new {
            opened.enrol_at_issuer()?;
        }
        if !opened.wallet.is_rolled_back() {
            opened.deliver()?;
        }
        Ok(opened)
    }

    /// The wallet itself.
    pub fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Its issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Where it is.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Whether it was made when it was opened.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// What the phone's clocks show.
    pub fn now(&self) -> Now {
        now(self.boot_count)
    }

    /// The card of this demo card's name.
    pub fn card(&self, name: &str) -> Option<CardId> {
        self.wallet.cards().into_iter().find(|card| self.name_of(*card) == Some(name))
    }

    /// Which demo card it is.
    pub fn name_of(&self, card: CardId) -> Option<&'static str> {
        let token = &self.at_issuer(card)?.token;
        DEMO_CARDS.into_iter().find(|name| demo_card(name).is_some_and(|known| known.token == *token))
    }

    /// The demo card that pays.
    pub fn chosen(&self) -> Option<&'static str> {
        let is_chosen = |card: &CardId| self.wallet.card(*card, 0).is_some_and(|card| card.chosen);
        self.wallet.cards().into_iter().find(is_chosen).and_then(|card| self.name_of(card))
    }

    /// Whether the card of this name may pay.
    pub fn is_active(&self, name: &str) -> bool {
        let card = self.card(name).and_then(|card| self.wallet.card(card, 0));
        card.is_some_and(|card| card.state == CardState::Active)
    }

    /// How many cryptograms each application of the card that pays now can still make.
    pub fn keys_left(&self) -> KeysLeft {
        let cards = self.wallet.cards().into_iter().filter_map(|card| self.wallet.card(card, self.now().wall_ms));
        let once = self.wallet.chosen_once(self.now());
        let pays = |card: &Card| once.map_or(card.chosen, |once| card.id == once);
        let chosen = cards.filter(pays).flat_map(|card| card.applications);
        chosen.map(|application| (application.aid.bytes().to_vec(), application.uses_left)).collect()
    }

    fn at_issuer(&self, card: CardId) -> Option<&IssuersCard> {
        let wallets = self.issuer.wallets();
        wallets.wallet(&enrolled(&self.issuer)?)?.cards.get(&card.number())
    }
}

/// The one wallet of this issuer.
fn enrolled(issuer: &Issuer) -> Option<WalletId> {
    issuer.wallets().ids().next().copied()
}

/// The sequence of the last envelope.
fn sent(issuer: &Issuer) -> u64 {
    enrolled(issuer).and_then(|wallet| issuer.wallets().wallet(&wallet)).map_or(0, |wallet| wallet.sequence)
}

/// The clocks of this machine.
pub(crate) fn now(boot_count: u32) -> Now {
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let booted = clock_gettime(ClockId::Boottime).try_into().unwrap_or_default();
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Now { boot_count, boot_ms: milliseconds(booted), wall_ms: milliseconds(wall) }
}

/// Unpredictable bytes.
pub fn random(buffer: &mut [u8]) {
    getrandom::fill(buffer).expect("the operating system has randomness");
}
