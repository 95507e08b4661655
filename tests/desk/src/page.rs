//! Text for a person: headings, data objects in columns and wrapped sentences, as wide as the terminal is, from 60 columns to
//! 100.
//!
//! Colours are always written; whoever prints a page does it through `anstream`, which takes them out again where the
//! output is no terminal or `NO_COLOR` is set.

use std::fmt;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

/// No line is longer, however wide the terminal; and where the output is no terminal, lines are up to this long.
pub const WIDEST: usize = 100;
/// In a terminal that is narrower still, lines are too long.
pub const NARROWEST: usize = 60;
/// Where the values of data objects begin, if there is room beside their names.
const VALUE_COLUMN: usize = 56;
/// From so many columns on there is.
const WITH_VALUE_COLUMN: usize = 80;

/// A space at which no line is broken, but where even a line of its own is too short; a common one once it is printed.
pub const NO_BREAK: &str = "\u{a0}";
/// The same within commands, which are broken nowhere: whoever copies one out of a terminal gets the whole of it.
pub const IN_COMMAND: &str = "\u{2007}";

/// Headings.
pub const BOLD: Style = Style::new().bold();
/// Raw bytes and side remarks.
pub const DIM: Style = Style::new().dimmed();
/// Tags.
pub const TAG: Style = AnsiColor::Cyan.on_default();
/// What something means.
pub const MEANING: Style = AnsiColor::Yellow.on_default();
/// It went well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// It did not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// A text in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    text: String,
    width: usize,
}

impl Default for Page {
    fn default() -> Page {
        Page::of_width(WIDEST)
    }
}

/// A data object, or a field within one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// How many templates it is in.
    pub depth: usize,
    /// The tag; empty for a field within an object.
    pub tag: String,
    /// The name.
    pub name: String,
    /// The value; empty where rows below show it.
    pub value: Vec<u8>,
    /// What the value means; empty where it speaks for itself.
    pub meaning: String,
}

impl Page {
    /// With lines of at most so many columns.
    pub fn of_width(width: usize) -> Page {
        Page { text: String::new(), width: width.clamp(NARROWEST, WIDEST) }
    }

    /// The text with its colours.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A heading with a remark at the right end.
    pub fn heading(&mut self, heading: &str, remark: &str) {
        let mut lines = wrapped(heading, self.width);
        let last = lines.pop().unwrap_or_default();
        lines.iter().for_each(|line| self.line(&styled(BOLD, line)));
        let room = self.width.saturating_sub(columns(remark));
        match room.checked_sub(columns(&last)) {
            _ if remark.is_empty() => self.line(&styled(BOLD, &last)),
            Some(between) if between > 0 => {
                self.line(&(styled(BOLD, &last) + &styled(DIM, &(" ".repeat(between) + remark))));
            }
            _ => {
                self.line(&styled(BOLD, &last));
                self.line(&styled(DIM, &(" ".repeat(room) + remark)));
            }
        }
    }

    /// Sentences, wrapped.
    pub fn sentences(&mut self, style: Style, indent: usize, text: &str) {
        for line in wrapped(text, self.width.saturating_sub(indent)) {
            self.line(&(" ".repeat(indent) + &styled(style, &line)));
        }
    }

    /// A label and sentences behind it, all lines of which begin at one column.
    pub fn labelled(&mut self, label: &str, style: Style, text: &str) {
        const LABELS: usize = 10;
        self.behind(&styled(BOLD, &format!("{label:<LABELS$}")), LABELS, style, text);
    }

    /// Something that was checked, and what was found.
    pub fn checked(&mut self, passed: bool, name: &str, found: &str) {
        const NAMES: usize = 22;
        let mark = if passed { styled(GOOD, "✓") } else { styled(BAD, "✗") };
        self.behind(&format!("  {mark} {name:<NAMES$} "), NAMES.saturating_add(5), Style::new(), found);
    }

    /// Sentences behind a lead that takes so many columns; further lines begin below the first sentence.
    fn behind(&mut self, lead: &str, columns: usize, style: Style, text: &str) {
        let mut lead = lead.to_owned();
        for line in wrapped(text, self.width.saturating_sub(columns)) {
            self.line(&(lead + &styled(style, &line)));
            lead = " ".repeat(columns);
        }
    }

