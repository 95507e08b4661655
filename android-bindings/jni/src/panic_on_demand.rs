//! Faults for the tests of the border: the natives of `org.hcepay.internal.Panic`, which no release has.

#![expect(unreachable_pub, reason = "jni_mangle asks for pub; it is the linker that sees them")]

use std::sync::atomic::{AtomicBool, Ordering};

use jni::objects::JClass;
use jni::{EnvUnowned, jni_mangle};

static NATIVE: AtomicBool = AtomicBool::new(false);
static RANDOMNESS: AtomicBool = AtomicBool::new(false);

/// The next native panics.
#[jni_mangle("org.hcepay.internal.Panic")]
pub fn next<'local>(_unowned: EnvUnowned<'local>, _class: JClass<'local>) {
    NATIVE.store(true, Ordering::SeqCst);
}

/// The core panics when it next asks for randomness.
#[jni_mangle("org.hcepay.internal.Panic")]
pub fn within_the_core<'local>(_unowned: EnvUnowned<'local>, _class: JClass<'local>) {
    RANDOMNESS.store(true, Ordering::SeqCst);
}

pub(crate) fn in_native() {
    assert!(!NATIVE.swap(false, Ordering::SeqCst), "panic on demand");
}

pub(crate) fn in_randomness() {
    assert!(!RANDOMNESS.swap(false, Ordering::SeqCst), "panic on demand");
}
