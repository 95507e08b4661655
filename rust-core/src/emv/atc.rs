//! The Application Transaction Counter.

/// An Application Transaction Counter (ATC, 9F36): numbers the cryptograms of one application, rising, never twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atc(u16);

impl Atc {
    /// `None` for 0000, which stands for "none yet", and for FFFF, which is never used.
    pub fn new(number: u16) -> Option<Atc> {
        (1..0xFFFF).contains(&number).then_some(Atc(number))
    }

    /// The counter as the card sends it.
    pub fn bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }

    /// The counter as a number.
    pub fn number(self) -> u16 {
        self.0
    }

    /// What an application that has spent nothing yet shows as its last counter.
    pub(crate) const NONE_YET: Atc = Atc(0);
}
