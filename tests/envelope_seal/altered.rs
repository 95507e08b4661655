//! Envelopes on which somebody laid hands.

use hcepay_core::EnvelopeError;
use hcepay_core::EnvelopeError::*;
use hcepay_desk::tally::tell;
use hcepay_tests::issuer::seal::PURPOSES;

use crate::envelope_seal::post::{Post, address};

const CONTENT: &[u8] = b"what the issuer says";

/// What an envelope with another byte at this place is refused for.
fn expected(place: usize, altered: &[u8]) -> EnvelopeError {
    let length = usize::from(u16::from_be_bytes([altered[103], altered[104]]));
    match place {
        0 => UnsupportedVersion,
        1 if !PURPOSES.iter().any(|purpose| *purpose as u8 == altered[1]) => UnknownPurpose,
        2..10 => ForeignIssuer,
        103..105 if length > altered.len() - 169 => Truncated,
        103..105 => Malformed,
        _ => SignatureWrong,
    }
}

/// The same where the issuer signed it as it now is: the seal itself must hold.
fn expected_where_signed(place: usize, altered: &[u8]) -> EnvelopeError {
    match (expected(place, altered), place) {
        (SignatureWrong, 10..26) => ForeignWallet,
        (SignatureWrong, 38..103) => PointInvalid,
        (SignatureWrong, _) => CannotOpen,
        (other, _) => other,
    }
}

#[test]
fn every_byte_of_every_kind_of_envelope_is_guarded_and_says_which_guard_spoke() {
    let mut post = Post::new(1);
    let mut altered = 0;
    for purpose in PURPOSES {
        let envelope = post.seal(&address(purpose), CONTENT);
        assert_eq!(post.open(&envelope).unwrap().expose(), CONTENT);
        for place in 0..envelope.len() {
            for bit in 0..8 {
                let mut flipped = envelope.clone();
                flipped[place] ^= 1 << bit;
                assert_eq!(
                    post.refusal(&flipped),
                    Some(expected(place, &flipped)),
                    "{purpose:?}: byte {place} bit {bit}"
                );
                altered += 1;
            }
        }
    }
    tell(&format!("envelopes: {altered} with one bit flipped, each refused with its own error"));
}

#[test]
fn what_the_issuer_signed_but_did_not_seal_does_not_open() {
    let mut post = Post::new(2);
    for purpose in PURPOSES {
        let envelope = post.seal(&address(purpose), CONTENT);
        for place in 0..envelope.len() - 64 {
            let mut flipped = envelope.clone();
            flipped[place] ^= 1 << (place % 8);
            post.sign_again(&mut flipped);
            let expected = expected_where_signed(place, &flipped);
            assert_eq!(post.refusal(&flipped), Some(expected), "{purpose:?}: byte {place}");
        }
    }
}

#[test]
fn every_truncation_is_told_as_such() {
    let mut post = Post::new(3);
    for purpose in PURPOSES {
        let envelope = post.seal(&address(purpose), CONTENT);
        for length in 0..envelope.len() {
            assert_eq!(post.refusal(&envelope[..length]), Some(Truncated), "{purpose:?}: {length} bytes");
        }
    }
}

#[test]
fn nothing_may_follow_the_signature() {
    let mut post = Post::new(4);
    let mut envelope = post.seal(&address(PURPOSES[0]), CONTENT);
    while envelope.len() < 65_536 {
        envelope.extend(vec![0; (envelope.len() / 3).clamp(1, 65_536 - envelope.len())]);
        assert_eq!(post.refusal(&envelope), Some(Malformed), "{} bytes", envelope.len());
    }
    envelope.push(0);
    assert_eq!(post.refusal(&envelope), Some(Oversized));
    assert_eq!(post.refusal(&vec![0; 1 << 20]), Some(Oversized));
}
