//! Records of a kind that this version does not know, written by a later one of the same format: they are kept, also where
//! the log is written anew. Reader and writer here follow the description of the file alone.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

mod till;

use hcepay_core::Wallet;
use hcepay_core::ledger::{Storage, StoredFile};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use till::Till;

const STORE_KEY: [u8; 32] = [0x5C; 32];
const HEADER: usize = 16;
const OPENED: u8 = 1;
const APPLIED: u8 = 17;
const ENVELOPES: u8 = 18;

/// One record as it is in the file.
struct Found {
    number: u64,
    synced: u64,
    kind: u8,
    body: Vec<u8>,
}

/// A log, read to its end and ready to be written on.
struct Log {
    bytes: Vec<u8>,
    records: Vec<Found>,
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
    fn read(bytes: &[u8]) -> Log {
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

    fn append(&mut self, kind: u8, body: &[u8]) {
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

    fn of_kind(&self, kind: u8) -> Vec<&[u8]> {
        self.records.iter().filter(|found| found.kind == kind).map(|found| found.body.as_slice()).collect()
    }
}

fn log_of(till: &Till) -> Log {
    Log::read(till.disk.medium().log().unwrap())
}

/// The wallet, found with this log.
fn opened_with(till: &Till, log: &[u8]) -> Till {
    let disk = Disk::default();
    disk.create(StoredFile::Log).unwrap();
    disk.append(StoredFile::Log, log).unwrap();
    let wallet = Wallet::open(Box::new(disk.clone()), store_key(), 0, NEW_YEAR, randomness(3)).unwrap();
    let mut opened = Till { disk, wallet, card: till.card, now: NEW_YEAR, mark: 0 };
    opened.keep_mark();
    opened
}

#[test]
fn the_file_is_as_it_is_described() {
    let mut till = Till::with(&[1, 2, 3]);
    assert_eq!(till.pay(), Ok(1));
    let log = log_of(&till);
    assert!(log.records.len() > 8);
    // Written by hand as the core would: an envelope that came to nothing.
    let mut log = log;
    log.append(APPLIED, &[&7_u64.to_be_bytes()[..], &[0xDD; 32], &[0, 0]].concat());
    till = opened_with(&till, &log.bytes);
    assert_eq!((till.wallet.highest_sequence(), till.pay()), (7, Ok(2)));
    till.grow_until_compacted();
    let anew = log_of(&till);
    let [envelopes] = anew.of_kind(ENVELOPES)[..] else { panic!("one record of the envelopes") };
    assert_eq!(envelopes, [&7_u64.to_be_bytes()[..], &[1], &[0xDD; 32]].concat());
}

#[test]
fn what_this_version_does_not_know_is_kept_through_a_log_written_anew() {
    let till = Till::with(&[1, 2, 3]);
    let mut log = log_of(&till);
    log.append(200, b"a limit that a later version keeps");
    log.append(255, b"");
    log.append(200, b"and another");
    let nested = [&[201][..], b"within an envelope"].concat();
    let length = u16::try_from(nested.len()).unwrap();
    log.append(APPLIED, &[&1_u64.to_be_bytes()[..], &[0xDD; 32], &[0, 1], &length.to_be_bytes(), &nested].concat());
    let mut till = opened_with(&till, &log.bytes);
    assert_eq!(till.pay(), Ok(1), "they disturb no one");
    for _ in 0..2 {
        till.grow_until_compacted();
        till = till.reopened(NEW_YEAR);
        let anew = log_of(&till);
        assert!(anew.bytes.len() < 20_000, "{}", anew.bytes.len());
        assert_eq!(anew.of_kind(200), [&b"a limit that a later version keeps"[..], b"and another"], "in their order");
        assert_eq!((anew.of_kind(255), anew.of_kind(201)), (vec![&b""[..]], vec![&b"within an envelope"[..]]));
        assert_eq!(anew.of_kind(APPLIED).len(), 0);
    }
    assert_eq!(till.pay(), Ok(2));
}
