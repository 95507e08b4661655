//! The ways in which a key is used: as numbers in contents and records, and as types, so that no key of one is ever spent in
//! another.

use std::fmt;

/// The way in which a key is to be used. Each has a counter and keys of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// At a terminal.
    Tap = 0x01,
    /// In an online shop.
    Online = 0x02,
    /// By a code on the screen.
    Qr = 0x03,
}

impl Channel {
    /// All, in the order of their numbers.
    pub(crate) const ALL: [Channel; 3] = [Channel::Tap, Channel::Online, Channel::Qr];

    /// Its number, in contents and records and for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    /// The name used in rows.
    pub fn name(self) -> &'static str {
        match self {
            Channel::Tap => "tap",
            Channel::Online => "online",
            Channel::Qr => "qr",
        }
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.byte() == byte)
    }
}

/// A channel as a type: a lease and a spent key are of one.
pub(crate) trait OfChannel: fmt::Debug {
    const CHANNEL: Channel;
}

/// [`Channel::Tap`].
#[derive(Debug)]
pub(crate) enum Tap {}

/// [`Channel::Online`].
#[derive(Debug)]
pub(crate) enum Online {}

/// [`Channel::Qr`].
#[derive(Debug)]
pub(crate) enum Qr {}

impl OfChannel for Tap {
    const CHANNEL: Channel = Channel::Tap;
}

impl OfChannel for Online {
    const CHANNEL: Channel = Channel::Online;
}

impl OfChannel for Qr {
    const CHANNEL: Channel = Channel::Qr;
}
