//! Kernel 2 (EMV Book C-2), EMV mode: GET PROCESSING OPTIONS, records, then GENERATE AC.
//!
//! Of offline data authentication CDA alone, no relay resistance, no data storage, no recovery of torn transactions, and of the
//! cardholder verification methods only the phone's own and none at all; the list (8E) is not consulted.

use crate::terminal::card_data::CardData;
use crate::terminal::cda::{self, Readiness, Said};
use crate::terminal::command::{self, CryptogramType};
use crate::terminal::data_object_list::DataObjectList;
use crate::terminal::exchange::Link;
use crate::terminal::oda::Holder;
use crate::terminal::outcome::Online;
use crate::terminal::terminal_data::TerminalData;
use crate::terminal::{Purchase, Reason, Terminal, file_locator, online_request, tlv};

/// The AFL entry of the mag-stripe record, which EMV mode skips where it comes first.
const MAG_STRIPE_RECORD: &[u8] = &[0x08, 0x01, 0x01, 0x00];

/// From GET PROCESSING OPTIONS to the decision. `card` holds what the answer to SELECT said.
pub(super) fn pay(
    terminal: &Terminal,
    purchase: &Purchase,
    mut data: TerminalData,
    mut card: CardData,
    link: &mut Link<'_>,
) -> Result<Online, Reason> {
    let cvm_required = terminal.cvm_required(purchase);
    describe_terminal(terminal, cvm_required, &mut data);
    let pdol = DataObjectList::parse(card.object(0x9F38).unwrap_or_default())?;
    let pdol_values = pdol.fill(&data, &card);
    let answer = link.transmit(command::get_processing_options(&pdol_values)?)?;
    processing_options(&answer.accepted(Reason::ProcessingOptionsRefused)?, &mut card)?;
    let [aip_1, aip_2] = card.fixed::<2>(0x82)?.ok_or(Reason::MissingTag(0x82))?;
    if aip_2 & 0x80 == 0 || !terminal.emv_mode_supported {
        return Err(Reason::EmvModeMissing);
    }
    let file_locator = card.required(0x94)?.to_vec();
    let file_locator = file_locator.strip_prefix(MAG_STRIPE_RECORD).unwrap_or(&file_locator);
    let signed_records = file_locator::read_records(file_locator, link, &mut card)?;
    for tag in [0x5A, 0x5F24, 0x8C] {
        card.required(tag)?;
    }
    card.check_account_numbers()?;

    let on_device = on_device_supported(terminal) && aip_1 & 0x02 != 0;
    let readiness = cda::readiness(terminal.cda_supported, &terminal.ca_keys, &card);
    let online_pin = terminal.online_pin_supported && lists_online_pin(&card);
    let verification = Verification::of(cvm_required, on_device, online_pin);
    let results = verification.terminal_verification_results(readiness);
    data.put(0x9F34, &verification.cvm_results());
    data.put(0x95, &results);
    let (asked, with_cda) = what_to_ask(terminal, &results, on_device, readiness);
    let cdol1_values = DataObjectList::parse(card.required(0x8C)?)?.fill(&data, &card);
    let answer = link.transmit(command::generate_ac(asked, with_cda, &cdol1_values)?)?;
    let answer = answer.accepted(Reason::GenerateAcRefused)?;
    cryptogram(&answer, &mut card)?;
    let [cid] = card.fixed::<1>(0x9F27)?.ok_or(Reason::MissingTag(0x9F27))?;
    for tag in [0x9F36, 0x9F10] {
        card.required(tag)?;
    }
    let answered = CryptogramType::of_cid(cid)?;
    if answered > asked {
        return Err(Reason::HigherThanAsked);
    }
    // No signature is made for an AAC.
    let oda = if with_cda && answered != CryptogramType::Aac {
        let holder = Holder { signed_records: &signed_records, date: purchase.date };
        let said = Said {
            pdol_values: &pdol_values,
            cdol1_values: &cdol1_values,
            unpredictable_number: &purchase.unpredictable_number,
            answer: &tlv::objects(tlv::only_object(&answer)?.value)?,
        };
        let oda = cda::check(&terminal.ca_keys, &card, &holder, &said)?;
        card.put(0x9F26, &oda.cryptogram.unwrap_or_default())?;
        Some(oda)
    } else {
        card.required(0x9F26)?;
        None
    };
    if let Some(reason) = cardholder_interaction(&card)? {
        return Err(reason);
    }
    let denied = |place: usize, bits: u8| {
        let denial = terminal.tac_denial.get(place).zip(results.get(place));
        denial.is_some_and(|(denial, result)| denial & result & bits != 0)
    };
    match answered {
        CryptogramType::Aac if asked != CryptogramType::Aac => Err(Reason::DeclinedByCard),
        CryptogramType::Aac if denied(0, 0xFF) => Err(Reason::NotAuthenticated),
        CryptogramType::Aac if verification == Verification::Failed => Err(Reason::VerificationMissing),
        CryptogramType::Aac if on_device && readiness != Readiness::Ready => Err(Reason::OnDeviceWithoutCda),
        CryptogramType::Aac => Err(Reason::DeclinedByTerminal),
        CryptogramType::Tc => Err(Reason::OfflineApprovalUnchecked),
        CryptogramType::Arqc if terminal.offline_only => Err(Reason::CannotGoOnline),
        CryptogramType::Arqc => {
            let reason = match verification {
                Verification::OnDevice => Reason::VerifiedOnDevice,
                Verification::OnlinePin => Reason::OnlinePin,
                _ => Reason::NoVerification,
            };
            Ok(Online { reason, request: online_request::of(&data, &card, &[0x9F34]), oda })
        }
    }
}

