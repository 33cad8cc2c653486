//! The frames that a peer sends, as they go by: which are work and which are none, and whether one is only half said.

/// How every HTTP/2 connection begins.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Length, kind, flags and stream.
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// What a frame is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// A request, or something of one.
    Work,
    /// The rest of headers, of which the protocol's own bounds let only a few pass.
    More,
    /// Takes a request back.
    Reset,
    /// Gives room for answers.
    Room,
    /// Nothing that brings a call on: pings, settings, priorities, frames without content, and such as there are not.
    Idle,
}

/// Reads the heads of frames out of the bytes that go by.
#[derive(Debug)]
pub(super) struct Meter {
    head: [u8; HEAD],
    /// Bytes of a head that were read.
    read: usize,
    /// Bytes until the next head.
    left: usize,
    /// Headers have begun whose end has not come.
    open: bool,
}

impl Meter {
    /// For a connection from its first byte on.
    pub(super) fn new() -> Self {
        Self { head: [0; HEAD], read: 0, left: PREFACE.len(), open: false }
    }

    /// Something was begun and is not said to its end.
    pub(super) fn is_within(&self) -> bool {
        self.read > 0 || self.left > 0 || self.open
    }

    /// Takes what has gone by, and tells of each frame whose head is among it; whether anything was said to its end.
    pub(super) fn take(&mut self, mut bytes: &[u8], mut tell: impl FnMut(Frame)) -> bool {
        let (mut ended, mut within) = (false, self.is_within());
        while !bytes.is_empty() {
            let passed = self.left.min(bytes.len());
            (self.left, bytes) = (self.left - passed, &bytes[passed..]);
            ended |= within && !self.is_within();
            within |= !bytes.is_empty();
            let part = (HEAD - self.read).min(bytes.len());
            self.head[self.read..self.read + part].copy_from_slice(&bytes[..part]);
            (self.read, bytes) = (self.read + part, &bytes[part..]);
            if self.read == HEAD {
                self.read = 0;
                tell(self.begin());
            }
        }
        ended || (within && !self.is_within())
    }

    /// The frame whose head is whole.
    fn begin(&mut self) -> Frame {
        let [first, second, third, kind, flags, ..] = self.head;
        let length = u32::from_be_bytes([0, first, second, third]);
        self.left = usize::try_from(length).unwrap_or(usize::MAX);
        match kind {
            DATA if length > 0 || flags & END_STREAM != 0 => Frame::Work,
            HEADERS | CONTINUATION => {
                self.open = flags & END_HEADERS == 0;
                if kind == HEADERS { Frame::Work } else { Frame::More }
            }
            RESET => Frame::Reset,
            UPDATE => Frame::Room,
            _ => Frame::Idle,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        [&[0, 0, length, kind, flags, 0, 0, 0, 1][..], &vec![kind; usize::from(length)]].concat()
    }

    fn told(meter: &mut Meter, bytes: &[u8]) -> Vec<Frame> {
        let mut told = Vec::new();
        meter.take(bytes, |frame| told.push(frame));
        told
    }

    #[test]
    fn each_frame_is_told_for_what_it_is_good_for() {
        let mut meter = Meter::new();
        assert!(meter.is_within() && told(&mut meter, PREFACE).is_empty() && !meter.is_within());
        for (kind, flags, length, expected) in [
            (DATA, 0, 9, Frame::Work),
            (DATA, END_STREAM, 0, Frame::Work),
            (DATA, 0, 0, Frame::Idle),
            (HEADERS, END_HEADERS, 9, Frame::Work),
            (2, 0, 5, Frame::Idle),
            (RESET, 0, 4, Frame::Reset),
            (4, 0, 0, Frame::Idle),
            (6, 0, 8, Frame::Idle),
            (UPDATE, 0, 4, Frame::Room),
            (99, 0, 40, Frame::Idle),
        ] {
            assert_eq!(told(&mut meter, &frame(kind, flags, length)), [expected], "{kind} {flags} {length}");
            assert!(!meter.is_within(), "{kind}");
        }
    }

    #[test]
    fn headers_are_within_until_their_end_has_come() {
        let mut meter = Meter::new();
        told(&mut meter, PREFACE);
        assert_eq!(told(&mut meter, &frame(HEADERS, 0, 3)), [Frame::Work]);
        assert!(meter.is_within());
        assert_eq!(told(&mut meter, &frame(CONTINUATION, 0, 3)), [Frame::More]);
        assert!(meter.is_within());
        assert_eq!(told(&mut meter, &frame(CONTINUATION, END_HEADERS, 3)), [Frame::More]);
        assert!(!meter.is_within());
        told(&mut meter, &frame(6, 0, 8)[..12]);
        assert!(meter.is_within());
    }

    #[test]
    fn an_end_is_seen_though_the_next_has_begun() {
        let mut meter = Meter::new();
        let mut take = |bytes: &[u8]| meter.take(bytes, |_| {});
        assert!(take(PREFACE) && !take(&frame(6, 0, 8)[..12]) && !take(&[0; 4]));
        assert!(take(&[&[0], &frame(DATA, 0, 200)[..100]].concat()) && !take(&[0; 100]));
        assert!(take(&[0; 9]), "its end and nothing else");
        assert!(!take(&frame(HEADERS, 0, 3)) && !take(&frame(CONTINUATION, 0, 3)[..5]), "headers go on");
    }

    proptest! {
        #[test]
        fn it_is_told_the_same_however_the_bytes_come(
            frames in prop::collection::vec((0..12_u8, 0..8_u8, any::<u8>()), 0..20),
            cuts in prop::collection::vec(1..40_usize, 1..20),
        ) {
            let bytes: Vec<u8> = frames.iter().flat_map(|(kind, flags, length)| frame(*kind, *flags, *length)).collect();
            let bytes = [PREFACE, &bytes].concat();
            let whole = told(&mut Meter::new(), &bytes);
            prop_assert_eq!(whole.len(), frames.len());
            let (mut meter, mut rest, mut parts) = (Meter::new(), &bytes[..], Vec::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                parts.extend(told(&mut meter, now));
                rest = later;
            }
            prop_assert_eq!(parts, whole);
        }
    }
}
