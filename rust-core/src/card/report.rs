//! What a contact with a reader came to: one [`Report`], with an [`Outcome`] and a [`Reason`] from closed lists.

use super::cardholder_verification::Method;
use super::certificate_end::CertificateEnd;
use super::snapshot::CardId;
use super::terminal_claims::TerminalClaims;
use crate::coupon::coupon_terms::CouponUse;
use crate::emv::aid::Aid;
use crate::emv::atc::Atc;
use crate::keys::channel::Channel;
use crate::keys::spend_key::Protection;

/// What the card knows about the end of a contact. It never says "approved": that is between terminal and issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The card gave a cryptogram with which the terminal can ask the issuer.
    AuthorisationRequested = 1,
    /// The card or the terminal declined; no key was spent.
    Declined = 2,
    /// The holder must verify on the phone and tap again; no key was spent.
    VerificationNeeded = 3,
    /// The field was lost in the middle of a transaction.
    Torn = 4,
    /// The card cannot tell how far it came.
    Unknown = 5,
    /// No transaction was begun.
    Nothing = 6,
}

impl Outcome {
    /// All, each with the name used in reports.
    const ALL: [(Outcome, &'static str); 6] = [
        (Outcome::AuthorisationRequested, "authorisation-requested"),
        (Outcome::Declined, "declined"),
        (Outcome::VerificationNeeded, "verification-needed"),
        (Outcome::Torn, "torn"),
        (Outcome::Unknown, "unknown"),
        (Outcome::Nothing, "nothing"),
    ];

    /// Its number, in the ledger and for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Outcome> {
        Outcome::ALL.into_iter().map(|(outcome, _)| outcome).find(|outcome| outcome.byte() == byte)
    }

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        let listed = Outcome::ALL.into_iter().find(|(outcome, _)| *outcome == self);
        listed.expect("every outcome is in the list").1
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|(_, listed)| *listed == name).map(|(outcome, _)| outcome)
    }
}

/// Why a contact ended as it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Authorisation requested: the holder was verified on the phone.
    Verified = 1,
    /// Authorisation requested: neither card nor terminal wanted the holder verified.
    VerificationNotNeeded = 2,
    /// Declined: the application has no key left.
    NoKeyLeft = 3,
    /// Declined: the next key is not valid yet.
    KeyNotYetValid = 4,
    /// Declined: the keys left are too old.
    KeyExpired = 5,
    /// Declined: the application's counter has come to its end; the issuer must give the card anew.
    CounterAtItsEnd = 6,
    /// Declined: the issuer lets the next key pay less than that, or not in that currency.
    OverKeyLimit = 7,
    /// Declined: the card waits for its holder's identity check, or is suspended.
    CardNotActive = 8,
    /// Declined: the phone is locked, and the card's keys with it.
    PhoneLocked = 9,
    /// Declined: the wall clock was set back; the issuer's time mends it.
    ClockSetBack = 10,
    /// Declined: an older copy of the wallet was put back; the issuer mends it.
    RolledBack = 11,
    /// Declined: the spending of a key could not be written down.
    StorageFailed = 12,
    /// Declined: the terminal cannot go online, and keys of a phone are online only.
    TerminalOfflineOnly = 13,
    /// Declined: the terminal wants magnetic stripe data only.
    TerminalMagStripeOnly = 14,
    /// Declined: the terminal asked for an AAC.
    TerminalDeclined = 15,
    /// Verification needed: the holder had not verified.
    NotVerified = 16,
    /// Verification needed: the holder had, but too long ago.
    WindowOver = 17,
    /// Verification needed: readers have asked for too many cryptograms in one contact or one minute, or had as many in an
    /// hour or a day as the card's policy allows without the holder verified.
    TooManyRequests = 18,
    /// Torn before the card gave a cryptogram: no key was spent.
    BeforeCryptogram = 19,
    /// Torn after it: a key was spent, and the terminal may or may not ask the issuer.
    AfterCryptogram = 20,
    /// Unknown: a fault of the card's own.
    Fault = 21,
    /// Unknown: the process ended after a key was spent and before the contact was reported.
    ProcessEnded = 22,
    /// Declined: kernel 2: the amount is above what the terminal takes from a card whose holder it cannot see verified.
    OverTerminalLimit = 23,
    /// Declined: the terminal wants the card to authenticate itself (CDA, fDDA), and the card's key for that is not usable.
    NoDataAuthentication = 24,
    /// Declined: the certificates with which the card authenticates itself are over, and its profile holds no face without them.
    CertificateOver = 25,
    /// Verification needed: the holder had verified for a payment with another card.
    ArmedForAnotherCard = 26,
    /// Verification needed: the holder had verified for another amount or currency.
    ArmedForAnotherPayment = 27,
    /// Declined: the card is frozen, by its holder, an alert, or an older copy of the wallet that was put back.
    Frozen = 28,
    /// Declined: a limit that the holder has set for the card.
    OverHolderLimit = 29,
    /// Declined: the card's temporary use, which the holder had limited, is over.
    TemporaryUseOver = 30,
    /// Authorisation requested without verification: a gate, as the holder has chosen.
    Transit = 32,
    /// Authorisation requested without verification: the payment is within what may be paid so.
    LowValue = 33,
    /// Authorisation requested: the terminal is to ask for the PIN, which the issuer checks.
    OnlinePin = 34,
    /// Verification needed: what may be paid without is used up.
    AllowanceUsedUp = 35,
    /// Declined: the terminal's unpredictable number is one that another payment had, and the holder has not verified.
    UnpredictableNumberRepeated = 31,
}

