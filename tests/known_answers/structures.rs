//! Structures as seen on public cards, whose keys are not public: the terminal must read them and do what they say, the
//! issuer must read the IAD, and our card, given the same data, must answer in the same way.

use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::{Channel, DEFAULT_WINDOW_MS, KeyTerms, Method, Now, PaymentKey, SecretKey, Wallet};
use hcepay_desk::phone::empty_wallet;
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::issuer_application_data::{IadKind, IssuerApplicationData};
use hcepay_tests::issuer::profile::{ApplicationProfile, CardholderVerification, Record, data_object, profile};
use hcepay_tests::terminal::{Purchase, Reason, Tap, Terminal};

use super::entry::Entry;
use crate::both_sides::{parts, versions};

const PPSE: &[u8] = b"2PAY.SYS.DDF01";
const KERNEL_3_AID: &str = "A0000000031010";
const KERNEL_7_AID: &str = "A000000333010101";
const NOW: Now = Now { boot_count: 1, boot_ms: 0, wall_ms: 0 };

/// The objects of one level.
fn objects(mut bytes: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let mut objects = Vec::new();
    while !bytes.is_empty() {
        let tag_length = if bytes[0] & 0x1F == 0x1F { 2 } else { 1 };
        let tag = bytes[..tag_length].iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
        let rest = &bytes[tag_length..];
        let (length, header) = if rest[0] == 0x81 { (rest[1], 2) } else { (rest[0], 1) };
        let (value, after) = rest[header..].split_at(usize::from(length));
        objects.push((tag, value.to_vec()));
        bytes = after;
    }
    objects
}

/// The value that is reached through these tags, one level each.
fn value(bytes: &[u8], path: &[u32]) -> Option<Vec<u8>> {
    path.iter().try_fold(bytes.to_vec(), |bytes, wanted| {
        objects(&bytes).into_iter().find(|(tag, _)| tag == wanted).map(|(_, value)| value)
    })
}

fn purchase() -> Purchase {
    Purchase {
        amount_minor: 1_00,
        amount_other_minor: 0,
        currency: 156,
        country: 156,
        transaction_type: 0x01,
        date: [0x13, 0x03, 0x22],
        unpredictable_number: [0x11, 0x22, 0x33, 0x44],
    }
}

/// A tap with a card that gives these answers, each with 9000, and 6A83 after the last.
fn tap(answers: &[Vec<u8>]) -> Tap {
    let mut answers = answers.iter();
    let mut card =
        |_: &[u8]| answers.next().map_or(vec![0x6A, 0x83], |answer| [answer.as_slice(), &[0x90, 0]].concat());
    Terminal::default().pay(&purchase(), &mut card)
}

/// The answers to both SELECTs of an application without more than a PDOL.
fn selections(aid: &str, pdol: &[u8]) -> [Vec<u8>; 2] {
    let aid = from_hex(aid).unwrap();
    let select = |name: &[u8], content: &[u8]| {
        data_object(0x6F, &[data_object(0x84, name), data_object(0xA5, content)].concat())
    };
    let directory = data_object(0xBF0C, &data_object(0x61, &data_object(0x4F, &aid)));
    [select(PPSE, &directory), select(&aid, &data_object(0x9F38, pdol))]
}

