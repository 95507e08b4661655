//! The life that is crashed in: what happens to the wallet, what the outside world knows at each moment of it, and how the
//! wallet is judged that is found afterwards.

use std::sync::LazyLock;

use hcepay_core::{Applied, Card, CardId, CardState, Now, Randomness, Row, Wallet};
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::demo_cards::{demo_card, large_profile};
use hcepay_tests::issuer::key_entry::{Channel, Protection};
use hcepay_tests::issuer::notices::{Event, Notice};
use hcepay_tests::issuer::provisioning::CardOrder;
use hcepay_tests::issuer::wallets::{Holder, WalletId};

use super::account::{self, Account};
use super::codes;
use super::coupons::{self, Coupons};
use super::holder::{self, Will};
use super::{Death, Image, Moment};
use crate::disk::Disk;
use crate::phone::{KEY_LIFE_MS, NEW_YEAR, payment_key, randomness, store_key};
use crate::platform::Platform;

const TAPS: u16 = 60;
/// What one power loss may burn, over all cards.
const MOST_BURNED: u16 = 3;

/// The cards that pay. Their keys come unsealed, so that opening them takes no time; another card comes and goes by
/// the issuer's envelopes, and pays nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payer {
    /// Single-use keys.
    Plain,
    /// The closed-loop scheme: one key for each counter out of a seed.
    ClosedLoop,
    /// Pays small amounts without verification.
    Everyday,
    /// Pays for a time only; one of several, one after the other.
    ForATime,
}

impl Payer {
    const ALL: [Payer; 4] = [Payer::Plain, Payer::ClosedLoop, Payer::Everyday, Payer::ForATime];
    /// Those that pay all the time.
    const BOTH: [Payer; 2] = [Payer::Plain, Payer::ClosedLoop];

    pub(super) fn token(self) -> String {
        demo_card(self.name()).expect("there is such a card").token.digits().to_owned()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Payer::Plain => "kernel3-no-verification",
            Payer::ClosedLoop => "closed-loop",
            Payer::Everyday => "kernel3-everyday",
            Payer::ForATime => "kernel3-cvn18",
        }
    }

    pub(super) fn aid(self) -> &'static [u8] {
        match self {
            Payer::Plain | Payer::Everyday | Payer::ForATime => &[0xA0, 0, 0, 0, 3, 0x10, 0x10],
            Payer::ClosedLoop => &[0xF0, 0x48, 0x43, 0x45, 0x50, 0x41, 0x59, 0x01],
        }
    }
}

/// What the outside world knows of one payer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Paid {
    /// Its number in the wallet, once its installation was acknowledged.
    pub(super) card: Option<CardId>,
    /// The highest counter that a terminal has seen a cryptogram of; and that was seen when the mark was stored last.
    pub(super) signed: u16,
    marked: u16,
    /// The highest counter that the wallet said it has a key for.
    pub(super) keys_up_to: u16,
    /// How many cryptograms were asked for and not answered.
    pub(super) unanswered: u16,
}

/// What the outside world knows at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Known {
    plain: Paid,
    closed_loop: Paid,
    everyday: Paid,
    for_a_time: Paid,
    pub(super) will: Will,
    /// The issuer's card: its number, how it was said to stand, and as what it may stand already.
    pub(super) issued: Option<CardId>,
    stands: Option<CardState>,
    may_stand: Option<CardState>,
    /// The highest sequence that was acknowledged.
    sequence: u64,
    /// A card that was said to be deleted: the last of many.
    pub(super) deleted: Option<CardId>,
    /// What the platform stored last.
    mark: u64,
    pub(super) rows: Rows,
    pub(super) codes: Codes,
    pub(super) coupons: Coupons,
    pub(super) account: Account,
    /// How often what was leased may have burned, and how often the process was killed, which burns nothing.
    pub(super) losses: u16,
    kills: u16,
}

/// What is known of the codes that the holder showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Codes {
    /// Whether there are keys for them.
    pub(super) brought: bool,
    /// The highest counter that a code was shown under.
    pub(super) shown: u16,
}

