//! What a merchant writes is read as it was written.

use hcepay_tests::merchant::{DataObject, code, written};

use super::{Draw, decimals, parsed, told_by_core, told_by_text};

const LETTERS: &str = "ABCXYZ abcxyz 0123456789 .,-/&'()*+~!@#$%";
/// Of one to four bytes each.
const ANY_LETTERS: &str = "Aé最佳운عЖ ກ🍜z";

fn text(draw: &mut Draw, of: &str, most: usize) -> String {
    let letters: Vec<char> = of.chars().collect();
    let length = 1 + draw.below(most);
    // A name is never blank.
    let mut text: String = (1..length).map(|_| *draw.of(&letters)).collect();
    text.push('x');
    text
}

fn amount(draw: &mut Draw, decimals: usize) -> String {
    let most = *draw.of(&[999_999_999_999, 1_000_000, 10_000]);
    let minor = 1 + draw.below(most);
    let unit = 10_usize.pow(u32::try_from(decimals).unwrap());
    let (whole, rest) = (minor / unit, minor % unit);
    match rest {
        0 if draw.one_in(2) => format!("{whole}."),
        0 if draw.one_in(2) => format!("{whole}"),
        _ if decimals == 0 => format!("{whole}"),
        _ => {
            let text = format!("{whole}.{rest:0decimals$}");
            if draw.one_in(2) { text.trim_end_matches('0').to_owned() } else { text }
        }
    }
}

/// A template with these sub-IDs, each with a value of its own.
fn template(draw: &mut Draw, first: DataObject, more: &[u8]) -> String {
    let mut objects = vec![first];
    for id in more {
        if draw.one_in(3) {
            objects.push((*id, text(draw, LETTERS, 12)));
        }
    }
    shuffle(draw, &mut objects);
    written(&objects)
}

fn shuffle(draw: &mut Draw, objects: &mut [DataObject]) {
    for at in 1..objects.len() {
        objects.swap(at, draw.below(at + 1));
    }
}

/// The data objects of a random code, the payload format indicator first.
pub(super) fn random_order(draw: &mut Draw) -> Vec<DataObject> {
    let currency = *draw.of(&[978_u16, 840, 986, 702, 392, 704, 48, 990]);
    let decimals = decimals(currency);
    let mut objects = vec![
        (52, format!("{:04}", draw.below(10_000))),
        (53, format!("{currency:03}")),
        (58, (*draw.of(&["DE", "BR", "SG", "VN"])).to_owned()),
        (59, text(draw, LETTERS, 25)),
        (60, text(draw, LETTERS, 15)),
    ];
    for _ in 0..=draw.below(3) {
        let id = u8::try_from(2 + draw.below(50)).unwrap();
        objects.retain(|(of, _)| *of != id);
        let value = if id < 26 {
            text(draw, LETTERS, 99)
        } else {
            let identifier = (0, text(draw, LETTERS, 32));
            template(draw, identifier, &[1, 2, 25, 99])
        };
        objects.push((id, value));
    }
    match draw.below(4) {
        0 => objects.push((55, "01".to_owned())),
        1 => objects.extend([(55, "02".to_owned()), (56, amount(draw, decimals))]),
        2 => objects.extend([
            (55, "03".to_owned()),
            (57, (*draw.of(&["3", "3.", "0.5", "00.01", "99.99", "12.5"])).to_owned()),
        ]),
        _ => {}
    }
    if draw.one_in(2) {
        objects.push((54, amount(draw, decimals)));
    }
    if draw.one_in(2) {
        objects.push((1, (*draw.of(&["11", "12"])).to_owned()));
    }
    if draw.one_in(3) {
        objects.push((61, text(draw, LETTERS, 10)));
    }
    if draw.one_in(2) {
        let first = if draw.one_in(2) { (9, "AME"[..=draw.below(3)].to_owned()) } else { (5, "***".to_owned()) };
        objects.push((62, template(draw, first, &[1, 3, 8, 50])));
    }
    if draw.one_in(2) {
        let mut other = vec![(0, "ZH".to_owned()), (1, text(draw, ANY_LETTERS, 25))];
        if draw.one_in(2) {
            other.push((2, text(draw, ANY_LETTERS, 15)));
        }
        shuffle(draw, &mut other);
        objects.push((64, written(&other)));
    }
    if draw.one_in(3) {
        objects.push((65 + u8::try_from(draw.below(35)).unwrap(), text(draw, ANY_LETTERS, 99)));
    }
    shuffle(draw, &mut objects);
    objects.insert(0, (0, "01".to_owned()));
    objects
}

#[test]
fn ten_thousand_random_codes_are_read_as_they_were_written() {
    let mut draw = Draw::seeded(0x51);
    for _ in 0..10_000 {
        let text = code(&random_order(&mut draw));
        let code = parsed(&text);
        assert_eq!(told_by_core(&code), told_by_text(&text, decimals(code.currency)), "{text}");
    }
}

/// A length counts characters: a reader that counts bytes would find the next object in the middle of a name.
#[test]
fn a_length_is_in_characters_whatever_bytes_they_have() {
    let mut objects = vec![(0, "01".to_owned()), (2, "1".to_owned()), (52, "0000".to_owned()), (53, "978".to_owned())];
    objects.extend([(58, "DE".to_owned()), (59, "ABC".to_owned()), (60, "Ulm".to_owned())]);
    let name = "🍜".repeat(25);
    objects.push((64, written(&[(0, "JA".to_owned()), (1, name.clone())])));
    assert_eq!(parsed(&code(&objects)).other_language.unwrap().name, name);
    let longest = "最".repeat(99);
    objects.push((80, longest.clone()));
    assert_eq!(parsed(&code(&objects)).unreserved[0].value, longest);
}
