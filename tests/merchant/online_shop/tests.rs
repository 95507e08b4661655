//! Orders, and which payments a shop takes.

use super::*;

const NEW_YEAR: u64 = 1_767_225_600_000;

fn shop() -> OnlineShop {
    let (id, name) = ("M-1".to_owned(), "Café".to_owned());
    OnlineShop::new(Merchant { country: 276, category: 5812, id, name })
}

/// What a wallet would answer, if its cryptogram were right.
fn payment(order: &[u8]) -> OnlinePayment {
    let number = hex(&digest(order)[..4]);
    let chip_data = format!(
        "8407A0000000031010 82020040 95050000000000 9A03260101 9C0100 5F2A020978 5F340101 9F0206000000001250 9F0306000000000000 \
         9F100706011203A40000 9F1A020276 9F26080102030405060708 9F270180 9F3403010002 9F36020001 9F3704{number}"
    );
    OnlinePayment {
        chip_data: from_hex(&chip_data).unwrap(),
        token: "9999000000000012".to_owned(),
        expiry: [0x26, 0x01],
        account_reference: Some("V0010013022298169667504231315".to_owned()),
        order: order.to_vec(),
        signature: [7; 64],
    }
}

/// The shop, and what a wallet answers to its order of 12.50 EUR.
fn ordered() -> (OnlineShop, OnlinePayment) {
    let mut shop = shop();
    let order = shop.order(1250, 978, None, &mut |buffer| buffer.fill(5)).unwrap();
    (shop, payment(&order))
}

/// The same with these bytes of the chip data in place of those.
fn changed(payment: &OnlinePayment, from: &str, to: &str) -> OnlinePayment {
    let text = hex(&payment.chip_data);
    assert!(text.contains(from), "{from}");
    OnlinePayment { chip_data: from_hex(&text.replace(from, to)).unwrap(), ..payment.clone() }
}

#[test]
fn every_order_has_a_nonce_of_its_own_whatever_the_randomness() {
    let mut shop = shop();
    let orders = [(); 3].map(|()| shop.order(1, 978, None, &mut |buffer| buffer.fill(0)).unwrap());
    let read = orders.map(|order| OnlineOrder::read(&order).unwrap());
    assert!(read[0].nonce != read[1].nonce && read[1].nonce != read[2].nonce);
    let from_a_code = shop.order(1, 978, Some("000201"), &mut |buffer| buffer.fill(0)).unwrap();
    assert_eq!(OnlineOrder::read(&from_a_code).unwrap().code, Some(digest(b"000201")));
    assert_eq!(shop.order(0, 978, None, &mut |buffer| buffer.fill(0)), Err(OrderInvalid::Amount));
}

#[test]
fn a_payment_becomes_what_the_issuer_is_asked() {
    let (mut shop, payment) = ordered();
    let asked = shop.take(&payment, NEW_YEAR).unwrap();
    assert_eq!((asked.order, asked.signature), (payment.order, [7; 64]));
    assert_eq!(asked.request.token().unwrap(), "9999000000000012");
    let objects = [0x4F, 0x5F34, 0x9F02, 0x9F34, 0x9F26].map(|tag| hex(asked.request.object(tag).unwrap()));
    assert_eq!(objects, ["A0000000031010", "01", "000000001250", "010002", "0102030405060708"]);
}

#[test]
fn an_order_is_taken_once_and_only_from_the_shop_that_made_it() {
    let (mut shop, payment) = ordered();
    assert!(shop.take(&payment, NEW_YEAR).is_ok());
    assert_eq!(shop.take(&payment, NEW_YEAR), Err(PaymentRefused::TakenBefore));
    let mut other = OnlineShop::new(shop.merchant.clone());
    assert_eq!(other.take(&payment, NEW_YEAR), Err(PaymentRefused::OtherOrder));
    let mut altered = payment.clone();
    altered.order[20] ^= 1;
    assert_eq!(shop.take(&altered, NEW_YEAR), Err(PaymentRefused::OtherOrder));
}

#[test]
fn a_payment_of_something_else_is_refused_by_name_and_the_order_stays_open() {
    use PaymentRefused::{
        AccountReferenceMalformed, AmountDiffers, CardExpired, ChipDataMalformed, CurrencyDiffers, ExpiryMalformed,
        MissingObject, NumberDiffers, TokenMalformed, UnknownObject,
    };
    let (mut shop, right) = ordered();
    let number = format!("9F3704{}", hex(&digest(&right.order)[..4]));
    let cases = [
        (changed(&right, "9F0206000000001250", "9F0206000000001251"), AmountDiffers),
        (changed(&right, "5F2A020978", "5F2A020840"), CurrencyDiffers),
        (changed(&right, &number, "9F370400000000"), NumberDiffers),
        (changed(&right, &number, "9F37050000000000"), NumberDiffers),
        (changed(&right, "9F36020001", ""), MissingObject(0x9F36)),
        (changed(&right, "9F36020001", "9F360200019F36020001"), UnknownObject(0x9F36)),
        (changed(&right, "9F36020001", "9F360200019F660436000000"), UnknownObject(0x9F66)),
        (changed(&right, "8407A0000000031010", "8408A0000000031010"), ChipDataMalformed),
        (OnlinePayment { token: "999900000000001A".to_owned(), ..right.clone() }, TokenMalformed),
        (OnlinePayment { token: "9999000".to_owned(), ..right.clone() }, TokenMalformed),
        (OnlinePayment { expiry: [0x25, 0x12], ..right.clone() }, CardExpired),
        (OnlinePayment { expiry: [0x26, 0x13], ..right.clone() }, ExpiryMalformed),
        (OnlinePayment { expiry: [0x2A, 0x01], ..right.clone() }, ExpiryMalformed),
        (OnlinePayment { account_reference: Some("V001".to_owned()), ..right.clone() }, AccountReferenceMalformed),
    ];
    for (payment, refused) in cases {
        assert_eq!(shop.take(&payment, NEW_YEAR), Err(refused), "{refused}");
    }
    assert!(shop.take(&OnlinePayment { account_reference: None, ..right }, NEW_YEAR).is_ok());
}
