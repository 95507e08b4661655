//! When a card's holder must be verified: the issuer's part, which comes with the card's policy ([`super::policy`]).
//!
//! # As bytes
//!
//! | kind (1) | | then |
//! |---|---|---|
//! | `01` | always, whatever the profile says | |
//! | `02` | not for what is let through here | flags (1: bit 1 card-like, bit 2 transit), low value: a list ([`super::allowance`]), and with bit 2: allowance (19), AIDs: count (1: 1 to 4), each as string8, merchant categories: count (1: 1 to 16), each two bytes (9F15, BCD) |
//!
//! Without it the profile's word stands: always, or where the terminal asks.

use super::allowance::{Allowance, SinceVerified};
use super::cardholder_verification::Requirement;
use super::holder_rules::HolderRules;
use super::payment::{MOST_CATEGORIES, Payment};
use crate::emv::aid::Aid;
use crate::emv::bcd;
use crate::error::ContentError;
use crate::wire::{Fields, put_string8};

/// When the holder must be verified, as the issuer wants it. What the terminal asks for comes on top.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VerificationPolicy {
    /// As the card's profile says: always, or where the terminal asks.
    #[default]
    AsProfile,
    /// Before each cryptogram.
    Always,
    /// But for what is let through.
    Exempt(Exemptions),
}

/// What an issuer lets through without verification on the phone. With none of the three: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exemptions {
    /// Payments of low value, in at most four currencies (*flexible*).
    pub low_value: Vec<Allowance>,
    /// Passing a gate, where the holder has chosen that for the card.
    pub transit: Option<Transit>,
    /// The terminal's online PIN stands for the phone's verification (*card-like*): below what the terminal asks it for, and where
    /// no low value is named, nothing is needed, as with a card of plastic.
    pub card_like: bool,
}

/// Which payments are a gate's, all of this at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transit {
    /// With which applications: 1 to 4.
    pub aids: Vec<Aid>,
    /// Which merchants, by the category that the terminal claims (9F15): 1 to 16.
    pub merchant_categories: Vec<u16>,
    /// How much and how often since the holder was last verified. An amount of 0, of a gate that reckons later, may be of any
    /// currency.
    pub allowance: Allowance,
}

/// What a card asks for one payment, of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardAsks {
    /// Nothing: issuer and holder leave it to the terminal.
    Nothing,
    /// Nothing: it is of low value.
    LowValue,
    /// Nothing: it is a gate.
    Transit,
    /// Verification.
    Verification,
    /// Verification, now that what may be paid without is used up.
    UsedUp,
}

impl VerificationPolicy {
    /// Whether the terminal's online PIN will do.
    pub(crate) fn takes_online_pin(&self) -> bool {
        matches!(self, VerificationPolicy::Exempt(Exemptions { card_like: true, .. }))
    }

