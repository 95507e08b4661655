//! Attacks, and accidents that look like one: which alert tells of it. Those that are told by more than an alert: [`crate::attacks`].

use std::io::ErrorKind;

use hcepay_core::{Action, Outcome, Reason, Rule};
use hcepay_desk::disk::Fault;
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_tests::terminal::{Purchase, Terminal};

use super::ordinary_life::{Asked, Contact, date};
use super::wearer::{Seen, Wearer};
use crate::checkout::{Checkout, key};

const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60 * SECOND_MS;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
const START_MS: u64 = NEW_YEAR.wall_ms + 10 * DAY_MS;
const PAID: u16 = 0x9000;
const REFUSED: u16 = 0x6985;

/// Pays without verification where nobody asks for it.
const UNVERIFIED: &str = "kernel3-no-verification";
const NAMED: &str = "kernel3-cvn43";

/// A purchase of 12.50 in Germany with this number.
fn asked(at_ms: u64, number: u32) -> Asked {
    Asked {
        amount_minor: 1250,
        currency: 978,
        country: 276,
        transaction_type: 0,
        date: date(at_ms),
        merchant: "CAFE".to_owned(),
        unpredictable_number: number.to_be_bytes(),
    }
}

fn contact(at_ms: u64, asked: Vec<Asked>) -> Contact {
    Contact {
        at_ms,
        on_a_journey: false,
        verified: false,
        process_was_ended: false,
        gaps_ms: vec![20],
        asked,
        ends_after: None,
    }
}

fn one(at_ms: u64, number: u32) -> Contact {
    contact(at_ms, vec![asked(at_ms, number)])
}

fn verified(contact: Contact) -> Contact {
    Contact { verified: true, ..contact }
}

/// With so many ordinary payments behind it, an hour apart.
fn with_history(card: &str, payments: u64) -> (Wearer, u64) {
    let mut wearer = Wearer::with(card, 5);
    for payment in 0..payments {
        let at_ms = START_MS + payment * 3 * 60 * MINUTE_MS;
        let seen = wearer.meet(&verified(one(at_ms, 0xA000_0000 + payment as u32)));
        assert_eq!(seen.answers, [PAID]);
    }
    (wearer, START_MS + payments * 3 * 60 * MINUTE_MS)
}

/// What an alert of this rule says, where there is one, and what follows.
fn evidence(seen: &Seen, rule: Rule) -> Option<(Vec<u64>, Action)> {
    let of_rule = seen.alerts.iter().find(|alert| alert.rule == rule);
    of_rule.map(|alert| {
        assert_eq!(Some(alert.contact), seen.report.id);
        (alert.evidence.clone(), alert.action)
    })
}

#[test]
fn readers_that_ask_without_end_within_a_minute_are_told() {
    let (mut wearer, now) = with_history(UNVERIFIED, 2);
    let seen: Vec<Seen> = (0..7).map(|number| wearer.meet(&one(now + number * 5 * SECOND_MS, number as u32))).collect();
    assert!(seen[..6].iter().all(|seen| evidence(seen, Rule::ManyAsksInAMinute).is_none()));
    assert_eq!(evidence(&seen[6], Rule::ManyAsksInAMinute), Some((vec![7, 6], Action::Alert)));
}

#[test]
fn many_cryptograms_within_ten_minutes_and_within_a_day_are_told() {
    let (mut wearer, now) = with_history(UNVERIFIED, 1);
    let at = |number: u64| one(now + number * 90 * SECOND_MS, number as u32);
    let seen: Vec<Seen> = (0..6).map(|number| wearer.meet(&at(number))).collect();
    assert!(seen[..5].iter().all(|seen| evidence(seen, Rule::ManyPaymentsInTenMinutes).is_none()));
    assert_eq!(evidence(&seen[5], Rule::ManyPaymentsInTenMinutes), Some((vec![6, 5], Action::Alert)));
    assert_eq!(wearer.meet(&at(6)).answers, [PAID], "it only speaks");
    let hourly: Vec<Seen> =
        (1..5).map(|hour| wearer.meet(&verified(one(now + hour * 60 * MINUTE_MS, 50 + hour as u32)))).collect();
    let told = |seen: &Seen| evidence(seen, Rule::ManyPaymentsInADay);
    assert_eq!(hourly.iter().map(told).filter(Option::is_some).count(), 2, "the eleventh and the twelfth");
    assert_eq!(told(&hourly[2]), Some((vec![11, 10], Action::Note)));
}

#[test]
fn a_number_is_forgotten_after_32_others_and_not_before() {
    let (mut wearer, now) = with_history(UNVERIFIED, 0);
    let pay = |wearer: &mut Wearer, place: u64, number: u32| {
        let contact = verified(one(now + place * 60 * MINUTE_MS, number));
        assert_eq!(wearer.meet(&contact).answers, [PAID]);
    };
    pay(&mut wearer, 0, 500);
    (1..32).for_each(|place| pay(&mut wearer, place, place as u32));
    assert_eq!(wearer.meet(&one(now + 40 * 60 * MINUTE_MS, 500)).answers, [REFUSED]);
    pay(&mut wearer, 41, 41);
    assert_eq!(wearer.meet(&one(now + 42 * 60 * MINUTE_MS, 500)).answers, [PAID]);
}

