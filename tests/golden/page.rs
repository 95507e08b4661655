//! How a golden file is written: hexadecimal, a line for each field, its meaning before it. Lines that begin with `:` are
//! the bytes themselves, one behind the other; lines that begin with `=` are what stands behind a seal.

use hcepay_tests::bytes::{from_hex, hex};

/// How many bytes stand in a line.
const WIDTH: usize = 32;

/// A golden file in the making.
pub(crate) struct Page(String);

impl Page {
    /// What the file is, in a few lines.
    pub(crate) fn new(title: &str) -> Page {
        Page(title.lines().map(|line| format!("# {line}\n")).collect())
    }

    /// A part of it.
    pub(crate) fn part(&mut self, name: &str) {
        self.0.push_str(&format!("\n## {name}\n\n"));
    }

    /// The fields of these bytes.
    pub(crate) fn in_the_open<'a>(&'a mut self, bytes: &'a [u8]) -> Fields<'a> {
        Fields { mark: ':', indent: String::new(), rest: bytes, page: self }
    }

    /// The same for what stands behind a seal.
    pub(crate) fn sealed<'a>(&'a mut self, bytes: &'a [u8]) -> Fields<'a> {
        Fields { mark: '=', indent: String::new(), rest: bytes, page: self }
    }

    pub(crate) fn text(self) -> String {
        self.0
    }

    fn line(&mut self, mark: char, meaning: &str, bytes: &[u8]) {
        assert!(meaning.len() <= 44, "{meaning}");
        let mut lines = bytes.chunks(WIDTH);
        let first = lines.next().map(hex).unwrap_or_default();
        self.0.push_str(format!("{mark} {meaning:<44} {first}").trim_end());
        self.0.push('\n');
        lines.for_each(|bytes| self.0.push_str(&format!("{mark} {:<44} {}\n", "", hex(bytes))));
    }
}

/// The bytes of a golden file.
pub(crate) fn bytes_of(text: &str) -> Vec<u8> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(": "));
    lines.flat_map(|line| from_hex(line.get(45..).unwrap_or_default()).unwrap()).collect()
}

/// Takes fields off the front of bytes and writes them down.
pub(crate) struct Fields<'a> {
    mark: char,
    indent: String,
    rest: &'a [u8],
    page: &'a mut Page,
}

impl Fields<'_> {
    /// So many bytes that are no number.
    pub(crate) fn bytes(&mut self, length: usize, meaning: &str) {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.page.line(self.mark, &format!("{}{meaning}", self.indent), taken);
    }

    /// A number of so many bytes, written down as one.
    pub(crate) fn number(&mut self, length: usize, meaning: &str) -> u64 {
        self.named(length, meaning, &|_| "")
    }

    /// A number that stands for something.
    pub(crate) fn named(&mut self, length: usize, meaning: &str, name: &dyn Fn(u64) -> &'static str) -> u64 {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        let number = taken.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let meaning = format!("{}{meaning}: {number} {}", self.indent, name(number));
        self.page.line(self.mark, meaning.trim_end(), taken);
        number
    }

    /// A string behind a length of so many bytes.
    pub(crate) fn string(&mut self, length: usize, meaning: &str) {
        let length = self.number(length, &format!("length of the {meaning}"));
        self.bytes(usize::try_from(length).unwrap(), meaning);
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    /// What follows belongs to the field before it.
    pub(crate) fn deeper(&mut self, part: impl FnOnce(&mut Self)) {
        self.indent.push_str("  ");
        part(self);
        self.indent.truncate(self.indent.len() - 2);
    }

    /// Nothing is left.
    pub(crate) fn end(self) {
        assert!(self.rest.is_empty(), "{} bytes too many behind\n{}", self.rest.len(), self.page.0);
    }
}
