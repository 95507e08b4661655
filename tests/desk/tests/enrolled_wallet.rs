//! A wallet, its platform and its issuer, who write to each other.

use hcepay_core::{
    AgreementKey, Applied, Attestation, CardId, DEFAULT_WINDOW_MS, Error, Method, NextRequest, NotPaid, Now, Reason,
    Scope, Storage, ToSign, Transfer, TransferRequest, Wallet,
};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, randomness, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::life_cycle::IdentityAnswer;
use hcepay_tests::issuer::provisioning::{CardOrder, Refused};
use hcepay_tests::issuer::seal::{Address, Purpose, SigningIssuer};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::{Holder, WalletId};
use hcepay_tests::merchant::coupons::SignedCoupon;
use hcepay_tests::terminal::{Purchase, Terminal};

use crate::checkout::fresh_number;

pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

pub struct EnrolledWallet {
    pub wallet: Wallet,
    pub disk: Disk,
    pub platform: Platform,
    pub issuer: Issuer,
    pub id: WalletId,
    pub now: Now,
    pub random: Random,
    /// What a terminal sent to the issuer last.
    pub request: Option<AuthorisationRequest>,
    seed: u64,
    opened: u64,
}

/// One use for each key, asks where two are left.
pub fn policy(protection: Protection) -> Policy {
    Policy::of_single_uses(protection, 2)
}

fn all_keys(platform: &Platform, wallet: &Wallet) {
    platform.tell_keys(wallet).unwrap();
}

/// With an unpredictable number that no other purchase has.
pub fn fresh_purchase() -> Purchase {
    let unpredictable_number = from_hex(&fresh_number()).unwrap().try_into().unwrap();
    Purchase { unpredictable_number, ..PURCHASE }
}

impl EnrolledWallet {
    /// Enrolled, without cards.
    pub fn new() -> EnrolledWallet {
        EnrolledWallet::of(3)
    }

    /// The same with another issuer.
    pub fn another() -> EnrolledWallet {
        EnrolledWallet::of(4)
    }

    fn of(seed: u64) -> EnrolledWallet {
        let disk = Disk::default();
        EnrolledWallet::made(seed, Box::new(disk.clone()), disk, all_keys)
    }

    /// On this storage, which keeps everything on the disk.
    pub fn on(storage: Box<dyn Storage>, disk: Disk) -> EnrolledWallet {
        EnrolledWallet::made(3, storage, disk, all_keys)
    }

    /// Enrolled before a card needed a spend key.
    pub fn with_device_keys_alone() -> EnrolledWallet {
        let disk = Disk::default();
        let tell = |platform: &Platform, wallet: &Wallet| wallet.device_keys_made(platform.device_keys()).unwrap();
        EnrolledWallet::made(3, Box::new(disk.clone()), disk, tell)
    }

    fn made(seed: u64, storage: Box<dyn Storage>, disk: Disk, tell: impl FnOnce(&Platform, &Wallet)) -> EnrolledWallet {
        let mut issuer = Issuer::new(seed);
        let platform = Platform::new(seed, issuer.envelope_key());
        let wallet = Wallet::create(storage, store_key(), platform.issuer(), NEW_YEAR, randomness(seed)).unwrap();
        tell(&platform, &wallet);
        let mut random = randomness(seed + 100);
        let id = platform.enrol(&wallet, &mut issuer, NEW_YEAR.wall_ms, &mut random).unwrap();
        EnrolledWallet { wallet, disk, platform, issuer, id, now: NEW_YEAR, random, request: None, seed, opened: 0 }
    }

    /// The one card.
    pub fn card(&self) -> CardId {
        self.wallet.cards()[0]
    }

    fn holder(&self) -> Holder {
        Holder { wallet: self.id, card: self.card().number() }
    }

    pub fn apply(&mut self, envelope: &[u8]) -> Result<Applied, Error> {
        let applied = self.platform.apply(&self.wallet, envelope, self.now);
        self.keep_mark();
        applied
    }