/// He means this payment: a reader with poor numbers does not cost him it.
#[test]
fn where_the_holder_has_verified_a_repeated_number_is_told_and_not_refused() {
    let (mut wearer, now) = with_history(NAMED, 2);
    let seen = wearer.meet(&verified(one(now, 0xA000_0001)));
    assert_eq!(seen.answers, [PAID]);
    assert_eq!(evidence(&seen, Rule::NumberRepeated), Some((vec![0], Action::Alert)));
}

#[test]
fn kernel_2_answers_a_repeated_number_with_an_aac() {
    let mut phone = Phone::new("kernel2-no-verification", 1, NEW_YEAR).unwrap();
    phone.receive_keys(4);
    let terminal = Terminal { kernel_configuration: 0x00, ..Terminal::default() };
    let mut pay = |unpredictable_number| {
        let purchase = Purchase { unpredictable_number, ..PURCHASE };
        let tap = terminal.pay(&purchase, &mut |command| phone.process(command));
        (tap.authorisation.is_some(), phone.leave_field().reason)
    };
    let paid = (true, Some(Reason::VerificationNotNeeded));
    assert_eq!([pay([1; 4]), pay([1; 4])], [paid; 2], "of a wallet that has met one number nothing can be said");
    assert_eq!(pay([2; 4]), paid);
    assert_eq!(pay([1; 4]), (false, Some(Reason::UnpredictableNumberRepeated)));
    assert_eq!(pay([3; 4]), (false, Some(Reason::NotVerified)), "from then on");
}

#[test]
fn numbers_of_zeros_or_ones_alone_are_told() {
    let (mut wearer, now) = with_history(UNVERIFIED, 1);
    for (place, number) in [0, u32::MAX].into_iter().enumerate() {
        let seen = wearer.meet(&one(now + place as u64 * 60 * MINUTE_MS, number));
        assert_eq!(evidence(&seen, Rule::NumberWithoutChance), Some((vec![], Action::Alert)), "{number:X}");
    }
    assert_eq!(evidence(&wearer.meet(&one(now + DAY_MS, 1)), Rule::NumberWithoutChance), None);
}

#[test]
fn a_double_charge_is_told_where_it_is_the_same_amount_under_the_same_name() {
    let (mut wearer, now) = with_history(NAMED, 2);
    wearer.meet(&verified(one(now, 1)));
    let seen = wearer.meet(&verified(one(now + 20 * SECOND_MS, 2)));
    assert_eq!(evidence(&seen, Rule::DoubleCharge), Some((vec![1250, 978, 20 * SECOND_MS], Action::Alert)));
    assert!(seen.alerts.iter().any(|alert| alert.sentence().contains("twice within 21 s")));
    let at_ms = now + 30 * SECOND_MS;
    let elsewhere = Asked { merchant: "KIOSK".to_owned(), ..asked(at_ms, 3) };
    let seen = wearer.meet(&verified(contact(at_ms, vec![elsewhere])));
    assert_eq!(evidence(&seen, Rule::DoubleCharge), None, "another name");
    let later = wearer.meet(&verified(one(now + 100 * SECOND_MS, 4)));
    assert_eq!(evidence(&later, Rule::DoubleCharge), None, "80 seconds later");
    let retried = wearer.meet(&verified(one(now + 104 * SECOND_MS, 5)));
    assert_eq!(evidence(&retried, Rule::DoubleCharge).map(|(_, action)| action), Some(Action::Note));
}

#[test]
fn a_country_that_is_too_far_away_is_told() {
    let (mut wearer, now) = with_history(NAMED, 3);
    let abroad = |at_ms: u64, number| Asked { country: 840, currency: 840, ..asked(at_ms, number) };
    wearer.meet(&verified(one(now, 1)));
    let at_ms = now + 100 * MINUTE_MS;
    let seen = wearer.meet(&verified(contact(at_ms, vec![abroad(at_ms, 2)])));
    assert_eq!(evidence(&seen, Rule::CountryChanged), Some((vec![840, 276, 100 * MINUTE_MS], Action::Alert)));
    assert_eq!(evidence(&seen, Rule::NewCountry), Some((vec![840], Action::Note)));
    assert_eq!(evidence(&seen, Rule::NewCurrency), Some((vec![840], Action::Note)));
    let at_ms = at_ms + 60 * MINUTE_MS;
    let seen = wearer.meet(&verified(contact(at_ms, vec![abroad(at_ms, 3)])));
    assert!(seen.alerts.is_empty(), "it is known then: {:?}", seen.alerts);
}

#[test]
fn commands_that_come_as_over_a_relay_are_told_and_one_slow_command_is_not() {
    let (mut wearer, now) = with_history(NAMED, 8);
    let slow = |gaps_ms: Vec<u64>, at_ms| verified(Contact { gaps_ms, ..one(at_ms, at_ms as u32) });
    let seen = wearer.meet(&slow(vec![700], now));
    assert_eq!(evidence(&seen, Rule::SlowReader), Some((vec![700, 20, 1400], Action::Alert)));
    let seen = wearer.meet(&slow(vec![20, 900], now + 60 * MINUTE_MS));
    assert_eq!(evidence(&seen, Rule::SlowReader), None);
    let (mut new, now) = with_history(NAMED, 3);
    assert_eq!(evidence(&new.meet(&slow(vec![700], now)), Rule::SlowReader), None, "nothing is usual yet");
}

