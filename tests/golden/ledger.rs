//! The ledger as a golden file, from the description in the core's `ledger/log.rs` and `ledger/record.rs` alone.

use hcepay_tests::ledger_file::{LedgerFile, OPENED};

use super::keys::STORE_KEY;
use super::page::{Fields, Page};
use super::shared::{
    amounts, coupon_notice, coupon_signer, coupon_terms, coupon_use, icc_key, key, notice, policy, secret, sequence,
    state, statement, transfer, transfer_notice,
};

/// Of the kinds that there are.
pub(crate) const NAMES: [(u64, &str); 42] = [
    (1, "opened"),
    (2, "identity"),
    (3, "card"),
    (4, "card state"),
    (5, "policy"),
    (6, "key"),
    (7, "leased"),
    (8, "released"),
    (9, "consumed"),
    (10, "burned"),
    (11, "keys dropped"),
    (12, "card deleted"),
    (13, "counter of a deleted card"),
    (14, "chosen"),
    (15, "reported"),
    (16, "acknowledged"),
    (17, "envelope applied"),
    (18, "envelopes"),
    (19, "clock"),
    (20, "ratcheted"),
    (21, "rate"),
    (22, "ICC key"),
    (23, "the holder's rules"),
    (24, "used since"),
    (25, "chosen once"),
    (26, "row"),
    (27, "notice settled"),
    (28, "row deleted"),
    (29, "alert"),
    (30, "alert acknowledged"),
    (31, "what alerts remember"),
    (32, "statement"),
    (33, "transfer"),
    (34, "transfer settled"),
    (35, "transfer deleted"),
    (36, "signer of coupons"),
    (37, "coupon"),
    (38, "coupon chosen"),
    (39, "coupon released"),
    (40, "coupon's use consumed"),
    (41, "coupon's use settled"),
    (42, "coupon removed"),
];

pub(crate) fn described(bytes: &[u8]) -> String {
    let file = LedgerFile::read(bytes, STORE_KEY).unwrap();
    let mut page = Page::new(
        "The ledger of a wallet, format 1: rust-core/src/ledger/log.rs, seal.rs, record.rs.\n\
         Lines with : are the file, byte by byte; lines with = what a record says behind its seal.\n\
         The store key is in keys.txt.",
    );
    page.part("header");
    let header = bytes.len() - file.records.iter().map(|record| record.sealed.len() + 7).sum::<usize>();
    let header = header - 33 * file.records.iter().filter(|record| record.salt.is_some()).count();
    let mut fields = page.in_the_open(&bytes[..header]);
    fields.bytes(7, "magic: hcepayL");
    fields.number(1, "version");
    fields.bytes(8, "check value of the store key");
    fields.end();
    let mut rest = &bytes[header..];
    for record in &file.records {
        page.part(&format!("record {}: {}", record.number, name(record.kind.into())));
        let mut fields = page.in_the_open(rest);
        if record.salt.is_some() {
            fields.bytes(1, "S: a segment begins");
            fields.bytes(32, "salt");
        }
        fields.bytes(1, "R: a record");
        fields.number(4, "counter");
        fields.number(2, "length");
        fields.bytes(record.sealed.len() - 16, "ciphertext");
        fields.bytes(16, "tag");
        rest = &rest[rest.len() - fields.left()..];
        let plain = [&record.number.to_be_bytes(), &record.synced.to_be_bytes()[..], &[record.kind], &record.body];
        let plain = plain.concat();
        let mut fields = page.sealed(&plain);
        fields.number(8, "number");
        fields.number(8, "on the medium up to");
        says(&mut fields);
        fields.end();
    }
    page.text()
}

fn name(kind: u64) -> &'static str {
    NAMES.iter().find(|(number, _)| *number == kind).map_or("unknown", |(_, name)| name)
}

