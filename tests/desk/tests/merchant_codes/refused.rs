//! Whatever is wrong with a code, or with what is typed for it, has an error of its own.

use hcepay_core::{DataObjectId, MerchantCode, QrError};
use hcepay_tests::merchant::{DataObject, code, sealed, written};

use super::parsed;

/// A code that says as little as one can, with these objects in place of its own, and without those that are empty here.
fn with(changes: &[(u8, &str)]) -> String {
    let least =
        [(0, "01"), (2, "4000123456789012"), (52, "5251"), (53, "978"), (58, "DE"), (59, "ABC Hammers"), (60, "Ulm")];
    let mut objects: Vec<DataObject> = least.map(|(id, value)| (id, value.to_owned())).to_vec();
    for (id, value) in changes {
        objects.retain(|(of, _)| of != id);
        objects.push((*id, (*value).to_owned()));
    }
    objects.retain(|(_, value)| !value.is_empty());
    code(&objects)
}

/// A code that is refused, with its checksum right.
fn refusal(text: &str) -> QrError {
    MerchantCode::parse(text.as_bytes()).expect_err(text)
}

fn at(id: u8) -> DataObjectId {
    DataObjectId { template: None, id }
}

fn within(template: u8, id: u8) -> DataObjectId {
    DataObjectId { template: Some(template), id }
}

#[test]
fn what_is_no_whole_code_is_refused_by_name() {
    use QrError::{ChecksumForm, ChecksumMissing, ChecksumWrong, NotMerchantPresented, NotText, Oversized};
    let good = with(&[]);
    parsed(&good);
    let (body, checksum) = good.split_at(good.len() - 4);
    assert_eq!(MerchantCode::parse(&[b'0'; 65_536]), Err(Oversized));
    assert_eq!(MerchantCode::parse(&[b'0'; 4_297]), Err(Oversized));
    assert_eq!(MerchantCode::parse(&[good.as_bytes(), &[0xFF]].concat()), Err(NotText));
    for other in ["", "0", "https://example.com/pay", "upi://pay?pa=shop@bank", " 000201", "\u{FEFF}000201"] {
        assert_eq!(refusal(other), NotMerchantPresented, "{other:?}");
    }
    for cut in ["000201".to_owned(), body.to_owned(), format!("{good} "), format!("{good}\n")] {
        assert_eq!(refusal(&cut), ChecksumMissing, "{cut:?}");
    }
    assert_eq!(refusal(&format!("{body}{}", "f00d")), ChecksumForm);
    assert_eq!(refusal(&format!("{body}{}", "+F0D")), ChecksumForm);
    let wrong = if checksum == "0000" { "0001" } else { "0000" };
    assert_eq!(refusal(&format!("{body}{wrong}")), ChecksumWrong);
}

#[test]
fn lengths_that_lie_and_objects_that_are_missing_or_doubled_are_refused_by_name() {
    use QrError::{ChecksumNotLast, Empty, Missing, NoAccount, NotDigits, Template, Truncated, Twice};
    let body = written(&[(0, "01".into()), (2, "1".into())]);
    assert_eq!(refusal(&sealed(&format!("{body}5999A"))), Truncated, "more than there is");
    assert_eq!(refusal(&sealed(&format!("{body}5911AB"))), Truncated, "more than there is, by one");
    assert_eq!(refusal(&sealed(&format!("{body}5909A"))), ChecksumNotLast, "so long that it swallows the checksum");
    assert_eq!(refusal(&sealed(&format!("{body}59A1B"))), NotDigits);
    assert_eq!(refusal(&sealed(&format!("{body}5x01B"))), NotDigits);
    assert_eq!(refusal(&sealed(&format!("{body}+9+1B"))), NotDigits);
    assert_eq!(refusal(&sealed(&format!("{body}٥٩01B"))), NotDigits, "digits of another script");
    assert_eq!(refusal(&sealed(&format!("{body}5900"))), Empty(at(59)));
    assert_eq!(
        refusal(&sealed(&format!("{body}99"))),
        Truncated,
        "an ID alone, which takes the checksum's for its length"
    );
    assert_eq!(refusal(&sealed(&format!("{body}02012"))), Twice(at(2)));
    assert_eq!(refusal(&sealed(&format!("{body}6304FFFF"))), Twice(at(63)));
    assert_eq!(refusal(&with(&[(26, "0003abc01021"), (27, "")])), Template(at(26)));
    assert_eq!(refusal(&with(&[(62, "bill 1")])), Template(at(62)));
    assert_eq!(refusal(&with(&[(64, "0002DE0199A")])), Template(at(64)));
    assert_eq!(refusal(&with(&[(62, "0101101012")])), Twice(within(62, 1)));
    assert_eq!(refusal(&with(&[(62, "0500")])), Empty(within(62, 5)));
    assert_eq!(refusal(&with(&[(26, "0101a")])), Missing(within(26, 0)), "a template without its identifier");
    assert_eq!(refusal(&with(&[(64, "0002DE")])), Missing(within(64, 1)));
    for needed in [52, 53, 58, 59, 60] {
        assert_eq!(refusal(&with(&[(needed, "")])), Missing(at(needed)));
    }
    assert_eq!(refusal(&with(&[(2, "")])), NoAccount);
    assert_eq!(refusal(&with(&[(59, "   ")])), Empty(at(59)), "a name of nothing but spaces");
}

