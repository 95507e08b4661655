//! Numbers and strings one behind the other, as ledger records, envelope contents and requests are made of them: most
//! significant byte first; a string is its length (one byte or two), then its bytes.

/// Takes fields off the front. Every method gives `None` where there are not enough bytes.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Fields<'a> {
        Fields(bytes)
    }

    /// `Some` where nothing is left: the end was as expected.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn array<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A string with one byte of length.
    pub(crate) fn string8(&mut self) -> Option<&'a [u8]> {
        let length = self.u8()?;
        self.bytes(length.into())
    }

    /// A string with two bytes of length.
    pub(crate) fn string16(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.bytes(length.into())
    }
}

/// Writes a string with one byte of length.
pub(crate) fn put_string8(out: &mut Vec<u8>, string: &[u8]) {
    out.push(u8::try_from(string.len()).expect("names and indexes are short"));
    out.extend_from_slice(string);
}

/// Writes a string with two bytes of length.
pub(crate) fn put_string16(out: &mut Vec<u8>, string: &[u8]) {
    out.extend_from_slice(&u16::try_from(string.len()).expect("profiles and records are below 64 KiB").to_be_bytes());
    out.extend_from_slice(string);
}
