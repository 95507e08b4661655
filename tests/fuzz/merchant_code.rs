//! Any bytes as a merchant's QR code: refused, or read as a merchant could have written it. With the checksum made anew, so that
//! what it covers is reached as well.

#![no_main]

use hcepay_core::{MerchantCode, QrError};
use hcepay_tests::merchant::{sealed, taken_apart};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    read(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        let text = sealed(text);
        assert_ne!(read(text.as_bytes()), Some(QrError::ChecksumWrong));
    }
});

fn read(bytes: &[u8]) -> Option<QrError> {
    let code = match MerchantCode::parse(bytes) {
        Ok(code) => code,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Some(error);
        }
    };
    let text = str::from_utf8(bytes).expect("it was read");
    let objects = taken_apart(text).expect("it was read");
    assert_eq!((objects.first().map(|(id, _)| *id), objects.last().map(|(id, _)| *id)), (Some(0), Some(63)));
    for shown in [&code.name, &code.city] {
        assert!(shown.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }
    for typed in [None, Some(0), Some(1), Some(999_999_999_999), Some(u64::MAX)] {
        for tip in [0, 1, u64::MAX] {
            if let Ok(order) = code.order(typed, tip) {
                assert_eq!(order.purchase_minor.checked_add(order.tip_or_fee_minor), Some(order.total.minor));
                assert!((1..=999_999_999_999).contains(&order.total.minor));
                assert_eq!(typed.is_some(), code.amount_minor.is_none());
            }
        }
    }
    None
}
