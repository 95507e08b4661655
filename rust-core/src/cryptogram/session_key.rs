//! Session keys from a card master key (EMV Book 2, annex A1.3). A phone receives finished session keys and never
//! holds a card master key: on this side the steps serve known answers and `test only` cards.

use des::TdesEde2;
use des::cipher::{BlockCipherEncrypt, KeyInit};
use zeroize::Zeroizing;

use crate::emv::atc::Atc;
use crate::keys::secret::SecretKey;

/// EMV common session key: the diversification value is the counter, then zeros.
pub fn common(card_master_key: &SecretKey, atc: Atc) -> SecretKey {
    let [high, low] = atc.bytes();
    derive(card_master_key, [high, low, 0, 0, 0, 0, 0, 0])
}

/// Mastercard session key (SKD): the counter, two zeros, then the terminal's unpredictable number.
pub fn mastercard(card_master_key: &SecretKey, atc: Atc, unpredictable_number: [u8; 4]) -> SecretKey {
    let [high, low] = atc.bytes();
    let [un0, un1, un2, un3] = unpredictable_number;
    derive(card_master_key, [high, low, 0, 0, un0, un1, un2, un3])
}

/// Both halves: the diversification value with its third byte set to F0 (left) and 0F (right), encrypted. Odd parity.
pub fn derive(card_master_key: &SecretKey, diversification: [u8; 8]) -> SecretKey {
    let cipher = TdesEde2::new(card_master_key.expose().into());
    let [r0, r1, _, r3, r4, r5, r6, r7] = diversification;
    let mut halves = Zeroizing::new([[r0, r1, 0xF0, r3, r4, r5, r6, r7], [r0, r1, 0x0F, r3, r4, r5, r6, r7]]);
    for half in halves.iter_mut() {
        cipher.encrypt_block(half.into());
    }
    let mut key = Box::new([0; 16]);
    for (target, byte) in key.iter_mut().zip(halves.iter().flatten()) {
        *target = odd_parity(*byte);
    }
    SecretKey::new(key)
}

/// Sets the lowest bit so that the byte has an odd number of ones, as DES keys have. The cipher ignores that bit.
fn odd_parity(byte: u8) -> u8 {
    let upper = byte & 0xFE;
    if upper.count_ones().is_multiple_of(2) { upper | 1 } else { upper }
}
