//! No secret in sight: not in any byte that is ever on the disk, not in the name of a file, not in what anything shows of
//! itself, not in a log. Looked for are the keys of a whole life, in every form that somebody might print.

pub(crate) mod forms;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use crate::coupons::shopper;
use crate::enrolled_wallet::{EnrolledWallet, policy};
use forms::Secrets;
use hcepay_core::known_answers::{Envelope, WalletId};
use hcepay_core::{
    AgreementKey, CouponId, DEFAULT_WINDOW_MS, Error, Files, Method, PaymentKey, SecretKey, Seed, Storage, StoreKey,
    StoredFile, Wallet,
};
use hcepay_desk::disk::{Call, Disk, Medium};
use hcepay_desk::phone::{issuer_key, randomness, store_key};
use hcepay_desk::plain_key::terms;
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::account::Secret;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::life_cycle::IdentityAnswer;
use hcepay_tests::issuer::seal::{Purpose, agreement_key};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::{Issuer, closed_loop, contents};
use hcepay_tests::ledger_file::LedgerFile;
use hcepay_tests::merchant::coupons::{CouponSigner, use_key};
use hcepay_tests::terminal::coupon::ask_for_coupon;

const SEALED: &str = "kernel3-cvn18";
const CLOSED_LOOP: &str = "closed-loop";
/// A card and a key that come by the door for tests, and so stand in the clear inside the seal.
const UNSEALED: &str = "kernel3-no-verification";
const CARDS: [&str; 4] = [CLOSED_LOOP, "kernel2-cvn14", SEALED, UNSEALED];
const PLANTED: [u8; 16] = *b"\x8D\x1Cplanted key!!\xF7";
/// More than a life uses.
const COUNTERS: u16 = 40;
/// As `platform.rs` makes the keys of a phone.
const PLATFORM_KEYS: [&str; 4] = ["agreement key", "signature key", "spend key, unlocked", "spend key, authenticated"];

#[test]
fn the_scan_finds_a_key_in_every_form_wherever_it_stands() {
    let key: [u8; 16] = std::array::from_fn(|place| (place * 37 + 11) as u8);
    let mut secrets = Secrets::default();
    secrets.add("key", &key);
    for piece in key.chunks_exact(8) {
        for (form, bytes) in forms::forms(piece) {
            let planted = [b"text before ".as_slice(), &bytes, b" and after"].concat();
            assert!(secrets.found(&planted).contains(&format!("key, {form}").as_str()), "{form}");
        }
    }
    let shown = format!("{key:?} {key:#?} {key:02X?} {}", hex(&key));
    assert_eq!(secrets.found_in_text(&shown), ["key, HEX", "key, HEX list", "key, decimal list"]);
    // python3: base64.b64encode(b"x" + bytes((place * 37 + 11) % 256 for place in range(16)))
    assert_eq!(secrets.found(b"eAswVXqfxOkOM1h9osfsETY="), ["key, base64", "key, base64url"]);
    assert_eq!(secrets.found(b"nothing of the kind"), [""; 0]);
}

#[test]
fn no_secret_stands_in_any_file_or_name_in_anything_shown_or_in_any_log() {
    log::set_logger(&OVERHEARD).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let life = Life::live();
    let nothing = [""; 0];

    // On the disk, outside the seal.
    assert_eq!(life.secrets.found(&life.written), nothing);
    assert_eq!(life.names.iter().collect::<Vec<_>>(), ["ledger", "ledger.next"]);

    // Inside of it stand the profiles, and what opens without the holder; of a key that is sealed to the holder nothing.
    assert!(life.logs.len() > 1, "the log was written anew");
    let records = life.logs.iter().flat_map(|log| LedgerFile::read(log, [0x5C; 32]).unwrap().records);
    let opened: Vec<u8> = records.flat_map(|record| record.body).collect();
    let tokens = CARDS.map(|name| format!("token of {name}, raw"));
    let inside = [
        "coupon's secret, raw",
        "planted key, raw",
        "spend key, device, raw",
        &tokens[0],
        &tokens[1],
        &tokens[2],
        &tokens[3],
    ];
    assert_eq!(life.secrets.found(&opened), inside);

    // In what is shown.
    assert_eq!(life.secrets.found_in_text(&life.shown.0), nothing);

    // In a log. Control: a line with a key in it is overheard, of the least level that every build lets through.
    assert_eq!(life.secrets.found_in_text(&OVERHEARD.lines()), nothing);
    log::info!("{PLANTED:?}");
    assert_eq!(life.secrets.found_in_text(&OVERHEARD.lines()), ["planted key, decimal list"]);
}

