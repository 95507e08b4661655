//! What a card is: the issuer's data, what it may do, where it is in its life, and the words of a report.

pub(crate) mod budget;
pub mod cvn;
pub(crate) mod fixed_part;
pub mod life_cycle;
pub mod policy;
pub mod profile;
pub(crate) mod purpose;
pub(crate) mod report;
pub(crate) mod snapshot;
pub(crate) mod verdict;
