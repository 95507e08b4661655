//! The core's closed lists: enums with a number for each variant, and one list of all variants from which bytes are read
//! back. The compiler does not see that a new variant is missing in the list: the wallet could write it and not read it.

use std::fs;
use std::path::{Path, PathBuf};

/// Those of which numbers are read back. Others may join without being named here.
const LISTS: [&str; 10] =
    ["Action", "CardState", "Channel", "Cvn", "Dropped", "Outcome", "Protection", "Purpose", "Reason", "Rule"];

#[test]
fn every_variant_of_a_closed_list_stands_in_it_once_under_its_name() {
    let mut found = Vec::new();
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../rust-core/src")) {
        let source = fs::read_to_string(&path).unwrap();
        for list in source.split("const ALL: [").skip(1) {
            let (kind, list) = list.split_once("; ").unwrap();
            let kind = kind.trim_start_matches('(').split(',').next().unwrap();
            let list = list.split_once("];").unwrap().0;
            let (_, variants) = source.split_once(&format!("enum {kind} {{")).unwrap();
            for variant in variants.split_once("\n}").unwrap().0.lines().filter_map(variant) {
                let entry = format!("{kind}::{variant}");
                let places: Vec<_> =
                    list.match_indices(&entry).filter(|(at, _)| ends(&list[at + entry.len()..])).collect();
                assert_eq!(places.len(), 1, "{entry} in the list of {}", path.display());
                if let Some((_, named)) = list[places[0].0..].split_once('"').filter(|_| list.contains('"')) {
                    assert_eq!(named.split_once('"').unwrap().0, hyphenated(variant));
                }
            }
            found.push(kind.to_owned());
        }
    }
    assert!(LISTS.iter().all(|list| found.iter().any(|kind| kind == list)), "{found:?}");
}

/// The name of the variant that a line of an enum is about, if it is about one.
fn variant(line: &str) -> Option<&str> {
    let name = line.trim().trim_end_matches(',').split(" = ").next()?;
    (!name.is_empty() && name.chars().all(char::is_alphanumeric)).then_some(name)
}

/// Whether a name ends before this.
fn ends(rest: &str) -> bool {
    !rest.starts_with(char::is_alphanumeric)
}

/// `NoKeyLeft` as `no-key-left`.
fn hyphenated(name: &str) -> String {
    let mut hyphenated = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !hyphenated.is_empty() {
            hyphenated.push('-');
        }
        hyphenated.push(letter.to_ascii_lowercase());
    }
    hyphenated
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}
