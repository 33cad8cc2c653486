//! The pages: no link leads nowhere.

mod anchors;
mod rules;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anchors::anchors;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// The text of a file of the repository.
fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below `folder` whose name ends so, without what is built and what git keeps.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
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
    assert!(followed > 40, "{followed} links");
}
