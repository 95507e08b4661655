//! Looks for keys in all memory of this process. What is looked for stands nowhere in the open: needles are masked, and
//! what is read is masked before it is compared.

use std::collections::BTreeMap;
use std::fs::{File, read_to_string};
use std::os::unix::fs::FileExt;

use rustc_hash::FxHashMap;

/// What a masked key is XORed with, 8 bytes at a time.
const MASK: u64 = 0x9E37_79B9_7F4A_7C15;
/// A key is looked for in pieces of so many bytes, so that halves of it are found too, swapped or alone.
const PIECE: usize = size_of::<u64>();
const CHUNK: usize = 1 << 20;

/// Masks, or takes the mask off: in place, so that no copy comes of it.
pub(crate) fn mask(key: &mut [u8]) {
    key.iter_mut().zip(MASK.to_le_bytes().iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
}

/// Keys to be looked for, masked.
#[derive(Default)]
pub(crate) struct Needles {
    /// To each masked piece, which keys it is of, and which piece of them.
    pieces: FxHashMap<u64, Vec<(usize, usize)>>,
    names: Vec<String>,
}

impl Needles {
    /// A masked key. Its pieces are looked for forwards, and backwards as arithmetic holds them. Several may have one name.
    pub(crate) fn add(&mut self, name: &str, masked: &[u8]) {
        let key = self.names.len();
        self.names.push(name.to_owned());
        for (place, piece) in masked.as_chunks::<PIECE>().0.iter().enumerate() {
            let forwards = u64::from_le_bytes(*piece);
            // The mask turned round is still a mask: the piece itself is never made.
            let backwards = forwards.swap_bytes() ^ (MASK.swap_bytes() ^ MASK);
            for piece in [forwards, backwards] {
                self.pieces.entry(piece).or_default().push((key, place));
            }
        }
    }

    /// How many copies of the keys of each name there are: as many as of their most frequent pieces.
    pub(crate) fn count(&self) -> BTreeMap<&str, usize> {
        let mut found: FxHashMap<(usize, usize), usize> = FxHashMap::default();
        let mut buffer = vec![0; CHUNK + PIECE - 1];
        let own = buffer.as_ptr() as usize;
        let own = own..own + buffer.len();
        let memory = File::open("/proc/self/mem").unwrap();
        for (mut start, end) in readable() {
            while start < end {
                let length = buffer.len().min(end - start);
                // What cannot be read although the map says so is the kernel's own.
                let Ok(length) = memory.read_at(&mut buffer[..length], start as u64) else { break };
                for (at, window) in buffer[..length].windows(PIECE).enumerate() {
                    let masked = u64::from_le_bytes(window.try_into().unwrap()) ^ MASK;
                    if let Some(keys) = self.pieces.get(&masked).filter(|_| !own.contains(&(start + at))) {
                        keys.iter().for_each(|of| *found.entry(*of).or_default() += 1);
                    }
                }
                // The next chunk begins before this one's end, for what lies across.
                start += if length < PIECE || start + length == end { end - start } else { length + 1 - PIECE };
            }
        }
        buffer.fill(0);
        std::hint::black_box(&buffer);
        let mut copies = BTreeMap::new();
        for (key, name) in self.names.iter().enumerate() {
            let of_pieces = found.iter().filter(|((of, _), _)| *of == key).map(|(_, count)| *count);
            *copies.entry(name.as_str()).or_default() += of_pieces.max().unwrap_or(0);
        }
        copies
    }
}

/// From where to where this process may read.
fn readable() -> Vec<(usize, usize)> {
    let maps = read_to_string("/proc/self/maps").unwrap();
    let ranges = maps.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (start, end) = fields.next()?.split_once('-')?;
        let rights = fields.next()?;
        let address = |text| usize::from_str_radix(text, 16).unwrap();
        rights.starts_with('r').then(|| (address(start), address(end)))
    });
    ranges.collect()
}
