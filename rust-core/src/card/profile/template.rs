//! The profile's objects as `iso7816-tlv` read them, and those that hold others.

use iso7816_tlv::ber::{self, Tlv};

use super::layout::Leaf;
use crate::emv::tags::Tag;
use crate::emv::tlv;
use crate::error::{ProfileError, ProfileFault};

/// A data object as `iso7816-tlv` read it.
#[derive(Clone, Copy)]
pub(super) struct Object<'a>(&'a Tlv);

impl<'a> Object<'a> {
    pub(super) fn tag(self) -> Tag {
        Tag(self.0.tag().to_bytes().iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte)))
    }

    pub(super) fn bytes(self) -> Result<&'a [u8], ProfileError> {
        match self.0.value() {
            ber::Value::Primitive(bytes) => Ok(bytes),
            ber::Value::Constructed(_) => Err(ProfileFault::Malformed.of(self.tag())),
        }
    }

    pub(super) fn template(self) -> Result<Template<'a>, ProfileError> {
        Template::of(self.0)
    }

    /// The object as bytes, by our own writer: the crate's mis-sizes a parent that holds a 127-byte value. As deep as
    /// `pre_scan` lets it.
    fn encoded(self) -> Vec<u8> {
        match self.0.value() {
            ber::Value::Primitive(bytes) => tlv::object(self.tag(), bytes),
            ber::Value::Constructed(objects) => {
                let content: Vec<u8> = objects.iter().flat_map(|object| Object(object).encoded()).collect();
                tlv::object(self.tag(), &content)
            }
        }
    }

    pub(super) fn leaves(self) -> Vec<Leaf> {
        match self.0.value() {
            ber::Value::Primitive(bytes) => vec![Leaf { tag: self.tag(), value: bytes.clone() }],
            ber::Value::Constructed(objects) => objects.iter().flat_map(|object| Object(object).leaves()).collect(),
        }
    }
}

/// A data object that holds others.
pub(super) struct Template<'a> {
    objects: &'a [Tlv],
}

impl<'a> Template<'a> {
    pub(super) fn of(object: &'a Tlv) -> Result<Template<'a>, ProfileError> {
        match object.value() {
            ber::Value::Constructed(objects) => Ok(Template { objects }),
            ber::Value::Primitive(_) => Err(ProfileFault::Malformed.of(Object(object).tag())),
        }
    }

    pub(super) fn all(&self, tag: Tag) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.objects.iter().map(Object).filter(move |object| object.tag() == tag)
    }

    pub(super) fn optional(&self, tag: Tag) -> Option<Object<'a>> {
        self.all(tag).next()
    }

    pub(super) fn one(&self, tag: Tag) -> Result<Object<'a>, ProfileError> {
        let mut found = self.all(tag);
        match (found.next(), found.next()) {
            (Some(object), None) => Ok(object),
            (Some(_), Some(_)) => Err(ProfileFault::Twice.of(tag)),
            (None, _) => Err(ProfileFault::Missing.of(tag)),
        }
    }

    /// Refuses objects that the layout does not know here, and second ones of those that are not templates.
    pub(super) fn has_only(&self, known: &[Tag]) -> Result<(), ProfileError> {
        for tag in self.objects.iter().map(|object| Object(object).tag()) {
            if !known.contains(&tag) {
                return Err(ProfileFault::Unknown.of(tag));
            }
            if !tag.is_constructed() {
                self.one(tag)?;
            }
        }
        Ok(())
    }

    pub(super) fn content(&self) -> Vec<u8> {
        self.objects.iter().flat_map(|object| Object(object).encoded()).collect()
    }

    /// The same, with another value for this tag; without it where that is empty.
    pub(super) fn content_with(&self, tag: Tag, value: &[u8]) -> Vec<u8> {
        let encoded = |object: Object<'_>| match object.tag() == tag {
            true if value.is_empty() => Vec::new(),
            true => tlv::object(tag, value),
            false => object.encoded(),
        };
        self.objects.iter().flat_map(|object| encoded(Object(object))).collect()
    }

    pub(super) fn leaves(&self) -> Vec<Leaf> {
        self.objects.iter().flat_map(|object| Object(object).leaves()).collect()
    }
}
