//! A wallet with a card, mostly one that pays without verification, and a terminal to pay at: what the ledger does shows in
//! what a tap comes to.

use std::sync::atomic::{AtomicU32, Ordering};

use hcepay_core::{
    CardId, DEFAULT_WINDOW_MS, Error, KeyTerms, Method, Now, Outcome, PaymentKey, Reason, Report, Wallet,
};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_desk::plain_key;
pub use hcepay_desk::plain_key::made;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::demo_card;
pub use hcepay_tests::issuer::demo_cards::large_profile;
use hcepay_tests::ledger_file::LedgerFile;

pub const CARD: &str = "kernel3-no-verification";
pub const AID: &str = "A0000000031010";
/// The other application of the card that has two of kernel 3.
pub const SECOND_AID: &str = "A0000000032010";
pub const NEXT_BOOT: Now = Now { boot_count: 2, ..NEW_YEAR };

/// A wallet on a disk, and what the platform keeps.
pub struct Checkout {
    pub disk: Disk,
    pub wallet: Wallet,
    pub card: CardId,
    pub now: Now,
    /// What was stored last.
    pub mark: u64,
}

/// A key of one use for this counter, always valid.
pub fn key(atc: u16) -> PaymentKey {
    terms(atc, 1, 0, u64::MAX)
}

/// A key with uses from a counter on, valid from and until.
pub fn terms(first_atc: u16, uses: u16, not_before_ms: u64, not_after_ms: u64) -> PaymentKey {
    made(&KeyTerms { uses, not_before_ms, not_after_ms, ..terms_for(AID, first_atc) })
}

/// A key of one use for this counter of an application, always valid.
pub fn key_for(aid: &str, atc: u16) -> PaymentKey {
    made(&terms_for(aid, atc))
}

/// The terms of such a key.
pub fn terms_for(aid: &str, first_atc: u16) -> KeyTerms {
    plain_key::terms(&from_hex(aid).unwrap(), first_atc)
}

impl Checkout {
    /// Without keys.
    pub fn new() -> Checkout {
        Checkout::of(CARD)
    }

    /// With this demo card, without keys.
    pub fn of(card_name: &str) -> Checkout {
        let disk = Disk::default();
        let keys = issuer_key();
        let wallet = Wallet::create(Box::new(disk.clone()), store_key(), keys, NEW_YEAR, randomness(1)).unwrap();
        let card = wallet.install_unsealed(&demo_card(card_name).unwrap().profile()).unwrap();
        let mut shop = Checkout { disk, wallet, card, now: NEW_YEAR, mark: 0 };
        shop.keep_mark();
        shop
    }

    /// With a key for each of these counters.
    pub fn with(atcs: &[u16]) -> Checkout {
        let mut shop = Checkout::new();
        shop.add(atcs.iter().map(|atc| key(*atc)).collect()).unwrap();
        shop
    }

    pub fn add(&mut self, keys: Vec<PaymentKey>) -> Result<(), Error> {
        let added = self.wallet.add_keys_unsealed(self.card, keys, self.now);
        self.keep_mark();
        added
    }

    /// The platform stores the mark.
    pub fn keep_mark(&mut self) {
        self.mark = self.wallet.mark();
        self.wallet.mark_stored(self.mark);
    }

    /// The wall clock shows this.
    pub fn at(&mut self, wall_ms: u64) {
        self.now.wall_ms = wall_ms;
    }

    /// The same wallet found again after a restart that lost nothing.
    pub fn reopened(&self, now: Now) -> Checkout {
        self.found(Disk::of(self.disk.medium()), now)
    }

    /// What is found on this disk.
    pub fn found(&self, disk: Disk, now: Now) -> Checkout {
        let now = Now { wall_ms: self.now.wall_ms, ..now };
        let opened = Wallet::open(Box::new(disk.clone()), store_key(), self.mark, now, randomness(9));
        let mut shop = Checkout { disk, wallet: opened.unwrap(), card: self.card, now, mark: self.mark };
        shop.keep_mark();
        shop
    }

