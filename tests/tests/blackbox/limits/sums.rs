//! The sum of all bounds in memory: for a stranger, for a caller who is known, and for all together.

use host::{LimitSettings, bounds};

use super::page::{row, size};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
/// TLS of a connection: a record in each direction, and 64 KiB that were written and are not taken.
const TLS: usize = 96 * KIB;
/// The buffers of HTTP/2: two frames in each direction.
const FRAMES: usize = 64 * KIB;
/// Headers that have begun: the protocol ends what is four times too much.
const BEGUN: usize = 4 * bounds::HEADER_BYTES as usize;
/// A stream.
const STREAM: usize = KIB;
/// A call, beside its request and its answer.
const CALL: usize = 16 * KIB;
/// The part of an answer that nobody counts.
const ANSWER: usize = bounds::PIECE + bounds::SHORT;
/// A call to health or reflection.
const OPEN: usize = CALL + ANSWER + bounds::AHEAD_BYTES;
/// Bytes that a connection may make the process hold on which nobody has shown who they are.
pub(super) const STRANGER: usize =
    TLS + FRAMES + BEGUN + bounds::STREAMS as usize * STREAM + bounds::STRANGERS_CALLS * OPEN;
/// The same of one on which somebody has.
const CONNECTION: usize = STRANGER + (bounds::OPEN_CALLS - bounds::STRANGERS_CALLS) * OPEN;
/// A call to any other method.
const KNOWN: usize = CALL + ANSWER + bounds::USUAL_BYTES;
/// A request of 4 MiB as it is read, in which there is nothing but what takes the most room for its bytes.
pub(super) const READ: usize = 4 * MIB * 160;
/// A message that becomes JSON, or was it: as many values as it may have, in which there is nothing but what takes the most room.
const TRANSLATED: usize = 128 * MIB;
/// A process that nobody asks anything of.
const BASE: usize = 96 * MIB;
/// The numbers that an operator is told, as text.
const NUMBERS: usize = 512 * KIB;
/// Connections to a database, on each of which a page may be made: as rows, as a message and as bytes.
const PAGES: usize = 16;
const FORMS: usize = 3;
/// Long requests that are read at once.
const READERS: usize = 1;

/// The most that one person makes the process hold, beside their connections and what they do not take.
pub(super) fn person() -> usize {
    let limits = LimitSettings::default();
    (limits.calls_per_person + limits.watches_per_person) * KNOWN + 2 * bounds::LARGE_OF_ONE
}

struct Part {
    what: &'static str,
    sum: String,
    bytes: usize,
}

fn part(what: &'static str, count: usize, each: usize, of_what: &str) -> Part {
    Part { what, sum: format!("{count} × {}, {of_what}", size(each)), bytes: count * each }
}

fn parts() -> Vec<Part> {
    let limits = LimitSettings::default();
    let unread = bounds::HEADER_BYTES as usize + 2 * bounds::UNREAD_BYTES as usize;
    vec![
        part("the process itself", 1, BASE, "with its databases' caches"),
        part(
            "connections",
            limits.connections,
            CONNECTION,
            "TLS, frames, headers, streams, calls to health and reflection",
        ),
        part("operators", bounds::OPERATORS, NUMBERS, "the numbers as text"),
        part(
            "calls and watches",
            limits.calls + limits.watches,
            KNOWN,
            "what most are: a short request, the beginning of an answer",
        ),
        part("calls that wait for an issuer", bounds::WAITING, unread, "headers, and what else was sent"),
        part("long requests", 2, bounds::LARGE_OF_ALL, "as they come, and as they are read"),
        part("answers that are not taken", 1, bounds::UNSENT_BYTES, "of all connections"),
        part(
            "pages that are made",
            PAGES * FORMS,
            bounds::PAGE_BYTES,
            "one a connection to the database, as rows, message and bytes",
        ),
        part(
            "a long request that is read",
            READERS,
            READ,
            "the worst of 4 MiB: empty elements, for as long as it takes to refuse them",
        ),
    ]
}

/// The section of the page.
pub(super) fn section() -> String {
    let limits = LimitSettings::default();
    let of_one = limits.connections_per_peer;
    let all: usize = parts().iter().map(|part| part.bytes).sum();
    let told = |bytes: usize| format!("{} MiB", bytes.div_ceil(MIB));
    let mut rows = vec![
        [
            "a stranger, on one connection".to_owned(),
            format!(
                "TLS {}, frames {}, headers that have begun {}, {} streams of {}, {} calls to health and reflection of {}",
                size(TLS),
                size(FRAMES),
                size(BEGUN),
                bounds::STREAMS,
                size(STREAM),
                bounds::STRANGERS_CALLS,
                size(OPEN),
            ),
            size(STRANGER),
        ],
        ["a stranger, from one address".to_owned(), format!("{of_one} connections"), told(of_one * STRANGER)],
        [
            "a known caller".to_owned(),
            format!(
                "{} calls and {} watches of {}, long requests of 2 × {}; on {of_one} connections of {} each; answers that are not \
             taken, {} until others need that; a request that is read, {}",
                limits.calls_per_person,
                limits.watches_per_person,
                size(KNOWN),
                size(bounds::LARGE_OF_ONE),
                size(CONNECTION),
                size(bounds::UNSENT_BYTES),
                size(READ),
            ),
            told(person() + of_one * CONNECTION + bounds::UNSENT_BYTES + READ),
        ],
    ];
    rows.extend(parts().into_iter().map(|part| [format!("all: {}", part.what), part.sum, told(part.bytes)]));
    rows.push(["**all together**".to_owned(), "the sum of these".to_owned(), format!("**{}**", told(all))]);
    let over_http = format!(
        "long requests as they come, {}; a message that becomes JSON, or was it, {}",
        size(bounds::LARGE_OF_ALL),
        size(TRANSLATED)
    );
    rows.push([
        "besides, where `--http` is set".to_owned(),
        over_http,
        told(bounds::LARGE_OF_ALL + TRANSLATED),
    ]);
    let rows: String = rows.iter().map(|cells| row(cells)).collect();
    format!(
        "{HEAD}\n{}{}{rows}",
        row(&["Who", "What", "At most"].map(str::to_owned)),
        row(&["---"; 3].map(str::to_owned))
    )
}

const HEAD: &str = "
## Memory

What callers can make a process of one service hold, by the bounds above as they are without any setting. The manifests give a
process as much as all together come to (`deploy/check`); who raises `--connections`, `--calls` or `--watches` gives it more. Tests
hold real attacks against these lines: `strangers_hold_no_more_than_the_page_says`, the same over TLS, and
`a_known_caller_holds_no_more_than_the_page_says`. What the kernel keeps of connections is not among it.
";
