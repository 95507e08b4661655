//! A phone on a desk: card core, terminal and issuer put together. The programs `tap` and `card`, and the set-up that
//! all tests share.

pub mod description_json;
pub mod money;
pub mod phone;
pub mod report_json;
pub mod transcript;