/// What is known of the journal: rows by their numbers, 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Rows {
    /// That of the first payment, of the last one that was written down, and of the last one that was waited for.
    first: u64,
    pub(super) written: u64,
    pub(super) safe: u64,
    /// The payment that a terminal has, while its row is being written.
    pub(super) answered: Option<(CardId, u16)>,
    /// The highest number that any row, report or transfer had.
    pub(super) highest: u64,
    /// One that the holder is deleting, or has deleted.
    deleting: u64,
    deleted: u64,
    /// One that a notice is settling, or has settled.
    settling: u64,
    settled: u64,
}

impl Rows {
    fn lose_what_is_not_safe(&mut self) {
        (self.written, self.answered) = (self.safe, None);
        self.first = if self.first > self.safe { 0 } else { self.first };
    }
}

impl Known {
    pub(super) fn unanswered(mut self, payer: Payer) -> u16 {
        self.of(payer).unanswered
    }

    pub(super) fn of(&mut self, payer: Payer) -> &mut Paid {
        match payer {
            Payer::Plain => &mut self.plain,
            Payer::ClosedLoop => &mut self.closed_loop,
            Payer::Everyday => &mut self.everyday,
            Payer::ForATime => &mut self.for_a_time,
        }
    }
}

/// A wallet that lives on a disk that records.
pub(super) struct Life {
    disk: Disk,
    pub(super) wallet: Wallet,
    pub(super) known: Known,
    pub(super) now: Now,
    moments: Vec<Moment>,
}

impl Life {
    /// What was done until now counts as known from now on; the crash points before it do not know it.
    pub(super) fn collect(&mut self) {
        let (known, now) = (self.known, self.now);
        let points = self.disk.take_recorded().into_iter();
        self.moments.extend(points.map(|point| Moment { point, known, now }));
    }

    /// The issuer's next envelope is applied, and that acknowledged.
    pub(super) fn apply(&mut self, platform: &Platform, envelope: &[u8]) -> Applied {
        let applied = platform.apply(&self.wallet, envelope, self.now).expect("it is the next one, and fits");
        self.collect();
        self.known.sequence = applied.highest_sequence;
        self.keep_mark();
        applied
    }

    pub(super) fn keep_mark(&mut self) {
        self.known.mark = self.wallet.mark();
        self.wallet.mark_stored(self.known.mark);
        for payer in Payer::ALL {
            let paid = self.known.of(payer);
            paid.marked = paid.signed;
        }
        self.known.coupons.marked = self.known.coupons.presented;
        self.known.account.marked = self.known.account.asked;
    }

    /// The holder chooses the card, verifies, pays; the phone makes itself ready for the next time.
    fn pay(&mut self, payer: Payer) -> Result<(), String> {
        self.choose(payer)?;
        self.verify()?;
        let paid = self.known.of(payer);
        paid.unanswered = paid.unanswered.saturating_add(1);
        let select = format!("00A40400{:02X}{}00", payer.aid().len(), hex(payer.aid()));
        let options = "80A8000023832130804000000000001250000000000000027600000000000978260101001122334400";
        let command = |text: &str| from_hex(text).unwrap_or_default();
        self.wallet.process(self.now, &command(&select));
        let answer = self.wallet.process(self.now, &command(options));
        let report = self.wallet.deactivated(self.now);
        self.collect();
        let atc = report.atc.filter(|_| answer.ends_with(&[0x90, 0x00])).map(|atc| atc.number());
        let signed =
            atc.ok_or_else(|| format!("no cryptogram: {}", report.reason.map_or("", |reason| reason.name())))?;
        self.row_of(report.id.unwrap_or_default())?;
        self.seen(payer, signed)?;
        for report in self.wallet.reports() {
            let _ = self.wallet.acknowledge(report.id.unwrap_or_default());
        }
        self.rest()
    }

