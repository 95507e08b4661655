//! Merchants' QR codes: what was published reads as its publisher says, what a merchant writes reads as it was written, and whatever
//! else comes is refused by name.

mod changed;
mod published;
mod refused;
mod written;

use hcepay_core::{ConsumerDatum, DataObject, Initiation, Label, LabelValue, MerchantAccount, MerchantCode, TipOrFee};
use hcepay_tests::merchant;

fn parsed(text: &str) -> MerchantCode {
    MerchantCode::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Data objects of a code by their path, in order: `62-05` of a template that is read, `80` of one that is not. Amounts without point
/// and as long as the currency has decimals.
type Told = Vec<(String, String)>;

/// What the code says, as the text has it, without payload format indicator and checksum.
fn told_by_text(text: &str, decimals: usize) -> Told {
    let mut told = Vec::new();
    for (id, value) in merchant::taken_apart(text).expect("whole data objects") {
        match id {
            0 | 63 => {}
            26..=51 | 62 | 64 => {
                let objects = merchant::taken_apart(&value).expect("whole data objects");
                told.extend(objects.into_iter().map(|(sub, value)| (format!("{id:02}-{sub:02}"), value)));
            }
            54 | 56 => told.push((format!("{id:02}"), scaled(&value, decimals))),
            57 => told.push((format!("{id:02}"), scaled(&value, 2))),
            _ => told.push((format!("{id:02}"), value)),
        }
    }
    told.sort();
    told
}

/// The same from what the core has read.
fn told_by_core(code: &MerchantCode) -> Told {
    let mut told = Vec::new();
    let mut say = |path: String, value: &str| told.push((path, value.to_owned()));
    match code.initiation {
        Some(Initiation::Static) => say("01".into(), "11"),
        Some(Initiation::Dynamic) => say("01".into(), "12"),
        None => {}
    }
    for account in &code.accounts {
        match account {
            MerchantAccount::Primitive { id, value } => say(format!("{id:02}"), value),
            MerchantAccount::Template { id, identifier, objects } => {
                say(format!("{id:02}-00"), identifier);
                objects.iter().for_each(|object| say(format!("{id:02}-{:02}", object.id), &object.value));
            }
        }
    }
    say("52".into(), &format!("{:04}", code.category));
    say("53".into(), &format!("{:03}", code.currency));
    code.amount_minor.iter().for_each(|minor| say("54".into(), &minor.to_string()));
    match code.tip_or_fee {
        Some(TipOrFee::Ask) => say("55".into(), "01"),
        Some(TipOrFee::Fixed(minor)) => {
            say("55".into(), "02");
            say("56".into(), &minor.to_string());
        }
        Some(TipOrFee::Percentage(hundredths)) => {
            say("55".into(), "03");
            say("57".into(), &hundredths.to_string());
        }
        None => {}
    }
    say("58".into(), &code.country);
    say("59".into(), &code.name);
    say("60".into(), &code.city);
    code.postal_code.iter().for_each(|code| say("61".into(), code));
    for (label, value) in &code.additional_data.labels {
        let value = if let LabelValue::Given(value) = value { value } else { "***" };
        say(format!("62-{:02}", sub_id(*label)), value);
    }
    let asked = code.additional_data.consumer_data.iter().map(|datum| match datum {
        ConsumerDatum::Address => 'A',
        ConsumerDatum::MobileNumber => 'M',
        ConsumerDatum::Email => 'E',
    });
    let asked: String = asked.collect();
    if !asked.is_empty() {
        say("62-09".into(), &asked);
    }
    code.additional_data.others.iter().for_each(|object| say(format!("62-{:02}", object.id), &object.value));
    if let Some(other) = &code.other_language {
        say("64-00".into(), &other.language);
        say("64-01".into(), &other.name);
        other.city.iter().for_each(|city| say("64-02".into(), city));
        other.reserved.iter().for_each(|object| say(format!("64-{:02}", object.id), &object.value));
    }
    let kept: Vec<&DataObject> = code.unreserved.iter().chain(&code.reserved).collect();
    kept.into_iter().for_each(|object| say(format!("{:02}", object.id), &object.value));
    told.sort();
    told
}

fn sub_id(label: Label) -> u8 {
    match label {
        Label::BillNumber => 1,
        Label::MobileNumber => 2,
        Label::Store => 3,
        Label::LoyaltyNumber => 4,
        Label::Reference => 5,
        Label::Customer => 6,
        Label::Terminal => 7,
        Label::Purpose => 8,
    }
}

/// An amount as a whole number: `390.8` of a currency with two decimals is `39080`.
fn scaled(amount: &str, decimals: usize) -> String {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = format!("{whole}{fraction:0<decimals$}");
    digits.trim_start_matches('0').to_owned()
}

/// As ISO 4217 has them, by other people's list.
fn decimals(currency: u16) -> usize {
    iso_currency::Currency::from_numeric(currency).unwrap().exponent().unwrap().into()
}

/// Draws numbers that are the same for the same seed.
struct Draw(rand_chacha::ChaCha8Rng);

impl Draw {
    fn seeded(seed: u64) -> Draw {
        Draw(<rand_chacha::ChaCha8Rng as rand_chacha::rand_core::SeedableRng>::seed_from_u64(seed))
    }

    /// A number below this.
    fn below(&mut self, end: usize) -> usize {
        use rand_chacha::rand_core::Rng;
        usize::try_from(self.0.next_u64()).unwrap() % end
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}
