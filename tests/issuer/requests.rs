//! What wallets send: requests, format 2, read and proved by their signature.

use std::fmt;

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use super::key_entry::Channel;
use super::wallets::{AtcSequence, SpendPoints, WalletId};

/// A proved request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which wallet speaks.
    pub wallet: WalletId,
    /// Its challenge, new in each request.
    pub challenge: [u8; 16],
    /// The highest sequence of an envelope that it has applied.
    pub sequence: u64,
    /// The number of its last synced record.
    pub mark: u64,
    /// The digest of its state.
    pub digest: [u8; 32],
    /// What it wants.
    pub body: Body,
}

/// What a wallet wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// To be known.
    Enrolment {
        /// The issuer's challenge, at most 64 bytes.
        challenge: Vec<u8>,
        /// What envelopes are sealed to, and what requests are signed by.
        device: DevicePoints,
        /// What payment keys are sealed to.
        spend_points: SpendPoints,
        /// What the phone says of the device keys.
        chains: Chains,
    },
    /// Keys.
    Replenishment {
        /// For which applications.
        wanted: Vec<Wanted>,
        /// What it holds.
        listing: Listing,
        /// What payment keys are sealed to from now on.
        spend_points: SpendPoints,
    },
    /// The holder's code to be checked.
    IdentityCheck {
        /// The card that waits for it.
        card: u32,
        /// As the holder gave it, 1 to 32 bytes.
        code: Vec<u8>,
    },
    /// The issuer's clock.
    IssuerTime,
    /// To go on after an older copy of its state was put back.
    Resynchronisation {
        /// What it holds.
        listing: Listing,
        /// What payment keys are sealed to from now on.
        spend_points: SpendPoints,
    },
    /// What waits for it.
    CheckIn {
        /// What it holds.
        listing: Listing,
        /// What payment keys are sealed to from now on.
        spend_points: SpendPoints,
    },
}

/// The certificates of each device key, its own first; none where the phone cannot attest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chains {
    /// Of the agreement key.
    pub agreement: Vec<Vec<u8>>,
    /// Of the signature key.
    pub signature: Vec<Vec<u8>>,
}

/// The public halves of the device keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicePoints {
    /// Of the agreement key.
    pub agreement: [u8; 65],
    /// Of the signature key.
    pub signature: [u8; 65],
}

/// An application that needs keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which one.
    pub sequence: AtcSequence,
    /// How many uses would fill it up.
    pub uses: u16,
}

/// All cards of a wallet, as it tells of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// In the order of their ids.
    pub cards: Vec<ListedCard>,
    bytes: Vec<u8>,
}

/// One card in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCard {
    /// Its id.
    pub card: u32,
    /// Its state: 1 waiting, 2 active, 3 suspended, 5 retired.
    pub state: u8,
    /// Its counters.
    pub counters: Vec<ListedCounter>,
}

/// One counter in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCounter {
    /// Whose it is.
    pub sequence: AtcSequence,
    /// The last ATC that is gone, 0 for none.
    pub last_gone: u16,
    /// The highest ATC that a key is held for.
    pub highest_held: u16,
}

impl Listing {
    /// The digest that a wallet in this state tells.
    pub fn digest(&self, sequence: u64, mark: u64) -> [u8; 32] {
        let head = Sha256::new_with_prefix(b"hcepay state 1").chain_update(sequence.to_be_bytes());
        head.chain_update(mark.to_be_bytes()).chain_update(&self.bytes).finalize().into()
    }

    /// All counters.
    pub fn counters(&self) -> impl Iterator<Item = &ListedCounter> {
        self.cards.iter().flat_map(|card| &card.counters)
    }
}

/// Why a request is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestRefused {
    /// It ends before its lengths say.
    Truncated,
    /// It has bytes that have no place in it, or values that there are not.
    Malformed,
    /// It has another version.
    UnsupportedVersion,
    /// There is no such kind of request.
    UnknownKind,
    /// One of its points is none of P-256.
    NoPoint,
    /// No such wallet is enrolled.
    UnknownWallet,
    /// The wallet's signature key did not sign it.
    WrongSignature,
}

