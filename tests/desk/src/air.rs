//! How long a tap's bytes are on the air: arithmetic over a recorded tap, nothing measured.
//!
//! ISO/IEC 14443, type A. Part 4: a command or an answer goes in I-blocks, each a control byte (PCB), as many bytes as the frame
//! leaves room for, and two of CRC; every block but the last is answered by an R-block of three bytes (chaining). Part 3: a byte
//! has a parity bit behind it, a frame two bits around it (its start, its end), and the card waits at least 1172 cycles of the
//! carrier (13.56 MHz) before it answers. Part 2: at 106 kbit/s a bit takes 128 cycles, and half at each step above that.
//!
//! Not in it: anticollision and RATS, which come before; the reader's pauses (EMV Level 1 wants 6780 cycles at least, 0.5 ms,
//! before each of its frames); what card and reader compute; what is sent again.

use hcepay_tests::terminal::Exchange;

const CARRIER_HZ: u32 = 13_560_000;
/// Cycles of the carrier before the card's frame (ISO/IEC 14443-3, frame delay time).
const DELAY: u32 = 1172;
/// Cycles of the carrier for a bit at 106 kbit/s.
const BIT: u32 = 128;
/// PCB and CRC.
const AROUND: usize = 3;
const R_BLOCK: usize = AROUND;

/// How fast both sides send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// 106 kbit/s, at which every tap begins.
    Kbit106,
    /// 212 kbit/s.
    Kbit212,
    /// 424 kbit/s.
    Kbit424,
}

impl Rate {
    /// All.
    pub const ALL: [Rate; 3] = [Rate::Kbit106, Rate::Kbit212, Rate::Kbit424];

    fn cycles_of_a_bit(self) -> u32 {
        match self {
            Rate::Kbit106 => BIT,
            Rate::Kbit212 => BIT / 2,
            Rate::Kbit424 => BIT / 4,
        }
    }
}

/// What goes over the air in one tap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Air {
    /// Bytes of commands.
    pub bytes_up: usize,
    /// Bytes of answers, status words too.
    pub bytes_down: usize,
    /// Frames, either way.
    pub frames: u32,
    frames_of_the_card: u32,
    bits: u32,
}

impl Air {
    /// Of these exchanges, where either side takes frames of so many bytes (FSD, FSC).
    pub fn of(exchanges: &[Exchange], frame: usize) -> Air {
        let mut air = Air::default();
        for Exchange { command, response } in exchanges {
            air.bytes_up = air.bytes_up.saturating_add(command.len());
            air.bytes_down = air.bytes_down.saturating_add(response.len());
            air.send(command.len(), frame, false);
            air.send(response.len(), frame, true);
        }
        air
    }

    fn send(&mut self, mut left: usize, frame: usize, from_card: bool) {
        let room = frame.saturating_sub(AROUND).max(1);
        loop {
            let sent = left.min(room);
            self.frame(sent.saturating_add(AROUND), from_card);
            left = left.saturating_sub(sent);
            if left == 0 {
                return;
            }
            self.frame(R_BLOCK, !from_card);
        }
    }

    fn frame(&mut self, bytes: usize, from_card: bool) {
        self.frames = self.frames.saturating_add(1);
        self.frames_of_the_card = self.frames_of_the_card.saturating_add(from_card.into());
        let bits = bytes.saturating_mul(9).saturating_add(2);
        self.bits = self.bits.saturating_add(u32::try_from(bits).unwrap_or(u32::MAX));
    }

    /// How long it takes.
    pub fn milliseconds(&self, rate: Rate) -> f64 {
        let sent = f64::from(self.bits) * f64::from(rate.cycles_of_a_bit());
        let waited = f64::from(self.frames_of_the_card) * f64::from(DELAY);
        (sent + waited) / f64::from(CARRIER_HZ) * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(command: usize, answer: usize, frame: usize) -> Air {
        let mut air = Air::default();
        air.send(command, frame, false);
        air.send(answer, frame, true);
        air
    }

    #[test]
    fn a_command_and_an_answer_that_fit_are_a_frame_each() {
        let air = of(20, 61, 256);
        assert_eq!((air.frames, air.frames_of_the_card), (2, 1));
        // (20 + 3 + 61 + 3) bytes of 9 bits, 4 bits around them: 787 bits of 128 cycles, and one delay.
        assert_eq!(air.bits, 787);
        assert!((air.milliseconds(Rate::Kbit106) - 7.5153).abs() < 0.0001, "{}", air.milliseconds(Rate::Kbit106));
        assert!((air.milliseconds(Rate::Kbit424) - 1.9437).abs() < 0.0001, "{}", air.milliseconds(Rate::Kbit424));
    }

    #[test]
    fn what_does_not_fit_is_chained_and_every_block_but_the_last_acknowledged() {
        assert_eq!(of(20, 61, 64).frames, 2, "61 bytes fill a frame of 64");
        assert_eq!(of(20, 62, 64).frames, 4);
        assert_eq!(of(62, 123, 64).frames, 8, "two blocks and an R-block, three blocks and two");
        assert_eq!(of(20, 258, 256).frames, 4, "the longest answer");
    }
}