/// What is left of the life of a wallet.
struct Life {
    holder: EnrolledWallet,
    secrets: Secrets,
    /// All that ever reached a disk.
    written: Vec<u8>,
    /// The log, each time before it was written anew, and at the end.
    logs: Vec<Vec<u8>>,
    /// Of files, on a real disk.
    names: BTreeSet<String>,
    shown: Shown,
}

/// What values say of themselves.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn show(&mut self, value: &dyn Debug) {
        self.0 += &format!("{value:?} {value:#?}\n");
    }

    fn refused<T: Debug>(&mut self, outcome: Result<T, impl Into<Error>>) {
        let error: Error = outcome.unwrap_err().into();
        self.0 += &format!("{error} {error:?}\n");
    }
}

impl Life {
    fn live() -> Life {
        let holder = EnrolledWallet::new();
        let written = holder.log();
        holder.disk.record();
        let secrets = secrets_of(&holder);
        let (logs, names, shown) = (Vec::new(), BTreeSet::new(), Shown::default());
        let mut life = Life { holder, secrets, written, logs, names, shown };
        life.shown.show(&(life.holder.platform.issuer(), life.holder.platform.device_keys()));
        life.get_cards();
        life.pay_and_replenish();
        life.open_an_envelope();
        life.present_a_coupon();
        life.get_an_unsealed_card();
        life.err();
        life.show_keys();
        life.live_again_on_a_real_disk();
        life
    }

    fn get_cards(&mut self) {
        let code = self.holder.install(SEALED, 3, 4).unwrap();
        self.secrets.add_text("code", code.as_bytes());
        let asked = self.holder.wallet.identity_check_request(self.holder.card(), code.clone().into()).unwrap();
        self.shown.show(&asked);
        let IdentityAnswer::Right(resume) = self.holder.check_identity(&code) else { panic!("the right code") };
        let applied = self.holder.apply(&resume);
        self.shown.show(&applied);
        self.holder.install(CLOSED_LOOP, 0, 6);
    }

    fn pay_and_replenish(&mut self) {
        let mut twin = twin(&[SEALED, CLOSED_LOOP]);
        for round in 0..2 {
            for card in self.holder.wallet.cards().into_iter().take(2) {
                self.holder.wallet.choose(card, self.holder.now).unwrap();
                for _ in 0..4 {
                    assert_eq!(self.holder.pay(), Ok(Verdict::Valid));
                    let request = self.holder.request.as_ref().unwrap();
                    assert_eq!(twin.verify(request, self.holder.now.wall_ms).verdict, Verdict::Valid, "the same keys");
                }
                assert!(self.holder.pay_unverified().is_err());
                self.shown.show(&self.holder.wallet.replenishment(card, self.holder.now.wall_ms));
            }
            if round == 0 {
                self.holder.replenish();
                self.holder.reopen();
            }
        }
    }

    /// One with a profile and keys in it, step by step.
    fn open_an_envelope(&mut self) {
        let bytes = self.holder.installed(CARDS[1], policy(Protection::Authenticated), 0, 3).0;
        let envelope = Envelope::parse(&bytes).unwrap();
        self.shown.show(&(&envelope, envelope.header()));
        let opening = envelope.begin(&self.holder.platform.issuer(), WalletId::new(self.holder.id)).unwrap();
        let shared = self.holder.platform.agree(opening.ephemeral());
        self.secrets.add("shared secret", shared.expose());
        self.shown.show(&(&opening, &shared, opening.digest()));
        let opened = opening.finish(&self.holder.platform.device_keys().agreement, &shared).unwrap();
        self.shown.show(&opened);
        let begun = self.holder.wallet.apply_begin(&bytes, self.holder.now).unwrap();
        self.shown.show(&begun);
        self.shown.show(&self.holder.wallet.apply_finish(begun.token, &shared, self.holder.now).unwrap());
        self.shown.refused(self.holder.wallet.apply_begin(&bytes, self.holder.now));
    }

