//! The account behind a card: what the issuer told of it, and transfers from it.
//!
//! | message | fields after the version |
//! |---|---|
//! | balance | there is one (1: 0 or 1; with 0 nothing follows): sequence (8), as of (8), age in milliseconds (8), currency (2), available (8, signed), booked (8, signed), *rows*, *transfer rows* |
//! | *rows*, *transfer rows* | as they stand in the messages of these names, without the version |
//! | transfer | digest (32), the transfer as it is handed back (long bytes) |
//! | transfer request | there is one (1: 0 or 1; with 0 nothing follows): number (8), request (long bytes) |
//! | transfer rows | count (2), each: number (8), card (4), wall clock (8), verified (1, numbered as in `cardholder_verification.rs`), amount in minor units (8), currency (2), payee (bytes), payee's name (bytes), note (bytes), state and refusal (1 each, numbered as in `transfer_row.rs`; 0 = none), settled (8, 0 = not yet) |

use hcepay_core::{Balance, Statement, Transfer, TransferRefusal, TransferRequest, TransferRow, TransferTerms};

use super::Message;

impl Message {
    fn transfer_rows(&mut self, rows: &[TransferRow]) -> &mut Message {
        self.u16(u16::try_from(rows.len()).unwrap_or(u16::MAX));
        rows.iter().take(u16::MAX.into()).for_each(|row| _ = self.transfer_row(row));
        self
    }

    fn transfer_row(&mut self, row: &TransferRow) -> &mut Message {
        let TransferRow { number, card, at_ms, verified, transfer, state, settled_ms } = row;
        let TransferTerms { amount, payee, payee_name, note } = transfer.terms();
        self.u64(*number).u32(card.number()).u64(*at_ms).u8(verified.byte());
        self.u64(amount.minor).u16(amount.currency);
        self.bytes(payee.as_bytes()).bytes(payee_name.as_bytes()).bytes(note.as_bytes());
        self.u8(state.byte()).u8(state.refusal().map_or(0, TransferRefusal::byte)).u64(settled_ms.unwrap_or(0))
    }
}

/// What the issuer told of an account, if it told anything.
pub(crate) fn balance(balance: Option<&Balance>) -> Vec<u8> {
    let mut message = Message::new();
    message.u8(balance.is_some().into());
    if let Some(Balance { statement, age_ms, paid_since, sent_since }) = balance {
        let Statement { sequence, as_of_ms, currency, available_minor, booked_minor } = *statement;
        message.u64(sequence).u64(as_of_ms).u64(*age_ms).u16(currency);
        message.u64(available_minor.cast_unsigned()).u64(booked_minor.cast_unsigned());
        message.rows(paid_since).transfer_rows(sent_since);
    }
    message.0
}

/// A transfer that can be asked for.
pub(crate) fn transfer(transfer: &Transfer) -> Vec<u8> {
    let mut message = Message::new();
    message.0.extend_from_slice(&transfer.digest().0);
    message.long_bytes(&transfer.bytes());
    message.0
}

/// One that is asked for, if it is to be.
pub(crate) fn transfer_request(request: Option<&TransferRequest>) -> Vec<u8> {
    let mut message = Message::new();
    message.u8(request.is_some().into());
    if let Some(TransferRequest { number, bytes }) = request {
        message.u64(*number).long_bytes(bytes);
    }
    message.0
}

/// The wallet's transfers.
pub(crate) fn transfer_rows(rows: &[TransferRow]) -> Vec<u8> {
    let mut message = Message::new();
    message.transfer_rows(rows);
    message.0
}

#[cfg(test)]
mod tests {
    use hcepay_core::{Amount, Method, Row, TransferState};
    use hcepay_desk::phone::{NEW_YEAR, Phone};
    use hcepay_tests::bytes::hex;

    use super::super::tests::example;
    use super::*;

    #[test]
    fn messages_are_written_as_the_examples_have_them() {
        let phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
        let card = *phone.wallet().cards().first().unwrap();
        let asked = Transfer::new(&TransferTerms {
            amount: Amount { minor: 5000, currency: 978 },
            payee: "DE89 3704 0044 0532 0130 00".to_owned(),
            payee_name: "Löwe".to_owned(),
            note: "Rent".to_owned(),
        });
        let asked = asked.unwrap();
        assert_eq!(hex(&transfer(&asked)), example("transfer"));
        let request = TransferRequest { number: 7, bytes: vec![0xA5; 300] };
        assert_eq!(hex(&transfer_request(Some(&request))), example("transfer-request"));
        assert_eq!(hex(&transfer_request(None)), "0100");
        let row = |state, settled_ms| TransferRow {
            number: 7,
            card,
            at_ms: NEW_YEAR.wall_ms,
            verified: Method::Biometric,
            transfer: asked.clone(),
            state,
            settled_ms,
        };
        let refused = TransferState::Refused(TransferRefusal::PayeeUnknown);
        let rows = [row(refused, Some(NEW_YEAR.wall_ms)), row(TransferState::Pending, None)];
        assert_eq!(hex(&transfer_rows(&rows)), example("transfers"));
        let statement = Statement {
            sequence: 2,
            as_of_ms: NEW_YEAR.wall_ms,
            currency: 978,
            available_minor: -250,
            booked_minor: 100_000,
        };
        let nothing = phone.wallet().deactivated(NEW_YEAR);
        let paid_since = vec![Row { id: 9, report: nothing, merchant: None, settlements: Vec::new() }];
        let told = Balance { statement, age_ms: 60_000, paid_since, sent_since: rows[1..].to_vec() };
        assert_eq!(hex(&balance(Some(&told))), example("balance"));
        assert_eq!(hex(&balance(None)), "0100");
    }
}
