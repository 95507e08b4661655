//! The sources of the card core, read as Rust.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, Meta};

/// A file of the core, without what only its tests see.
pub struct Source {
    /// As Rust names it: `["keys", "secret"]`; that of `lib.rs` is empty.
    pub module: Vec<String>,
    /// What stands in it.
    pub items: Vec<Item>,
    /// Its lines, as they stand in the file: without the module of tests at its end.
    pub lines: Vec<String>,
}

/// The directory of the crate.
pub fn core() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rust-core")
}

/// Every file of the core, by its path below `src`. Files that hold tests alone are not among them.
pub fn sources() -> BTreeMap<String, Source> {
    let root = core().join("src");
    let mut sources = BTreeMap::new();
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                directories.push(path);
            } else if !path.ends_with("tests.rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                sources.insert(name.clone(), source(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    sources
}

/// A file of this name below `src`, and with this text.
pub fn source(name: &str, text: &str) -> Source {
    let module = name.strip_suffix(".rs").unwrap().split('/').map(str::to_owned);
    let module = if name == "lib.rs" { Vec::new() } else { module.collect() };
    let mut items = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}")).items;
    items.retain(|item| !is_for_tests(attributes(item)));
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").map(str::to_owned).collect();
    Source { module, items, lines }
}

/// Whether it is compiled for tests alone.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("cfg") && list.tokens.to_string() == "test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => panic!("an item that nothing here knows"),
    }
}
