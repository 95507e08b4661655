//! The trace of the last contacts: it tells what was said, and nothing that names someone or pays.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_desk::tally::tell;
use hcepay_desk::tap::reader::Reader;
use hcepay_desk::traced::{TracedCommand, TracedContact, parse};
use hcepay_desk::transcript::{self, KEYS, Line};
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::account::Secret;
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card};
use hcepay_tests::terminal::Exchange;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::secrets::forms::Secrets;

/// Objects whose value no trace may show. Some of their values are so short that they could stand in it by chance, in another
/// object: of those, the line is looked at.
const NEVER: [u32; 30] = [
    0x42, 0x50, 0x57, 0x5A, 0x5F20, 0x5F24, 0x5F25, 0x5F2D, 0x5F30, 0x5F34, 0x5F54, 0x90, 0x92, 0x9A, 0x9F0C, 0x9F10,
    0x9F12, 0x9F16, 0x9F19, 0x9F1C, 0x9F1E, 0x9F21, 0x9F24, 0x9F25, 0x9F26, 0x9F37, 0x9F46, 0x9F48, 0x9F4B, 0x9F4E,
];
const AT_LEAST_SEEN: [u32; 9] = [0x50, 0x57, 0x5A, 0x5F24, 0x9F10, 0x9F24, 0x9F26, 0x9F46, 0x9F4B];

/// What must not be found of a card: its token, its payment keys, its key for offline data authentication.
fn secrets_of(card: &str) -> Secrets {
    let mut secrets = Secrets::default();
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account(card).unwrap();
    let digits = card.token.digits();
    secrets.add_text("token, digits", digits.as_bytes());
    secrets.add("token", &card.token.compressed()[..8]);
    for application in &card.applications {
        for issued in issuer.issue_keys(digits, &application.aid, 1, KEYS, 0, u64::MAX).unwrap() {
            match issued.secret {
                Secret::Key(key) => secrets.add("payment key", &key),
                Secret::Seed(seed) => secrets.add("seed", &seed),
            }
        }
        if let Some(authentication) = &application.data_authentication {
            secrets.add("ICC key", &authentication.icc_key.numbers);
        }
    }
    secrets
}

/// All objects of these exchanges, by tag; what the terminal sent cut by the card's lists.
fn objects_of(exchanges: &[Exchange]) -> Vec<(u32, Vec<u8>)> {
    let decoded = hcepay_desk::decoded::decoded(exchanges);
    let rows = decoded.into_iter().flat_map(|decoded| [decoded.sent, decoded.answered].concat());
    rows.filter_map(|row| Some((u32::from_str_radix(&row.tag, 16).ok()?, row.value))).collect()
}

/// Holds the trace of one contact against what was said in it. Gives which of the objects that must not be shown there were.
fn nothing_is_shown(trace: &str, card: &str, exchanges: &[Exchange]) -> BTreeSet<u32> {
    let mut secrets = secrets_of(card);
    let objects = objects_of(exchanges);
    let never: Vec<_> = objects.iter().filter(|(tag, value)| NEVER.contains(tag) && !value.is_empty()).collect();
    for (tag, value) in &never {
        // Eight bytes that are nearly all alike stand in many objects.
        let telling = |piece: &&[u8]| piece.iter().collect::<BTreeSet<&u8>>().len() > 3;
        value.chunks_exact(8).filter(telling).for_each(|piece| secrets.add(&format!("{tag:02X}"), piece));
        for line in trace.lines().filter(|line| line.trim_start().starts_with(&format!("{tag:02X} "))) {
            assert_eq!(line.split_whitespace().count(), 2, "{card}: {line}");
        }
    }
    assert_eq!(secrets.found_in_text(trace), [""; 0], "{card}: {trace}");
    // The same in a trace that leaves nothing out is found.
    let everything: String = exchanges.iter().map(|exchange| hex(&exchange.response) + "\n").collect();
    if never.iter().any(|(tag, _)| [0x57, 0x5A].contains(tag)) {
        assert!(secrets.found_in_text(&everything).iter().any(|found| found.starts_with("token")), "{card}");
    }
    never.iter().map(|(tag, _)| *tag).collect()
}