/// The type of cryptogram, and whether it is to come inside a signature (EMV Book C-2, GAC.20 to GAC.29): where CDA is to be done
/// it is asked for, but not of an AAC. Where it is not, and card and reader both support verification on the device, the type is an
/// AAC, whatever the action codes say.
fn what_to_ask(
    terminal: &Terminal,
    results: &[u8; 5],
    on_device: bool,
    readiness: Readiness,
) -> (CryptogramType, bool) {
    let denied = results.iter().zip(terminal.tac_denial).any(|(result, denial)| result & denial != 0);
    let cda = readiness == Readiness::Ready;
    if denied || terminal.asks_for_decline || (on_device && !cda) {
        (CryptogramType::Aac, false)
    } else if terminal.offline_only {
        (CryptogramType::Tc, cda)
    } else {
        (CryptogramType::Arqc, cda)
    }
}

/// Kernel Configuration (DF811B), bit 6.
fn on_device_supported(terminal: &Terminal) -> bool {
    terminal.kernel_configuration & 0x20 != 0
}

/// What PDOL and CDOL1 may ask about the terminal itself: its type (9F35: attended, 21 online only, 23 offline only),
/// terminal risk management data (9F1D) and the mobile support indicator (9F7E).
fn describe_terminal(terminal: &Terminal, cvm_required: bool, data: &mut TerminalData) {
    let bit = |is_set: bool, mask: u8| if is_set { mask } else { 0 };
    data.put(0x9F35, &[if terminal.offline_only { 0x23 } else { 0x21 }]);
    let no_cvm = 0x08;
    let methods = no_cvm | bit(on_device_supported(terminal), 0x04);
    let no_mag_stripe = 0x80 | bit(!terminal.emv_mode_supported, 0x40);
    data.put(0x9F1D, &[methods, bit(cvm_required, 0x80), no_mag_stripe, 0, 0, 0, 0, 0]);
    data.put(0x9F7E, &[0x01 | bit(cvm_required, 0x02)]);
}

