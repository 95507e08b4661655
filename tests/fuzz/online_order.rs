//! Any bytes as an order: phone and issuer, who read it by programs of their own, take the same ones, and mean the same by them. The
//! phone alone refuses currencies that nobody pays in, and names and ids that are blank. And as a code that a consumer shows: the
//! merchant's reader writes what it reads.

#![no_main]

use hcepay_core::{OnlineOrder, OrderError};
use hcepay_tests::merchant::consumer_code::ConsumerCode;
use hcepay_tests::online_order::{self, digest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let others = online_order::OnlineOrder::read(bytes);
    match (OnlineOrder::read(bytes), &others) {
        (Ok(order), Ok(read)) => {
            assert_eq!(order.bytes(), bytes);
            assert_eq!(order.digest().0, digest(bytes));
            assert_eq!((order.amount().minor, order.amount().currency), (read.amount_minor, read.currency));
            assert_eq!(order.merchant_name(), read.merchant_name);
            assert_eq!((order.country().unwrap_or(0), order.category().unwrap_or(0)), (read.country, read.category));
        }
        (Ok(_), Err(refused)) => panic!("the issuer refuses it: {refused}"),
        (Err(OrderError::Currency), Ok(_)) => {}
        (Err(OrderError::MerchantId), Ok(read)) => assert!(read.merchant_id.trim().is_empty()),
        (Err(OrderError::MerchantName), Ok(read)) => assert!(read.merchant_name.trim().is_empty()),
        (Err(refused), Ok(_)) => panic!("the phone refuses it: {refused}"),
        (Err(refused), Err(_)) => assert!(!refused.to_string().is_empty()),
    }
    if let Some(code) = std::str::from_utf8(bytes).ok().and_then(|text| ConsumerCode::read(text).ok()) {
        assert_eq!(ConsumerCode::read(&code.text()), Ok(code));
    }
});
