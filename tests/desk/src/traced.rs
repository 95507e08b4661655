//! A wallet's trace, read back: [`hcepay_core::Wallet::trace`], whose format the core's `tap/trace.rs` describes. It comes from
//! strangers: nothing of it is shown but what was read as what it should be.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use hcepay_core::{Outcome, Reason};
use hcepay_tests::bytes::from_hex;

/// The first line.
const HEAD: &str = "hcepay trace ";
const VERSION: &str = "1";
/// Several times what eight contacts take.
const LONGEST: u64 = 1 << 18;

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedContact {
    /// In order.
    pub exchanges: Vec<TracedExchange>,
    /// How many more there were.
    pub left_out: u32,
    /// What the report says.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<Reason>,
}

/// A command and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedExchange {
    /// Milliseconds since the command before.
    pub gap_ms: u64,
    /// The command.
    pub command: TracedCommand,
    /// What is in it.
    pub sent: Vec<TracedObject>,
    /// The answer's status word.
    pub status: u16,
    /// How many bytes of data are before it.
    pub length: usize,
    /// What is in them.
    pub answered: Vec<TracedObject>,
}

/// What the terminal sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TracedCommand {
    /// A command.
    Command {
        /// CLA INS P1 P2.
        header: [u8; 4],
        /// The length of its data.
        lc: usize,
        /// How much it takes at most.
        le: Option<usize>,
    },
    /// So many bytes that are none.
    None(usize),
}

/// A data object, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedObject {
    /// How many templates are around it.
    pub depth: usize,
    /// Its tag; absent where the bytes are no object.
    pub tag: Option<u32>,
    /// Its length.
    pub length: usize,
    /// As much of the value as the trace shows.
    pub value: Vec<u8>,
}

/// Why a file is no trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceError {
    /// The file cannot be read.
    Unreadable(io::ErrorKind),
    /// It is longer than any trace, or is no text, or does not begin as one.
    NoTrace,
    /// Of another version than this program reads.
    AnotherVersion,
    /// This line, from 1, is none of a trace, or not in its place.
    WrongLine(usize),
    /// It ends before a contact does.
    CutShort,
}

impl TraceError {
    /// Words joined by hyphens, the same in every version.
    pub fn name(self) -> &'static str {
        match self {
            TraceError::Unreadable(_) => "unreadable",
            TraceError::NoTrace => "no-trace",
            TraceError::AnotherVersion => "another-version",
            TraceError::WrongLine(_) => "wrong-line",
            TraceError::CutShort => "cut-short",
        }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.name())?;
        match self {
            TraceError::Unreadable(kind) => write!(formatter, "{kind}"),
            TraceError::NoTrace => write!(formatter, "a trace begins with the line `{HEAD}{VERSION}`"),
            TraceError::AnotherVersion => write!(formatter, "this program reads version {VERSION}"),
            TraceError::WrongLine(line) => write!(formatter, "line {line} is none of a trace, or not in its place"),
            TraceError::CutShort => write!(formatter, "it ends before a contact does"),
        }
    }
}

/// Reads the trace in a file.
///
/// # Errors
/// Why it is none.
pub fn read(path: &Path) -> Result<Vec<TracedContact>, TraceError> {
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| TraceError::Unreadable(error.kind()))?;
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(|error| TraceError::Unreadable(error.kind()))?;
    if text.len() as u64 > LONGEST {
        return Err(TraceError::NoTrace);
    }
    parse(str::from_utf8(&text).map_err(|_| TraceError::NoTrace)?)
}

/// Reads a trace.
///
/// # Errors
/// Why it is none.
pub fn parse(text: &str) -> Result<Vec<TracedContact>, TraceError> {
    let lines = text.lines().zip(1..).map(|(line, number)| (line.trim_end(), number));
    let mut lines = lines.filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
    match lines.next().and_then(|(line, _)| line.strip_prefix(HEAD)) {
        Some(VERSION) => {}
        Some(other) if !other.is_empty() && other.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Err(TraceError::AnotherVersion);
        }
        _ => return Err(TraceError::NoTrace),
    }
    let mut contacts = Vec::new();
    let mut place = Place::Between;
    for (line, number) in lines {
        place = place.after(line, &mut contacts).ok_or(TraceError::WrongLine(number))?;
    }
    match place {
        Place::Between => Ok(contacts),
        _ => Err(TraceError::CutShort),
    }
}

