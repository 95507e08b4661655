//! The life that the golden files come from: a wallet, its platform, its issuer, and all that they write to each other, each
//! kind of envelope and of request at least once. What is random is the same each time.

use hcepay_core::{
    AgreementKey, Amount, Attestation, CardId, CouponId, DEFAULT_WINDOW_MS, Method, Now, Randomness, ReleasedSpendKey,
    Report, Scope, ToSign, Transfer, TransferTerms, Wallet,
};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice};
use hcepay_tests::issuer::key_entry::{Channel, Protection};
use hcepay_tests::issuer::life_cycle::IdentityAnswer;
use hcepay_tests::issuer::notices::{DeclineReason, Event, Notice};
use hcepay_tests::issuer::provisioning::CardOrder;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::{Holder, WalletId};
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, Worth};
use hcepay_tests::terminal::Terminal;
use hcepay_tests::terminal::coupon::ask_for_coupon;

use super::keys::{self, SECOND_ISSUER, SEED};

/// The merchant's keys follow from it.
const COUPON_SIGNER: u64 = 77;

/// The phone was started anew at the end.
pub(crate) const SECOND_BOOT: Now = Now { boot_count: 2, ..NEW_YEAR };

/// What carries a letter of this name; gives the one that arrives.
pub(crate) type Carrier<'a> = &'a mut dyn FnMut(&str, Vec<u8>) -> Vec<u8>;

/// A wallet and who it writes to.
pub(crate) struct Life<'a> {
    pub(crate) wallet: Wallet,
    pub(crate) disk: Disk,
    pub(crate) platform: Platform,
    pub(crate) issuer: Issuer,
    pub(crate) id: WalletId,
    pub(crate) random: Randomness,
    pub(crate) now: Now,
    carrier: Carrier<'a>,
    requests: usize,
}

/// The same each time. What is 16 bytes long, the wallet's name and the challenges, is told at sight: a byte repeated, one
/// higher each time.
pub(crate) fn randomness(seed: u64, mut sixteen: u8) -> Randomness {
    let mut others = hcepay_desk::phone::randomness(seed);
    Box::new(move |buffer| {
        if buffer.len() == 16 {
            sixteen += 1;
            buffer.fill(sixteen);
        } else {
            others(buffer);
        }
    })
}