/// Kind and body.
fn says(fields: &mut Fields<'_>) {
    let kind = fields.named(1, "kind", &name);
    match u8::try_from(kind).unwrap() {
        OPENED => {
            fields.number(4, "boot count");
            fields.number(8, "boot clock");
            fields.named(1, "of what stands before", &|flags| match flags {
                0 => "nothing to say",
                1 => "leases are burned",
                2 => "an older copy was put back",
                3 => "leases are burned, an older copy was put back",
                _ => "unknown",
            });
            fields.bytes(16, "chain of the record before");
        }
        2 => {
            fields.bytes(16, "wallet");
            fields.bytes(65, "issuer key");
            fields.bytes(65, "Device point");
            fields.string(1, "device points");
            fields.string(1, "Unlocked point");
            fields.string(1, "Authenticated point");
            fields.bytes(32, "Device key");
        }
        3 => {
            standing(fields);
            policy(fields);
            fields.bytes(16, "token, its digest cut");
            fields.string(2, "profile");
        }
        4 => standing(fields),
        5 => {
            fields.number(4, "card");
            policy(fields);
        }
        6 => {
            fields.number(4, "card");
            amounts(fields, "amounts paid");
            key(fields);
        }
        7 => {
            one_use(fields);
            fields.number(8, "boot clock");
        }
        8 | 10 => one_use(fields),
        9 => {
            fields.number(8, "contact");
            one_use(fields);
            fields.number(8, "minor units");
            fields.number(2, "currency");
            fields.number(8, "wall clock");
            fields.named(1, "holder verified", &|verified| if verified == 1 { "yes" } else { "no" });
        }
        11 => {
            fields.number(4, "card");
            fields.named(1, "why", &|why| if why == 1 { "spend key lost" } else { "replaced" });
        }
        12 | 14 => {
            fields.number(4, "card");
        }
        13 => {
            fields.bytes(16, "token, its digest cut");
            sequence(fields);
            fields.number(2, "counter");
        }
        15 => reported(fields),
        16 => {
            fields.number(8, "contact");
        }
        17 => {
            fields.number(8, "sequence");
            fields.bytes(32, "digest");
            for _ in 0..fields.number(2, "how many records it comes to") {
                fields.number(2, "length of a record");
                fields.deeper(says);
            }
        }
        18 => {
            fields.number(8, "highest sequence");
            for _ in 0..fields.number(1, "how many digests") {
                fields.bytes(32, "digest");
            }
        }
        19 => {
            fields.number(8, "wall clock");
        }
        20 => {
            one_use(fields);
            fields.number(8, "boot clock");
            secret(fields);
            secret(fields);
        }
        21 => {
            fields.number(4, "card");
            fields.number(4, "uses");
            fields.number(8, "since");
            for _ in 0..fields.number(1, "how many unverified within a day") {
                fields.number(8, "wall clock");
            }
        }
        22 => {
            fields.number(4, "card");
            icc_key(fields);
        }
        33 => transfer(fields),
        34 => transfer_notice(fields),
        35 => {
            fields.number(8, "number");
        }
        32 => {
            fields.number(4, "card");
            statement(fields);
        }
        23 => {
            fields.number(4, "card");
            fields.number(1, "flags: frozen, gates, limits");
            fields.bytes(fields.left(), "low value, temporary use");
        }
        24 => {
            fields.number(4, "card");
            fields.number(2, "payments without verification");
            fields.named(1, "nothing more is allowed", &|yes| if yes == 1 { "yes" } else { "no" });
            amounts(fields, "amounts paid");
            fields.number(2, "payments of the temporary use");
            amounts(fields, "amounts paid");
        }
        25 => {
            fields.number(4, "card");
            fields.number(4, "boot count");
            fields.number(8, "boot clock");
        }
        26 => row(fields),
        27 => {
            fields.number(8, "row");
            notice(fields);
        }
        28 => {
            fields.number(8, "row");
            for _ in 0..fields.number(1, "how many payments") {
                one_use(fields);
            }
        }
        29 => {
            fields.number(8, "contact");
            fields.number(1, "rule");
            fields.number(1, "action");
            fields.number(8, "wall clock");
            fields.number(4, "card");
            for _ in 0..fields.number(1, "how much evidence") {
                fields.number(8, "evidence");
            }
        }
        30 => {
            fields.number(8, "contact");
            fields.number(1, "rule");
        }
        31 => {
            fields.named(1, "form", &|form| if form == 0 { "all of it" } else { "one contact more" });
            fields.bytes(fields.left(), "what alerts remember");
        }
        36 => coupon_signer(fields),
        37 => {
            fields.number(2, "highest use that is gone");
            fields.number(2, "length of the terms");
            fields.deeper(coupon_terms);
            fields.string(1, "secret");
        }
        38 => {
            coupon_use(fields);
            fields.number(4, "boot count");
            fields.number(8, "boot clock of its end");
            fields.number(8, "boot clock");
        }
        39 => coupon_use(fields),
        40 => {
            fields.number(8, "contact");
            coupon_use(fields);
            fields.number(8, "wall clock");
        }
        41 => coupon_notice(fields),
        42 => {
            fields.bytes(16, "coupon");
            fields.number(8, "valid until");
        }
        kind => panic!("kind {kind} has no description"),
    }
}

