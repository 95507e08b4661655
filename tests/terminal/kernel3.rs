//! Kernel 3 (EMV Book C-3): the card answers GET PROCESSING OPTIONS with its cryptogram, and records come after it.
//!
//! Kernel 7 goes the same way (qPBOC, JR/T 0025). Its cards leave the cryptogram information data (9F27) out, and their
//! issuer application data has one byte more at its end; both are read here for either kernel.

use crate::terminal::card_data::CardData;
use crate::terminal::command::{self, CryptogramType};
use crate::terminal::data_object_list::DataObjectList;
use crate::terminal::exchange::Link;
use crate::terminal::oda::{Holder, Oda};
use crate::terminal::outcome::Online;
use crate::terminal::terminal_data::TerminalData;
use crate::terminal::{Fdda, Reason, Terminal, fdda, file_locator, online_request, tlv};

/// From GET PROCESSING OPTIONS to the decision. `card` holds what the answer to SELECT said.
pub(super) fn pay(
    terminal: &Terminal,
    cvm_required: bool,
    mut data: TerminalData,
    mut card: CardData,
    link: &mut Link<'_>,
) -> Result<Online, Reason> {
    data.put(0x9F66, &terminal_transaction_qualifiers(terminal, cvm_required));
    let pdol = DataObjectList::parse(card.object(0x9F38).unwrap_or_default())?;
    if !pdol.names(0x9F66) {
        return Err(Reason::TtqNotAsked);
    }
    let answer = link.transmit(command::get_processing_options(&pdol.fill(&data, &card))?)?;
    match answer.status {
        0x6984 => return Err(Reason::OtherInterface),
        0x6986 => return Err(Reason::VerifyOnPhone),
        _ => card.add(tlv::template(&answer.accepted(Reason::ProcessingOptionsRefused)?, 0x77)?)?,
    }
    let answered = cryptogram_type(&card)?;
    match answered {
        CryptogramType::Aac => return Err(Reason::DeclinedByCard),
        CryptogramType::Tc if terminal.offline_only => return Err(Reason::OfflineApprovalUnchecked),
        CryptogramType::Tc => return Err(Reason::HigherThanAsked),
        CryptogramType::Arqc => {}
    }
    for tag in [0x82, 0x9F36, 0x9F26, 0x9F10, 0x57] {
        card.required(tag)?;
    }
    let signed_records = match card.object(0x94).map(<[u8]>::to_vec) {
        Some(file_locator) => file_locator::read_records(&file_locator, link, &mut card)?,
        None => Vec::new(),
    };
    card.check_account_numbers()?;
    // 9F6E is the form factor indicator to this kernel, and longer to others.
    card.fixed::<4>(0x9F6E)?;
    let oda = data_authentication(terminal, &signed_records, &data, &card)?;
    let verification = cardholder_verification(terminal, cvm_required, &card)?;
    if terminal.offline_only {
        return Err(Reason::CannotGoOnline);
    }
    let request = online_request::of(&data, &card, &[0x9F66, 0x9F6C]);
    Ok(Online { reason: verification, request, oda })
}

/// Fast dynamic data authentication, where card and terminal do it. Where it fails, the CTQ (9F6C; byte 1 bit 6) says whether a
/// terminal that can goes online all the same.
fn data_authentication(
    terminal: &Terminal,
    signed_records: &[u8],
    data: &TerminalData,
    card: &CardData,
) -> Result<Option<Oda>, Reason> {
    let required = terminal.fdda == Fdda::Required;
    if terminal.fdda == Fdda::NotSupported || !fdda::is_promised(card) {
        return if required { Err(Reason::NotAuthenticated) } else { Ok(None) };
    }
    fdda::mandatory_data(card)?;
    let date = data.object(0x9A).and_then(|date| date.try_into().ok()).unwrap_or_default();
    let holder = Holder { signed_records, date };
    let [qualifiers, _] = card.fixed::<2>(0x9F6C)?.unwrap_or_default();
    match fdda::check(&terminal.ca_keys, card, &holder, data) {
        Ok(oda) => Ok(Some(oda)),
        Err(_) if qualifiers & 0x20 != 0 && !required && !terminal.offline_only => Ok(None),
        Err(step) => Err(Reason::FddaFailed(step)),
    }
}

