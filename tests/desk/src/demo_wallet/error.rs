//! Why a demo wallet could not do what it was asked for, each in one line.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use hcepay_core::{Error, LedgerError, NotPaid, OrderError, QrError, TransferError};
use hcepay_tests::issuer::provisioning::Refused;
use hcepay_tests::issuer::state::StateError;
use hcepay_tests::issuer::wallets::Unheard;
use hcepay_tests::merchant::consumer_code::CodeRefused;
use hcepay_tests::merchant::online_shop::PaymentRefused;
use hcepay_tests::online_order::OrderInvalid;
use hcepay_tests::terminal::coupon::NoCoupon;

use super::directory::Directory;

/// Why a demo wallet could not do what it was asked for.
#[derive(Debug)]
pub enum DemoWalletError {
    /// There is no wallet in the directory.
    Missing,
    /// There is one already.
    Enrolled,
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// A file does not hold what it should.
    Content(PathBuf),
    /// The file with the issuer's state does not.
    IssuerState(StateError),
    /// The wallet refuses.
    Wallet(Error),
    /// The issuer refuses.
    Issuer(Refused),
    /// The wallet has no such demo card.
    NoSuchCard(&'static str),
    /// A demo card is out of keys.
    NoKeysLeft(&'static str),
    /// The code of an identity check was wrong; so many may still be tried.
    WrongCode(u8),
    /// It was wrong and the last one: the card is deleted.
    LastCodeWrong,
    /// The journal has no payment.
    NothingPaid,
    /// A payment without a reader is not made.
    NotPaid(NotPaid),
    /// What a shop asks is no order.
    Shop(OrderInvalid),
    /// What is to be paid is no order.
    Order(OrderError),
    /// What is to be sent is no transfer.
    Transfer(TransferError),
    /// A merchant's code asks for nothing that can be paid.
    Code(QrError),
    /// The shop does not take what the phone gave it.
    Merchant(PaymentRefused),
    /// The merchant cannot read what the phone showed.
    ReadCode(CodeRefused),
    /// The phone presents no coupon to the merchant's reader.
    NoCoupon(NoCoupon),
}

impl DemoWalletError {
    /// Whether wallet or issuer has found that an older copy of the wallet was put back.
    pub(super) fn is_roll_back(&self) -> bool {
        matches!(
            self,
            DemoWalletError::Wallet(Error::RolledBack)
                | DemoWalletError::Issuer(Refused::Unheard(Unheard::RolledBack(_)))
        )
    }
}

impl DemoWalletError {
    /// The whole of it for a person: what went wrong, where, and what to do next.
    pub fn told(&self, directory: &Directory) -> String {
        let name = directory.name();
        let anew = format!("or remove {name} and begin anew: {}", directory.command("enrol"));
        let replenish = directory.command("replenish");
        let next = match self {
            DemoWalletError::Missing => format!("; to make one: {}", directory.command("enrol")),
            DemoWalletError::Enrolled => format!("; to see how it stands: {}", directory.command("show")),
            DemoWalletError::File(path, error) if error.kind() == ErrorKind::NotFound => {
                format!("; nothing else knows what it held: put it back from a copy, {anew}")
            }
            DemoWalletError::File(_, error) if error.kind() == ErrorKind::PermissionDenied => {
                format!("; {name} and all in it must be yours to read and write")
            }
            DemoWalletError::File(..) => String::new(),
            DemoWalletError::Content(_) | DemoWalletError::IssuerState(_) => {
                format!("; put it back from a copy, {anew}")
            }
            DemoWalletError::Wallet(Error::RolledBack) => format!("; to do that: {replenish}"),
            DemoWalletError::Wallet(Error::Ledger(error)) => {
                let ledger = directory.phone().join("ledger");
                let what = match error {
                    LedgerError::InUse => {
                        "wait until that ends, as `card --hex` does with its input, or end it".to_owned()
                    }
                    LedgerError::Missing => format!("put it back from a copy, {anew}"),
                    LedgerError::Damaged => {
                        format!("put an older copy back, for which the issuer is then asked by {replenish}, {anew}")
                    }
                    LedgerError::Foreign => {
                        format!("put platform/store-key back that belongs to it, {anew}")
                    }
                    LedgerError::TooNew => "take the newer version for it".to_owned(),
                    LedgerError::Full => "make room on that disk and try again".to_owned(),
                    LedgerError::Failed => {
                        format!("{name} and all in it must be yours to read and write, and the disk must be well")
                    }
                    _ => "try again".to_owned(),
                };
                format!(" ({}); {what}", ledger.display())
            }
            DemoWalletError::NoSuchCard(card) => {
                format!(" in {name}; to install it: {}", directory.command(&format!("install --card {card}")))
            }
            DemoWalletError::NoKeysLeft(_) => format!("; for more: {replenish}"),
            DemoWalletError::Issuer(_) if self.is_roll_back() => format!("; to mend it: {replenish}"),
            DemoWalletError::Wallet(_)
            | DemoWalletError::Issuer(_)
            | DemoWalletError::WrongCode(_)
            | DemoWalletError::LastCodeWrong
            | DemoWalletError::NothingPaid
            | DemoWalletError::NotPaid(_)
            | DemoWalletError::Shop(_)
            | DemoWalletError::Order(_)
            | DemoWalletError::Transfer(_)
            | DemoWalletError::Code(_)
            | DemoWalletError::Merchant(_)
            | DemoWalletError::ReadCode(_)
            | DemoWalletError::NoCoupon(_) => String::new(),
        };
        let place = match self {
            DemoWalletError::Missing | DemoWalletError::Enrolled => format!(" in {name}"),
            DemoWalletError::IssuerState(_) => format!(" ({})", directory.issuer("state.json").display()),
            _ => String::new(),
        };
        format!("{self}{place}{next}")
    }
}

impl fmt::Display for DemoWalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DemoWalletError::Missing => f.write_str("there is no wallet"),
            DemoWalletError::Enrolled => f.write_str("a wallet is enrolled already"),
            DemoWalletError::File(path, error) if error.kind() == ErrorKind::NotFound => {
                write!(f, "{} is missing", path.display())
            }
            DemoWalletError::File(path, error) => write!(f, "{}: {error}", path.display()),
            DemoWalletError::Content(path) => write!(f, "{} does not hold what it should", path.display()),
            DemoWalletError::IssuerState(error) => error.fmt(f),
            DemoWalletError::Wallet(error) => error.fmt(f),
            DemoWalletError::Issuer(refused) => write!(f, "the issuer refuses: {refused}"),
            DemoWalletError::NoSuchCard(name) => write!(f, "there is no demo card {name}"),
            DemoWalletError::NoKeysLeft(name) => write!(f, "demo card {name} has no keys left"),
            DemoWalletError::WrongCode(left) => write!(f, "the code is wrong; {left} more may be tried"),
            DemoWalletError::NothingPaid => f.write_str("the journal has no payment that the issuer could tell of"),
            DemoWalletError::NotPaid(not_paid) => write!(f, "not paid: {not_paid}"),
            DemoWalletError::Shop(invalid) => write!(f, "the shop cannot ask that: {invalid}"),
            DemoWalletError::Order(error) => error.fmt(f),
            DemoWalletError::Transfer(error) => error.fmt(f),
            DemoWalletError::Code(error) => error.fmt(f),
            DemoWalletError::Merchant(refused) => write!(f, "the shop does not take it: {refused}"),
            DemoWalletError::ReadCode(refused) => write!(f, "the merchant cannot read it: {refused}"),
            DemoWalletError::NoCoupon(none) => none.fmt(f),
            DemoWalletError::LastCodeWrong => f.write_str("the code is wrong, as all before it: the card is deleted"),
        }
    }
}