    /// Once, of two uses; the other one is chosen and taken back.
    fn present_a_coupon(&mut self) {
        let mut merchant = CouponSigner::from_seed(77);
        let made = merchant.make(&shopper::terms());
        self.secrets.add("coupon's secret", &made.secret);
        (1..=2).for_each(|number| self.secrets.add("coupon's key", &use_key(&made.secret, &shopper::ID, number)));
        let named = self.holder.name_signer(&merchant.public(), Some(shopper::MERCHANT)).unwrap();
        self.shown.show(&(named, self.holder.send_coupon(&made).unwrap()));
        let refused = self.holder.apply_content(Purpose::Coupon, 0, &made.secret);
        self.shown.refused(refused);
        let (wallet, now) = (&self.holder.wallet, self.holder.now);
        wallet.present_coupon(Some(shopper::COUPON), shopper::FOR_MS, now).unwrap();
        wallet.mark_stored(wallet.mark());
        let presented = ask_for_coupon(&[7; 8], &merchant.id(), &mut |command| wallet.process(now, command)).unwrap();
        self.shown.show(&wallet.deactivated(now));
        merchant.take(&presented, &[7; 8], now.wall_ms).unwrap();
        wallet.present_coupon(Some(shopper::COUPON), shopper::FOR_MS, now).unwrap();
        wallet.present_coupon(None, shopper::FOR_MS, now).unwrap();
        self.shown.show(&wallet.coupons(now.wall_ms));
        self.shown.refused(wallet.present_coupon(Some(CouponId([1; 16])), shopper::FOR_MS, now));
    }

    /// Which its issuer knows nothing of.
    fn get_an_unsealed_card(&mut self) {
        let unsealed = self.holder.wallet.install_unsealed(&demo_card(UNSEALED).unwrap().profile()).unwrap();
        self.holder.wallet.add_keys_unsealed(unsealed, vec![planted()], self.holder.now).unwrap();
        for card in self.holder.wallet.cards() {
            self.shown.show(&self.holder.wallet.card(card, self.holder.now.wall_ms));
        }
        self.shown.show(&self.holder.wallet.reports());
        self.shown.show(&self.holder.wallet);
    }

    /// An error or two of each kind.
    fn err(&mut self) {
        let (card, now) = (self.holder.card(), self.holder.now);
        let profile = demo_card(SEALED).unwrap().profile();
        let renew = |name: &str| contents::renew(&demo_card(name).unwrap().profile()).unwrap();
        for (purpose, content) in [
            (Purpose::Renew, renew(CLOSED_LOOP)),
            (Purpose::Renew, renew("test-kernel3-cvn0a")),
            (Purpose::Renew, profile.clone()),
            (Purpose::ReplenishKeys, profile.clone()),
            (Purpose::Resume, Vec::new()),
            (Purpose::IssuerTime, contents::issuer_time(&[7; 16], 0)),
        ] {
            let refused = self.holder.apply_content(purpose, card.number(), &content);
            self.shown.refused(refused);
        }
        let cut = self.holder.apply(&profile);
        self.shown.refused(cut);
        let wallet = &self.holder.wallet;
        let another = self.holder.platform.unlocked();
        let errors = [
            wallet.install_unsealed(&profile[1..]).map(drop),
            wallet.install_unsealed(&profile[..profile.len() - 1]).map(drop),
            wallet.add_keys_unsealed(card, vec![planted()], now),
            wallet.arm(now, Method::Biometric, 1, None).map(drop),
            wallet.arm(now, Method::Biometric, DEFAULT_WINDOW_MS, Some(another)).map(drop),
            wallet.identity_check_request(card, vec![0; 99]).map(drop),
            wallet.request_finish(0, &[1; 64]).map(drop),
        ];
        errors.into_iter().for_each(|error| self.shown.refused(error));
        let open = |log: &[u8], key| {
            let disk = Box::new(Disk::of(Medium::of_log(log.to_vec())));
            Wallet::open(disk, key, 0, now, randomness(1))
        };
        let log = self.holder.log();
        self.shown.refused(open(&log, StoreKey::new(Box::new([1; 32]))));
        self.shown.refused(open(&log[1..], store_key()));
        self.shown.refused(Wallet::create(
            Box::new(self.holder.disk.clone()),
            store_key(),
            issuer_key(),
            now,
            randomness(1),
        ));
    }

    fn show_keys(&mut self) {
        let seed = Seed::new(Box::new(first_seed()));
        self.shown.show(&(store_key(), SecretKey::new(Box::new(PLANTED)), &seed, planted()));
        self.shown.show(&PaymentKey::of_seed(&terms(&aid(CLOSED_LOOP), 1), seed));
        self.shown.show(&(self.holder.platform.authenticated(), &self.holder.platform));
    }