/// Where in a trace a line stands.
enum Place {
    /// Outside of contacts.
    Between,
    /// In a contact, where the next exchange may begin.
    Contact(Vec<TracedExchange>),
    /// Behind a command, before its answer.
    Command(Vec<TracedExchange>, TracedExchange),
    /// Behind the last exchange that there was room for.
    LeftOut(Vec<TracedExchange>, u32),
}

impl Place {
    /// Takes a line in.
    fn after(self, line: &str, contacts: &mut Vec<TracedContact>) -> Option<Place> {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (self, mark) {
            (Place::Between, "contact") => rest.is_empty().then(|| Place::Contact(Vec::new())),
            (Place::Contact(exchanges), ">") => {
                let (gap_ms, command) = command(rest)?;
                let exchange =
                    TracedExchange { gap_ms, command, sent: Vec::new(), status: 0, length: 0, answered: Vec::new() };
                Some(Place::Command(exchanges, exchange))
            }
            (Place::Command(exchanges, mut exchange), "") => {
                exchange.sent.push(object(line)?);
                Some(Place::Command(exchanges, exchange))
            }
            (Place::Command(mut exchanges, mut exchange), "<") => {
                let (status, length) = rest.split_once(' ')?;
                exchange.status = u16::from_be_bytes(bytes(status)?);
                exchange.length = length.parse().ok()?;
                exchanges.push(exchange);
                Some(Place::Contact(exchanges))
            }
            (Place::Contact(mut exchanges), "") => {
                exchanges.last_mut()?.answered.push(object(line)?);
                Some(Place::Contact(exchanges))
            }
            (Place::Contact(exchanges), "left") => {
                let left_out = rest.strip_prefix("out ")?.parse().ok()?;
                Some(Place::LeftOut(exchanges, left_out))
            }
            (Place::Contact(exchanges), "=") => end(exchanges, 0, rest, contacts),
            (Place::LeftOut(exchanges, left_out), "=") => end(exchanges, left_out, rest, contacts),
            _ => None,
        }
    }
}

/// `OUTCOME REASON`.
fn end(exchanges: Vec<TracedExchange>, left_out: u32, rest: &str, contacts: &mut Vec<TracedContact>) -> Option<Place> {
    let (outcome, reason) = rest.split_once(' ')?;
    let reason = if reason == "-" { None } else { Some(Reason::named(reason)?) };
    contacts.push(TracedContact { exchanges, left_out, outcome: Outcome::named(outcome)?, reason });
    Some(Place::Between)
}

/// `MS ms HEADER lc N le N NAME` or `MS ms ? N`. The name follows from the header.
fn command(rest: &str) -> Option<(u64, TracedCommand)> {
    let (gap, rest) = rest.split_once(" ms ")?;
    let command = match rest.strip_prefix("? ") {
        Some(length) => TracedCommand::None(length.parse().ok()?),
        None => {
            let (header, rest) = rest.split_once(" lc ")?;
            let (lc, rest) = rest.split_once(" le ")?;
            let (le, _name) = rest.split_once(' ')?;
            let le = if le == "-" { None } else { Some(le.parse().ok()?) };
            TracedCommand::Command { header: bytes(header)?, lc: lc.parse().ok()?, le }
        }
    };
    Some((gap.parse().ok()?, command))
}

/// Two spaces for each template and two more, then `TAG N VALUE` or `? N`.
fn object(line: &str) -> Option<TracedObject> {
    let text = line.trim_start_matches(' ');
    let depth = line.len().checked_sub(text.len())?.checked_div(2)?.checked_sub(1)?;
    let mut parts = text.split(' ');
    let (tag, length) = (parts.next()?, parts.next()?.parse().ok()?);
    let tag = match tag {
        "?" => None,
        tag => Some(tag_of(&from_hex(tag)?)?),
    };
    let value = match (parts.next(), tag) {
        (None, _) => Vec::new(),
        (Some(value), Some(_)) => from_hex(value.trim_end_matches('+'))?,
        (Some(_), None) => return None,
    };
    (parts.next().is_none() && value.len() <= length).then_some(TracedObject { depth, tag, length, value })
}

