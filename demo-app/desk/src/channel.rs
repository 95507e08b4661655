//! The way back: `byte[] send(byte[] command)` of `org.hcepay.demo.desk.Channel`, by which a command reaches the app's service.

use jni::objects::{JByteArray, JObject};
use jni::{Env, JValue, jni_sig, jni_str};

use crate::border::copy;
use crate::purchase::Torn;

/// Longer than any answer: what the terminal sees of it is too long.
const LONGEST_ANSWER: usize = 1024;
/// A command, an answer and what finding the method takes.
const LOCAL_REFERENCES: usize = 8;

/// Sends a command over the channel. An exception is cleared: it tears the contact, and nothing more.
pub(crate) fn send(env: &mut Env<'_>, channel: &JObject<'_>, command: &[u8]) -> Result<Vec<u8>, Torn> {
    let sent = env.with_local_frame(LOCAL_REFERENCES, |env| -> jni::errors::Result<Option<Vec<u8>>> {
        let command = env.byte_array_from_slice(command)?;
        let answer = env
            .call_method(channel, jni_str!("send"), jni_sig!("([B)[B"), &[JValue::Object(&command)])
            .and_then(|answer| answer.l())
            .and_then(|answer| env.cast_local::<JByteArray<'_>>(answer));
        // Before anything else is asked of Java, which may not be asked with one pending.
        if answer.is_err() {
            env.exception_clear();
        }
        Ok(copy(env, &answer?, LONGEST_ANSWER))
    });
    match sent {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(Torn::NoAnswer),
        Err(_) => {
            env.exception_clear();
            Err(Torn::ChannelThrew)
        }
    }
}