    /// The same calls once more, on files.
    fn live_again_on_a_real_disk(&mut self) {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path();
        let files = Files::lock(directory).unwrap();
        self.shown.refused(Files::lock(directory));
        self.shown.show(&files);
        files.create(StoredFile::Log).unwrap();
        files.write(StoredFile::Log, 0, &self.written).unwrap();
        for point in self.holder.disk.take_recorded() {
            match &point.call {
                Call::Create(file) => files.create(*file).unwrap(),
                Call::Write(file, at, bytes) => {
                    self.written.extend(bytes);
                    files.write(*file, *at, bytes).unwrap();
                }
                Call::Truncate(file, length) => files.truncate(*file, *length).unwrap(),
                Call::Sync(file) => files.sync(*file).unwrap(),
                Call::Rename => {
                    self.logs.push(point.before.log().unwrap().to_vec());
                    files.rename().unwrap();
                }
                Call::SyncDirectory => files.sync_directory().unwrap(),
            }
            self.names.extend(in_directory(directory).into_iter().map(|(name, _)| name));
        }
        let (mark, now) = (self.holder.platform.mark, self.holder.now);
        let wallet = Wallet::open(Box::new(files), store_key(), mark, now, randomness(5)).unwrap();
        assert_eq!(wallet.reports(), self.holder.wallet.reports(), "it is the same life");
        drop(wallet);
        self.logs.push(self.holder.log());
        self.written.extend(in_directory(directory).into_iter().flat_map(|(_, content)| content));
    }
}

fn in_directory(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

/// An issuer with the same keys, which gives them away.
fn twin(names: &[&str]) -> Issuer {
    let mut twin = Issuer::new(3);
    names.iter().for_each(|name| drop(keys(&mut twin, name)));
    twin
}

fn keys(twin: &mut Issuer, name: &str) -> Vec<Secret> {
    let token = twin.open_account(name).unwrap().token;
    let keys = twin.issue_keys(token.digits(), &aid(name), 1, COUNTERS, 0, u64::MAX).unwrap();
    keys.into_iter().map(|key| key.secret).collect()
}

fn aid(name: &str) -> Vec<u8> {
    demo_card(name).unwrap().applications[0].aid.clone()
}

fn first_seed() -> [u8; 32] {
    match keys(&mut Issuer::new(3), CLOSED_LOOP)[0] {
        Secret::Seed(seed) => seed,
        Secret::Key(_) => panic!("not a card of the closed-loop scheme"),
    }
}

fn planted() -> PaymentKey {
    PaymentKey::new(&terms(&aid(UNSEALED), 1), SecretKey::new(Box::new(PLANTED))).unwrap()
}

/// All secrets of the wallet and its cards.
fn secrets_of(holder: &EnrolledWallet) -> Secrets {
    let mut secrets = Secrets::default();
    secrets.add("store key", &[0x5C; 32]);
    secrets.add("planted key", &PLANTED);
    for (place, name) in PLATFORM_KEYS.iter().enumerate() {
        let material = [b"hcepay test platform key".as_slice(), &3_u64.to_be_bytes(), &[place as u8, 0]].concat();
        secrets.add(name, &agreement_key(&material).0);
    }
    let device = *holder.issuer.wallets().wallet(&holder.id).unwrap().spend_points.of(Protection::Device).unwrap();
    let bodies = LedgerFile::read(&holder.log(), [0x5C; 32]).unwrap().records.into_iter().map(|record| record.body);
    let is_private = |number: &&[u8; 32]| AgreementKey::new(number).is_some_and(|key| key.point().bytes() == device);
    let number = bodies.flat_map(|body| body.windows(32).map(|window| window.try_into().unwrap()).collect::<Vec<_>>());
    secrets.add("spend key, device", &number.collect::<Vec<[u8; 32]>>().iter().find(is_private).unwrap()[..]);
    for secret in keys(&mut Issuer::new(3), SEALED) {
        let Secret::Key(key) = secret else { panic!("not a card of a scheme") };
        secrets.add("payment key", &key);
    }
    for atc in 1..=COUNTERS {
        let seed = closed_loop::seed(first_seed(), atc);
        secrets.add("closed-loop seed", &seed);
        secrets.add("closed-loop key", &closed_loop::key(&seed, atc));
    }
    for name in CARDS {
        let token = demo_card(name).unwrap().token;
        secrets.add_text(&format!("token of {name}, digits"), token.digits().as_bytes());
        secrets.add(&format!("token of {name}"), &from_hex(token.digits()).unwrap());
    }
    secrets
}

/// Hears every line that anybody logs.
struct Overheard(Mutex<String>);

static OVERHEARD: Overheard = Overheard(Mutex::new(String::new()));

impl Overheard {
    fn lines(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl log::Log for Overheard {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        *self.0.lock().unwrap() += &format!("{} {}\n", record.target(), record.args());
    }

    fn flush(&self) {}
}
