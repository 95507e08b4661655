//! The 16 bytes that sign.

use std::fmt;

use zeroize::Zeroize;

/// The 16 bytes of a two-key triple DES key. Boxed so that moving it leaves no copy behind; wiped when dropped.
pub struct SecretKey(Box<[u8; 16]>);

impl SecretKey {
    /// Takes the key over.
    pub fn new(bytes: Box<[u8; 16]>) -> SecretKey {
        SecretKey(bytes)
    }

    /// A copy of what someone else wipes; `None` where it is not 16 bytes long.
    pub(crate) fn of(bytes: &[u8]) -> Option<SecretKey> {
        let mut key = Box::new([0; 16]);
        (bytes.len() == key.len()).then(|| key.copy_from_slice(bytes))?;
        Some(SecretKey(key))
    }

    /// The ledger's own copy of a key that has further uses, made in its box and not on the stack.
    pub(crate) fn copy(&self) -> SecretKey {
        let mut copy = Box::new([0; 16]);
        copy.copy_from_slice(&*self.0);
        SecretKey(copy)
    }

    /// The key's bytes, for the cipher that uses them.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Drop for SecretKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey(..)")
    }
}
