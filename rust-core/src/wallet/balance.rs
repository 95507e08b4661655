//! The balance of a card as the issuer told it last, with its age, and what the phone has paid since.

use super::Wallet;
use crate::card::journal_row::Row;
use crate::card::snapshot::CardId;
use crate::card::statement::Statement;
use crate::card::transfer_row::TransferRow;

/// What is known of the money behind a card. Never more than that: what was paid since stands beside it, and is not subtracted, because
/// the phone does not know what the issuer has counted already, approved, or booked from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The issuer's last word.
    pub statement: Statement,
    /// How long ago that was, in milliseconds: to be shown beside it always. 0 where the issuer's clock is ahead of the phone's.
    pub age_ms: u64,
    /// The rows of the journal in which the card has paid since, newest first, by the phone's clock: also those that the bank declined,
    /// as far as its notices say. Rows that the holder deleted are not among them.
    pub paid_since: Vec<Row>,
    /// The transfers from the card since, newest first: also those that the issuer refused, as far as its notices say.
    pub sent_since: Vec<TransferRow>,
}

impl Wallet {
    /// The balance of a card, were it `wall_ms`; `None` where the issuer has told none, or there is no such card. A newer one may wait
    /// at the issuer: [`Wallet::check_in_request`] asks for it.
    pub fn balance(&self, card: CardId, wall_ms: u64) -> Option<Balance> {
        let state = self.state();
        let statement = state.ledger.card(card)?.statement?;
        let age_ms = state.ledger.latest_ms(wall_ms).saturating_sub(statement.as_of_ms);
        let rows = state.ledger.journal(None, usize::MAX).into_iter();
        let paid = |row: &Row| row.report.card == Some(card) && row.report.atc.is_some();
        let paid_since = rows.filter(|row| paid(row) && row.report.at_ms > statement.as_of_ms).collect();
        let mut sent_since = state.ledger.transfers(None, usize::MAX);
        sent_since.retain(|sent| sent.card == card && sent.at_ms > statement.as_of_ms);
        Some(Balance { statement, age_ms, paid_since, sent_since })
    }
}