fn standing(fields: &mut Fields<'_>) {
    fields.number(4, "card");
    fields.named(1, "state", &state);
    fields.number(1, "codes left");
}

fn one_use(fields: &mut Fields<'_>) {
    fields.number(4, "card");
    sequence(fields);
    fields.number(2, "counter");
}

fn outcome(number: u64) -> &'static str {
    match number {
        1 => "authorisation requested",
        2 => "declined",
        3 => "verification needed",
        4 => "torn",
        5 => "unknown",
        6 => "nothing",
        _ => "",
    }
}

fn row(fields: &mut Fields<'_>) {
    fields.number(8, "row");
    fields.number(4, "card");
    fields.named(1, "outcome", &outcome);
    fields.number(1, "reason");
    fields.number(2, "keys left");
    fields.number(8, "wall clock");
    fields.number(4, "duration");
    for _ in 0..fields.number(1, "how many gaps") {
        fields.number(2, "milliseconds before a command");
    }
    fields.named(1, "verified", &|how| match how {
        0 => "not",
        1 => "biometric",
        2 => "device credential",
        3 => "unknown",
        4 => "the app says so",
        _ => "",
    });
    let claimed = fields.number(1, "what is claimed");
    for (flag, length, what) in
        [(1, 1, "transaction type"), (2, 2, "country"), (4, 2, "merchant category"), (8, 3, "date")]
    {
        if claimed & flag != 0 {
            fields.bytes(length, what);
        }
    }
    fields.string(1, "merchant name");
    for _ in 0..fields.number(1, "how many attempts") {
        fields.named(1, "outcome", &outcome);
        fields.number(1, "reason");
        fields.number(2, "counter");
        fields.string(1, "AID");
        if fields.named(1, "amount", &|named| if named == 1 { "is named" } else { "is not" }) == 1 {
            fields.number(8, "minor units");
            fields.number(2, "currency");
        }
    }
    if claimed & 64 != 0 {
        coupon_use(fields);
    }
}

fn reported(fields: &mut Fields<'_>) {
    fields.number(8, "contact");
    fields.named(1, "outcome", &outcome);
    fields.number(1, "reason");
    fields.number(2, "keys left");
    for _ in 0..fields.number(1, "how many attempts") {
        fields.named(1, "outcome", &outcome);
        fields.number(1, "reason");
        let form = fields.named(1, "form", &|form| if form == 1 { "spent a key" } else { "spent nothing" });
        if form != 1 {
            fields.string(1, "AID");
        }
        if form == 0 {
            fields.number(8, "minor units");
            fields.number(2, "currency");
        }
    }
}
