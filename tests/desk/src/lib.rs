//! A phone on a desk: card core, terminal and issuer put together. The programs `tap`, `card` and `issuer`, and the set-up that
//! all tests share.

pub mod air;
pub mod crash_lab;
pub mod decoded;
pub mod demo_wallet;
pub mod description_json;
pub mod disk;
pub mod exchange_text;
pub mod issuer_lines;
pub mod meaning;
pub mod money;
pub mod names;
pub mod page;
pub mod phone;
pub mod plain_key;
pub mod platform;
pub mod report_json;
pub mod tally;
pub mod tap;
pub mod traced;
pub mod traced_text;
pub mod transcript;
pub mod vpcd;
pub mod watch;
