//! HKDF-SHA256 (RFC 5869), with inputs given in parts so that no secret is copied to join them.

use hkdf::{Hkdf, HkdfExtract};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// More than 255 blocks of 32 bytes were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// HKDF-Extract: a key of even quality out of keying material of any. No salt is the empty one.
pub fn extract(salt: &[u8], keying_material: &[&[u8]]) -> Box<Zeroizing<[u8; 32]>> {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in keying_material {
        extract.input_ikm(part);
    }
    let (mut key, _) = extract.finalize();
    let mut boxed = Box::new(Zeroizing::new([0; 32]));
    boxed.copy_from_slice(&key);
    key.as_mut_slice().zeroize();
    boxed
}

/// HKDF-Expand: fills `output` from a key that [`extract`] gave.
///
/// # Errors
/// [`TooLong`] above 8,160 bytes.
pub fn expand(key: &[u8; 32], info: &[&[u8]], output: &mut [u8]) -> Result<(), TooLong> {
    let hkdf = Hkdf::<Sha256>::from_prk(key).expect("32 bytes are as many as SHA-256 gives");
    hkdf.expand_multi_info(info, output).map_err(|_| TooLong)
}
