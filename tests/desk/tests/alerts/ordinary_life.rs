//! Ordinary life: what a phone meets at readers when nobody is after its holder's money. Made up from what days are like (the way to
//! work, the bakery, the week's shopping, a journey) and from what readers and people do wrong, not from any rule that looks at it.
//!
//! The same seed makes the same life.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;
/// 2026-01-05, a Monday.
const MONDAY_MS: u64 = 1_767_225_600_000 + 4 * DAY_MS;

/// One time that the phone is held to a reader.
#[derive(Debug, Clone)]
pub struct Contact {
    /// What the phone's wall clock shows.
    pub at_ms: u64,
    /// The holder is on a journey.
    pub on_a_journey: bool,
    /// He has verified before; else he has forgotten to.
    pub verified: bool,
    /// The app's process was ended since the contact before, as Android does.
    pub process_was_ended: bool,
    /// How long each command takes to come after the one before; the last one stands for all that follow.
    pub gaps_ms: Vec<u64>,
    /// The transactions that the reader begins, one after the other.
    pub asked: Vec<Asked>,
    /// The phone is taken away after so many commands.
    pub ends_after: Option<usize>,
}

/// What the reader says of one transaction.
#[derive(Debug, Clone)]
pub struct Asked {
    pub amount_minor: u64,
    pub currency: u16,
    pub country: u16,
    pub transaction_type: u8,
    /// YYMMDD, BCD.
    pub date: [u8; 3],
    pub merchant: String,
    pub unpredictable_number: [u8; 4],
}

/// A country, its money, and how many hours its clocks are before UTC.
#[derive(Debug, Clone, Copy)]
struct Country {
    code: u16,
    currency: u16,
    hours: i64,
}

const fn country(code: u16, currency: u16, hours: i64) -> Country {
    Country { code, currency, hours }
}

const HOME: Country = country(276, 978, 1);
const NEXT_DOOR: Country = country(756, 756, 1);
const JOURNEYS_TO: [Country; 9] = [
    country(250, 978, 1),
    country(380, 978, 1),
    country(724, 978, 1),
    country(826, 826, 0),
    country(208, 208, 1),
    country(840, 840, -5),
    country(392, 392, 9),
    country(156, 156, 8),
    country(554, 554, 12),
];

/// Where one pays.
#[derive(Debug, Clone)]
struct Place {
    name: String,
    kind: Kind,
    country: Country,
    /// The usual time between two commands.
    pace_ms: u64,
    clock: Clock,
    numbers: Numbers,
    /// It begins again while the phone is still there, every so many times.
    asks_twice: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gate,
    Bakery,
    Canteen,
    Supermarket,
    Shop,
    Restaurant,
    Petrol,
    Vending,
    Hotel,
    CashMachine,
    Furniture,
}

/// What the reader's calendar shows.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Right,
    /// Set by hand, and by so many days off.
    DaysOff(i64),
    /// Never set.
    Factory,
}

/// How the reader makes its unpredictable numbers.
#[derive(Debug, Clone, Copy)]
enum Numbers {
    Random,
    /// Counted from when it was switched on in the morning.
    Counted,
}

/// What the reader or the holder does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    Nothing,
    /// Held too short; again a moment later.
    Torn(usize),
    /// The holder has not verified; does so, and again.
    NotVerified,
    /// The reader begins again while the phone is still there.
    AskedTwice,
    /// The reader has lost the answer and begins again in the same contact.
    Retried,
    /// The cashier believes it has not worked and takes it once more.
    TakenTwice,
}

/// A person, who goes about.
pub struct Life {
    dice: ChaCha8Rng,
    way: Vec<Place>,
    places: Vec<Place>,
    works_next_door: bool,
    contacts: Vec<Contact>,
    last_ms: u64,
}

/// So many contacts of a life.
pub fn of(seed: u64, contacts: usize) -> Vec<Contact> {
    let mut life = Life::of(seed);
    let mut day = 0;
    while life.contacts.len() < contacts {
        day = life.some_days(day);
    }
    life.contacts.truncate(contacts);
    life.contacts
}

