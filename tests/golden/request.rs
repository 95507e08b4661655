//! A request as a golden file, from the description in the core's `request.rs` alone.

use super::page::{Fields, Page};
use super::shared::{sequence, spend_points, state};

const KINDS: [&str; 6] = ["enrolment", "replenishment", "identity check", "issuer time", "resynchronise", "check in"];

pub(crate) fn described(bytes: &[u8]) -> String {
    let kind = name(bytes[1].into());
    let mut page = Page::new(&format!(
        "A request, format 2: {kind}. rust-core/src/issuer/request.rs.\n\
         Signed by the device signature key in keys.txt."
    ));
    page.part("request");
    let mut fields = page.in_the_open(bytes);
    fields.number(1, "version");
    fields.named(1, "kind", &name);
    fields.bytes(16, "wallet id");
    fields.bytes(16, "challenge");
    fields.number(8, "sequence");
    fields.number(8, "mark");
    fields.bytes(32, "state digest");
    fields.number(2, "length of the body");
    fields.deeper(|fields| body(bytes[1], fields));
    fields.bytes(64, "signature");
    fields.end();
    page.text()
}

fn name(kind: u64) -> &'static str {
    KINDS[usize::try_from(kind).unwrap() - 1]
}

fn body(kind: u8, fields: &mut Fields<'_>) {
    match kind {
        0x01 => {
            fields.string(1, "issuer's challenge");
            fields.bytes(65, "device agreement point");
            fields.bytes(65, "device signature point");
            spend_points(fields);
            for key in ["agreement", "signature"] {
                for _ in 0..fields.number(1, &format!("how many certificates: {key}")) {
                    fields.string(2, "certificate");
                }
            }
        }
        0x02 => {
            for _ in 0..fields.number(1, "how many wants") {
                fields.number(4, "card");
                sequence(fields);
                fields.number(2, "uses");
            }
            listing(fields);
            spend_points(fields);
        }
        0x03 => {
            fields.number(4, "card");
            fields.string(1, "code");
        }
        0x05 | 0x06 => {
            listing(fields);
            spend_points(fields);
        }
        _ => {}
    }
}

fn listing(fields: &mut Fields<'_>) {
    for _ in 0..fields.number(1, "how many cards") {
        fields.number(4, "card");
        fields.named(1, "state", &state);
        for _ in 0..fields.number(1, "how many sequences") {
            sequence(fields);
            fields.number(2, "last counter that is gone");
            fields.number(2, "highest counter with a key");
        }
    }
}
