//! A code that a consumer shows (EMV QRCPS, Consumer-Presented Mode): base64 of BER-TLV. Read strictly, and written.
//!
//! First comes 85 with the payload format, then a template 61 for each application, and at most one template 62 for what they have
//! in common. The chip data stand in the application's template 63, in the common template's 64, or beside them.

use std::collections::BTreeSet;
use std::fmt;

use crate::authorisation::AuthorisationRequest;
use crate::terminal::tlv;

use super::base64::{base64, from_base64};

/// The value of 85.
pub const FORMAT: &[u8; 5] = b"CPV01";
/// A code has no more characters.
pub const MOST_CHARACTERS: usize = 512;

const PAYLOAD_FORMAT: u32 = 0x85;
const APPLICATION: u32 = 0x61;
const COMMON: u32 = 0x62;
const OF_APPLICATION: u32 = 0x63;
const OF_COMMON: u32 = 0x64;
const AID: u32 = 0x4F;

/// What the issuer must be told of a code beside the token; what it is told where the card has it.
const WANTED: [u32; 5] = [0x82, 0x9F10, 0x9F26, 0x9F36, 0x9F37];
const PASSED_ON: [u32; 2] = [0x5F34, 0x9F27];

/// A data object: tag and value. The value of template 63 or 64 is data objects again.
pub type DataObject = (u32, Vec<u8>);

/// A code, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerCode {
    /// The data objects of each template 61, in their order.
    pub applications: Vec<Vec<DataObject>>,
    /// Those of template 62.
    pub common: Option<Vec<DataObject>>,
}

/// Why a code is not read, or not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRefused {
    /// It has more than 512 characters.
    TooLong,
    /// It is not base64 as one writes it.
    NotBase64,
    /// What it holds is not made of whole data objects in their shortest form.
    Malformed,
    /// It does not begin with 85 and CPV01.
    OtherFormat,
    /// An object stands where none of its tag may be.
    OutOfPlace(u32),
    /// A template holds two objects of a tag.
    Twice(u32),
    /// There is no template 61.
    NoApplication,
    /// A template 61 has no AID of 5 to 16 bytes.
    NoAid,
    /// No template 61 is for this AID.
    UnknownApplication,
    /// It carries no token: neither 5A nor 57.
    NoToken,
    /// It lacks an object that the issuer must see.
    Missing(u32),
}

impl fmt::Display for CodeRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodeRefused::TooLong => f.write_str("the code has more than 512 characters"),
            CodeRefused::NotBase64 => f.write_str("the code is not base64"),
            CodeRefused::Malformed => f.write_str("the code is not made of whole data objects"),
            CodeRefused::OtherFormat => f.write_str("the code does not begin with CPV01"),
            CodeRefused::OutOfPlace(tag) => write!(f, "{tag:02X} has no place there"),
            CodeRefused::Twice(tag) => write!(f, "{tag:02X} is there twice"),
            CodeRefused::NoApplication => f.write_str("the code has no application"),
            CodeRefused::NoAid => f.write_str("an application of the code has no AID"),
            CodeRefused::UnknownApplication => f.write_str("the code has no such application"),
            CodeRefused::NoToken => f.write_str("the code carries no token"),
            CodeRefused::Missing(tag) => write!(f, "the code lacks {tag:02X}"),
        }
    }
}

impl std::error::Error for CodeRefused {}

