//! What the holder decides, in the life that is crashed in: small amounts without verification, a choice for one payment,
//! a card frozen and unfrozen, cards for a time. What must come of it is reckoned here from what terminals saw, and from
//! nothing that the wallet says: no crash makes a payment free, revives a choice, thaws a card or prolongs its use.

use hcepay_core::{Allowance, CardState, DEFAULT_WINDOW_MS, Method, MostPaid, Now, TemporaryUse};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::terminal::{Purchase, Terminal};

use super::life::{Life, Payer, add_keys};
use super::{Death, Image};
use crate::phone::{NEW_YEAR, PURCHASE};

const EURO: u16 = 978;
/// Without verification: so much, so often.
const SMALL: Allowance = Allowance { currency: EURO, single: 200, total: 500, count: 4 };
/// Of a card for a time.
const MOST: MostPaid = MostPaid { currency: EURO, single: 300, total: 500 };
const HOUR_MS: u64 = 3_600_000;
const ONCE_MS: u64 = 60_000;

/// What the holder has decided, and what terminals saw since that counts against it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Will {
    /// So many contacts were tried, which makes each terminal's number another one.
    contacts: u32,
    small: Small,
    /// A freeze has returned, and no unfreezing was asked for since; one was asked for.
    frozen: bool,
    may_be_frozen: bool,
    once: Once,
    for_a_time: ForATime,
}

/// Payments without verification that terminals saw since the last one that may have been verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Small {
    bounded: bool,
    count: u8,
    paid: u64,
    /// A lease was burned since: one that terminals saw may have been lost.
    lost: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
enum Once {
    /// Nothing was ever chosen.
    #[default]
    Never,
    Open,
    /// It has paid, was taken back, or its boot has ended.
    Over,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
enum Limit {
    #[default]
    None,
    Taps(u16),
    Amount,
    Hour,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct ForATime {
    limit: Limit,
    taps: u16,
    paid: u64,
    retired: bool,
}

impl Limit {
    fn decided(self) -> TemporaryUse {
        let none = TemporaryUse::default();
        match self {
            Limit::None => none,
            Limit::Taps(taps) => TemporaryUse { taps: Some(taps), ..none },
            Limit::Amount => TemporaryUse { amounts: vec![MOST], ..none },
            Limit::Hour => TemporaryUse { until_ms: Some(in_an_hour().wall_ms), ..none },
        }
    }
}

fn in_an_hour() -> Now {
    Now { wall_ms: NEW_YEAR.wall_ms.saturating_add(HOUR_MS), ..NEW_YEAR }
}

impl Will {
    /// The process, and with a power loss the boot, has ended.
    pub(super) fn end_with(&mut self, death: Death) {
        if death == Death::PowerLoss && self.once == Once::Open {
            self.once = Once::Over;
        }
    }

    pub(super) fn lose_a_small_payment(&mut self) {
        self.small.lost = true;
    }