impl Life {
    fn of(seed: u64) -> Life {
        let mut life = Life {
            dice: ChaCha8Rng::seed_from_u64(seed),
            way: Vec::new(),
            places: Vec::new(),
            works_next_door: false,
            contacts: Vec::new(),
            last_ms: 0,
        };
        life.works_next_door = life.chance(1, 4);
        let work = if life.works_next_door { NEXT_DOOR } else { HOME };
        life.way = vec![life.place(Kind::Gate, HOME), life.place(Kind::Gate, work), life.place(Kind::Canteen, work)];
        let kinds = [
            (Kind::Bakery, 3),
            (Kind::Supermarket, 4),
            (Kind::Shop, 14),
            (Kind::Restaurant, 8),
            (Kind::Petrol, 2),
            (Kind::Vending, 3),
            (Kind::CashMachine, 1),
            (Kind::Furniture, 2),
        ];
        for (kind, count) in kinds {
            for _ in 0..count {
                let place = life.place(kind, HOME);
                life.places.push(place);
            }
        }
        life
    }

    /// Below this number.
    fn below(&mut self, end: u64) -> u64 {
        self.dice.next_u64() % end.max(1)
    }

    fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    fn chance(&mut self, one: u64, of: u64) -> bool {
        self.below(of) < one
    }

    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    fn place(&mut self, kind: Kind, country: Country) -> Place {
        let pace_ms = match kind {
            Kind::Gate => self.between(6, 14),
            // Old readers with a slow link between their two halves.
            _ if self.chance(1, 12) => self.between(60, 140),
            _ => self.between(12, 50),
        };
        let clock = match self.below(100) {
            0 => Clock::Factory,
            1 => Clock::DaysOff(self.between(2, 400) as i64),
            2 => Clock::DaysOff(-(self.between(2, 400) as i64)),
            _ => Clock::Right,
        };
        let numbers = if self.chance(1, 150) { Numbers::Counted } else { Numbers::Random };
        let asks_twice = self.chance(1, 40);
        let name = format!("{kind:?} {}", self.below(10_000)).to_uppercase();
        Place { name, kind, country, pace_ms, clock, numbers, asks_twice }
    }

    /// A day at home, or a whole journey. Gives the day after it.
    fn some_days(&mut self, day: u64) -> u64 {
        if self.chance(1, 90) {
            return self.journey(day);
        }
        let at = MONDAY_MS + day * DAY_MS;
        match day % 7 {
            0..=4 => self.working_day(at),
            5 => self.saturday(at),
            _ => self.sunday(at),
        }
        if self.chance(1, 60) {
            self.day_trip(at);
        }
        day + 1
    }

    fn working_day(&mut self, at: u64) {
        let sick_or_at_home = self.chance(1, 8);
        if !sick_or_at_home {
            let [gate, gate_back, canteen] = [0, 1, 2].map(|place| self.way[place].clone());
            let leaves = at + 7 * HOUR_MS + self.below(40 * MINUTE_MS);
            self.go(&gate, leaves, false);
            if self.chance(1, 3) {
                self.at_a(Kind::Bakery, at + 7 * HOUR_MS + 45 * MINUTE_MS, MINUTE_MS);
            }
            if self.chance(3, 5) {
                let lunch = at + 11 * HOUR_MS + self.below(90 * MINUTE_MS);
                self.go(&canteen, lunch, false);
                // The coffee after it.
                if self.chance(1, 4) {
                    let coffee = lunch + self.between(5, 25) * MINUTE_MS;
                    self.go(&canteen, coffee, false);
                }
            }
            let home = at + 16 * HOUR_MS + self.below(2 * HOUR_MS);
            self.go(&gate_back, home, false);
            if self.chance(1, 6) {
                self.at_a(Kind::Vending, home + 4 * MINUTE_MS, MINUTE_MS);
            }
        }
        if self.chance(2, 5) {
            self.at_a(Kind::Supermarket, at + 18 * HOUR_MS, 2 * HOUR_MS);
        }
        if self.chance(1, 9) {
            self.at_a(Kind::Petrol, at + 20 * HOUR_MS, HOUR_MS / 2);
        }
        if self.chance(1, 6) {
            self.at_a(Kind::Restaurant, at + 20 * HOUR_MS + 31 * MINUTE_MS, 150 * MINUTE_MS);
        }
    }

