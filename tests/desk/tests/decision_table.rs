//! Who must be verified for what: a table written from the words of the rules (which policy lets what through, what the holder has
//! chosen, what the terminal asks), held against random payments of a wallet.

use std::collections::BTreeMap;

use crate::enrolled_wallet::{EnrolledWallet, Random};
use crate::everyday::{AID, later, purchase, with_card};
use hcepay_core::{Amount, CardId, DEFAULT_WINDOW_MS, Method, Outcome, Reason, Report, Scope};
use hcepay_desk::phone::randomness;
use hcepay_desk::plain_key::{made, terms};
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::issuer::verification_policy::{Allowance, Gates, but_for};
use hcepay_tests::terminal::{Merchant, Purchase, Terminal};

const KERNEL_2_AID: [u8; 7] = [0xA0, 0, 0, 0, 4, 0x10, 0x10];
const KERNEL_7_AID: [u8; 8] = [0xA0, 0, 0, 3, 0x33, 1, 1, 1];
const AMOUNTS: [u64; 11] = [0, 1, 299, 300, 301, 1000, 1999, 2000, 2001, 50_00, 50_01];
const CURRENCIES: [u16; 4] = [978, 978, 840, 756];
const CATEGORIES: [Option<u16>; 4] = [None, Some(4111), Some(4131), Some(5411)];
const METHODS: [Method; 4] = [Method::Biometric, Method::DeviceCredential, Method::Unknown, Method::AppReported];

/// A number below this, from the wallet's own kind of randomness.
struct Dice(Random);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        u32::from_be_bytes(bytes) as usize % most
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// What issuer and holder want.
#[derive(Debug, Clone, Default)]
struct Wants {
    /// None where the issuer leaves it to the terminal.
    low_value: Option<Vec<Allowance>>,
    gates: Option<Gates>,
    card_like: bool,
    holder_low_value: Option<Vec<Allowance>>,
    holder_passes_gates: bool,
}

/// What was paid without verification since the last one with it.
#[derive(Debug, Default)]
struct Paid {
    count: usize,
    by_currency: BTreeMap<u16, u64>,
}

impl Paid {
    fn fits(&self, allowance: &Allowance, currency: u16, minor: u64) -> bool {
        let before = self.by_currency.get(&currency).copied().unwrap_or(0);
        allowance.currency == currency
            && minor <= allowance.single
            && before + minor <= allowance.total
            && self.count < usize::from(allowance.count)
    }
}

/// How the holder has verified.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Armed {
    Not,
    For(Scope),
    /// The window is over.
    TooLongAgo,
}

#[derive(Debug)]
struct Case {
    minor: u64,
    currency: u16,
    category: Option<u16>,
    verification_over: u64,
    has_pin_pad: bool,
    kernel: u8,
    sees_phones: bool,
    armed: Armed,
    method: Method,
}

/// The table.
fn expected(case: &Case, wants: &Wants, paid: &Paid, card: CardId) -> Reason {
    let asked_for_verification = case.minor > case.verification_over;
    // Kernel 2: a reader that knows phones takes for granted that this one verified its holder; one that does not asks for a PIN;
    // one that can do neither asks for a decline.
    let (asks_phone, pin) = match (case.kernel, asked_for_verification) {
        (2, true) if case.sees_phones => (true, false),
        (2, true) if case.has_pin_pad => (false, true),
        (2, true) => return Reason::OverTerminalLimit,
        (2, false) => (false, false),
        (_, asked) => (asked, case.has_pin_pad),
    };
    // What the holder has verified for, and nothing else.
    match case.armed {
        Armed::For(Scope::AnyCard) => return Reason::Verified,
        Armed::For(Scope::Card(of)) if of == card => return Reason::Verified,
        Armed::For(Scope::Payment(of, amount)) if of == card => {
            let same = (amount.minor, amount.currency) == (case.minor, case.currency);
            return if same { Reason::Verified } else { Reason::ArmedForAnotherPayment };
        }
        Armed::For(_) => return Reason::ArmedForAnotherCard,
        Armed::Not | Armed::TooLongAgo => {}
    }
    let let_through = |paid: &Paid| {
        let gate = wants.gates.as_ref().filter(|_| wants.holder_passes_gates && case.kernel != 2);
        let gate = gate.filter(|gates| case.category.is_some_and(|of| gates.merchant_categories.contains(&of)));
        if gate.is_some_and(|gates| {
            let free = case.minor == 0 && paid.count < usize::from(gates.allowance.count);
            free || paid.fits(&gates.allowance, case.currency, case.minor)
        }) {
            return Some(Reason::Transit);
        }
        let fits = |list: &Vec<Allowance>| list.iter().any(|allowance| paid.fits(allowance, case.currency, case.minor));
        match (&wants.low_value, &wants.holder_low_value) {
            (None, None) => Some(Reason::VerificationNotNeeded),
            (issuer, holder) => {
                let both = issuer.as_ref().is_none_or(fits) && holder.as_ref().is_none_or(fits);
                both.then_some(Reason::LowValue)
            }
        }
    };
    if wants.card_like && pin && case.kernel == 2 {
        return Reason::OnlinePin;
    }
    if let Some(reason) = let_through(paid).filter(|_| !asks_phone) {
        return reason;
    }
    if wants.card_like && pin {
        return Reason::OnlinePin;
    }
    let would_be_small = let_through(paid).is_none() && let_through(&Paid::default()).is_some();
    match case.armed {
        Armed::TooLongAgo => Reason::WindowOver,
        _ if would_be_small => Reason::AllowanceUsedUp,
        _ => Reason::NotVerified,
    }
}