    /// What the issuer's own software would never send, but sealed and signed as if it did.
    pub fn apply_content(&mut self, purpose: Purpose, card: u32, content: &[u8]) -> Result<Applied, Error> {
        let sequence = self.wallet.highest_sequence() + 1000;
        let envelope = self.seal(&Address { purpose, wallet: self.id, card, sequence }, content);
        self.apply(&envelope)
    }

    pub fn seal(&mut self, address: &Address, content: &[u8]) -> Vec<u8> {
        let point = self.platform.device_keys().agreement.bytes();
        SigningIssuer::from_seed(self.seed).seal(address, content, &point, &mut self.random).unwrap()
    }

    /// The issuer's signature under an envelope that was altered.
    pub fn sign_again(&self, mut envelope: Vec<u8>) -> Vec<u8> {
        let signed = envelope.len() - 64;
        let signature = SigningIssuer::from_seed(self.seed).sign(&envelope[..signed]);
        envelope[signed..].copy_from_slice(&signature);
        envelope
    }

    /// What is on the disk.
    pub fn log(&self) -> Vec<u8> {
        self.disk.medium().log().unwrap().to_vec()
    }

    pub fn sign(&mut self, asked: ToSign) -> Vec<u8> {
        self.platform.sign_request(&self.wallet, asked).unwrap()
    }

    /// Installs a demo card, its keys under authentication. Gives the code where there is an identity check.
    pub fn install(&mut self, name: &str, codes: u8, keys: u16) -> Option<String> {
        self.install_with(name, policy(Protection::Authenticated), codes, keys)
    }

    pub fn install_with(&mut self, name: &str, policy: Policy, codes: u8, keys: u16) -> Option<String> {
        let (envelope, code) = self.installed(name, policy, codes, keys);
        self.apply(&envelope).unwrap();
        code
    }

    pub fn installed(&mut self, name: &str, policy: Policy, codes: u8, keys: u16) -> (Vec<u8>, Option<String>) {
        let order = CardOrder { policy, codes, first_keys: keys };
        let installed = self.issuer.install(&self.id, name, &order, self.now.wall_ms, &mut self.random).unwrap();
        (installed.envelope, installed.code)
    }

