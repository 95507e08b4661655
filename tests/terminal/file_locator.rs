//! The application file locator (94) and the records that it names (EMV Book 3, section 10.2).

use crate::terminal::card_data::CardData;
use crate::terminal::exchange::Link;
use crate::terminal::{Reason, command, tlv};

/// Reads every record into `card`, each in a template 70. Four bytes name a run of records: short file identifier in
/// bits 8-4, first record, last record, how many of them are signed offline, from the first on. Gives what is signed: of files
/// up to 10 a record's content, of others the template too.
pub(super) fn read_records(file_locator: &[u8], link: &mut Link<'_>, card: &mut CardData) -> Result<Vec<u8>, Reason> {
    let (runs, rest) = file_locator.as_chunks::<4>();
    if !rest.is_empty() || !runs.iter().all(is_possible) {
        return Err(Reason::FileLocatorMalformed);
    }
    let mut signed_records = Vec::new();
    for [file, first, last, signed] in runs {
        for (number, place) in (*first..=*last).zip(0..) {
            let answer = link.transmit(command::read_record(file >> 3, number))?.accepted(Reason::RecordRefused)?;
            let content = tlv::template(&answer, 0x70)?;
            card.add(content)?;
            if place < *signed {
                signed_records.extend(if file >> 3 > 10 { &answer } else { content });
            }
        }
    }
    Ok(signed_records)
}

fn is_possible([file, first, last, signed]: &[u8; 4]) -> bool {
    let file_is_possible = file & 0x07 == 0 && (1..=30).contains(&(file >> 3));
    let in_order = *first >= 1 && last >= first;
    file_is_possible && in_order && *signed <= last.saturating_sub(*first).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};
    use crate::terminal::scripted_card::script;

    fn read(file_locator: &str, answers: &[&str]) -> (Result<String, Reason>, Vec<String>) {
        let mut card = script(answers);
        let mut link = Link::new(&mut card);
        let result = read_records(&from_hex(file_locator).unwrap(), &mut link, &mut CardData::default());
        (
            result.map(|signed| hex(&signed)),
            link.into_exchanges().iter().map(|exchange| hex(&exchange.command)).collect(),
        )
    }

    #[test]
    fn every_record_is_read_once_and_in_order() {
        let answers = ["70 00 9000", "70 04 5F340101 9000", "70 06 5F2403301231 9000"];
        let (result, commands) = read("08010200 18030300", &answers);
        assert_eq!(result, Ok(String::new()));
        assert_eq!(commands, ["00B2010C00", "00B2020C00", "00B2031C00"]);
    }

    #[test]
    fn the_first_records_of_a_run_are_signed_without_their_template_where_the_file_is_one_of_emv() {
        let answers = ["70 04 5F340101 9000", "70 06 5F2403301231 9000", "70 05 9F420209 78 9000"];
        let (result, _) = read("08010201 58030301", &answers);
        assert_eq!(result.as_deref(), Ok("5F34010170059F42020978"));
    }

    #[test]
    fn impossible_records_are_not_asked_for() {
        for locator in ["00010100", "F8010100", "09010100", "08000100", "08020100", "08010102", "0801010008"] {
            assert_eq!(read(locator, &[]), (Err(Reason::FileLocatorMalformed), vec![]), "{locator}");
        }
    }

    #[test]
    fn a_refused_record_and_another_template_end_the_reading() {
        assert_eq!(read("08010100", &["6A83"]).0, Err(Reason::RecordRefused(0x6A83)));
        assert_eq!(read("08010100", &["77 00 9000"]).0, Err(Reason::WrongTemplate(0x77)));
    }

    #[test]
    fn a_tag_in_two_records_is_refused() {
        let answers = ["70 04 5F340101 9000", "70 04 5F340101 9000"];
        assert_eq!(read("08010200", &answers).0, Err(Reason::DuplicateTag(0x5F34)));
    }

    #[test]
    fn a_locator_of_thousands_of_records_comes_to_an_end() {
        let mut card = |_: &[u8]| vec![0x70, 0x00, 0x90, 0x00];
        let mut link = Link::new(&mut card);
        let locator = [0x08, 0x01, 0xFF, 0x00].repeat(63);
        let result = read_records(&locator, &mut link, &mut CardData::default());
        assert_eq!(result, Err(Reason::TooManyExchanges));
    }
}
