//! From the profile's bytes to typed card data: which objects there are, how long, in which template.

use std::sync::Arc;

use iso7816_tlv::ber::Tlv;

use super::layout::*;
use super::records::{ReadRecord, records};
use super::template::{Object, Template};
use super::{Application, CardProfile, Recognition, TokenDigest, checks, pre_scan};
use super::{fast_dda, offline_authentication};
use crate::card::cardholder_verification::Requirement;
use crate::card::cvn::{Cvn, KernelId};
use crate::card::data_authentication::ProcessingOptions;
use crate::card::iad_fixed_part::FixedPart;
use crate::card::payment_token::PaymentToken;
use crate::card::recognition::LastFour;
use crate::emv::aid::Aid;
use crate::emv::dol::{DataObjectList, Unusable};
use crate::emv::fci;
use crate::emv::tags;
use crate::emv::tlv;
use crate::error::{ProfileError, ProfileFault};

impl CardProfile {
    /// Reads and checks a profile.
    pub(crate) fn parse(bytes: &[u8]) -> Result<CardProfile, ProfileError> {
        pre_scan::scan(bytes)?;
        let profile = card_profile(bytes)?;
        checks::check(&profile)?;
        Ok(profile)
    }
}

/// What `pre_scan` has let through, as typed data.
fn card_profile(bytes: &[u8]) -> Result<CardProfile, ProfileError> {
    let parsed = Tlv::from_bytes(bytes).map_err(|_| ProfileFault::Malformed.of(CARD_PROFILE))?;
    let profile = Template::of(&parsed)?;
    profile.has_only(&[LAYOUT_VERSION, FLAGS, APPLICATION])?;
    match profile.one(LAYOUT_VERSION)?.bytes()? {
        [1] => {}
        _ => return Err(ProfileFault::WrongValue.of(LAYOUT_VERSION)),
    }
    let test_only = match profile.one(FLAGS)?.bytes()? {
        [0] => false,
        [1] => true,
        _ => return Err(ProfileFault::WrongValue.of(FLAGS)),
    };
    let mut applications = Vec::new();
    let mut directory_entries = Vec::new();
    for object in profile.all(APPLICATION) {
        let template = object.template()?;
        let application = application(&template)?;
        tlv::write(&mut directory_entries, tags::APPLICATION_TEMPLATE, &directory_entry(&application, &template)?);
        applications.push(Arc::new(application));
    }
    if applications.len() > MAXIMUM_APPLICATIONS {
        return Err(ProfileFault::TooMany.of(APPLICATION));
    }
    let first = applications.first().ok_or(ProfileFault::Missing.of(APPLICATION))?;
    let (token, recognition) = (first.token, Some(first.recognition));
    let directory = fci::of_directory(&directory_entries);
    Ok(CardProfile { test_only, token, recognition, applications, directory })
}

/// An application, with its other face where it has one.
fn application(template: &Template<'_>) -> Result<Application, ProfileError> {
    let mut application = face(template, template)?;
    if template.optional(WITHOUT_DATA_AUTHENTICATION).is_some() {
        let other = template.one(WITHOUT_DATA_AUTHENTICATION)?.template()?;
        other.has_only(&[PROCESSING_OPTIONS, RECORD])?;
        let other = face(template, &other)?;
        checks::other_face(&application, &other)?;
        application.without_data_authentication = Some(Arc::new(other));
    }
    Ok(application)
}

