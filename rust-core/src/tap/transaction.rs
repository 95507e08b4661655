//! The transaction's states, each a struct that is consumed by value, and the one table of what each state takes.

use std::sync::Arc;

use super::kernels::{AtHand, Ended};
use super::observed::Seen;
use super::{coupons, kernel2, kernel3, kernel7};
use crate::card::cvn::KernelId;
use crate::card::profile::{Application, Record};
use crate::card::report::{Attempt, Outcome, Reason};
use crate::card::terminal_claims::TerminalClaims;
use crate::coupon::coupon_terms::CouponUse;
use crate::emv::afl::RecordAddress;
use crate::emv::apdu;
use crate::emv::command::{Command, CryptogramAsked, Instruction};
use crate::emv::status_word::StatusWord;

/// Where a transaction stands.
#[derive(Debug, Default)]
pub(crate) enum Transaction {
    /// No application is selected.
    #[default]
    Idle,
    Selected(Selected),
    Initiated(Initiated),
    Completed(Completed),
    /// The coupons' application is selected, and one is to be presented.
    CouponOffered,
    /// It was.
    CouponPresented,
}

/// An application is selected; the terminal may begin.
#[derive(Debug)]
pub(crate) struct Selected {
    application: Arc<Application>,
}

/// Kernel 2, after GET PROCESSING OPTIONS: records may be read, nothing is spent yet.
#[derive(Debug)]
pub(crate) struct Initiated {
    application: Arc<Application>,
    /// The terminal's values for the PDOL, which CDA signs too.
    pdol_values: Vec<u8>,
    /// What it claimed with them.
    claims: TerminalClaims,
}

/// The card has given its one cryptogram, or its AAC. Kernels 3 and 7 read records now.
#[derive(Debug)]
pub(crate) struct Completed {
    application: Arc<Application>,
    /// The records that the terminal still has to read before it can go on.
    unread: Vec<RecordAddress>,
    /// One that was made for this transaction.
    record: Option<Record>,
}

/// What a command came to: the next state, the answer, and the attempt that has ended with it, if any.
pub(crate) struct Step {
    pub(crate) next: Transaction,
    pub(crate) answer: Result<Vec<u8>, StatusWord>,
    pub(crate) attempt: Option<Attempt>,
    /// What there was to see of the terminal, for the report.
    pub(crate) seen: Option<Seen>,
    /// The use of a coupon that was presented with it.
    pub(crate) coupon: Option<CouponUse>,
}

impl Step {
    fn to(next: Transaction, answer: Result<Vec<u8>, StatusWord>) -> Step {
        Step { next, answer, attempt: None, seen: None, coupon: None }
    }
}

impl Transaction {
    /// An application was selected.
    pub(crate) fn begin(application: Arc<Application>) -> Transaction {
        Transaction::Selected(Selected { application })
    }

    /// The table: which instructions a state takes. SELECT always: it starts over.
    ///
    /// # Errors
    /// 6985 for all others.
    pub(crate) fn permits(&self, instruction: Instruction) -> Result<(), StatusWord> {
        let permitted = match (self, instruction) {
            (_, Instruction::Select) => true,
            (Transaction::Idle, _) => false,
            (_, Instruction::GetData) => true,
            (Transaction::Selected(_) | Transaction::CouponOffered, instruction) => {
                instruction == Instruction::GetProcessingOptions
            }
            (Transaction::Initiated(_), instruction) => {
                matches!(instruction, Instruction::ReadRecord | Instruction::GenerateAc)
            }
            (Transaction::Completed(_), instruction) => instruction == Instruction::ReadRecord,
            (Transaction::CouponPresented, _) => false,
        };
        if permitted { Ok(()) } else { Err(StatusWord::ConditionsNotSatisfied) }
    }

    /// Answers a command that this state permits.
    pub(crate) fn handle(self, command: Command<'_>, at_hand: &mut AtHand<'_>) -> Step {
        match (self, command) {
            (Transaction::Selected(state), Command::GetProcessingOptions(values)) => {
                state.get_processing_options(values, at_hand)
            }
            (Transaction::Initiated(state), Command::ReadRecord(address)) => {
                let answer = read_record(&state.application.records, address);
                Step::to(Transaction::Initiated(state), answer)
            }
            (Transaction::Initiated(state), Command::GenerateAc(asked, values)) => {
                state.generate_ac(asked, values, at_hand)
            }
            (Transaction::Completed(state), Command::ReadRecord(address)) => state.read_record(address),
            (Transaction::CouponOffered, Command::GetProcessingOptions(values)) => present_coupon(values, at_hand),
            (state, Command::GetData) => Step::to(state, Err(StatusWord::DataObjectNotFound)),
            // `permits` lets no other pair through.
            (state, _) => Step::to(state, Err(StatusWord::Fault)),
        }
    }

