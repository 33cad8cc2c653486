//! The tokens that are handed out: where a list goes on, and where a journal is resumed.

use crate::text;

pub(crate) fn read_page(input: &[u8]) {
    text::read(input, host::fuzz::page_token);
}

/// What tokens hold: the last of a list of resources, of duties, and of events.
pub(crate) fn pages() -> Vec<Vec<u8>> {
    text::inputs([
        r#"["2019-10-01T08:00:00.5Z","0192f0c1-0000-7000-8000-00000000002a"]"#,
        r#"["2019-10-01T08:00:00Z","cases/0192f0c1-0000-7000-8000-00000000002a/START_HANDOFF/people/ada"]"#,
        "\0\0\0\0\0\0\0\u{7}AAECAwQFBgcI",
        "AAAAAWFiY2RlZmdoaWprbG1ub3AiNyI",
    ])
}

pub(crate) fn read_place(input: &[u8]) {
    text::read(input, host::fuzz::place);
}

pub(crate) fn places() -> Vec<Vec<u8>> {
    text::inputs([
        "0.",
        "7.AAECAwQFBgcICQoL",
        "\0\0\0\0\0\0\0\0",
        "\0\0\0\0\0\0\0\u{7}AAECAwQFBgcI",
        "AAAAAWFiY2RlZmdoaWprbG1ub3AAAAAAAAAABw",
    ])
}
