//! A phone with a wallet, and the desk that it carries its requests to. The desk is opened anew for every single thing: its
//! process may end at any time.

use std::path::Path;

use hcepay_core::{
    Applied, Attestation, CardId, DEFAULT_WINDOW_MS, Error, Method, Now, Outcome, Report, Scope, ToSign, Transfer,
    TransferRequest, Wallet,
};
use hcepay_demo_desk::coupons::{Begun, Checked, Concluded};
use hcepay_demo_desk::desk::{Act, Desk, Order};
use hcepay_demo_desk::error::DeskError;
use hcepay_demo_desk::purchase::{Channel, Contact, Readers, Torn, Wanted, play};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::issuer::verification::Verification;
use hcepay_tests::terminal::coupon::Presentation;
use tempfile::TempDir;

/// Twelve euros and fifty cents, at a terminal that reads everything.
pub const PURCHASE: Wanted =
    Wanted { amount_minor: 1250, currency: 978, readers: Readers::ALL, verification_above: 5000, tear_after: None };

pub struct DemoPhone {
    pub wallet: Wallet,
    pub now: Now,
    platform: Platform,
    files: TempDir,
}

impl DemoPhone {
    /// With a wallet that has not enrolled.
    pub fn new() -> DemoPhone {
        let files = tempfile::tempdir().unwrap();
        DemoPhone::beside(files, 1)
    }

    /// The app's data are gone but for the desk's: another wallet, with other keys.
    pub fn with_another_wallet(self) -> DemoPhone {
        DemoPhone::beside(self.files, 2)
    }

    fn beside(files: TempDir, seed: u64) -> DemoPhone {
        let issuer = Desk::open(files.path()).unwrap().issuer_key().unwrap();
        let platform = Platform::new(seed, issuer);
        let disk = Box::new(Disk::default());
        let wallet = Wallet::create(disk, store_key(), platform.issuer(), NEW_YEAR, randomness(seed)).unwrap();
        platform.tell_keys(&wallet).unwrap();
        DemoPhone { wallet, now: NEW_YEAR, platform, files }
    }

    pub fn enrolled() -> DemoPhone {
        let phone = DemoPhone::new();
        phone.enrol();
        phone
    }

    pub fn directory(&self) -> &Path {
        self.files.path()
    }

    pub fn desk(&self) -> Desk {
        Desk::open(self.directory()).unwrap()
    }

    pub fn enrol(&self) {
        let challenge = self.desk().challenge().unwrap();
        let asked = self.wallet.enrolment_request(&challenge, Attestation::default()).unwrap();
        self.carry(asked).unwrap();
    }

    /// Carries a request to the desk, and applies what comes back.
    pub fn carry(&self, asked: ToSign) -> Result<Vec<Applied>, DeskError> {
        let request = self.platform.sign_request(&self.wallet, asked).unwrap();
        let envelopes = self.desk().answer(&request, self.now.wall_ms)?;
        Ok(envelopes.iter().map(|envelope| self.apply(envelope).unwrap()).collect())
    }

    pub fn apply(&self, envelope: &[u8]) -> Result<Applied, Error> {
        let applied = self.platform.apply(&self.wallet, envelope, self.now);
        self.keep_mark();
        applied
    }

    /// A card that is there, with ten keys; the number that issuer and wallet know it by.
    pub fn install(&self, name: &str) -> u32 {
        let order = Order { name, keys: 10, codes: 0, protection: None };
        let installed = self.desk().install(&order, self.now.wall_ms).unwrap();
        self.apply(&installed.envelope).unwrap();
        self.wallet.choose(self.card(installed.card), self.now).unwrap();
        self.make_ready();
        installed.card
    }

    pub fn card(&self, number: u32) -> CardId {
        self.wallet.cards().into_iter().find(|card| card.number() == number).unwrap()
    }

    /// The issuer does something with a card, and the wallet hears of it.
    pub fn move_card(&self, act: Act, card: u32) {
        let envelope = self.desk().move_card(act, card).unwrap();
        self.apply(&envelope).unwrap();
    }

    pub fn verify_holder(&self) {
        let key = Some(self.platform.authenticated());
        self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, key).unwrap();
        self.keep_mark();
    }

    /// The holder verifies for a transfer from a card, and the device signs it: the request.
    pub fn ask_for_transfer(&self, card: u32, transfer: &Transfer) -> TransferRequest {
        let (card, key) = (self.card(card), Some(self.platform.authenticated()));
        let scope = Scope::Transfer(card, transfer.digest());
        self.wallet.arm_for(scope, self.now, Method::Biometric, DEFAULT_WINDOW_MS, key).unwrap();
        let asked = self.wallet.transfer_begin(card, transfer, self.now).unwrap();
        let request = self.wallet.transfer_finish(asked.token, &self.platform.sign(&asked.digest), self.now).unwrap();
        self.keep_mark();
        request
    }

    pub fn make_ready(&self) {
        self.wallet.make_ready(self.now).unwrap();
        self.keep_mark();
    }

    /// The holder pays: what the terminal saw, what the issuer found, what the card reports.
    pub fn pay(&self, wanted: &Wanted) -> (Contact, Option<Verification>, Report) {
        let (contact, concluded, report) = self.buy(wanted);
        (contact, concluded.verification, report)
    }

    /// The same, with what the issuer tells of a coupon.
    pub fn buy(&self, wanted: &Wanted) -> (Contact, Concluded, Report) {
        let contact = self.contact(wanted, &mut |command| Ok(self.wallet.process(self.now, command)));
        let concluded = self.desk().conclude(&contact, self.now.wall_ms).unwrap();
        (contact, concluded, self.leave_field())
    }

    /// A contact with the terminal, over any channel. The issuer is not asked.
    pub fn contact(&self, wanted: &Wanted, channel: &mut Channel<'_>) -> Contact {
        let (wall_ms, price) = (self.now.wall_ms, (wanted.amount_minor, wanted.currency));
        let begun: Begun = self.desk().begin_purchase(price.0, price.1, wall_ms).unwrap();
        let mut check = |presented: &Presentation, challenge: &[u8; 8]| -> Result<Checked, DeskError> {
            self.desk().take_coupon(presented, challenge, price, wall_ms)
        };
        play(wanted, &begun, &mut check, channel).unwrap()
    }

    /// The same over a channel that tears at a command of this number.
    pub fn pay_torn(&self, at: usize, torn: Torn) -> (Contact, Report) {
        let mut sent = 0;
        let contact = self.contact(&PURCHASE, &mut |command| {
            sent += 1;
            if sent == at { Err(torn) } else { Ok(self.wallet.process(self.now, command)) }
        });
        (contact, self.leave_field())
    }

    pub fn leave_field(&self) -> Report {
        let report = self.wallet.deactivated(self.now);
        if let Some(id) = report.id {
            self.wallet.acknowledge(id).unwrap();
        }
        self.make_ready();
        report
    }

    pub fn keys_left(&self, card: u32) -> u32 {
        let card = self.wallet.card(self.card(card), self.now.wall_ms).unwrap();
        card.applications.iter().map(|application| application.uses_left).sum()
    }

    pub fn keep_mark(&self) {
        self.wallet.mark_stored(self.wallet.mark());
    }
}

pub fn is_authorisation(report: &Report) -> bool {
    report.outcome == Outcome::AuthorisationRequested
}