    /// A terminal has a cryptogram with this counter.
    pub(super) fn seen(&mut self, payer: Payer, signed: u16) -> Result<(), String> {
        let paid = self.known.of(payer);
        if signed <= paid.signed {
            return Err(format!("counter {signed} signed again, {} was the last", paid.signed));
        }
        (paid.signed, paid.unanswered) = (signed, 0);
        Ok(())
    }

    /// The contact that has just paid has this number, which none had before, and the newest row.
    pub(super) fn row_of(&mut self, number: u64) -> Result<(), String> {
        let rows = &mut self.known.rows;
        if number <= rows.highest {
            return Err(format!("row {number} after {}: a number twice", rows.highest));
        }
        if rows.first == 0 {
            rows.first = number;
        }
        (rows.written, rows.highest) = (number, number);
        if self.row(number).is_some() { Ok(()) } else { Err(format!("a payment without its row {number}")) }
    }

    pub(super) fn number_of(&mut self, payer: Payer) -> Result<CardId, String> {
        self.known.of(payer).card.ok_or_else(|| "the card is not known".to_owned())
    }

    fn row(&self, number: u64) -> Option<Row> {
        let rows = self.wallet.journal(Some(number.saturating_add(1)), 1);
        rows.into_iter().find(|row| row.id == number)
    }
}

/// The phone's own keys.
pub(super) static PLATFORM: LazyLock<Platform> = LazyLock::new(|| Platform::new(0, Issuer::new(0).envelope_key()));

/// The life, and every crash point in it.
pub(super) fn live() -> Vec<Moment> {
    let mut issuer = Issuer::new(0);
    let platform = PLATFORM.clone();
    let disk = Disk::default();
    let storage = Box::new(disk.clone());
    let wallet = Wallet::create(storage, store_key(), platform.issuer(), NEW_YEAR, randomness(0));
    let wallet = wallet.expect("the disk does not fail");
    platform.tell_keys(&wallet).expect("the disk does not fail");
    disk.record();
    let known = Known { mark: wallet.mark(), ..Known::default() };
    let mut life = Life { disk, wallet, known, now: NEW_YEAR, moments: Vec::new() };
    let mut random = randomness(77);
    let enrolled = platform.enrol(&life.wallet, &mut issuer, NEW_YEAR.wall_ms, &mut random);
    let id = enrolled.expect("the wallet is known from now on");
    // First of all: the issuer numbers its cards from 1, the door for tests goes on above.
    by_envelope(&mut life, &platform, CardState::Active, &mut |_| {
        let policy = Policy::of_single_uses(Protection::Authenticated, 2);
        let order = CardOrder { policy, codes: 0, first_keys: 3 };
        issuer.install(&id, "kernel2-cvn14", &order, NEW_YEAR.wall_ms, &mut random).expect("it is new").envelope
    });
    for payer in Payer::BOTH {
        let demo = demo_card(payer.name()).expect("there is such a card");
        let card = life.wallet.install_unsealed(&demo.profile()).expect("it is usable");
        life.collect();
        life.known.of(payer).card = Some(card);
        issuer.open_account(payer.name());
    }
    add_keys(&mut life, &mut issuer, Payer::ClosedLoop, 100);
    codes::bring_keys(&mut life);
    coupons::bring(&mut life, &platform, &mut issuer, &id, &mut random);
    for number in 1..=TAPS {
        if number % 10 == 1 {
            add_keys(&mut life, &mut issuer, Payer::Plain, 12);
        }
        match number {
            3 => come_and_go(&mut life),
            20 | 30 => by_envelope(&mut life, &platform, CardState::Suspended, &mut |card| {
                issuer.suspend(Holder { wallet: id, card }, &mut random).expect("it is active")
            }),
            25 | 35 => by_envelope(&mut life, &platform, CardState::Active, &mut |card| {
                issuer.resume(Holder { wallet: id, card }, &mut random).expect("it is suspended")
            }),
            // Another profile, with other certificates and another ICC key.
            40 => by_envelope(&mut life, &platform, CardState::Active, &mut |card| {
                issuer.renew(Holder { wallet: id, card }, &mut random).expect("it is there")
            }),
            15 | 50 => notify(&mut life, &platform, &mut issuer, &id, &mut random),
            28 => delete_oldest_row(&mut life),
            45 => by_envelope(&mut life, &platform, CardState::Deleted, &mut |card| {
                issuer.delete(Holder { wallet: id, card }, &mut random).expect("it is there")
            }),
            _ => {}
        }
        match number {
            2 | 18 | 37 => account::tell_balance(&mut life, &platform, &mut issuer, &id, &mut random),
            4 | 17 | 26 | 41 => {
                let request =
                    account::ask(&mut life, &platform).expect("the card is active and the disk does not fail");
                // The answer to one of them is lost.
                if number != 17 {
                    account::be_told(&mut life, &platform, &mut issuer, &request, &mut random);
                }
            }
            _ => {}
        }
        holder::decide(&mut life, &mut issuer, number);
        if number % 6 == 4 {
            codes::show(&mut life).expect("keys are there and the disk does not fail");
        }
        if number % 6 == 1 {
            coupons::present(&mut life).expect("uses are left and the disk does not fail");
        }
        let payer = if number % 5 == 0 { Payer::ClosedLoop } else { Payer::Plain };
        life.pay(payer).expect("keys are there and the disk does not fail");
    }
    life.moments
}

