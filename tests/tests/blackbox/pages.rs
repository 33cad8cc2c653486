//! The pages: README stays short and leads to every other page, and no link leads nowhere.

mod anchors;
mod by_hand;
mod names;
mod rules;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anchors::anchors;

/// The most bytes of README.md: whoever is new reads it to its end.
const README: usize = 10_240;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// The text of a file of the repository.
pub(crate) fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The shell commands of the part of a page that begins with `title` and ends before `next`.
pub(crate) fn commands(path: &str, title: &str, next: &str) -> String {
    let page = page(path);
    let (_, after) = page.split_once(title).unwrap_or_else(|| panic!("{path} has {title}"));
    let part = after.split(next).next().unwrap_or_default();
    let blocks = part.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap_or_default());
    blocks.collect()
}

/// Every file below `folder` whose name ends so, without what is built and what git keeps.
pub(crate) fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let below = |path: PathBuf| {
        if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
            return files(&path, end);
        }
        let is_one = path.is_file() && path.to_string_lossy().ends_with(end);
        is_one.then_some(path).into_iter().collect()
    };
    entries.flat_map(below).collect()
}

/// Where the links of a page lead, but those to other places of the web.
fn links(text: &str) -> Vec<String> {
    let outside_code = text.split("```").step_by(2);
    let targets = outside_code.flat_map(|part| part.split("](").skip(1));
    let targets = targets.filter_map(|after| Some(after.split_once(')')?.0.to_owned()));
    targets.filter(|target| !target.contains("://")).collect()
}

/// The file that a link of `page` leads to, and the anchor in it.
fn target(page: &Path, link: &str) -> (PathBuf, Option<String>) {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let file = if file.is_empty() { page.to_owned() } else { page.with_file_name("").join(file) };
    let file = file.canonicalize().unwrap_or_else(|error| panic!("{}: {link}: {error}", page.display()));
    (file, anchor.map(str::to_owned))
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let mut followed = 0;
    for page in files(&root(), ".md") {
        for link in links(&fs::read_to_string(&page).expect("a page")) {
            let (file, anchor) = target(&page, &link);
            if let Some(anchor) = anchor {
                let there = anchors(&fs::read_to_string(&file).expect("a page"));
                assert!(there.contains(&anchor), "{}: {link}", page.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 50, "{followed} links");
}

#[test]
fn the_readme_is_short_and_leads_to_every_page() {
    let readme = root().join("README.md");
    let bytes = fs::metadata(&readme).expect("the README").len();
    assert!(bytes <= README as u64, "README.md has {bytes} bytes, {README} at most");
    let (mut reached, mut ahead) = (BTreeSet::new(), vec![readme]);
    while let Some(page) = ahead.pop() {
        if page.to_string_lossy().ends_with(".md") && reached.insert(page.clone()) {
            let text = fs::read_to_string(&page).expect("a page");
            ahead.extend(links(&text).iter().map(|link| target(&page, link).0));
        }
    }
    let all: BTreeSet<_> = files(&root(), ".md").into_iter().collect();
    let missing: Vec<_> = all.difference(&reached).collect();
    assert!(missing.is_empty(), "no link leads to {missing:?}");
}
