//! Envelopes that are whole, but not for us or not as they must be.

use hcepay_core::EnvelopeError::*;
use hcepay_core::known_answers::{Envelope, WalletId};
use hcepay_core::{AgreementKey, EnvelopeError, SharedSecret};
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::seal::{Address, MOST_CONTENT, PURPOSES, Purpose};

use crate::envelope_seal::post::{Post, WALLET, address};

#[test]
fn envelopes_of_every_kind_and_size_open_and_say_what_the_issuer_said() {
    let mut post = Post::new(10);
    for purpose in PURPOSES {
        for (card, size) in [(0, 0), (1, 1), (u32::MAX, 5_000), (7, MOST_CONTENT)] {
            let address = Address { card, sequence: u64::MAX - size as u64, ..address(purpose) };
            let content = vec![0xA5; size];
            let envelope = post.seal(&address, &content);
            let read = Envelope::parse(&envelope).unwrap();
            let header = read.header();
            assert_eq!(format!("{:?}", header.purpose), format!("{purpose:?}"));
            assert_eq!(header.issuer_key.bytes(), &post.issuer.id());
            assert_eq!((header.wallet.bytes(), header.card.map_or(0, u32::from)), (&WALLET, card));
            assert_eq!(header.sequence, address.sequence);
            assert_eq!(post.open(&envelope).unwrap().expose(), content);
        }
    }
}

#[test]
fn a_foreign_issuer_a_foreign_wallet_and_another_device_are_told_apart() {
    let (mut ours, mut theirs) = (Post::new(11), Post::new(12));
    assert_eq!(ours.refusal(&theirs.seal(&address(Purpose::Delete), b"")), Some(ForeignIssuer));

    let wallet = *b"another's wallet";
    let envelope = ours.seal(&Address { wallet, ..address(Purpose::Delete) }, b"");
    assert_eq!(ours.refusal(&envelope), Some(ForeignWallet));

    // The same name on it does not make another issuer's signature ours.
    let mut envelope = theirs.seal(&address(Purpose::Delete), b"");
    envelope[2..10].copy_from_slice(&ours.issuer.id());
    theirs.sign_again(&mut envelope);
    assert_eq!(ours.refusal(&envelope), Some(SignatureWrong));

    let envelope = ours.seal(&address(Purpose::Delete), b"");
    ours.device = theirs.device;
    assert_eq!(ours.refusal(&envelope), Some(CannotOpen));
}

#[test]
fn the_wallet_is_asked_about_after_the_signature_only() {
    let mut post = Post::new(13);
    let mut envelope = post.seal(&Address { wallet: [0; 16], ..address(Purpose::Policy) }, b"");
    *envelope.last_mut().unwrap() ^= 1;
    assert_eq!(post.refusal(&envelope), Some(SignatureWrong));
}

#[test]
fn another_agreement_does_not_open_it() {
    let mut post = Post::new(14);
    let envelope = post.seal(&address(Purpose::Renew), b"profile");
    let begin = || Envelope::parse(&envelope).unwrap().begin(&post.pinned, WalletId::new(WALLET)).unwrap();
    let point = post.device.point();
    let shared = *post.device.agree(begin().ephemeral()).expose();
    for place in 0..32 {
        let mut other = Box::new(shared);
        other[place] ^= 0x80;
        assert_eq!(begin().finish(point, &SharedSecret::new(other)).unwrap_err(), CannotOpen);
    }
    let other = Post::new(15).device;
    assert_eq!(begin().finish(other.point(), &SharedSecret::new(Box::new(shared))).unwrap_err(), CannotOpen);
    assert!(begin().finish(point, &SharedSecret::new(Box::new(shared))).is_ok());
}

#[test]
fn content_does_not_move_from_one_envelope_to_another() {
    let mut post = Post::new(16);
    let first = post.seal(&address(Purpose::Suspend), b"0123");
    let second = post.seal(&address(Purpose::Resume), b"4567");
    // Everything behind the header: a fresh header over an old seal.
    let mut spliced = [&first[..38], &second[38..]].concat();
    post.sign_again(&mut spliced);
    assert_eq!(post.refusal(&spliced), Some(CannotOpen));
    let again = post.seal(&address(Purpose::Suspend), b"0123");
    assert_ne!(first, again);
    let mut spliced = [&first[..103], &again[103..]].concat();
    post.sign_again(&mut spliced);
    assert_eq!(post.refusal(&spliced), Some(CannotOpen));
}

#[test]
fn a_ciphertext_without_room_for_its_tag_is_malformed() {
    let mut post = Post::new(17);
    let envelope = post.seal(&address(Purpose::Policy), b"");
    for length in 0..16_u16 {
        let mut short = [&envelope[..103], &length.to_be_bytes(), &envelope[105..105 + usize::from(length)]].concat();
        short.extend([0; 64]);
        post.sign_again(&mut short);
        assert_eq!(post.refusal(&short), Some(Malformed), "{length} bytes of ciphertext");
    }
}

