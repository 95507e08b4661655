//! Codes that others have published.

use hcepay_core::{ConsumerDatum, DataObjectId, Initiation, Label, LabelValue, MerchantAccount, MerchantCode, QrError};
use hcepay_tests::merchant::published::{EMVCO, PIX_STATIC, READ, SGQR, broken};
use hcepay_tests::merchant::sealed;

use super::{decimals, parsed, told_by_core, told_by_text};

#[test]
fn emvco_s_own_example_is_read_object_by_object() {
    let code = parsed(EMVCO);
    assert_eq!((code.initiation, code.category, code.currency), (Some(Initiation::Dynamic), 4111, 156));
    assert_eq!((code.amount_minor, code.country.as_str()), (Some(23_72), "CN"));
    assert_eq!((code.name.as_str(), code.city.as_str(), &code.postal_code), ("BEST TRANSPORT", "BEIJING", &None));
    let [MerchantAccount::Template { id: 29, identifier: first, objects }, MerchantAccount::Template { id: 31, .. }] =
        code.accounts.as_slice()
    else {
        panic!("{:?}", code.accounts)
    };
    assert_eq!((first.as_str(), objects[0].id, objects[0].value.as_str()), ("D15600000000", 5, "A93FO3230Q"));
    let other = code.other_language.as_ref().unwrap();
    assert_eq!((other.language.as_str(), other.name.as_str(), other.city.as_deref()), ("ZH", "最佳运输", Some("北京")));
    let labels = [
        (Label::Store, LabelValue::Given("1234".into())),
        (Label::Customer, LabelValue::Ask),
        (Label::Terminal, LabelValue::Given("A6008667".into())),
    ];
    assert_eq!(code.additional_data.labels, labels);
    assert_eq!(code.additional_data.consumer_data, [ConsumerDatum::MobileNumber, ConsumerDatum::Email]);
    assert_eq!((code.unreserved[0].id, code.unreserved[0].value.len()), (91, 32));
    // 55 is 01: a tip is asked for, and the person may give one.
    let order = code.order(None, 2_00).unwrap();
    assert_eq!((order.purchase_minor, order.tip_or_fee_minor), (23_72, 2_00));
    assert_eq!((order.total.minor, order.total.currency), (25_72, 156));
}

#[test]
fn codes_of_national_profiles_are_read_whole() {
    for (name, text) in READ {
        let code = parsed(text);
        assert_eq!(told_by_core(&code), told_by_text(text, decimals(code.currency)), "{name}");
    }
    let amounts = READ.map(|(_, text)| parsed(text).amount_minor);
    let pix = [None, None, Some(12_345)];
    let others = [None, Some(99), Some(145_831), Some(12_345), None, Some(10_000), None];
    assert_eq!(amounts.as_slice(), [&[Some(23_72)][..], &pix, &others].concat());
    assert_eq!(parsed(SGQR).accounts.len(), 18);
    assert_eq!(parsed(PIX_STATIC).initiation, None, "a code need not say whether it is static");
}

/// What is wrong with them is named, though their checksums are right.
#[test]
fn published_codes_that_break_the_specification_are_refused_by_what_is_wrong() {
    let at = |id| DataObjectId { template: None, id };
    for (text, error) in [
        (broken::CAMBODIA, QrError::Length(at(60))),
        (broken::QRIS, QrError::Length(at(60))),
        (broken::PROMPTPAY, QrError::Missing(at(52))),
        (broken::VIETQR, QrError::Missing(at(52))),
        (broken::YEN, QrError::AmountDecimals(at(54))),
    ] {
        assert_eq!(MerchantCode::parse(text.as_bytes()), Err(error), "{text}");
        assert_eq!(sealed(text.split_at(text.len() - 8).0), text, "its checksum is right");
    }
}