impl fmt::Display for RequestRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RequestRefused::Truncated => "the request ends before its lengths say",
            RequestRefused::Malformed => "the request has bytes that have no place in it",
            RequestRefused::UnsupportedVersion => "the request has another version",
            RequestRefused::UnknownKind => "there is no such kind of request",
            RequestRefused::NoPoint => "a key in the request is no point of P-256",
            RequestRefused::UnknownWallet => "no such wallet is enrolled",
            RequestRefused::WrongSignature => "the wallet's signature key did not sign the request",
        })
    }
}

impl std::error::Error for RequestRefused {}

impl Request {
    /// Reads a request and proves it by the signature point of the wallet that it names, as `enrolled` knows it; an
    /// enrolment by the point in it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(bytes: &[u8], enrolled: &dyn Fn(&WalletId) -> Option<[u8; 65]>) -> Result<Request, RequestRefused> {
        let mut reader = Reader(bytes);
        if reader.byte()? != 0x02 {
            return Err(RequestRefused::UnsupportedVersion);
        }
        let kind = reader.byte()?;
        let wallet = reader.take()?;
        let (challenge, sequence, mark) = (reader.take()?, reader.number_8()?, reader.number_8()?);
        let digest = reader.take()?;
        let body_length = reader.number_2()?;
        let mut body = Reader(reader.bytes(body_length.into())?);
        let signature: [u8; 64] = reader.take()?;
        reader.end()?;
        let asked = match kind {
            0x01 => enrolment(&mut body)?,
            0x02 => Body::Replenishment {
                wanted: wanted(&mut body)?,
                listing: listing(&mut body)?,
                spend_points: spend_points(&mut body)?,
            },
            0x03 => identity_check(&mut body)?,
            0x04 => Body::IssuerTime,
            0x05 => Body::Resynchronisation { listing: listing(&mut body)?, spend_points: spend_points(&mut body)? },
            0x06 => Body::CheckIn { listing: listing(&mut body)?, spend_points: spend_points(&mut body)? },
            _ => return Err(RequestRefused::UnknownKind),
        };
        body.end()?;
        let body = asked;
        let point = match &body {
            Body::Enrolment { device, .. } => device.signature,
            _ => enrolled(&wallet).ok_or(RequestRefused::UnknownWallet)?,
        };
        let signed = bytes.split_last_chunk::<64>().map_or(bytes, |(signed, _)| signed);
        let key = VerifyingKey::from_sec1_bytes(&point).map_err(|_| RequestRefused::NoPoint)?;
        let signature = Signature::from_slice(&signature).map_err(|_| RequestRefused::WrongSignature)?;
        key.verify(signed, &signature).map_err(|_| RequestRefused::WrongSignature)?;
        Ok(Request { wallet, challenge, sequence, mark, digest, body })
    }
}

fn enrolment(body: &mut Reader<'_>) -> Result<Body, RequestRefused> {
    let challenge = body.string_8()?.to_vec();
    if challenge.len() > 64 {
        return Err(RequestRefused::Malformed);
    }
    let device = DevicePoints { agreement: body.point()?, signature: body.point()? };
    let spend_points = spend_points(body)?;
    let chains = Chains { agreement: chain(body)?, signature: chain(body)? };
    Ok(Body::Enrolment { challenge, device, spend_points, chains })
}

fn identity_check(body: &mut Reader<'_>) -> Result<Body, RequestRefused> {
    let (card, code) = (body.number_4()?, body.string_8()?.to_vec());
    if !(1..=32).contains(&code.len()) {
        return Err(RequestRefused::Malformed);
    }
    Ok(Body::IdentityCheck { card, code })
}

fn wanted(body: &mut Reader<'_>) -> Result<Vec<Wanted>, RequestRefused> {
    let count = body.byte()?;
    if count == 0 {
        return Err(RequestRefused::Malformed);
    }
    let one = |_| {
        let card = body.number_4()?;
        Ok(Wanted { sequence: body.sequence(card)?, uses: body.number_2()? })
    };
    (0..count).map(one).collect()
}