/// TTQ (9F66). The terminal has a chip slot, approves nothing offline and so wants an online cryptogram wherever it can go
/// online, then or later.
fn terminal_transaction_qualifiers(terminal: &Terminal, cvm_required: bool) -> [u8; 4] {
    let bit = |is_set: bool, mask: u8| if is_set { mask } else { 0 };
    let byte_1 = bit(terminal.fdda != Fdda::NotSupported, 0x01)
        | bit(terminal.emv_mode_supported, 0x20)
        | 0x10
        | bit(terminal.offline_only, 0x08)
        | bit(terminal.online_pin_supported, 0x04)
        | bit(terminal.signature_supported, 0x02);
    let byte_2 = bit(!terminal.offline_only, 0x80) | bit(cvm_required, 0x40);
    let fdda = bit(terminal.fdda != Fdda::NotSupported, 0x80);
    [byte_1, byte_2, bit(terminal.cdcvm_supported, 0x40), fdda]
}

/// From the cryptogram information data (9F27), or where the card sent none from the card verification results:
/// byte 2, bits 6-5, the fifth byte of the issuer application data (9F10) in every format.
fn cryptogram_type(card: &CardData) -> Result<CryptogramType, Reason> {
    match card.fixed::<1>(0x9F27)? {
        Some([cid]) => CryptogramType::of_cid(cid),
        None => {
            let verification_results = card.required(0x9F10)?.get(4).ok_or(Reason::WrongLength(0x9F10))?;
            CryptogramType::of_cid(verification_results << 2)
        }
    }
}

