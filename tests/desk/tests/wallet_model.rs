//! A wallet in plain words: what must come of everything that is done to it. No disk, no seal, no cryptography; what was
//! waited for is a copy of what there was.
//!
//! It has two cards that want no new ones: place 0 pays without verification, place 1 has two applications and always
//! wants its holder verified. All keys are of one use.

use hcepay_core::{Aid, Atc, Attempt, CardId, DEFAULT_WINDOW_MS, Method, Now, Outcome, Reason, Report, TerminalClaims};

const MINUTE_MS: u64 = 60_000;

/// A key of one use.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub atc: u16,
    pub not_before_ms: u64,
    pub not_after_ms: u64,
    /// Currency and minor units.
    pub limit: Option<(u16, u64)>,
}

/// A purchase.
#[derive(Debug, Clone, Copy)]
pub struct Purchase {
    pub application: usize,
    pub minor: u64,
    pub currency: u16,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    atc: u16,
    /// Its mark is stored.
    stored: bool,
    /// It was taken while a terminal waited.
    in_tap: bool,
}

/// One application of a card.
#[derive(Debug, Clone)]
pub struct Application {
    pub aid: Aid,
    pub last: u16,
    keys: Vec<Key>,
    lease: Option<Lease>,
}

#[derive(Debug, Clone)]
pub struct Card {
    id: CardId,
    pub applications: Vec<Application>,
    always_verified: bool,
}

/// What is written.
#[derive(Debug, Clone)]
pub struct Kept {
    pub cards: [Option<Card>; 2],
    pub chosen: Option<usize>,
    pub reports: Vec<Report>,
    /// A contact that has paid and not ended.
    cut: Option<(usize, usize, Report)>,
    clock_ms: u64,
}

/// The wallet.
#[derive(Debug)]
pub struct WalletModel {
    pub kept: Kept,
    /// What is on the medium.
    safe: Kept,
    pub now: Now,
    armed_until: Option<u64>,
    minute: Vec<u64>,
    /// The number of the last contact; where the next ones go on is the wallet's own affair.
    pub contact: u64,
}

impl Application {
    pub fn new(aid: Aid) -> Application {
        Application { aid, last: 0, keys: Vec::new(), lease: None }
    }

    pub fn highest(&self) -> u16 {
        self.keys.iter().map(|key| key.atc).max().unwrap_or(0).max(self.last)
    }

    fn pass(&mut self, atc: u16) {
        self.last = atc;
        self.keys.retain(|key| key.atc > atc);
        self.lease = self.lease.filter(|lease| lease.atc > atc);
    }
}

impl Kept {
    pub fn uses_left(&self, application: &Application, wall_ms: u64) -> u32 {
        let latest = wall_ms.max(self.clock_ms);
        application.keys.iter().filter(|key| latest <= key.not_after_ms).count().try_into().unwrap()
    }

    fn next(&self, application: &Application, wall_ms: u64) -> Result<Key, Reason> {
        if wall_ms + 5 * MINUTE_MS < self.clock_ms {
            return Err(Reason::ClockSetBack);
        }
        let latest = wall_ms.max(self.clock_ms);
        for key in &application.keys {
            if wall_ms < key.not_before_ms {
                return Err(Reason::KeyNotYetValid);
            }
            if latest <= key.not_after_ms {
                return Ok(*key);
            }
        }
        Err(if application.keys.is_empty() { Reason::NoKeyLeft } else { Reason::KeyExpired })
    }
}

impl WalletModel {
    /// Just opened for the first time.
    pub fn new(cards: [(CardId, Vec<Aid>); 2], now: Now) -> WalletModel {
        let [(first, one), (second, two)] =
            cards.map(|(id, aids)| (id, aids.into_iter().map(Application::new).collect()));
        let kept = Kept {
            cards: [
                Some(Card { id: first, applications: one, always_verified: false }),
                Some(Card { id: second, applications: two, always_verified: true }),
            ],
            chosen: Some(0),
            reports: Vec::new(),
            cut: None,
            clock_ms: 0,
        };
        WalletModel { safe: kept.clone(), kept, now, armed_until: None, minute: Vec::new(), contact: 0 }
    }

    /// All that was written is on the medium.
    fn sync(&mut self) {
        self.safe = self.kept.clone();
    }

