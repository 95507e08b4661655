//! That nothing wrong is signed. Right signatures: `tests/known_answers/` and `tests/icc_key.rs`, by numbers of other people's
//! making.

use super::*;

/// A test key of 896 bits with exponent 3, of our own: p, q, d mod (p - 1), d mod (q - 1), the inverse of q modulo p.
const NUMBERS: [&str; 5] = [
    "C83B9CCB26A2362D08EB4F9619199844472484F34CCB5BDE8E6F79EFD79C16DC9C30E8AA3F993C880573C9E29EF77FCF9D0E96E4D7D14C37",
    "DB62F75A57983F404E8C67E21CD6461D6D03683C97888A1BF0A53BB21358CB53C01C1AF0084EB6262A2273ACA7B7A6B383A764E34A85FF33",
    "857D133219C179735B478A6410BBBAD82F6DADF7888792945EF4FBF53A680F3DBD75F0717FBB7DB003A2869714A4FFDFBE09B9EDE53632CF",
    "9241FA3C3A657F80345D9A96BDE42EBE48ACF0286505B167F5C37D21623B3237D56811F55ADF2419716C4D1DC52519CD026F98978703FF77",
    "9413F7BB2C35880274F568BD0F8AC0E81B2DFF48548F0C0BA413A9928F141B80DBCE5798340828BA459B195B8CCB76618F1BD6EA20F79FE6",
];

const RANDOM: [u8; 176] = [0x5A; 176];

fn numbers() -> Vec<u8> {
    let digits: Vec<u8> = NUMBERS.concat().bytes().map(|digit| char::from(digit).to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn block() -> Vec<u8> {
    let mut block = vec![0x5C; 112];
    block[0] = 0x6A;
    block
}

/// What goes wrong in one step shows in the same way as a number that is wrong for it.
#[test]
fn no_signature_leaves_where_anything_in_the_computation_went_wrong() {
    let whole = IccKey::of(&numbers(), 3, &RANDOM).unwrap();
    assert_eq!(whole.sign(&block()).unwrap().len(), 112);
    let spoil: [fn(&mut Numbers, Uint<HALF>); 5] = [
        |numbers, bit| numbers.p ^= bit,
        |numbers, bit| numbers.q ^= bit,
        |numbers, bit| numbers.dp ^= bit,
        |numbers, bit| numbers.dq ^= bit,
        |numbers, bit| numbers.q_inverse ^= bit,
    ];
    for (number, spoil) in spoil.iter().enumerate() {
        for bit in (0..448).step_by(7) {
            let mut key = IccKey::of(&numbers(), 3, &RANDOM).unwrap();
            spoil(&mut key.numbers, Uint::ONE << bit);
            assert_eq!(key.sign(&block()), None, "number {number}, bit {bit}");
        }
    }
}

#[test]
fn a_key_with_a_wrong_number_never_opens() {
    assert!(IccKey::of(&numbers(), 3, &RANDOM).is_some());
    for place in 0..5 * 56 {
        let mut broken = numbers();
        broken[place] ^= 1 << (place % 8);
        assert!(IccKey::of(&broken, 3, &RANDOM).is_none(), "byte {place}");
    }
    assert!(IccKey::of(&numbers(), 65537, &RANDOM).is_none(), "another exponent");
    let parts: Vec<Vec<u8>> = numbers().chunks(56).map(<[u8]>::to_vec).collect();
    let same_twice = [&parts[0], &parts[0], &parts[2], &parts[2], &parts[4]].map(Vec::as_slice).concat();
    assert!(IccKey::of(&same_twice, 3, &RANDOM).is_none(), "p = q");
    let other_way_round = [1, 0, 3, 2, 4].map(|place: usize| parts[place].clone()).concat();
    assert!(IccKey::of(&other_way_round, 3, &RANDOM).is_none(), "the inverse is that of the other one");
    assert!(
        IccKey::of(&[0; 5 * 56], 3, &RANDOM).is_none()
            && IccKey::of(&[0xFF; 5 * 56], 3, &RANDOM).is_none()
            && IccKey::of(&[], 3, &RANDOM).is_none()
    );
}

#[test]
fn what_is_raised_to_a_secret_power_is_another_number_each_time_and_the_signature_the_same() {
    let keys = [[0x5A; 176], [0x5B; 176]].map(|random| IccKey::of(&numbers(), 3, &random).unwrap());
    let plain: Uint<WHOLE> = number(&block()).unwrap();
    let [one, other] = keys.each_ref().map(|key| key.blinded(&block()).unwrap());
    assert!(one != plain && other != plain && one != other);
    let [one, other] = keys.each_ref().map(|key| key.sign(&block()).unwrap());
    assert_eq!(one, other);
    // Nothing was random: nothing can be taken out again.
    assert!(IccKey::of(&numbers(), 3, &[0; 176]).is_none());
}

#[test]
fn a_block_that_is_no_number_below_the_modulus_is_not_signed() {
    let key = IccKey::of(&numbers(), 3, &RANDOM).unwrap();
    assert_eq!(key.sign(&[0xFF; 112]), None);
    assert_eq!(key.sign(&[0x6A; 111]), None);
    assert_eq!(key.sign(&[0x6A; 113]), None);
    assert_eq!(key.sign(&[]), None);
}

#[test]
fn debug_shows_no_key() {
    let held = HeldIccKey::plain(Aid::new(&[0xA0, 0, 0, 0, 4]).unwrap(), &numbers()).unwrap();
    for shown in [format!("{held:?}"), format!("{:?}", IccKey::of(&numbers(), 3, &RANDOM).unwrap())] {
        assert!(!shown.contains(char::is_numeric), "{shown}");
    }
}
