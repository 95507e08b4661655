//! Payments without a reader: what is to be paid, and what the wallet gives for it.
//!
//! | message | fields after the version |
//! |---|---|
//! | order | amount in minor units (8), currency (2), country (2), category (2), 0 = not told; merchant's name (bytes), digest (32), the order as it is handed on (bytes) |
//! | merchant code | merchant's name (bytes), city (bytes), currency (2), amount in minor units (8, -1 = the person types it), tip or fee (1: 0 none, 1 a tip is asked for, 2 a fee in minor units, 3 one in hundredths of a percent), how much (8) |
//! | online payment | token (bytes, its digits), the year in which it expires (2, 0 = not told), the month (1), sequence number (1, two digits in BCD, FF = none), account reference (bytes, empty = none), digest (32), signature (64), chip data (long bytes), *report* |
//! | consumer code | wall clock from which it is not to be shown (8), text (long bytes), modules of a row (1), *modules*, *report* |
//! | *modules* | a bit each, row by row from above, each from the left; 1 = dark. The first one stands in bit 0, and what is left of the last byte is 0 |

use hcepay_core::{ConsumerCode, MerchantCode, Modules, OnlineOrder, OnlinePayment, TipOrFee};

use super::Message;

impl Message {
    fn modules(&mut self, modules: &Modules) -> &mut Message {
        self.u8(u8::try_from(modules.width).unwrap_or_default());
        for eight in modules.dark.chunks(8) {
            self.flags(eight);
        }
        self
    }
}

/// An order.
pub(crate) fn order(order: &OnlineOrder) -> Vec<u8> {
    let mut message = Message::new();
    message.u64(order.amount().minor).u16(order.amount().currency);
    message.u16(order.country().unwrap_or(0)).u16(order.category().unwrap_or(0));
    message.bytes(order.merchant_name().as_bytes());
    message.0.extend_from_slice(&order.digest().0);
    message.bytes(order.bytes());
    message.0
}

/// What a merchant's code asks.
pub(crate) fn merchant_code(code: &MerchantCode) -> Vec<u8> {
    let (tip_or_fee, how_much) = match code.tip_or_fee {
        None => (0, 0),
        Some(TipOrFee::Ask) => (1, 0),
        Some(TipOrFee::Fixed(minor)) => (2, minor),
        Some(TipOrFee::Percentage(hundredths)) => (3, hundredths.into()),
    };
    let mut message = Message::new();
    message.bytes(code.name.as_bytes()).bytes(code.city.as_bytes());
    message.u16(code.currency).u64(code.amount_minor.unwrap_or(u64::MAX));
    message.u8(tip_or_fee).u64(how_much);
    message.0
}

/// An order was paid.
pub(crate) fn online_payment(paid: &OnlinePayment) -> Vec<u8> {
    let OnlinePayment { token, chip_data, order, signature, report } = paid;
    let mut message = Message::new();
    message.bytes(token.digits.as_bytes());
    let (year, month) = token.expires.map_or((0, 0), |expires| (expires.year, expires.month));
    message.u16(year).u8(month);
    message.u8(token.sequence_number.unwrap_or(u8::MAX));
    message.bytes(token.account_reference.as_deref().unwrap_or_default().as_bytes());
    message.0.extend_from_slice(&order.0);
    message.0.extend_from_slice(signature);
    message.long_bytes(chip_data).report(report);
    message.0
}

/// A code that the person shows.
pub(crate) fn consumer_code(shown: &ConsumerCode, modules: &Modules) -> Vec<u8> {
    let mut message = Message::new();
    message.u64(shown.until_ms).long_bytes(shown.text.as_bytes()).modules(modules).report(&shown.report);
    message.0
}

#[cfg(test)]
mod tests {
    use hcepay_core::{Amount, Channel, ExpiryMonth, OrderDigest, OrderTerms, Outcome, PaymentToken, Reason, Report};
    use hcepay_desk::phone::{NEW_YEAR, Phone};
    use hcepay_tests::bytes::hex;

    use super::super::tests::example;
    use super::*;

    fn report(channel: Channel) -> Report {
        let nothing = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap().wallet().deactivated(NEW_YEAR);
        let (outcome, reason) = (Outcome::AuthorisationRequested, Some(Reason::Verified));
        Report { id: Some(7), channel, outcome, reason, ..nothing }
    }

    #[test]
    fn messages_are_written_as_the_examples_have_them() {
        let asked = OnlineOrder::new(&OrderTerms {
            amount: Amount { minor: 1999, currency: 978 },
            merchant_id: "shop-1".to_owned(),
            merchant_name: "Löwe".to_owned(),
            country: Some(276),
            category: None,
            nonce: vec![0xA5; 8],
        });
        assert_eq!(hex(&order(&asked.unwrap())), example("order"));
        let text =
            "0002010102110216400012345678901252045251530397855020256041.505802DE5911ABC Hammers6006Berlin6304A32A";
        assert_eq!(hex(&merchant_code(&MerchantCode::parse(text.as_bytes()).unwrap())), example("merchant-code"));
        let token = PaymentToken {
            digits: "4761739001010010".to_owned(),
            expires: Some(ExpiryMonth { year: 2029, month: 12 }),
            sequence_number: Some(0x12),
            account_reference: Some("V".repeat(29)),
        };
        let paid = OnlinePayment {
            token,
            chip_data: [0x9F, 0x36, 2, 0, 1].repeat(60),
            order: OrderDigest([0xD1; 32]),
            signature: [0x51; 64],
            report: report(Channel::Online),
        };
        assert_eq!(hex(&online_payment(&paid)), example("online-payment"));
        let shown =
            ConsumerCode { text: "hQVDUFYwMQ==".to_owned(), until_ms: 1_767_225_660_000, report: report(Channel::Qr) };
        let modules = Modules { width: 3, dark: vec![true, false, true, false, false, false, false, true, true] };
        assert_eq!(hex(&consumer_code(&shown, &modules)), example("consumer-code"));
    }
}