#[test]
fn values_that_cannot_be_are_refused_by_name() {
    use QrError::{Characters, ConsumerData, Currency, HiddenCharacters, Length, PointOfInitiation, Version};
    assert_eq!(refusal(&with(&[(0, "02"), (99, "x")]).replacen("0002", "9902", 1)), QrError::NotMerchantPresented);
    assert_eq!(refusal(&sealed("000202")), Version, "Malaysia's DuitNow has 02 on real labels");
    assert_eq!(refusal(&with(&[(1, "13")])), PointOfInitiation);
    for currency in ["000", "999", "960", "123"] {
        assert_eq!(refusal(&with(&[(53, currency)])), Currency, "{currency}");
    }
    assert_eq!(refusal(&with(&[(53, "EUR")])), Characters(at(53)));
    for (id, long) in
        [(52, "525"), (52, "52510"), (53, "97"), (58, "D"), (58, "DEU"), (59, "A name of 26 characters!!!")]
    {
        assert_eq!(refusal(&with(&[(id, long)])), Length(at(id)), "{long}");
    }
    assert_eq!(refusal(&with(&[(60, "Sixteen letters.")])), Length(at(60)));
    assert_eq!(refusal(&with(&[(61, "12345678901")])), Length(at(61)));
    assert_eq!(refusal(&with(&[(26, &format!("0033{}", "g".repeat(33)))])), Length(within(26, 0)));
    assert_eq!(refusal(&with(&[(62, &format!("0126{}", "b".repeat(26)))])), Length(within(62, 1)));
    assert_eq!(refusal(&with(&[(64, "0003DEU0101A")])), Length(within(64, 0)));
    for (id, odd) in
        [(52, "5x51"), (58, "de"), (59, "Caf\u{E9}"), (59, "\u{410}BC"), (60, "北京"), (61, "\u{660}1"), (2, "é")]
    {
        assert_eq!(refusal(&with(&[(id, odd)])), Characters(at(id)), "{odd}");
    }
    assert_eq!(refusal(&with(&[(64, "0002Z10101A")])), Characters(within(64, 0)));
    let hidden = "\0 \t \n \u{1B} \u{7F} \u{85} \u{AD} \u{61C} \u{200B} \u{200D} \u{200E} \u{200F} \u{202A} \u{202E} \u{2066} \u{2069} \
                  \u{2028} \u{2060} \u{FEFF} \u{E0041}";
    for character in hidden.chars().filter(|character| *character != ' ') {
        let name = format!("Caf{character}e");
        assert_eq!(refusal(&with(&[(59, &name)])), HiddenCharacters(at(59)), "{character:?}");
        assert_eq!(refusal(&with(&[(60, &name)])), HiddenCharacters(at(60)), "{character:?}");
        assert_eq!(refusal(&with(&[(62, &format!("0105{name}"))])), HiddenCharacters(within(62, 1)), "{character:?}");
        let other = format!("0002DE0105{name}");
        assert_eq!(refusal(&with(&[(64, &other)])), HiddenCharacters(within(64, 1)), "{character:?}");
    }
    for asked in ["X", "AA", "a", "AMEA"] {
        assert_eq!(refusal(&with(&[(62, &format!("09{:02}{asked}", asked.len()))])), ConsumerData, "{asked}");
    }
}

