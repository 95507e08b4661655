//! What must never happen to a wallet, whatever a terminal sends: watches every answer.

use std::collections::BTreeSet;

/// The cards to let hostile terminals loose on, and whether each pays without verification where no one asks for it.
pub const WATCHED_CARDS: [(&str, bool); 8] = [
    ("kernel3-cvn18", false),
    ("kernel3-cvn43", false),
    ("kernel3-no-verification", true),
    ("kernel3-two-applications", false),
    ("kernel2-cvn14", false),
    ("kernel2-no-verification", true),
    ("kernel7-cvn01", false),
    ("cobadged", false),
];

/// Watches one wallet.
#[derive(Debug)]
pub struct Watch {
    pays_unverified: bool,
    armed: bool,
    selected: Vec<u8>,
    counters: BTreeSet<(Vec<u8>, u16)>,
}

/// What one answer told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// SW1 SW2.
    pub status_word: u16,
    /// Whether the answer has a cryptogram that spends a key. An AAC has 8 random bytes and spends none.
    pub cryptogram: bool,
}

impl Watch {
    /// A wallet that was not armed yet. `pays_unverified`: its card gives cryptograms without verification.
    pub fn new(pays_unverified: bool) -> Watch {
        Watch { pays_unverified, armed: false, selected: Vec::new(), counters: BTreeSet::new() }
    }

    /// The holder has verified.
    pub fn arm(&mut self) {
        self.armed = true;
    }

    /// An answer came.
    ///
    /// # Panics
    /// Where it is not 2 to 258 bytes with a status word that a contactless card may send, has data with a refusal,
    /// reports a fault, brings a counter a second time, or a cryptogram without verification or a second one for one.
    pub fn answer(&mut self, command: &[u8], answer: &[u8]) -> Seen {
        assert!((2..=258).contains(&answer.len()), "{command:02X?}: an answer of {} bytes", answer.len());
        let (data, status_word) = answer.split_last_chunk::<2>().expect("it has two bytes at least");
        let status_word = u16::from_be_bytes(*status_word);
        assert!(data.is_empty() || status_word == 0x9000, "{command:02X?}: data with {status_word:04X}");
        assert!(!matches!(status_word >> 8, 0x61 | 0x6C | 0x6F), "{command:02X?}: {status_word:04X}");
        if let ([_, 0xA4, ..], [0x6F, _, 0x84, length, rest @ ..]) = (command, data) {
            self.selected = rest.get(..usize::from(*length)).unwrap_or_default().to_vec();
        }
        let counter = data.starts_with(&[0x77]).then(|| cryptogram_counter(data)).flatten();
        if let Some(counter) = counter {
            let first = self.counters.insert((self.selected.clone(), counter));
            assert!(first, "{command:02X?}: counter {counter:04X} a second time");
            assert!(self.armed || self.pays_unverified, "{command:02X?}: a cryptogram without verification");
            self.armed = false;
        }
        Seen { status_word, cryptogram: counter.is_some() }
    }
}

/// The counter of an answer that has a cryptogram and is not an AAC.
fn cryptogram_counter(data: &[u8]) -> Option<u16> {
    let after = |object: &[u8]| {
        let at = data.windows(object.len()).position(|window| window == object)?;
        data.get(at.checked_add(object.len())?..)
    };
    after(&[0x9F, 0x26, 0x08])?;
    match after(&[0x9F, 0x27, 0x01]) {
        Some([0x00, ..]) => None,
        _ => after(&[0x9F, 0x36, 0x02])?.first_chunk().map(|counter| u16::from_be_bytes(*counter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hcepay_tests::bytes::from_hex;

    const ANSWER: &str = "77119F360200079F260811223344556677889F2701809000";

    fn watched(armed: bool, answers: &[&str]) -> Result<(), Box<dyn std::any::Any + Send>> {
        std::panic::catch_unwind(|| {
            let mut watch = Watch::new(false);
            if armed {
                watch.arm();
            }
            for answer in answers {
                watch.answer(&[], &from_hex(answer).unwrap());
            }
        })
    }

    #[test]
    fn it_bites() {
        assert!(watched(true, &[ANSWER, "6985"]).is_ok());
        assert!(watched(false, &["77119F360200079F260811223344556677889F2701009000"]).is_ok(), "an AAC");
        for (armed, answers) in [
            (false, &[ANSWER][..]),
            (true, &[ANSWER, ANSWER]),
            (true, &[""]),
            (true, &["90"]),
            (true, &["6F00"]),
            (true, &["6110"]),
            (true, &["006985"]),
        ] {
            assert!(watched(armed, answers).is_err(), "{answers:?}");
        }
    }
}
