//! Bytes of Java's that are being read, field by field. Numbers are big-endian.

use crate::border::Refused;
use crate::code::Code;

/// What is not read yet.
pub(crate) struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// Reads all of it: nothing may follow.
    pub(crate) fn whole<T>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Rest<'a>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let mut rest = Rest(bytes);
        let whole = read(&mut rest)?;
        if rest.0.is_empty() { Ok(whole) } else { Err(Code::Argument.into()) }
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Code> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Code::Argument)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], Code> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Code::Argument)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Code> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Code> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Code> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// A list: its length in one byte, then each.
    pub(crate) fn list<T>(&mut self, read: impl Fn(&mut Rest<'a>) -> Result<T, Code>) -> Result<Vec<T>, Code> {
        let count = self.u8()?;
        (0..count).map(|_| read(self)).collect()
    }
}