#[test]
fn amounts_and_fees_that_cannot_be_are_refused_by_name() {
    use QrError::{AmountDecimals, AmountForm, AmountZero, FeeMissing, FeePercentage, FeeUnexpected, TipIndicator};
    for amount in ["-1", "+1", "1e3", "1,50", "3 705", ".5", ".", "1.2.3", "1..", "0x1", "١٢", " 1", "NaN"] {
        assert_eq!(refusal(&with(&[(54, amount)])), AmountForm(at(54)), "{amount}");
        assert_eq!(refusal(&with(&[(55, "02"), (56, amount)])), AmountForm(at(56)), "{amount}");
    }
    for zero in ["0", "0.", "0.00", "000.0"] {
        assert_eq!(refusal(&with(&[(54, zero)])), AmountZero(at(54)), "{zero}");
        assert_eq!(refusal(&with(&[(55, "02"), (56, zero)])), AmountZero(at(56)), "{zero}");
    }
    for (amount, currency) in [("1.005", "978"), ("1.500", "978"), ("1.5", "392"), ("1.0000", "048")] {
        assert_eq!(refusal(&with(&[(54, amount), (53, currency)])), AmountDecimals(at(54)), "{amount} {currency}");
    }
    assert_eq!(refusal(&with(&[(54, "12345678901.50")])), QrError::Length(at(54)), "14 characters");
    assert_eq!(refusal(&with(&[(54, "10000000000")])), QrError::AmountTooLarge, "13 digits with its decimals");
    for (amount, currency, minor) in [
        ("98.73", "608", 98_73),
        ("98", "608", 98_00),
        ("98.", "608", 98_00),
        ("390.8", "608", 39_080),
        ("0.01", "978", 1),
        ("007", "392", 7),
        ("1.005", "048", 1_005),
        ("9999999999.99", "978", 999_999_999_999),
    ] {
        assert_eq!(parsed(&with(&[(54, amount), (53, currency)])).amount_minor, Some(minor), "{amount} {currency}");
    }
    assert_eq!(refusal(&with(&[(55, "04")])), TipIndicator);
    assert_eq!(refusal(&with(&[(55, "1")])), TipIndicator);
    assert_eq!(refusal(&with(&[(55, "02")])), FeeMissing(at(56)));
    assert_eq!(refusal(&with(&[(55, "03")])), FeeMissing(at(57)));
    assert_eq!(refusal(&with(&[(55, "03"), (56, "1")])), FeeMissing(at(57)));
    for indicator in ["", "01", "03"] {
        let fees = [(55, indicator), (56, "1"), (57, "1")];
        assert_eq!(refusal(&with(&fees)), FeeUnexpected(at(56)), "{indicator}");
    }
    assert_eq!(refusal(&with(&[(55, "02"), (56, "1"), (57, "1")])), FeeUnexpected(at(57)));
    assert_eq!(refusal(&with(&[(57, "1")])), FeeUnexpected(at(57)));
    for percentage in ["0", "00.00", "100", "99.999", "3%", "-1", ".5", "1e1", "000003"] {
        assert_eq!(refusal(&with(&[(55, "03"), (57, percentage)])), FeePercentage, "{percentage}");
    }
}

