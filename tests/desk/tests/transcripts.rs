//! The transcripts of `tests/taps`: the card answers them byte for byte, and the issuer accepts every cryptogram in
//! them, so that no expected byte of a cryptogram stands there only because the card once said so.

use std::collections::BTreeMap;
use std::fs;

use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::tally::tell;
use hcepay_desk::transcript::{KEYS, Line, parse, replay};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::issuer::verification::Verdict;

/// Name and text of each transcript.
pub(crate) fn transcripts() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../taps");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "tap"));
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
    };
    paths.iter().map(read).collect()
}

#[test]
fn the_card_answers_every_transcript_byte_for_byte() {
    let transcripts = transcripts();
    let mut exchanges = 0;
    for (name, text) in &transcripts {
        assert!(!text.contains("!card test-"), "{name}: transcripts are replayed where test only cards cannot come in");
        exchanges += replay(text).unwrap_or_else(|deviation| panic!("{name}.tap, {deviation}"));
    }
    assert!(transcripts.len() >= 58);
    tell(&format!("taps: {} transcripts, {exchanges} exchanges", transcripts.len()));
}

#[test]
fn the_issuer_accepts_every_cryptogram_in_the_transcripts() {
    let mut accepted = 0;
    for (name, text) in transcripts() {
        let mut phone = None;
        let mut seen = Seen::default();
        for (number, line) in parse(&text).unwrap() {
            match line {
                Line::Card(card) => {
                    let mut fresh = Phone::new(&card, 0, NEW_YEAR).unwrap();
                    fresh.receive_keys(KEYS);
                    phone = Some(fresh);
                }
                Line::Clock(ms) => phone.as_mut().unwrap().wait(ms),
                Line::Exchange(command, answer) => {
                    let Some(request) = seen.request(&command, &answer) else { continue };
                    let verification = phone.as_mut().unwrap().ask_issuer(&request);
                    assert_eq!(
                        verification.verdict,
                        Verdict::Valid,
                        "{name}.tap, line {number}: {:?}",
                        verification.steps
                    );
                    accepted += 1;
                }
                Line::Holder(_) | Line::Field(_) | Line::Report(..) => {}
            }
        }
    }
    assert!(accepted >= 20, "{accepted} cryptograms");
    tell(&format!("transcripts: {accepted} cryptograms, each accepted by the issuer"));
}

/// What a terminal has seen of the application selected.
#[derive(Default)]
struct Seen {
    card: BTreeMap<u32, Vec<u8>>,
}

impl Seen {
    /// What goes to the issuer where this exchange brought an ARQC.
    fn request(&mut self, command: &[u8], answer: &[Option<u8>]) -> Option<AuthorisationRequest> {
        // Random bytes stand in AACs only; zeros do for them.
        let answer: Vec<u8> = answer.iter().map(|byte| byte.unwrap_or(0)).collect();
        let (data, status_word) = answer.split_last_chunk::<2>().unwrap();
        if *status_word != [0x90, 0x00] {
            return None;
        }
        if command[1] == 0xA4 {
            self.card.clear();
        }
        collect(data, &mut self.card);
        // The values that the terminal sent, by the list that the card had given.
        let list = match command[1] {
            0xA8 => self.card.get(&0x9F38).map(|list| (list.clone(), &command[7..])),
            0xAE => self.card.get(&0x8C).map(|list| (list.clone(), &command[5..])),
            _ => None,
        };
        let is_arqc = self.card.contains_key(&0x9F26) && self.card.get(&0x9F27).is_none_or(|cid| *cid == [0x80]);
        let (list, mut values) = list.filter(|_| is_arqc)?;
        let mut request = AuthorisationRequest::new();
        for (tag, value) in &self.card {
            request.put(if *tag == 0x84 { 0x4F } else { *tag }, value);
        }
        let mut list = list.as_slice();
        while !list.is_empty() {
            let (tag, rest) = tag(list);
            let (value, further) = values.split_at(rest[0].into());
            request.put(tag, value);
            (list, values) = (&rest[1..], further);
        }
        self.card.remove(&0x9F26);
        Some(request)
    }
}

/// The objects of an answer.
pub(crate) fn collected(data: &[u8]) -> BTreeMap<u32, Vec<u8>> {
    let mut objects = BTreeMap::new();
    collect(data, &mut objects);
    objects
}

/// All objects that hold no others, by tag. Good enough for answers that the terminal has accepted elsewhere.
fn collect(mut bytes: &[u8], objects: &mut BTreeMap<u32, Vec<u8>>) {
    while !bytes.is_empty() {
        let constructed = bytes[0] & 0x20 != 0;
        let (tag, rest) = tag(bytes);
        let (length, rest) = if rest[0] == 0x81 { (rest[1], &rest[2..]) } else { (rest[0], &rest[1..]) };
        let (value, rest) = rest.split_at(length.into());
        if constructed {
            collect(value, objects);
        } else {
            objects.insert(tag, value.to_vec());
        }
        bytes = rest;
    }
}

fn tag(bytes: &[u8]) -> (u32, &[u8]) {
    let length = if bytes[0] & 0x1F == 0x1F { 2 } else { 1 };
    let (tag, rest) = bytes.split_at(length);
    (tag.iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte)), rest)
}