    /// What the card asks for this payment: the stricter of what the issuer and the holder want.
    pub(crate) fn asks(
        &self,
        requirement: Requirement,
        holder: &HolderRules,
        payment: &Payment,
        since: &SinceVerified,
    ) -> CardAsks {
        let exemptions = match self {
            VerificationPolicy::AsProfile if requirement == Requirement::Always => return CardAsks::Verification,
            VerificationPolicy::Always => return CardAsks::Verification,
            VerificationPolicy::AsProfile => None,
            VerificationPolicy::Exempt(exemptions) => Some(exemptions),
        };
        let let_through = |since: &SinceVerified| {
            let transit = exemptions.and_then(|exemptions| exemptions.transit.as_ref()).filter(|_| holder.transit);
            if transit.is_some_and(|transit| transit.lets_through(payment, since)) {
                return Some(CardAsks::Transit);
            }
            let by_issuer = exemptions.filter(|exemptions| !exemptions.leaves_it_to_the_terminal());
            let limits = [by_issuer.map(|exemptions| &exemptions.low_value), holder.low_value.as_ref()];
            let covers = |list: &Vec<Allowance>| list.iter().any(|allowance| allowance.covers(&payment.amount, since));
            match limits {
                [None, None] => Some(CardAsks::Nothing),
                limits => limits.into_iter().flatten().all(covers).then_some(CardAsks::LowValue),
            }
        };
        let used_up = || let_through(&SinceVerified::default()).map(|_| CardAsks::UsedUp);
        let_through(since).or_else(used_up).unwrap_or(CardAsks::Verification)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            VerificationPolicy::AsProfile => {}
            VerificationPolicy::Always => out.push(ALWAYS),
            VerificationPolicy::Exempt(Exemptions { low_value, transit, card_like }) => {
                out.extend_from_slice(&[EXEMPT, u8::from(*card_like) | u8::from(transit.is_some()) << 1]);
                Allowance::write_list(low_value, out);
                if let Some(transit) = transit {
                    transit.write(out);
                }
            }
        }
    }

    /// # Errors
    /// [`ContentError::Truncated`], [`ContentError::UnknownVerification`], [`ContentError::Limit`],
    /// [`ContentError::ApplicationName`], [`ContentError::TransitTerms`].
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<VerificationPolicy, ContentError> {
        use ContentError::{Truncated, UnknownVerification};
        match fields.u8().ok_or(Truncated)? {
            ALWAYS => Ok(VerificationPolicy::Always),
            EXEMPT => {
                let flags = fields.u8().ok_or(Truncated)?;
                if flags > 0b11 {
                    return Err(UnknownVerification);
                }
                let low_value = Allowance::read_list(fields).ok_or(Truncated)?;
                Allowance::check(&low_value)?;
                let transit = (flags & 2 != 0).then(|| Transit::read(fields)).transpose()?;
                Ok(VerificationPolicy::Exempt(Exemptions { low_value, transit, card_like: flags & 1 != 0 }))
            }
            _ => Err(UnknownVerification),
        }
    }
}

const ALWAYS: u8 = 0x01;
const EXEMPT: u8 = 0x02;

impl Exemptions {
    /// Whether nothing but the terminal's wish bounds what is paid without verification.
    fn leaves_it_to_the_terminal(&self) -> bool {
        self.card_like && self.low_value.is_empty()
    }
}

const MOST_AIDS: usize = 4;

impl Transit {
    fn lets_through(&self, payment: &Payment, since: &SinceVerified) -> bool {
        let Payment { aid, amount, merchant_category } = payment;
        let is_gate = merchant_category.is_some_and(|category| self.merchant_categories.contains(&category));
        let is_reckoned_later = amount.minor == 0 && since.counts_less_than(self.allowance.count);
        self.aids.contains(aid) && is_gate && (is_reckoned_later || self.allowance.covers(amount, since))
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.allowance.write(out);
        out.push(u8::try_from(self.aids.len()).expect("at most 4"));
        self.aids.iter().for_each(|aid| put_string8(out, aid.bytes()));
        out.push(u8::try_from(self.merchant_categories.len()).expect("at most 16"));
        self.merchant_categories.iter().for_each(|category| out.extend_from_slice(&bcd::of_code(*category)));
    }

    fn read(fields: &mut Fields<'_>) -> Result<Transit, ContentError> {
        use ContentError::{ApplicationName, TransitTerms, Truncated};
        let allowance = Allowance::read(fields).ok_or(Truncated)?;
        Allowance::check(&[allowance])?;
        let aids = (0..fields.u8().ok_or(Truncated)?)
            .map(|_| Aid::new(fields.string8().ok_or(Truncated)?).ok_or(ApplicationName))
            .collect::<Result<Vec<Aid>, _>>()?;
        let merchant_categories = (0..fields.u8().ok_or(Truncated)?)
            .map(|_| bcd::code(fields.array().ok_or(Truncated)?).ok_or(TransitTerms))
            .collect::<Result<Vec<u16>, _>>()?;
        let few = |length, most| (1..=most).contains(&length);
        if few(aids.len(), MOST_AIDS) && few(merchant_categories.len(), MOST_CATEGORIES) {
            Ok(Transit { aids, merchant_categories, allowance })
        } else {
            Err(TransitTerms)
        }
    }
}