impl Reason {
    /// All, each with the name used in reports.
    const ALL: [(Reason, &'static str); 35] = [
        (Reason::Verified, "verified"),
        (Reason::VerificationNotNeeded, "verification-not-needed"),
        (Reason::NoKeyLeft, "no-key-left"),
        (Reason::KeyNotYetValid, "key-not-yet-valid"),
        (Reason::KeyExpired, "key-expired"),
        (Reason::CounterAtItsEnd, "counter-at-its-end"),
        (Reason::OverKeyLimit, "over-key-limit"),
        (Reason::CardNotActive, "card-not-active"),
        (Reason::PhoneLocked, "phone-locked"),
        (Reason::ClockSetBack, "clock-set-back"),
        (Reason::RolledBack, "rolled-back"),
        (Reason::StorageFailed, "storage-failed"),
        (Reason::TerminalOfflineOnly, "terminal-offline-only"),
        (Reason::TerminalMagStripeOnly, "terminal-mag-stripe-only"),
        (Reason::TerminalDeclined, "terminal-declined"),
        (Reason::NotVerified, "not-verified"),
        (Reason::WindowOver, "window-over"),
        (Reason::TooManyRequests, "too-many-requests"),
        (Reason::BeforeCryptogram, "before-cryptogram"),
        (Reason::AfterCryptogram, "after-cryptogram"),
        (Reason::Fault, "fault"),
        (Reason::ProcessEnded, "process-ended"),
        (Reason::OverTerminalLimit, "over-terminal-limit"),
        (Reason::NoDataAuthentication, "no-data-authentication"),
        (Reason::CertificateOver, "certificate-over"),
        (Reason::ArmedForAnotherCard, "armed-for-another-card"),
        (Reason::ArmedForAnotherPayment, "armed-for-another-payment"),
        (Reason::Frozen, "frozen"),
        (Reason::OverHolderLimit, "over-holder-limit"),
        (Reason::TemporaryUseOver, "temporary-use-over"),
        (Reason::Transit, "transit"),
        (Reason::LowValue, "low-value"),
        (Reason::OnlinePin, "online-pin"),
        (Reason::AllowanceUsedUp, "allowance-used-up"),
        (Reason::UnpredictableNumberRepeated, "unpredictable-number-repeated"),
    ];

    /// Its number, in the ledger and for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Reason> {
        Reason::ALL.into_iter().map(|(reason, _)| reason).find(|reason| reason.byte() == byte)
    }

    /// Why a key does not open.
    pub(crate) fn of_locked(protection: Protection) -> Reason {
        match protection {
            Protection::Authenticated => Reason::NotVerified,
            Protection::Device | Protection::Unlocked => Reason::PhoneLocked,
        }
    }

    /// Whether it asks the holder to verify, rather than decline.
    pub(crate) fn wants_verification(self) -> bool {
        matches!(
            self,
            Reason::NotVerified
                | Reason::WindowOver
                | Reason::TooManyRequests
                | Reason::ArmedForAnotherCard
                | Reason::ArmedForAnotherPayment
                | Reason::AllowanceUsedUp
        )
    }

    /// The name used in reports.
    pub fn name(self) -> &'static str {
        let listed = Reason::ALL.into_iter().find(|(reason, _)| *reason == self);
        listed.expect("every reason is in the list").1
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|(_, listed)| *listed == name).map(|(reason, _)| reason)
    }
}

/// A record of the ledger has room for so many: no holder verifies so often in one contact.
pub(crate) const MOST_TOLD: usize = 255;

/// One transaction that a terminal began in a contact, and its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// The amount in minor units, where the terminal had named it.
    pub amount_minor: Option<u64>,
    /// The currency, ISO 4217 numeric, where the terminal had named it.
    pub currency: Option<u16>,
    /// The application.
    pub aid: Aid,
    /// The counter of the cryptogram, where one was given.
    pub atc: Option<Atc>,
}