    /// Leases for the chosen card's next uses and for nothing else, on the medium.
    pub fn make_ready(&mut self) {
        let kept = self.kept.clone();
        for (place, card) in self.kept.cards.iter_mut().enumerate() {
            for application in card.iter_mut().flat_map(|card| &mut card.applications) {
                let next = kept.next(application, self.now.wall_ms).ok().filter(|_| kept.chosen == Some(place));
                application.lease = next.map(|key| match application.lease {
                    Some(lease) if lease.atc == key.atc => lease,
                    _ => Lease { atc: key.atc, stored: false, in_tap: false },
                });
            }
        }
        self.sync();
    }

    pub fn store_mark(&mut self) {
        for lease in self.leases() {
            lease.stored = true;
        }
    }

    fn leases(&mut self) -> impl Iterator<Item = &mut Lease> {
        let cards = self.kept.cards.iter_mut().flatten();
        cards.flat_map(|card| &mut card.applications).filter_map(|application| application.lease.as_mut())
    }

    /// Whether they are taken in.
    pub fn add(&mut self, place: usize, application: usize, keys: &[Key]) -> bool {
        let held = &mut self.kept.cards[place].as_mut().unwrap().applications[application];
        let mut before = held.highest();
        for key in keys {
            if key.atc <= before {
                return false;
            }
            before = key.atc;
        }
        held.keys.extend(keys);
        self.make_ready();
        true
    }

    pub fn choose(&mut self, place: usize) {
        self.kept.chosen = Some(place);
        self.make_ready();
    }

    pub fn delete(&mut self, place: usize) {
        self.kept.cards[place] = None;
        if self.kept.chosen == Some(place) {
            self.armed_until = None;
            self.kept.chosen = self.kept.cards.iter().position(Option::is_some);
        }
        self.sync();
    }

    pub fn arm(&mut self) {
        self.make_ready();
        self.minute.clear();
        self.armed_until = Some(self.now.boot_ms + DEFAULT_WINDOW_MS);
    }

    pub fn disarm(&mut self) {
        self.armed_until = None;
    }

    pub fn acknowledge(&mut self, id: u64) {
        self.kept.reports.retain(|report| report.id != Some(id));
    }

    /// A whole contact.
    pub fn tap(&mut self, purchase: Purchase) -> Report {
        let (report, spent) = self.begin(purchase);
        if spent {
            let (_, _, mut report) = self.kept.cut.take().unwrap();
            let card = self.kept.cards[self.kept.chosen.unwrap()].as_ref().unwrap();
            report.keys_left = Some(self.kept.uses_left(&card.applications[purchase.application], self.now.wall_ms));
            self.kept.reports.push(report.clone());
            return report;
        }
        report
    }

    /// A contact up to the cryptogram, if there is one; the process ends in it.
    pub fn tap_and_be_killed(&mut self, purchase: Purchase) {
        self.begin(purchase);
        self.open();
    }

    fn begin(&mut self, purchase: Purchase) -> (Report, bool) {
        self.contact += 1;
        let id = Some(self.contact);
        let answering = self.kept.chosen.filter(|place| {
            let card = self.kept.cards[*place].as_ref();
            card.is_some_and(|card| purchase.application < card.applications.len())
        });
        let card = self.kept.chosen.and_then(|place| Some(self.kept.cards[place].as_ref()?.id));
        // SELECT, and in the same millisecond GET PROCESSING OPTIONS.
        let (at_ms, gaps_ms) = (self.now.wall_ms, vec![0]);
        let Some(place) = answering else {
            return (Report { at_ms, gaps_ms, ..told(id, card, &[], None) }, false);
        };
        let decided = self.decide(place, purchase);
        let verified = matches!(decided, Ok((Reason::Verified, _))).then_some(Method::Biometric);
        let (outcome, reason, atc) = match decided {
            Ok((reason, atc)) if place == 0 => (Outcome::AuthorisationRequested, reason, Some(atc)),
            // Its record is not read.
            Ok((_, atc)) => (Outcome::Torn, Reason::AfterCryptogram, Some(atc)),
            Err(reason @ (Reason::NotVerified | Reason::WindowOver | Reason::TooManyRequests)) => {
                (Outcome::VerificationNeeded, reason, None)
            }
            Err(reason) => (Outcome::Declined, reason, None),
        };
        let application = &self.kept.cards[place].as_ref().unwrap().applications[purchase.application];
        let attempt = Attempt {
            outcome,
            reason,
            amount_minor: Some(purchase.minor),
            currency: Some(purchase.currency),
            aid: application.aid,
            atc: atc.map(|atc| Atc::new(atc).unwrap()),
        };
        let report = told(id, card, &[attempt], Some(self.kept.uses_left(application, self.now.wall_ms)));
        let (transaction_type, country, date) = (Some(0), Some(276), Some([0x26, 0x01, 0x01]));
        let terminal = TerminalClaims { transaction_type, country, date, ..TerminalClaims::default() };
        let report = Report { at_ms, gaps_ms, verified, terminal, ..report };
        if atc.is_some() {
            self.kept.cut = Some((place, purchase.application, report.clone()));
        }
        (report, atc.is_some())
    }

