//! What stands in the place of a terminal's objects where there is none.

use crate::card::online_order::OnlineOrder;
use crate::cryptogram::input::TransactionData;
use crate::emv::bcd;
use crate::emv::date;

/// An order's: no terminal has verified anything (TVR 0), nothing is paid beside, it is a purchase (00) of the phone's day in UTC, and
/// the number is the begin of the order's digest.
pub(crate) fn of_order(order: &OnlineOrder, wall_ms: u64) -> TransactionData {
    let amount = order.amount();
    TransactionData {
        amount_authorised: bcd::of_amount(amount.minor),
        amount_other: [0; 6],
        terminal_country: bcd::of_code(order.country().unwrap_or(0)),
        tvr: [0; 5],
        currency: bcd::of_code(amount.currency),
        date: date::at(wall_ms),
        transaction_type: [0x00],
        unpredictable_number: order.digest().number(),
    }
}

/// A code's: whoever reads it says how much, so it is over nothing but when it was made, in seconds since 1970. The issuer refuses an
/// old one by that.
pub(crate) fn of_code(wall_ms: u64) -> TransactionData {
    let seconds = u32::try_from(wall_ms / 1000).unwrap_or(u32::MAX);
    TransactionData {
        amount_authorised: [0; 6],
        amount_other: [0; 6],
        terminal_country: [0; 2],
        tvr: [0; 5],
        currency: [0; 2],
        date: [0; 3],
        transaction_type: [0x00],
        unpredictable_number: seconds.to_be_bytes(),
    }
}
