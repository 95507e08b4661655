//! Alerts: what a contact showed that its holder should know of, beside how it ended. They speak after the answer; what
//! decides before it is the card's own ([`crate::tap`]). Made by [`super::alert_rules`].

use super::alert_kind::{Action, Rule};
use super::snapshot::CardId;
use crate::wire::Fields;

/// An alert has no more numbers of evidence.
const MOST_EVIDENCE: u8 = 3;

/// Something that a contact showed. A contact has one of each rule at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The contact's number, under which it is reported too.
    pub contact: u64,
    /// What was noticed.
    pub rule: Rule,
    /// What follows from it.
    pub action: Action,
    /// The wall clock of the contact's first command.
    pub at_ms: u64,
    /// The card that was to pay; absent where the wallet has none.
    pub card: Option<CardId>,
    /// In numbers, as the rule says.
    pub evidence: Vec<u64>,
}

impl Alert {
    /// Names the alert within this wallet, and is given to no other: it follows from the contact and the rule.
    pub fn id(&self) -> u64 {
        self.contact.wrapping_mul(32).wrapping_add(self.rule.byte().into())
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.contact.to_be_bytes());
        out.extend_from_slice(&[self.rule.byte(), self.action.byte()]);
        out.extend_from_slice(&self.at_ms.to_be_bytes());
        out.extend_from_slice(&self.card.map_or(0, |card| card.0).to_be_bytes());
        out.push(u8::try_from(self.evidence.len()).expect("there are few numbers"));
        self.evidence.iter().for_each(|number| out.extend_from_slice(&number.to_be_bytes()));
    }

    /// Reads one as the ledger writes it. `None` where it is cut or none.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Alert> {
        let (contact, rule, action) = (fields.u64()?, Rule::of_byte(fields.u8()?)?, Action::of_byte(fields.u8()?)?);
        let (at_ms, card, count) = (fields.u64()?, CardId(fields.u32()?), fields.u8()?);
        let card = Some(card).filter(|card| *card != CardId(0));
        (count <= MOST_EVIDENCE).then_some(())?;
        let evidence = (0..count).map(|_| fields.u64()).collect::<Option<_>>()?;
        Some(Alert { contact, rule, action, at_ms, card, evidence })
    }

    /// One sentence that a person understands. What the terminal said is told as what it said. Amounts stand in the evidence.
    pub fn sentence(&self) -> String {
        let number = |place: usize| self.evidence.get(place).copied().unwrap_or(0);
        let times = |much: u64, before: u64| much.checked_div(before).unwrap_or(0);
        let minutes = |ms: u64| ms / 60_000;
        match self.rule {
            Rule::ManyAsksInAContact => format!("A reader asked for a payment {} times in one contact.", number(0)),
            Rule::ManyAsksInAMinute => format!("Readers asked for a payment {} times within a minute.", number(0)),
            Rule::ManyPaymentsInTenMinutes => {
                format!("The wallet was used for {} payments within ten minutes.", number(0))
            }
            Rule::ManyPaymentsInADay => format!("The wallet was used for {} payments within 24 hours.", number(0)),
            Rule::LargeAmount => format!(
                "A terminal asked for an amount {} times as large as the largest of the last 90 days.",
                times(number(0), number(1))
            ),
            Rule::LargeDay => format!(
                "The day's payments come to {} times as much as those of any day in the last 90 days.",
                times(number(0), number(1))
            ),
            Rule::NumberRepeated if number(0) == 1 => {
                "A terminal used a number again that must be new for each payment. The card refused.".to_owned()
            }
            Rule::NumberRepeated => {
                "A terminal used a number again that must be new for each payment. The holder had verified, so the card paid.".to_owned()
            }
            Rule::DoubleCharge => format!(
                "The same amount was asked for twice within {} s, by terminals that gave the same name.",
                (number(2) / 1000).saturating_add(1)
            ),
            Rule::NewCountry => {
                format!("A terminal says that it stands in country {}, where none was before.", number(0))
            }
            Rule::TerminalDateWrong => {
                let way = if number(1) == 1 { "ahead of" } else { "behind" };
                format!("A terminal says that its date is {} days {way} the phone's.", number(0))
            }
            Rule::UnusualType => {
                let what = match number(0) {
                    0x01 => "a cash withdrawal",
                    0x09 => "a purchase with cash back",
                    0x20 => "a refund",
                    _ => "no purchase of goods or services",
                };
                format!("A terminal says that this is {what}.")
            }
            Rule::SlowReader => format!(
                "The reader's commands came {} times slower than usual. Somebody may stand between the phone and the reader.",
                times(number(0), number(1).max(1))
            ),
            Rule::TornInARow => {
                format!("{} contacts one after the other broke off before they were over.", number(0))
            }
            Rule::OlderCopy => "An older copy of the wallet was put back. Only the issuer can mend it.".to_owned(),
            Rule::CountryChanged => format!(
                "A terminal says that it stands in country {}, {} minutes after one that said {}.",
                number(0),
                minutes(number(2)),
                number(1)
            ),
            Rule::NewCurrency => format!("A terminal asked for currency {}, which none asked for before.", number(0)),
            Rule::NumberWithoutChance => {
                "A terminal used a number of zeros or ones alone where it must be left to chance.".to_owned()
            }
            Rule::ClockSetBack => {
                format!("The phone's clock was set back by {} minutes.", minutes(number(0)))
            }
            Rule::StorageFailed => "The phone could not write a payment down, so the card refused.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_sentence_of_its_own_and_claims_are_told_as_claims() {
        let sentence = |rule| {
            let evidence = vec![9, 3, 120_000];
            Alert { contact: 1, rule, action: Action::Note, at_ms: 0, card: None, evidence }.sentence()
        };
        let sentences: Vec<String> = Rule::ALL.into_iter().map(|(rule, _)| sentence(rule)).collect();
        for (place, one) in sentences.iter().enumerate() {
            assert!(one.ends_with('.') && !sentences.iter().skip(place + 1).any(|other| other == one), "{one}");
        }
        for claimed in [Rule::NewCountry, Rule::CountryChanged, Rule::TerminalDateWrong, Rule::UnusualType] {
            assert!(sentence(claimed).contains(" says that "), "{}", sentence(claimed));
        }
        assert_eq!(
            sentence(Rule::CountryChanged),
            "A terminal says that it stands in country 9, 2 minutes after one that said 3."
        );
    }
}
