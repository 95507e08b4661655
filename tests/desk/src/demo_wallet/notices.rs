//! The issuer tells what became of the last payment, for the holder's journal.

use hcepay_core::Row;
use hcepay_tests::issuer::key_entry::Channel;
use hcepay_tests::issuer::notices::{Event, Notice};
use hcepay_tests::issuer::provisioning::Refused;

use crate::money::Money;

use super::{DemoWallet, DemoWalletError, enrolled, random};

impl DemoWallet {
    /// The issuer's word about the last payment in the journal: of so much where that is said, else of what it was for. Gives the
    /// row as it stands then.
    ///
    /// # Errors
    /// [`DemoWalletError::NothingPaid`], and the others.
    pub fn notify(
        &mut self,
        event: Event,
        money: Option<Money>,
        merchant: Option<&str>,
    ) -> Result<Row, DemoWalletError> {
        let last = self.wallet.journal(None, usize::MAX).into_iter().find_map(|row| payment(&row));
        let last = last.ok_or(DemoWalletError::NothingPaid)?;
        let told = Notice {
            event,
            wall_ms: self.now().wall_ms,
            amount_minor: money.map_or(last.amount_minor, |money| money.minor),
            currency: money.map_or(last.currency, |money| money.currency_number()),
            merchant: merchant.unwrap_or_default().to_owned(),
            ..last.clone()
        };
        self.let_issuer(|issuer| {
            let wallet = enrolled(issuer).ok_or(Refused::UnknownWallet)?;
            Ok(((), vec![issuer.notify(&wallet, &[told], &mut random)?]))
        })?;
        let mut rows = self.wallet.journal(None, usize::MAX).into_iter();
        let is_last = |row: &Row| payment(row).is_some_and(|paid| (paid.card, paid.atc) == (last.card, last.atc));
        rows.find(is_last).ok_or(DemoWalletError::NothingPaid)
    }
}

/// The payment of a row, as a notice begins.
fn payment(row: &Row) -> Option<Notice> {
    let report = &row.report;
    Some(Notice {
        card: report.card?.number(),
        aid: report.aid?.bytes().to_vec(),
        channel: Channel::of_number(report.channel.byte())?,
        atc: report.atc?.number(),
        event: Event::Approved,
        wall_ms: 0,
        amount_minor: report.amount_minor?,
        currency: report.currency?,
        merchant: String::new(),
    })
}
