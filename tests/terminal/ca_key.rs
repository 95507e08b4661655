//! The public keys of certification authorities that a reader has loaded (CAPK; EMV Book 2, section 11.2.2).

use crate::bytes::from_hex;

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaKey {
    /// The first five bytes of the AIDs that it is for.
    pub rid: [u8; 5],
    /// The index by which cards name it (8F).
    pub index: u8,
    /// The modulus.
    pub modulus: Vec<u8>,
    /// The exponent.
    pub exponent: Vec<u8>,
}

impl CaKey {
    /// The key of the demo cards' test certification authority. No payment scheme knows it.
    pub fn of_demo_cards(rid: [u8; 5]) -> CaKey {
        let modulus = from_hex(TEST_MODULUS).expect("it is hexadecimal");
        CaKey { rid, index: 0xFA, modulus, exponent: vec![3] }
    }
}

/// 1984 bits.
const TEST_MODULUS: &str = concat!(
    "BDBC247D534C121E9614A2B59F4FA4D281994952B1706684C3E6AFF6D61C7BD96DA4F771B8FA3A7026E03CBDC45876BC52D82B8910F2AE6E",
    "99EB60DB02D77259C14D853E0348439E458BB32BD455E9339A2DD7A19CB1B54CACC465B6747C8748F8C28A06D7A3624AF1E2D017213042B8",
    "BD4BB1A83DAF9E59AA02B13B86E8EA390788E5FB49271CE4D6D53D06604E2F4601A5B9E47838815BA2AD698A3C6FC8E8FF0C4D10F534A7CE",
    "2ACC1C86937CAD3F24EB50F79A550BCF0F6F160F917F020C1FEF9E2AA90421ED8689CA43608CF191F425706A97915A07917540753C92B08F",
    "8721E88621B4D760A4217172BAFBE39ACFAB0F0ACA5F2065",
);
