//! The pages of the repository: what they link to is there.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every page, but those of other people's programs and of what was built.
fn pages(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "target" && name != ".git" && name != "corpus" {
            found.extend(pages(&path));
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
    found
}

/// The text without its code blocks: what is in one is no link.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence && !line.starts_with("    ")
    });
    lines.collect::<Vec<&str>>().join("\n")
}

fn links(text: &str) -> Vec<String> {
    let after = prose(text);
    let targets = after.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned());
    targets.filter(|target| !target.contains("://")).collect()
}

/// As GitHub makes it of a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().replace(' ', "-")
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let mut followed = 0;
    for page in pages(&root()) {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let (file, place) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", page.display());
            if !place.is_empty() {
                let there = prose(&fs::read_to_string(&target).unwrap());
                let mut headings = there.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|heading| anchor(heading) == place), "{}: {link}", page.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 30, "{followed}");
}

/// In running text, files are named from the repository's root, and scripts by `scripts/NAME`.
#[test]
fn every_file_that_a_page_names_is_there() {
    let mut named = 0;
    for page in pages(&root()) {
        let text = fs::read_to_string(&page).unwrap();
        for name in prose(&text).split('`').skip(1).step_by(2) {
            let name = name.split([' ', '\n', '*', '{']).next().unwrap();
            let is_path = ["rust-core/", "tests/", "scripts/", "android-bindings/", "demo-app/", ".github/"];
            if is_path.iter().any(|folder| name.starts_with(folder)) && !name.contains("/target") {
                assert!(root().join(name).exists(), "{}: {name}", page.display());
                named += 1;
            }
        }
    }
    assert!(named > 15, "{named}");
}

#[test]
fn a_stranger_reads_readme_in_three_minutes() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() <= 150, "{}", readme.lines().count());
    assert!(readme.lines().all(|line| line.starts_with('|') || line.chars().count() <= 130));
}

#[test]
fn links_and_anchors_are_read() {
    let text = "# A page, of `two`\n[a](b.md#c) and [d](https://e)\n```\n[no](link)\n```\n    [no](link)\n[f](g)";
    assert_eq!(links(text), ["b.md#c", "g"]);
    assert_eq!(anchor("# A page, of `two`"), "a-page-of-two");
}
