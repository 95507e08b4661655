//! One command and its answer, and the outside of every answer: its size and its status word.

use crate::terminal::Reason;

/// A command and what the card answered, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The command APDU.
    pub command: Vec<u8>,
    /// The answer: data and status word.
    pub response: Vec<u8>,
}

/// More than a directory, a few applications and 16 records need, and few enough for a card that never ends.
const MOST_EXCHANGES: usize = 64;
/// A short answer: 256 data bytes and the status word (ISO/IEC 7816-3, Le = 00).
const LONGEST_ANSWER: usize = 258;

/// The line to the card. Keeps what passed over it.
pub(super) struct Link<'a> {
    card: &'a mut dyn FnMut(&[u8]) -> Vec<u8>,
    exchanges: Vec<Exchange>,
}

impl<'a> Link<'a> {
    pub(super) fn new(card: &'a mut dyn FnMut(&[u8]) -> Vec<u8>) -> Link<'a> {
        Link { card, exchanges: Vec::new() }
    }

    pub(super) fn into_exchanges(self) -> Vec<Exchange> {
        self.exchanges
    }

    /// Sends a command and splits the answer.
    ///
    /// 61xx and 6Cxx are procedure bytes of T=0 and never come over ISO-DEP; an error status word comes without data,
    /// only warnings (62xx, 63xx) may carry some.
    pub(super) fn transmit(&mut self, command: Vec<u8>) -> Result<Answer, Reason> {
        if self.exchanges.len() >= MOST_EXCHANGES {
            return Err(Reason::TooManyExchanges);
        }
        let response = (self.card)(&command);
        self.exchanges.push(Exchange { command, response: response.clone() });
        if response.len() > LONGEST_ANSWER {
            return Err(Reason::AnswerTooLong);
        }
        let (data, status) = response.split_last_chunk::<2>().ok_or(Reason::AnswerTooShort)?;
        let status = u16::from_be_bytes(*status);
        match status >> 8 {
            0x61 | 0x6C => Err(Reason::ProcedureByte(status)),
            0x62 | 0x63 => Ok(Answer { data: data.to_vec(), status }),
            _ if status != 0x9000 && !data.is_empty() => Err(Reason::DataWithRefusal(status)),
            _ => Ok(Answer { data: data.to_vec(), status }),
        }
    }
}

/// An answer of a size that can be, with a status word that can be.
pub(super) struct Answer {
    data: Vec<u8>,
    pub(super) status: u16,
}

impl Answer {
    /// The data where the status word is 9000; every other one, warnings too, is a refusal.
    pub(super) fn accepted(self, refused: fn(u16) -> Reason) -> Result<Vec<u8>, Reason> {
        if self.status == 0x9000 { Ok(self.data) } else { Err(refused(self.status)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason_of(response: &[u8]) -> Option<Reason> {
        let mut card = |_: &[u8]| response.to_vec();
        let answer = Link::new(&mut card).transmit(vec![0x00, 0xA4, 0x04, 0x00]);
        answer.and_then(|answer| answer.accepted(Reason::SelectRefused)).err()
    }

    #[test]
    fn an_answer_has_a_status_word_and_at_most_256_data_bytes() {
        assert_eq!(reason_of(&[]), Some(Reason::AnswerTooShort));
        assert_eq!(reason_of(&[0x90]), Some(Reason::AnswerTooShort));
        assert_eq!(reason_of(&[0x90, 0x00]), None);
        let mut longest = vec![0; 256];
        longest.extend([0x90, 0x00]);
        assert_eq!(reason_of(&longest), None);
        longest.insert(0, 0);
        assert_eq!(reason_of(&longest), Some(Reason::AnswerTooLong));
    }

    #[test]
    fn procedure_bytes_are_refused() {
        assert_eq!(reason_of(&[0x61, 0x10]), Some(Reason::ProcedureByte(0x6110)));
        assert_eq!(reason_of(&[0x6C, 0x10]), Some(Reason::ProcedureByte(0x6C10)));
    }

    #[test]
    fn an_error_comes_without_data_and_a_warning_is_a_refusal() {
        assert_eq!(reason_of(&[0x6A, 0x82]), Some(Reason::SelectRefused(0x6A82)));
        assert_eq!(reason_of(&[0x01, 0x6A, 0x82]), Some(Reason::DataWithRefusal(0x6A82)));
        assert_eq!(reason_of(&[0x01, 0x62, 0x83]), Some(Reason::SelectRefused(0x6283)));
    }

    #[test]
    fn a_card_cannot_keep_the_terminal_asking() {
        let mut card = |_: &[u8]| vec![0x90, 0x00];
        let mut link = Link::new(&mut card);
        for _ in 0..MOST_EXCHANGES {
            assert!(link.transmit(vec![0x00]).is_ok());
        }
        assert_eq!(link.transmit(vec![0x00]).err(), Some(Reason::TooManyExchanges));
    }
}