/// A trace says of these exchanges what they were.
fn tells_what_was_said(contact: &TracedContact, exchanges: &[Exchange]) {
    assert_eq!((contact.exchanges.len(), contact.left_out), (exchanges.len(), 0));
    for (traced, said) in contact.exchanges.iter().zip(exchanges) {
        let (data, status) = said.response.split_last_chunk::<2>().unwrap();
        assert_eq!((traced.status, traced.length), (u16::from_be_bytes(*status), data.len()));
        match traced.command {
            TracedCommand::Command { header, .. } => assert_eq!(header, said.command[..4]),
            TracedCommand::None(length) => assert_eq!(length, said.command.len()),
        }
        // Each value that is shown is the one that was said.
        let all = [said.command.clone(), said.response.clone()].concat();
        for object in traced.sent.iter().chain(&traced.answered) {
            let value = &object.value;
            assert!(value.is_empty() || all.windows(value.len()).any(|window| window == value), "{object:?}");
        }
    }
}

/// The transcripts of `tests/taps`: each contact as it was, with the trace that there is after it.
fn contacts_of_the_transcripts() -> Vec<(String, Vec<Exchange>, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../taps");
    let mut contacts = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|extension| extension != "tap") {
            continue;
        }
        let (mut phone, mut card, mut exchanges) = (None, String::new(), Vec::new());
        for (_, line) in transcript::parse(&fs::read_to_string(path).unwrap()).unwrap() {
            match line {
                Line::Card(name) => {
                    let fresh = phone.insert(Phone::new(&name, 0, NEW_YEAR).unwrap());
                    fresh.receive_keys(KEYS);
                    card = name;
                }
                Line::Clock(ms) => phone.as_mut().unwrap().wait(ms),
                Line::Holder(decision) => phone.as_mut().unwrap().decide(decision).unwrap(),
                Line::Exchange(command, _) => {
                    let response = phone.as_mut().unwrap().process(&command);
                    exchanges.push(Exchange { command, response });
                }
                Line::Field(_) => {
                    let phone = phone.as_mut().unwrap();
                    phone.leave_field();
                    contacts.push((card.clone(), std::mem::take(&mut exchanges), phone.wallet().trace()));
                }
                Line::Report(..) => {}
            }
        }
    }
    contacts
}

/// The last contact of a trace, as text.
fn last(trace: &str) -> &str {
    &trace[trace.rfind("\ncontact\n").unwrap()..]
}

#[test]
fn no_transcript_leaves_in_the_trace_what_names_someone_or_pays() {
    let contacts = contacts_of_the_transcripts();
    let mut seen = BTreeSet::new();
    for (card, exchanges, trace) in contacts.iter().filter(|(_, exchanges, _)| !exchanges.is_empty()) {
        seen.append(&mut nothing_is_shown(last(trace), card, exchanges));
        tells_what_was_said(parse(trace).unwrap().last().unwrap(), exchanges);
    }
    assert!(contacts.len() > 40);
    tell(&format!("trace: {} contacts of the transcripts, {} kinds of object left out", contacts.len(), seen.len()));
}

#[test]
fn no_demo_card_leaves_in_the_trace_what_names_someone_or_pays() {
    let mut seen = BTreeSet::new();
    for card in DEMO_CARDS {
        for reader in Reader::ALL {
            let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
            phone.receive_keys(2);
            phone.verify_holder();
            let tap = reader.terminal().pay(&PURCHASE, &mut |command| phone.process(command));
            phone.leave_field();
            let trace = phone.wallet().trace();
            seen.append(&mut nothing_is_shown(last(&trace), card, &tap.exchanges));
            tells_what_was_said(parse(&trace).unwrap().last().unwrap(), &tap.exchanges);
            assert!(trace.len() < 3000, "a whole tap has room: {}", trace.len());
        }
    }
    assert!(AT_LEAST_SEEN.iter().all(|tag| seen.contains(tag)), "{seen:X?}");
}