#[test]
fn an_amount_far_beyond_all_others_is_told_and_so_is_a_day() {
    let (mut wearer, now) = with_history(NAMED, 20);
    let of =
        |at_ms: u64, amount_minor| verified(contact(at_ms, vec![Asked { amount_minor, ..asked(at_ms, at_ms as u32) }]));
    let seen = wearer.meet(&of(now, 3 * 1250));
    assert_eq!(evidence(&seen, Rule::LargeAmount), None);
    let seen = wearer.meet(&of(now + DAY_MS, 9 * 1250 + 1));
    assert_eq!(evidence(&seen, Rule::LargeAmount), Some((vec![9 * 1250 + 1, 3 * 1250, 978], Action::Alert)));
    let midday = (now / DAY_MS + 3) * DAY_MS + 12 * 60 * MINUTE_MS;
    let told: Vec<bool> = (0..6)
        .map(|hour| evidence(&wearer.meet(&of(midday + hour * 60 * MINUTE_MS, 9 * 1250)), Rule::LargeDay).is_some())
        .collect();
    assert!(!told[0] && told[5], "{told:?}");
}

#[test]
fn contacts_that_break_off_one_after_the_other_are_told() {
    let (mut wearer, now) = with_history("kernel3-two-applications", 1);
    // After the cryptogram, and before the record.
    let seen: Vec<Seen> =
        (0..4).map(|place| wearer.meet(&verified(one(now + place * 5 * MINUTE_MS, place as u32)))).collect();
    assert!(seen.iter().all(|seen| seen.report.outcome == Outcome::Torn));
    assert_eq!(seen.iter().map(|seen| evidence(seen, Rule::TornInARow)).filter(Option::is_some).count(), 2);
    assert_eq!(evidence(&seen[3], Rule::TornInARow), Some((vec![5], Action::Alert)));
}

#[test]
fn what_a_terminal_claims_beside_is_noted() {
    let (mut wearer, now) = with_history(NAMED, 1);
    let far = Asked { date: date(now - 40 * DAY_MS), transaction_type: 0x01, ..asked(now, 1) };
    let seen = wearer.meet(&verified(contact(now, vec![far])));
    assert_eq!(evidence(&seen, Rule::TerminalDateWrong), Some((vec![40, 0], Action::Note)));
    assert_eq!(evidence(&seen, Rule::UnusualType), Some((vec![1, 1250], Action::Note)));
    let at_ms = now + DAY_MS;
    let next_door = Asked { date: date(at_ms + DAY_MS), ..asked(at_ms, 2) };
    let seen = wearer.meet(&verified(contact(at_ms, vec![next_door])));
    assert!(seen.alerts.is_empty(), "tomorrow may have come there: {:?}", seen.alerts);
}

#[test]
fn an_older_copy_and_a_disk_that_fails_are_told() {
    let shop = Checkout::with(&[1, 2, 3]);
    shop.pay().unwrap();
    let older = Checkout { mark: shop.mark + 1000, ..shop.reopened(NEW_YEAR) };
    let older = older.reopened(NEW_YEAR);
    assert_eq!(older.pay(), Err(Reason::RolledBack));
    assert!(older.wallet.alerts().iter().any(|alert| alert.rule == Rule::OlderCopy));
    let fault = Fault { call: shop.disk.calls(), from_then_on: true, error: ErrorKind::Other, written: 0 };
    shop.disk.fail(Some(fault));
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::StorageFailed));
    assert!(shop.wallet.alerts().iter().any(|alert| alert.rule == Rule::StorageFailed), "as long as the process lives");
}

#[test]
fn alerts_are_told_until_they_are_acknowledged_and_survive_process_and_compaction() {
    let mut shop = Checkout::with(&(1..=20).collect::<Vec<u16>>());
    shop.add((21..=30).map(key).collect()).unwrap();
    for _ in 0..2 {
        (0..8).for_each(|_| {
            shop.ask(crate::checkout::AID, 1250, 978);
        });
        shop.wallet.deactivated(shop.now);
    }
    let alerts = shop.wallet.alerts();
    assert!(alerts.len() >= 2 && alerts.is_sorted_by(|one, next| one.contact <= next.contact));
    let again = shop.reopened(NEW_YEAR);
    assert_eq!(again.wallet.alerts(), alerts);
    again.wallet.acknowledge_alert(alerts[0].id()).unwrap();
    again.wallet.acknowledge_alert(12345).unwrap();
    let mut again = again.reopened(NEW_YEAR);
    assert_eq!(again.wallet.alerts(), alerts[1..]);
    again.grow_until_compacted();
    let again = again.reopened(NEW_YEAR);
    assert_eq!(again.wallet.alerts(), alerts[1..]);
}
