//! Amounts as people write them: `12.50` and `EUR`, to minor units and a currency code, and back.

use std::fmt;
use std::num::NonZero;

use iso_currency::Currency;

/// An amount of money in a currency that has minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// In the currency's minor unit.
    pub minor: u64,
    currency: Currency,
    decimals: u32,
}

/// What is wrong with an amount or currency, in words that say what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMoney(String);

impl fmt::Display for NotMoney {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Money {
    /// Reads digits, and where the currency has decimals at most so many of them behind a point. At most 12 digits go
    /// into the data object for the amount (9F02).
    pub fn parse(amount: &str, currency: &str) -> Result<Money, NotMoney> {
        let known = Currency::from_code(currency).and_then(|known| Some((known, u32::from(known.exponent()?))));
        let Some((currency, decimals)) = known else {
            return Err(NotMoney("the currency must be a three-letter code of ISO 4217, such as EUR".to_owned()));
        };
        let refused = || {
            let example = if decimals == 0 { "12".to_owned() } else { format!("12.{:0<1$}", 5, decimals as usize) };
            NotMoney(format!(
                "the amount must be digits with at most {decimals} decimals behind a point, such as {example} {}",
                currency.code()
            ))
        };
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let decimals_fit = if decimals == 0 { !amount.contains('.') } else { fraction.len() <= decimals as usize };
        if !is_digits(whole) || !is_digits(fraction) || !decimals_fit {
            return Err(refused());
        }
        let digits = format!("{whole}{fraction:0<width$}", width = decimals as usize);
        let digits = if decimals == 0 { whole } else { &digits };
        match digits.parse::<u64>() {
            Ok(minor) if minor < 1_000_000_000_000 => Ok(Money { minor, currency, decimals }),
            _ => Err(NotMoney("the amount must have at most 12 digits, decimals included".to_owned())),
        }
    }

    /// So much of the currency of this number; `None` where there is none.
    pub fn of_number(minor: u64, currency: u16) -> Option<Money> {
        let currency = Currency::from_numeric(currency)?;
        let decimals = u32::from(currency.exponent()?);
        Some(Money { minor, currency, decimals })
    }

    /// The currency's numeric code (ISO 4217), such as 978.
    pub fn currency_number(&self) -> u16 {
        self.currency.numeric()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.currency.code();
        match 10_u64.checked_pow(self.decimals).filter(|unit| *unit > 1).and_then(NonZero::new) {
            Some(unit) => {
                let (whole, rest) = (self.minor / unit, self.minor % unit);
                write!(formatter, "{whole}.{rest:0width$} {code}", width = self.decimals as usize)
            }
            None => write!(formatter, "{} {code}", self.minor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(amount: &str, currency: &str) -> Option<u64> {
        Money::parse(amount, currency).ok().map(|money| money.minor)
    }

    #[test]
    fn amounts_are_read_in_the_currency_s_own_decimals() {
        assert_eq!(minor("12.50", "EUR"), Some(1250));
        assert_eq!(minor("12.5", "EUR"), Some(1250));
        assert_eq!(minor("12", "EUR"), Some(1200));
        assert_eq!(minor("0", "EUR"), Some(0));
        assert_eq!(minor("12", "JPY"), Some(12));
        assert_eq!(minor("12.345", "KWD"), Some(12345));
        assert_eq!(minor("9999999999.99", "EUR"), Some(999_999_999_999));
    }

    #[test]
    fn anything_else_is_refused() {
        for amount in ["12,50", "-1", "+1", "1e3", "", ".", ".5", "5.", "1 000", "12.505", "0x10", "١٢", "10000000000"]
        {
            assert_eq!(minor(amount, "EUR"), None, "{amount}");
        }
        assert_eq!(minor("12.0", "JPY"), None);
        for currency in ["", "eur", "EU", "EURO", "978", "XXX"] {
            assert_eq!(minor("1", currency), None, "{currency}");
        }
    }

    #[test]
    fn money_is_shown_as_it_is_read() {
        for (amount, currency) in [("12.50", "EUR"), ("0.05", "USD"), ("12", "JPY"), ("1.005", "KWD")] {
            let money = Money::parse(amount, currency).unwrap();
            assert_eq!(money.to_string(), format!("{amount} {currency}"));
            assert_eq!(Money::of_number(money.minor, money.currency_number()), Some(money));
        }
    }
}
