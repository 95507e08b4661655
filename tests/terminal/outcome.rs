//! How a tap ended: the outcome (EMV Book A, section 6.2) and its one reason.

use crate::authorisation::AuthorisationRequest;
use crate::terminal::exchange::Exchange;
use crate::terminal::oda::{Oda, OdaStep};

/// One tap as the terminal saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tap {
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// What goes to the issuer; only with [`Outcome::OnlineRequest`].
    pub authorisation: Option<AuthorisationRequest>,
    /// What the card proved offline; only with [`Outcome::OnlineRequest`].
    pub oda: Option<Oda>,
    /// Every command with its answer, in order.
    pub exchanges: Vec<Exchange>,
}

/// The terminal asks the issuer.
pub(super) struct Online {
    pub(super) reason: Reason,
    pub(super) request: AuthorisationRequest,
    pub(super) oda: Option<Oda>,
}

/// What the terminal does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Asks the issuer.
    OnlineRequest,
    /// Refuses the payment.
    Declined,
    /// Asks the holder to look at the phone and tap again (restart at B).
    SeePhone,
    /// Asks for another interface, such as the chip slot.
    TryAnotherInterface,
    /// Ends without a decision: nothing in common, nothing left to try, or an answer that cannot be used.
    EndApplication,
}

impl Outcome {
    /// The outcome as it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::OnlineRequest => "online-request",
            Outcome::Declined => "declined",
            Outcome::SeePhone => "see-phone",
            Outcome::TryAnotherInterface => "try-another-interface",
            Outcome::EndApplication => "end-application",
        }
    }
}

/// Why a tap ended as it did. Each reason belongs to one [`Outcome`]. Numbers are tags and status words, never values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Online: the holder verified on the phone.
    VerifiedOnDevice,
    /// Online: the holder enters a PIN, which goes to the issuer.
    OnlinePin,
    /// Online: the holder signs.
    Signature,
    /// Online: the holder was not verified.
    NoVerification,
    /// Declined: the card answered an AAC.
    DeclinedByCard,
    /// Declined: the terminal itself asked for an AAC.
    DeclinedByTerminal,
    /// Declined: verification was required and none happened.
    VerificationMissing,
    /// Declined: kernel 2: verification on the device without combined data authentication (CDA).
    OnDeviceWithoutCda,
    /// Declined: the terminal denies cards that it has not authenticated offline.
    NotAuthenticated,
    /// Declined: kernel 2: what the card signed does not prove what it should.
    CdaFailed(OdaStep),
    /// Declined: kernels 3 and 7: what the card signed does not prove what it should.
    FddaFailed(OdaStep),
    /// Declined: 9F69 does not confirm the CTQ that claims verification on the phone.
    VerificationContradicted,
    /// Declined: the card wants the issuer's word, the terminal never goes online.
    CannotGoOnline,
    /// Declined: the card approved offline, which this terminal does not authenticate.
    OfflineApprovalUnchecked,
    /// See phone: the card wants its holder to verify first.
    VerifyOnPhone,
    /// Another interface: the card asks for it.
    OtherInterface,
    /// The purchase does not fit its data objects: amounts have 12 digits, currency and country 4.
    PurchaseOutOfRange,
    /// SELECT of the directory (PPSE) was refused.
    DirectoryRefused(u16),
    /// The directory lists nothing that the terminal accepts.
    NoCommonApplication,
    /// SELECT of the last application was refused.
    SelectRefused(u16),
    /// The last application, of kernel 3 or 7, does not ask for the TTQ in its PDOL.
    TtqNotAsked,
    /// GET PROCESSING OPTIONS of the last application was refused.
    ProcessingOptionsRefused(u16),
    /// READ RECORD was refused.
    RecordRefused(u16),
    /// GENERATE AC was refused.
    GenerateAcRefused(u16),
    /// An answer has no status word.
    AnswerTooShort,
    /// An answer has more than 256 data bytes.
    AnswerTooLong,
    /// A status word 61xx or 6Cxx, which belongs to another transmission protocol.
    ProcedureByte(u16),
    /// Data came with an error status word.
    DataWithRefusal(u16),
    /// More commands than any card needs.
    TooManyExchanges,
    /// A tag is cut short, zero or longer than three bytes.
    TagMalformed,
    /// A length is cut short, indefinite, or longer than it need be.
    LengthMalformed,
    /// A value is shorter than its length says.
    ValueCutShort,
    /// Bytes follow the template of an answer.
    TrailingBytes,
    /// An answer is in another template than expected.
    WrongTemplate(u32),
    /// A data object came twice.
    DuplicateTag(u32),
    /// A mandatory data object is missing.
    MissingTag(u32),
    /// A data object has a length that it cannot have.
    WrongLength(u32),
    /// The DF name in the answer to SELECT is not the one selected.
    WrongName,
    /// The application file locator names no possible records.
    FileLocatorMalformed,
    /// A data object list ends within an entry.
    DataObjectListMalformed,
    /// A data object list asks for more than a command can carry.
    DataObjectListTooLong,
    /// 57 or 5A is not a card number.
    AccountNumberMalformed(u32),
    /// 57 and 5A name different cards.
    AccountNumbersDiffer,
    /// Card and terminal do not both know EMV mode.
    EmvModeMissing,
    /// The cryptogram is of no known type.
    CryptogramTypeReserved,
    /// The card answered a higher cryptogram than it was asked for (TC over ARQC over AAC).
    HigherThanAsked,
}

