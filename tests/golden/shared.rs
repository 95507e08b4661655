//! What ledger, envelopes and requests have in common: sequences of counters, policies, keys. From the description in the
//! core's `policy.rs`, `payment_key.rs` and `icc_key.rs` alone.

use super::page::Fields;

pub(crate) fn state(number: u64) -> &'static str {
    match number {
        1 => "waiting",
        2 => "active",
        3 => "suspended",
        _ => "",
    }
}

pub(crate) fn protection(number: u64) -> &'static str {
    match number {
        1 => "Device",
        2 => "Unlocked",
        3 => "Authenticated",
        _ => "",
    }
}

fn channel(number: u64) -> &'static str {
    match number {
        1 => "tap",
        2 => "online",
        3 => "QR",
        _ => "",
    }
}

pub(crate) fn policy(fields: &mut Fields<'_>) {
    fields.named(1, "policy: protection", &protection);
    fields.number(2, "policy: most uses per key");
    fields.number(2, "policy: ask at");
    fields.number(1, "policy: most an hour unverified");
    fields.number(1, "policy: most a day unverified");
}

/// AID and channel.
pub(crate) fn sequence(fields: &mut Fields<'_>) {
    fields.string(1, "AID");
    fields.named(1, "channel", &channel);
}

pub(crate) fn amounts(fields: &mut Fields<'_>, what: &str) {
    for _ in 0..fields.number(1, &format!("how many {what}")) {
        fields.number(2, "currency");
        fields.number(8, "minor units");
    }
}

pub(crate) fn key(fields: &mut Fields<'_>) {
    sequence(fields);
    fields.number(2, "first counter");
    fields.number(2, "uses");
    fields.number(8, "not before");
    fields.number(8, "not after");
    fields.string(1, "index");
    amounts(fields, "limits");
    secret(fields);
}

/// Form and secret.
pub(crate) fn secret(fields: &mut Fields<'_>) {
    let form = fields.named(1, "form", &|form| match form {
        0 => "the key itself",
        1 => "a sealed key",
        2 => "a sealed seed",
        3 => "a seed",
        4 => "a seed, locked",
        5 => "a leased key, locked",
        _ => "",
    });
    match form {
        0 => fields.bytes(16, "key"),
        1 | 2 => {
            fields.bytes(65, "enc");
            fields.bytes(if form == 1 { 32 } else { 48 }, "ciphertext and tag");
        }
        3 => {
            fields.number(2, "the seed's counter");
            fields.bytes(32, "seed");
        }
        5 => {
            fields.number(2, "the key's counter");
            fields.bytes(12, "nonce");
            fields.bytes(32, "ciphertext and tag");
        }
        _ => {
            fields.number(2, "the seed's counter");
            fields.bytes(12, "nonce");
            fields.bytes(48, "ciphertext and tag");
        }
    }
}

/// AID, form and secret of an ICC private key.
pub(crate) fn icc_key(fields: &mut Fields<'_>) {
    fields.string(1, "AID");
    let form = fields.named(1, "form", &|form| match form {
        0 => "the numbers themselves",
        1 => "sealed",
        _ => "",
    });
    let length = usize::try_from(fields.number(2, "length of the secret")).unwrap();
    if form == 1 {
        fields.bytes(65, "enc");
        fields.bytes(length - 65, "ciphertext and tag");
    } else {
        fields.bytes(length, "numbers");
    }
}

pub(crate) fn spend_points(fields: &mut Fields<'_>) {
    fields.bytes(65, "Device point");
    fields.string(1, "Unlocked point");
    fields.string(1, "Authenticated point");
}

/// What became of a payment.
pub(crate) fn notice(fields: &mut Fields<'_>) {
    fields.number(4, "card");
    sequence(fields);
    fields.number(2, "counter");
    fields.named(1, "what", &|what| match what {
        1 => "approved",
        2 => "declined",
        3 => "cleared",
        4 => "refunded",
        5 => "reversed",
        6 => "amount changed",
        _ => "",
    });
    fields.named(1, "why", &|why| match why {
        0 => "nothing to say",
        1 => "not told",
        2 => "insufficient funds",
        3 => "over a limit",
        4 => "blocked",
        5 => "suspected fraud",
        6 => "not verified",
        _ => "",
    });
    fields.number(8, "when");
    fields.number(8, "minor units");
    fields.number(2, "currency");
    fields.string(1, "merchant");
}

pub(crate) fn statement(fields: &mut Fields<'_>) {
    fields.number(8, "sequence");
    fields.number(8, "as of");
    fields.number(2, "currency");
    fields.bytes(8, "available, signed");
    fields.bytes(8, "booked, signed");
}

pub(crate) fn transfer(fields: &mut Fields<'_>) {
    fields.number(8, "number");
    fields.number(4, "card");
    fields.number(8, "verified at");
    fields.named(1, "verified how", &|how| if how == 1 { "biometric" } else { "otherwise" });
    fields.number(8, "minor units");
    fields.number(2, "currency");
    fields.string(1, "payee");
    fields.string(1, "payee's name");
    fields.string(1, "note");
    fields.bytes(64, "signature");
}

pub(crate) fn transfer_notice(fields: &mut Fields<'_>) {
    fields.number(8, "number");
    fields.named(1, "what", &|what| if what == 1 { "done" } else { "refused" });
    fields.number(1, "why");
    fields.number(8, "when");
}

pub(crate) fn coupon_terms(fields: &mut Fields<'_>) {
    fields.bytes(15, "label: hcepay coupon 1");
    fields.bytes(16, "coupon");
    fields.bytes(8, "signer");
    fields.string(1, "title");
    match fields.named(1, "worth", &|kind| if kind == 1 { "money" } else { "percentage" }) {
        1 => {
            fields.number(8, "minor units");
            fields.number(2, "currency");
        }
        _ => _ = fields.number(2, "hundredths of a percent"),
    }
    fields.string(2, "conditions");
    fields.number(8, "valid from");
    fields.number(8, "valid until");
    fields.number(2, "uses");
}

pub(crate) fn coupon_signer(fields: &mut Fields<'_>) {
    fields.named(1, "its coupons are taken", &|action| if action == 1 { "from now on" } else { "no longer" });
    fields.bytes(65, "its public key");
    fields.string(1, "name");
}

pub(crate) fn coupon_use(fields: &mut Fields<'_>) {
    fields.bytes(16, "coupon");
    fields.number(2, "use");
}

pub(crate) fn coupon_notice(fields: &mut Fields<'_>) {
    coupon_use(fields);
    fields.named(1, "what", &|what| match what {
        1 => "redeemed",
        2 => "not redeemed",
        3 => "withdrawn",
        _ => "",
    });
    fields.number(8, "when");
}