    fn saturday(&mut self, at: u64) {
        if self.chance(2, 3) {
            self.at_a(Kind::Bakery, at + 8 * HOUR_MS, HOUR_MS);
        }
        if self.chance(4, 5) {
            self.at_a(Kind::Supermarket, at + 10 * HOUR_MS, HOUR_MS);
        }
        // In town: one shop after the other.
        if self.chance(1, 2) {
            let mut now = at + 12 * HOUR_MS;
            for _ in 0..self.between(2, 7) {
                self.at_a(Kind::Shop, now, MINUTE_MS);
                now += self.between(6, 45) * MINUTE_MS;
            }
        }
        if self.chance(1, 20) {
            self.at_a(Kind::Furniture, at + 18 * HOUR_MS, HOUR_MS);
        }
        // A round for friends, and another one.
        if self.chance(1, 3) {
            let evening = at + 20 * HOUR_MS;
            let bar = self.known(Kind::Restaurant);
            for round in 0..self.between(1, 4) {
                self.go(&bar, evening + round * 40 * MINUTE_MS, false);
            }
        }
        if self.chance(1, 10) {
            self.at_a(Kind::CashMachine, at + 19 * HOUR_MS, HOUR_MS);
        }
    }

    fn sunday(&mut self, at: u64) {
        if self.chance(1, 2) {
            self.at_a(Kind::Bakery, at + 9 * HOUR_MS, HOUR_MS);
        }
        if self.chance(1, 3) {
            self.at_a(Kind::Restaurant, at + 13 * HOUR_MS, 2 * HOUR_MS);
        }
        if self.chance(1, 5) {
            self.at_a(Kind::Petrol, at + 16 * HOUR_MS, HOUR_MS);
        }
    }

    /// Over the border and back.
    fn day_trip(&mut self, at: u64) {
        let there = self.place(Kind::Shop, NEXT_DOOR);
        let lunch = self.place(Kind::Restaurant, NEXT_DOOR);
        self.go(&there, at + 22 * HOUR_MS, true);
        if self.chance(1, 2) {
            self.go(&lunch, at + 23 * HOUR_MS, true);
        }
    }

    fn journey(&mut self, day: u64) -> u64 {
        let to = self.one_of(&JOURNEYS_TO);
        let days = self.between(2, 14);
        let first = MONDAY_MS + day * DAY_MS;
        // Breakfast at the airport, and the first thing that is bought there; a long flight or a short one.
        let airport = self.place(Kind::Restaurant, HOME);
        self.go(&airport, first + 6 * HOUR_MS, true);
        let flight = if (to.hours - HOME.hours).abs() > 3 { 11 * HOUR_MS } else { 2 * HOUR_MS + HOUR_MS / 2 };
        let kinds = [Kind::Gate, Kind::Shop, Kind::Restaurant, Kind::Restaurant, Kind::Supermarket, Kind::CashMachine];
        let places: Vec<Place> = (0..12)
            .map(|_| {
                let kind = self.one_of(&kinds);
                self.place(kind, to)
            })
            .collect();
        let hotel = self.place(Kind::Hotel, to);
        let mut now = first + 6 * HOUR_MS + flight;
        for that_day in 0..days {
            if that_day > 0 {
                now = first + that_day * DAY_MS + (8 - to.hours).rem_euclid(24) as u64 * HOUR_MS;
            }
            if that_day == 0 || that_day + 1 == days {
                self.go(&hotel, now + HOUR_MS, true);
                now += HOUR_MS;
            }
            for _ in 0..self.between(2, 7) {
                now += self.between(20, 150) * MINUTE_MS;
                let place = self.one_of(&places);
                self.go(&place, now, true);
            }
        }
        day + days + 1
    }

    fn known(&mut self, kind: Kind) -> Place {
        let known: Vec<Place> = self.places.iter().filter(|place| place.kind == kind).cloned().collect();
        self.one_of(&known)
    }

    /// Mostly somewhere known.
    fn at_a(&mut self, kind: Kind, from_ms: u64, within_ms: u64) {
        let at_ms = from_ms + self.below(within_ms);
        let place = if self.chance(1, 10) { self.place(kind, HOME) } else { self.known(kind) };
        self.go(&place, at_ms, false);
    }

