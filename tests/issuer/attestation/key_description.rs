//! What a phone states of a key: `KeyDescription`, as <https://source.android.com/docs/security/features/keystore/attestation>
//! has it, of the versions 3 and 4 (Keymaster 4.0 and 4.1) and 100 to 400 (KeyMint 1 to 4).

use std::fmt;

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Header, Reader, SliceReader, Tag, TagNumber, Tagged};

/// Where a key lies, and where the statement about it was made; from less safe to safer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum SecurityLevel {
    /// In Android itself.
    Software = 0,
    /// In the trusted execution environment of the phone's processor.
    TrustedEnvironment = 1,
    /// In a chip of its own.
    StrongBox = 2,
}

impl SecurityLevel {
    const ALL: [SecurityLevel; 3] =
        [SecurityLevel::Software, SecurityLevel::TrustedEnvironment, SecurityLevel::StrongBox];

    /// The level of this number.
    pub fn of_number(number: u8) -> Option<SecurityLevel> {
        SecurityLevel::ALL.into_iter().find(|level| *level as u8 == number)
    }
}

impl fmt::Display for SecurityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SecurityLevel::Software => "software",
            SecurityLevel::TrustedEnvironment => "trusted environment",
            SecurityLevel::StrongBox => "StrongBox",
        })
    }
}

/// Whose software the phone was started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum BootState {
    /// Its maker's.
    Verified = 0,
    /// Its owner's.
    SelfSigned = 1,
    /// Anybody's.
    Unverified = 2,
    /// One that did not verify.
    Failed = 3,
}

impl fmt::Display for BootState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BootState::Verified => "boot verified",
            BootState::SelfSigned => "boot self-signed",
            BootState::Unverified => "boot not verified",
            BootState::Failed => "boot failed",
        })
    }
}

/// How the phone was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootOfTrust {
    /// Whether nothing else can be started on it.
    pub locked: bool,
    /// What was.
    pub state: BootState,
}

/// The one use of a key of P-256 that the key store made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EcUse {
    /// It signs.
    Sign,
    /// It agrees.
    Agree,
}

/// The statement, as far as the issuer asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDescription {
    /// Of the schema.
    pub version: u32,
    /// Where the statement was made.
    pub attestation_level: SecurityLevel,
    /// Where the key lies.
    pub key_level: SecurityLevel,
    /// Whom it was made for.
    pub challenge: Vec<u8>,
    /// What it is for; `None` where that is anything else, or where the hardware does not enforce it.
    pub key_use: Option<EcUse>,
    /// By the hardware's word; `None` where it says nothing.
    pub boot: Option<RootOfTrust>,
    /// The packages of the app that made it, by Android's word. More than one where they share a user id.
    pub packages: Vec<String>,
    /// SHA-256 of each certificate that they are signed with.
    pub signers: Vec<[u8; 32]>,
}

const VERSIONS: [u32; 6] = [3, 4, 100, 200, 300, 400];

// Tags of an AuthorizationList.
const PURPOSE: u32 = 1;
const ALGORITHM: u32 = 2;
const EC_CURVE: u32 = 10;
const ORIGIN: u32 = 702;
const ROOT_OF_TRUST: u32 = 704;
const APPLICATION_ID: u32 = 709;

// Values in it.
const SIGN: u32 = 2;
const AGREE_KEY: u32 = 6;
const ALGORITHM_EC: u32 = 3;
const CURVE_P256: u32 = 1;
const GENERATED: u32 = 0;

impl KeyDescription {
    /// Reads the extension's value. `None` where it is not as the schema has it, or of another version.
    pub fn parse(bytes: &[u8]) -> Option<KeyDescription> {
        let mut whole = SliceReader::new(bytes).ok()?;
        let description = whole.sequence(|reader| read(reader)).ok()?;
        whole.finish().ok()?;
        VERSIONS.contains(&description.version).then_some(description)
    }

    /// The weaker of both: a statement is worth no more than where it was made.
    pub fn level(&self) -> SecurityLevel {
        self.attestation_level.min(self.key_level)
    }
}

fn read<'a>(reader: &mut SliceReader<'a>) -> der::Result<KeyDescription> {
    let version = u32::decode(reader)?;
    let attestation_level = level(reader)?;
    u32::decode(reader)?;
    let key_level = level(reader)?;
    let challenge = <&OctetStringRef>::decode(reader)?.as_bytes().to_vec();
    <&OctetStringRef>::decode(reader)?;
    let (by_android, by_hardware) = (AuthorizationList::read(reader)?, AuthorizationList::read(reader)?);
    // A key in software is enforced by Android.
    let enforced = if key_level == SecurityLevel::Software { &by_android } else { &by_hardware };
    let (packages, signers) = match by_android.entry(APPLICATION_ID) {
        Some(id) => application_id(<&OctetStringRef>::from_der(id)?.as_bytes())?,
        None => (Vec::new(), Vec::new()),
    };
    Ok(KeyDescription {
        version,
        attestation_level,
        key_level,
        challenge,
        key_use: enforced.key_use()?,
        boot: by_hardware.entry(ROOT_OF_TRUST).map(root_of_trust).transpose()?,
        packages,
        signers,
    })
}

