//! A card on the virtual reader vpcd, so that every program that speaks PC/SC can tap it.
//!
//! The card calls, vpcd listens. Each message is a length of two bytes, big-endian, and as many bytes. One byte is a word of the
//! reader itself: 00 power off, 01 power on, 02 reset, 04 give your ATR, which alone is answered. Anything longer is a command.
//! Source: the table in vsmartcard's documentation, `virtualsmartcard/doc/api.rst`.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::str::FromStr;

/// What a PC/SC reader makes up for a contactless card of ISO/IEC 14443-4, which has no answer to reset of its own (PC/SC part 3,
/// section 3.1.3.2.3.1): 3B; 8n, n the number of historical bytes; 80 01; the historical bytes of the card's answer to select;
/// the exclusive or of all after 3B. A phone's has none: Android's NFC stack sets the controller's `LA_HIST_BY` to no bytes.
const ATR: [u8; 5] = [0x3B, 0x80, 0x80, 0x01, 0x01];

/// Where vpcd listens: on this machine. What a card answers, demo or not, goes over no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopbackAddress(SocketAddr);

impl LoopbackAddress {
    /// The port of vpcd's first reader.
    pub const OF_VPCD: LoopbackAddress = LoopbackAddress(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 35_963));
}

impl FromStr for LoopbackAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<LoopbackAddress, &'static str> {
        let address = text.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback());
        address.map(LoopbackAddress).ok_or("a loopback address and a port are wanted, as 127.0.0.1:35963")
    }
}

impl fmt::Display for LoopbackAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why there is no reader any more, or never was one.
#[derive(Debug)]
pub enum VpcdError {
    /// Nothing listens there.
    NotThere(LoopbackAddress, io::Error),
    /// It has gone in the middle of a message.
    BrokenOff,
    /// A message that vpcd does not have.
    Unknown,
    /// The connection failed.
    Connection(io::Error),
}

impl fmt::Display for VpcdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VpcdError::NotThere(address, error) => write!(
                f,
                "no vpcd listens at {address} ({error}). On Debian: apt-get install pcscd vsmartcard-vpcd, then start pcscd, \
                 see tests/README.md"
            ),
            VpcdError::BrokenOff => f.write_str("vpcd has gone in the middle of a message"),
            VpcdError::Unknown => {
                f.write_str("what listens there is no vpcd: it sent a message that vpcd does not have")
            }
            VpcdError::Connection(error) => write!(f, "the connection to vpcd: {error}"),
        }
    }
}

impl std::error::Error for VpcdError {}

/// How a contact ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The reader has switched its field off or begun anew.
    FieldGone,
    /// There is no reader any more.
    ReaderGone,
}

/// The reader on which the card lies.
#[derive(Debug)]
pub struct Vpcd(TcpStream);

impl Vpcd {
    /// Lays the card on it.
    pub fn at(address: LoopbackAddress) -> Result<Vpcd, VpcdError> {
        TcpStream::connect(address.0).map(Vpcd).map_err(|error| VpcdError::NotThere(address, error))
    }

    /// Hands each command on until the field goes. A reader that is idle asks for the ATR all the time, which is no command.
    pub fn contact<E: From<VpcdError>>(
        &mut self,
        mut process: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Ended, E> {
        while let Some(message) = self.receive()? {
            match message.as_slice() {
                // Power on, too: a card is powered when it comes into a field.
                [0x00..=0x02] => return Ok(Ended::FieldGone),
                [0x04] => self.send(&ATR)?,
                [] | [_] => return Err(VpcdError::Unknown.into()),
                command => self.send(&process(command)?)?,
            }
        }
        Ok(Ended::ReaderGone)
    }

    /// The next message; `None` where the other end has gone after a whole one.
    fn receive(&mut self) -> Result<Option<Vec<u8>>, VpcdError> {
        let length = self.read(2)?;
        let Ok(length) = <[u8; 2]>::try_from(length.as_slice()) else {
            return if length.is_empty() { Ok(None) } else { Err(VpcdError::BrokenOff) };
        };
        let length = u16::from_be_bytes(length);
        let message = self.read(length)?;
        if message.len() == usize::from(length) { Ok(Some(message)) } else { Err(VpcdError::BrokenOff) }
    }

    /// So many bytes; fewer where the other end has gone. One that has gone without reading what was sent to it, resets.
    fn read(&mut self, count: u16) -> Result<Vec<u8>, VpcdError> {
        let mut bytes = Vec::new();
        match (&self.0).take(u64::from(count)).read_to_end(&mut bytes) {
            Err(error) if !is_gone(&error) => Err(VpcdError::Connection(error)),
            _ => Ok(bytes),
        }
    }

    fn send(&mut self, message: &[u8]) -> Result<(), VpcdError> {
        let length = u16::try_from(message.len()).map_err(|error| VpcdError::Connection(io::Error::other(error)))?;
        match self.0.write_all(&[&length.to_be_bytes(), message].concat()) {
            // Where it has gone, what is read next says so.
            Err(error) if !is_gone(&error) => Err(VpcdError::Connection(error)),
            _ => Ok(()),
        }
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}