/// The answer to GET PROCESSING OPTIONS: format 2 as objects, or format 1 as AIP and AFL without tags.
fn processing_options(answer: &[u8], card: &mut CardData) -> Result<(), Reason> {
    let object = tlv::only_object(answer)?;
    match object.tag {
        0x77 => card.add(object.value),
        0x80 => {
            let (aip, file_locator) = object.value.split_at_checked(2).ok_or(Reason::WrongLength(0x80))?;
            card.put(0x82, aip)?;
            card.put(0x94, file_locator)
        }
        tag => Err(Reason::WrongTemplate(tag)),
    }
}

/// The answer to GENERATE AC: format 2 as objects, or format 1 as CID, ATC, cryptogram and IAD without tags.
fn cryptogram(answer: &[u8], card: &mut CardData) -> Result<(), Reason> {
    let object = tlv::only_object(answer)?;
    match object.tag {
        0x77 => card.add(object.value),
        0x80 => {
            let (cid, rest) = object.value.split_at_checked(1).ok_or(Reason::WrongLength(0x80))?;
            let (atc, rest) = rest.split_at_checked(2).ok_or(Reason::WrongLength(0x80))?;
            let (cryptogram, iad) = rest.split_at_checked(8).ok_or(Reason::WrongLength(0x80))?;
            card.put(0x9F27, cid)?;
            card.put(0x9F36, atc)?;
            card.put(0x9F26, cryptogram)?;
            card.put(0x9F10, iad)
        }
        tag => Err(Reason::WrongTemplate(tag)),
    }
}

/// POS cardholder interaction information (DF4B): where any bit of 00030F is set the tap ends, with the message of the
/// usual phone message table: every bit of byte 2 that is listed there says "see phone", anything else "declined".
fn cardholder_interaction(card: &CardData) -> Result<Option<Reason>, Reason> {
    Ok(card.fixed::<3>(0xDF4B)?.and_then(|[_, byte_2, byte_3]| match (byte_2 & 0x03, byte_3 & 0x0F) {
        (0, 0) => None,
        _ if byte_2 & 0x0F != 0 => Some(Reason::VerifyOnPhone),
        _ => Some(Reason::DeclinedByCard),
    }))
}

/// Whether the CVM list (8E; EMV Book 3, section 10.5) has "enciphered PIN verified online" (42 or 02) where the terminal can.
fn lists_online_pin(card: &CardData) -> bool {
    let rules = card.object(0x8E).and_then(|list| list.get(8..)).unwrap_or_default();
    rules.chunks_exact(2).any(|rule| matches!(rule, [0x02 | 0x42, 0x03]))
}

/// What becomes of cardholder verification, before the card is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verification {
    /// Over the limit: the phone is taken at its word that its holder verified.
    OnDevice,
    /// The phone could verify, but the amount needs no verification.
    NotNeeded,
    /// The phone cannot verify, and the amount needs no verification.
    None,
    /// The amount needs verification, and the holder enters a PIN that the issuer checks.
    OnlinePin,
    /// The amount needs verification, and neither side can do it.
    Failed,
}

impl Verification {
    fn of(required: bool, on_device: bool, online_pin: bool) -> Verification {
        match (required, on_device) {
            (true, false) if online_pin => Verification::OnlinePin,
            (true, true) => Verification::OnDevice,
            (false, true) => Verification::NotNeeded,
            (false, false) => Verification::None,
            (true, false) => Verification::Failed,
        }
    }

    /// CVM results (9F34): method, condition, result (2 successful, 1 failed; EMV Book 4, section 6.3.4.5).
    fn cvm_results(self) -> [u8; 3] {
        match self {
            Verification::OnDevice => [0x01, 0x00, 0x02],
            Verification::NotNeeded => [0x3F, 0x00, 0x02],
            Verification::None => [0x1F, 0x03, 0x02],
            // Whether the PIN is right the terminal does not know.
            Verification::OnlinePin => [0x42, 0x03, 0x00],
            Verification::Failed => [0x3F, 0x00, 0x01],
        }
    }

