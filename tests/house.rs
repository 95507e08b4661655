//! How the core's house is built, read in its sources: a room imports only rooms below it, a file no file that imports it, and
//! a file is about one thing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use syn::visit::{self, Visit};
use syn::{ItemUse, Path, UseTree, Visibility};

use crate::core_sources::{Source, core, source, sources};

/// A file that needs more is about two things.
const MOST_LINES: usize = 520;

/// The imports of one file.
struct Imports<'a> {
    of: &'a [String],
    modules: &'a BTreeSet<&'a [String]>,
    found: BTreeSet<Vec<String>>,
}

impl Imports<'_> {
    /// Takes in a path that may lead to another file.
    fn path(&mut self, path: &[String]) {
        let mut from = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("super") => self.of[..self.of.len() - 1].to_vec(),
            Some("self") => self.of.to_vec(),
            // A child's own name.
            Some(first) if self.modules.contains([self.of, &[first.to_owned()]].concat().as_slice()) => {
                [self.of, &[first.to_owned()]].concat()
            }
            _ => return,
        };
        for segment in path.iter().skip(1) {
            let below = [from.as_slice(), std::slice::from_ref(segment)].concat();
            if segment != "super" && !self.modules.contains(below.as_slice()) {
                break;
            }
            if segment == "super" { drop(from.pop()) } else { from = below }
        }
        if from != self.of {
            self.found.insert(from);
        }
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&with(&path.ident), &path.tree),
            UseTree::Name(name) => self.path(&with(&name.ident)),
            UseTree::Rename(name) => self.path(&with(&name.ident)),
            UseTree::Glob(_) => self.path(before),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Imports<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&segments);
        visit::visit_path(self, path);
    }

    /// `pub(super)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// Which file imports which.
fn imports(sources: &BTreeMap<String, Source>) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let modules: BTreeSet<&[String]> = sources.values().map(|source| source.module.as_slice()).collect();
    let of = |source: &Source| {
        let mut imports = Imports { of: &source.module, modules: &modules, found: BTreeSet::new() };
        source.items.iter().for_each(|item| imports.visit_item(item));
        (source.module.clone(), imports.found)
    };
    sources.values().map(of).collect()
}

/// The files that import each other, over however many between.
fn circles(imports: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> BTreeSet<BTreeSet<String>> {
    let reached = |from: &Vec<String>| {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&Vec<String>> = imports[from].iter().collect();
        while let Some(file) = waiting.pop() {
            if reached.insert(file.as_slice()) {
                waiting.extend(&imports[file]);
            }
        }
        reached
    };
    let reached: BTreeMap<&[String], BTreeSet<&[String]>> =
        imports.keys().map(|file| (file.as_slice(), reached(file))).collect();
    let circle = |file: &&[String]| -> BTreeSet<String> {
        let circle = reached[file].iter().filter(|other| reached[*other].contains(file));
        circle.map(|file| file.join("/")).collect()
    };
    reached.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
}

/// The rooms from the door down, as the manual in `lib.rs` has them: the first column of its first table.
fn rooms() -> Vec<String> {
    let manual = fs::read_to_string(core().join("src/lib.rs")).unwrap();
    let rows = manual.lines().skip_while(|line| *line != "//! | room | what is in it |").skip(2);
    let names = rows.map_while(|line| line.strip_prefix("//! | `")?.split('`').next());
    names.map(|name| name.trim_end_matches('/').trim_end_matches(".rs").to_owned()).collect()
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let sources = sources();
    let circles = circles(&imports(&sources));
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_room_imports_only_rooms_below_it() {
    let (rooms, sources) = (rooms(), sources());
    let floor = |file: &[String]| {
        let room = file.first().unwrap();
        rooms.iter().position(|name| name == room).unwrap_or_else(|| panic!("the manual names no room {room}"))
    };
    let imports = imports(&sources);
    let files = imports.iter().filter(|(file, _)| !file.is_empty());
    let upwards: Vec<_> = files
        .flat_map(|(file, imported)| {
            imported.iter().map(move |imported| (file.join("/"), imported.join("/"), file, imported))
        })
        .filter(|(_, _, file, imported)| imported.is_empty() || floor(imported) < floor(file))
        .map(|(file, imported, ..)| format!("{file} imports {imported}"))
        .collect();
    assert!(upwards.is_empty(), "{upwards:#?}");
    let used: BTreeSet<_> = imports.keys().filter_map(|file| file.first()).collect();
    assert_eq!(used, rooms.iter().collect(), "the manual names every room, and no other");
}

#[test]
fn no_file_is_about_two_things() {
    let long = sources().into_iter().filter(|(_, source)| source.lines.len() > MOST_LINES);
    let long: Vec<_> = long.map(|(name, source)| (name, source.lines.len())).collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines: {long:?}");
}

/// The reader itself: a circle is found whichever way a file names another, and where there is none, none is.
#[test]
fn a_circle_is_found_however_it_is_written() {
    let house = |key: &str, ledger: &str| {
        let files =
            [("lib.rs", ""), ("keys.rs", ""), ("keys/key.rs", key), ("ledger.rs", ledger), ("ledger/log.rs", "")];
        let files = files.map(|(name, text)| (name.to_owned(), source(name, text)));
        imports(&BTreeMap::from(files))
    };
    let up = [
        "use crate::ledger::Ledger;",
        "use crate::{emv::tags, ledger as kept};",
        "use super::super::ledger::*;",
        "fn taken(from: &crate::ledger::Ledger) {}",
        "const LONGEST: usize = 2 * crate::ledger::LONGEST;",
    ];
    let down = "use crate::keys::key::Key;";
    for up in up {
        assert_eq!(circles(&house(up, down)).len(), 1, "{up}");
        assert!(circles(&house(up, "use log::Log; use std::fs;")).is_empty(), "{up}");
    }
    for harmless in ["pub(super) struct Key;", "use std::io;", "#[cfg(test)] mod tests { use crate::ledger::Ledger; }"]
    {
        assert!(circles(&house(harmless, down)).is_empty(), "{harmless}");
    }
}
