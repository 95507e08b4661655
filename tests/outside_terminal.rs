//! A terminal of other people, in process: the contact kernel of the crate `emv` buys from our kernel 2 cards.
//!
//! It is no contactless reader: it asks for the contact directory, goes by its list of AIDs, asks GET DATA for counters,
//! and would end with a second GENERATE AC, for which our cards have no CDOL2. So the taps end where the issuer is asked.

use emv::contact::dol_resolve::DolResolveExt;
use emv::contact::terminal::{Terminal, TerminalApplication};
use emv::contact::transaction::TransactionInputs;
use emv::contact::transaction_driver::Transaction;
use emv::contact::transaction_flow::{HostMediated, TransactionFlowStep, start};
use emv::core::apdu::{Command, Response};
use emv::core::card_reader::CardReader;
use emv::core::dol::{Dol, DolEntry};
use emv::core::generate_ac::GenerateAcResponse;
use emv::core::oda::CaPublicKey;
use emv::core::tag::Tag;
use emv::de::additional_terminal_capabilities::AdditionalTerminalCapabilities;
use emv::de::cryptogram_information_data::ApplicationCryptogramType;
use emv::de::terminal_capabilities::TerminalCapabilities;
use emv::de::terminal_type::TerminalType;
use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_tests::authorisation::AuthorisationRequest;
use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::terminal::CaKey;

const AID: [u8; 7] = [0xA0, 0x00, 0x00, 0x00, 0x04, 0x10, 0x10];

/// The line between that terminal and our phone; keeps what passed over it.
struct Line {
    phone: Phone,
    exchanges: Vec<(Vec<u8>, Vec<u8>)>,
}

impl CardReader for &mut Line {
    type Error = emv::Error;

    fn transmit(&mut self, command: &Command) -> Result<Response, emv::Error> {
        let command = command.to_bytes()?;
        let answer = self.phone.process(&command);
        let response = Response::parse(&answer);
        self.exchanges.push((command, answer));
        response
    }
}

impl Line {
    fn to(card_name: &str) -> Line {
        let mut phone = Phone::new(card_name, 0, NEW_YEAR).unwrap();
        phone.receive_keys(1);
        Line { phone, exchanges: Vec::new() }
    }

    /// The status words of all commands with this instruction.
    fn status_words(&self, instruction: u8) -> Vec<String> {
        let of_instruction = self.exchanges.iter().filter(|(command, _)| command.get(1) == Some(&instruction));
        of_instruction.map(|(_, answer)| hex(answer.last_chunk::<2>().unwrap())).collect()
    }
}

/// An attended terminal of a merchant that can go online and authenticates nothing offline. Below its floor limit of
/// 100.00 and with "no CVM" among its abilities it has nothing to complain of but the missing offline authentication.
fn terminal() -> Terminal {
    Terminal {
        terminal_type: TerminalType(0x22),
        terminal_capabilities: TerminalCapabilities {
            ic_with_contacts: true,
            no_cvm_required: true,
            ..TerminalCapabilities::default()
        },
        additional_terminal_capabilities: AdditionalTerminalCapabilities {
            goods: true,
            ..AdditionalTerminalCapabilities::default()
        },
        terminal_country_code: 276,
        terminal_identification: *b"TERMINAL",
        ifd_serial_number: *b"00000001",
        merchant_category_code: 5999,
        merchant_identifier: *b"MERCHANT       ",
        merchant_name_and_location: b"Merchant".to_vec(),
        acquirer_identifier: None,
        cardholder_selection_and_confirmation_supported: false,
        applications: vec![TerminalApplication {
            aid: AID.to_vec(),
            partial_match_allowed: true,
            application_version_number: [0x00, 0x02],
            terminal_floor_limit: 10_000,
            terminal_risk_management_data: None,
            default_ddol: None,
            default_tdol: None,
            tac_denial: Some([0; 5]),
            tac_online: Some([0; 5]),
            tac_default: Some([0; 5]),
            rts_target_percentage: None,
            rts_max_target_percentage: None,
            rts_threshold_value: None,
        }],
    }
}

/// 12.50 EUR on 2026-01-01.
fn purchase() -> TransactionInputs {
    TransactionInputs {
        amount_authorised: 12_50,
        amount_other: 0,
        transaction_currency_code: 978,
        transaction_currency_exponent: 2,
        transaction_date: [0x26, 0x01, 0x01],
        transaction_time: [0x12, 0x00, 0x00],
        transaction_type: 0x00,
        transaction_sequence_counter: 1,
        unpredictable_number: [0x12, 0x34, 0x56, 0x78],
    }
}

type Tap<'t, 'l> = Transaction<'t, &'l mut Line, HostMediated>;

/// The authorisation request that this terminal would send, from its own data and its own reading of the card's.
fn request(tap: &Tap<'_, '_>, answer: &GenerateAcResponse) -> AuthorisationRequest {
    let mut request = AuthorisationRequest::new();
    request.put(0x4F, &AID);
    for (tag, length) in
        [(0x9F02, 6), (0x9F03, 6), (0x9F1A, 2), (0x95, 5), (0x5F2A, 2), (0x9A, 3), (0x9C, 1), (0x9F37, 4)]
    {
        request.put(tag, &Dol(vec![DolEntry { tag: Tag(tag), length }]).resolve(&tap.ctx));
    }
    for tag in [0x57, 0x5A, 0x5F34, 0x9F34] {
        request.put(tag, tap.ctx.tag_store.get(Tag(tag)).unwrap());
    }
    request.put(0x82, &tap.ctx.aip.as_ref().unwrap().to_bytes());
    request.put(0x9F27, &[answer.cid.to_byte()]);
    request.put(0x9F36, &answer.atc);
    // With CDA it stood in the signature.
    let signed = || tap.ctx.tag_store.get(Tag(0x9F26)).unwrap().to_vec();
    request.put(0x9F26, &answer.ac.map_or_else(signed, |cryptogram| cryptogram.to_vec()));
    request.put(0x9F10, answer.iad.as_ref().unwrap());
    request
}