/// How the holder is verified, from the card transaction qualifiers (CTQ, 9F6C): online PIN before verification on the
/// phone before signature. Where the card sent 9F69, its last two bytes must repeat a CTQ that claims the phone did it.
fn cardholder_verification(terminal: &Terminal, cvm_required: bool, card: &CardData) -> Result<Reason, Reason> {
    let qualifiers = card.fixed::<2>(0x9F6C)?.unwrap_or_default();
    let repeated = card.fixed::<7>(0x9F69)?.map(|[_, _, _, _, _, byte_1, byte_2]| [byte_1, byte_2]);
    let [byte_1, byte_2] = qualifiers;
    if byte_1 & 0x80 != 0 && terminal.online_pin_supported {
        Ok(Reason::OnlinePin)
    } else if byte_2 & 0x80 != 0 {
        let confirmed = repeated.is_none_or(|repeated| repeated == qualifiers);
        if confirmed { Ok(Reason::VerifiedOnDevice) } else { Err(Reason::VerificationContradicted) }
    } else if byte_1 & 0x40 != 0 && terminal.signature_supported {
        Ok(Reason::Signature)
    } else if cvm_required {
        Err(Reason::VerificationMissing)
    } else {
        Ok(Reason::NoVerification)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};
    use crate::terminal::scripted_card::{directory, object, pay_with, purchase, script, selected};
    use crate::terminal::{Outcome, Purchase, Tap};

    const PDOL: &str = "9F66049F02069F03069F1A0295055F2A029A039C019F3704";
    const TRACK_2: &str = "57131122334455667788D23072010000043299995F";

    fn contact(pdol: &str) -> [String; 2] {
        let aid = "A0000000031010";
        [
            directory(&object("61", &object("4F", aid))) + "9000",
            selected(aid, &(object("50", "434152") + &object("9F38", pdol))) + "9000",
        ]
    }

    fn tap(terminal: &Terminal, amount_minor: u64, processing_options: &str, records: &[&str]) -> Tap {
        let [directory, selected] = contact(PDOL);
        let answers = [&[directory.as_str(), &selected, processing_options], records].concat();
        terminal.pay(&Purchase { amount_minor, ..purchase() }, &mut script(&answers))
    }

    /// A whole answer of a phone with this CTQ, without records.
    fn answer(qualifiers: &str) -> String {
        let content = "82020040 9F36020205 9F260852D7F6595EFD1E2A 9F100706011203A00000 9F2701805F340101";
        object("77", &(content.replace(' ', "") + TRACK_2 + &object("9F6C", qualifiers))) + "9000"
    }

    fn reason(terminal: &Terminal, amount_minor: u64, processing_options: &str) -> Reason {
        tap(terminal, amount_minor, processing_options, &[]).reason
    }

    #[test]
    fn an_arqc_with_verification_on_the_phone_goes_to_the_issuer() {
        let tap = tap(&Terminal::default(), 50_01, &answer("0080"), &[]);
        assert_eq!((tap.outcome, tap.reason), (Outcome::OnlineRequest, Reason::VerifiedOnDevice));
        let command = hex(&tap.exchanges.last().unwrap().command);
        let values = "30C04000 000000005001 000000000000 0156 0000000000 0156 130322 01 11223344".replace(' ', "");
        assert_eq!(command, format!("80A80000238321{values}00"));
        let request = tap.authorisation.unwrap();
        assert_eq!(request.token().as_deref(), Some("1122334455667788"));
        for (tag, value) in [
            (0x4F, "A0000000031010"),
            (0x5F34, "01"),
            (0x82, "0040"),
            (0x95, "0000000000"),
            (0x9F02, "000000005001"),
            (0x9F10, "06011203A00000"),
            (0x9F26, "52D7F6595EFD1E2A"),
            (0x9F27, "80"),
            (0x9F36, "0205"),
            (0x9F66, "30C04000"),
            (0x9F6C, "0080"),
        ] {
            assert_eq!(request.object(tag).map(hex).as_deref(), Some(value), "{tag:X}");
        }
    }

    #[test]
    fn the_published_phone_answer_is_accepted_and_its_record_read() {
        let answer = "7781E6820220409404180103009F360202059F260852D7F6595EFD1E2A9F10201F4A0132A000000000100302730000000040\
            00000000000000000000000000009F4B81800CFF360C146FE6B1F0033753CBF984B71251881FA4218AD58B41E823D82C723F\
            B31EE69CA5D4011E420B216B425AB16499C4F28E73B0C429C54975B67BCBA30E5458C5ADEA7578604C76343DDD18F62ED95B\
            2160BB05EDD3A99465385DFD15F68E54B92C035D46D90B32F5D7EE8DB2834DA0827A21A69659A53469F8F783974C9F6C0200\
            8057131122334455667788D23072010000043299995F9F6E04238800009F2701809000";
        let record = "70375F280207029F0702C0009F19060400100302735F3401009F241D56303031303031343631363230383434353234373834\
            323935383238309000";
        let tap = tap(&Terminal::default(), 1, answer, &[record, "7000 9000", "7000 9000"]);
        assert_eq!(tap.reason, Reason::VerifiedOnDevice);
        assert_eq!(hex(&tap.exchanges.last().unwrap().command), "00B2031C00");
        assert_eq!(tap.authorisation.unwrap().object(0x5F34), Some(&[0x00][..]));
    }

    #[test]
    fn kernel_7_takes_the_type_from_the_card_verification_results() {
        let published = "774F82027C009410080303001005080118010200180404009F3602000357136231200100000000217D30122206960000000F\
            9F100807010103900000019F26082D3956FFD0DEF08A5F3401009F6C0200009000";
        let aid = "A000000333010101";
        let select =
            [directory(&object("61", &object("4F", aid))) + "9000", selected(aid, &object("9F38", PDOL)) + "9000"];
        let tap = |processing_options: &str| {
            let answers = [&[select[0].as_str(), &select[1], processing_options], &["7000 9000"; 8][..]].concat();
            pay_with(&answers)
        };
        // As published it approves offline (TC), which this terminal did not offer.
        assert_eq!(tap(published).reason, Reason::HigherThanAsked);
        let online = tap(&published.replace("0390000001", "03A0000001"));
        assert_eq!(online.reason, Reason::NoVerification);
        assert_eq!(online.exchanges.len(), 11);
        assert_eq!(online.authorisation.unwrap().object(0x9F27), None);
        assert_eq!(tap(&published.replace("0390000001", "0380000001")).reason, Reason::DeclinedByCard);
    }

    #[test]
    fn an_application_without_the_ttq_in_its_pdol_is_not_used() {
        let [directory, selected] = contact("9F37049F0206");
        assert_eq!(pay_with(&[&directory, &selected]).reason, Reason::TtqNotAsked);
    }

    #[test]
    fn refusals_say_where_the_holder_goes_next() {
        for (answer, outcome, reason) in [
            ("6986", Outcome::SeePhone, Reason::VerifyOnPhone),
            ("6984", Outcome::TryAnotherInterface, Reason::OtherInterface),
            ("6985", Outcome::EndApplication, Reason::ProcessingOptionsRefused(0x6985)),
        ] {
            let tap = tap(&Terminal::default(), 1, answer, &[]);
            assert_eq!((tap.outcome, tap.reason, tap.authorisation), (outcome, reason, None));
        }
    }

    #[test]
    fn an_amount_over_the_limit_needs_a_verified_holder() {
        let terminal = Terminal::default();
        assert_eq!(reason(&terminal, 50_00, &answer("0000")), Reason::NoVerification);
        assert_eq!(reason(&terminal, 50_01, &answer("0000")), Reason::VerificationMissing);
        assert_eq!(reason(&terminal, 50_01, &answer("C000")), Reason::VerificationMissing);
    }

    #[test]
    fn online_pin_wins_over_the_phone_and_the_phone_over_signature() {
        let terminal = Terminal { online_pin_supported: true, signature_supported: true, ..Terminal::default() };
        assert_eq!(reason(&terminal, 50_01, &answer("C080")), Reason::OnlinePin);
        assert_eq!(reason(&terminal, 50_01, &answer("4080")), Reason::VerifiedOnDevice);
        assert_eq!(reason(&terminal, 50_01, &answer("4000")), Reason::Signature);
    }

    #[test]
    fn a_ctq_that_9f69_does_not_repeat_is_declined() {
        let with_record = |record: &str| {
            let content = format!("820200409404080101009F360202059F260852D7F6595EFD1E2A9F100706011203A00000{TRACK_2}");
            let processing_options = object("77", &(content + "9F6C020080")) + "9000";
            tap(&Terminal::default(), 1, &processing_options, &[&(object("70", record) + "9000")]).reason
        };
        assert_eq!(with_record("9F690701A1B2C3D40080"), Reason::VerifiedOnDevice);
        assert_eq!(with_record("9F690701A1B2C3D40000"), Reason::VerificationContradicted);
        assert_eq!(with_record("9F690601A1B2C3D400"), Reason::WrongLength(0x9F69));
        assert_eq!(with_record("5F34015A5F340101"), Reason::DuplicateTag(0x5F34));
        assert_eq!(with_record("5A081122334455667789"), Reason::AccountNumbersDiffer);
    }

    #[test]
    fn a_terminal_that_never_goes_online_declines_whatever_the_card_says() {
        let terminal = Terminal { offline_only: true, ..Terminal::default() };
        let answer = answer("0080");
        assert_eq!(reason(&terminal, 1, &answer), Reason::CannotGoOnline);
        assert_eq!(reason(&terminal, 1, &answer.replace("9F270180", "9F270140")), Reason::OfflineApprovalUnchecked);
        assert_eq!(terminal_transaction_qualifiers(&terminal, false), [0x38, 0x00, 0x40, 0x00]);
    }

    #[test]
    fn the_cryptogram_is_the_one_asked_for() {
        let terminal = Terminal::default();
        for (cid, expected) in [
            ("9F270100", Reason::DeclinedByCard),
            ("9F270140", Reason::HigherThanAsked),
            ("9F2701C0", Reason::CryptogramTypeReserved),
        ] {
            assert_eq!(reason(&terminal, 1, &answer("0080").replace("9F270180", cid)), expected);
        }
    }

    #[test]
    fn every_mandatory_object_is_missed() {
        let content = from_hex(&answer("0080")).unwrap();
        let content = tlv::template(content.get(..content.len() - 2).unwrap(), 0x77).unwrap();
        for tag in [0x82, 0x9F36, 0x9F26, 0x9F10, 0x57] {
            let kept = tlv::objects(content).unwrap().into_iter().filter(|object| object.tag != tag);
            let kept: String = kept.map(|kept| object(&format!("{:X}", kept.tag), &hex(kept.value))).collect();
            let processing_options = object("77", &kept) + "9000";
            assert_eq!(reason(&Terminal::default(), 1, &processing_options), Reason::MissingTag(tag));
        }
    }

    #[test]
    fn format_1_and_data_after_the_template_are_refused() {
        assert_eq!(reason(&Terminal::default(), 1, "8006 0040 08010100 9000"), Reason::WrongTemplate(0x80));
        assert_eq!(reason(&Terminal::default(), 1, "7700 00 9000"), Reason::TrailingBytes);
    }

    #[test]
    fn a_pdol_that_cannot_be_answered_ends_the_tap() {
        let [directory, selected] = contact("9F66049F02");
        assert_eq!(pay_with(&[&directory, &selected]).reason, Reason::DataObjectListMalformed);
        let [directory, selected] = contact("9F66049F4EFF");
        assert_eq!(pay_with(&[&directory, &selected]).reason, Reason::DataObjectListTooLong);
    }
}
