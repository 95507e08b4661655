//! The ledger's file, read and written a second time, from its description alone (in the core: `ledger/log.rs` for the file,
//! `ledger/seal.rs` for the seal). What a record says is left to whoever reads it.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};

use crate::issuer::hkdf::hkdf;

/// A record that says where a segment begins.
pub const OPENED: u8 = 1;

const MAGIC: &[u8; 8] = b"hcepayL\x01";
const SEGMENT: u8 = b'S';
const RECORD: u8 = b'R';
const NO_CHAIN: [u8; 16] = [0; 16];

/// One record, in the file and behind the seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The salt, where a segment begins with it.
    pub salt: Option<[u8; 32]>,
    /// Counts the records of the segment, from 0.
    pub counter: u32,
    /// Ciphertext and tag.
    pub sealed: Vec<u8>,
    /// Counts the records of the file's life, from 1.
    pub number: u64,
    /// Up to which number all records were on the medium.
    pub synced: u64,
    /// What it says.
    pub kind: u8,
    /// With which data.
    pub body: Vec<u8>,
}

/// A file, read to its end and ready to be written on.
pub struct LedgerFile {
    /// All of it.
    pub bytes: Vec<u8>,
    /// What stands in it.
    pub records: Vec<Record>,
    /// What the next records say is on the medium.
    pub synced: u64,
    store_key: [u8; 32],
    segment: Aes256Gcm,
    counter: u32,
    chain: [u8; 16],
}

impl fmt::Debug for LedgerFile {
    /// No key.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LedgerFile").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

/// The first thing that is not as described, and the offset at which the record or the header begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAsDescribed {
    /// Where.
    pub at: usize,
    /// What.
    pub what: &'static str,
}

impl LedgerFile {
    /// A header and nothing else.
    pub fn new(store_key: [u8; 32]) -> LedgerFile {
        LedgerFile {
            bytes: [MAGIC.as_slice(), &check_value(&store_key)].concat(),
            records: Vec::new(),
            synced: 0,
            store_key,
            segment: segment_key(&store_key, &[]),
            counter: 0,
            chain: NO_CHAIN,
        }
    }

    /// Reads a file to its last byte.
    ///
    /// # Errors
    /// Where it is not as described.
    pub fn read(bytes: &[u8], store_key: [u8; 32]) -> Result<LedgerFile, NotAsDescribed> {
        let mut file = LedgerFile::new(store_key);
        let header = file.bytes.len();
        if !bytes.starts_with(&file.bytes) {
            return Err(NotAsDescribed { at: 0, what: "magic, version and check value" });
        }
        let mut rest = bytes.get(header..).unwrap_or_default();
        while !rest.is_empty() {
            let at = bytes.len().saturating_sub(rest.len());
            let record = file.next(&mut rest).map_err(|what| NotAsDescribed { at, what })?;
            file.synced = record.synced;
            file.records.push(record);
        }
        file.bytes = bytes.to_vec();
        Ok(file)
    }

