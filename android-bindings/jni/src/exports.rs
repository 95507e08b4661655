//! Java's natives: what the linker sees of this library, in the order of `org.hcepay.internal.Native`.
//!
//! One line each: the name, which `natives.rs` has as a function and Java in camel case, and what Java gives. `; now` stands for
//! Java's three clocks at the end, which the function gets as one [`Now`](hcepay_core::Now).

#![expect(unreachable_pub, reason = "jni_mangle asks for pub; it is the linker that sees them")]

use jni::objects::{JByteArray, JClass};
use jni::sys::{jint, jlong};
use jni::{EnvUnowned, jni_mangle};

use crate::border::{answer, manage, now};
use crate::natives;

macro_rules! native {
    ($name:ident($($given:ident: $java:ty),*)) => {
        #[jni_mangle("org.hcepay.internal.Native")]
        pub fn $name<'local>(unowned: EnvUnowned<'local>, _: JClass<'local>, $($given: $java),*) -> JByteArray<'local> {
            manage(unowned, |env| natives::$name(env, $($given),*))
        }
    };
    ($name:ident($($given:ident: $java:ty),*; now)) => {
        #[jni_mangle("org.hcepay.internal.Native")]
        pub fn $name<'local>(
            unowned: EnvUnowned<'local>,
            _: JClass<'local>,
            $($given: $java,)*
            boot_count: jint,
            boot_ms: jlong,
            wall_ms: jlong,
        ) -> JByteArray<'local> {
            manage(unowned, |env| natives::$name(env, $($given,)* now(boot_count, boot_ms, wall_ms)))
        }
    };
}

native!(start());

/// The only one that a terminal waits for, and that answers without a code.
#[jni_mangle("org.hcepay.internal.Native")]
pub fn process<'local>(
    unowned: EnvUnowned<'local>,
    _: JClass<'local>,
    wallet: jlong,
    boot_count: jint,
    boot_ms: jlong,
    wall_ms: jlong,
    command: JByteArray<'local>,
) -> JByteArray<'local> {
    answer(unowned, &natives::NO_PRECISE_DIAGNOSIS, |env| {
        natives::process(env, wallet, now(boot_count, boot_ms, wall_ms), command)
    })
}

native!(gave_cryptogram(wallet: jlong));
native!(deactivated(wallet: jlong; now));
native!(reports(wallet: jlong));
native!(acknowledge(wallet: jlong, report: jlong));
native!(trace(wallet: jlong));
native!(journal(wallet: jlong, before: jlong, limit: jint));
native!(journal_as_json_lines(wallet: jlong));
native!(delete_row(wallet: jlong, row: jlong));
native!(alerts(wallet: jlong));
native!(acknowledge_alert(wallet: jlong, alert: jlong));

native!(create(directory: JByteArray, store_key: JByteArray, issuer_key: JByteArray; now));
native!(open(directory: JByteArray, store_key: JByteArray, stored_mark: jlong; now));
native!(close(wallet: jlong));
native!(mark(wallet: jlong));
native!(mark_stored(wallet: jlong, mark: jlong));
native!(make_ready(wallet: jlong; now));
native!(snapshot(wallet: jlong, wall_ms: jlong));
native!(next_request(wallet: jlong; now));

native!(arm(wallet: jlong, scope: JByteArray, method: jint, window_ms: jlong, spend_key: JByteArray; now));
native!(disarm(wallet: jlong));
native!(expire(wallet: jlong; now));
native!(unlocked(wallet: jlong, spend_key: JByteArray; now));
native!(locked(wallet: jlong));
native!(new_spend_key());
native!(device_keys_made(wallet: jlong, points: JByteArray));
native!(spend_key_made(wallet: jlong, protection: jint, point: JByteArray));

native!(choose(wallet: jlong, card: jint; now));
native!(choose_once(wallet: jlong, card: jint, for_ms: jlong; now));
native!(chosen_once(wallet: jlong; now));
native!(freeze(wallet: jlong, card: jint; now));
native!(unfreeze(wallet: jlong, card: jint; now));
native!(pass_gates(wallet: jlong, card: jint, passes: jint; now));
native!(limit_low_value(wallet: jlong, card: jint, allowances: JByteArray; now));
native!(limit_use(wallet: jlong, card: jint, limits: JByteArray; now));
native!(delete(wallet: jlong, card: jint));

native!(order_of(minor: jlong, currency: jint, merchant_id: JByteArray, merchant_name: JByteArray, nonce: JByteArray, country: jint, category: jint));
native!(read_order(bytes: JByteArray));
native!(read_code(text: JByteArray));
native!(order_of_code(wallet: jlong, text: JByteArray, typed: jlong, tip: jlong));
native!(pay_online_begin(wallet: jlong, card: jint, order: JByteArray; now));
native!(pay_online_finish(wallet: jlong, token: jlong, signature: JByteArray; now));
native!(show_code(wallet: jlong, card: jint; now));

native!(balance(wallet: jlong, card: jint, wall_ms: jlong));
native!(transfer_of(minor: jlong, currency: jint, payee: JByteArray, payee_name: JByteArray, note: JByteArray));
native!(transfer_begin(wallet: jlong, card: jint, transfer: JByteArray; now));
native!(transfer_finish(wallet: jlong, token: jlong, signature: JByteArray; now));
native!(transfer_request(wallet: jlong, number: jlong));
native!(transfers(wallet: jlong, before: jlong, limit: jint));
native!(delete_transfer(wallet: jlong, number: jlong));

native!(coupons(wallet: jlong, wall_ms: jlong));
native!(present_coupon(wallet: jlong, coupon: JByteArray, for_ms: jlong; now));
native!(coupon_to_present(wallet: jlong; now));
native!(remove_coupon(wallet: jlong, coupon: JByteArray));

native!(request_begin(wallet: jlong, kind: jint, card: jint, argument: JByteArray, wall_ms: jlong));
native!(request_finish(wallet: jlong, token: jlong, signature: JByteArray));
native!(apply_begin(wallet: jlong, envelope: JByteArray; now));
native!(apply_finish(wallet: jlong, token: jlong, shared: JByteArray; now));