fn tag_of(bytes: &[u8]) -> Option<u32> {
    (1..=3).contains(&bytes.len()).then(|| bytes.iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte)))
}

fn bytes<const LENGTH: usize>(text: &str) -> Option<[u8; LENGTH]> {
    from_hex(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "hcepay trace 1\n# said by hand\n\ncontact\n> 0 ms 00A40400 lc 7 le 256 SELECT\n  84 7 A000000003+\n\
                         < 6A82 0\n> 1203 ms ? 3\n< 6700 0\nleft out 2\n= declined no-key-left\ncontact\n= nothing -\n";

    #[test]
    fn a_trace_is_read_line_by_line() {
        let contacts = parse(TRACE).unwrap();
        let [first, second] = contacts.as_slice() else { panic!("{contacts:?}") };
        assert_eq!((first.outcome, first.reason, first.left_out), (Outcome::Declined, Some(Reason::NoKeyLeft), 2));
        let [select, none] = first.exchanges.as_slice() else { panic!("{first:?}") };
        let header = [0x00, 0xA4, 0x04, 0x00];
        assert_eq!(select.command, TracedCommand::Command { header, lc: 7, le: Some(256) });
        let value = vec![0xA0, 0, 0, 0, 3];
        assert_eq!(select.sent, [TracedObject { depth: 0, tag: Some(0x84), length: 7, value }]);
        assert_eq!((none.gap_ms, none.command, none.status), (1203, TracedCommand::None(3), 0x6700));
        assert_eq!((second.exchanges.len(), second.outcome, second.reason), (0, Outcome::Nothing, None));
        assert_eq!(parse(&TRACE.replace('\n', "\r\n")), Ok(contacts), "as some editors save it");
    }

    #[test]
    fn each_way_of_being_none_has_a_name() {
        assert_eq!(parse(""), Err(TraceError::NoTrace));
        assert_eq!(parse("%PDF-1.7\n"), Err(TraceError::NoTrace));
        assert_eq!(parse("hcepay trace one\n"), Err(TraceError::NoTrace));
        assert_eq!(parse("hcepay trace 2\n"), Err(TraceError::AnotherVersion));
        let mut lines: Vec<&str> = TRACE.lines().collect();
        for cut in 4..=lines.len() {
            // After its last line and after the first contact's it is whole.
            let expected = if cut == 11 || cut == 13 { None } else { Some(TraceError::CutShort) };
            assert_eq!(parse(&lines[..cut].join("\n")).err(), expected, "{cut}");
        }
        for (at, wrong) in [
            (3, "contacts"),
            (3, "= nothing -"),
            (4, "> 0 ms 00A404 lc 7 le 256 SELECT"),
            (4, "> -1 ms ? 3"),
            (4, "> 0 ms 00A40400 lc 7"),
            (5, "  84 4 A000000003"),
            (5, "  84"),
            (5, "84 7"),
            (5, "  9F0102FF 7"),
            (5, "  ? 7 00"),
            (6, "< 6A8 0"),
            (6, "< 6A82"),
            (9, "left out -2"),
            (10, "= approved -"),
            (10, "= declined so-it-is"),
            (11, "coffee"),
        ] {
            let right = std::mem::replace(&mut lines[at], wrong);
            assert_eq!(parse(&lines.join("\n")), Err(TraceError::WrongLine(at + 1)), "{wrong}");
            lines[at] = right;
        }
    }

    #[test]
    fn a_file_that_is_too_long_or_no_text_is_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (content, error) in [
            (TRACE.as_bytes().to_vec(), None),
            ([TRACE.as_bytes(), &vec![b'\n'; 1 << 18]].concat(), Some(TraceError::NoTrace)),
            ([TRACE.as_bytes(), &[0xFF]].concat(), Some(TraceError::NoTrace)),
        ] {
            std::fs::write(file.path(), content).unwrap();
            assert_eq!(read(file.path()).err(), error);
        }
        assert_eq!(read(Path::new("/none")), Err(TraceError::Unreadable(io::ErrorKind::NotFound)));
    }
}
