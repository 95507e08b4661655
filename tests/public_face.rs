//! The public face of hcepay-core is the recorded one: what `lib.rs` gives out, as `rust-core/api.txt` lists it. Where it has
//! changed and was meant to: `HCEPAY_WRITE_API=1 cargo test --release -p hcepay-tests --test outside public_face::` writes the
//! list anew, for the reader of the change to see.

use std::collections::BTreeMap;
use std::fs;

use syn::{Attribute, Block, Fields, Ident, ImplItem, Item, ItemImpl, TraitItem, Type, UseTree, Visibility};

use crate::core_sources::{Source, core, sources};

/// The sources, in which a name that is given out has its own item, and, anywhere, what is implemented for it.
struct Face {
    sources: BTreeMap<Vec<String>, Source>,
}

impl Face {
    /// Everything that `lib.rs` gives out, as a file of Rust without bodies and without words.
    fn listed() -> String {
        let by_module = |(_, source): (String, Source)| (source.module.clone(), source);
        let face = Face { sources: sources().into_iter().map(by_module).collect() };
        let mut items = Vec::new();
        for item in &face.sources[&Vec::new()].items {
            match item {
                Item::Use(of) if is_public(&of.vis) => face.given_out(&[], &of.tree, &mut items),
                Item::Mod(module) if is_public(&module.vis) => {
                    let mut inside = Vec::new();
                    for item in &module.content.as_ref().unwrap().1 {
                        let Item::Use(of) = item else { panic!("known_answers gives out and makes nothing") };
                        face.given_out(&[], &of.tree, &mut inside);
                    }
                    items.push(module_of(&module.ident.to_string(), inside));
                }
                Item::Use(_) | Item::Mod(_) => {}
                _ => panic!("lib.rs gives out and makes nothing"),
            }
        }
        prettyplease::unparse(&syn::File { shebang: None, attrs: Vec::new(), items })
    }

    /// What this `use` gives out, in the order of its names.
    fn given_out(&self, before: &[String], tree: &UseTree, out: &mut Vec<Item>) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) if path.ident == "crate" => self.given_out(before, &path.tree, out),
            UseTree::Path(path) => self.given_out(&with(&path.ident), &path.tree, out),
            UseTree::Name(name) if name.ident == "self" => self.named(before, out),
            UseTree::Name(name) => self.named(&with(&name.ident), out),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.given_out(before, tree, out)),
            UseTree::Rename(_) | UseTree::Glob(_) => panic!("the face gives out each name as it is, by its name"),
        }
    }

    /// A module with all that is public in it, or one item.
    fn named(&self, path: &[String], out: &mut Vec<Item>) {
        let (name, module) = path.split_last().unwrap();
        if let Some(source) = self.sources.get(path) {
            let again = source.items.iter().any(|item| matches!(item, Item::Use(of) if is_public(&of.vis)));
            assert!(!again, "{} gives out what is another file's: lib.rs alone does", path.join("::"));
            let items = source.items.iter().flat_map(|item| self.whole(path, item)).collect();
            return out.push(module_of(name, items));
        }
        let found: Vec<_> =
            self.sources[module].items.iter().filter(|item| name_of(item).as_ref() == Some(name)).collect();
        assert_eq!(found.len(), 1, "{} is an item that this test can read", path.join("::"));
        out.extend(found.into_iter().flat_map(|item| self.whole(module, item)));
    }

    /// An item, if it is public, and what is implemented for it.
    fn whole(&self, module: &[String], item: &Item) -> Vec<Item> {
        let Some(name) = name_of(item) else { return Vec::new() };
        let Some(bare) = bare(item.clone()) else { return Vec::new() };
        let mut whole = vec![bare];
        for source in self.sources.values() {
            // Another type of the same name, which is none of ours.
            let another =
                source.module != module && source.items.iter().any(|item| name_of(item).as_ref() == Some(&name));
            let implemented = source.items.iter().filter(|_| !another).filter_map(|item| match item {
                Item::Impl(item) if is_for(item, &name) => bare_impl(item.clone()),
                _ => None,
            });
            whole.extend(implemented.map(Item::Impl));
        }
        whole
    }
}