impl ConsumerCode {
    /// Reads the text of a code.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(text: &str) -> Result<ConsumerCode, CodeRefused> {
        if text.len() > MOST_CHARACTERS {
            return Err(CodeRefused::TooLong);
        }
        let bytes = from_base64(text).ok_or(CodeRefused::NotBase64)?;
        let objects = level(&bytes)?;
        let Some(((PAYLOAD_FORMAT, format), templates)) = objects.split_first() else {
            return Err(CodeRefused::OtherFormat);
        };
        if format != FORMAT {
            return Err(CodeRefused::OtherFormat);
        }
        let (mut applications, mut common) = (Vec::new(), None);
        for (tag, value) in templates {
            match *tag {
                APPLICATION if common.is_none() => applications.push(template(value, OF_APPLICATION)?),
                COMMON if common.is_none() && !applications.is_empty() => common = Some(template(value, OF_COMMON)?),
                COMMON if common.is_some() => return Err(CodeRefused::Twice(COMMON)),
                COMMON => return Err(CodeRefused::NoApplication),
                tag => return Err(CodeRefused::OutOfPlace(tag)),
            }
        }
        if applications.is_empty() {
            return Err(CodeRefused::NoApplication);
        }
        let code = ConsumerCode { applications, common };
        match code.aids().count() == code.applications.len() {
            true => Ok(code),
            false => Err(CodeRefused::NoAid),
        }
    }

    /// The text of the code.
    pub fn text(&self) -> String {
        let applications = self.applications.iter().map(|objects| (APPLICATION, objects));
        let templates = applications.chain(self.common.iter().map(|objects| (COMMON, objects)));
        let templates = templates.map(|(tag, objects)| (tag, written(objects)));
        let whole: Vec<DataObject> = [(PAYLOAD_FORMAT, FORMAT.to_vec())].into_iter().chain(templates).collect();
        base64(&written(&whole))
    }

    /// The AIDs of its applications, in the order in which the consumer prefers them.
    pub fn aids(&self) -> impl Iterator<Item = &[u8]> {
        let aids = self.applications.iter().filter_map(|objects| value(objects, AID));
        aids.filter(|aid| (5..=16).contains(&aid.len()))
    }

    /// What an application says under this tag: in its chip data or beside them, and then what all have in common.
    pub fn object(&self, aid: &[u8], tag: u32) -> Option<Vec<u8>> {
        let application = self.applications.iter().find(|objects| value(objects, AID) == Some(aid))?;
        let of_application = found(application, OF_APPLICATION, tag);
        of_application.or_else(|| found(self.common.as_ref()?, OF_COMMON, tag))
    }

    /// What the issuer is asked, where the merchant takes this application.
    ///
    /// # Errors
    /// [`CodeRefused::UnknownApplication`], [`CodeRefused::NoToken`], [`CodeRefused::Missing`].
    pub fn request(&self, aid: &[u8]) -> Result<AuthorisationRequest, CodeRefused> {
        if !self.aids().any(|known| known == aid) {
            return Err(CodeRefused::UnknownApplication);
        }
        let mut request = AuthorisationRequest::new();
        request.put(AID, aid);
        let token = [0x5A, 0x57].into_iter().find_map(|tag| Some((tag, self.object(aid, tag)?)));
        let (tag, token) = token.ok_or(CodeRefused::NoToken)?;
        request.put(tag, &token);
        for tag in WANTED {
            request.put(tag, &self.object(aid, tag).ok_or(CodeRefused::Missing(tag))?);
        }
        for tag in PASSED_ON {
            self.object(aid, tag).iter().for_each(|value| request.put(tag, value));
        }
        Ok(request)
    }
}

/// The data objects of one level.
fn level(bytes: &[u8]) -> Result<Vec<DataObject>, CodeRefused> {
    let objects = tlv::objects(bytes).map_err(|_| CodeRefused::Malformed)?;
    Ok(objects.iter().map(|object| (object.tag, object.value.to_vec())).collect())
}

/// The data objects of a template, each tag once, and its chip data can be taken apart.
fn template(bytes: &[u8], chip_data: u32) -> Result<Vec<DataObject>, CodeRefused> {
    let objects = level(bytes)?;
    each_once(&objects)?;
    let place = |tag: u32| matches!(tag, OF_APPLICATION | OF_COMMON) && tag != chip_data;
    if let Some((tag, _)) = objects.iter().find(|(tag, _)| place(*tag)) {
        return Err(CodeRefused::OutOfPlace(*tag));
    }
    if let Some(value) = value(&objects, chip_data) {
        each_once(&level(value)?)?;
    }
    Ok(objects)
}

fn each_once(objects: &[DataObject]) -> Result<(), CodeRefused> {
    let mut seen = BTreeSet::new();
    let twice = objects.iter().find(|(tag, _)| !seen.insert(*tag));
    twice.map_or(Ok(()), |(tag, _)| Err(CodeRefused::Twice(*tag)))
}

fn value(objects: &[DataObject], tag: u32) -> Option<&[u8]> {
    objects.iter().find(|(present, _)| *present == tag).map(|(_, value)| value.as_slice())
}

/// In the chip data, or beside them.
fn found(objects: &[DataObject], chip_data: u32, tag: u32) -> Option<Vec<u8>> {
    let within = value(objects, chip_data).and_then(|bytes| level(bytes).ok());
    let within = within.as_ref().and_then(|objects| value(objects, tag));
    within.or_else(|| value(objects, tag)).map(<[u8]>::to_vec)
}

/// Data objects one behind the other, each length in its shortest form.
pub fn written(objects: &[DataObject]) -> Vec<u8> {
    objects
        .iter()
        .flat_map(|(tag, value)| {
            let tag = tag.to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
            let length = match (value.len() as u64).to_be_bytes() {
                [0, 0, 0, 0, 0, 0, 0, short @ 0..0x80] => vec![short],
                [0, 0, 0, 0, 0, 0, 0, long] => vec![0x81, long],
                [.., high, low] => vec![0x82, high, low],
            };
            tag.chain(length).chain(value.iter().copied()).collect::<Vec<u8>>()
        })
        .collect()
}

#[cfg(test)]
mod tests;
