//! Command and response APDUs (ISO/IEC 7816-3, section 12.1): bytes in, bytes out.

use super::status_word::StatusWord;

/// The most data bytes that an answer may carry: what a short Le of 00 asks for.
pub(crate) const MAXIMUM_DATA: usize = 256;

/// A command APDU, decoded strictly: cases 1 to 4, short and extended. Bytes left over make it malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CommandApdu<'a> {
    /// CLA.
    pub(crate) class: u8,
    /// INS.
    pub(crate) instruction: u8,
    /// P1.
    pub(crate) p1: u8,
    /// P2.
    pub(crate) p2: u8,
    /// The data field; empty in cases 1 and 2.
    pub(crate) data: &'a [u8],
    /// How many bytes the terminal takes at most (1 to 65536); absent in cases 1 and 3.
    pub(crate) expected: Option<usize>,
}

impl<'a> CommandApdu<'a> {
    /// Decodes a command.
    ///
    /// # Errors
    /// 6700 where the lengths do not fit.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<CommandApdu<'a>, StatusWord> {
        let Some((&[class, instruction, p1, p2], body)) = bytes.split_first_chunk() else {
            return Err(StatusWord::WrongLength);
        };
        let (data, expected) = match body {
            [] => (body, None),
            [le] => (&[][..], Some(short_length(*le))),
            [0, rest @ ..] => extended(rest)?,
            [lc, rest @ ..] => {
                let (data, le) = rest.split_at_checked(usize::from(*lc)).ok_or(StatusWord::WrongLength)?;
                match le {
                    [] => (data, None),
                    [le] => (data, Some(short_length(*le))),
                    _ => return Err(StatusWord::WrongLength),
                }
            }
        };
        Ok(CommandApdu { class, instruction, p1, p2, data, expected })
    }
}

/// Le of one byte: 00 stands for 256.
fn short_length(le: u8) -> usize {
    if le == 0 { 256 } else { usize::from(le) }
}

/// What follows the 00 that announces extended lengths.
fn extended(rest: &[u8]) -> Result<(&[u8], Option<usize>), StatusWord> {
    let Some((length, rest)) = rest.split_first_chunk() else {
        return Err(StatusWord::WrongLength);
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let le_of = |le: usize| if le == 0 { 65536 } else { le };
    if rest.is_empty() {
        return Ok((rest, Some(le_of(length))));
    }
    match rest.split_at_checked(length) {
        Some((data, [])) if length > 0 => Ok((data, None)),
        Some((data, [high, low])) if length > 0 => {
            Ok((data, Some(le_of(usize::from(u16::from_be_bytes([*high, *low]))))))
        }
        _ => Err(StatusWord::WrongLength),
    }
}

/// A copy of prepared data that has room for the status word behind it.
pub(crate) fn prepared(data: &[u8]) -> Vec<u8> {
    let mut answer = Vec::with_capacity(data.len().saturating_add(2));
    answer.extend_from_slice(data);
    answer
}

/// An answer as it goes to the terminal: data and 9000, or a status word without data.
pub(crate) fn response(answer: Result<Vec<u8>, StatusWord>) -> Vec<u8> {
    match answer {
        Ok(data) if data.len() > MAXIMUM_DATA => StatusWord::Fault.bytes().to_vec(),
        Ok(mut data) => {
            data.extend_from_slice(&StatusWord::Ok.bytes());
            data
        }
        Err(status_word) => status_word.bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> (Vec<u8>, Option<usize>) {
        let apdu = CommandApdu::parse(bytes).unwrap();
        (apdu.data.to_vec(), apdu.expected)
    }

    #[test]
    fn all_seven_cases_are_told_apart() {
        assert_eq!(parsed(&[0, 1, 2, 3]), (vec![], None));
        assert_eq!(parsed(&[0, 1, 2, 3, 0]), (vec![], Some(256)));
        assert_eq!(parsed(&[0, 1, 2, 3, 1, 9]), (vec![9], None));
        assert_eq!(parsed(&[0, 1, 2, 3, 1, 9, 0]), (vec![9], Some(256)));
        assert_eq!(parsed(&[0, 1, 2, 3, 0, 0, 0]), (vec![], Some(65536)));
        assert_eq!(parsed(&[0, 1, 2, 3, 0, 0, 1, 9]), (vec![9], None));
        assert_eq!(parsed(&[0, 1, 2, 3, 0, 0, 1, 9, 1, 0]), (vec![9], Some(256)));
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let malformed: [&[u8]; 11] = [
            &[],
            &[0, 1, 2],
            &[0, 1, 2, 3, 2, 9],
            &[0, 1, 2, 3, 1, 9, 0, 0],
            &[0, 1, 2, 3, 1, 9, 0, 0, 0],
            &[0, 1, 2, 3, 0, 0],
            &[0, 1, 2, 3, 0, 0, 2, 9],
            &[0, 1, 2, 3, 0, 0, 1, 9, 0],
            &[0, 1, 2, 3, 0, 0, 1, 9, 0, 0, 0],
            &[0, 1, 2, 3, 0, 0, 0, 9],
            &[0, 1, 2, 3, 0, 0, 0, 0, 0],
        ];
        for bytes in malformed {
            assert_eq!(CommandApdu::parse(bytes), Err(StatusWord::WrongLength), "{bytes:02X?}");
        }
    }
}