impl Reason {
    /// The outcome to which this reason leads.
    pub fn outcome(self) -> Outcome {
        match self {
            Reason::VerifiedOnDevice | Reason::OnlinePin | Reason::Signature | Reason::NoVerification => {
                Outcome::OnlineRequest
            }
            Reason::DeclinedByCard
            | Reason::DeclinedByTerminal
            | Reason::VerificationMissing
            | Reason::OnDeviceWithoutCda
            | Reason::NotAuthenticated
            | Reason::CdaFailed(_)
            | Reason::FddaFailed(_)
            | Reason::VerificationContradicted
            | Reason::CannotGoOnline
            | Reason::OfflineApprovalUnchecked => Outcome::Declined,
            Reason::VerifyOnPhone => Outcome::SeePhone,
            Reason::OtherInterface => Outcome::TryAnotherInterface,
            _ => Outcome::EndApplication,
        }
    }

    /// Whether the terminal goes on with the next application of the directory: the card refused this one, but said
    /// nothing wrong (EMV Book B, "select next").
    pub(super) fn selects_next(self) -> bool {
        matches!(self, Reason::SelectRefused(_) | Reason::TtqNotAsked | Reason::ProcessingOptionsRefused(_))
    }

    /// The reason as it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Reason::VerifiedOnDevice => "verified-on-device",
            Reason::OnlinePin => "online-pin",
            Reason::Signature => "signature",
            Reason::NoVerification => "no-verification",
            Reason::DeclinedByCard => "declined-by-card",
            Reason::DeclinedByTerminal => "declined-by-terminal",
            Reason::VerificationMissing => "verification-missing",
            Reason::OnDeviceWithoutCda => "on-device-without-cda",
            Reason::NotAuthenticated => "not-authenticated",
            Reason::CdaFailed(_) => "cda-failed",
            Reason::FddaFailed(_) => "fdda-failed",
            Reason::VerificationContradicted => "verification-contradicted",
            Reason::CannotGoOnline => "cannot-go-online",
            Reason::OfflineApprovalUnchecked => "offline-approval-unchecked",
            Reason::VerifyOnPhone => "verify-on-phone",
            Reason::OtherInterface => "other-interface",
            Reason::PurchaseOutOfRange => "purchase-out-of-range",
            Reason::DirectoryRefused(_) => "directory-refused",
            Reason::NoCommonApplication => "no-common-application",
            Reason::SelectRefused(_) => "select-refused",
            Reason::TtqNotAsked => "ttq-not-asked",
            Reason::ProcessingOptionsRefused(_) => "processing-options-refused",
            Reason::RecordRefused(_) => "record-refused",
            Reason::GenerateAcRefused(_) => "generate-ac-refused",
            Reason::AnswerTooShort => "answer-too-short",
            Reason::AnswerTooLong => "answer-too-long",
            Reason::ProcedureByte(_) => "procedure-byte",
            Reason::DataWithRefusal(_) => "data-with-refusal",
            Reason::TooManyExchanges => "too-many-exchanges",
            Reason::TagMalformed => "tag-malformed",
            Reason::LengthMalformed => "length-malformed",
            Reason::ValueCutShort => "value-cut-short",
            Reason::TrailingBytes => "trailing-bytes",
            Reason::WrongTemplate(_) => "wrong-template",
            Reason::DuplicateTag(_) => "duplicate-tag",
            Reason::MissingTag(_) => "missing-tag",
            Reason::WrongLength(_) => "wrong-length",
            Reason::WrongName => "wrong-name",
            Reason::FileLocatorMalformed => "file-locator-malformed",
            Reason::DataObjectListMalformed => "data-object-list-malformed",
            Reason::DataObjectListTooLong => "data-object-list-too-long",
            Reason::AccountNumberMalformed(_) => "account-number-malformed",
            Reason::AccountNumbersDiffer => "account-numbers-differ",
            Reason::EmvModeMissing => "emv-mode-missing",
            Reason::CryptogramTypeReserved => "cryptogram-type-reserved",
            Reason::HigherThanAsked => "higher-than-asked",
        }
    }

    /// The reason in plain words, for a person; without a full stop.
    pub fn sentence(self) -> String {
        let words = match self {
            Reason::VerifiedOnDevice => "the phone verified its holder; the issuer decides",
            Reason::OnlinePin => "the holder enters the PIN here; the issuer checks it and decides",
            Reason::Signature => "the holder signs; the issuer decides",
            Reason::NoVerification => "the holder was not verified; the issuer decides",
            Reason::DeclinedByCard => "the card declined",
            Reason::DeclinedByTerminal => "the terminal declined, and the card was told so",
            Reason::VerificationMissing => "this amount needs a verified holder, and nobody verified",
            Reason::OnDeviceWithoutCda => {
                "the card's holder verifies on the phone, and the card does not prove with CDA that it is the phone"
            }
            Reason::NotAuthenticated => "the terminal declines cards that it cannot authenticate",
            Reason::CdaFailed(step) | Reason::FddaFailed(step) => {
                return format!("the card is not what it says: {}", step.sentence());
            }
            Reason::VerificationContradicted => "the card claims verification in one place and not in the other",
            Reason::CannotGoOnline => "the card wants the issuer's word, but this terminal never goes online",
            Reason::OfflineApprovalUnchecked => {
                "the card approved without its issuer, which this terminal cannot check"
            }
            Reason::VerifyOnPhone => "look at your phone, verify and tap again",
            Reason::OtherInterface => "insert the card",
            Reason::PurchaseOutOfRange => {
                "an amount has more than 12 digits, or a currency or country code more than 4"
            }
            Reason::NoCommonApplication => "the card lists no application that this terminal accepts",
            Reason::TtqNotAsked => "the application does not ask for the terminal transaction qualifiers (9F66)",
            Reason::AnswerTooShort => "an answer has no status word",
            Reason::AnswerTooLong => "an answer has more than 256 data bytes",
            Reason::TooManyExchanges => "the card keeps the terminal asking",
            Reason::TagMalformed => "an answer has a tag that is not one",
            Reason::LengthMalformed => "an answer has a length that is not definite and as short as can be",
            Reason::ValueCutShort => "an answer ends within a data object",
            Reason::TrailingBytes => "an answer goes on after its template",
            Reason::WrongName => "the card selected another name than it was asked for",
            Reason::FileLocatorMalformed => "the application file locator (94) names no possible records",
            Reason::DataObjectListMalformed => "a data object list ends within an entry",
            Reason::DataObjectListTooLong => "a data object list asks for more than a command can carry",
            Reason::AccountNumbersDiffer => "57 and 5A name different cards",
            Reason::EmvModeMissing => "card and terminal do not both know EMV mode",
            Reason::CryptogramTypeReserved => "the cryptogram is of no known type",
            Reason::HigherThanAsked => "the card answered a higher cryptogram than it was asked for",
            Reason::DirectoryRefused(status) => return format!("the card has no payment directory ({status:04X})"),
            Reason::SelectRefused(status) => return format!("the application cannot be selected ({status:04X})"),
            Reason::ProcessingOptionsRefused(status) => {
                return format!("the card refused GET PROCESSING OPTIONS ({status:04X})");
            }
            Reason::RecordRefused(status) => return format!("the card refused READ RECORD ({status:04X})"),
            Reason::GenerateAcRefused(status) => return format!("the card refused GENERATE AC ({status:04X})"),
            Reason::ProcedureByte(status) => return format!("{status:04X} is no status word for a contactless card"),
            Reason::DataWithRefusal(status) => return format!("the card sent data with a refusal ({status:04X})"),
            Reason::WrongTemplate(tag) => return format!("an answer came in template {tag:02X}"),
            Reason::DuplicateTag(tag) => return format!("the card sent {tag:02X} twice"),
            Reason::MissingTag(tag) => return format!("the card did not send {tag:02X}"),
            Reason::WrongLength(tag) => return format!("{tag:02X} has a length that it cannot have"),
            Reason::AccountNumberMalformed(tag) => return format!("{tag:02X} holds no card number"),
        };
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_the_tag_or_status_word_and_the_name_does_not() {
        assert_eq!(Reason::MissingTag(0x9F36).sentence(), "the card did not send 9F36");
        assert_eq!(Reason::MissingTag(0x9F36).name(), "missing-tag");
        assert_eq!(
            Reason::ProcessingOptionsRefused(0x6985).sentence(),
            "the card refused GET PROCESSING OPTIONS (6985)"
        );
    }

    #[test]
    fn only_refusals_of_one_application_let_the_next_one_try() {
        assert!(Reason::ProcessingOptionsRefused(0x6985).selects_next());
        assert!(!Reason::GenerateAcRefused(0x6985).selects_next());
        assert!(!Reason::DuplicateTag(0x57).selects_next());
    }
}