/// A tap up to where the issuer is asked.
fn online_request(line: &mut Line) -> AuthorisationRequest {
    let terminal = terminal();
    let mut tap = Transaction::new(line, &terminal, purchase(), HostMediated);
    match start(&mut tap, &[], &[], &[], None).unwrap() {
        TransactionFlowStep::OnlineRequest { first_generate_ac } => request(&tap, &first_generate_ac),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_purchase_reaches_the_issuer_and_our_issuer_accepts_it() {
    for card_name in ["kernel2-cvn14", "kernel2-cvn15", "kernel2-no-verification"] {
        let mut line = Line::to(card_name);
        line.phone.verify_holder();
        let request = online_request(&mut line);
        // No offline data authentication: the one thing that happened, or rather did not.
        assert_eq!(request.object(0x95).map(hex).as_deref(), Some("8000000000"), "{card_name}");
        assert_eq!(request.object(0x9F27), Some(&[0x80][..]), "{card_name}: an ARQC");
        let verification = line.phone.ask_issuer(&request);
        assert_eq!(verification.verdict, Verdict::Valid, "{card_name}: {:?}", verification.steps);
        assert_eq!(line.phone.ask_issuer(&request).verdict, Verdict::AtcReplay, "{card_name}");
    }
}

#[test]
fn where_it_does_cda_the_card_is_authenticated_and_the_issuer_asked() {
    let CaKey { rid, index, modulus, exponent } = CaKey::of_demo_cards([0xA0, 0, 0, 0, 4]);
    let authority = CaPublicKey { rid, index, modulus, exponent };
    for card_name in ["kernel2-cvn14", "kernel2-cvn15", "kernel2-no-verification"] {
        let mut line = Line::to(card_name);
        line.phone.verify_holder();
        let mut terminal = terminal();
        terminal.terminal_capabilities.cda = true;
        let mut tap = Transaction::new(&mut line, &terminal, purchase(), HostMediated);
        let authorities = std::slice::from_ref(&authority);
        let request = match start(&mut tap, authorities, &[], &[], None).unwrap() {
            TransactionFlowStep::OnlineRequest { first_generate_ac } => {
                assert!(first_generate_ac.sdad.is_some() && first_generate_ac.ac.is_none(), "{card_name}");
                request(&tap, &first_generate_ac)
            }
            other => panic!("{card_name}: {other:?}"),
        };
        assert!(tap.ctx.tsi.offline_data_authentication_was_performed, "{card_name}");
        assert_eq!(hex(&tap.ctx.tvr.to_bytes()), "0000000000", "{card_name}");
        assert_eq!(line.phone.ask_issuer(&request).verdict, Verdict::Valid, "{card_name}");
        let generate_ac = line.exchanges.iter().find(|(command, _)| command[1] == 0xAE).unwrap();
        assert_eq!(generate_ac.0[2] & 0x10, 0x10, "{card_name}: it asked for CDA");
    }
}

#[test]
fn no_contact_directory_and_no_counters_but_everything_else_is_answered() {
    let mut line = Line::to("kernel2-cvn14");
    line.phone.verify_holder();
    online_request(&mut line);
    assert_eq!(hex(&line.exchanges.first().unwrap().0), "00A404000E315041592E5359532E444446303100");
    assert_eq!(line.status_words(0xA4), ["6A82", "9000", "9000"], "contact directory, AID list, final selection");
    assert_eq!(line.status_words(0xCA), ["6A88", "6A88"], "ATC and last online ATC");
    assert_eq!(line.status_words(0xA8), ["9000"]);
    assert_eq!(line.status_words(0xB2), ["9000"; 5]);
    assert_eq!(line.status_words(0xAE), ["9000"]);
}

#[test]
fn a_card_that_verifies_when_asked_pays_unverified_where_no_cvm_is_claimed() {
    let mut line = Line::to("kernel2-no-verification");
    let request = online_request(&mut line);
    assert_eq!(request.object(0x9F34).map(hex).as_deref(), Some("1F0302"), "no CVM, successful");
    assert_eq!(line.phone.ask_issuer(&request).verdict, Verdict::Valid);
}

#[test]
fn without_verification_it_declines_with_an_aac_and_no_key_is_spent() {
    for card_name in ["kernel2-cvn14", "kernel2-cvn15"] {
        let mut line = Line::to(card_name);
        let terminal = terminal();
        let mut tap = Transaction::new(&mut line, &terminal, purchase(), HostMediated);
        match start(&mut tap, &[], &[], &[], None).unwrap() {
            TransactionFlowStep::Declined { generate_ac } => {
                assert_eq!(generate_ac.cid.cryptogram_type, ApplicationCryptogramType::Aac, "{card_name}");
                let request = request(&tap, &generate_ac);
                assert_eq!(line.phone.ask_issuer(&request).verdict, Verdict::NotVerifiable, "{card_name}");
            }
            other => panic!("{card_name}: {other:?}"),
        }
        assert_eq!(line.phone.keys_left(&AID), 1, "{card_name}");
    }
}
