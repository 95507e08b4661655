//! What libraries leave of a key in memory, wiped: key objects that do not wipe themselves, and the stack that key work used.
//!
//! Not within reach: registers, what the system saves of them or of pages (swap, a core, another process that may read
//! this one's memory), copies that hardware keeps, and those that the app made before it handed a key over.

#![allow(unsafe_code, reason = "an object that has no way to wipe itself is overwritten from outside")]

use std::mem::{MaybeUninit, needs_drop};

use zeroize::Zeroize;

/// More than any key work here uses of the stack, in words of 8 bytes: 32 KiB.
const STACK: usize = 4096;
/// More than a MAC uses of it: 4 KiB.
const STACK_OF_A_MAC: usize = 512;

/// A key object of a library that does not wipe it, in a box, and with every byte overwritten when dropped.
pub(crate) struct Wiped<T>(Box<MaybeUninit<T>>);

impl<T> Wiped<T> {
    /// Boxes what is made, and wipes what making and moving it left on the stack.
    pub(crate) fn new(make: impl FnOnce() -> T) -> Wiped<T> {
        // So it owns nothing beyond its own bytes, which would neither be wiped nor given back.
        const { assert!(!needs_drop::<T>(), "an object that owns others is not wiped by overwriting it alone") };
        Wiped(stack_after(|| Box::new(MaybeUninit::new(make()))))
    }

    /// The object, to be used where it lies.
    pub(crate) fn get(&self) -> &T {
        // SAFETY: `new`, the one constructor, filled the box with a whole T. Nothing writes to it but `drop`, which has it
        // exclusively and after which there is no `self` to call this on; the reference given out borrows from `self`, so
        // it is gone by then too.
        unsafe { self.0.assume_init_ref() }
    }
}

impl<T> Drop for Wiped<T> {
    /// Volatile zeros over the whole object, which is not looked at as a T again: its box holds a `MaybeUninit`, for which
    /// any bytes are good and of which nothing is dropped.
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Does key work in a stack frame of its own, then overwrites the stack that it used. What it gives must hold keys in
/// boxes only.
pub(crate) fn stack_after<T>(work: impl FnOnce() -> T) -> T {
    let done = in_a_frame_of_its_own(work);
    burn_stack::<STACK>();
    done
}

/// The same for a MAC, which needs less of the stack than curves and RSA do.
pub(crate) fn stack_after_a_mac<T>(mac: impl FnOnce() -> T) -> T {
    let done = in_a_frame_of_its_own(mac);
    burn_stack::<STACK_OF_A_MAC>();
    done
}

#[inline(never)]
fn in_a_frame_of_its_own<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Overwrites the stack below the caller.
#[inline(never)]
fn burn_stack<const WORDS: usize>() {
    let mut below = [MaybeUninit::<u64>::uninit(); WORDS];
    // The crate sees to it that this is not left out although nobody reads it again.
    below.as_mut_slice().zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wiped_object_is_used_where_it_lies() {
        let object = Wiped::new(|| [7_u32; 100]);
        assert_eq!(object.get().iter().sum::<u32>(), 700);
    }

    #[test]
    fn key_work_gives_what_it_gives() {
        assert_eq!(stack_after(|| Box::new([7; 16]))[15], 7);
    }
}
