//! Every transcript, cut by the loss of the field after each of its commands: what a contact came to is judged here by what went
//! over the air alone.

use std::collections::BTreeSet;

use hcepay_core::{Outcome, Report};
use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::tally::tell;
use hcepay_desk::transcript::{KEYS, Line, parse};

use crate::transcripts::{collected, transcripts};

/// What a terminal has seen in one contact.
#[derive(Default)]
struct Contact {
    selected: bool,
    /// Kernel 2 has begun and asked for no cryptogram yet.
    begun: bool,
    /// Records that the terminal must still read with its cryptogram.
    unread: BTreeSet<(u8, u8)>,
    /// Each attempt: what it may be called, and whether a cryptogram was given.
    attempts: Vec<(Vec<Outcome>, bool)>,
}

impl Contact {
    fn exchange(&mut self, command: &[u8], answer: &[u8]) {
        let (data, status_word) = answer.split_last_chunk::<2>().unwrap();
        let is_good = *status_word == [0x90, 0x00];
        let objects = collected(data);
        let has = |tag: u32| objects.contains_key(&tag);
        let declined = || (vec![Outcome::Declined, Outcome::VerificationNeeded], false);
        match command.get(..2) {
            Some([0x00, 0xA4]) => {
                if *status_word != [0x67, 0x00] && *status_word != [0x6A, 0x86] || is_good {
                    self.give_up();
                }
                self.selected = is_good && has(0x9F38) | has(0x50) && !has(0x4F);
            }
            Some([0x80, 0xA8]) if self.selected && !self.begun => match (is_good, status_word) {
                (true, _) if has(0x9F26) => {
                    self.attempts.push((vec![Outcome::AuthorisationRequested], true));
                    self.unread = records(objects.get(&0x94).map_or(&[], Vec::as_slice));
                    self.selected = false;
                }
                (true, _) => (self.begun, self.selected) = (true, false),
                (_, [0x69, 0x86]) => self.attempts.push((vec![Outcome::VerificationNeeded], false)),
                (_, [0x69, 0x85]) => self.attempts.push(declined()),
                _ => {}
            },
            Some([0x80, 0xAE]) if self.begun && is_good => {
                let attempt = match objects.get(&0x9F27).map(Vec::as_slice) {
                    Some([0x80]) => (vec![Outcome::AuthorisationRequested], true),
                    _ if has(0xDF4B) => (vec![Outcome::VerificationNeeded], false),
                    _ => (vec![Outcome::Declined], false),
                };
                self.attempts.push(attempt);
                self.begun = false;
            }
            Some([0x00, 0xB2]) if is_good => _ = self.unread.remove(&(command[3] >> 3, command[2])),
            _ => {}
        }
    }

    fn give_up(&mut self) {
        if self.begun {
            self.attempts.push((vec![Outcome::Torn], false));
        } else if !self.unread.is_empty() {
            self.attempts.last_mut().unwrap().0 = vec![Outcome::Torn];
        }
        (self.begun, self.unread) = (false, BTreeSet::new());
    }

    /// What its report may say.
    fn outcomes(mut self) -> Vec<Outcome> {
        self.give_up();
        let told = self.attempts.iter().rfind(|(_, spent)| *spent).or(self.attempts.last());
        told.map_or(vec![Outcome::Nothing], |(outcomes, _)| outcomes.clone())
    }
}

/// Which records an AFL names, by file and number.
fn records(locator: &[u8]) -> BTreeSet<(u8, u8)> {
    let (entries, _) = locator.as_chunks::<4>();
    entries.iter().flat_map(|[file, first, last, _]| (*first..=*last).map(move |number| (file >> 3, number))).collect()
}

/// Plays a transcript up to this exchange and loses the field. `None` where it has no such exchange.
fn cut(lines: &[(usize, Line)], after: usize) -> Option<(Phone, Contact, Report, u32)> {
    let (mut phone, mut contact, mut exchanges, mut had) = (None::<Phone>, Contact::default(), 0, 0);
    for (_, line) in lines {
        match line {
            Line::Card(name) => {
                let mut fresh = Phone::new(name, 0, NEW_YEAR).unwrap();
                fresh.receive_keys(KEYS);
                (phone, contact) = (Some(fresh), Contact::default());
                had = left(phone.as_ref()?);
            }
            Line::Holder(decision) => phone.as_mut()?.decide(*decision).unwrap(),
            // Keys may be too old by then: they are not spent by the contact.
            Line::Clock(ms) => {
                let before = left(phone.as_ref()?);
                phone.as_mut()?.wait(*ms);
                had -= before - left(phone.as_ref()?);
            }
            Line::Field(_) => {
                phone.as_mut()?.leave_field();
                (contact, had) = (Contact::default(), left(phone.as_ref()?));
            }
            Line::Exchange(command, _) => {
                let answer = phone.as_mut()?.process(command);
                contact.exchange(command, &answer);
                exchanges += 1;
                if exchanges == after {
                    let phone = phone?;
                    let report = phone.wallet().deactivated(phone.now());
                    return Some((phone, contact, report, had));
                }
            }
            Line::Report(..) => {}
        }
    }
    None
}

/// How many cryptograms all applications together can still make.
fn left(phone: &Phone) -> u32 {
    phone.demo_card().applications.iter().map(|application| phone.keys_left(&application.aid)).sum()
}

#[test]
fn every_transcript_cut_after_each_command_has_one_report_and_one_row_which_say_what_was_spent() {
    let mut cuts = 0;
    for (name, text) in transcripts() {
        let lines = parse(&text).unwrap();
        for after in 1.. {
            let Some((phone, contact, report, had)) = cut(&lines, after) else { break };
            let at = format!("{name}.tap, cut after command {after}");
            let spent = contact.attempts.iter().filter(|(_, spent)| *spent).count();
            let outcomes = contact.outcomes();
            assert!(outcomes.contains(&report.outcome), "{at}: {outcomes:?}, but {report:?}");
            assert_eq!(report.attempts.iter().filter(|attempt| attempt.atc.is_some()).count(), spent, "{at}");
            assert_eq!(had - left(&phone), u32::try_from(spent).unwrap(), "{at}");
            let rows = phone.wallet().journal(None, usize::MAX);
            let of_contact: Vec<_> = rows.iter().filter(|row| Some(row.id) == report.id).collect();
            assert_eq!(of_contact.len(), 1, "{at}");
            assert_eq!(Report { certificate: None, ..report.clone() }, of_contact[0].report, "{at}");
            assert_eq!(rows[0].id, of_contact[0].id, "{at}: the newest row");
            let told = phone.wallet().reports().iter().filter(|told| told.id == report.id).count();
            assert_eq!(told, usize::from(spent > 0), "{at}: told again where it spent a key");
            assert_eq!(phone.wallet().deactivated(phone.now()).id, None, "{at}: no second report");
            cuts += 1;
        }
    }
    assert!(cuts > 150, "{cuts}");
    tell(&format!("transcripts: cut in {cuts} places, one report and one row each"));
}