/// The issuer tells what became of the last payment.
fn notify(life: &mut Life, platform: &Platform, issuer: &mut Issuer, id: &WalletId, random: &mut dyn FnMut(&mut [u8])) {
    let row = life.row(life.known.rows.safe).expect("it was waited for");
    let (card, atc) = (row.report.card.expect("it paid"), row.report.atc.expect("it paid"));
    let told = Notice {
        card: card.number(),
        aid: row.report.aid.expect("it paid").bytes().to_vec(),
        channel: Channel::Tap,
        atc: atc.number(),
        event: Event::Approved,
        wall_ms: NEW_YEAR.wall_ms,
        amount_minor: 1250,
        currency: 978,
        merchant: "Shop".to_owned(),
    };
    let envelope = issuer.notify(id, &[told], random).expect("the wallet is known");
    life.known.rows.settling = row.id;
    life.apply(platform, &envelope);
    life.known.rows.settled = row.id;
}

/// The holder deletes the row of the first payment.
fn delete_oldest_row(life: &mut Life) {
    let row = life.known.rows.first;
    life.known.rows.deleting = row;
    life.wallet.delete_row(row).expect("the disk does not fail");
    life.collect();
    (life.known.rows.deleted, life.known.rows.first) = (row, 0);
}

/// The issuer's card comes, is suspended, resumed, renewed, deleted.
fn by_envelope(life: &mut Life, platform: &Platform, becomes: CardState, write: &mut dyn FnMut(u32) -> Vec<u8>) {
    let envelope = write(life.known.issued.map_or(0, |card| card.number()));
    life.known.may_stand = Some(becomes);
    let applied = life.apply(platform, &envelope);
    (life.known.issued, life.known.stands) = (applied.card, Some(becomes));
}

pub(super) fn add_keys(life: &mut Life, issuer: &mut Issuer, payer: Payer, count: u16) {
    let Paid { card, keys_up_to, .. } = *life.known.of(payer);
    let token = demo_card(payer.name()).expect("there is such a card").token;
    let until = NEW_YEAR.wall_ms.saturating_add(KEY_LIFE_MS);
    let first = keys_up_to.saturating_add(1);
    let issued = issuer.issue_keys(token.digits(), payer.aid(), first, count, NEW_YEAR.wall_ms, until);
    let keys = issued.expect("the counters rise").iter().map(payment_key).collect();
    life.wallet.add_keys_unsealed(card.expect("it is installed"), keys, life.now).expect("the disk does not fail");
    life.collect();
    life.known.of(payer).keys_up_to = keys_up_to.saturating_add(count);
    life.keep_mark();
}

