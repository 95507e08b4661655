//! The entry point (EMV Book B): reads the payment directory (PPSE), makes the candidate list, selects an application
//! and starts its kernel; goes on with the next candidate where the card refuses one.

use crate::terminal::card_data::CardData;
use crate::terminal::exchange::Link;
use crate::terminal::outcome::Online;
use crate::terminal::terminal_data::TerminalData;
use crate::terminal::{Purchase, Reason, Terminal, command, kernel2, kernel3, tlv};

/// The name of the proximity payment system environment.
const PPSE: &[u8] = b"2PAY.SYS.DDF01";

/// An application that the terminal accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The AID, or the beginning that the AIDs of the card must have.
    pub aid: Vec<u8>,
    /// The kernel that is run for it.
    pub kernel: Kernel,
}

/// A contactless kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// Kernel 2 (EMV Book C-2).
    Kernel2,
    /// Kernel 3 (EMV Book C-3).
    Kernel3,
    /// Kernel 7, by the public qPBOC standard (JR/T 0025).
    Kernel7,
}

impl Kernel {
    /// The kernel that a directory entry asks for by its kernel identifier (9F2A), or the default of its RID. `None`
    /// where it is none of ours, such as a domestic one (bit 8 of the first byte set).
    fn of(aid: &[u8], identifier: Option<&[u8]>) -> Option<Kernel> {
        match identifier {
            Some([first, ..]) if first & 0x80 == 0 => match first & 0x3F {
                2 => Some(Kernel::Kernel2),
                3 => Some(Kernel::Kernel3),
                7 => Some(Kernel::Kernel7),
                _ => None,
            },
            Some([_, ..]) => None,
            Some([]) | None => match aid {
                [0xA0, 0, 0, 0, 0x04, ..] => Some(Kernel::Kernel2),
                [0xA0, 0, 0, 0, 0x03, ..] => Some(Kernel::Kernel3),
                [0xA0, 0, 0, 0x03, 0x33, ..] => Some(Kernel::Kernel7),
                _ => None,
            },
        }
    }
}

/// From the directory to the reason that ends the tap.
pub(super) fn pay(terminal: &Terminal, purchase: &Purchase, link: &mut Link<'_>) -> Result<Online, Reason> {
    let mut data = TerminalData::of(purchase)?;
    if let Some(merchant) = &terminal.merchant {
        data.name(merchant)?;
    }
    let cvm_required = terminal.cvm_required(purchase);
    let directory = link.transmit(command::select(PPSE)?)?.accepted(Reason::DirectoryRefused)?;
    let mut ending = Reason::NoCommonApplication;
    for candidate in candidates(terminal, &directory)? {
        let result = select(&candidate.aid, link).and_then(|card| match candidate.kernel {
            Kernel::Kernel2 => kernel2::pay(terminal, purchase, data.clone(), card, link),
            Kernel::Kernel3 | Kernel::Kernel7 => kernel3::pay(terminal, cvm_required, data.clone(), card, link),
        });
        match result {
            Err(reason) if reason.selects_next() => ending = reason,
            decided => return decided,
        }
    }
    Err(ending)
}

struct Candidate {
    aid: Vec<u8>,
    kernel: Kernel,
    /// 1 is the highest; an entry without priority is the last.
    priority: u8,
}

/// The entries of the directory that the terminal accepts, by priority; equal ones in the order of the directory.
fn candidates(terminal: &Terminal, directory: &[u8]) -> Result<Vec<Candidate>, Reason> {
    let (name, proprietary) = file_control_information(directory)?;
    if name != PPSE {
        return Err(Reason::WrongName);
    }
    let discretionary = tlv::objects(tlv::required(&tlv::objects(proprietary)?, 0xBF0C)?)?;
    let mut candidates = Vec::new();
    for entry in discretionary.iter().filter(|object| object.tag == 0x61) {
        let mut application = CardData::default();
        application.add(entry.value)?;
        let aid = application.required(0x4F)?;
        let priority = match application.fixed::<1>(0x87)?.map(|[indicator]| indicator & 0x0F) {
            None | Some(0) => 0x10,
            Some(priority) => priority,
        };
        if let Some(kernel) = Kernel::of(aid, application.object(0x9F2A))
            && terminal.applications.iter().any(|ours| ours.kernel == kernel && aid.starts_with(&ours.aid))
        {
            candidates.push(Candidate { aid: aid.to_vec(), kernel, priority });
        }
    }
    candidates.sort_by_key(|candidate| candidate.priority);
    Ok(candidates)
}

/// Final selection: the full AID of the directory. The card's objects begin with it (4F) and those of the FCI.
fn select(aid: &[u8], link: &mut Link<'_>) -> Result<CardData, Reason> {
    let answer = link.transmit(command::select(aid)?)?.accepted(Reason::SelectRefused)?;
    let (name, proprietary) = file_control_information(&answer)?;
    if !name.starts_with(aid) {
        return Err(Reason::WrongName);
    }
    let mut card = CardData::default();
    card.put(0x4F, aid)?;
    card.put(0x84, name)?;
    for object in tlv::objects(proprietary)? {
        match object.tag {
            0xBF0C => card.add(object.value)?,
            tag => card.put(tag, object.value)?,
        }
    }
    Ok(card)
}

