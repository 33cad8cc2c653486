//! The heads of HTTP/1.1's requests, as they go by: whether one is only half said, and whether one says twice how long it is.
//!
//! The protocol drops `content-length` where there is `transfer-encoding` as well, and then nobody behind it can tell. Two readers
//! who take such a request for two different ones are how requests are smuggled past the first of them.

use super::HEADER_BYTES;

/// Reads the heads out of the bytes that go by.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// The head that has begun.
    head: Vec<u8>,
    /// Bytes until the next one.
    left: u64,
    /// Nothing more is looked at: the connection ends with this request.
    is_over: bool,
    is_ambiguous: bool,
}

impl Heads {
    /// A head was begun and is not said to its end.
    pub(super) fn is_within(&self) -> bool {
        !self.head.is_empty()
    }

    /// A request has said twice how long it is.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
    }

    /// Takes what has gone by; whether a head was said to its end.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> bool {
        let mut ended = false;
        while !bytes.is_empty() && !self.is_over {
            let passed = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            (self.left, bytes) = (self.left - passed as u64, &bytes[passed..]);
            let Some((byte, rest)) = bytes.split_first() else { break };
            bytes = rest;
            ended |= self.add(*byte);
        }
        ended
    }

    /// Adds a byte; whether it is the last of a head.
    fn add(&mut self, byte: u8) -> bool {
        // Between two requests line breaks say nothing.
        if self.head.is_empty() && byte.is_ascii_whitespace() {
            return false;
        }
        self.head.push(byte);
        let is_whole = self.head.ends_with(b"\n\r\n") || self.head.ends_with(b"\n\n");
        if is_whole {
            self.end();
        } else if self.head.len() > HEADER_BYTES as usize {
            // The protocol refuses it, and closes.
            (self.is_over, self.head) = (true, Vec::new());
        }
        is_whole
    }

    fn end(&mut self) {
        let head = std::mem::take(&mut self.head);
        let is_chunked = value(&head, b"transfer-encoding").is_some();
        let length = value(&head, b"content-length");
        self.is_ambiguous |= is_chunked && length.is_some();
        self.left = length.and_then(|value| str::from_utf8(value).ok()?.parse().ok()).unwrap_or_default();
        // Only the end of the last chunk tells where it ends: the connection is not used again.
        self.is_over |= is_chunked;
    }
}

/// The first value that a head gives to `name`.
fn value<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut fields = head.split(|byte| *byte == b'\n').filter_map(field);
    fields.find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The name and the value of a line of a head.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|byte| *byte == b':')?;
    Some((line[..at].trim_ascii(), line[at + 1..].trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state of a connection on which this was sent, a byte or so at a time.
    fn heard(text: &str, size: usize) -> (bool, bool, usize) {
        let mut heads = Heads::default();
        let ended = text.as_bytes().chunks(size).filter(|part| heads.take(part)).count();
        (heads.is_ambiguous(), heads.is_within(), ended)
    }

    #[test]
    fn a_request_that_says_twice_how_long_it_is_is_seen_in_either_order_and_behind_another() {
        let length = "Content-Length: 5\r\n";
        let chunked = "tRANSFER-eNCODING:chunked\r\n";
        let before = "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n\r\n";
        for size in [1, 7, 1000] {
            for (one, other) in [(length, chunked), (chunked, length)] {
                let text = format!("{before}POST / HTTP/1.1\r\n{one}x: y\r\n{other}\r\n");
                assert!(heard(&text, size).0, "{text}");
            }
            for alone in [length, chunked] {
                let text = format!("{before}POST / HTTP/1.1\r\n{alone}\r\n");
                assert!(!heard(&text, size).0, "{text}");
            }
        }
        assert!(
            heard("POST / HTTP/1.1\ntransfer-encoding: chunked\ncontent-length: 0\n\n", 3).0,
            "bare breaks"
        );
    }

    #[test]
    fn a_head_is_within_until_its_end_and_content_is_not() {
        assert_eq!(heard("POST / HTTP/1.1\r\ncontent-length: 9\r\n", 4), (false, true, 0));
        assert_eq!(heard("POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc", 4), (false, false, 1));
        let both = "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc\r\nPOST";
        assert_eq!(heard(both, 1), (false, true, 1));
    }

    #[test]
    fn of_a_head_without_an_end_no_more_is_kept_than_the_protocol_reads() {
        let mut heads = Heads::default();
        for _ in 0..100 {
            heads.take(&[b'x'; 1024]);
            assert!(heads.head.len() <= HEADER_BYTES as usize);
        }
    }
}