fn allowance(dice: &mut Dice, currency: u16) -> Allowance {
    let single = dice.of(&[300, 2000, 50_00]);
    Allowance { currency, single, total: single * dice.of(&[1, 2, 5]), count: dice.of(&[1, 3, 5, 255]) }
}

fn low_value(dice: &mut Dice) -> Vec<Allowance> {
    let currencies = dice.of(&[&[978][..], &[978, 840], &[756], &[]]);
    currencies.iter().map(|currency| allowance(dice, *currency)).collect()
}

/// Another policy of the issuer's and another mind of the holder's; what was paid stays.
fn decide(holder: &mut EnrolledWallet, dice: &mut Dice, (kernel, aid): (u8, &[u8])) -> Wants {
    let mut wants = Wants { card_like: dice.coin(), ..Wants::default() };
    let low = low_value(dice);
    let gates =
        Gates { allowance: allowance(dice, 978), aids: vec![aid.to_vec()], merchant_categories: vec![4111, 4131] };
    wants.gates = Some(gates).filter(|_| kernel != 2 && dice.coin());
    let verification = match dice.below(4) {
        0 => {
            (wants.card_like, wants.gates) = (false, None);
            Vec::new()
        }
        _ => {
            // Card-like without a low value of its own leaves it to the terminal.
            wants.low_value = Some(low.clone()).filter(|low| !(wants.card_like && low.is_empty()));
            but_for(&low, wants.gates.as_ref(), wants.card_like)
        }
    };
    let policy = Policy::of_single_uses(Protection::Device, 2);
    let policy = Policy { most_an_hour: 255, most_a_day: 255, verification, ..policy };
    let number = holder.card().number();
    holder.apply_content(Purpose::Policy, number, &policy.content()).unwrap();
    wants.holder_low_value = Some(low_value(dice)).filter(|_| dice.coin());
    wants.holder_passes_gates = dice.coin();
    let verified = |holder: &EnrolledWallet| {
        holder.wallet.arm(holder.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    };
    verified(holder);
    holder.wallet.limit_low_value(holder.card(), wants.holder_low_value.clone().map(core), holder.now).unwrap();
    verified(holder);
    holder.wallet.pass_gates(holder.card(), wants.holder_passes_gates, holder.now).unwrap();
    holder.wallet.disarm();
    wants
}

fn core(list: Vec<Allowance>) -> Vec<hcepay_core::Allowance> {
    let of = |Allowance { currency, single, total, count }| hcepay_core::Allowance { currency, single, total, count };
    list.into_iter().map(of).collect()
}

fn case(dice: &mut Dice, kernel: u8, card: CardId, other: CardId) -> Case {
    let (minor, currency) = (dice.of(&AMOUNTS), dice.of(&CURRENCIES));
    let exact = Amount { minor, currency };
    let armed = dice.of(&[
        Armed::Not,
        Armed::Not,
        Armed::Not,
        Armed::Not,
        Armed::Not,
        Armed::TooLongAgo,
        Armed::For(Scope::AnyCard),
        Armed::For(Scope::Card(card)),
        Armed::For(Scope::Card(other)),
        Armed::For(Scope::Payment(card, exact)),
        Armed::For(Scope::Payment(card, Amount { minor: minor + 1, ..exact })),
        Armed::For(Scope::Payment(card, Amount { currency: 392, ..exact })),
        Armed::For(Scope::Payment(other, exact)),
    ]);
    Case {
        minor,
        currency,
        category: dice.of(&CATEGORIES),
        verification_over: dice.of(&[0, 50_00, 50_00]),
        has_pin_pad: dice.coin(),
        kernel,
        sees_phones: dice.coin(),
        armed,
        method: dice.of(&METHODS),
    }
}

fn play(holder: &mut EnrolledWallet, case: &Case) -> Report {
    match case.armed {
        Armed::Not => {}
        Armed::For(scope) => {
            holder.wallet.arm_for(scope, holder.now, case.method, DEFAULT_WINDOW_MS, None).unwrap();
        }
        Armed::TooLongAgo => {
            holder.wallet.arm(holder.now, case.method, DEFAULT_WINDOW_MS, None).unwrap();
            holder.now = later(holder.now, DEFAULT_WINDOW_MS);
        }
    }
    holder.keep_mark();
    let terminal = Terminal {
        cvm_required_above: case.verification_over,
        online_pin_supported: case.has_pin_pad,
        cdcvm_supported: case.sees_phones,
        kernel_configuration: if case.sees_phones { 0x20 } else { 0 },
        merchant: case.category.map(|category| Merchant { category, name: "SHOP".to_owned() }),
        ..Terminal::default()
    };
    let purchase = Purchase { currency: case.currency, ..purchase(case.minor) };
    let (wallet, now) = (&holder.wallet, holder.now);
    terminal.pay(&purchase, &mut |command| wallet.process(now, command));
    let report = wallet.deactivated(now);
    wallet.disarm();
    wallet.acknowledge(report.id.unwrap()).unwrap();
    holder.now = later(now, 150_000);
    report
}

#[test]
fn every_payment_is_decided_as_the_table_says() {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut dice = Dice(randomness(77));
    let mut cases = 0;
    for world in 0..10 {
        let (name, kernel, aid) = match world % 4 {
            0 => ("kernel2-everyday", 2, &KERNEL_2_AID[..]),
            1 => ("kernel7-everyday", 7, &KERNEL_7_AID[..]),
            _ => ("kernel3-everyday", 3, &AID[..]),
        };
        let mut holder = with_card(name, Policy::of_single_uses(Protection::Device, 2));
        holder.install_with("kernel3-no-verification", Policy::of_single_uses(Protection::Device, 2), 0, 1);
        let (card, other) = (holder.wallet.cards()[0], holder.wallet.cards()[1]);
        let (mut paid, mut wants) = (Paid::default(), Wants::default());
        let mut next_atc = 21;
        for number in 0..10_100 {
            if number % 20 == 0 {
                wants = decide(&mut holder, &mut dice, (kernel, aid));
            }
            if holder.wallet.card(card, holder.now.wall_ms).unwrap().applications[0].uses_left < 2 {
                let keys = (next_atc..next_atc + 100).map(|atc| made(&terms(aid, atc))).collect();
                holder.wallet.add_keys_unsealed(card, keys, holder.now).unwrap();
                next_atc += 100;
            }
            let case = case(&mut dice, kernel, card, other);
            let expected = expected(&case, &wants, &paid, card);
            let report = play(&mut holder, &case);
            let reason = report.reason.unwrap();
            assert_eq!(reason, expected, "{case:?}\n{wants:?}\n{paid:?}");
            assert_eq!(report.outcome == Outcome::AuthorisationRequested, is_paid(reason), "{reason:?}");
            assert_eq!(report.verified, Some(case.method).filter(|_| reason == Reason::Verified));
            if reason == Reason::Verified {
                paid = Paid::default();
            } else if is_paid(reason) {
                paid.count += 1;
                *paid.by_currency.entry(case.currency).or_default() += case.minor;
            }
            *seen.entry(reason.name()).or_default() += 1;
            cases += 1;
        }
    }
    println!("decided: {seen:?}");
    assert!(cases >= 100_000);
    // Each way out is taken often, so that none is right by accident.
    assert_eq!(seen.len(), 11, "{seen:?}");
    assert!(seen.values().all(|count| *count >= 300), "{seen:?}");
}

fn is_paid(reason: Reason) -> bool {
    use Reason::{LowValue, OnlinePin, Transit, VerificationNotNeeded, Verified};
    matches!(reason, Verified | VerificationNotNeeded | LowValue | Transit | OnlinePin)
}