    /// The issuer's word about the one card.
    pub fn ordered(
        &mut self,
        order: impl FnOnce(&mut Issuer, Holder, &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Refused>,
    ) -> Vec<u8> {
        let holder = self.holder();
        order(&mut self.issuer, holder, &mut self.random).unwrap()
    }

    /// The same, applied.
    pub fn order(
        &mut self,
        order: impl FnOnce(&mut Issuer, Holder, &mut dyn FnMut(&mut [u8])) -> Result<Vec<u8>, Refused>,
    ) {
        let envelope = self.ordered(order);
        self.apply(&envelope).unwrap();
    }

    /// The issuer says whose coupons the wallet may take, or no longer.
    pub fn name_signer(&mut self, key: &[u8; 65], name: Option<&str>) -> Result<Applied, Error> {
        let envelope = self.issuer.name_coupon_signer(&self.id, key, name, &mut self.random).unwrap();
        self.apply(&envelope)
    }

    pub fn send_coupon(&mut self, made: &SignedCoupon) -> Result<Applied, Error> {
        let envelope = self.issuer.send_coupon(&self.id, made, &mut self.random).unwrap();
        self.apply(&envelope)
    }

    /// Asks for a transfer in both steps, as the platform does them, for a holder who has verified or not.
    pub fn transfer(&mut self, transfer: &Transfer) -> Result<TransferRequest, NotPaid> {
        let asked = self.wallet.transfer_begin(self.card(), transfer, self.now)?;
        let request = self.wallet.transfer_finish(asked.token, &self.platform.sign(&asked.digest), self.now);
        self.keep_mark();
        request
    }

    pub fn replenish(&mut self) {
        let asked = self.wallet.replenishment_request(self.now.wall_ms).unwrap();
        let request = self.sign(asked);
        for envelope in self.issuer.replenish(&request, self.now.wall_ms, &mut self.random).unwrap() {
            self.apply(&envelope).unwrap();
        }
    }

    /// The wallet asks its issuer what it says is next, and applies what comes back.
    pub fn ask_next(&mut self) -> NextRequest {
        let next = self.wallet.next_request(self.now);
        let asked = match next {
            NextRequest::Nothing => return next,
            NextRequest::Enrolment => {
                let challenge = self.issuer.challenge(&mut self.random);
                self.wallet.enrolment_request(&challenge, Attestation::default())
            }
            NextRequest::Resynchronisation => self.wallet.resynchronisation_request(),
            NextRequest::IssuerTime => self.wallet.issuer_time_request(),
            NextRequest::Replenishment => self.wallet.replenishment_request(self.now.wall_ms),
            NextRequest::CheckIn => self.wallet.check_in_request(),
        };
        self.ask(asked.unwrap());
        next
    }

    /// The issuer answers this request, and all of it is applied.
    pub fn ask(&mut self, asked: ToSign) -> Vec<Applied> {
        let request = self.sign(asked);
        let answer = self.issuer.answer(&request, self.now.wall_ms, &mut self.random).unwrap();
        answer.iter().map(|envelope| self.apply(envelope).unwrap()).collect()
    }

    pub fn check_identity(&mut self, code: &str) -> IdentityAnswer {
        let asked = self.wallet.identity_check_request(self.card(), code.as_bytes().to_vec()).unwrap();
        let request = self.sign(asked);
        self.issuer.check_identity(&request, &mut self.random).unwrap()
    }

    /// The process ends and the wallet is opened again.
    pub fn reopen(&mut self) {
        self.opened += 1;
        let storage = Box::new(self.disk.clone());
        let randomness = randomness(1000 + self.opened);
        self.wallet = Wallet::open(storage, store_key(), self.platform.mark, self.now, randomness).unwrap();
        self.keep_mark();
    }

    /// The process has ended, or the power is lost; the wallet is opened again on what that left.
    pub fn disk_is(&mut self, disk: Disk, is_power_loss: bool) {
        self.disk = disk;
        if is_power_loss {
            self.now.boot_count += 1;
        }
        self.reopen();
    }

    pub fn keep_mark(&mut self) {
        self.platform.mark = self.platform.mark.max(self.wallet.mark());
        self.wallet.mark_stored(self.platform.mark);
    }

    /// The holder verifies for this.
    pub fn verify_for(&mut self, scope: Scope) {
        let released = Some(self.platform.authenticated());
        self.wallet.arm_for(scope, self.now, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
        self.keep_mark();
    }

    /// The holder verifies and lets the one card pay again.
    pub fn unfreeze(&mut self) {
        let released = Some(self.platform.authenticated());
        self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
        self.wallet.unfreeze(self.card(), self.now).unwrap();
        self.keep_mark();
    }

    /// The holder verifies and pays. Gives the issuer's verdict, or why there is no cryptogram.
    pub fn pay(&mut self) -> Result<Verdict, Reason> {
        self.pay_armed_with(Some(self.platform.authenticated()))
    }

    pub fn pay_armed_with(&mut self, released: Option<AgreementKey>) -> Result<Verdict, Reason> {
        self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
        self.keep_mark();
        let paid = self.pay_unverified();
        self.wallet.disarm();
        paid
    }

    pub fn pay_unverified(&mut self) -> Result<Verdict, Reason> {
        let (wallet, now) = (&self.wallet, self.now);
        let tap = Terminal::default().pay(&fresh_purchase(), &mut |command| wallet.process(now, command));
        let report = self.wallet.deactivated(self.now);
        self.wallet.make_ready(self.now).unwrap();
        self.keep_mark();
        self.request = tap.authorisation;
        match &self.request {
            Some(request) if report.atc.is_some() => Ok(self.issuer.verify(request, self.now.wall_ms).verdict),
            _ => Err(report.reason.unwrap()),
        }
    }
}