/// An application as terminals see it whose answers to GET PROCESSING OPTIONS and READ RECORD stand there.
fn face(template: &Template<'_>, answers: &Template<'_>) -> Result<Application, ProfileError> {
    template.has_only(&[
        KERNEL,
        CRYPTOGRAM_VERSION,
        HOLDER_VERIFICATION,
        FIXED_PART,
        tags::APPLICATION_IDENTIFIER,
        tags::KERNEL_IDENTIFIER,
        SELECT_ANSWER,
        PROCESSING_OPTIONS,
        RECORD,
        WITHOUT_DATA_AUTHENTICATION,
        CA_MODULUS,
        CA_EXPONENT,
        SIGNED_DATA_FORMAT,
    ])?;
    let kernel = match template.one(KERNEL)?.bytes()? {
        [2] => KernelId::Kernel2,
        [3] => KernelId::Kernel3,
        [7] => KernelId::Kernel7,
        _ => return Err(ProfileFault::WrongValue.of(KERNEL)),
    };
    let cvn = match template.one(CRYPTOGRAM_VERSION)?.bytes()? {
        [number] => Cvn::of(kernel, *number),
        _ => None,
    };
    let cvn = cvn.ok_or(ProfileFault::WrongValue.of(CRYPTOGRAM_VERSION))?;
    let requirement = match template.one(HOLDER_VERIFICATION)?.bytes()? {
        [0] => Requirement::Always,
        [1] => Requirement::WhenAsked,
        _ => return Err(ProfileFault::WrongValue.of(HOLDER_VERIFICATION)),
    };
    let fixed_part = FixedPart::parse(cvn, template.one(FIXED_PART)?.bytes()?);
    let fixed_part = fixed_part.ok_or(ProfileFault::WrongLength.of(FIXED_PART))?;
    let aid = Aid::new(template.one(tags::APPLICATION_IDENTIFIER)?.bytes()?);
    let aid = aid.ok_or(ProfileFault::WrongLength.of(tags::APPLICATION_IDENTIFIER))?;
    if aid.bytes() == fci::DIRECTORY_NAME {
        return Err(ProfileFault::WrongValue.of(tags::APPLICATION_IDENTIFIER));
    }
    checks::closed_loop_apart(&aid, cvn)?;
    let identifier = template.optional(tags::KERNEL_IDENTIFIER).map(Object::bytes).transpose()?;
    checks::kernel_choice(&aid, identifier, kernel)?;
    let select_answer = template.one(SELECT_ANSWER)?.template()?;
    let options = answers.one(PROCESSING_OPTIONS)?.template()?;
    select_answer.has_only(checks::IN_SELECT_ANSWER)?;
    if let Some(object) = select_answer.optional(tags::FCI_ISSUER_DISCRETIONARY_DATA) {
        object.template()?.has_only(checks::IN_ISSUER_DISCRETIONARY_DATA)?;
    }
    options.has_only(checks::in_processing_options(kernel))?;
    let records = records(answers, &options)?;
    let cdol1 = records.iter().find_map(|read| read.leaves.iter().find(|leaf| leaf.tag == tags::CDOL1));
    let cdol1 = match (kernel, cdol1) {
        (KernelId::Kernel2, Some(leaf)) => data_object_list(leaf)?,
        _ => DataObjectList::default(),
    };
    let pdol = match select_answer.optional(tags::PDOL) {
        Some(object) => data_object_list(&Leaf { tag: tags::PDOL, value: object.bytes()?.to_vec() })?,
        None => DataObjectList::default(),
    };
    let aip = options.one(tags::AIP)?.bytes()?.try_into().map_err(|_| ProfileFault::WrongLength.of(tags::AIP))?;
    let mut read_by_one_terminal = select_answer.leaves();
    read_by_one_terminal.extend(options.leaves());
    read_by_one_terminal.extend(records.iter().flat_map(|read| read.leaves.iter().cloned()));
    let token = checks::what_one_terminal_reads(&read_by_one_terminal, kernel)?;
    let own = [CA_MODULUS, CA_EXPONENT, SIGNED_DATA_FORMAT];
    for object in own.into_iter().filter_map(|tag| answers.optional(tag)) {
        read_by_one_terminal.push(Leaf { tag: object.tag(), value: object.bytes()?.to_vec() });
    }
    let signed_records: Vec<u8> = records.iter().flat_map(|read| read.signed.iter().copied()).collect();
    let leaves = &read_by_one_terminal;
    let signed_records = &signed_records;
    let given = offline_authentication::Given { kernel, aip, leaves, signed_records, token: &token };
    let data_authentication = given.read()?;
    let given = data_authentication.as_ref().filter(|_| kernel != KernelId::Kernel2).map(|authentication| {
        let (application, options, fixed_part) = (template, &options, &fixed_part);
        fast_dda::Given { application, options, records: &records, cvn, fixed_part, authentication }
    });
    let fast_dda = given.as_ref().map(fast_dda::Given::read).transpose()?;
    if fast_dda.is_none() && records.iter().any(ReadRecord::is_made_by_the_card) {
        return Err(ProfileFault::Missing.of(tags::RECORD_TEMPLATE));
    }
    let processing_options = match &given {
        Some(given) => given.without()?,
        None => {
            ProcessingOptions { encoded: options.content(), records: records.iter().map(ReadRecord::address).collect() }
        }
    };
    let last_four = LastFour::of(&token.digits).ok_or(ProfileFault::WrongLength.of(tags::PRIMARY_ACCOUNT_NUMBER))?;
    let label = checks::label(select_answer.one(tags::APPLICATION_LABEL)?.bytes()?)?;
    let needed_by_kernel = if kernel == KernelId::Kernel2 { &cdol1 } else { &pdol };
    checks::data_object_list(needed_by_kernel, kernel)?;
    Ok(Application {
        aid,
        label,
        token: TokenDigest::of(&token.digits),
        recognition: Recognition { last_four, expires: token.expires },
        payment_token: payment_token(&token, leaves),
        cvn,
        requirement,
        has_online_pin: kernel != KernelId::Kernel2 || checks::lists_online_pin(leaves),
        fixed_part,
        fci: fci::of_application(&aid, &select_answer.content()),
        pdol,
        cdol1,
        aip,
        processing_options,
        records: records.into_iter().filter_map(|read| read.record).collect(),
        data_authentication,
        fast_dda,
        without_data_authentication: None,
    })
}