#[test]
fn the_merchant_the_day_and_the_unpredictable_number_are_not_told_and_the_amount_is() {
    let mut phone = Phone::new("kernel3-cvn43", 0, NEW_YEAR).unwrap();
    phone.receive_keys(1);
    phone.process(&from_hex("00A4040007A000000003101000").unwrap());
    // 9F37, 9F4E, 9F66, 9C, 9F02, 9F03, 9F5A, 5F2A, 9F1A, 9A, 95.
    let merchant = hex(b"CAFE CENTRAL, VIENNA");
    let values =
        format!("A1B2C3D4 {merchant} 36004000 20 000000001250 000000000000 0000000000 0978 0040 260317 0000000000");
    let values = from_hex(&values).unwrap();
    let length = values.len() as u8;
    let command = [&[0x80, 0xA8, 0, 0, length + 2, 0x83, length], &values[..], &[0]].concat();
    phone.process(&command);
    phone.leave_field();
    let trace = phone.wallet().trace();
    for never in [merchant.as_str(), &merchant[..8], "A1B2C3D4", "260317"] {
        assert!(!trace.contains(never), "{trace}");
    }
    for told in ["9F4E 20\n", "9F37 4\n", "9A 3\n", "9F02 6 000000001250\n", "9C 1 20\n", "9F1A 2 0040\n"] {
        assert!(trace.contains(told), "{told}: {trace}");
    }
}

#[test]
fn no_random_commands_leave_in_the_trace_what_names_someone_or_pays() {
    let mut dice = ChaCha8Rng::seed_from_u64(15);
    let mut roll = |below: u64| dice.next_u64() % below;
    let mut contacts = 0;
    for card in ["kernel3-cvn43", "kernel2-cvn14", "kernel3-fdda-record", "closed-loop"] {
        let (demo_card, mut secrets) = (demo_card(card).unwrap(), secrets_of(card));
        secrets.add("merchant", b"CAFECAFE");
        // A terminal that knows the token, and would have it told.
        let token = demo_card.token.compressed();
        let names = [b"2PAY.SYS.DDF01".to_vec(), demo_card.applications[0].aid.clone(), token.to_vec()];
        for _ in 0..250 {
            let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
            phone.receive_keys(2);
            phone.verify_holder();
            let mut exchanges = Vec::new();
            for _ in 0..roll(12) + 3 {
                let mut values = Vec::new();
                while values.len() < 80 {
                    match roll(3) {
                        0 => values.extend(&token),
                        1 => values.extend(b"CAFE"),
                        _ => values.push(roll(256) as u8),
                    }
                }
                let header = match roll(8) {
                    0..3 => [0x00, 0xA4, 0x04, 0x00],
                    3..5 => [0x80, 0xA8, 0x00, 0x00],
                    5 => [0x80, 0xAE, 0x90, 0x00],
                    6 => [0x00, 0xB2, roll(4) as u8 + 1, roll(4) as u8 * 8 + 0x0C],
                    _ => [token[0], token[1], token[2], token[3]],
                };
                let data = match header[1] {
                    0xA4 => names[roll(3) as usize].clone(),
                    0xB2 => Vec::new(),
                    // As long as the lists of the demo cards ask, or another length.
                    _ => {
                        let length = [0, 33, 36, 43, 54, 58][roll(6) as usize];
                        let values = values[..length].to_vec();
                        if header[1] == 0xA8 { [&[0x83, length as u8], &values[..]].concat() } else { values }
                    }
                };
                let lc = if data.is_empty() { Vec::new() } else { vec![data.len() as u8] };
                let command = [&header[..], &lc, &data, &[0]].concat();
                let response = phone.process(&command);
                exchanges.push(Exchange { command, response });
            }
            phone.leave_field();
            let trace = phone.wallet().trace();
            nothing_is_shown(last(&trace), card, &exchanges);
            assert_eq!(secrets.found_in_text(&trace), [""; 0], "{card}: {trace}");
            tells_what_was_said(parse(&trace).unwrap().last().unwrap(), &exchanges);
            contacts += 1;
        }
    }
    tell(&format!("trace: {contacts} contacts with random commands"));
}