/// Large cards come and are deleted, which makes the log grow until it is written anew.
fn come_and_go(life: &mut Life) {
    let large = large_profile();
    for _ in 0..24 {
        let card = life.wallet.install_unsealed(&large).expect("it is usable");
        life.collect();
        life.wallet.delete(card).expect("it is there");
        life.collect();
        life.known.deleted = Some(card);
    }
}

/// A wallet found again: it must open, not look put back, have lost nothing that was said to be there, burn no more than
/// it may, and sign nothing twice, tap after tap. Gives the crash points of this second life, where they are wanted, and how
/// many uses were burned.
pub(super) fn second_life(image: &Image, mut known: Known, record: bool) -> Result<(Vec<Moment>, u16), String> {
    // Without a boot count every opening may be in another boot.
    match image.death.may_burn() || image.now.boot_count == 0 {
        true => known.losses = known.losses.saturating_add(1),
        false => known.kills = known.kills.saturating_add(1),
    }
    if !matches!(image.death, Death::Kill | Death::CutWrite) {
        known.rows.lose_what_is_not_safe();
    }
    known.will.end_with(image.death);
    if !image.death.is_a_crash() {
        return meddled_life(image, known).map(|()| (Vec::new(), 0));
    }
    let disk = Disk::of(image.medium.clone());
    if record {
        disk.record();
    }
    let now = image.now;
    let opened = Wallet::open(Box::new(disk.clone()), store_key(), known.mark, now, fresh_randomness(&known));
    let wallet = opened.map_err(|error| format!("the wallet does not open: {error}"))?;
    let mut life = Life { disk, wallet, known, now, moments: Vec::new() };
    life.collect();
    if life.wallet.is_rolled_back() {
        return Err("it looks put back to an older copy".to_owned());
    }
    life.keep_mark();
    nothing_acknowledged_is_lost(&life)?;
    no_row_is_lost(&life)?;
    account::nothing_is_lost(&life)?;
    let mut burned: u16 = 0;
    for payer in Payer::ALL {
        let of_it = burned_of(&mut life, payer)?;
        burned = burned.saturating_add(of_it);
        if payer == Payer::Everyday && of_it > 0 {
            life.known.will.lose_a_small_payment();
        }
    }
    if burned > MOST_BURNED.saturating_mul(known.losses) {
        return Err(format!("{burned} uses burned by {} power losses", known.losses));
    }
    coupons::not_too_much_is_burned(&life)?;
    holder::try_for_more(&mut life, image)?;
    if life.known.codes.brought {
        codes::show(&mut life)?;
    }
    if life.known.coupons.brought {
        coupons::present(&mut life)?;
    }
    account::ask_again(&mut life, image)?;
    // A third tap only where the second life is crashed in: it takes its time.
    let taps = if record { 3 } else { 2 };
    for payer in [Payer::Plain, Payer::ClosedLoop, Payer::Plain].into_iter().take(taps) {
        let ready = life.known.of(payer).card.is_some() && uses_left(&mut life, payer) > 0;
        if ready {
            life.pay(payer)?;
        }
    }
    Ok((life.moments, burned))
}

/// A wallet whose files were meddled with: whether it opens or not, pays or not, it signs nothing twice. Of an older copy the
/// mark tells, but not of what was signed since that was stored.
fn meddled_life(image: &Image, mut known: Known) -> Result<(), String> {
    if image.death == Death::Older {
        for payer in Payer::ALL {
            let paid = known.of(payer);
            paid.signed = paid.marked;
        }
        known.coupons.presented = known.coupons.marked;
        (known.account.asked, known.rows.highest) = (known.account.marked, 0);
    }
    let (disk, now) = (Disk::of(image.medium.clone()), image.now);
    let opened = Wallet::open(Box::new(disk.clone()), store_key(), known.mark, now, fresh_randomness(&known));
    let Ok(wallet) = opened else { return Ok(()) };
    let mut life = Life { disk, wallet, known, now, moments: Vec::new() };
    life.keep_mark();
    let _ = life.take_the_choice_back();
    if life.known.coupons.brought {
        match coupons::present(&mut life) {
            Err(violation) if violation.contains("presented again") => return Err(violation),
            _ => {}
        }
    }
    match account::ask_again(&mut life, image) {
        Err(violation) if violation.contains("asked again") => return Err(violation),
        _ => {}
    }
    for payer in [Payer::Plain, Payer::ClosedLoop, Payer::Plain] {
        match life.pay(payer) {
            Err(violation) if violation.contains("signed again") => return Err(violation),
            _ => {}
        }
    }
    Ok(())
}