/// Cards in the order of their ids, each with its counters in the order of AID and channel: there is one way to write it.
fn listing(body: &mut Reader<'_>) -> Result<Listing, RequestRefused> {
    let before = body.0;
    let count = body.byte()?;
    let cards: Result<Vec<ListedCard>, RequestRefused> = (0..count).map(|_| listed_card(body)).collect();
    let cards = cards?;
    let rising = cards.is_sorted_by(|one, next| one.card < next.card)
        && cards.iter().all(|card| card.counters.is_sorted_by(|one, next| one.sequence < next.sequence));
    let bytes = before.len().checked_sub(body.0.len()).and_then(|length| before.get(..length));
    let bytes = bytes.filter(|_| rising).ok_or(RequestRefused::Malformed)?.to_vec();
    Ok(Listing { cards, bytes })
}

fn listed_card(body: &mut Reader<'_>) -> Result<ListedCard, RequestRefused> {
    let (card, state, count) = (body.number_4()?, body.byte()?, body.byte()?);
    if card == 0 || !matches!(state, 1..=3 | 5) {
        return Err(RequestRefused::Malformed);
    }
    let counter = |_| {
        let sequence = body.sequence(card)?;
        Ok(ListedCounter { sequence, last_gone: body.number_2()?, highest_held: body.number_2()? })
    };
    Ok(ListedCard { card, state, counters: (0..count).map(counter).collect::<Result<_, _>>()? })
}

/// The phone makes the last two when a card needs them.
fn spend_points(body: &mut Reader<'_>) -> Result<SpendPoints, RequestRefused> {
    let (device, unlocked, authenticated) = (body.point()?, body.point_if_any()?, body.point_if_any()?);
    Ok(SpendPoints { device, unlocked, authenticated })
}

fn chain(body: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, RequestRefused> {
    let count = body.byte()?;
    if count > 6 {
        return Err(RequestRefused::Malformed);
    }
    let certificate = |_| match body.string_16()? {
        certificate if (1..=4096).contains(&certificate.len()) => Ok(certificate.to_vec()),
        _ => Err(RequestRefused::Malformed),
    };
    (0..count).map(certificate).collect()
}

/// What is not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], RequestRefused> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(RequestRefused::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn take<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], RequestRefused> {
        self.bytes(LENGTH)?.try_into().map_err(|_| RequestRefused::Truncated)
    }

    fn byte(&mut self) -> Result<u8, RequestRefused> {
        self.take().map(u8::from_be_bytes)
    }

    fn number_2(&mut self) -> Result<u16, RequestRefused> {
        self.take().map(u16::from_be_bytes)
    }

    fn number_4(&mut self) -> Result<u32, RequestRefused> {
        self.take().map(u32::from_be_bytes)
    }

    fn number_8(&mut self) -> Result<u64, RequestRefused> {
        self.take().map(u64::from_be_bytes)
    }

    fn string_8(&mut self) -> Result<&'a [u8], RequestRefused> {
        let length = self.byte()?;
        self.bytes(length.into())
    }

    fn string_16(&mut self) -> Result<&'a [u8], RequestRefused> {
        let length = self.number_2()?;
        self.bytes(length.into())
    }

    /// An uncompressed point, or nothing.
    fn point_if_any(&mut self) -> Result<Option<[u8; 65]>, RequestRefused> {
        let mut point = Reader(self.string_8()?);
        if point.0.is_empty() {
            return Ok(None);
        }
        let read = point.point()?;
        point.end()?;
        Ok(Some(read))
    }

    /// An uncompressed point.
    fn point(&mut self) -> Result<[u8; 65], RequestRefused> {
        let point = self.take()?;
        VerifyingKey::from_sec1_bytes(&point).map_err(|_| RequestRefused::NoPoint)?;
        Ok(point)
    }

    fn sequence(&mut self, card: u32) -> Result<AtcSequence, RequestRefused> {
        let aid = self.string_8()?.to_vec();
        let channel = Channel::of_number(self.byte()?);
        match channel.filter(|_| (5..=16).contains(&aid.len())) {
            Some(channel) => Ok(AtcSequence { card, aid, channel }),
            None => Err(RequestRefused::Malformed),
        }
    }

    fn end(&self) -> Result<(), RequestRefused> {
        if self.0.is_empty() { Ok(()) } else { Err(RequestRefused::Malformed) }
    }
}

#[cfg(test)]
mod tests;
