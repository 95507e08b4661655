//! Java's natives: what the linker sees of this library, in the order of `org.hcepay.demo.desk.DeskNative`. One line each: the
//! name, which `natives.rs` has as a function and Java in camel case, and what Java gives.

#![expect(unreachable_pub, reason = "jni_mangle asks for pub; it is the linker that sees them")]

use jni::objects::{JByteArray, JClass, JObject};
use jni::sys::{jint, jlong};
use jni::{EnvUnowned, jni_mangle};

use crate::border;
use crate::natives;

macro_rules! native {
    ($name:ident($($given:ident: $java:ty),*)) => {
        #[jni_mangle("org.hcepay.demo.desk.DeskNative")]
        #[allow(clippy::too_many_arguments, reason = "as Java gives them")]
        pub fn $name<'local>(unowned: EnvUnowned<'local>, _: JClass<'local>, $($given: $java),*) -> JByteArray<'local> {
            border::answer(unowned, |env| natives::$name(env, $($given),*))
        }
    };
}

native!(open(directory: JByteArray));
native!(close(desk: jlong));
native!(discard(directory: JByteArray));

native!(issuer_key(desk: jlong));
native!(challenge(desk: jlong));
native!(answer(desk: jlong, wall_ms: jlong, request: JByteArray));
native!(refuse_next(desk: jlong, refuses: jint));
native!(refuses_next(desk: jlong));
native!(offers());
native!(install(desk: jlong, wall_ms: jlong, name: JByteArray, keys: jint, codes: jint, protection: jint));
native!(move_card(desk: jlong, act: jint, card: jint));
native!(send_keys(desk: jlong, wall_ms: jlong, card: jint, channel: jint, uses: jint));
native!(notice(
    desk: jlong,
    wall_ms: jlong,
    card: jint,
    aid: JByteArray,
    channel: jint,
    counter: jint,
    event: JByteArray,
    amount_minor: jlong,
    currency: jint
));
native!(tell_balance(desk: jlong, wall_ms: jlong, card: jint));
native!(transfer(desk: jlong, wall_ms: jlong, request: JByteArray));
native!(send_coupon(
    desk: jlong,
    wall_ms: jlong,
    title: JByteArray,
    conditions: JByteArray,
    worth: jlong,
    currency: jint,
    in_ms: jlong,
    for_ms: jlong,
    uses: jint,
    is_strange: jint
));
native!(cards(desk: jlong));
native!(clock(desk: jlong, wall_ms: jlong));
native!(set_clock(desk: jlong, wall_ms: jlong, to_ms: jlong));

native!(purchase(
    desk: jlong,
    wall_ms: jlong,
    amount_minor: jlong,
    currency: jint,
    readers: jint,
    verification_above: jlong,
    tear_after: jint,
    whole: jint,
    channel: JObject
));
native!(order(amount_minor: jlong, currency: jint));
native!(judge_online(
    desk: jlong,
    wall_ms: jlong,
    token: JByteArray,
    order: JByteArray,
    signature: JByteArray,
    chip_data: JByteArray
));
native!(judge_code(desk: jlong, wall_ms: jlong, text: JByteArray, amount_minor: jlong, currency: jint));
native!(decode(watched: JByteArray));
