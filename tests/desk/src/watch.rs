//! What must never happen to a wallet, whatever a terminal sends: watches every answer.

use std::collections::BTreeMap;

use hcepay_core::DEFAULT_WINDOW_MS;

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

/// Watches one wallet, over one boot of its phone.
#[derive(Debug)]
pub struct Watch {
    pays_unverified: bool,
    /// The boot time at which the holder verified, until the next cryptogram.
    armed_at: Option<u64>,
    selected: Vec<u8>,
    /// The counter of the last cryptogram of each application.
    last_counters: BTreeMap<Vec<u8>, u16>,
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
        Watch { pays_unverified, armed_at: None, selected: Vec::new(), last_counters: BTreeMap::new() }
    }

    /// The holder has verified, at this boot time, for [`DEFAULT_WINDOW_MS`].
    pub fn arm(&mut self, boot_ms: u64) {
        self.armed_at = Some(boot_ms);
    }

    /// An answer came, at this boot time.
    ///
    /// # Panics
    /// Where it is not 2 to 258 bytes with a status word that a contactless card may send, has data with a refusal,
    /// reports a fault, brings a counter that does not rise, or a cryptogram without verification, after the window for
    /// it, or a second one for one.
    pub fn answer(&mut self, boot_ms: u64, command: &[u8], answer: &[u8]) -> Seen {
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
            let last = self.last_counters.insert(self.selected.clone(), counter);
            assert!(last < Some(counter), "{command:02X?}: counter {counter:04X} after {last:04X?}");
            let since_armed = self.armed_at.take().and_then(|armed_at| boot_ms.checked_sub(armed_at));
            let armed = since_armed.is_some_and(|ms| ms < DEFAULT_WINDOW_MS);
            assert!(armed || self.pays_unverified, "{command:02X?}: a cryptogram without verification");
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
    const SIX: &str = "77119F360200069F260811223344556677889F2701809000";
    const EIGHT: &str = "77119F360200089F260811223344556677889F2701809000";
    const AAC: &str = "77119F360200079F260811223344556677889F2701009000";
    const OTHER: &str = "6F098407A00000000310109000";

    /// Holders verify at the first times; the answers come at theirs.
    fn holds(pays_unverified: bool, armed: &[u64], answers: &[(u64, &str)]) -> bool {
        let watched = std::panic::catch_unwind(|| {
            let mut watch = Watch::new(pays_unverified);
            armed.iter().for_each(|boot_ms| watch.arm(*boot_ms));
            for (boot_ms, answer) in answers {
                let command: &[u8] = if *answer == OTHER { &[0x00, 0xA4] } else { &[] };
                watch.answer(*boot_ms, command, &from_hex(answer).unwrap());
            }
        });
        watched.is_ok()
    }

    #[test]
    fn it_bites() {
        assert!(holds(false, &[5], &[(5, ANSWER), (5, "6985")]));
        for answers in [&[ANSWER, EIGHT][..], &[""], &["90"], &["6F00"], &["6110"], &["006985"]] {
            let answers: Vec<_> = answers.iter().map(|answer| (5, *answer)).collect();
            assert!(!holds(false, &[5], &answers), "{answers:?}");
        }
    }

    #[test]
    fn it_knows_the_window_to_the_millisecond() {
        assert!(holds(false, &[5], &[(30_004, ANSWER)]));
        assert!(!holds(false, &[5], &[(30_005, ANSWER)]));
        assert!(!holds(false, &[5], &[(4, ANSWER)]));
        assert!(holds(false, &[5, 6], &[(30_005, ANSWER)]), "armed anew");
        assert!(!holds(false, &[], &[(5, ANSWER)]));
        assert!(holds(false, &[], &[(5, AAC)]) && holds(true, &[], &[(5, ANSWER)]));
    }

    #[test]
    fn a_counter_must_rise_within_its_application() {
        assert!(holds(true, &[], &[(5, ANSWER), (5, EIGHT)]));
        assert!(!holds(true, &[], &[(5, ANSWER), (5, ANSWER)]));
        assert!(!holds(true, &[], &[(5, ANSWER), (5, SIX)]));
        assert!(holds(true, &[], &[(5, ANSWER), (5, OTHER), (5, SIX)]));
    }
}
