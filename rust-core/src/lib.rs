//! The card side of an EMV contactless transaction, for Android host card emulation.
//!
//! A terminal's commands go into [`Wallet::process`], answers come out; when the field is gone,
//! [`Wallet::deactivated`] gives one [`report::Report`]. Everything else comes in from outside: the time ([`Now`]),
//! randomness ([`Randomness`]), a directory ([`ledger::Storage`]), card profiles ([`profile`]), keys ([`payment_key`]), and
//! the word that the holder has verified ([`Wallet::arm`]). No network, no threads, no clock of its own.
//!
//! # The path of a tap
//!
//! | step | file |
//! |---|---|
//! | a command comes in by the one door | `wallet.rs` |
//! | it belongs to a contact, which is begun or goes on | `contact.rs` |
//! | bytes become class, instruction, P1, P2, data | `apdu.rs` |
//! | class and instruction become one of five commands | `command.rs` |
//! | does this state take it? | `transaction.rs` |
//! | parameters and data become a typed command | `command.rs`, `tlv.rs` |
//! | SELECT: the directory, or the application meant | `selection.rs`, `fci.rs` |
//! | READ RECORD: a record that the AFL names | `transaction.rs`, `afl.rs`, `profile.rs` |
//! | GET PROCESSING OPTIONS, GENERATE AC: the kernel's own rules | `application/kernel2.rs`, `kernel3.rs`, `kernel7.rs` |
//! | the terminal's values, cut by the list the card gave it | `dol.rs` |
//! | is there a key for now? | `ledger.rs`, `payment_key.rs` |
//! | has the holder verified? | `verification.rs` |
//! | the key's spending is written, then the cryptogram made | `application.rs`, `ledger.rs`, `ledger/`, `cryptogram.rs` |
//! | what is signed, what the issuer is told | `cryptogram/` |
//! | the answer, as data objects and a status word | `tlv.rs`, `apdu.rs`, `status_word.rs` |
//! | the field is gone: what came of it | `contact.rs`, `report.rs` |
//!
//! Imports point one way, down this list. Tags are named in `tags.rs`; what the app can be told in `error.rs`.
//!
//! # The rules kept, and the test that guards each
//!
//! | rule | how | test |
//! |---|---|---|
//! | No key signs twice | a cryptogram takes a [`ledger::SpentKey`] by value, which only [`ledger::Ledger::consume`] gives, after the use is written; leases bound what a crash may forget | `no_counter_is_signed_twice_whatever_a_crash_leaves_on_the_disk`, `a_use_is_spent_once_however_often_it_was_leased`, `a_million_commands_never_panic_and_never_win_a_cryptogram_too_many` |
//! | One rising counter per card and application, FFFF never | keys are taken in only above all counters before | `a_counter_that_does_not_rise_is_refused_even_when_its_key_is_gone`, `a_counter_never_falls_even_where_the_clock_does`, `the_counter_ffff_is_never_used` |
//! | No wait in a tap | leases are put on the medium before the tap; in it there is one write, and no sync | `no_sync_and_no_rename_between_select_and_cryptogram_with_a_lease_at_hand` |
//! | Locked means untouched | a key is opened after the verdict only; declines open none | `without_verification_the_terminal_says_see_phone_and_no_key_is_spent` |
//! | The card that the holder chose, no other | a contact is about one card from its first command | `the_directory_lists_the_chosen_card_alone_and_no_other_card_answers` |
//! | One truth about verification | one [`verification::Verdict`], which CTQ and CVR encode and kernel 2 holds against the terminal's claims | `ctq_and_cvr_say_the_same_whatever_the_terminal_and_the_holder_did`, `kernel_2_signs_nothing_where_the_terminal_claims_what_did_not_happen` |
//! | Any bytes, any order | parsing to types at the edge, states consumed by value, no panics by lint | `every_state_answers_every_instruction_as_the_table_says`, the hostile terminal, the fuzz targets |
//! | One ending per tap | a contact is consumed by its report | `contacts_are_numbered_and_every_attempt_of_one_is_reported_in_order`, the transcripts |
//! | A fault of ours leaves the card deselected | the state is taken out while a command is answered | `a_fault_of_our_own_leaves_the_card_deselected_and_the_report_says_unknown` |
//! | No funding account number anywhere | profiles hold known objects only, and one token | `no_object_can_hold_another_account_number`, `nothing_stands_behind_a_token_but_what_belongs_there` |
//! | No secret in sight | keys are boxed, wiped, not `Clone`, not shown | `debug_shows_no_key`, `nothing_secret_shows_in_debug`, `nothing_of_a_profile_or_a_key_stands_in_the_log` |
//! | No unsafe of ours | `forbid(unsafe_code)` in the whole workspace | the compiler |
//!
//! Still to come: the issuer's sealed envelopes (cards and keys come in by doors for tests so far), the notice of a ledger
//! that was put back to an older copy, and waiting for the disk outside the lock that a tap needs.

mod afl;
pub mod aid;
mod apdu;
mod application;
mod command;
mod contact;
pub mod cryptogram;
mod dol;
pub mod envelope;
pub mod error;
mod fci;
pub mod ledger;
mod now;
pub mod payment_key;
pub mod profile;
mod randomness;
pub mod report;
mod selection;
mod status_word;
mod tags;
mod tlv;
mod transaction;
pub mod verification;
mod wallet;

pub use now::Now;
pub use randomness::Randomness;
pub use tags::Tag;
pub use wallet::Wallet;
