//! What a card is: the issuer's data, what it may do, where it is in its life, and the words of a report.

pub(crate) mod alert;
pub(crate) mod alert_memory;
pub(crate) mod alert_policy;
pub(crate) mod alert_rules;
pub mod allowance;
pub(crate) mod cardholder_verification;
pub(crate) mod certificate_end;
pub(crate) mod cryptogram_budget;
pub mod cvn;
pub(crate) mod data_authentication;
pub(crate) mod envelope_purpose;
pub(crate) mod holder_rules;
pub(crate) mod iad_fixed_part;
pub(crate) mod journal_row;
pub mod life_cycle;
pub(crate) mod payment;
pub mod policy;
pub mod profile;
pub(crate) mod recognition;
pub(crate) mod report;
pub(crate) mod row_json;
pub(crate) mod snapshot;
pub(crate) mod temporary_use;
pub(crate) mod terminal_claims;
pub mod verification_policy;
pub(crate) mod why;