fn module_of(name: &str, items: Vec<Item>) -> Item {
    let name: Ident = syn::parse_str(name).unwrap();
    syn::parse_quote!(pub mod #name { #(#items)* })
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The name of an item that can be given out.
fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn is_for(item: &ItemImpl, name: &str) -> bool {
    matches!(&*item.self_ty, Type::Path(path) if path.path.segments.last().unwrap().ident == name)
}

/// The item without words, bodies and what is private; nothing, if it is private itself.
fn bare(mut item: Item) -> Option<Item> {
    let visibility = match &mut item {
        Item::Const(item) => {
            without_words(&mut item.attrs);
            &item.vis
        }
        Item::Enum(item) => {
            without_words(&mut item.attrs);
            for variant in &mut item.variants {
                without_words(&mut variant.attrs);
                variant.fields.iter_mut().for_each(|field| without_words(&mut field.attrs));
            }
            &item.vis
        }
        Item::Fn(item) => {
            without_words(&mut item.attrs);
            *item.block = nothing();
            &item.vis
        }
        Item::Struct(item) => {
            without_words(&mut item.attrs);
            without_private(&mut item.fields);
            &item.vis
        }
        Item::Trait(item) => {
            without_words(&mut item.attrs);
            for item in &mut item.items {
                let TraitItem::Fn(function) = item else { panic!("a trait with more than functions") };
                without_words(&mut function.attrs);
                function.default = function.default.take().map(|_| nothing());
            }
            &item.vis
        }
        Item::Type(item) => {
            without_words(&mut item.attrs);
            &item.vis
        }
        _ => return None,
    };
    is_public(visibility).then_some(item)
}

/// What is implemented: a trait by its name, or a type's own functions that are public; nothing, if none is.
fn bare_impl(mut item: ItemImpl) -> Option<ItemImpl> {
    without_words(&mut item.attrs);
    if item.trait_.is_some() {
        item.items.retain(|item| matches!(item, ImplItem::Type(_)));
        return Some(item);
    }
    item.items.retain(|item| match item {
        ImplItem::Const(item) => is_public(&item.vis),
        ImplItem::Fn(item) => is_public(&item.vis),
        _ => panic!("neither a constant nor a function"),
    });
    for item in &mut item.items {
        match item {
            ImplItem::Const(item) => without_words(&mut item.attrs),
            ImplItem::Fn(item) => {
                without_words(&mut item.attrs);
                item.block = nothing();
            }
            _ => {}
        }
    }
    (!item.items.is_empty()).then_some(item)
}

/// Of fields only public ones; others come to one that says that they are there, because nobody else can build such a value.
fn without_private(fields: &mut Fields) {
    fields.iter_mut().for_each(|field| without_words(&mut field.attrs));
    if fields.iter().all(|field| is_public(&field.vis)) {
        return;
    }
    match fields {
        Fields::Named(named) => {
            let public = named.named.iter().filter(|field| is_public(&field.vis));
            *named = syn::parse_quote!({ #(#public,)* private: _ });
        }
        unnamed => *unnamed = Fields::Unnamed(syn::parse_quote!((_))),
    }
}

/// Only what a caller can see of attributes.
fn without_words(attributes: &mut Vec<Attribute>) {
    let seen = ["derive", "must_use", "non_exhaustive", "repr"];
    attributes.retain(|attribute| seen.iter().any(|name| attribute.path().is_ident(name)));
}

fn nothing() -> Block {
    syn::parse_quote!({})
}

#[test]
fn the_public_face_of_the_core_is_the_recorded_one() {
    let (listed, file) = (Face::listed(), core().join("api.txt"));
    if std::env::var_os("HCEPAY_WRITE_API").is_some() {
        fs::write(&file, &listed).unwrap();
    }
    let recorded = fs::read_to_string(&file).unwrap_or_default();
    let different = listed.lines().zip(recorded.lines().chain(std::iter::repeat(""))).find(|(now, then)| now != then);
    assert!(
        listed == recorded,
        "the public face has changed, first at {different:?}; if it was meant to: HCEPAY_WRITE_API=1"
    );
}
