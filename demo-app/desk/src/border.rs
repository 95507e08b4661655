//! What every native keeps: a panic, an exception or a pointer never passes the border.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jni::errors::{Error as JniError, ErrorPolicy};
use jni::objects::JByteArray;
use jni::sys::jlong;
use jni::{Env, EnvUnowned};

use crate::code::Code;
use crate::error::DeskError;

/// A time or a number of Java's. What stands below zero stands at it.
pub(crate) fn unsigned(java: jlong) -> u64 {
    java.try_into().unwrap_or(0)
}

/// Why a native refuses: the code, and a sentence without input, token or key in it.
pub(crate) struct Refused(Code, String);

impl From<Code> for Refused {
    fn from(code: Code) -> Refused {
        Refused(code, String::new())
    }
}

impl From<DeskError> for Refused {
    fn from(error: DeskError) -> Refused {
        Refused(Code::of(error), error.to_string())
    }
}

/// Answers a call: its code, then what it was called for or why it is refused. A fault where the work panics; null only where Java has no
/// memory left.
pub(crate) fn answer<'local>(
    mut unowned: EnvUnowned<'local>,
    work: impl FnOnce(&mut Env<'local>) -> Result<Vec<u8>, Refused>,
) -> JByteArray<'local> {
    unowned
        .with_env(|env| -> Result<JByteArray<'local>, JniError> {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(env)));
            let (code, payload) = match outcome {
                Ok(Ok(payload)) => (Code::Done, payload),
                Ok(Err(Refused(code, why))) => (code, why.into_bytes()),
                Err(_) => (Code::Fault, Vec::new()),
            };
            env.byte_array_from_slice(&[&[code as u8], payload.as_slice()].concat())
        })
        .resolve::<Silence>()
}

/// Null, and no exception: Kotlin takes it for a fault.
struct Silence;

impl<T: Default, E> ErrorPolicy<T, E> for Silence {
    type Captures<'unowned: 'native, 'native> = ();

    fn on_error<'unowned: 'native, 'native>(env: &mut Env<'unowned>, (): &mut (), _: E) -> jni::errors::Result<T> {
        env.exception_clear();
        Ok(T::default())
    }

    fn on_panic<'unowned: 'native, 'native>(
        env: &mut Env<'unowned>,
        (): &mut (),
        _: Box<dyn std::any::Any + Send>,
    ) -> jni::errors::Result<T> {
        env.exception_clear();
        Ok(T::default())
    }
}

/// A copy of an array, cut at so many bytes. `None` for null.
pub(crate) fn copy(env: &Env<'_>, array: &JByteArray<'_>, most: usize) -> Option<Vec<u8>> {
    let mut signed = vec![0; array.len(env).ok()?.min(most)];
    array.get_region(env, 0, &mut signed).ok()?;
    Some(signed.iter().map(|byte: &i8| byte.cast_unsigned()).collect())
}
