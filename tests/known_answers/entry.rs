//! One known answer: inputs, expected values, and a note of which of them a check has used.

use std::cell::RefCell;
use std::collections::BTreeMap;

use hcepay_tests::bytes::{from_hex, hex};
use serde_json::{Map, Value};

/// An entry of a file in `vectors/`.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) category: String,
    inputs: Map<String, Value>,
    expected: Map<String, Value>,
    /// How often each input was read and each expected value compared.
    used: RefCell<BTreeMap<String, usize>>,
}

/// The entries of a file; each must say what it is and where it comes from.
pub(crate) fn read(file: &str) -> Vec<Entry> {
    let entries: Vec<Map<String, Value>> = serde_json::from_str(file).unwrap();
    let text = |entry: &Map<String, Value>, member: &str| entry[member].as_str().unwrap().to_owned();
    let object = |entry: &Map<String, Value>, member: &str| entry[member].as_object().unwrap().clone();
    let entries = entries.iter().map(|entry| {
        assert!(!text(entry, "source").is_empty() && !text(entry, "licence").is_empty());
        Entry {
            name: text(entry, "name"),
            category: text(entry, "category"),
            inputs: object(entry, "inputs"),
            expected: object(entry, "expected"),
            used: RefCell::default(),
        }
    });
    entries.collect()
}

impl Entry {
    /// An input, if the entry has it and it is not null.
    pub(crate) fn input(&self, name: &str) -> Option<&str> {
        let value = self.inputs.get(name)?;
        self.use_of(name);
        if value.is_null() { None } else { Some(value.as_str().unwrap()) }
    }

    /// An input that must be there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.input(name).unwrap_or_else(|| panic!("{}: no {name}", self.name))
    }

    /// An input that must be there, in hexadecimal.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        from_hex(self.text(name)).unwrap()
    }

    /// The same with a fixed length.
    pub(crate) fn array<const LENGTH: usize>(&self, name: &str) -> [u8; LENGTH] {
        self.bytes(name).try_into().unwrap()
    }

    /// Whether a value is expected under this name.
    pub(crate) fn expects(&self, name: &str) -> bool {
        self.expected.contains_key(name)
    }

    /// The expected bytes themselves, for a step that goes on from them. Counts as nothing compared.
    pub(crate) fn expected_bytes(&self, name: &str) -> Vec<u8> {
        from_hex(self.expected[name].as_str().unwrap()).unwrap()
    }

    /// Compares what `who` gives with what is expected.
    pub(crate) fn agree(&self, who: &str, name: &str, actual: &str) {
        let expected = self.expected.get(name).unwrap_or_else(|| panic!("{}: expects no {name}", self.name));
        assert_eq!(actual, expected.as_str().unwrap(), "{}: {name} of the {who}", self.name);
        self.use_of(name);
    }

    /// The same with bytes.
    pub(crate) fn agree_bytes(&self, who: &str, name: &str, actual: &[u8]) {
        self.agree(who, name, &hex(actual));
    }

    /// The same where the entry may expect nothing under this name.
    pub(crate) fn may_agree(&self, who: &str, name: &str, actual: &[u8]) {
        if self.expects(name) {
            self.agree_bytes(who, name, actual);
        }
    }

    /// How many values were compared. Fails where an input was left aside or an expected value was not compared.
    pub(crate) fn compared(&self) -> usize {
        let used = self.used.borrow();
        let unused = self.inputs.keys().chain(self.expected.keys()).find(|name| !used.contains_key(*name));
        assert_eq!(unused, None, "{}: left aside", self.name);
        self.expected.keys().map(|name| used[name]).sum()
    }

    fn use_of(&self, name: &str) {
        *self.used.borrow_mut().entry(name.to_owned()).or_default() += 1;
    }
}
