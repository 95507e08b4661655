//! A contact that the app's service had with any terminal, and that the app watched: to be decoded, as far as it has come.

use std::time::Duration;

use hcepay_tests::terminal::Exchange;

/// What was said, and how long each answer took.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// In their order.
    pub exchanges: Vec<Exchange>,
    /// From each command to its answer.
    pub times: Vec<Duration>,
}

impl Watched {
    /// Reads what the app has written down: for each command its length (2), itself, the answer's length (2), the answer, and
    /// microseconds (4). `None` where it ends in the middle.
    pub fn parse(mut written: &[u8]) -> Option<Watched> {
        let mut watched = Watched::default();
        while !written.is_empty() {
            let command = counted(&mut written)?.to_vec();
            let response = counted(&mut written)?.to_vec();
            let (time, rest) = written.split_first_chunk()?;
            written = rest;
            watched.exchanges.push(Exchange { command, response });
            watched.times.push(Duration::from_micros(u64::from(u32::from_be_bytes(*time))));
        }
        Some(watched)
    }
}

fn counted<'a>(written: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = written.split_first_chunk()?;
    let (counted, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    *written = rest;
    Some(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_in_the_middle_is_nothing() {
        let written = [0, 2, 0x00, 0xA4, 0, 2, 0x90, 0x00, 0, 0, 3, 0xE8, 0, 0, 0, 1, 0x6F, 0, 0, 0, 9];
        let read = Watched::parse(&written).unwrap();
        let said: Vec<(&[u8], &[u8])> = read.exchanges.iter().map(|said| (&*said.command, &*said.response)).collect();
        assert_eq!(said, [(&[0x00, 0xA4][..], &[0x90, 0x00][..]), (&[][..], &[0x6F][..])]);
        assert_eq!(read.times, [Duration::from_millis(1), Duration::from_micros(9)]);
        let whole: Vec<usize> = (0..written.len()).filter(|end| Watched::parse(&written[..*end]).is_some()).collect();
        assert_eq!(whole, [0, 12]);
    }
}