impl std::error::Error for DemoWalletError {}

impl From<Error> for DemoWalletError {
    fn from(error: Error) -> DemoWalletError {
        DemoWalletError::Wallet(error)
    }
}

impl From<NotPaid> for DemoWalletError {
    fn from(not_paid: NotPaid) -> DemoWalletError {
        DemoWalletError::NotPaid(not_paid)
    }
}

impl From<LedgerError> for DemoWalletError {
    fn from(error: LedgerError) -> DemoWalletError {
        DemoWalletError::Wallet(Error::Ledger(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_names_its_file_and_what_to_do_next() {
        let directory = Directory::new("/w w".as_ref());
        let file = |kind: ErrorKind| DemoWalletError::File("/w w/platform/mark".into(), kind.into());
        let ledger = |error| DemoWalletError::Wallet(Error::Ledger(error));
        for (error, named) in [
            (DemoWalletError::Missing, &["in /w w", "scripts/tap enrol --wallet '/w w'"][..]),
            (DemoWalletError::Enrolled, &["in /w w", "scripts/tap show --wallet '/w w'"]),
            (file(ErrorKind::NotFound), &["/w w/platform/mark is missing", "from a copy", "enrol --wallet '/w w'"]),
            (file(ErrorKind::PermissionDenied), &["/w w/platform/mark: permission denied", "must be yours"]),
            (DemoWalletError::Content("/w w/platform/mark".into()), &["/w w/platform/mark does not", "from a copy"]),
            (DemoWalletError::IssuerState(StateError::NotJson), &["/w w/issuer/state.json", "from a copy"]),
            (DemoWalletError::Wallet(Error::RolledBack), &["scripts/tap replenish --wallet '/w w'"]),
            (ledger(LedgerError::InUse), &["/w w/phone/ledger", "another process", "wait until that ends"]),
            (
                ledger(LedgerError::Damaged),
                &["/w w/phone/ledger", "damaged", "older copy", "replenish --wallet '/w w'"],
            ),
            (ledger(LedgerError::Missing), &["/w w/phone/ledger", "from a copy", "enrol --wallet '/w w'"]),
            (ledger(LedgerError::Foreign), &["/w w/phone/ledger", "platform/store-key"]),
            (ledger(LedgerError::Failed), &["/w w/phone/ledger", "must be yours"]),
            (ledger(LedgerError::Full), &["/w w/phone/ledger", "make room"]),
            (DemoWalletError::NoSuchCard("cobadged"), &["in /w w", "install --card cobadged --wallet '/w w'"]),
            (DemoWalletError::NoKeysLeft("cobadged"), &["replenish --wallet '/w w'"]),
        ] {
            // In a terminal, commands stay on one line.
            let told = error.told(&directory).replace(crate::page::IN_COMMAND, " ").to_lowercase();
            assert!(named.iter().all(|name| told.contains(*name)) && told.lines().count() == 1, "{named:?}: {told}");
        }
    }
}
