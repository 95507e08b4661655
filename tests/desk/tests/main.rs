//! Everything that is seen from outside of card, terminal and issuer together: one executable, because each further one links
//! the whole workspace once more.

#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod alerts;
mod attacks;
mod balance;
mod card_program;
mod certificate_end;
mod checkout;
mod chosen_card;
mod clock;
mod coupons;
mod crash_lab;
mod cut_transcripts;
mod damaged_files;
mod data_authentication;
mod data_object_lists;
mod decision_table;
mod demo_cards;
mod demo_wallet;
mod enrolled_wallet;
mod errors;
mod everyday;
mod fast_dda;
mod files;
mod holder_rules;
mod hostile_terminal;
mod issuer_program;
mod journal;
mod key_limits;
mod keys_made;
mod kill;
mod leases;
mod ledger;
mod locks;
mod memory;
mod merchant_codes;
mod model;
mod next_request;
mod nothing_burns;
mod notices;
mod one_truth;
mod past_seeds;
mod pcsc;
mod profile_certificates;
mod profile_errors;
mod provisioning;
mod rate_limit;
mod refusals;
mod remote;
mod reports;
mod rollback;
mod scripts;
mod secrets;
mod slow_disk;
mod state_table;
mod storage_faults;
mod tap_balance;
mod tap_program;
mod threads;
mod trace;
mod transcripts;
mod transfers;
mod unknown_records;
mod verification_policies;
mod wallet;
mod wallet_model;
mod window;