fn enumerated(reader: &mut SliceReader<'_>) -> der::Result<u8> {
    let any = AnyRef::decode(reader)?;
    match (any.tag(), any.value()) {
        (Tag::Enumerated, [number]) => Ok(*number),
        (tag, _) => Err(tag.value_error().into()),
    }
}

fn level(reader: &mut SliceReader<'_>) -> der::Result<SecurityLevel> {
    SecurityLevel::of_number(enumerated(reader)?).ok_or_else(|| Tag::Enumerated.value_error().into())
}

/// Tagged values, each in a tag of its own; what it holds as it stands there.
struct AuthorizationList<'a>(Vec<(u32, &'a [u8])>);

impl<'a> AuthorizationList<'a> {
    fn read(reader: &mut SliceReader<'a>) -> der::Result<AuthorizationList<'a>> {
        let mut entries: Vec<(u32, &[u8])> = Vec::new();
        let list = AnyRef::decode(reader)?;
        list.tag().assert_eq(Tag::Sequence)?;
        let mut list = SliceReader::new(list.value())?;
        while !list.is_finished() {
            let entry = AnyRef::decode(&mut list)?;
            let Tag::ContextSpecific { constructed: true, number: TagNumber(number) } = entry.tag() else {
                return Err(entry.tag().value_error().into());
            };
            // Each once: else it would depend on the reader which one counts.
            if entries.iter().any(|(known, _)| *known == number) {
                return Err(entry.tag().value_error().into());
            }
            entries.push((number, entry.value()));
        }
        Ok(AuthorizationList(entries))
    }

    fn entry(&self, number: u32) -> Option<&'a [u8]> {
        self.0.iter().find(|(known, _)| *known == number).map(|(_, value)| *value)
    }

    fn number(&self, number: u32) -> der::Result<Option<u32>> {
        self.entry(number).map(u32::from_der).transpose()
    }

    fn key_use(&self) -> der::Result<Option<EcUse>> {
        let purposes = self.entry(PURPOSE).map(numbers).transpose()?.unwrap_or_default();
        let is_p256 = self.number(ALGORITHM)? == Some(ALGORITHM_EC) && self.number(EC_CURVE)? == Some(CURVE_P256);
        let was_made_there = self.number(ORIGIN)? == Some(GENERATED);
        Ok(match purposes.as_slice() {
            [SIGN] if is_p256 && was_made_there => Some(EcUse::Sign),
            [AGREE_KEY] if is_p256 && was_made_there => Some(EcUse::Agree),
            _ => None,
        })
    }
}

/// What a set or a sequence holds.
fn elements(whole: &[u8], tag: Tag) -> der::Result<Vec<&[u8]>> {
    let mut reader = SliceReader::new(whole)?;
    Header::peek(&reader)?.tag().assert_eq(tag)?;
    let any = AnyRef::decode(&mut reader)?;
    reader.finish()?;
    let mut reader = SliceReader::new(any.value())?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.tlv_bytes()?);
    }
    Ok(elements)
}

fn numbers(set: &[u8]) -> der::Result<Vec<u32>> {
    elements(set, Tag::Set)?.into_iter().map(u32::from_der).collect()
}

/// From version 3 on with a fourth field: the digest of what was started.
fn root_of_trust(bytes: &[u8]) -> der::Result<RootOfTrust> {
    let [key, locked, state, digest] = elements(bytes, Tag::Sequence)?[..] else {
        return Err(Tag::Sequence.value_error().into());
    };
    <&OctetStringRef>::from_der(key)?;
    <&OctetStringRef>::from_der(digest)?;
    let states = [BootState::Verified, BootState::SelfSigned, BootState::Unverified, BootState::Failed];
    let number = enumerated(&mut SliceReader::new(state)?)?;
    let state = states.into_iter().find(|state| *state as u8 == number);
    Ok(RootOfTrust { locked: bool::from_der(locked)?, state: state.ok_or_else(|| Tag::Enumerated.value_error())? })
}

/// Packages with their versions, then the digests of their signers.
fn application_id(bytes: &[u8]) -> der::Result<(Vec<String>, Vec<[u8; 32]>)> {
    let [packages, signers] = elements(bytes, Tag::Sequence)?[..] else {
        return Err(Tag::Sequence.value_error().into());
    };
    let package = |bytes| {
        let [name, version] = elements(bytes, Tag::Sequence)?[..] else {
            return Err(Tag::Sequence.value_error().into());
        };
        u64::from_der(version)?;
        let name = <&OctetStringRef>::from_der(name)?.as_bytes().to_vec();
        String::from_utf8(name).map_err(|_| Tag::OctetString.value_error().into())
    };
    let signer = |bytes| {
        let digest = <&OctetStringRef>::from_der(bytes)?.as_bytes();
        digest.try_into().map_err(|_| Tag::OctetString.value_error().into())
    };
    Ok((
        elements(packages, Tag::Set)?.into_iter().map(package).collect::<der::Result<_>>()?,
        elements(signers, Tag::Set)?.into_iter().map(signer).collect::<der::Result<_>>()?,
    ))
}