    /// Takes a record off the front, and checks that it follows those before it.
    fn next(&mut self, rest: &mut &[u8]) -> Result<Record, &'static str> {
        let before = self.chain;
        let salt: Option<[u8; 32]> = match rest.split_first() {
            Some((&SEGMENT, behind)) => {
                *rest = behind;
                Some(take(rest).ok_or("a salt")?)
            }
            _ => None,
        };
        if let Some(salt) = &salt {
            (self.segment, self.counter, self.chain) = (segment_key(&self.store_key, salt), 0, NO_CHAIN);
        }
        if take(rest) != Some([RECORD]) {
            return Err("a record's first byte");
        }
        let counter = take(rest).map(u32::from_be_bytes).ok_or("a counter")?;
        let length = take(rest).map(u16::from_be_bytes).ok_or("a length")?;
        let (sealed, behind) = rest.split_at_checked(length.into()).ok_or("as many bytes as the length says")?;
        *rest = behind;
        if counter < self.counter {
            return Err("a counter that is used once in a segment");
        }
        let aad = associated(counter, &self.chain);
        let plain = self.segment.decrypt(&nonce(counter), Payload { msg: sealed, aad: &aad });
        let plain = plain.map_err(|_| "a seal under this key, counter and chain")?;
        let mut plain = plain.as_slice();
        let number = take(&mut plain).map(u64::from_be_bytes).ok_or("a number")?;
        let synced = take(&mut plain).map(u64::from_be_bytes).ok_or("the number on the medium")?;
        let [kind] = take(&mut plain).ok_or("a kind")?;
        let record = Record { salt, counter, sealed: sealed.to_vec(), number, synced, kind, body: plain.to_vec() };
        if (kind == OPENED) != salt.is_some() {
            return Err("an opening where a segment begins, and only there");
        }
        if let Some(last) = self.records.last() {
            if number != last.number.saturating_add(1) || synced < last.synced {
                return Err("numbers without a gap");
            }
            if salt.is_some() && !record.body.ends_with(&before) {
                return Err("the chain before the segment");
            }
        }
        self.counter = counter.saturating_add(1);
        self.chain = *sealed.last_chunk().ok_or("a tag")?;
        Ok(record)
    }

    /// Begins a segment, at 0 on the boot clock, with nothing to say about what stands before it.
    pub fn begin_segment(&mut self, salt: [u8; 32], boot_count: u32) {
        let opened = [boot_count.to_be_bytes().as_slice(), &[0; 8], &[0], &self.chain].concat();
        (self.segment, self.counter, self.chain) = (segment_key(&self.store_key, &salt), 0, NO_CHAIN);
        self.bytes.push(SEGMENT);
        self.bytes.extend(salt);
        self.seal(Some(salt), OPENED, &opened);
    }

    /// Writes a record behind the last one, in its segment.
    pub fn append(&mut self, kind: u8, body: &[u8]) {
        self.seal(None, kind, body);
    }

    fn seal(&mut self, salt: Option<[u8; 32]>, kind: u8, body: &[u8]) {
        let (number, synced) = (self.records.last().map_or(0, |last| last.number).saturating_add(1), self.synced);
        let plain = [&number.to_be_bytes(), synced.to_be_bytes().as_slice(), &[kind], body].concat();
        let (counter, aad) = (self.counter, associated(self.counter, &self.chain));
        let sealed = self.segment.encrypt(&nonce(counter), Payload { msg: &plain, aad: &aad });
        let sealed = sealed.expect("no record is near the limit of AES-GCM");
        let length = u16::try_from(sealed.len()).expect("whoever writes keeps records below 64 KiB");
        self.bytes.push(RECORD);
        self.bytes.extend(counter.to_be_bytes());
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(&sealed);
        self.counter = counter.saturating_add(1);
        self.chain = *sealed.last_chunk().expect("a tag is there always");
        self.records.push(Record { salt, counter, sealed, number, synced, kind, body: body.to_vec() });
    }

    /// The bodies of all records of one kind.
    pub fn of_kind(&self, kind: u8) -> Vec<&[u8]> {
        self.records.iter().filter(|record| record.kind == kind).map(|record| record.body.as_slice()).collect()
    }
}

/// The eight bytes by which a store key is known.
pub fn check_value(store_key: &[u8; 32]) -> [u8; 8] {
    *hkdf(&[], store_key, &[b"hcepay ledger 1 check"]).first_chunk().expect("32 bytes begin with 8")
}

fn segment_key(store_key: &[u8; 32], salt: &[u8]) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(hkdf(salt, store_key, &[b"hcepay ledger 1 segment"])))
}

fn nonce(counter: u32) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut nonce = [0; 12];
    if let Some(last) = nonce.last_chunk_mut() {
        *last = counter.to_be_bytes();
    }
    Nonce::from(nonce)
}

fn associated(counter: u32, chain: &[u8; 16]) -> Vec<u8> {
    [b"hcepayledger".as_slice(), &counter.to_be_bytes(), chain].concat()
}

fn take<const LENGTH: usize>(rest: &mut &[u8]) -> Option<[u8; LENGTH]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}