#[test]
fn an_order_takes_from_the_person_what_the_code_leaves_open_and_nothing_else() {
    use QrError::{AmountFixed, AmountNotTyped, AmountTooLarge, AmountZero, TipNotAsked};
    let ordered = |changes: &[(u8, &str)], typed: Option<u64>, tip: u64| {
        let order = parsed(&with(changes)).order(typed, tip)?;
        assert_eq!((order.merchant_name.as_str(), order.merchant_city.as_str()), ("ABC Hammers", "Ulm"));
        assert_eq!((order.merchant_country.as_str(), order.merchant_category), ("DE", 5251));
        assert_eq!((order.purchase_minor + order.tip_or_fee_minor, 978), (order.total.minor, order.total.currency));
        Ok::<_, QrError>((order.purchase_minor, order.tip_or_fee_minor))
    };
    let (ten, ask) = ((54, "10"), (55, "01"));
    assert_eq!(ordered(&[ten], None, 0), Ok((10_00, 0)));
    assert_eq!(ordered(&[ten], Some(10_00), 0), Err(AmountFixed), "even the same amount");
    assert_eq!(ordered(&[], Some(7_50), 0), Ok((7_50, 0)));
    assert_eq!(ordered(&[], None, 0), Err(AmountNotTyped));
    assert_eq!(ordered(&[], Some(0), 0), Err(AmountZero(at(54))));
    assert_eq!(ordered(&[], Some(1_000_000_000_000), 0), Err(AmountTooLarge));
    assert_eq!(ordered(&[], Some(u64::MAX), 0), Err(AmountTooLarge));
    assert_eq!(ordered(&[ten], None, 1), Err(TipNotAsked));
    assert_eq!(ordered(&[ten, ask], None, 0), Ok((10_00, 0)), "none is given");
    assert_eq!(ordered(&[ten, ask], None, 2_00), Ok((10_00, 2_00)));
    assert_eq!(ordered(&[ask], Some(999_999_999_999), 1), Err(AmountTooLarge));
    assert_eq!(ordered(&[ask], Some(1), u64::MAX), Err(AmountTooLarge));
    let fixed = [(55, "02"), (56, "10.25")];
    assert_eq!(ordered(&[&[ten][..], &fixed].concat(), None, 0), Ok((10_00, 10_25)));
    assert_eq!(ordered(&fixed, Some(1), 0), Ok((1, 10_25)));
    assert_eq!(ordered(&fixed, Some(1), 5), Err(TipNotAsked));
    // Rounded to the nearest cent, a half upwards.
    for (percentage, minor, fee) in [
        ("3.00", 10_00, 30),
        ("3", 16, 0),
        ("3", 17, 1),
        ("00.01", 49_99, 0),
        ("00.01", 50_00, 1),
        ("99.99", 1, 1),
        ("0.5", 1_00, 1),
    ] {
        assert_eq!(
            ordered(&[(55, "03"), (57, percentage)], Some(minor), 0),
            Ok((minor, fee)),
            "{percentage} of {minor}"
        );
    }
    assert_eq!(ordered(&[(55, "03"), (57, "99.99")], Some(999_999_999_999), 0), Err(AmountTooLarge));
    assert_eq!(ordered(&[(55, "03"), (57, "1")], Some(1), 1), Err(TipNotAsked));
}

/// By other people's list of ISO 4217; where it knows no minor unit, nothing is paid.
#[test]
fn every_currency_counts_in_its_own_minor_unit() {
    let mut paid_in = 0;
    for number in 0..1_000 {
        let read = MerchantCode::parse(with(&[(53, &format!("{number:03}")), (54, "1")]).as_bytes());
        let exponent = iso_currency::Currency::from_numeric(number).and_then(iso_currency::Currency::exponent);
        if let Ok(code) = read {
            assert_eq!(code.amount_minor, exponent.map(|exponent| 10_u64.pow(exponent.into())), "{number:03}");
            paid_in += 1;
        }
    }
    assert!(paid_in > 150, "{paid_in}");
}

/// What is wrong is told in one sentence, without anything of the code in it but the ID of a data object.
#[test]
fn a_refusal_says_what_is_wrong_in_one_sentence_without_the_code_s_words() {
    let told = |text: &str| refusal(text).to_string();
    assert_eq!(told(&with(&[(59, "")])), "data object 59 (merchant name) of the code is missing");
    assert_eq!(told(&with(&[(62, "0500")])), "data object 62-05 of the code is empty");
    let secret = "SECRET\u{202E}SECRET";
    for text in [with(&[(59, secret)]), with(&[(54, "7777,77")]), with(&[(62, secret)]), with(&[(55, secret)])] {
        let told = told(&text);
        assert!(!told.contains("SECRET") && !told.contains("7777") && told.lines().count() == 1, "{told}");
    }
    let debug = format!("{:?}", parsed(&with(&[(26, "0003abc0106number"), (62, "0204+499"), (80, "secret")])));
    assert!(["4000123456789012", "number", "+499", "secret"].iter().all(|value| !debug.contains(value)), "{debug}");
}