    /// What is left open when this state is given up, by SELECT or because the field is lost.
    pub(crate) fn torn(self) -> Option<Torn> {
        match self {
            Transaction::Initiated(state) => Some(Torn::BeforeCryptogram(state.application)),
            Transaction::Completed(state) if !state.unread.is_empty() => Some(Torn::AfterCryptogram),
            Transaction::Idle
            | Transaction::Selected(_)
            | Transaction::Completed(_)
            | Transaction::CouponOffered
            | Transaction::CouponPresented => None,
        }
    }
}

/// A transaction that did not come to its end.
pub(crate) enum Torn {
    /// Begun with this application, and no cryptogram given.
    BeforeCryptogram(Arc<Application>),
    /// The cryptogram is given, but the terminal has not read all that it needs with it.
    AfterCryptogram,
}

impl Torn {
    /// Says it in the report: as an attempt of its own, which it gives, or of the last one, which gave the cryptogram.
    pub(crate) fn record(self, attempts: &mut [Attempt]) -> Option<Attempt> {
        match self {
            Torn::BeforeCryptogram(application) => Some(Attempt {
                outcome: Outcome::Torn,
                reason: Reason::BeforeCryptogram,
                amount_minor: None,
                currency: None,
                aid: application.aid,
                atc: None,
            }),
            Torn::AfterCryptogram => {
                if let Some(attempt) = attempts.last_mut() {
                    attempt.outcome = Outcome::Torn;
                    attempt.reason = Reason::AfterCryptogram;
                }
                None
            }
        }
    }
}

impl Selected {
    fn get_processing_options(self, values: &[u8], at_hand: &mut AtHand<'_>) -> Step {
        let application = self.application.face(at_hand.ledger.latest_ms(at_hand.now.wall_ms));
        let ended = match application.cvn.kernel() {
            KernelId::Kernel2 => {
                return match kernel2::get_processing_options(&application, values) {
                    Ok((answer, claims)) => {
                        let (pdol_values, seen) = (values.to_vec(), Some(Seen::of_claims(claims.clone())));
                        let next = Transaction::Initiated(Initiated { application, pdol_values, claims });
                        Step { seen, ..Step::to(next, Ok(answer)) }
                    }
                    Err(status_word) => Step::to(Transaction::begin(application), Err(status_word)),
                };
            }
            KernelId::Kernel3 => kernel3::get_processing_options(&application, values, at_hand),
            KernelId::Kernel7 => kernel7::get_processing_options(&application, values, at_hand),
        };
        match ended {
            Ok(Ended { answer: Ok(answer), attempt, record, seen }) => {
                let unread = application.options(record.is_some()).records.clone();
                let next = Transaction::Completed(Completed { application, unread, record });
                Step { attempt: Some(attempt), seen: Some(seen), ..Step::to(next, Ok(answer)) }
            }
            Ok(Ended { answer: Err(status_word), attempt, seen, .. }) => {
                let next = Transaction::begin(application);
                Step { attempt: Some(attempt), seen: Some(seen), ..Step::to(next, Err(status_word)) }
            }
            Err(status_word) => Step::to(Transaction::begin(application), Err(status_word)),
        }
    }
}

impl Initiated {
    fn generate_ac(self, asked: CryptogramAsked, values: &[u8], at_hand: &mut AtHand<'_>) -> Step {
        match kernel2::generate_ac(&self.application, asked, &self.pdol_values, values, at_hand) {
            Ok(Ended { answer, attempt, record, seen }) => {
                let (application, unread) = (self.application, Vec::new());
                let next = Transaction::Completed(Completed { application, unread, record });
                let seen = Some(Seen { claims: seen.claims.or(self.claims), ..seen });
                Step { attempt: Some(attempt), seen, ..Step::to(next, answer) }
            }
            Err(status_word) => Step::to(Transaction::Initiated(self), Err(status_word)),
        }
    }
}

impl Completed {
    fn read_record(mut self, address: RecordAddress) -> Step {
        self.unread.retain(|unread| *unread != address);
        let answer = read_record(self.application.records.iter().chain(&self.record), address);
        Step::to(Transaction::Completed(self), answer)
    }
}

fn present_coupon(values: &[u8], at_hand: &mut AtHand<'_>) -> Step {
    match coupons::get_processing_options(values, at_hand) {
        Ok((answer, presented)) => {
            Step { coupon: Some(presented), ..Step::to(Transaction::CouponPresented, Ok(answer)) }
        }
        Err(status_word) => Step::to(Transaction::CouponOffered, Err(status_word)),
    }
}

fn read_record<'a>(
    records: impl IntoIterator<Item = &'a Record>,
    address: RecordAddress,
) -> Result<Vec<u8>, StatusWord> {
    let record = records.into_iter().find(|record| record.address == address);
    record.map(|record| apdu::prepared(&record.answer)).ok_or(StatusWord::RecordNotFound)
}