    /// Raw bytes behind a mark, in groups.
    pub fn bytes(&mut self, mark: char, groups: &[&[u8]]) {
        let mut mark = mark;
        for line in hex_lines(groups, self.width.saturating_sub(4)) {
            self.line(&styled(DIM, &format!("  {mark} {line}")));
            mark = ' ';
        }
    }

    /// A data object: tag, name, value and meaning. Values stand below each other where there is room for that column; value
    /// and meaning stay on the line where there is room for them.
    pub fn row(&mut self, row: &Row) {
        let indent = row.depth.saturating_mul(2).saturating_add(4);
        let tag_width = if row.tag.is_empty() { 0 } else { 6 };
        let name_column = indent.saturating_add(tag_width);
        let below = name_column.saturating_add(2);
        let mut line = format!("{}{}{}", " ".repeat(indent), styled(TAG, &format!("{:tag_width$}", row.tag)), row.name);
        let mut used = name_column.saturating_add(columns(&row.name));
        let value_column = if self.width >= WITH_VALUE_COLUMN {
            VALUE_COLUMN
        } else if used.saturating_add(2).saturating_add(row.value.len().saturating_mul(2)) <= self.width {
            used.saturating_add(2)
        } else {
            below
        };
        for value in hex_lines(&[&row.value], self.width.saturating_sub(value_column)) {
            if used >= value_column {
                self.line(&line);
                (line, used) = (String::new(), 0);
            }
            line += &" ".repeat(value_column.saturating_sub(used));
            line += &value;
            used = value_column.saturating_add(value.len());
        }
        let column = if row.value.is_empty() && self.width >= WITH_VALUE_COLUMN { VALUE_COLUMN } else { 0 };
        let behind = column.max(used.saturating_add(2));
        if row.meaning.is_empty() {
            self.line(&line);
        } else if behind.saturating_add(columns(&row.meaning)) <= self.width {
            let gap = " ".repeat(behind.saturating_sub(used));
            self.line(&(line + &gap + &styled(MEANING, &printed(&row.meaning))));
        } else {
            self.line(&line);
            self.sentences(MEANING, below, &row.meaning);
        }
    }