/// Our demo card, with its application changed: holder verified, one key for the ATC.
fn card(name: &str, atc: u16, change: impl FnOnce(&mut ApplicationProfile)) -> Wallet {
    let mut application = demo_card(name).unwrap().applications.remove(0);
    change(&mut application);
    let wallet = empty_wallet();
    let card = wallet.install_unsealed(&profile(std::slice::from_ref(&application))).unwrap();
    let terms = KeyTerms {
        aid: application.aid,
        channel: Channel::Tap,
        first_atc: atc,
        uses: 1,
        not_before_ms: 0,
        not_after_ms: 0,
        derivation_data: None,
        limits: Vec::new(),
    };
    let key = PaymentKey::new(&terms, SecretKey::new(Box::new([0x5A; 16]))).unwrap();
    wallet.add_keys_unsealed(card, vec![key], NOW).unwrap();
    wallet.arm(NOW, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    wallet
}

/// The answer of our card to an accepted command.
fn answer(wallet: &mut Wallet, command: &[u8]) -> Vec<u8> {
    let answer = wallet.process(NOW, command);
    let (data, status) = answer.split_last_chunk::<2>().unwrap();
    assert_eq!(*status, [0x90, 0x00], "{}", hex(command));
    data.to_vec()
}

fn select(name: &[u8]) -> Vec<u8> {
    [&[0x00, 0xA4, 0x04, 0x00, u8::try_from(name.len()).unwrap()], name, &[0x00]].concat()
}

/// The AFL as far as commands show it: one run of records per entry, none of them signed.
fn locator(tap: &Tap) -> Vec<u8> {
    let mut runs: Vec<[u8; 4]> = Vec::new();
    for command in tap.exchanges.iter().map(|exchange| &exchange.command).filter(|command| command[1] == 0xB2) {
        let (record, file) = (command[2], command[3] & 0xF8);
        match runs.last_mut() {
            Some([same, _, last, _]) if *same == file && *last + 1 == record => *last = record,
            _ => runs.push([file, record, record, 0]),
        }
    }
    runs.concat()
}

pub(crate) fn issuer_application_data(entry: &Entry) {
    let value = entry.bytes("9F10");
    let read = IssuerApplicationData::read(&value).unwrap();
    entry.agree("issuer", "kind", &read.layout());
    entry.agree_bytes("issuer", "dki", &[read.derivation_key_index]);
    entry.agree_bytes("issuer", "cvr", &read.cvr);
    assert_eq!(read.cvn.is_some(), entry.expects("cvn"));
    // The card has no common core definitions; all other layouts it puts together itself.
    if let Some(cvn) = read.cvn {
        entry.agree_bytes("issuer", "cvn", &[cvn]);
        let (cvn, _) = versions(entry.text("kernel"), cvn);
        let (fixed, cvr, derivation_data) = parts(cvn, &value);
        let built = Iad::of(cvn, &fixed, &cvr, derivation_data);
        assert_eq!(built.bytes(), value, "{}", entry.name);
        entry.agree_bytes("card", "cvn", &[cvn.number()]);
        entry.agree_bytes("card", "cvr", cvr.bytes());
        entry.may_agree("card", "derivation_data", &derivation_data);
    }
    if let Some(derivation_data) = read.derivation_data {
        entry.agree_bytes("issuer", "derivation_data", &derivation_data);
    }
}

pub(crate) fn directory(entry: &Entry) {
    let directory = entry.bytes("hex");
    let selected = tap(std::slice::from_ref(&directory)).exchanges[1].command.clone();
    entry.agree_bytes("terminal", "aid", &selected[5..selected.len() - 1]);
    // A rival listed first goes first as long as its priority is as high.
    let listed = value(&directory, &[0x6F, 0xA5, 0xBF0C, 0x61]).unwrap();
    let goes_first = |priority: u8| {
        let rival = [data_object(0x4F, &from_hex("A0000000041010").unwrap()), data_object(0x87, &[priority])].concat();
        let entries = [data_object(0x61, &rival), data_object(0x61, &listed)].concat();
        let content = [data_object(0x84, PPSE), data_object(0xA5, &data_object(0xBF0C, &entries))].concat();
        tap(&[data_object(0x6F, &content)]).exchanges[1].command != selected
    };
    let priority = (1..=0x0F).filter(|priority| goes_first(*priority)).count();
    entry.agree("terminal", "priority", &format!("{priority:02X}"));

    let aid = from_hex(&hex(&value(&listed, &[0x4F]).unwrap())).unwrap();
    let label = value(&listed, &[0x50]);
    let name = if hex(&aid) == KERNEL_3_AID { "kernel3-cvn18" } else { "kernel7-cvn01" };
    let mut wallet = card(name, 1, |application| {
        assert_eq!(application.aid, aid);
        let pdol = data_object(0x9F38, &value(&application.fci, &[0x9F38]).unwrap());
        let label = data_object(0x50, label.as_deref().unwrap_or(b"LABEL"));
        application.fci = [label, data_object(0x87, &value(&listed, &[0x87]).unwrap()), pdol].concat();
    });
    let ours = answer(&mut wallet, &select(PPSE));
    let ours_listed = value(&ours, &[0x6F, 0xA5, 0xBF0C, 0x61]).unwrap();
    entry.agree_bytes("card", "aid", &value(&ours_listed, &[0x4F]).unwrap());
    entry.agree_bytes("card", "priority", &value(&ours_listed, &[0x87]).unwrap());
    if label.is_some() {
        entry.agree("card", "label", &String::from_utf8(value(&ours_listed, &[0x50]).unwrap()).unwrap());
        assert_eq!(ours, directory, "{}: the same bytes", entry.name);
    }
}

pub(crate) fn selection(entry: &Entry) {
    let selection = entry.bytes("hex");
    let proprietary = value(&selection, &[0x6F, 0xA5]).unwrap();
    let pdol = value(&proprietary, &[0x9F38]).unwrap();
    // Our card with these objects, behind the label and priority that it must have, pays.
    let wallet = card("kernel3-cvn18", 1, |application| {
        application.fci = [data_object(0x50, b"LABEL"), data_object(0x87, &[1]), proprietary].concat();
    });
    let paid = Terminal::default().pay(&purchase(), &mut |command| wallet.process(NOW, command));
    assert!(paid.authorisation.is_some(), "{}: {}", entry.name, paid.reason.sentence());
    let ours = paid.exchanges[1].response.split_last_chunk::<2>().unwrap().0;
    entry.agree_bytes("card", "pdol", &value(ours, &[0x6F, 0xA5, 0x9F38]).unwrap());
    entry.agree_bytes("card", "apid", &value(ours, &[0x6F, 0xA5, 0xBF0C, 0x9F5A]).unwrap());
    // The terminal asks both cards for the same: 53 bytes of values, in which it fills the merchant's name with zeros.
    let theirs = tap(&[selections(KERNEL_3_AID, &pdol)[0].clone(), selection]);
    assert_eq!(theirs.exchanges[2].command, paid.exchanges[2].command, "{}", entry.name);
    assert!(hex(&theirs.exchanges[2].command).starts_with("80A80000378335"), "{}", entry.name);
}

pub(crate) fn processing_options(entry: &Entry) {
    let published = entry.bytes("hex");
    let records = vec![data_object(0x70, &[]); 3];
    let [directory, selected] = selections(KERNEL_3_AID, &from_hex("9F66049F37049F0206").unwrap());
    let tap = tap(&[vec![directory, selected, published.clone()], records].concat());
    assert_eq!(tap.reason, Reason::VerifiedOnDevice, "{}", entry.name);
    entry.agree_bytes("terminal", "afl", &locator(&tap));
    let request = tap.authorisation.unwrap();
    for (name, tag) in [("aip", 0x82), ("iad", 0x9F10), ("ctq", 0x9F6C), ("cid", 0x9F27)] {
        entry.agree_bytes("terminal", name, request.object(tag).unwrap());
    }
    let read = IssuerApplicationData::read(request.object(0x9F10).unwrap()).unwrap();
    assert_eq!((read.kind, read.cvn), (IadKind::VsdcFormat24, Some(0x4A)), "{}", entry.name);
    entry.agree_bytes("issuer", "iad", &read.value);

    // Our card answers with the same objects, less the signature (9F4B), and a sequence number where it has one.
    let ours = {
        let wallet = card("kernel3-two-applications", 1, |application| {
            let kept = objects(&application.processing_options).into_iter().filter(|(tag, _)| *tag != 0x5F34);
            application.processing_options = kept.flat_map(|(tag, value)| data_object(tag, &value)).collect();
            let form_factor = value(&published, &[0x77, 0x9F6E]).unwrap();
            let old = value(&application.processing_options, &[0x9F6E]).unwrap();
            let at = application.processing_options.len() - old.len();
            application.processing_options[at..].copy_from_slice(&form_factor);
        });
        let paid = Terminal::default().pay(&purchase(), &mut |command| wallet.process(NOW, command));
        paid.exchanges[2].response.split_last_chunk::<2>().unwrap().0.to_vec()
    };
    entry.agree_bytes("card", "cid", &value(&ours, &[0x77, 0x9F27]).unwrap());
    entry.agree_bytes("card", "ctq", &value(&ours, &[0x77, 0x9F6C]).unwrap());
    entry.agree_bytes("card", "ffi", &value(&ours, &[0x77, 0x9F6E]).unwrap());
    let tags = |answer: &[u8]| -> Vec<u32> {
        objects(&value(answer, &[0x77]).unwrap()).into_iter().map(|(tag, _)| tag).collect()
    };
    let order = tags(&published);
    let ours_in_their_order: Vec<u32> =
        order.iter().copied().filter(|tag| *tag == 0x9F4B || tags(&ours).contains(tag)).collect();
    let named: Vec<String> = ours_in_their_order.iter().map(|tag| format!("{tag:02X}")).collect();
    entry.agree("card", "order", &named.join(" "));
    assert_eq!(tags(&ours).len() + 1, order.len(), "{}: nothing more", entry.name);
    entry.agree("terminal", "total", &(tap.exchanges[2].response.len() - 2).to_string());
}

pub(crate) fn record(entry: &Entry) {
    let published = entry.bytes("hex");
    let content = value(&published, &[0x70]).unwrap();
    // The record has the sequence number, therefore the answer to GET PROCESSING OPTIONS must not.
    let wallet = card("kernel3-cvn18", 1, |application| {
        let kept = objects(&application.processing_options).into_iter().filter(|(tag, _)| *tag != 0x5F34);
        application.processing_options = kept.flat_map(|(tag, value)| data_object(tag, &value)).collect();
        application.records = vec![Record { sfi: 3, number: 1, content, signed: false }];
    });
    let tap = Terminal::default().pay(&purchase(), &mut |command| wallet.process(NOW, command));
    let read = tap.exchanges.last().unwrap().response.split_last_chunk::<2>().unwrap().0;
    assert_eq!(read, published, "{}: the same bytes", entry.name);
    entry.agree_bytes("card", "trid", &value(read, &[0x70, 0x9F19]).unwrap());
    entry.agree_bytes("card", "auc", &value(read, &[0x70, 0x9F07]).unwrap());
    entry.agree("card", "par_len", &value(read, &[0x70, 0x9F24]).unwrap().len().to_string());
    assert_eq!(tap.authorisation.unwrap().object(0x5F34), Some(&[0x00][..]), "{}: the terminal read it", entry.name);
}

pub(crate) fn exchange(entry: &Entry) {
    let (pdol, command) = (entry.bytes("pdol"), entry.bytes("command"));
    let published = entry.expected_bytes("response");
    let records = vec![data_object(0x70, &[]); 8];
    let play = |answer: &[u8]| {
        let [directory, selected] = selections(KERNEL_7_AID, &pdol);
        tap(&[vec![directory, selected, answer.to_vec()], records.clone()].concat())
    };
    // As published it approves offline (TC), which our terminal does not offer; as an ARQC it is sent to the issuer.
    assert_eq!(play(&published).reason, Reason::HigherThanAsked);
    let with_arqc = from_hex(&hex(&published).replace("0390000001", "03A0000001")).unwrap();
    let tap = play(&with_arqc);
    // The same command but for the terminal's qualifiers, its TVR (this merchant forced the transaction online) and Le.
    let values = |command: &[u8]| [&command[..7], &command[11..25], &command[30..40]].concat();
    assert_eq!(values(&tap.exchanges[2].command), values(&command), "{}", entry.name);
    // One of the records is signed, which does not show in commands.
    let mut afl = locator(&tap);
    afl[7] += 1;
    entry.agree_bytes("terminal", "afl", &afl);
    let request = tap.authorisation.unwrap();
    for (name, tag) in [("aip", 0x82), ("atc", 0x9F36), ("ctq", 0x9F6C)] {
        entry.agree_bytes("terminal", name, request.object(tag).unwrap());
    }
    let iad = value(&published, &[0x77, 0x9F10]).unwrap();
    let read = IssuerApplicationData::read(&iad).unwrap();
    assert_eq!((read.kind, read.cvn), (IadKind::Pboc, Some(0x01)), "{}", entry.name);
    entry.agree_bytes("issuer", "iad", &read.value);

    // Our card with the same data gives the same answer in another order, but for what it never does: offline data
    // authentication (AIP, signed records), a TC (CVR), and a cryptogram under a key that is not public.
    let numbered = |sfi, numbers: &[u8]| -> Vec<Record> {
        numbers.iter().map(|number| Record { sfi, number: *number, content: Vec::new(), signed: false }).collect()
    };
    let theirs = objects(&value(&published, &[0x77]).unwrap());
    let mut wallet = card("kernel7-cvn01", 3, |application| {
        let kept = theirs.iter().filter(|(tag, _)| [0x57, 0x5F34].contains(tag));
        application.processing_options = kept.flat_map(|(tag, value)| data_object(*tag, value)).collect();
        application.cardholder_verification = CardholderVerification::WhenAsked;
        application.records = [numbered(1, &[3]), numbered(2, &[5, 6, 7, 8]), numbered(3, &[1, 2, 4])].concat();
    });
    // The published terminal asked for no verification, and the published holder did not verify.
    wallet.disarm();
    answer(&mut wallet, &select(&from_hex(KERNEL_7_AID).unwrap()));
    let ours = objects(&value(&answer(&mut wallet, &command), &[0x77]).unwrap());
    let ours_of = |tag: u32| ours.iter().find(|(ours, _)| *ours == tag).map(|(_, value)| value.clone()).unwrap();
    assert_eq!(ours.len(), theirs.len(), "{}: no object more", entry.name);
    let same_but = theirs.iter().map(|(tag, published)| {
        let mut value = ours_of(*tag);
        match tag {
            0x82 | 0x9F26 => value.clone_from(published),
            0x94 => value[7] = published[7],
            0x9F10 => value[4] = published[4],
            _ => {}
        }
        assert_eq!(value.len(), published.len(), "{}: {tag:X}", entry.name);
        data_object(*tag, &value)
    });
    let same_but: Vec<u8> = same_but.flatten().collect();
    entry.agree_bytes("card", "response", &data_object(0x77, &same_but));
    entry.agree_bytes("card", "atc", &ours_of(0x9F36));
}