    /// TVR (95), byte 1: offline data authentication was not performed (bit 8), ICC data missing (bit 6), CDA failed (bit 3). Byte
    /// 3 bit 8: cardholder verification was not successful; bit 3: online PIN entered.
    fn terminal_verification_results(self, readiness: Readiness) -> [u8; 5] {
        let authentication = match readiness {
            Readiness::Ready => 0x00,
            Readiness::NotSupported => 0x80,
            Readiness::DataMissing => 0x24,
            Readiness::CaKeyUnknown => 0x04,
        };
        let verification = match self {
            Verification::Failed => 0x80,
            Verification::OnlinePin => 0x04,
            _ => 0x00,
        };
        [authentication, 0x00, verification, 0x00, 0x00]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::terminal::scripted_card::{directory, object, purchase, script, selected};
    use crate::terminal::{Outcome, Purchase, Tap};

    const OPTIONS: &str = "770A 82021880 940408020200 9000";
    /// Of a card that supports verification on the device too.
    const ON_DEVICE: &str = "770A 82021A80 940408020200 9000";
    const CDOL1: &str = "9F02069F03069F1A0295055F2A029A039C019F37049F35019F45029F4C089F3403";
    const ARQC: &str =
        "77 29 9F270180 9F3602001C 9F2608D894EED80E0A8E1B 9F10120114A00003220000000000000000000000FF 9000";

    fn record() -> String {
        object("70", &(object("5A", "1234567890123456") + "5F2403301231" + &object("8C", CDOL1))) + "9000"
    }

    fn tap(terminal: &Terminal, amount_minor: u64, answers: &[&str]) -> Tap {
        let aid = "A0000000041010";
        let contact =
            [directory(&object("61", &object("4F", aid))) + "9000", selected(aid, &object("50", "434152")) + "9000"];
        let answers = [&[contact[0].as_str(), &contact[1]], answers].concat();
        terminal.pay(&Purchase { amount_minor, ..purchase() }, &mut script(&answers))
    }

    /// The last command and the reason of a tap with this answer to GENERATE AC.
    fn generate_ac(terminal: &Terminal, amount_minor: u64, answer: &str) -> (String, Reason) {
        let tap = tap(terminal, amount_minor, &[OPTIONS, &record(), answer]);
        (hex(&tap.exchanges.last().unwrap().command), tap.reason)
    }

    #[test]
    fn an_arqc_goes_to_the_issuer_with_what_the_terminal_sent() {
        let tap = tap(&Terminal::default(), 50_00, &[OPTIONS, &record(), ARQC]);
        assert_eq!((tap.outcome, tap.reason), (Outcome::OnlineRequest, Reason::NoVerification));
        let commands: Vec<String> = tap.exchanges.iter().skip(2).map(|exchange| hex(&exchange.command)).collect();
        let values =
            "000000005000 000000000000 0156 8000000000 0156 130322 01 11223344 21 0000 0000000000000000 1F0302";
        let generate_ac = format!("80AE80002B{}00", values.replace(' ', ""));
        assert_eq!(commands, ["80A8000002830000", "00B2020C00", generate_ac.as_str()]);
        let request = tap.authorisation.unwrap();
        assert_eq!(request.token().as_deref(), Some("1234567890123456"));
        for (tag, value) in [
            (0x4F, "A0000000041010"),
            (0x82, "1880"),
            (0x95, "8000000000"),
            (0x9F10, "0114A00003220000000000000000000000FF"),
            (0x9F26, "D894EED80E0A8E1B"),
            (0x9F27, "80"),
            (0x9F34, "1F0302"),
            (0x9F36, "001C"),
        ] {
            assert_eq!(request.object(tag).map(hex).as_deref(), Some(value), "{tag:X}");
        }
        assert_eq!(request.object(0x9F66), None);
    }

    #[test]
    fn verification_on_the_device_without_cda_is_turned_into_an_aac_whatever_the_action_codes_say() {
        let terminal = Terminal { tac_denial: [0; 5], ..Terminal::default() };
        for (amount_minor, results) in [(50_00, "3F0002"), (50_01, "010002")] {
            let tap = tap(&terminal, amount_minor, &[ON_DEVICE, &record(), &ARQC.replace("9F270180", "9F270100")]);
            let command = hex(&tap.exchanges.last().unwrap().command);
            assert!(command.starts_with("80AE0000") && command.ends_with(&format!("{results}00")), "{command}");
            assert_eq!((tap.outcome, tap.reason), (Outcome::Declined, Reason::OnDeviceWithoutCda));
        }
    }

    #[test]
    fn a_reader_that_does_not_support_verification_on_the_device_goes_by_the_list() {
        let terminal = Terminal { kernel_configuration: 0xDF, ..Terminal::default() };
        let tap = tap(&terminal, 50_00, &[ON_DEVICE, &record(), ARQC]);
        assert_eq!((tap.outcome, tap.reason), (Outcome::OnlineRequest, Reason::NoVerification));
        assert_eq!(tap.authorisation.unwrap().object(0x9F34), Some(&[0x1F, 0x03, 0x02][..]));
    }

    #[test]
    fn over_the_limit_without_the_phone_the_terminal_declines_unless_it_is_told_not_to() {
        let (command, reason) = generate_ac(&Terminal::default(), 50_01, &ARQC.replace("9F270180", "9F270100"));
        assert!(command.starts_with("80AE0000") && command.contains("8000800000") && command.ends_with("3F000100"));
        assert_eq!(reason, Reason::VerificationMissing);
        let lenient = Terminal { tac_denial: [0; 5], ..Terminal::default() };
        let (command, reason) = generate_ac(&lenient, 50_01, ARQC);
        assert!(command.starts_with("80AE8000"));
        assert_eq!(reason, Reason::NoVerification);
    }

    #[test]
    fn format_1_answers_are_read_too() {
        let answers = [
            "8006 1880 08020200 9000",
            &record(),
            "801D 80 001C D894EED80E0A8E1B 0114A00003220000000000000000000000FF 9000",
        ];
        assert_eq!(tap(&Terminal::default(), 1, &answers).reason, Reason::NoVerification);
        assert_eq!(tap(&Terminal::default(), 1, &["8001 02 9000"]).reason, Reason::WrongLength(0x80));
        assert_eq!(tap(&Terminal::default(), 1, &["8002 1880 9000"]).reason, Reason::WrongLength(0x94));
        assert_eq!(
            generate_ac(&Terminal::default(), 1, "800A 80 001C D894EED80E0A8E 9000").1,
            Reason::WrongLength(0x80)
        );
    }

    #[test]
    fn the_mag_stripe_record_is_skipped_only_where_it_comes_first() {
        let options = "770E 82021880 9408 08010100 08020200 9000";
        let first = tap(&Terminal::default(), 1, &[options, &record(), ARQC]);
        assert_eq!(first.reason, Reason::NoVerification);
        assert_eq!(hex(&first.exchanges[3].command), "00B2020C00");
        let options = "770E 82021880 9408 08020200 08010100 9000";
        let second = tap(&Terminal::default(), 1, &[options, &record(), "7000 9000", ARQC]);
        assert_eq!(hex(&second.exchanges[4].command), "00B2010C00");
    }

    #[test]
    fn number_expiry_and_cdol1_must_be_in_the_records() {
        for (record, tag) in [
            ("7000 9000", 0x5A),
            ("700A 5A08 1234567890123456 9000", 0x5F24),
            ("7010 5A08 1234567890123456 5F2403301231 9000", 0x8C),
        ] {
            assert_eq!(tap(&Terminal::default(), 1, &[OPTIONS, record]).reason, Reason::MissingTag(tag));
        }
        assert_eq!(tap(&Terminal::default(), 1, &["7704 82021880 9000"]).reason, Reason::MissingTag(0x94));
        assert_eq!(tap(&Terminal::default(), 1, &["7706 940408020200 9000"]).reason, Reason::MissingTag(0x82));
    }

    #[test]
    fn track_2_names_the_same_card_as_the_number() {
        let content = object("5A", "1234567890123456") + "5F2403301231" + &object("8C", CDOL1);
        let record = object("70", &(content + "570C1234567890123457D3012201")) + "9000";
        assert_eq!(tap(&Terminal::default(), 1, &[OPTIONS, &record]).reason, Reason::AccountNumbersDiffer);
    }

    #[test]
    fn emv_mode_is_needed_on_both_sides() {
        let mag_stripe = OPTIONS.replace("1880", "1800");
        assert_eq!(tap(&Terminal::default(), 1, &[&mag_stripe]).reason, Reason::EmvModeMissing);
        let terminal = Terminal { emv_mode_supported: false, ..Terminal::default() };
        assert_eq!(tap(&terminal, 1, &[OPTIONS]).reason, Reason::EmvModeMissing);
    }

    #[test]
    fn a_card_that_declines_and_wants_its_holder_makes_the_terminal_say_see_phone() {
        let aac = |interaction: &str| {
            let content = "9F270100 9F3602001C 9F26080102030405060708 9F10120114800003220000000000000000000000FF";
            generate_ac(&Terminal::default(), 1, &(object("77", &(content.replace(' ', "") + interaction)) + "9000")).1
        };
        assert_eq!(aac(""), Reason::DeclinedByCard);
        assert_eq!(aac("DF4B03000100"), Reason::VerifyOnPhone);
        assert_eq!(aac("DF4B03000200"), Reason::VerifyOnPhone);
        assert_eq!(aac("DF4B03000001"), Reason::DeclinedByCard);
        assert_eq!(aac("DF4B03001000"), Reason::DeclinedByCard);
        assert_eq!(aac("DF4B020001"), Reason::WrongLength(0xDF4B));
    }

    #[test]
    fn the_terminal_can_ask_for_a_decline() {
        let terminal = Terminal { asks_for_decline: true, ..Terminal::default() };
        let (command, reason) = generate_ac(&terminal, 1, &ARQC.replace("9F270180", "9F270100"));
        assert!(command.starts_with("80AE0000"));
        assert_eq!(reason, Reason::DeclinedByTerminal);
        assert_eq!(generate_ac(&terminal, 1, ARQC).1, Reason::HigherThanAsked);
        let by_code = Terminal { tac_denial: [0x80, 0, 0, 0, 0], ..Terminal::default() };
        assert!(generate_ac(&by_code, 1, ARQC).0.starts_with("80AE0000"));
    }

    #[test]
    fn a_terminal_that_never_goes_online_asks_for_a_tc_and_declines() {
        let terminal = Terminal { offline_only: true, ..Terminal::default() };
        let (command, reason) = generate_ac(&terminal, 1, ARQC);
        assert!(command.starts_with("80AE4000"));
        assert_eq!(reason, Reason::CannotGoOnline);
        let approved = ARQC.replace("9F270180", "9F270140");
        assert_eq!(generate_ac(&terminal, 1, &approved).1, Reason::OfflineApprovalUnchecked);
        assert_eq!(generate_ac(&Terminal::default(), 1, &approved).1, Reason::HigherThanAsked);
    }

    #[test]
    fn an_answer_to_generate_ac_is_complete_and_new() {
        let reason = |answer: &str| generate_ac(&Terminal::default(), 1, answer).1;
        assert_eq!(reason("6985"), Reason::GenerateAcRefused(0x6985));
        assert_eq!(reason("7000 9000"), Reason::WrongTemplate(0x70));
        assert_eq!(reason("7700 9000"), Reason::MissingTag(0x9F27));
        assert_eq!(reason("7704 9F270180 9000"), Reason::MissingTag(0x9F36));
        assert_eq!(reason("7704 82021880 9000"), Reason::DuplicateTag(0x82));
    }

    #[test]
    fn a_refused_get_processing_options_selects_the_next_application() {
        assert_eq!(tap(&Terminal::default(), 1, &["6985"]).reason, Reason::ProcessingOptionsRefused(0x6985));
    }
}
