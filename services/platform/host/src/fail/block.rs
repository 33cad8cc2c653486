//! What a status may weigh. It travels in the headers of its answer, of which nobody on its way takes more than so many bytes.
//!
//! nginx keeps the headers as they are compressed, with the frames before them, in one buffer of 4 KiB
//! (`grpc_buffer_size`), and answers `502` past it. grpc-java and the core of gRPC take 8 KiB of them, not compressed and
//! with 32 bytes for each; past that the call fails in another way, or only now and then.

use std::borrow::Cow;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// Bytes that a message and its details may have in those headers. The rest of 4 KiB is for the others, with 32 bytes for
/// each of at most ten, and for the first frames of a connection.
pub(super) const ROOM: usize = 3_200;
/// Bytes of it that a message may have: in its own header, and once more in the details.
const TEXT: usize = 1_900;
/// Bytes of it that one sentence of a message may have, or the name of what it is about.
const PART: usize = 1_300;
/// What stands for the end of a text that is too long.
const CUT: char = '…';
/// What a header's text is not, and so becomes `%XX` in a message.
const ESCAPED: &[u8] = b" \"#%<>`?{}";
/// What HTTP/2 compresses to more than it was: to two bytes, and a backslash to three.
const LONG: &[u8] = b"!$'()+@[]^|~";

/// A status whose headers everybody takes, however long the text: one that is too long ends with `…`.
pub(crate) fn status(code: Code, message: &str, details: ErrorDetails) -> Status {
    Status::with_error_details(code, cut(message, TEXT), details)
}

/// Whether the headers of `status` are what everybody takes.
pub(super) fn fits(status: &Status) -> bool {
    escaped(status.message()) + base64(status.details().len()) <= ROOM
}

/// Whether a message may be as long as `text`.
pub(super) fn is_text(text: &str) -> bool {
    weight(text) <= TEXT
}

/// As much of `text` as may be one sentence among others.
pub(super) fn part(text: &str) -> Cow<'_, str> {
    cut(text, PART)
}

/// As much of `text` as weighs no more than `most`.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if weight(text) <= most {
        return text.into();
    }
    let room = most - weight(CUT.encode_utf8(&mut [0; 4]));
    let ends = text.char_indices().map(|(end, _)| end);
    let end = ends.take_while(|end| weight(&text[..*end]) <= room).last().unwrap_or_default();
    format!("{}{CUT}", &text[..end]).into()
}

/// What a text takes as a message: in its own header, and in the details.
fn weight(text: &str) -> usize {
    escaped(text) + base64(text.len())
}

fn escaped(text: &str) -> usize {
    text.bytes().map(taken).sum()
}

/// What a byte of a message takes in a header, compressed or not, whichever is more.
fn taken(byte: u8) -> usize {
    match byte {
        b'\\' => 3,
        byte if !byte.is_ascii_graphic() || ESCAPED.contains(&byte) => 3,
        byte if LONG.contains(&byte) => 2,
        _ => 1,
    }
}

fn base64(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_two_characters_and_says_so() {
        assert_eq!(cut("short", 20), "short");
        let cut = cut(&"无人".repeat(1000), 200).into_owned();
        assert!(cut.ends_with("…") && weight(&cut) <= 200 && weight(&cut) > 180, "{cut}");
        assert_eq!(super::cut("无人无人", 13), "…");
    }

    #[test]
    fn a_text_weighs_what_it_becomes_in_headers() {
        let text = "a (b) 无\\%";
        let headers = Status::new(Code::Aborted, text).into_http::<()>();
        let written = headers.headers()["grpc-message"].len();
        // Three of them, and the backslash, are compressed to more.
        assert_eq!(escaped(text), written + 2 + 2);
        assert_eq!(base64(text.len()), 15);
    }
}
