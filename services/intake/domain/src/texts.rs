//! The texts in an expression, which are no part of its structure: brackets in them nest nothing.

use std::iter::repeat_n;

/// What may stand before a text and belongs to it: raw, bytes, or both.
const PREFIXES: [&str; 4] = ["", "r", "b", "br"];

/// The source with blanks for what stands in texts and comments; as it is where a reader might see them elsewhere.
pub(crate) fn blanked(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => match text(&out, rest, first) {
                Some(length) => length,
                None => return source.to_owned(),
            },
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ => 0,
        };
        let (gone, left) = rest.split_at(length.max(first.len_utf8()));
        if length == 0 {
            out.push(first);
        } else {
            out.extend(repeat_n(' ', gone.len()));
        }
        rest = left;
    }
    out
}

/// How long the text is that `rest` begins with, quotes included; none when it has no end, or what stands before it is in doubt.
fn text(before: &str, rest: &str, quote: char) -> Option<usize> {
    let word = before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    if !PREFIXES.contains(&&*word) {
        return None;
    }
    let triple = quote.to_string().repeat(3);
    let end = if rest.starts_with(&triple) { triple } else { quote.to_string() };
    let mut at = end.len();
    loop {
        let left = rest.get(at..)?;
        if left.starts_with(&end) {
            return Some(at + end.len());
        }
        let mut letters = left.chars();
        let letter = letters.next()?;
        if end.len() == 1 && matches!(letter, '\n' | '\r') {
            return None;
        }
        at += letter.len_utf8();
        if letter == '\\' && !word.contains('r') {
            at += letters.next()?.len_utf8();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_texts_and_comments_are_gone_and_others_are_not() {
        for (source, left) in [
            ("a == \"((((\" && (b)", 1),
            ("a == '((' || [b]", 1),
            (r#"a == "\"(((" && (b)"#, 1),
            (r"a == r'\' && ((b))", 2),
            ("a == '''(\n'(''' && (b)", 1),
            ("a // ((( '\n && (b)", 1),
            ("a == b'((' && {c}", 1),
        ] {
            let found = blanked(source).chars().filter(|c| "([{".contains(*c)).count();
            assert_eq!(found, left, "{source}");
        }
    }

    #[test]
    fn what_is_in_doubt_stays_as_it_is() {
        for source in ["a == '(((", "a == 'b\n'((", "1r'\\' ((( ''", "x'a ' ((( '", "a == '\\"] {
            assert_eq!(blanked(source), source, "{source}");
        }
    }
}