/// DF name (84) and content of the proprietary template (A5) of an answer to SELECT.
fn file_control_information(answer: &[u8]) -> Result<(&[u8], &[u8]), Reason> {
    let objects = tlv::objects(tlv::template(answer, 0x6F)?)?;
    Ok((tlv::required(&objects, 0x84)?, tlv::required(&objects, 0xA5)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};
    use crate::terminal::Outcome;
    use crate::terminal::scripted_card::{directory, ends, object, purchase, script};

    const KERNEL_3_SAMPLE: &str = "6F23840E325041592E5359532E4444463031A511BF0C0E610C4F07A0000000031010870101";
    const KERNEL_7_SAMPLE: &str =
        "6F30840E325041592E5359532E4444463031A51EBF0C1B61194F08A000000333010101500A50424F43204445424954870101";

    /// AID and kernel of each candidate, in order.
    fn found(directory: &str) -> Vec<(String, Kernel)> {
        let candidates = candidates(&Terminal::default(), &from_hex(directory).unwrap()).unwrap();
        candidates.iter().map(|candidate| (hex(&candidate.aid), candidate.kernel)).collect()
    }

    fn entry(aid: &str, rest: &str) -> String {
        object("61", &(object("4F", aid) + rest))
    }

    #[test]
    fn the_published_directories_are_read() {
        assert_eq!(found(KERNEL_3_SAMPLE), [("A0000000031010".to_owned(), Kernel::Kernel3)]);
        assert_eq!(found(KERNEL_7_SAMPLE), [("A000000333010101".to_owned(), Kernel::Kernel7)]);
    }

    #[test]
    fn candidates_come_by_priority_and_zero_is_last() {
        let entries = [
            entry("A0000000032010", ""),
            entry("A0000000031010", "870100"),
            entry("A0000000041010", "870102"),
            entry("A00000033301010101", "870181"),
        ];
        let aids: Vec<String> = found(&directory(&entries.concat())).into_iter().map(|(aid, _)| aid).collect();
        assert_eq!(aids, ["A00000033301010101", "A0000000041010", "A0000000032010", "A0000000031010"]);
    }

    #[test]
    fn the_terminal_s_aid_is_the_beginning_of_the_card_s_and_not_the_other_way_round() {
        assert_eq!(found(&directory(&entry("A000000003101001", ""))).len(), 1);
        assert_eq!(found(&directory(&entry("A00000000310", ""))).len(), 0);
    }

    #[test]
    fn the_kernel_identifier_counts_more_than_the_rid() {
        assert_eq!(found(&directory(&entry("A0000000031010", "9F2A0103"))).len(), 1);
        assert_eq!(found(&directory(&entry("A0000000031010", "9F2A00"))).len(), 1);
        for identifier in ["9F2A0102", "9F2A0108", "9F2A03830000", "9F2A03C30000"] {
            assert_eq!(found(&directory(&entry("A0000000031010", identifier))).len(), 0, "{identifier}");
        }
    }

    #[test]
    fn a_closed_loop_application_has_the_kernel_that_its_entry_names_and_no_other() {
        let entries = |identifier| found(&directory(&entry("F048434550415901", identifier)));
        assert_eq!(entries("9F2A0103"), [("F048434550415901".to_owned(), Kernel::Kernel3)]);
        assert_eq!(entries(""), []);
        assert_eq!(entries("9F2A0102"), []);
    }

    #[test]
    fn a_directory_that_is_wrong_ends_the_tap() {
        let missing_aid = directory(&object("61", "870101")) + "9000";
        let twice = directory(&entry("A0000000031010", "870101870101")) + "9000";
        let other_name = "6F1084065F5041592E31A506BF0C036101009000";
        for (answer, reason) in [
            ("6A82", Reason::DirectoryRefused(0x6A82)),
            ("7000 9000", Reason::WrongTemplate(0x70)),
            ("6F00 9000", Reason::MissingTag(0x84)),
            (&missing_aid, Reason::MissingTag(0x4F)),
            (&twice, Reason::DuplicateTag(0x87)),
            (other_name, Reason::WrongName),
            (&(directory("") + "9000"), Reason::NoCommonApplication),
            (&(directory("") + "00 9000"), Reason::TrailingBytes),
        ] {
            ends(&[answer], Outcome::EndApplication, reason);
        }
    }

    #[test]
    fn a_purchase_that_cannot_be_encoded_never_reaches_the_card() {
        let mut card = |_: &[u8]| panic!("no command is sent");
        let tap = Terminal::default().pay(&Purchase { amount_minor: u64::MAX, ..purchase() }, &mut card);
        assert_eq!(tap.reason, Reason::PurchaseOutOfRange);
    }

    #[test]
    fn a_refused_application_gives_way_to_the_next_and_the_last_refusal_is_the_reason() {
        let both = directory(&(entry("A0000000031010", "870101") + &entry("A0000000041010", "870102"))) + "9000";
        let mut card = script(&[&both, "6283", "6A82"]);
        let tap = Terminal::default().pay(&purchase(), &mut card);
        assert_eq!(tap.reason, Reason::SelectRefused(0x6A82));
        assert_eq!(tap.outcome, Outcome::EndApplication);
        let commands: Vec<String> = tap.exchanges.iter().skip(1).map(|exchange| hex(&exchange.command)).collect();
        assert_eq!(commands, ["00A4040007A000000003101000", "00A4040007A000000004101000"]);
    }

    #[test]
    fn an_answer_that_is_wrong_is_not_covered_up_by_the_next_application() {
        let both = directory(&(entry("A0000000031010", "870101") + &entry("A0000000041010", "870102"))) + "9000";
        let other = object("6F", &(object("84", "A0000000041010") + &object("A5", ""))) + "9000";
        ends(&[&both, &other], Outcome::EndApplication, Reason::WrongName);
    }
}
