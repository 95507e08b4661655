//! What a refused call says: one byte, for which `org.hcepay.demo.desk.Reason` has a name each.

use hcepay_tests::issuer::provisioning::Refused;
use hcepay_tests::issuer::requests::RequestRefused;
use hcepay_tests::issuer::wallets::Unheard;

use crate::error::DeskError;

/// Why a call was refused. The number stands in the first byte of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// It was not.
    Done = 0,
    /// There is no desk of that number: it was closed, or never opened.
    Closed = 1,
    /// An argument is null, or not what it must be.
    Argument = 2,
    /// A panic: our bug.
    Fault = 3,
    /// A desk of this directory is open, here or in another process.
    InUse = 10,
    /// Its file is damaged.
    Damaged = 11,
    /// A newer version has written its file.
    TooNew = 12,
    /// The disk is full.
    StorageFull = 13,
    /// The disk failed.
    StorageFailed = 14,
    /// The issuer was told to refuse this request.
    ToldToRefuse = 20,
    /// The request cannot be read.
    RequestInvalid = 21,
    /// No such wallet is enrolled.
    UnknownWallet = 22,
    /// The wallet did not sign the request.
    WrongSignature = 23,
    /// The request came before.
    Repeated = 24,
    /// The wallet names what this issuer never sent: the desk's file is older than the wallet.
    NeverSent = 25,
    /// The wallet is older than it was: it must ask to be resynchronised.
    RolledBack = 26,
    /// The enrolment does not answer a challenge of this issuer.
    UnknownChallenge = 27,
    /// A wallet of this name is enrolled with other keys.
    EnrolledBefore = 28,
    /// There is no such card.
    UnknownCard = 29,
    /// The wallet has this card.
    CardThere = 30,
    /// A card in this state does not go there.
    NoSuchMove = 31,
    /// More codes or keys than there can be.
    OutOfBounds = 32,
    /// What the phone says of its device keys is not enough.
    Attestation = 33,
    /// Nothing could be sealed, or no keys could be issued.
    NoKeys = 34,
    /// What the shop was given is no payment and no code, or it makes no order of that amount.
    NotReadable = 40,
}

impl Code {
    /// What an error is to Java.
    pub fn of(error: DeskError) -> Code {
        match error {
            DeskError::InUse => Code::InUse,
            DeskError::Damaged => Code::Damaged,
            DeskError::TooNew => Code::TooNew,
            DeskError::StorageFull => Code::StorageFull,
            DeskError::StorageFailed => Code::StorageFailed,
            DeskError::ToldToRefuse => Code::ToldToRefuse,
            DeskError::NotReadable => Code::NotReadable,
            DeskError::NoWallet => Code::UnknownWallet,
            DeskError::Issuer(refused) => Code::of_issuer(refused),
        }
    }

    fn of_issuer(refused: Refused) -> Code {
        match refused {
            Refused::Request(RequestRefused::UnknownWallet) | Refused::UnknownWallet => Code::UnknownWallet,
            Refused::Request(RequestRefused::WrongSignature) => Code::WrongSignature,
            Refused::Request(_) | Refused::OtherKind => Code::RequestInvalid,
            Refused::Unheard(Unheard::Repeated) => Code::Repeated,
            Refused::Unheard(Unheard::NeverSent) => Code::NeverSent,
            Refused::Unheard(Unheard::RolledBack(_)) => Code::RolledBack,
            Refused::Attestation(_) => Code::Attestation,
            Refused::UnknownChallenge => Code::UnknownChallenge,
            Refused::EnrolledBefore => Code::EnrolledBefore,
            Refused::UnknownCard => Code::UnknownCard,
            Refused::TokenInUse => Code::CardThere,
            Refused::NoSuchMove(..) => Code::NoSuchMove,
            Refused::OutOfBounds => Code::OutOfBounds,
            Refused::Seal(_) | Refused::Issue(_) => Code::NoKeys,
        }
    }
}
