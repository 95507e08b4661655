//! Data objects one behind the other: two digits of ID, two digits of length, so many characters.

use std::fmt;

use crate::emv::data_object_id::DataObjectId;
use crate::error::qr::QrError;

/// A data object of which this library knows no more than its place. Its value is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct DataObject {
    /// Its ID, 00 to 99.
    pub id: u8,
    /// Its value, 1 to 99 characters, as it stands in the code: not fit to be shown as it is.
    pub value: String,
}

impl fmt::Debug for DataObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DataObject").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The data objects of a code, or of a template in it, in their order. Each is taken out once.
pub(super) struct DataObjects<'a> {
    template: Option<u8>,
    objects: Vec<(u8, &'a str)>,
}

impl<'a> DataObjects<'a> {
    /// Those of the code itself.
    pub(super) fn of_code(text: &'a str) -> Result<DataObjects<'a>, QrError> {
        DataObjects::read(None, text)
    }

    /// Those of the template with this ID.
    pub(super) fn of_template(id: u8, text: &'a str) -> Result<DataObjects<'a>, QrError> {
        DataObjects::read(Some(id), text).map_err(|error| match error {
            QrError::Truncated | QrError::NotDigits => QrError::Template(DataObjectId::root(id)),
            other => other,
        })
    }

    fn read(template: Option<u8>, text: &'a str) -> Result<DataObjects<'a>, QrError> {
        let mut objects: Vec<(u8, &str)> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (id, after) = two_digits(rest)?;
            let (length, after) = two_digits(after)?;
            let (value, after) = split_characters(after, length.into()).ok_or(QrError::Truncated)?;
            let at = DataObjectId { template, id };
            if length == 0 {
                return Err(QrError::Empty(at));
            }
            if objects.iter().any(|(earlier, _)| *earlier == id) {
                return Err(QrError::Twice(at));
            }
            objects.push((id, value));
            rest = after;
        }
        Ok(DataObjects { template, objects })
    }

    /// Where an object of this ID stands.
    pub(super) fn at(&self, id: u8) -> DataObjectId {
        DataObjectId { template: self.template, id }
    }

    pub(super) fn first(&self) -> Option<u8> {
        self.objects.first().map(|(id, _)| *id)
    }

    pub(super) fn last(&self) -> Option<u8> {
        self.objects.last().map(|(id, _)| *id)
    }

    pub(super) fn take(&mut self, id: u8) -> Option<&'a str> {
        let place = self.objects.iter().position(|(of, _)| *of == id)?;
        Some(self.objects.remove(place).1)
    }

    /// One that has to be there.
    pub(super) fn need(&mut self, id: u8) -> Result<&'a str, QrError> {
        self.take(id).ok_or(QrError::Missing(self.at(id)))
    }

    /// Those of these IDs that are left, in their order.
    pub(super) fn take_range(&mut self, from: u8, to: u8) -> Vec<(u8, &'a str)> {
        self.objects.extract_if(.., |(id, _)| (from..=to).contains(id)).collect()
    }

    /// All that are left, kept as they are.
    pub(super) fn kept(self) -> Vec<DataObject> {
        kept(self.objects)
    }
}

pub(super) fn kept(objects: Vec<(u8, &str)>) -> Vec<DataObject> {
    objects.into_iter().map(|(id, value)| DataObject { id, value: value.to_owned() }).collect()
}

/// The number that the next two characters are.
fn two_digits(text: &str) -> Result<(u8, &str), QrError> {
    let (digits, rest) = split_characters(text, 2).ok_or(QrError::Truncated)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(QrError::NotDigits);
    }
    digits.parse().map(|number| (number, rest)).map_err(|_| QrError::NotDigits)
}

/// Splits behind so many characters, not bytes: a character of UTF-8 has one to four.
fn split_characters(text: &str, count: usize) -> Option<(&str, &str)> {
    let mut characters = text.chars();
    for _ in 0..count {
        characters.next()?;
    }
    text.split_at_checked(text.len().checked_sub(characters.as_str().len())?)
}
