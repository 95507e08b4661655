//! What every native keeps: a panic, an exception or a pointer never passes the border.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hcepay_core::{Error, LedgerError, NotPaid, Now, OrderError, QrError, TransferError};
use jni::errors::{Error as JniError, ErrorPolicy};
use jni::objects::JByteArray;
use jni::sys::{jint, jlong};
use jni::{Env, EnvUnowned};
use zeroize::Zeroizing;

use crate::code::Code;

/// Longer arrays are cut when they are copied: what takes them refuses them by their length.
const MOST_BYTES: usize = 1 << 20;

/// Java's clocks, as a native takes them.
pub(crate) fn now(boot_count: jint, boot_ms: jlong, wall_ms: jlong) -> Now {
    let boot_count = boot_count.try_into().unwrap_or(0);
    Now { boot_count, boot_ms: milliseconds(boot_ms), wall_ms: milliseconds(wall_ms) }
}

/// A time or a span of Java's. What stands before its beginning stands at it.
pub(crate) fn milliseconds(java: jlong) -> u64 {
    java.try_into().unwrap_or(0)
}

/// Why a native refuses: the code, and a sentence without input, token or key in it; or what [`Code::EnvelopeAgain`] and
/// [`Code::NotPaid`] say.
pub(crate) struct Refused(pub(crate) Code, pub(crate) Vec<u8>);

impl From<Code> for Refused {
    fn from(code: Code) -> Refused {
        Refused(code, Vec::new())
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused(Code::of(error), error.to_string().into_bytes())
    }
}

impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Refused {
        Refused(Code::of_ledger(error), error.to_string().into_bytes())
    }
}

impl From<OrderError> for Refused {
    fn from(error: OrderError) -> Refused {
        Refused(Code::OrderInvalid, error.to_string().into_bytes())
    }
}

impl From<QrError> for Refused {
    fn from(error: QrError) -> Refused {
        Refused(Code::QrInvalid, error.to_string().into_bytes())
    }
}

impl From<TransferError> for Refused {
    fn from(error: TransferError) -> Refused {
        Refused(Code::TransferInvalid, error.to_string().into_bytes())
    }
}

impl From<NotPaid> for Refused {
    fn from(not_paid: NotPaid) -> Refused {
        match not_paid {
            NotPaid::Refused(reason) => {
                Refused(Code::NotPaid, [&[reason.byte()], not_paid.to_string().as_bytes()].concat())
            }
            NotPaid::Error(error) => error.into(),
        }
    }
}

/// Answers a management call: its code, then what it was called for or why it is refused.
pub(crate) fn manage<'local>(
    unowned: EnvUnowned<'local>,
    work: impl FnOnce(&mut Env<'local>) -> Result<Vec<u8>, Refused>,
) -> JByteArray<'local> {
    answer(unowned, &[Code::Fault as u8], |env| {
        let (code, payload) = match work(env) {
            Ok(payload) => (Code::Done, payload),
            Err(Refused(code, why)) => {
                log::warn!("refused: {code:?}");
                (code, why)
            }
        };
        // One allocation, so that no piece of a secret stays behind.
        [&[code as u8], Zeroizing::new(payload).as_slice()].concat()
    })
}

/// Answers with these bytes, or with `fault` where the work panics. With null only where Java has no memory left for them.
/// What is copied to Java is wiped on this side.
pub(crate) fn answer<'local>(
    mut unowned: EnvUnowned<'local>,
    fault: &[u8],
    work: impl FnOnce(&mut Env<'local>) -> Vec<u8>,
) -> JByteArray<'local> {
    unowned
        .with_env(|env| -> Result<JByteArray<'local>, JniError> {
            let bytes = catch_unwind(AssertUnwindSafe(|| {
                #[cfg(feature = "panic-on-demand")]
                crate::panic_on_demand::in_native();
                Zeroizing::new(work(env))
            }));
            env.byte_array_from_slice(bytes.as_ref().map_or(fault, |bytes| bytes.as_slice()))
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

/// A copy of an array, wiped when it is dropped. `None` for null.
pub(crate) fn copy(env: &Env<'_>, array: &JByteArray<'_>, most: usize) -> Option<Zeroizing<Vec<u8>>> {
    let length = array.len(env).ok()?.min(most).min(MOST_BYTES);
    let mut signed = Zeroizing::new(vec![0; length]);
    array.get_region(env, 0, &mut signed).ok()?;
    Some(Zeroizing::new(signed.iter().map(|byte| byte.cast_unsigned()).collect()))
}

/// The same, of exactly this length. To be wiped by whoever takes it, if it is a secret.
pub(crate) fn exactly<const LENGTH: usize>(
    env: &Env<'_>,
    array: &JByteArray<'_>,
) -> Result<Box<[u8; LENGTH]>, Refused> {
    let copy = copy(env, array, LENGTH.saturating_add(1)).ok_or(Code::Argument)?;
    let mut boxed = Box::new([0; LENGTH]);
    if copy.len() != LENGTH {
        return Err(Code::Argument.into());
    }
    boxed.copy_from_slice(&copy);
    Ok(boxed)
}
