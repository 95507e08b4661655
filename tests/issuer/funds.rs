//! The money behind an account, as the issuer keeps it, and what it tells of it: a statement (purpose 0C).

use crate::authorisation::AuthorisationRequest;
use crate::bytes::hex;

use super::Issuer;
use super::provisioning::Refused;
use super::seal::Purpose;
use super::token::Token;
use super::wallets::Holder;

/// What is on an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Funds {
    /// ISO 4217, numeric.
    pub(super) currency: u16,
    /// What has moved so far, in minor units.
    pub(super) booked_minor: i64,
    /// What was authorised and has not moved yet.
    pub(super) held_minor: i64,
    /// How many statements were sent.
    pub(super) statements: u64,
}

impl Funds {
    /// What each account is opened with: 1,000.00 euro.
    pub(super) fn opened() -> Funds {
        Funds { currency: 978, booked_minor: 100_000, held_minor: 0, statements: 0 }
    }

    /// What may still be spent.
    pub(super) fn available_minor(&self) -> i64 {
        self.booked_minor.saturating_sub(self.held_minor)
    }
}

/// What a wallet is told of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Its place among those of the card.
    pub sequence: u64,
    /// When it was so, in milliseconds since 1970.
    pub as_of_ms: u64,
    /// ISO 4217, numeric.
    pub currency: u16,
    /// What may be spent, in minor units.
    pub available_minor: i64,
    /// What has moved so far.
    pub booked_minor: i64,
}

impl Statement {
    /// The content of purpose 0C.
    pub fn content(&self) -> Vec<u8> {
        let mut content = [self.sequence.to_be_bytes(), self.as_of_ms.to_be_bytes()].concat();
        content.extend(self.currency.to_be_bytes());
        content.extend(self.available_minor.to_be_bytes());
        content.extend(self.booked_minor.to_be_bytes());
        content
    }
}

impl Issuer {
    /// What the account behind a card has from now on, with nothing held back.
    ///
    /// # Errors
    /// [`Refused::UnknownCard`].
    pub fn set_funds(&mut self, holder: Holder, currency: u16, booked_minor: i64) -> Result<(), Refused> {
        let funds = self.funds_of(holder)?;
        (funds.currency, funds.booked_minor, funds.held_minor) = (currency, booked_minor, 0);
        Ok(())
    }

    /// Tells the wallet what the account behind its card has now.
    ///
    /// # Errors
    /// [`Refused::UnknownCard`], and what sealing refuses.
    pub fn tell_balance(
        &mut self,
        holder: Holder,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        let funds = self.funds_of(holder)?;
        funds.statements = funds.statements.saturating_add(1);
        let statement = Statement {
            sequence: funds.statements,
            as_of_ms: wall_ms,
            currency: funds.currency,
            available_minor: funds.available_minor(),
            booked_minor: funds.booked_minor,
        };
        self.send_statement(holder, &statement, randomness)
    }

    /// Sends this very statement.
    ///
    /// # Errors
    /// What sealing refuses.
    pub fn send_statement(
        &mut self,
        holder: Holder,
        statement: &Statement,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, Refused> {
        self.send(holder, Purpose::Statement, &statement.content(), randomness)
    }

    pub(super) fn funds_of(&mut self, holder: Holder) -> Result<&mut Funds, Refused> {
        let token = &self.wallets.card(holder).ok_or(Refused::UnknownCard)?.token;
        let account = self.accounts.get_mut(token).ok_or(Refused::UnknownCard)?;
        Ok(&mut account.funds)
    }

    /// A payment was authorised: it is held back until it moves. Of another currency than the account's nothing is.
    pub(super) fn hold_back(&mut self, request: &AuthorisationRequest, payment: Option<(u16, u64)>) {
        let token = request.token().and_then(|digits| Token::parse(&digits));
        let account = token.and_then(|token| self.accounts.get_mut(&token));
        let number = |tag| request.object(tag).and_then(|digits| hex(digits).parse::<u64>().ok());
        let told = || Some((u16::try_from(number(0x5F2A)?).ok()?, number(0x9F02)?));
        if let (Some(account), Some((currency, minor))) = (account, payment.or_else(told)) {
            let funds = &mut account.funds;
            let held = i64::try_from(minor).ok().filter(|_| currency == funds.currency);
            funds.held_minor = funds.held_minor.saturating_add(held.unwrap_or(0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_written_as_the_format_says() {
        let statement =
            Statement { sequence: 2, as_of_ms: 0x0A, currency: 978, available_minor: -1, booked_minor: 100_000 };
        let expected = "0000000000000002 000000000000000A 03D2 FFFFFFFFFFFFFFFF 00000000000186A0";
        assert_eq!(hex(&statement.content()), expected.replace(' ', ""));
    }
}