    /// One line as it is.
    pub fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// The text in a style.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// How wide a page may be there; none where that is no terminal.
pub fn terminal_width(output: &(impl AsFd + IsTerminal)) -> Option<usize> {
    if !output.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(output).map_or(0, |size| usize::from(size.ws_col));
    // A terminal that does not know itself says 0.
    Some(if columns == 0 { WITH_VALUE_COLUMN } else { columns.clamp(NARROWEST, WIDEST) })
}

/// Plain text, each line of which is one paragraph: those that are too long are broken, and go on below where their last column
/// begins.
pub fn fitted(text: &str, width: usize) -> String {
    let mut page = Page::of_width(width);
    for line in text.lines() {
        if columns(line) <= page.width {
            page.line(&printed(line));
            continue;
        }
        let (lead, rest) = line.split_at(last_column(line));
        let column = columns(lead);
        if column.saturating_mul(2) <= page.width {
            page.behind(lead, column, Style::new(), rest);
        } else {
            page.line(lead.trim_end());
            page.behind(&" ".repeat(8), 8, Style::new(), rest);
        }
    }
    page.text
}

/// Tells on standard error what went wrong: one line, or where that is a terminal, as many as it takes.
pub fn complain(program: &str, wrong: &impl fmt::Display) {
    let line = format!("{program}: {wrong}");
    match terminal_width(&std::io::stderr()) {
        Some(width) => eprint!("{}", fitted(&line, width)),
        None => eprintln!("{}", printed(&line)),
    }
}

/// Where the text behind the last gap of a line's first half begins.
fn last_column(line: &str) -> usize {
    let half: String = line.chars().take(WIDEST / 2).collect();
    half.rfind("  ").map_or(0, |gap| gap.saturating_add(2))
}

/// A time as people read it here.
pub fn microseconds(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

/// Lines of whole words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let words = text.split(' ').flat_map(|unit| unit.split(move |c| columns(unit) > width && NO_BREAK.contains(c)));
    for word in words {
        match lines.last_mut() {
            Some(line) if columns(line).saturating_add(columns(word)) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| printed(line)).collect()
}

fn printed(text: &str) -> String {
    text.replace(NO_BREAK, " ").replace(IN_COMMAND, " ")
}

/// Lines of whole bytes, with a space between groups.
fn hex_lines(groups: &[&[u8]], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for group in groups {
        for (at, byte) in group.iter().enumerate() {
            let space = if at == 0 { " " } else { "" };
            match lines.last_mut() {
                Some(line) if line.len().saturating_add(space.len()).saturating_add(2) <= width => {
                    line.push_str(&format!("{space}{byte:02X}"));
                }
                _ => lines.push(format!("{byte:02X}")),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(row: &Row) -> Vec<String> {
        let mut page = Page::default();
        page.row(row);
        anstream::adapter::strip_str(page.text()).to_string().lines().map(str::to_owned).collect()
    }

    fn row(name: &str, value: &[u8], meaning: &str) -> Row {
        let (name, value, meaning) = (name.to_owned(), value.to_vec(), meaning.to_owned());
        Row { depth: 1, tag: "9F36".to_owned(), name, value, meaning }
    }

    #[test]
    fn a_meaning_stays_on_the_line_where_there_is_room() {
        let lines = shown(&row("Counter", &[0, 1], "the first"));
        assert_eq!(lines, [format!("      9F36  {:<44}0001  the first", "Counter")]);
        let lines = shown(&row("Counter", &[0, 1], &"long ".repeat(10)));
        assert_eq!((lines.len(), lines[1].starts_with("              long long")), (2, true));
    }

    #[test]
    fn no_line_is_longer_than_the_page() {
        for width in NARROWEST..=WIDEST {
            for length in [0, 1, 2, 7, 20, 60, 255] {
                let mut page = Page::of_width(width);
                let (value, words) = (vec![7; length], "word ".repeat(length));
                page.heading("A heading of several words, as long as one of them may be", &"x".repeat(length.min(60)));
                for depth in 0..6 {
                    let name = "A name of as many letters as one may have, 44".to_owned();
                    let (tag, meaning) = ("BF0C".to_owned(), words.clone());
                    page.row(&Row { depth: depth.min(2), tag: tag.clone(), name, value: value.clone(), meaning });
                    let (name, meaning) = ("A field within it".to_owned(), words.clone());
                    page.row(&Row { depth, tag: String::new(), name, value: value.clone(), meaning });
                }
                page.bytes('>', &[&[1; 4], &[2], &value]);
                page.labelled("Label", GOOD, &words);
                page.checked(true, "what was checked", &words);
                let text = anstream::adapter::strip_str(page.text()).to_string();
                assert!(text.lines().all(|line| columns(line) <= width), "{width}: {text}");
            }
        }
    }

    #[test]
    fn a_narrow_page_loses_nothing() {
        let mut page = Page::of_width(NARROWEST);
        page.row(&row("Track 2 Equivalent Data", &[0xA5; 19], "token, expiry, service code"));
        page.row(&row("Counter", &[0, 1], "the first"));
        let text = anstream::adapter::strip_str(page.text()).to_string();
        let lines: Vec<&str> = text.lines().collect();
        let value = format!("{}{}", " ".repeat(14), "A5".repeat(19));
        assert_eq!(lines[..2], ["      9F36  Track 2 Equivalent Data", value.as_str()]);
        assert_eq!(lines[2..], ["              token, expiry, service code", "      9F36  Counter  0001  the first"]);
    }

    #[test]
    fn plain_text_goes_on_below_its_last_column() {
        let text = format!("  --option N  {}\nshort\n{}", "word ".repeat(20).trim_end(), "a ".repeat(50).trim_end());
        let fitted = fitted(&text, 60);
        let lines: Vec<&str> = fitted.lines().collect();
        assert!(lines.iter().all(|line| columns(line) <= 60), "{fitted}");
        assert!(lines[0].starts_with("  --option N  word") && lines[1].starts_with("              word"), "{fitted}");
        assert_eq!(fitted.split_whitespace().count(), 3 + 20 - 1 + 1 + 50);
        assert_eq!(super::fitted(&format!("{0}{1}{0}", "w".repeat(40), NO_BREAK), 60).lines().count(), 2);
        assert_eq!(super::fitted(&format!("{0}{1}{0}", "w".repeat(40), IN_COMMAND), 60).lines().count(), 1);
    }

    #[test]
    fn bytes_are_wrapped_whole_and_none_is_lost() {
        let lines = hex_lines(&[&[0xA4; 3], &[], &[0xB5; 3]], 5);
        assert_eq!(lines, ["A4A4", "A4 B5", "B5B5"]);
    }
}
