//! Base64 with the standard alphabet, padded (RFC 4648, section 4).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub fn base64(bytes: &[u8]) -> String {
    let characters = bytes.chunks(3).flat_map(|group| {
        let bits = group.iter().chain([&0, &0]).take(3).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let sextets = [18, 12, 6, 0].map(|shift| bits >> shift & 0x3F);
        let character = |sextet: u32| usize::try_from(sextet).ok().and_then(|place| ALPHABET.get(place)).copied();
        let written = group.len().saturating_add(1);
        let shown = sextets.into_iter().filter_map(character).take(written);
        shown.chain([b'='; 2]).take(4).map(char::from).collect::<Vec<char>>()
    });
    characters.collect()
}

/// Text as bytes. `None` where it is not what [`base64`] writes: no other alphabet, no space, no line, no padding left out, no
/// bit set that no byte has.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let unpadded = text.trim_end_matches('=');
    let places: Option<Vec<usize>> =
        unpadded.bytes().map(|character| ALPHABET.iter().position(|known| *known == character)).collect();
    let bytes: Vec<u8> = places?
        .chunks(4)
        .flat_map(|group| {
            let bits = group.iter().chain([&0; 3]).take(4).fold(0_usize, |bits, sextet| bits << 6 | sextet);
            let [_, whole @ ..] = u32::try_from(bits).unwrap_or(0).to_be_bytes();
            whole.into_iter().take(group.len().saturating_sub(1)).collect::<Vec<u8>>()
        })
        .collect();
    (base64(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, section 10.
    const PUBLISHED: [(&str, &str); 7] = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];

    #[test]
    fn the_published_examples_are_written_and_read() {
        for (text, written) in PUBLISHED {
            assert_eq!(base64(text.as_bytes()), written);
            assert_eq!(from_base64(written).unwrap(), text.as_bytes());
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(from_base64(&base64(&all)).unwrap(), all);
    }

    #[test]
    fn only_what_would_be_written_is_read() {
        for text in
            ["Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v ", "Zm9v\n", "Zm-_", "=Zg=", "Z", "Z===", "====", "Zg==Zg=="]
        {
            assert_eq!(from_base64(text), None, "{text:?}");
        }
    }
}