    /// What is bought there, in the smallest money of the country: type and amount.
    fn purchase(&mut self, place: &Place) -> (u8, u64) {
        let euros = |cents: u64| match place.country.currency {
            // Yen have no smaller money, and are about 150 to the euro; some others are about 8.
            392 => cents * 3 / 2,
            156 | 208 => cents * 8,
            _ => cents,
        };
        let (transaction_type, cents) = match place.kind {
            // Some take the fare, some ask for nothing and settle it at night.
            Kind::Gate if place.name.len().is_multiple_of(2) => (0x00, 0),
            Kind::Gate => (0x00, 320),
            Kind::Bakery => (0x00, self.between(4, 30) * 25),
            Kind::Canteen => (0x00, self.one_of(&[180, 180, 210, 540, 620, 690, 750, 890])),
            Kind::Supermarket if self.chance(1, 25) => (0x09, self.between(2_000, 9_000) + 5_000),
            Kind::Supermarket => {
                let much = self.between(1, 10) * self.between(1, 10);
                (0x00, self.between(150, 1_200) + much * 90)
            }
            Kind::Shop if self.chance(1, 40) => (0x20, self.between(900, 9_000)),
            Kind::Shop => {
                let much = self.between(1, 12) * self.between(1, 12);
                (0x00, 299 + much * 100)
            }
            Kind::Restaurant => (0x00, self.between(5, 90) * 50 + self.between(300, 2_000)),
            // The pump asks for what it would give at most.
            Kind::Petrol => (0x00, self.one_of(&[15_000, 15_000, 10_000])),
            Kind::Vending => (0x00, self.one_of(&[150, 200, 200, 250])),
            Kind::Hotel => (0x00, self.between(80, 900) * 100),
            Kind::CashMachine => (0x01, self.one_of(&[2_000, 5_000, 10_000, 20_000])),
            Kind::Furniture => (0x00, self.between(90, 1_600) * 100),
        };
        (transaction_type, euros(cents))
    }

    /// Pays there, with whatever goes wrong.
    fn go(&mut self, place: &Place, at_ms: u64, on_a_journey: bool) {
        let at_ms = at_ms.max(self.last_ms + 20_000);
        let mishap = match self.below(1000) {
            0..8 => {
                let commands = self.between(1, 3);
                Mishap::Torn(commands as usize)
            }
            8..14 => Mishap::Torn(4),
            14..54 => Mishap::NotVerified,
            54..58 => Mishap::Retried,
            58..60 => Mishap::TakenTwice,
            _ if place.asks_twice && self.chance(1, 3) => Mishap::AskedTwice,
            _ => Mishap::Nothing,
        };
        let (transaction_type, amount_minor) = self.purchase(place);
        let asked = self.asked(place, at_ms, transaction_type, amount_minor);
        let contact = self.contact(place, at_ms, on_a_journey, asked.clone());
        let again = |life: &mut Life, after_ms: u64| {
            let at_ms = at_ms + after_ms;
            let asked = life.asked(place, at_ms, transaction_type, amount_minor);
            life.contact(place, at_ms, on_a_journey, asked)
        };
        match mishap {
            Mishap::Nothing => self.keep(contact),
            Mishap::Torn(commands) => {
                self.keep(Contact { ends_after: Some(commands), ..contact });
                let pause = self.between(2_000, 9_000);
                let contact = again(self, pause);
                self.keep(contact);
            }
            Mishap::NotVerified => {
                self.keep(Contact { verified: false, ..contact });
                let pause = self.between(4_000, 20_000);
                let contact = again(self, pause);
                self.keep(contact);
            }
            Mishap::AskedTwice => {
                // The holder's verification is used up by then.
                let second = self.asked(place, at_ms, transaction_type, amount_minor);
                self.keep(Contact { asked: vec![asked, second], ..contact });
            }
            Mishap::Retried => {
                let second = self.asked(place, at_ms, transaction_type, amount_minor);
                let selected_only = Contact { asked: vec![asked, second], verified: false, ..contact };
                self.keep(selected_only);
                let pause = self.between(5_000, 15_000);
                let contact = again(self, pause);
                self.keep(contact);
            }
            Mishap::TakenTwice => {
                self.keep(contact);
                let pause = self.between(10_000, 50_000);
                let contact = again(self, pause);
                self.keep(contact);
            }
        }
    }