#[test]
fn only_the_last_eight_contacts_are_told_and_each_within_its_room() {
    let mut phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    let select = |aid: u8| [0x00, 0xA4, 0x04, 0x00, 0x07, 0xA0, 0x00, 0x00, 0x00, aid, 0x10, 0x10, 0x00];
    for contact in 1..=20 {
        for _ in 0..if contact == 15 { 100_000 } else { 1 } {
            phone.process(&select(contact));
        }
        phone.leave_field();
    }
    let trace = phone.wallet().trace();
    assert!(trace.len() < 8 * 4200, "{}", trace.len());
    let contacts = parse(&trace).unwrap();
    let providers = contacts.iter().map(|contact| contact.exchanges[0].sent[0].value[4]);
    assert_eq!(providers.collect::<Vec<u8>>(), (13..=20).collect::<Vec<u8>>());
    for (contact, said) in contacts.iter().zip([1, 1, 100_000, 1, 1, 1, 1, 1]) {
        assert_eq!(contact.exchanges.len() + contact.left_out as usize, said);
    }
    assert!(contacts[2].exchanges.len() > 50, "{}", contacts[2].exchanges.len());
}

#[test]
fn it_tells_the_time_between_commands_and_how_the_contact_ended() {
    let mut phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    phone.receive_keys(1);
    for (ms, command) in [(500, "00A4040007A000000003101000"), (0, "00B2010C00"), (1203, "00A4"), (7, "80CA9F1700")] {
        phone.wait(ms);
        phone.process(&from_hex(command).unwrap());
    }
    phone.leave_field();
    let tap = Reader::Cda.terminal().pay(&PURCHASE, &mut |command| phone.process(command));
    phone.leave_field();
    let contacts = parse(&phone.wallet().trace()).unwrap();
    let gaps: Vec<u64> = contacts[0].exchanges.iter().map(|exchange| exchange.gap_ms).collect();
    assert_eq!(gaps, [0, 0, 1203, 7]);
    let statuses: Vec<u16> = contacts[0].exchanges.iter().map(|exchange| exchange.status).collect();
    assert_eq!(statuses, [0x9000, 0x6985, 0x6700, 0x6A88]);
    assert_eq!((contacts[0].outcome.name(), contacts[0].reason), ("nothing", None));
    let (outcome, reason) = (contacts[1].outcome.name(), contacts[1].reason.unwrap().name());
    assert_eq!((outcome, reason), ("verification-needed", "not-verified"), "{}", tap.reason.sentence());
}

#[test]
fn it_dies_with_the_process() {
    let mut phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    phone.process(&[0; 4]);
    phone.leave_field();
    assert_eq!(parse(&phone.wallet().trace()).unwrap().len(), 1);
    phone.restart(false).unwrap();
    assert_eq!(parse(&phone.wallet().trace()), Ok(Vec::new()));
}

#[test]
fn values_are_cut_by_the_list_of_the_application_that_is_selected_and_no_other() {
    let mut phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    let known = "00A4040007A000000003101000";
    let values =
        |count: u8| [&[0x80, 0xA8, 0, 0, count + 2, 0x83, count], &vec![0x11; count.into()][..], &[0]].concat();
    for select in [known, "00A4040007A000000004101000", known] {
        phone.process(&from_hex(select).unwrap());
        phone.process(&values(33));
    }
    phone.process(&values(32));
    phone.leave_field();
    let trace = phone.wallet().trace();
    let after = |part: usize| trace.split(" GET PROCESSING OPTIONS\n").nth(part).unwrap().to_owned();
    let cut = "  83 33\n    9F66 4 11111111\n    9F02 6 111111111111\n";
    assert!(after(1).starts_with(cut) && after(3).starts_with(cut), "{trace}");
    assert!(after(2).starts_with("  83 33\n    ? 33\n<"), "another application was selected, in vain: {trace}");
    assert!(after(4).starts_with("  83 32\n    ? 32\n<"), "shorter than the list asks: {trace}");
}
