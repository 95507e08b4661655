//! What is an order, and what is none: it is refused by name, before anything is asked or spent.

use hcepay_core::{Amount, MerchantCode, OnlineOrder, OrderError, OrderTerms};
use hcepay_tests::merchant::published;
use ring::digest::{SHA256, digest};

use crate::enrolled_wallet::EnrolledWallet;

/// What a shop asks.
pub fn terms() -> OrderTerms {
    OrderTerms {
        amount: Amount { minor: 4_990, currency: 978 },
        merchant_id: "shop-4711".to_owned(),
        merchant_name: "Bücher Löwe".to_owned(),
        country: Some(276),
        category: Some(5942),
        nonce: b"order 20261129-1".to_vec(),
    }
}

pub fn order() -> OnlineOrder {
    OnlineOrder::new(&terms()).unwrap()
}

/// It differs in its nonce alone.
pub fn another() -> OnlineOrder {
    OnlineOrder::new(&OrderTerms { nonce: vec![1; 8], ..terms() }).unwrap()
}

fn refused(change: impl FnOnce(&mut OrderTerms)) -> OrderError {
    let mut terms = terms();
    change(&mut terms);
    OnlineOrder::new(&terms).unwrap_err()
}

#[test]
fn an_order_that_is_none_is_refused_by_name() {
    assert_eq!(OnlineOrder::read(b"hcepay order 2"), Err(OrderError::Malformed));
    assert_eq!(OnlineOrder::read(&[0; 65_536]), Err(OrderError::Malformed), "64 KiB");
    assert_eq!(refused(|terms| terms.amount.minor = 0), OrderError::AmountZero);
    assert_eq!(refused(|terms| terms.amount.minor = u64::MAX), OrderError::AmountTooLarge);
    assert_eq!(refused(|terms| terms.amount.currency = 0), OrderError::Currency);
    assert_eq!(refused(|terms| terms.country = Some(1000)), OrderError::Country);
    assert_eq!(refused(|terms| terms.category = Some(10_000)), OrderError::Category);
    assert_eq!(refused(|terms| terms.merchant_id.clear()), OrderError::MerchantId);
    assert_eq!(refused(|terms| terms.merchant_name.clear()), OrderError::MerchantName);
    assert_eq!(refused(|terms| terms.merchant_name.push('\u{202E}')), OrderError::HiddenCharacters);
    assert_eq!(refused(|terms| terms.nonce.clear()), OrderError::Nonce);
}

#[test]
fn the_order_of_a_code_says_what_the_code_says_and_which_code_it_was() {
    let holder = EnrolledWallet::new();
    let code = MerchantCode::parse(published::PAYNOW.as_bytes()).unwrap();
    let order = holder.wallet.order_of_code(&code.order(None, 0).unwrap()).unwrap();
    assert_eq!((order.amount(), order.merchant_name()), (Amount { minor: 99, currency: 702 }, "testcompany"));
    // From the format's table: behind the fixed fields an empty id, the name, a nonce of 16 bytes, the digest of the text.
    let (head, rest) = order.bytes().split_at(42);
    let (nonce, tail) = rest.split_at(16);
    let digest = digest(&SHA256, published::PAYNOW.as_bytes());
    assert_eq!(
        head,
        [b"hcepay order 1".as_slice(), &[0; 7], &[99, 2, 190, 0, 0, 0, 0, 0, 11], b"testcompany", &[16]].concat()
    );
    assert_eq!(tail, [&[32], digest.as_ref()].concat());
    let again = holder.wallet.order_of_code(&code.order(None, 0).unwrap()).unwrap();
    assert_ne!(&again.bytes()[42..58], nonce, "a printed code is paid again by another order");
}
