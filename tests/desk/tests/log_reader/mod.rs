//! A reader and writer of the ledger's file, from its description in `ledger/log.rs`, `seal.rs` and `record.rs` alone.

#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test; not every file uses all of it"
)]

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};

use crate::till::Till;

const STORE_KEY: [u8; 32] = [0x5C; 32];
const HEADER: usize = 16;
pub const OPENED: u8 = 1;
pub const APPLIED: u8 = 17;
pub const ENVELOPES: u8 = 18;

/// One record as it is in the file.
pub struct Found {
    pub number: u64,
    pub synced: u64,
    pub kind: u8,
    pub body: Vec<u8>,
}

/// A log, read to its end and ready to be written on.
pub struct Log {
    pub bytes: Vec<u8>,
    pub records: Vec<Found>,
    key: LessSafeKey,
    counter: u32,
    chain: [u8; 16],
}

fn segment_key(salt: &[u8]) -> LessSafeKey {
    let extracted = Salt::new(HKDF_SHA256, salt).extract(&STORE_KEY);
    let key: UnboundKey = extracted.expand(&[b"hcepay ledger 1 segment"], &AES_256_GCM).unwrap().into();
    LessSafeKey::new(key)
}

fn nonce(counter: u32) -> Nonce {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&counter.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

fn associated(counter: u32, chain: [u8; 16]) -> Aad<Vec<u8>> {
    Aad::from([b"hcepayledger".as_slice(), &counter.to_be_bytes(), &chain].concat())
}

impl Log {
    pub fn read(bytes: &[u8]) -> Log {
        assert_eq!(&bytes[..8], b"hcepayL\x01");
        let mut log =
            Log { bytes: bytes.to_vec(), records: Vec::new(), key: segment_key(&[]), counter: 0, chain: [0; 16] };
        let mut at = HEADER;
        while at < bytes.len() {
            let before = log.chain;
            let begins = bytes[at] == b'S';
            if begins {
                (log.key, log.counter, log.chain) = (segment_key(&bytes[at + 1..at + 33]), 0, [0; 16]);
                at += 33;
            }
            assert_eq!(bytes[at], b'R');
            let counter = u32::from_be_bytes(bytes[at + 1..at + 5].try_into().unwrap());
            assert!(counter >= log.counter, "a counter is used once in a segment");
            let length = usize::from(u16::from_be_bytes(bytes[at + 5..at + 7].try_into().unwrap()));
            let sealed = &bytes[at + 7..at + 7 + length];
            let mut opened = sealed.to_vec();
            let plain = log.key.open_in_place(nonce(counter), associated(counter, log.chain), &mut opened).unwrap();
            let number = |at: usize| u64::from_be_bytes(plain[at..at + 8].try_into().unwrap());
            let found = Found { number: number(0), synced: number(8), kind: plain[16], body: plain[17..].to_vec() };
            assert_eq!(found.kind == OPENED, begins);
            if begins {
                assert!(log.records.is_empty() || found.body[4..] == before, "it names the chain before it");
            }
            if let Some(last) = log.records.last() {
                assert_eq!(found.number, last.number + 1, "without a gap");
                assert!(found.synced >= last.synced);
            }
            (log.counter, log.chain) = (counter + 1, sealed[length - 16..].try_into().unwrap());
            log.records.push(found);
            at += 7 + length;
        }
        log
    }

    pub fn append(&mut self, kind: u8, body: &[u8]) {
        let last = self.records.last().unwrap();
        let (number, synced) = (last.number + 1, last.synced);
        let mut sealed = [&number.to_be_bytes()[..], &synced.to_be_bytes(), &[kind], body].concat();
        let associated = associated(self.counter, self.chain);
        self.key.seal_in_place_append_tag(nonce(self.counter), associated, &mut sealed).unwrap();
        let length = u16::try_from(sealed.len()).unwrap();
        self.bytes.extend([&[b'R'][..], &self.counter.to_be_bytes(), &length.to_be_bytes(), &sealed].concat());
        (self.counter, self.chain) = (self.counter + 1, sealed[sealed.len() - 16..].try_into().unwrap());
        self.records.push(Found { number, synced, kind, body: body.to_vec() });
    }

    pub fn of_kind(&self, kind: u8) -> Vec<&[u8]> {
        self.records.iter().filter(|found| found.kind == kind).map(|found| found.body.as_slice()).collect()
    }
}

pub fn log_of(till: &Till) -> Log {
    Log::read(till.disk.medium().log().unwrap())
}