#[test]
fn only_an_uncompressed_point_of_the_curve_is_an_ephemeral_key() {
    let mut post = Post::new(18);
    let envelope = post.seal(&address(Purpose::Policy), b"");
    let y_is_odd = envelope[102] & 1;
    let field = from_hex("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF").unwrap();
    let refuse = |what: &str, spoil: &dyn Fn(&mut [u8])| {
        let mut spoiled = envelope.clone();
        spoil(&mut spoiled[38..103]);
        post.sign_again(&mut spoiled);
        assert_eq!(post.refusal(&spoiled), Some(PointInvalid), "{what}");
    };
    refuse("infinity, padded", &|enc| enc.fill(0));
    refuse("the origin", &|enc| enc[1..].fill(0));
    refuse("hybrid", &|enc| enc[0] = 6 + y_is_odd);
    refuse("hybrid with the wrong parity", &|enc| enc[0] = 7 - y_is_odd);
    refuse("compressed, padded", &|enc| enc[0] = 2 + y_is_odd);
    refuse("compact, padded", &|enc| enc[0] = 5);
    refuse("x beyond the field", &|enc| enc[1..33].copy_from_slice(&field));
    refuse("x is y", &|enc| enc.copy_within(33..65, 1));
    refuse("all ones", &|enc| enc[1..].fill(0xFF));
}

#[test]
fn a_signature_has_r_and_s_within_the_order() {
    let mut post = Post::new(19);
    let envelope = post.seal(&address(Purpose::Policy), b"");
    let order = from_hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551").unwrap();
    let at = envelope.len() - 64;
    for half in [at, at + 32] {
        for value in [vec![0; 32], order.clone(), vec![0xFF; 32]] {
            let mut forged = envelope.clone();
            forged[half..half + 32].copy_from_slice(&value);
            assert_eq!(post.refusal(&forged), Some(SignatureWrong));
        }
    }
    let mut forged = envelope;
    forged[at..].fill(0);
    assert_eq!(post.refusal(&forged), Some(SignatureWrong));
}

#[test]
fn the_other_signature_that_anybody_can_make_from_a_signature_leaves_the_digest_as_it_was() {
    let mut post = Post::new(20);
    let envelope = post.seal(&address(Purpose::Policy), b"once");
    let mut twin = envelope.clone();
    let s = twin.last_chunk_mut::<32>().unwrap();
    *s = order_less(*s);
    let digest = |envelope: &[u8]| {
        Envelope::parse(envelope).unwrap().begin(&post.pinned, WalletId::new(WALLET)).unwrap().digest()
    };
    assert_ne!(envelope, twin);
    assert_eq!(digest(&envelope), digest(&twin));
}

/// The order of P-256 less a number below it.
fn order_less(number: [u8; 32]) -> [u8; 32] {
    let order = from_hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551").unwrap();
    let (mut result, mut borrow) = ([0; 32], 0);
    for place in (0..32).rev() {
        let difference = i16::from(order[place]) - i16::from(number[place]) - borrow;
        borrow = i16::from(difference < 0);
        result[place] = difference.rem_euclid(256) as u8;
    }
    result
}

#[test]
fn private_numbers_out_of_range_are_no_agreement_keys() {
    let order = from_hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551").unwrap();
    let mut one = [0; 32];
    one[31] = 1;
    assert!(AgreementKey::new(&[0; 32]).is_none() && AgreementKey::new(&[0xFF; 32]).is_none());
    assert!(AgreementKey::new(&order.try_into().unwrap()).is_none());
    assert!(AgreementKey::new(&one).is_some() && AgreementKey::new(&order_less(one)).is_some());
}

#[test]
fn nothing_of_an_envelope_shows_in_debug_or_errors() {
    let mut post = Post::new(21);
    let envelope = post.seal(&address(Purpose::ReplenishKeys), b"sixteen secrets!");
    let read = Envelope::parse(&envelope).unwrap();
    let mut shown = format!("{read:?} {read:#?} {:?}", post.device);
    let opening = read.begin(&post.pinned, WalletId::new(WALLET)).unwrap();
    let shared = post.device.agree(opening.ephemeral());
    shown += &format!("{opening:?} {shared:?} {:?}", opening.digest());
    let secret = *shared.expose();
    let opened = opening.finish(post.device.point(), &shared).unwrap();
    shown += &format!("{opened:?} {opened:#?}");
    for hidden in [opened.content.expose(), &WALLET, &secret, &envelope[105..140]] {
        for part in hidden.chunks_exact(4) {
            let decimal = part.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
            assert!(!shown.contains(&decimal) && !shown.to_uppercase().contains(&hex(part)));
            assert!(!str::from_utf8(part).is_ok_and(|text| shown.contains(text)));
        }
    }
}

#[test]
fn every_refusal_has_a_sentence_of_its_own() {
    let all: [EnvelopeError; 10] = [
        Oversized,
        Truncated,
        Malformed,
        UnsupportedVersion,
        UnknownPurpose,
        ForeignIssuer,
        SignatureWrong,
        ForeignWallet,
        PointInvalid,
        CannotOpen,
    ];
    let mut sentences = all.map(|error| error.to_string()).to_vec();
    sentences.sort();
    sentences.dedup();
    assert_eq!(sentences.len(), all.len());
}
