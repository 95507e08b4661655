//! How long the certificates of offline data authentication are good that this issuer makes, and what it does when they end. It has
//! made them and knows their ends: no wallet has to name them.

use crate::calendar::{DAY_MS, first_day};

use super::Issuer;
use super::demo_cards::Certificates;
use super::life_cycle::CardMove;
use super::provisioning::Refused;
use super::wallets::{Holder, WalletId};

/// Of certificates made from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateTerms {
    /// They end with the month that comes so many after the one they are made in, but not after the card. With the card where absent.
    pub months: Option<u16>,
    /// The profile holds another face for the time after them, without offline data authentication.
    pub face_after: bool,
    /// Where they end within 30 days, the answer to a check in or a replenishment brings others.
    pub renews: bool,
}

impl Default for CertificateTerms {
    fn default() -> CertificateTerms {
        CertificateTerms { months: None, face_after: false, renews: true }
    }
}

/// So long before their end they are renewed.
const RENEWED_BEFORE_MS: u64 = 30 * DAY_MS;
/// No clock goes beyond 2049, the last year of the century that certificates mean.
const MONTHS: u32 = 80 * 12;

impl Issuer {
    /// What certificates from now on are like. Those of the card until it ends, and renewed before, unless told otherwise.
    pub fn set_certificate_terms(&mut self, terms: CertificateTerms) {
        self.certificates = terms;
    }

    /// The certificates with which a card comes: those that it had, to these terms.
    pub(super) fn first_certificates(&self, holder: Certificates, expiry: [u8; 2], wall_ms: u64) -> Certificates {
        let ends = self.certificates.months.map_or(holder.ends, |months| end_after(months, wall_ms).min(expiry));
        Certificates { ends, face_after: self.certificates.face_after, ..holder }
    }

    /// Renews the cards of this wallet whose certificates end within 30 days, or have.
    pub(super) fn renew_certificates(
        &mut self,
        wallet: &WalletId,
        wall_ms: u64,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), Refused> {
        if !self.certificates.renews {
            return Ok(());
        }
        let known = self.wallets.wallet(wallet).ok_or(Refused::UnknownWallet)?;
        let holders: Vec<Holder> = known.cards.keys().map(|card| Holder { wallet: *wallet, card: *card }).collect();
        for holder in holders {
            if self.moved(holder, CardMove::Renew).is_err() {
                continue;
            }
            let token = self.card_mut(holder)?.token.clone();
            let months = self.certificates.months;
            let account = self.accounts.get_mut(&token).ok_or(Refused::UnknownCard)?;
            let Certificates { ends, renewals, face_after } = account.card.certificates;
            if !account.card.is_certified() || wall_ms.saturating_add(RENEWED_BEFORE_MS) < over_from_ms(ends) {
                continue;
            }
            // Counted from the end of those before, where that is to come.
            let from_ms = wall_ms.max(over_from_ms(ends).saturating_sub(1));
            let expiry = account.card.expiry;
            let later = months.map_or(expiry, |months| end_after(months.max(1), from_ms).min(expiry));
            if later > ends {
                let renewals = renewals.saturating_add(1);
                account.certify(Certificates { ends: later, renewals, face_after });
            } else {
                // The card ends with them.
                account.renew();
            }
            self.send_profile(holder, randomness)?;
        }
        Ok(())
    }
}

/// The month that comes so many after this one: YYMM in BCD.
fn end_after(months: u16, wall_ms: u64) -> [u8; 2] {
    let days = wall_ms / DAY_MS;
    let this = (1..MONTHS).find(|month| first_day(*month) > days).unwrap_or(MONTHS).saturating_sub(1);
    let month = this.saturating_add(months.into()).min(MONTHS.saturating_sub(1));
    let bcd = |number: u32| u8::try_from(((number / 10) << 4) | (number % 10)).unwrap_or(0x99);
    [bcd((month / 12).saturating_add(70) % 100), bcd((month % 12).saturating_add(1))]
}

/// When the month after this one (YYMM in BCD) begins, in milliseconds since 1970.
fn over_from_ms([year, month]: [u8; 2]) -> u64 {
    let number = |bcd: u8| u32::from(bcd >> 4).saturating_mul(10).saturating_add((bcd & 0x0F).into());
    let years = if number(year) < 50 { number(year).saturating_add(30) } else { number(year).saturating_sub(70) };
    first_day(years.saturating_mul(12).saturating_add(number(month))).saturating_mul(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01 and 2028-03-01, by `date -u -d DATE +%s`.
    const NEW_YEAR: u64 = 1_767_225_600_000;
    const MARCH_2028: u64 = 1_835_481_600_000;

    #[test]
    fn an_end_is_counted_from_the_month_in_which_a_certificate_is_made() {
        assert_eq!(end_after(0, NEW_YEAR - 1), [0x25, 0x12]);
        assert_eq!(end_after(0, NEW_YEAR), [0x26, 0x01]);
        assert_eq!(end_after(13, NEW_YEAR), [0x27, 0x02]);
        assert_eq!(end_after(1, MARCH_2028 - 1), [0x28, 0x03]);
        assert_eq!(end_after(u16::MAX, u64::MAX), [0x49, 0x12]);
    }

    #[test]
    fn a_month_is_over_when_the_next_one_begins() {
        assert_eq!(over_from_ms([0x25, 0x12]), NEW_YEAR);
        assert_eq!(over_from_ms([0x28, 0x02]), MARCH_2028);
    }
}