    /// The holder verifies, which only resets the pace, and pays; the wallet makes itself ready for the next time. Gives the
    /// counter, or why there is none.
    pub fn pay(&self) -> Result<u16, Reason> {
        let _ = self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, None);
        self.wallet.mark_stored(self.wallet.mark());
        let paid = self.pay_without_making_ready();
        let _ = self.wallet.make_ready(self.now);
        self.wallet.mark_stored(self.wallet.mark());
        paid
    }

    /// As the terminal sees it alone.
    pub fn pay_without_making_ready(&self) -> Result<u16, Reason> {
        let report = self.tap(1250, 978);
        match report.outcome {
            Outcome::AuthorisationRequested | Outcome::Torn => Ok(report.atc.unwrap().number()),
            _ => Err(report.reason.unwrap()),
        }
    }

    /// One contact: a purchase of so much.
    pub fn tap(&self, minor: u64, currency: u16) -> Report {
        self.tap_at(AID, minor, currency)
    }

    /// One contact with this application.
    pub fn tap_at(&self, aid: &str, minor: u64, currency: u16) -> Report {
        self.ask(aid, minor, currency);
        self.wallet.deactivated(self.now)
    }

    /// As far as to the cryptogram; the field is still there. Gives its counter.
    pub fn ask(&self, aid: &str, minor: u64, currency: u16) -> Option<u16> {
        self.select(aid);
        self.options(minor, currency)
    }

    /// SELECT.
    pub fn select(&self, aid: &str) {
        self.wallet.process(self.now, &from_hex(&format!("00A40400{:02X}{aid}00", aid.len() / 2)).unwrap());
    }

    /// GET PROCESSING OPTIONS, which gives a cryptogram, with its counter, or refuses.
    pub fn options(&self, minor: u64, currency: u16) -> Option<u16> {
        let number = fresh_number();
        let values = format!("32804000{minor:012}0000000000000276 0000000000{currency:04}260101 00 {number}");
        let answer = self.wallet.process(self.now, &from_hex(&format!("80A80000238321{values}00")).unwrap());
        let at = answer.windows(3).position(|window| window == [0x9F, 0x36, 0x02])?;
        Some(u16::from_be_bytes([answer[at + 3], answer[at + 4]]))
    }

    /// What is written, as its description says.
    pub fn ledger_file(&self) -> LedgerFile {
        LedgerFile::read(self.disk.medium().log().unwrap(), [0x5C; 32]).unwrap()
    }

    pub fn last_atc(&self) -> u16 {
        self.wallet.card(self.card, self.now.wall_ms).unwrap().applications[0].last_atc.number()
    }

    pub fn uses_left(&self) -> u32 {
        self.wallet.card(self.card, self.now.wall_ms).unwrap().applications[0].uses_left
    }

    pub fn grow_until_compacted(&mut self) {
        grow_until_compacted(&self.wallet, self.now);
        self.keep_mark();
    }

    pub fn grow(&self) {
        grow(&self.wallet);
    }
}

/// An unpredictable number that no other purchase has: a card refuses one that comes again.
pub fn fresh_number() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    // Another process, which a test may start and kill, has others.
    format!("{:08X}", (std::process::id() << 12).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Large cards come and go until the log is written anew.
pub fn grow_until_compacted(wallet: &Wallet, now: Now) {
    let mut longest = 0;
    while wallet.ledger_length() >= longest {
        longest = wallet.ledger_length();
        assert!(longest < 1 << 20, "the log is never written anew");
        grow(wallet);
        wallet.make_ready(now).unwrap();
    }
}

pub fn grow(wallet: &Wallet) {
    let large = wallet.install_unsealed(&large_profile()).unwrap();
    wallet.delete(large).unwrap();
}
