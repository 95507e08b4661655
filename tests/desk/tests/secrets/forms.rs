//! The forms in which a secret might stand somewhere: raw, hexadecimal, base64, decimal. In pieces of 8 bytes, so that half
//! a key is found too.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

const PIECE: usize = 8;
/// By so many bytes at its beginning a form is found; the shortest, a code of six digits, has more.
const PREFIX: usize = 4;

/// Secrets to be looked for.
#[derive(Default)]
pub(crate) struct Secrets {
    forms: Vec<(String, Vec<u8>)>,
    by_prefix: FxHashMap<[u8; PREFIX], Vec<usize>>,
}

impl Secrets {
    /// Bytes, looked for in all forms.
    pub(crate) fn add(&mut self, name: &str, secret: &[u8]) {
        for piece in secret.chunks_exact(PIECE) {
            for (form, bytes) in forms(piece) {
                self.add_text(&format!("{name}, {form}"), &bytes);
            }
        }
    }

    /// Looked for as it is.
    pub(crate) fn add_text(&mut self, name: &str, text: &[u8]) {
        self.by_prefix.entry(*text.first_chunk().unwrap()).or_default().push(self.forms.len());
        self.forms.push((name.to_owned(), text.to_vec()));
    }

    /// The names and forms of those that stand in it.
    pub(crate) fn found(&self, place: &[u8]) -> Vec<&str> {
        let mut found = BTreeSet::new();
        for (at, window) in place.windows(PREFIX).enumerate() {
            let candidates = self.by_prefix.get(window).into_iter().flatten().map(|form| &self.forms[*form]);
            found.extend(candidates.filter(|(_, form)| place[at..].starts_with(form)).map(|(name, _)| name.as_str()));
        }
        found.into_iter().collect()
    }

    /// The same of text in which line breaks may stand between numbers.
    pub(crate) fn found_in_text(&self, text: &str) -> Vec<&str> {
        self.found(text.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes())
    }
}

/// All forms of a piece, by name.
pub(crate) fn forms(piece: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let number: [u8; PIECE] = piece.try_into().unwrap();
    let list = |text: String| text.trim_matches(['[', ']']).into();
    let mut forms = vec![
        ("raw", piece.to_vec()),
        ("hex", piece.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()),
        ("HEX", piece.iter().map(|byte| format!("{byte:02X}")).collect::<String>().into()),
        ("hex list", list(format!("{piece:02x?}"))),
        ("HEX list", list(format!("{piece:02X?}"))),
        ("decimal list", list(format!("{piece:?}"))),
        ("decimal", u64::from_be_bytes(number).to_string().into()),
        ("decimal, least significant first", u64::from_le_bytes(number).to_string().into()),
    ];
    for before in 0..3 {
        let standard = base64(piece, before);
        let url = standard.iter().map(|digit| match digit {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        });
        forms.push(("base64url", url.collect()));
        forms.push(("base64", standard));
    }
    forms
}

/// Base64 where so many bytes stand before, as far as it does not depend on what stands around (RFC 4648, section 4).
fn base64(piece: &[u8], before: usize) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = [&[0; 2][..before], piece].concat();
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digits = bits.chunks_exact(6).map(|six| DIGITS[six.iter().fold(0, |sum, bit| sum << 1 | usize::from(*bit))]);
    digits.skip((before * 8).div_ceil(6)).collect()
}
