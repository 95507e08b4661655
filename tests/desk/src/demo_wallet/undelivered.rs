//! Envelopes that the issuer has made and the phone has not taken in yet. They are kept, so that none is lost where one of
//! the two dies in between: the wallet would not know of a card that the issuer has given away.
//!
//! A file of lines, each a sequence and an envelope in hexadecimal. It is written before the issuer's state: what it names
//! beyond that state's sequence never left the house, and is forgotten.

use std::collections::VecDeque;

use hcepay_tests::bytes::{from_hex, hex};

/// Envelopes on their way, in sequence.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Undelivered(VecDeque<(u64, Vec<u8>)>);

impl Undelivered {
    /// Reads the file's text, up to the sequence that the issuer's state has come to.
    pub(super) fn read(text: &str, sequence: u64) -> Option<Undelivered> {
        let line = |line: &str| {
            let (sequence, envelope) = line.split_once(' ')?;
            Some((sequence.parse().ok()?, from_hex(envelope)?))
        };
        let all: Option<VecDeque<(u64, Vec<u8>)>> = text.lines().map(line).collect();
        Some(Undelivered(all?.into_iter().filter(|(known, _)| *known <= sequence).collect()))
    }

    /// The file's text.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(|(sequence, envelope)| format!("{sequence} {}\n", hex(envelope))).collect()
    }

    /// More envelopes, the last of which has this sequence.
    pub(super) fn add(&mut self, envelopes: Vec<Vec<u8>>, last: u64) {
        let first = last.saturating_add(1).saturating_sub(envelopes.len() as u64);
        self.0.extend((first..).zip(envelopes));
    }

    /// The next to be taken in.
    pub(super) fn next(&self) -> Option<&[u8]> {
        self.0.front().map(|(_, envelope)| envelope.as_slice())
    }

    /// The next one has arrived.
    pub(super) fn arrived(&mut self) {
        self.0.pop_front();
    }

    /// None of them matters any more.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_issuer_has_forgotten_was_never_sent() {
        let mut undelivered = Undelivered::default();
        undelivered.add(vec![vec![0xA1], vec![0xB2, 0xB3]], 8);
        undelivered.add(vec![vec![0xC4]], 9);
        assert_eq!(undelivered.text(), "7 A1\n8 B2B3\n9 C4\n");
        assert_eq!(Undelivered::read(&undelivered.text(), 9), Some(undelivered.clone()));
        let mut known = Undelivered::read(&undelivered.text(), 8).unwrap();
        assert_eq!(known.next(), Some([0xA1].as_slice()));
        known.arrived();
        assert_eq!(known.text(), "8 B2B3\n");
        known.arrived();
        assert_eq!((known.next(), known.text()), (None, String::new()));
        assert_eq!(Undelivered::read("7", 9), None);
        assert_eq!(Undelivered::read("x A1", 9), None);
    }
}
