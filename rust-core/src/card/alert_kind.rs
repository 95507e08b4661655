//! What alerts there are ([`Rule`]), and what may follow from one ([`Action`]).

/// What was noticed. The number of each stands in the ledger and goes to whoever hands it on.
///
/// Two rules that others have are not here, because nothing tells the core of them: what the screen showed during a tap, and what the
/// phone attests of how it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A reader asked for too many payments in one contact. Evidence: how many, how many are usual at most.
    ManyAsksInAContact = 1,
    /// Readers asked for too many within a minute. Evidence: how many, how many are usual at most.
    ManyAsksInAMinute = 2,
    /// Too many cryptograms within ten minutes. Evidence: how many, how many are usual at most.
    ManyPaymentsInTenMinutes = 3,
    /// Too many within 24 hours. Evidence: how many, how many are usual at most.
    ManyPaymentsInADay = 4,
    /// Far more than was ever paid in that currency in the last 90 days. Evidence: minor units, the most before, currency.
    LargeAmount = 5,
    /// The day's payments in a currency come to far more than those of any day in the last 90 days. Evidence: minor units, the
    /// most before, currency.
    LargeDay = 6,
    /// A terminal used an unpredictable number that another payment had. Evidence: 1 where the card refused for it, 0 where the
    /// holder had verified and it paid.
    NumberRepeated = 7,
    /// The same amount at a terminal of the same name, twice within a minute. Evidence: minor units, currency, milliseconds between.
    DoubleCharge = 8,
    /// A terminal says that it stands in a country of which no terminal said so. Evidence: country.
    NewCountry = 9,
    /// The terminal's date is more than a day off the phone's. Evidence: days off, 1 where it is ahead.
    TerminalDateWrong = 10,
    /// The terminal says that it is no purchase of goods or services. Evidence: transaction type, minor units.
    UnusualType = 11,
    /// The commands came much slower than readers of this wallet are: somebody may stand between. Evidence: median gap in
    /// milliseconds, this wallet's usual one, milliseconds in all.
    SlowReader = 12,
    /// Too many contacts one after the other in which the field was lost. Evidence: how many.
    TornInARow = 14,
    /// An older copy of the wallet was put back.
    OlderCopy = 15,
    /// A terminal says that it stands in another country than the one before it, which was hardly ago. Evidence: country, the one
    /// before, milliseconds between.
    CountryChanged = 17,
    /// A terminal asked for a currency that none asked for before. Evidence: currency.
    NewCurrency = 18,
    /// A terminal used an unpredictable number of zeros or ones alone.
    NumberWithoutChance = 19,
    /// The phone's clock was set back. Evidence: by how many milliseconds.
    ClockSetBack = 20,
    /// A payment could not be written down, and was refused.
    StorageFailed = 21,
}

impl Rule {
    /// All, each with the name used for it.
    pub(crate) const ALL: [(Rule, &'static str); 19] = [
        (Rule::ManyAsksInAContact, "many-asks-in-a-contact"),
        (Rule::ManyAsksInAMinute, "many-asks-in-a-minute"),
        (Rule::ManyPaymentsInTenMinutes, "many-payments-in-ten-minutes"),
        (Rule::ManyPaymentsInADay, "many-payments-in-a-day"),
        (Rule::LargeAmount, "large-amount"),
        (Rule::LargeDay, "large-day"),
        (Rule::NumberRepeated, "number-repeated"),
        (Rule::DoubleCharge, "double-charge"),
        (Rule::NewCountry, "new-country"),
        (Rule::TerminalDateWrong, "terminal-date-wrong"),
        (Rule::UnusualType, "unusual-type"),
        (Rule::SlowReader, "slow-reader"),
        (Rule::TornInARow, "torn-in-a-row"),
        (Rule::OlderCopy, "older-copy"),
        (Rule::CountryChanged, "country-changed"),
        (Rule::NewCurrency, "new-currency"),
        (Rule::NumberWithoutChance, "number-without-chance"),
        (Rule::ClockSetBack, "clock-set-back"),
        (Rule::StorageFailed, "storage-failed"),
    ];

    /// Its number.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Rule> {
        Rule::ALL.into_iter().map(|(rule, _)| rule).find(|rule| rule.byte() == byte)
    }

    /// The name used for it.
    pub fn name(self) -> &'static str {
        let listed = Rule::ALL.into_iter().find(|(rule, _)| *rule == self);
        listed.expect("every rule is in the list").1
    }
}

/// What follows from an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing: it is to be found by who looks for it.
    Note = 1,
    /// The holder is told.
    Alert = 2,
    /// The holder is told, and the card pays no more before he has verified for a payment.
    VerifyAgain = 3,
    /// The holder is told, and the card is frozen, as if he had done it himself.
    Freeze = 4,
}

impl Action {
    /// All, each with the name used for it.
    const ALL: [(Action, &'static str); 4] = [
        (Action::Note, "note"),
        (Action::Alert, "alert"),
        (Action::VerifyAgain, "verify-again"),
        (Action::Freeze, "freeze"),
    ];

    /// Its number, in the ledger and for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Action> {
        Action::ALL.into_iter().map(|(action, _)| action).find(|action| action.byte() == byte)
    }

    /// The name used for it.
    pub fn name(self) -> &'static str {
        let listed = Action::ALL.into_iter().find(|(action, _)| *action == self);
        listed.expect("every action is in the list").1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_action_is_read_back_as_it_was_written() {
        for (rule, _) in Rule::ALL {
            assert_eq!(Rule::of_byte(rule.byte()), Some(rule));
            assert!(rule.byte() < 32, "an id has room for so many");
        }
        for (action, _) in Action::ALL {
            assert_eq!(Action::of_byte(action.byte()), Some(action));
        }
        assert_eq!((Rule::of_byte(0), Rule::of_byte(13), Action::of_byte(0)), (None, None, None));
    }
}
