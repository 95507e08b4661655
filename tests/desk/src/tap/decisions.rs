//! What holder and issuer decide before a tap: which policy, frozen or not, for a time only, once with another card, in two taps.

use hcepay_core::{MostPaid, TemporaryUse};
use hcepay_tests::issuer::demo_cards::{LOW_VALUE, gates};
use hcepay_tests::issuer::verification_policy::but_for;
use hcepay_tests::terminal::{Merchant, Terminal};
use time::{Date, Duration, Month};

use super::options::WrongUse;
use crate::demo_wallet::{DemoWallet, DemoWalletError};
use crate::money::Money;

/// What is decided before the tap; by default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions {
    /// The first tap tells what is to be paid, the holder verifies for exactly that, the second one pays.
    pub two_tap: bool,
    /// What the issuer lets the card pay without verification on the phone.
    pub policy: Option<PolicyKind>,
    /// The holder lets the card be used for a time only.
    pub temporary: Option<TemporaryUse>,
    /// The holder freezes the card.
    pub freeze: bool,
    /// The holder pays this once with another card, one of `DEMO_CARDS`.
    pub once: Option<&'static str>,
}

/// A verification policy by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Low value without verification: 20.00 at once, 50.00 in all, 4 times.
    Flexible,
    /// Gates without verification: 3.00 at once, 10.00 in all, 3 times.
    Transit,
    /// The terminal's online PIN stands for the phone.
    CardLike,
}

impl PolicyKind {
    /// All.
    pub const ALL: [PolicyKind; 3] = [PolicyKind::Flexible, PolicyKind::Transit, PolicyKind::CardLike];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Flexible => "flexible",
            PolicyKind::Transit => "transit",
            PolicyKind::CardLike => "card-like",
        }
    }

    /// As the issuer sends it, for a card of these applications.
    fn content(self, aids: Vec<Vec<u8>>) -> Vec<u8> {
        match self {
            PolicyKind::Flexible => but_for(&[LOW_VALUE], None, false),
            PolicyKind::Transit => but_for(&[], Some(&gates(aids)), false),
            PolicyKind::CardLike => but_for(&[], None, true),
        }
    }

    /// A terminal where that policy shows: a gate of local trains, or a shop with a PIN pad that knows no phones.
    pub(super) fn terminal(self, terminal: Terminal) -> Terminal {
        match self {
            PolicyKind::Flexible => terminal,
            PolicyKind::Transit => {
                Terminal { merchant: Some(Merchant { category: 4111, name: "LOCAL TRAINS".to_owned() }), ..terminal }
            }
            PolicyKind::CardLike => Terminal {
                online_pin_supported: true,
                cdcvm_supported: false,
                kernel_configuration: 0,
                cvm_required_above: 0,
                ..terminal
            },
        }
    }
}

impl Decisions {
    /// Whether nothing is decided.
    pub fn are_none(&self) -> bool {
        *self == Decisions::default()
    }

    /// Carries them out for this demo card. Gives a line for each.
    ///
    /// # Errors
    /// See [`DemoWalletError`].
    pub fn carry_out(&self, wallet: &mut DemoWallet, card: &'static str) -> Result<Vec<String>, DemoWalletError> {
        let mut told = Vec::new();
        wallet.choose(card)?;
        if let Some(kind) = self.policy {
            wallet.set_verification(card, |aids| kind.content(aids))?;
            told.push(format!("the issuer has sent {card} the policy \"{}\"", kind.name()));
            if kind == PolicyKind::Transit {
                wallet.pass_gates(card)?;
                told.push("the holder, verified, lets it pass gates without verification".to_owned());
            }
        }
        if let Some(limits) = &self.temporary {
            wallet.limit_use(card, limits.clone())?;
            told.push(format!("the holder has limited the use of {card}: {}", in_words(limits)));
        }
        if self.freeze {
            wallet.freeze(card)?;
            told.push(format!(
                "the holder has frozen {card}; {} lets it pay again",
                wallet.directory().command(&format!("unfreeze --card {card}"))
            ));
        }
        if let Some(once) = self.once {
            wallet.pay_once(once)?;
            told.push(format!("the holder pays with {once} this once; then with {card} again"));
        }
        Ok(told)
    }
}

/// Reads `taps=1,until=2026-12-31,each=10.00,total=50.00`, amounts in this currency.
pub(super) fn temporary_use(text: &str, currency: &str) -> Result<TemporaryUse, WrongUse> {
    let wrong = || {
        WrongUse(format!(
            "--temporary {text}: it must be of taps=N, until=YYYY-MM-DD and, together, each=AMOUNT and total=AMOUNT, with \
             commas between"
        ))
    };
    let mut limits = TemporaryUse::default();
    let (mut single, mut total) = (None, None);
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        let money = || Money::parse(value, currency).map_err(|_| wrong());
        match name {
            "taps" => limits.taps = Some(value.parse().ok().filter(|taps| *taps > 0).ok_or_else(wrong)?),
            "until" => limits.until_ms = Some(end_of_day(value).ok_or_else(wrong)?),
            "each" => single = Some(money()?),
            "total" => total = Some(money()?),
            _ => return Err(wrong()),
        }
    }
    match (single, total) {
        (None, None) => {}
        (Some(single), Some(total)) if single.minor > 0 && single.minor <= total.minor => {
            let currency = total.currency_number();
            limits.amounts.push(MostPaid { currency, single: single.minor, total: total.minor });
        }
        _ => return Err(wrong()),
    }
    Ok(limits)
}

/// The wall clock at which a day ends, in UTC.
fn end_of_day(text: &str) -> Option<u64> {
    let mut parts = text.split('-');
    let (year, month, day) =
        (parts.next()?.parse().ok()?, parts.next()?.parse::<u8>().ok()?, parts.next()?.parse().ok()?);
    let day =
        Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok().filter(|_| parts.next().is_none())?;
    let end = day.checked_add(Duration::DAY)?.midnight().assume_utc();
    u64::try_from(end.unix_timestamp()).ok()?.checked_mul(1000)
}

/// The limits, as a person says them.
pub(super) fn in_words(limits: &TemporaryUse) -> String {
    let taps = limits.taps.map(|taps| if taps == 1 { "1 tap".to_owned() } else { format!("{taps} taps") });
    let until = limits.until_ms.map(|until_ms| {
        let last = super::date(until_ms.saturating_sub(1)).map(|byte| format!("{byte:02X}"));
        format!("until 20{}", last.join("-"))
    });
    let amounts = limits.amounts.iter().map(|most| {
        let money = |minor| crate::meaning::money(minor, Some(most.currency));
        format!("{} at once and {} in all", money(most.single), money(most.total))
    });
    taps.into_iter().chain(until).chain(amounts).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_they_are_written() {
        let limits = temporary_use("taps=1,until=2026-12-31,each=10.00,total=50.00", "EUR").unwrap();
        assert_eq!((limits.taps, limits.until_ms), (Some(1), Some(1_798_761_600_000)));
        assert_eq!(limits.amounts, [MostPaid { currency: 978, single: 1000, total: 5000 }]);
        assert_eq!(in_words(&limits), "1 tap, until 2026-12-31, 10.00 EUR at once and 50.00 EUR in all");
        for wrong in ["", "taps", "taps=0", "taps=x", "until=31.12.2026", "each=10.00", "each=2,total=1", "coffee=1"] {
            assert!(temporary_use(wrong, "EUR").is_err(), "{wrong}");
        }
    }
}