    /// Why it pays and with which counter, or why not.
    fn decide(&mut self, place: usize, purchase: Purchase) -> Result<(Reason, u16), Reason> {
        let now = self.now;
        self.minute.retain(|at| now.boot_ms - at < MINUTE_MS);
        if self.minute.len() >= 6 {
            return Err(Reason::TooManyRequests);
        }
        self.minute.push(now.boot_ms);
        let card = self.kept.cards[place].as_ref().unwrap();
        let key = self.kept.next(&card.applications[purchase.application], now.wall_ms)?;
        if key.limit.is_some_and(|(currency, minor)| currency != purchase.currency || purchase.minor > minor) {
            return Err(Reason::OverKeyLimit);
        }
        let always_verified = card.always_verified;
        let leased = card.applications[purchase.application].lease;
        let counts = |lease: Lease| lease.atc == key.atc && (lease.stored || lease.in_tap);
        if !leased.is_some_and(counts) {
            // Taken in the tap, which waits for the medium.
            self.leases().for_each(|lease| lease.in_tap = false);
            self.application(place, purchase).lease = Some(Lease { atc: key.atc, stored: false, in_tap: true });
            self.sync();
        }
        let verified = match self.armed_until {
            Some(until) if now.boot_ms < until => Reason::Verified,
            Some(_) if always_verified => return Err(Reason::WindowOver),
            None if always_verified => return Err(Reason::NotVerified),
            _ => Reason::VerificationNotNeeded,
        };
        self.armed_until = None;
        self.application(place, purchase).pass(key.atc);
        self.kept.clock_ms = self.kept.clock_ms.max(now.wall_ms);
        Ok((verified, key.atc))
    }

    fn application(&mut self, place: usize, purchase: Purchase) -> &mut Application {
        &mut self.kept.cards[place].as_mut().unwrap().applications[purchase.application]
    }

    /// The process was killed, and the wallet is opened again.
    pub fn open(&mut self) {
        self.armed_until = None;
        self.minute.clear();
        self.leases().for_each(|lease| lease.in_tap = false);
        if let Some((place, application, mut report)) = self.kept.cut.take() {
            let attempt = report.attempts.remove(0);
            let attempt = Attempt { outcome: Outcome::Unknown, reason: Reason::ProcessEnded, ..attempt };
            let application = &self.kept.cards[place].as_ref().unwrap().applications[application];
            let left = self.kept.uses_left(application, self.now.wall_ms);
            let told = told(report.id, report.card, &[attempt], Some(left));
            // What the consumption's record does not say is lost.
            let verified = report.verified.map(|_| Method::Unknown);
            self.kept.reports.push(Report { at_ms: report.at_ms, verified, ..told });
        }
        self.make_ready();
    }

    /// The power was lost, and with it all that was not waited for, or nothing; the phone boots, the wallet is opened.
    pub fn boot(&mut self, lost: bool) {
        if lost {
            self.kept = self.safe.clone();
        }
        self.now.boot_count += 1;
        for application in self.kept.cards.iter_mut().flatten().flat_map(|card| &mut card.applications) {
            if let Some(lease) = application.lease {
                application.pass(lease.atc);
            }
        }
        self.open();
    }
}

/// A contact of these attempts.
fn told(id: Option<u64>, card: Option<CardId>, attempts: &[Attempt], keys_left: Option<u32>) -> Report {
    let last = attempts.last();
    Report {
        channel: hcepay_core::Channel::Tap,
        id,
        card,
        outcome: last.map_or(Outcome::Nothing, |attempt| attempt.outcome),
        reason: last.map(|attempt| attempt.reason),
        amount_minor: last.and_then(|attempt| attempt.amount_minor),
        currency: last.and_then(|attempt| attempt.currency),
        aid: last.map(|attempt| attempt.aid),
        atc: last.and_then(|attempt| attempt.atc),
        keys_left,
        at_ms: 0,
        duration_ms: 0,
        gaps_ms: Vec::new(),
        verified: None,
        terminal: TerminalClaims::default(),
        coupon: None,
        certificate: None,
        attempts: attempts.to_vec(),
    }
}