    fn contact(&mut self, place: &Place, at_ms: u64, on_a_journey: bool, asked: Asked) -> Contact {
        // Each command a little different; now and then the reader is busy with something else; now and then the phone is held
        // badly, and every block goes over the air again.
        let badly_held = self.chance(1, 60);
        let gaps_ms = (0..6)
            .map(|_| {
                let usual = place.pace_ms + self.below(place.pace_ms);
                match () {
                    () if badly_held => usual + self.between(20, 120),
                    () if self.chance(1, 80) => usual + self.between(50, 400),
                    () => usual,
                }
            })
            .collect();
        let process_was_ended = self.chance(1, 12);
        Contact {
            at_ms,
            on_a_journey,
            verified: true,
            process_was_ended,
            gaps_ms,
            asked: vec![asked],
            ends_after: None,
        }
    }

    fn asked(&mut self, place: &Place, at_ms: u64, transaction_type: u8, amount_minor: u64) -> Asked {
        let Country { code, currency, hours } = place.country;
        let there = at_ms.saturating_add_signed(hours * HOUR_MS as i64);
        let date = match place.clock {
            Clock::Right => date(there),
            Clock::DaysOff(days) => date(there.saturating_add_signed(days * DAY_MS as i64)),
            Clock::Factory => [0x20, 0x01, 0x01],
        };
        let unpredictable_number = match place.numbers {
            Numbers::Random => self.dice.next_u32(),
            // So many have paid there that day.
            Numbers::Counted => self.between(1, 200) as u32,
        };
        Asked {
            amount_minor,
            currency,
            country: code,
            transaction_type,
            date,
            merchant: place.name.clone(),
            unpredictable_number: unpredictable_number.to_be_bytes(),
        }
    }

    fn keep(&mut self, contact: Contact) {
        let at_ms = contact.at_ms.max(self.last_ms + 1_500);
        self.last_ms = at_ms;
        self.contacts.push(Contact { at_ms, ..contact });
    }
}

/// The day of a moment, as a terminal has it: YYMMDD, BCD (H. F. Fliegel and T. C. Van Flandern's way, from days to a date).
pub fn date(ms: u64) -> [u8; 3] {
    let days = ms / DAY_MS;
    let l = days + 2_440_588 + 68_569;
    let n = 4 * l / 146_097;
    let l = l - (146_097 * n).div_ceil(4);
    let i = 4_000 * (l + 1) / 1_461_001;
    let l = l - 1_461 * i / 4 + 31;
    let j = 80 * l / 2_447;
    let day = l - 2_447 * j / 80;
    let l = j / 11;
    let (month, year) = (j + 2 - 12 * l, 100 * (n - 49) + i + l);
    [year % 100, month, day].map(|number| (number / 10 * 16 + number % 10) as u8)
}

#[test]
fn dates_are_those_of_the_calendar() {
    // By `date -u -d @... +%y%m%d`.
    for (seconds, expected) in [
        (1_767_225_600, [0x26, 0x01, 0x01]),
        (1_772_323_199, [0x26, 0x02, 0x28]),
        (1_772_323_200, [0x26, 0x03, 0x01]),
        (1_835_395_200, [0x28, 0x02, 0x29]),
        (1_924_991_999, [0x30, 0x12, 0x31]),
    ] {
        assert_eq!(date(seconds * 1000), expected, "{seconds}");
    }
}

#[test]
fn the_same_seed_lives_the_same_life_forwards_in_time() {
    let [one, same, another] = [1, 1, 2].map(|seed| of(seed, 2_000));
    assert_eq!(format!("{one:?}"), format!("{same:?}"));
    assert_ne!(format!("{one:?}"), format!("{another:?}"));
    assert!(one.is_sorted_by(|before, after| before.at_ms < after.at_ms));
    assert!(one.iter().any(|contact| contact.on_a_journey) && one.iter().any(|contact| !contact.on_a_journey));
}
