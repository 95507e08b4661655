//! Randomness, as it is handed in from outside.

/// Fills a buffer with random bytes: unpredictable ones on a phone, the same ones every time in a test.
pub type Randomness = Box<dyn FnMut(&mut [u8]) + Send>;