    /// A terminal has a cryptogram.
    fn paid(&mut self, payer: Payer, minor: u64, verified: bool) -> Result<(), String> {
        match payer {
            Payer::Everyday if self.frozen => return Err("a frozen card pays".to_owned()),
            Payer::Everyday if !verified && self.small.bounded => {
                let Small { count, paid, lost, .. } = &mut self.small;
                (*count, *paid) = (count.saturating_add(1), paid.saturating_add(minor));
                if *lost || *count > SMALL.count || *paid > SMALL.total {
                    return Err(format!("a free tap: {count} unverified, {paid} in all, one lost: {lost}"));
                }
            }
            Payer::ForATime => {
                let ForATime { limit, taps, paid, retired } = &mut self.for_a_time;
                (*taps, *paid) = (taps.saturating_add(1), paid.saturating_add(minor));
                let beyond = match limit {
                    Limit::Taps(most) => taps > most,
                    Limit::Amount => *paid > MOST.total,
                    Limit::None | Limit::Hour => false,
                };
                if beyond || *retired {
                    return Err(format!("a card for a time paid {taps} times, {paid} in all, {limit:?}"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Life {
    /// A contact at a shop, where `default` is the card of every day: who has paid, as the terminal sees it. Its report
    /// is made, its row safe.
    fn contact(&mut self, default: Payer, minor: u64, verified: bool) -> Result<Option<Payer>, String> {
        self.choose(default)?;
        if verified {
            self.verify()?;
        }
        // The write of the tap is under way: whether a key is spent nobody knows.
        let before = self.known;
        self.known.will.contacts = self.known.will.contacts.saturating_add(1);
        let contacts = self.known.will.contacts;
        for payer in [default, Payer::Everyday] {
            self.known.of(payer).unanswered = before.unanswered(payer).saturating_add(1);
        }
        if verified {
            self.known.will.small = Small { bounded: before.will.small.bounded, ..Small::default() };
        }
        let unpredictable_number = contacts.to_be_bytes().map(|byte| byte ^ 0x5A);
        let purchase = Purchase { amount_minor: minor, unpredictable_number, ..PURCHASE };
        let (wallet, now) = (&self.wallet, self.now);
        let tap = Terminal::default().pay(&purchase, &mut |command| wallet.process(now, command));
        self.collect();
        let paid = tap.authorisation.map(|request| {
            let token = request.token().unwrap_or_default();
            let payer = [default, Payer::Everyday].into_iter().find(|payer| payer.token() == token);
            let atc = request.object(0x9F36).and_then(|atc| <[u8; 2]>::try_from(atc).ok());
            (payer, u16::from_be_bytes(atc.unwrap_or_default()))
        });
        for payer in [default, Payer::Everyday] {
            self.known.of(payer).unanswered = before.unanswered(payer);
        }
        let Some((payer, atc)) = paid else {
            self.known.will.small = before.will.small;
            let _ = self.wallet.deactivated(self.now);
            self.collect();
            return self.rest().map(|()| None);
        };
        let payer = payer.ok_or("a card pays that was not chosen")?;
        if payer != Payer::Everyday || !verified {
            self.known.will.small = before.will.small;
        }
        if payer == Payer::Everyday && default != Payer::Everyday {
            if self.known.will.once != Once::Open {
                return Err("a choice for one payment pays again".to_owned());
            }
            self.known.will.once = Once::Over;
        }
        self.seen(payer, atc)?;
        self.known.will.paid(payer, minor, verified)?;
        self.known.rows.answered = Some((self.number_of(payer)?, atc));
        let report = self.wallet.deactivated(self.now);
        self.collect();
        self.row_of(report.id.unwrap_or_default())?;
        self.known.rows.answered = None;
        self.rest().map(|()| Some(payer))
    }

    pub(super) fn choose(&mut self, payer: Payer) -> Result<(), String> {
        let card = self.number_of(payer)?;
        self.wallet.choose(card, self.now).map_err(|error| format!("choosing: {error}"))?;
        self.collect();
        self.keep_mark();
        Ok(())
    }

    pub(super) fn verify(&mut self) -> Result<(), String> {
        let armed = self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, None);
        armed.map_err(|error| format!("arming: {error}"))?;
        self.collect();
        self.keep_mark();
        Ok(())
    }

    /// The phone makes itself ready for the next time.
    pub(super) fn rest(&mut self) -> Result<(), String> {
        self.wallet.make_ready(self.now).map_err(|error| format!("making ready: {error}"))?;
        self.collect();
        self.known.rows.safe = self.known.rows.written;
        self.keep_mark();
        Ok(())
    }

    fn choose_once(&mut self) {
        self.known.will.once = Once::Open;
        let everyday = self.number_of(Payer::Everyday).expect("it is there");
        self.wallet.choose_once(Some(everyday), ONCE_MS, self.now).expect("the disk does not fail");
        self.collect();
        self.keep_mark();
    }

    /// No choice for one payment stands in the way of what is chosen next.
    pub(super) fn take_the_choice_back(&mut self) -> Result<(), String> {
        if self.known.will.once != Once::Never {
            self.wallet.choose_once(None, ONCE_MS, self.now).map_err(|error| format!("taking back: {error}"))?;
            self.collect();
            self.known.will.once = Once::Over;
            self.keep_mark();
        }
        Ok(())
    }

    /// A card that pays so long only.
    fn begin_a_time(&mut self, issuer: &mut Issuer, limit: Limit) {
        self.known.will.for_a_time = ForATime::default();
        if let Some(over) = self.known.of(Payer::ForATime).card.take() {
            self.wallet.delete(over).expect("it is there");
            self.collect();
            self.known.deleted = Some(over);
        }
        install(self, issuer, Payer::ForATime, 6);
        let card = self.number_of(Payer::ForATime).expect("it is there");
        self.wallet.limit_use(card, Some(limit.decided()), self.now).expect("the disk does not fail");
        self.collect();
        self.known.will.for_a_time = ForATime { limit, ..ForATime::default() };
        self.keep_mark();
    }
}

fn install(life: &mut Life, issuer: &mut Issuer, payer: Payer, keys: u16) {
    let demo = demo_card(payer.name()).expect("there is such a card");
    issuer.open_account(payer.name());
    let card = life.wallet.install_unsealed(&demo.profile()).expect("it is usable");
    life.collect();
    let seen = life.known.of(payer);
    // Keys of a card before it that had this token are gone, and no matter.
    (seen.card, seen.signed) = (Some(card), seen.keys_up_to);
    add_keys(life, issuer, payer, keys);
    if payer == Payer::Everyday {
        life.wallet.limit_low_value(card, Some(vec![SMALL]), life.now).expect("the disk does not fail");
        life.collect();
        life.known.will.small.bounded = true;
        life.keep_mark();
    }
}

/// What the holder does before the tap of this number.
pub(super) fn decide(life: &mut Life, issuer: &mut Issuer, tap: u16) {
    use Payer::{Everyday, ForATime, Plain};
    let pays = |life: &mut Life, default: Payer, minor: u64, verified: bool, expected: Option<Payer>| {
        assert_eq!(life.contact(default, minor, verified), Ok(expected), "before tap {tap}, for {minor}");
    };
    match tap {
        4 => install(life, issuer, Everyday, 30),
        5 => {
            pays(life, Everyday, 100, false, Some(Everyday));
            pays(life, Everyday, 100, false, Some(Everyday));
        }
        7 => {
            life.choose_once();
            pays(life, Plain, 100, false, Some(Everyday));
            pays(life, Plain, 100, false, Some(Plain));
        }
        8 => {
            pays(life, Everyday, 100, false, Some(Everyday));
            pays(life, Everyday, 50, false, None);
        }
        9 | 23 => pays(life, Everyday, 1200, true, Some(Everyday)),
        12 => {
            life.known.will.may_be_frozen = true;
            let card = life.number_of(Everyday).expect("it is there");
            life.wallet.freeze(card, life.now).expect("the disk does not fail");
            life.collect();
            life.known.will.frozen = true;
            pays(life, Everyday, 100, false, None);
            pays(life, Everyday, 100, true, None);
        }
        14 => {
            let card = life.number_of(Everyday).expect("it is there");
            let armed = life.wallet.arm(life.now, Method::Biometric, DEFAULT_WINDOW_MS, None);
            armed.expect("the disk does not fail");
            life.collect();
            life.known.will.frozen = false;
            life.wallet.unfreeze(card, life.now).expect("the holder is verified");
            life.collect();
            life.known.will.may_be_frozen = false;
            pays(life, Everyday, 200, false, Some(Everyday));
            pays(life, Everyday, 200, false, Some(Everyday));
            pays(life, Everyday, 101, false, None);
        }
        16 => life.begin_a_time(issuer, Limit::Taps(3)),
        17 | 18 => pays(life, ForATime, 100, true, Some(ForATime)),
        19 => {
            pays(life, ForATime, 100, true, Some(ForATime));
            life.known.will.for_a_time.retired = true;
            pays(life, ForATime, 100, true, None);
        }
        22 => {
            life.begin_a_time(issuer, Limit::Amount);
            pays(life, ForATime, 300, true, Some(ForATime));
            pays(life, ForATime, 201, true, None);
        }
        24 => {
            life.choose_once();
            life.take_the_choice_back().expect("the disk does not fail");
            pays(life, Plain, 100, false, Some(Plain));
            pays(life, ForATime, 200, true, Some(ForATime));
            life.known.will.for_a_time.retired = true;
        }
        32 => {
            life.begin_a_time(issuer, Limit::Hour);
            pays(life, ForATime, 300, true, Some(ForATime));
            life.wallet.make_ready(in_an_hour()).expect("the disk does not fail");
            life.collect();
            life.known.will.for_a_time.retired = true;
        }
        _ => {}
    }
}

/// Tries, in a life after a crash, to pay more than the holder has decided.
pub(super) fn try_for_more(life: &mut Life, image: &Image) -> Result<(), String> {
    use Payer::{Everyday, ForATime, Plain};
    let Will { small, frozen, may_be_frozen, once, for_a_time, .. } = life.known.will;
    let snapshot = |life: &mut Life, payer| life.known.of(payer).card.and_then(|card| life.wallet.card(card, 0));
    if small.bounded {
        let is_frozen = snapshot(life, Everyday).is_some_and(|card| card.rules.frozen);
        if is_frozen != frozen && !(is_frozen && may_be_frozen) {
            return Err(format!("frozen: {is_frozen}, and {frozen} was said"));
        }
    }
    if for_a_time.retired && snapshot(life, ForATime).is_some_and(|card| card.state != CardState::Retired) {
        return Err("a retired card came back".to_owned());
    }
    if once != Once::Never {
        life.contact(Plain, 100, false)?;
        life.contact(Plain, 100, false)?;
        life.take_the_choice_back()?;
    }
    // A mark that was never stored, a clock that fell: whatever refuses is right, as long as nothing pays too much.
    if small.bounded && (frozen || small.count > 0 || small.lost) {
        life.contact(Everyday, 100, frozen)?;
        life.contact(Everyday, 100, frozen)?;
    }
    if for_a_time.limit != Limit::None && (for_a_time.taps > 0 || image.death == Death::PowerLoss) {
        life.contact(ForATime, 200, true)?;
        life.contact(ForATime, 100, true)?;
    }
    Ok(())
}