/// All of it.
pub(crate) fn lived(carrier: Carrier<'_>) -> Life<'_> {
    let mut life = Life::begun(carrier);
    let [first, seeds, last] = [1, 2, 3];
    life.first_card(first);
    life.install("closed-loop", 0, 5);
    life.pay(seeds).unwrap();
    life.resynchronise();
    life.install("kernel2-cvn14", 0, 3);
    life.spend_key_lost();
    life.replenish();
    life.order(last, |issuer, holder, random| {
        let policy = Policy::of_single_uses(Protection::Authenticated, 2);
        issuer.set_policy(holder, policy, NEW_YEAR.wall_ms, random).unwrap().remove(0)
    });
    life.order(last, |issuer, holder, random| issuer.suspend(holder, random).unwrap());
    life.order(last, |issuer, holder, random| issuer.resume(holder, random).unwrap());
    life.rotate();
    life.check_in();
    let report = life.pay(last).unwrap();
    life.wallet.acknowledge(report.id.unwrap()).unwrap();
    life.decide(seeds);
    life.tell_balance(last);
    let [deleted, _] = ["Ann", "Bob"].map(|payee| life.transfer(last, payee));
    life.wallet.delete_transfer(deleted).unwrap();
    // The holder verifies with one card chosen, and pays with another: its seed goes a step forward outside a verification.
    life.verify();
    life.choose(seeds);
    life.tap().unwrap();
    life.notify([seeds, last]);
    let oldest = life.wallet.journal(None, usize::MAX).pop().unwrap();
    life.wallet.delete_row(oldest.id).unwrap();
    life.choose(last);
    let alert = life.wallet.alerts().remove(0);
    life.wallet.acknowledge_alert(alert.id()).unwrap();
    life.coupon();
    life.restart();
    life
}

impl<'a> Life<'a> {
    /// A wallet, enrolled.
    fn begun(carrier: Carrier<'a>) -> Life<'a> {
        let issuer = Issuer::new(SEED);
        let (platform, disk) = (keys::platform(), Disk::default());
        let storage = Box::new(disk.clone());
        let wallet = Wallet::create(storage, store_key(), platform.issuer(), NEW_YEAR, randomness(SEED, 0)).unwrap();
        wallet.device_keys_made(platform.device_keys()).unwrap();
        let random = randomness(SEED + 100, 0xC0);
        let (id, now) = ([0; 16], NEW_YEAR);
        let mut life = Life { wallet, disk, platform, issuer, id, random, now, carrier, requests: 0 };
        // The other one is never needed, and never made.
        life.spend_key_made(ReleasedSpendKey::Authenticated);
        let challenge = life.issuer.challenge(&mut life.random);
        let asked = life.wallet.enrolment_request(&challenge, Attestation::default()).unwrap();
        let request = life.request("enrolment", asked);
        life.id = life.issuer.enrol(&request, NEW_YEAR.wall_ms).unwrap();
        life
    }

    /// A card that lives from its installation to its deletion.
    fn first_card(&mut self, card: u32) {
        self.issuer.set_limits(&[(978, 50_00), (840, 40_00)]).unwrap();
        let code = self.install("kernel3-cvn43", 2, 2).unwrap();
        let asked = self.wallet.identity_check_request(self.card(card), code.into_bytes()).unwrap();
        let request = self.request("identity-check", asked);
        let answer = self.issuer.check_identity(&request, &mut self.random).unwrap();
        let IdentityAnswer::Right(resume) = answer else { panic!("the right code") };
        self.apply(resume);
        self.issuer.set_limits(&[]).unwrap();
        self.pay(card).unwrap();
        self.order(card, |issuer, holder, random| issuer.renew(holder, random).unwrap());
        let asked = self.wallet.issuer_time_request().unwrap();
        let request = self.request("issuer-time", asked);
        let time = self.issuer.tell_time(&request, self.now.wall_ms, &mut self.random).unwrap();
        self.apply(time);
        self.order(card, |issuer, holder, random| issuer.suspend(holder, random).unwrap());
        self.order(card, |issuer, holder, random| issuer.delete(holder, random).unwrap());
    }

    pub(crate) fn card(&self, number: u32) -> CardId {
        self.wallet.cards().into_iter().find(|card| card.number() == number).unwrap()
    }

    fn install(&mut self, name: &str, codes: u8, first_keys: u16) -> Option<String> {
        let policy = Policy::of_single_uses(Protection::Authenticated, 1);
        let order = CardOrder { policy, codes, first_keys };
        let installed = self.issuer.install(&self.id, name, &order, self.now.wall_ms, &mut self.random).unwrap();
        self.apply(installed.envelope);
        installed.code
    }

    fn order(&mut self, card: u32, order: impl FnOnce(&mut Issuer, Holder, &mut dyn FnMut(&mut [u8])) -> Vec<u8>) {
        let envelope = order(&mut self.issuer, Holder { wallet: self.id, card }, &mut self.random);
        self.apply(envelope);
    }

    fn replenish(&mut self) {
        let asked = self.wallet.replenishment_request(self.now.wall_ms).unwrap();
        let request = self.request("replenishment", asked);
        for envelope in self.issuer.replenish(&request, self.now.wall_ms, &mut self.random).unwrap() {
            self.apply(envelope);
        }
    }

    fn check_in(&mut self) {
        let asked = self.wallet.check_in_request().unwrap();
        let request = self.request("check-in", asked);
        for envelope in self.issuer.check_in(&request, self.now.wall_ms, &mut self.random).unwrap() {
            self.apply(envelope);
        }
    }

    fn resynchronise(&mut self) {
        let asked = self.wallet.resynchronisation_request().unwrap();
        let request = self.request("resynchronise", asked);
        for envelope in self.issuer.resynchronise(&request, self.now.wall_ms, &mut self.random).unwrap() {
            self.apply(envelope);
        }
    }

    /// What became of the last payments of these cards.
    fn notify(&mut self, cards: [u32; 2]) {
        let told = cards.map(|card| {
            let application = self.wallet.card(self.card(card), self.now.wall_ms).unwrap().applications.remove(0);
            Notice {
                card,
                aid: application.aid.bytes().to_vec(),
                channel: Channel::Tap,
                atc: application.last_atc.number(),
                event: Event::Declined(DeclineReason::InsufficientFunds),
                wall_ms: self.now.wall_ms + 1000,
                amount_minor: 1250,
                currency: 978,
                merchant: "Café".to_owned(),
            }
        });
        let [declined, approved] = told;
        let approved = Notice { event: Event::Approved, merchant: String::new(), ..approved };
        let envelope = self.issuer.notify(&self.id, &[declined, approved], &mut self.random).unwrap();
        self.apply(envelope);
    }

    /// The account is overdrawn.
    fn tell_balance(&mut self, card: u32) {
        self.issuer.set_funds(Holder { wallet: self.id, card }, 978, -2_50).unwrap();
        let wall_ms = self.now.wall_ms;
        self.order(card, |issuer, holder, random| issuer.tell_balance(holder, wall_ms, random).unwrap());
    }

    /// Money goes from one account to another, which has none to give.
    fn transfer(&mut self, card: u32, payee: &str) -> u64 {
        let card = self.card(card);
        let terms = TransferTerms {
            amount: Amount { minor: 12_50, currency: 978 },
            payee: "DE89 3704 0044 0532 0130 00".to_owned(),
            payee_name: payee.to_owned(),
            note: "Tea".to_owned(),
        };
        let transfer = Transfer::new(&terms).unwrap();
        let scope = Scope::Transfer(card, transfer.digest());
        let released = Some(self.platform.authenticated());
        self.wallet.arm_for(scope, self.now, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
        let asked = self.wallet.transfer_begin(card, &transfer, self.now).unwrap();
        let signature = self.platform.sign(&asked.digest);
        let request = self.wallet.transfer_finish(asked.token, &signature, self.now).unwrap();
        self.keep_mark();
        let answer = self.issuer.answer_transfer(&request.bytes, self.now.wall_ms, &mut self.random).unwrap();
        self.apply(answer.1.unwrap());
        request.number
    }

    /// A coupon comes, is chosen, taken back and chosen again, presented and settled; then the holder removes it, and its row.
    fn coupon(&mut self) {
        let mut merchant = CouponSigner::from_seed(COUPON_SIGNER);
        let named = self.issuer.name_coupon_signer(&self.id, &merchant.public(), Some("Café Sol"), &mut self.random);
        self.apply(named.unwrap());
        let terms = CouponTerms {
            coupon: [0xCC; 16],
            signer: merchant.id(),
            title: "Free coffee".to_owned(),
            worth: Worth::Percentage(10_000),
            conditions: "With a cake.".to_owned(),
            valid_from_ms: self.now.wall_ms,
            valid_until_ms: self.now.wall_ms + 24 * 3_600_000,
            uses: 2,
        };
        let sent = self.issuer.send_coupon(&self.id, &merchant.make(&terms), &mut self.random).unwrap();
        self.apply(sent);
        for coupon in [Some(CouponId([0xCC; 16])), None, Some(CouponId([0xCC; 16]))] {
            self.wallet.present_coupon(coupon, 60_000, self.now).unwrap();
        }
        self.keep_mark();
        let (wallet, now, challenge) = (&self.wallet, self.now, [0xCD; 8]);
        let presented = ask_for_coupon(&challenge, &merchant.id(), &mut |command| wallet.process(now, command));
        assert_eq!(merchant.take(&presented.unwrap(), &challenge, now.wall_ms), Ok(terms));
        let row = self.wallet.deactivated(now).id.unwrap();
        let (coupon, event, wall_ms) = ([0xCC; 16], CouponEvent::Redeemed, now.wall_ms + 1000);
        let notice = CouponNotice { coupon, number: 1, event, wall_ms };
        let notices = self.issuer.notify_coupons(&self.id, &[notice], &mut self.random).unwrap();
        self.apply(notices);
        self.wallet.acknowledge(row).unwrap();
        self.wallet.delete_row(row).unwrap();
        self.wallet.remove_coupon(CouponId([0xCC; 16])).unwrap();
        self.keep_mark();
    }

    fn spend_key_lost(&mut self) {
        self.platform.forget_authenticated();
        self.spend_key_made(ReleasedSpendKey::Authenticated);
    }

    fn spend_key_made(&mut self, which: ReleasedSpendKey) {
        self.wallet.spend_key_made(which, self.platform.spend_point(which)).unwrap();
    }

    fn rotate(&mut self) {
        let mut envelopes = self.issuer.rotate_envelope_key(SECOND_ISSUER, &mut self.random).unwrap();
        self.apply(envelopes.remove(&self.id).unwrap());
    }

    fn request(&mut self, kind: &str, asked: ToSign) -> Vec<u8> {
        let request = self.platform.sign_request(&self.wallet, asked).unwrap();
        self.requests += 1;
        (self.carrier)(&format!("request-{}-{kind}", self.requests), request)
    }

    fn apply(&mut self, envelope: Vec<u8>) {
        let purpose = super::envelope::name(envelope[1].into()).replace(' ', "-");
        let sequence = self.wallet.highest_sequence() + 1;
        let envelope = (self.carrier)(&format!("envelope-{sequence:02}-{purpose}"), envelope);
        let applied = self.platform.apply(&self.wallet, &envelope, self.now).unwrap();
        assert_eq!(applied.highest_sequence, sequence);
        self.keep_mark();
    }

    /// The holder wants to pay once with this card and does not, freezes it, and lets it pay again.
    fn decide(&mut self, card: u32) {
        let card = self.card(card);
        self.wallet.choose_once(Some(card), 60_000, self.now).unwrap();
        self.wallet.choose_once(None, 60_000, self.now).unwrap();
        self.wallet.freeze(card, self.now).unwrap();
        self.verify();
        self.wallet.unfreeze(card, self.now).unwrap();
        self.keep_mark();
    }

    /// The holder chooses the card, verifies and pays.
    pub(crate) fn pay(&mut self, card: u32) -> Result<Report, String> {
        self.choose(card);
        self.verify();
        self.tap()
    }

    fn choose(&mut self, card: u32) {
        self.wallet.choose(self.card(card), self.now).unwrap();
        self.keep_mark();
    }

    fn verify(&mut self) {
        let released: AgreementKey = self.platform.authenticated();
        self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, Some(released)).unwrap();
        self.keep_mark();
    }

    /// The issuer accepts the cryptogram, or there is none.
    fn tap(&mut self) -> Result<Report, String> {
        let (wallet, now) = (&self.wallet, self.now);
        let tap = Terminal::default().pay(&PURCHASE, &mut |command| wallet.process(now, command));
        let report = self.wallet.deactivated(self.now);
        self.wallet.make_ready(self.now).unwrap();
        self.keep_mark();
        let asked: &AuthorisationRequest = tap.authorisation.as_ref().ok_or(format!("{report:?}"))?;
        assert_eq!(self.issuer.verify(asked, self.now.wall_ms).verdict, Verdict::Valid);
        Ok(report)
    }

    /// The phone is started anew. Nothing on the disk is lost.
    fn restart(&mut self) {
        self.now = SECOND_BOOT;
        self.open(self.disk.clone());
    }

    /// The wallet on this disk takes this one's place.
    pub(crate) fn open(&mut self, disk: Disk) {
        self.disk = disk.clone();
        let (mark, random) = (self.platform.mark, randomness(SEED + 1, 0x80));
        self.wallet = Wallet::open(Box::new(disk), store_key(), mark, self.now, random).unwrap();
        self.keep_mark();
    }

    fn keep_mark(&mut self) {
        self.platform.mark = self.platform.mark.max(self.wallet.mark());
        self.wallet.mark_stored(self.platform.mark);
    }
}
