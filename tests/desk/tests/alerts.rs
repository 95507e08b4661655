//! Alerts: what they say of ordinary life, and of attacks.

mod attacks;
mod issuer_terms;
pub mod ordinary_life;
mod wearer;

use std::collections::BTreeMap;
use std::time::Duration;

use hcepay_core::Action;
use hcepay_desk::tally::tell;

use wearer::Wearer;

/// Lives by which thresholds were found, and three that nobody had looked at before they stood.
const KNOWN: [u64; 3] = [1, 2, 3];
const UNSEEN: [u64; 3] = [7001, 7002, 7003];
const CONTACTS: usize = 10_000;

/// How often each rule spoke, at home and on journeys; and of how many contacts.
#[derive(Default)]
struct Count {
    spoke: BTreeMap<(&'static str, &'static str), [usize; 2]>,
    bothered: [usize; 2],
    contacts: [usize; 2],
    refused: usize,
}

fn lived(seed: u64) -> Count {
    let mut wearer = Wearer::new(seed);
    let mut count = Count::default();
    for contact in ordinary_life::of(seed, CONTACTS) {
        let place = usize::from(contact.on_a_journey);
        count.contacts[place] += 1;
        let seen = wearer.meet(&contact);
        count.refused += usize::from(seen.refused_for_its_number);
        let mut bothers = false;
        for alert in &seen.alerts {
            bothers |= alert.action > Action::Note;
            count.spoke.entry((alert.rule.name(), alert.action.name())).or_default()[place] += 1;
        }
        count.bothered[place] += usize::from(bothers);
    }
    count
}

#[test]
fn ordinary_life_raises_few_alerts_and_journeys_not_many() {
    for (seeds, told) in [(KNOWN, "known"), (UNSEEN, "unseen")] {
        let mut all = Count::default();
        for seed in seeds {
            let count = lived(seed);
            for (rule, [home, journey]) in count.spoke {
                let [all_home, all_journey] = all.spoke.entry(rule).or_default();
                (*all_home, *all_journey) = (*all_home + home, *all_journey + journey);
            }
            for place in 0..2 {
                all.bothered[place] += count.bothered[place];
                all.contacts[place] += count.contacts[place];
            }
            all.refused += count.refused;
        }
        let rules = all.spoke.iter().map(|((rule, action), [home, journey])| {
            let share = |spoke: usize, of: usize| 100.0 * spoke as f64 / of as f64;
            let [home, journey] = [share(*home, all.contacts[0]), share(*journey, all.contacts[1])];
            format!("  {rule} ({action}): {home:.2} % of contacts at home, {journey:.2} % on journeys")
        });
        let rules: Vec<String> = rules.collect();
        let [at_home, on_journeys] = all.contacts;
        tell(&format!("alerts in {at_home} and {on_journeys} contacts, {told} lives:\n{}", rules.join("\n")));
        let [bothered, bothered_on_journeys] = all.bothered;
        tell(&format!("  bothers: {bothered} at home, {bothered_on_journeys} on journeys; {} refused", all.refused));
        assert!(bothered * 100 < at_home, "{told}: {bothered} of {at_home}");
        // Fewer contacts, more to tell: the three unseen lives came to 1.2 %.
        assert!(bothered_on_journeys * 50 < on_journeys, "{told}: {bothered_on_journeys} of {on_journeys}");
    }
}

#[test]
fn alerts_take_no_time_to_speak_of_with_full_history() {
    let mut wearer = Wearer::new(1);
    let life = ordinary_life::of(1, 400);
    let mut times: Vec<Duration> = Vec::new();
    for contact in &life {
        wearer.meet(contact);
        times.push(wearer.last_end);
    }
    times.sort();
    let median = times[times.len() / 2];
    tell(&format!("the end of a contact, with its report and what alerts remember: {median:?}"));
    assert!(median < Duration::from_micros(100), "{median:?}");
}