/// Other salts and keys than in the lives before.
fn fresh_randomness(known: &Known) -> Randomness {
    randomness(
        u64::from(known.losses).saturating_mul(1_000).saturating_add(known.kills.into()).saturating_add(1_000_000),
    )
}

fn nothing_acknowledged_is_lost(life: &Life) -> Result<(), String> {
    let known = &life.known;
    if life.wallet.highest_sequence() < known.sequence {
        return Err(format!("the sequence {} was acknowledged", known.sequence));
    }
    let cards = life.wallet.cards();
    if known.deleted.is_some_and(|card| cards.contains(&card)) {
        return Err("a deleted card came back".to_owned());
    }
    if let Some(card) = known.issued {
        let state = life.wallet.card(card, NEW_YEAR.wall_ms).map_or(CardState::Deleted, |card| card.state);
        if Some(state) != known.stands && Some(state) != known.may_stand {
            return Err(format!("the issuer's card is {state:?}, {:?} was acknowledged", known.stands));
        }
    }
    Ok(())
}

/// A row that was written is there, however the process ended, and after a power loss one that was waited for; what its holder deleted
/// is not.
fn no_row_is_lost(life: &Life) -> Result<(), String> {
    let Rows { first, written, answered, deleting, deleted, settling, settled, .. } = life.known.rows;
    for number in [first, written, settled].into_iter().filter(|number| *number != 0 && *number != deleting) {
        let row = life.row(number).ok_or_else(|| format!("row {number} is lost"))?;
        let spent = row.report.atc.is_some() || row.report.coupon.is_some();
        let as_told =
            if row.settlements.is_empty() { number != settled } else { [settling, settled].contains(&number) };
        if !spent || !as_told {
            return Err(format!("row {number} does not say what it said"));
        }
    }
    if let Some((card, atc)) = answered {
        let is_of = |row: &Row| row.report.card == Some(card) && row.report.atc.is_some_and(|of| of.number() == atc);
        if !life.wallet.journal(None, 3).iter().any(is_of) {
            return Err(format!("a key was spent, counter {atc}, and no row tells of it"));
        }
    }
    if deleted != 0 && life.row(deleted).is_some() {
        return Err(format!("the deleted row {deleted} came back"));
    }
    Ok(())
}

fn found(life: &mut Life, payer: Payer) -> Option<Card> {
    let card = life.known.of(payer).card?;
    life.wallet.card(card, life.now.wall_ms)
}

fn uses_left(life: &mut Life, payer: Payer) -> u32 {
    let application = found(life, payer).and_then(|card| card.applications.first().cloned());
    application.map_or(0, |application| application.uses_left)
}

/// How many uses are gone that no terminal asked for.
fn burned_of(life: &mut Life, payer: Payer) -> Result<u16, String> {
    let paid = *life.known.of(payer);
    if paid.card.is_none() {
        return Ok(0);
    }
    let card = found(life, payer).ok_or("a card that was acknowledged is lost")?;
    let application = card.applications.first().ok_or("it has an application")?;
    let (last, left) = (application.last_atc.number(), application.uses_left);
    // Those of a card whose time is over are destroyed.
    let kept = payer != Payer::ForATime;
    if kept && u32::from(last).saturating_add(left) < u32::from(paid.keys_up_to) {
        let up_to = paid.keys_up_to;
        return Err(format!("keys up to {up_to} were acknowledged, {left} are left after {last}"));
    }
    Ok(last.saturating_sub(paid.signed.saturating_add(paid.unanswered)))
}
