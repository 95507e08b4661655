//! Text for a person: headings, data objects in columns and wrapped sentences, at most 100 columns wide.
//!
//! Colours are always written; whoever prints a page does it through `anstream`, which takes them out again where the
//! output is no terminal or `NO_COLOR` is set.

use std::time::Duration;

use anstyle::{AnsiColor, Style};

/// No line is longer.
pub const WIDTH: usize = 100;
/// Where the values of data objects begin.
const VALUE_COLUMN: usize = 56;

/// A space at which no line is broken; a common one once it is printed.
pub const NO_BREAK: &str = "\u{a0}";

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
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Page {
    text: String,
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
        let between = WIDTH.saturating_sub(columns(heading)).saturating_sub(columns(remark)).max(1);
        let remark = if remark.is_empty() { String::new() } else { styled(DIM, &(" ".repeat(between) + remark)) };
        self.line(&(styled(BOLD, heading) + &remark));
    }

    /// Sentences, wrapped.
    pub fn sentences(&mut self, style: Style, indent: usize, text: &str) {
        for line in wrapped(text, WIDTH.saturating_sub(indent)) {
            self.line(&(" ".repeat(indent) + &styled(style, &line)));
        }
    }

    /// A label and sentences behind it, all lines of which begin at one column.
    pub fn labelled(&mut self, label: &str, style: Style, text: &str) {
        const LABELS: usize = 10;
        let mut label = styled(BOLD, &format!("{label:<LABELS$}"));
        for line in wrapped(text, WIDTH.saturating_sub(LABELS)) {
            self.line(&(label + &styled(style, &line)));
            label = " ".repeat(LABELS);
        }
    }

    /// Raw bytes behind a mark, in groups.
    pub fn bytes(&mut self, mark: char, groups: &[&[u8]]) {
        let mut mark = mark;
        for line in hex_lines(groups, WIDTH.saturating_sub(4)) {
            self.line(&styled(DIM, &format!("  {mark} {line}")));
            mark = ' ';
        }
    }

    /// A data object: tag, name, value and meaning. The meaning stays on the line where there is room.
    pub fn row(&mut self, row: &Row) {
        let indent = row.depth.saturating_mul(2).saturating_add(4);
        let tag_width = if row.tag.is_empty() { 0 } else { 6 };
        let name_column = indent.saturating_add(tag_width);
        let mut line = format!("{}{}{}", " ".repeat(indent), styled(TAG, &format!("{:tag_width$}", row.tag)), row.name);
        let mut used = name_column.saturating_add(columns(&row.name));
        for value in hex_lines(&[&row.value], WIDTH.saturating_sub(VALUE_COLUMN)) {
            if used >= VALUE_COLUMN {
                self.line(&line);
                (line, used) = (String::new(), 0);
            }
            line += &" ".repeat(VALUE_COLUMN.saturating_sub(used));
            line += &value;
            used = VALUE_COLUMN.saturating_add(value.len());
        }
        let behind =
            if row.value.is_empty() { VALUE_COLUMN.max(used.saturating_add(2)) } else { used.saturating_add(2) };
        if row.meaning.is_empty() {
            self.line(&line);
        } else if behind.saturating_add(columns(&row.meaning)) <= WIDTH {
            let gap = " ".repeat(behind.saturating_sub(used));
            self.line(&(line + &gap + &styled(MEANING, &row.meaning.replace(NO_BREAK, " "))));
        } else {
            self.line(&line);
            self.sentences(MEANING, name_column.saturating_add(2), &row.meaning);
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
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line).saturating_add(columns(word)) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| line.replace(NO_BREAK, " ")).collect()
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
        for length in 0..=255 {
            let mut page = Page::default();
            page.row(&row(
                "A name that leaves no room for its value at all",
                &vec![7; length],
                &"word ".repeat(length),
            ));
            page.bytes('>', &[&[1; 4], &[2], &vec![3; length]]);
            page.labelled("Label", GOOD, &"word ".repeat(length));
            let text = anstream::adapter::strip_str(page.text()).to_string();
            assert!(text.lines().all(|line| columns(line) <= WIDTH), "{text}");
        }
    }

    #[test]
    fn bytes_are_wrapped_whole_and_none_is_lost() {
        let lines = hex_lines(&[&[0xA4; 3], &[], &[0xB5; 3]], 5);
        assert_eq!(lines, ["A4A4", "A4 B5", "B5B5"]);
    }
}