/// One contact with a reader, from the first command to the loss of the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Names the contact within this wallet; absent where there was no command at all. A number is given once: to no other
    /// contact, whatever it spent, not after a crash or a power loss either. Later contacts have higher ones, with gaps.
    pub id: Option<u64>,
    /// At a reader, online, or by a code: these two have no contact with a reader, and one attempt.
    pub channel: Channel,
    /// The card that was to pay; absent where the wallet has none.
    pub card: Option<CardId>,
    /// What the contact came to: that of the attempt which spent a key, else of the last one.
    pub outcome: Outcome,
    /// Why; absent where no transaction was begun.
    pub reason: Option<Reason>,
    /// The amount in minor units, where the terminal had named it.
    pub amount_minor: Option<u64>,
    /// The currency, ISO 4217 numeric, where the terminal had named it.
    pub currency: Option<u16>,
    /// The application.
    pub aid: Option<Aid>,
    /// The counter of the cryptogram, where one was given.
    pub atc: Option<Atc>,
    /// How many cryptograms the application's keys can still make.
    pub keys_left: Option<u32>,
    /// The wall clock of the first command, in milliseconds since 1970; 0 where that is not known.
    pub at_ms: u64,
    /// From the first command to the loss of the field; 0 where that is not known.
    pub duration_ms: u32,
    /// Between a command and the one before, of the first 16.
    pub gaps_ms: Vec<u32>,
    /// How the holder was verified, where the cryptogram says so.
    pub verified: Option<Method>,
    /// What the terminal claimed.
    pub terminal: TerminalClaims,
    /// The use of a coupon that was presented in this contact, whether it was paid in it or not.
    pub coupon: Option<CouponUse>,
    /// The application's certificates end within 30 days, or have ended. Told with the contact only, not kept in the ledger:
    /// absent in what [`Wallet::reports`](crate::Wallet::reports) tells again.
    pub certificate: Option<CertificateEnd>,
    /// All attempts, in order.
    pub attempts: Vec<Attempt>,
}

/// What a contact showed beside its attempts, as a report has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Observation {
    pub(crate) at_ms: u64,
    pub(crate) duration_ms: u32,
    pub(crate) gaps_ms: Vec<u32>,
    pub(crate) verified: Option<Method>,
    pub(crate) terminal: TerminalClaims,
}

/// The attempt that a contact's report is about: the last that spent a key, else the last.
pub(crate) fn told(attempts: &[Attempt]) -> Option<&Attempt> {
    attempts.iter().rfind(|attempt| attempt.atc.is_some()).or(attempts.last())
}

impl Report {
    /// That of a contact, with what it was about.
    pub(crate) fn of(
        id: u64,
        card: Option<CardId>,
        outcome: Outcome,
        reason: Option<Reason>,
        keys_left: Option<u32>,
        attempts: Vec<Attempt>,
    ) -> Report {
        let told = told(&attempts);
        Report {
            id: Some(id),
            channel: Channel::Tap,
            card,
            outcome,
            reason,
            amount_minor: told.and_then(|attempt| attempt.amount_minor),
            currency: told.and_then(|attempt| attempt.currency),
            aid: told.map(|attempt| attempt.aid),
            atc: told.and_then(|attempt| attempt.atc),
            keys_left,
            at_ms: 0,
            duration_ms: 0,
            gaps_ms: Vec::new(),
            verified: None,
            terminal: TerminalClaims::default(),
            coupon: None,
            certificate: None,
            attempts,
        }
    }

    /// The same contact, and what it showed.
    pub(crate) fn observed(self, observation: Observation) -> Report {
        let Observation { at_ms, duration_ms, gaps_ms, verified, terminal } = observation;
        Report { at_ms, duration_ms, gaps_ms, verified, terminal, ..self }
    }

    /// The same in another channel.
    pub(crate) fn by(self, channel: Channel) -> Report {
        Report { channel, ..self }
    }

    /// The same, where a use of a coupon was presented in it, and when.
    pub(crate) fn with_coupon(self, presented: Option<(CouponUse, u64)>) -> Report {
        let at_ms = if self.at_ms == 0 { presented.map_or(0, |(_, at_ms)| at_ms) } else { self.at_ms };
        Report { at_ms, coupon: presented.map(|(spent, _)| spent), ..self }
    }

    /// What there is to say where the field came and went without a command.
    pub(crate) fn of_nothing() -> Report {
        Report {
            id: None,
            channel: Channel::Tap,
            card: None,
            outcome: Outcome::Nothing,
            reason: None,
            amount_minor: None,
            currency: None,
            aid: None,
            atc: None,
            keys_left: None,
            at_ms: 0,
            duration_ms: 0,
            gaps_ms: Vec::new(),
            verified: None,
            terminal: TerminalClaims::default(),
            coupon: None,
            certificate: None,
            attempts: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_and_reason_is_read_back_as_it_was_written() {
        for (outcome, name) in Outcome::ALL {
            assert_eq!((Outcome::of_byte(outcome.byte()), Outcome::named(name)), (Some(outcome), Some(outcome)));
        }
        for (reason, name) in Reason::ALL {
            assert_eq!((Reason::of_byte(reason.byte()), Reason::named(name)), (Some(reason), Some(reason)));
        }
        assert_eq!((Outcome::of_byte(0), Reason::of_byte(0)), (None, None));
        assert_eq!((Outcome::named("approved"), Reason::named("")), (None, None));
    }

    #[test]
    fn every_reason_has_a_sentence_of_its_own() {
        let sentences: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|(reason, _)| reason.why()).collect();
        assert_eq!(sentences.len(), Reason::ALL.len());
        assert!(
            sentences.iter().all(|sentence| sentence.ends_with(['.', '?']) && sentence.len() < 120),
            "{sentences:?}"
        );
    }
}