/// The token as merchants are given it. A payment account reference that is not text is none.
fn payment_token(token: &checks::Token, leaves: &[Leaf]) -> PaymentToken {
    let of = |tag| checks::value_of(leaves, tag);
    PaymentToken {
        digits: token.digits.iter().map(|digit| char::from(b'0'.saturating_add(*digit))).collect(),
        expires: token.expires,
        sequence_number: of(tags::SEQUENCE_NUMBER).and_then(|number| number.first().copied()),
        account_reference: of(tags::PAYMENT_ACCOUNT_REFERENCE)
            .and_then(|reference| std::str::from_utf8(reference).ok())
            .map(str::to_owned),
    }
}

fn data_object_list(leaf: &Leaf) -> Result<DataObjectList, ProfileError> {
    DataObjectList::parse(&leaf.value).map_err(|unusable| match unusable {
        Unusable::Malformed => ProfileFault::Malformed.of(leaf.tag),
        Unusable::TooLong => ProfileFault::WrongLength.of(leaf.tag),
    })
}

/// The content of the directory's entry (EMV Contactless Book B, section 3.3): AID, label, priority, kernel.
fn directory_entry(application: &Application, template: &Template<'_>) -> Result<Vec<u8>, ProfileError> {
    let select_answer = template.one(SELECT_ANSWER)?.template()?;
    let mut entry = tlv::object(tags::APPLICATION_IDENTIFIER, application.aid.bytes());
    for tag in [tags::APPLICATION_LABEL, tags::APPLICATION_PRIORITY] {
        tlv::write(&mut entry, tag, select_answer.one(tag)?.bytes()?);
    }
    if let Some(object) = template.optional(tags::KERNEL_IDENTIFIER) {
        match object.bytes()? {
            identifier @ ([_] | [_, _, _, ..]) if identifier.len() <= 8 => {
                tlv::write(&mut entry, tags::KERNEL_IDENTIFIER, identifier);
            }
            _ => return Err(ProfileFault::WrongLength.of(tags::KERNEL_IDENTIFIER)),
        }
    }
    Ok(entry)
}
