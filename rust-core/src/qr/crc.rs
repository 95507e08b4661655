//! The checksum of a merchant's QR code.

/// CRC-16 with the polynomial 1021 and the initial value FFFF, nothing reflected and nothing inverted at the end (CRC-16/CCITT-FALSE),
/// as EMV QRCPS, Merchant-Presented Mode 1.1, section 4.7.3 has it.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the catalogue of CRCs (reveng.sourceforge.io), and the value of nothing.
    #[test]
    fn the_check_value_is_that_of_the_catalogue() {
        assert_eq!((crc16(b"123456789"), crc16(b"")), (0x29B1, 0xFFFF));
    }
}
