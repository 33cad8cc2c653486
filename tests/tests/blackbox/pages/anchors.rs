//! The anchors of a page, as GitHub makes them of headings, and those that stand in it.

use std::collections::BTreeSet;

/// Every anchor of a page.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let outside_code = text.split("```").step_by(2);
    let lines = outside_code.flat_map(str::lines);
    let headings = lines.filter(|line| line.starts_with('#')).map(of_heading);
    headings.chain(written(text)).collect()
}

/// Those that stand in the page as `<a id="…">`, in their order.
pub(super) fn written(text: &str) -> Vec<String> {
    let after = text.split("<a id=\"").skip(1);
    after.filter_map(|after| Some(after.split_once('"')?.0.to_owned())).collect()
}

/// Small letters, digits, `-` and `_` stay, blanks become `-`, and all else goes.
fn of_heading(line: &str) -> String {
    let heading = line.trim_start_matches('#').trim().to_lowercase();
    let sign = |sign: char| match sign {
        ' ' => Some('-'),
        '-' | '_' => Some(sign),
        sign => sign.is_alphanumeric().then_some(sign),
    };
    heading.chars().filter_map(sign).collect()
}
