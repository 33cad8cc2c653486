//! The page about limits, made of what holds: the settings as they are read, the other bounds as they are in code.

use std::{
    collections::BTreeSet,
    fmt::{Display, Write},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::sums;

use clap::{Arg, Args, Command};
use expect_test::expect_file;
use host::{LimitSettings, Timeouts, bounds};

const HEAD: &str = "# Limits

What a process takes on, and what it does past that. Where there is a setting, it is a flag, and a variable of the same name:
`--calls-per-person` is `GETMODERN_CALLS_PER_PERSON`. A refusal has the reason that is named; `UNAVAILABLE` and
`RESOURCE_EXHAUSTED` come with `RetryInfo`. This page is made of what the code says (`UPDATE_EXPECT=1 cargo test -p tests --test
blackbox limits::page`), and each row has tests at its bound and one past it. How long every text of every request may be,
whether it is one line, and how many of what there are several, is in `tests/tests/blackbox/limits/lengths.txt`, of which the same
holds.
";

const TAIL: &str = "
**Behind a proxy** every caller comes from its address: `--connections-per-peer 0` says that addresses tell nothing. Nobody then
pays for what another connection sent, and the proxy's own bounds are what keeps callers apart. What callers may have and ask
(`-per-person`, `-per-system`) holds everywhere, because it goes by who they have shown to be.

**Who is a system**: another service of the product, and whoever shows a certificate or a token as `services/…`. **Work** is what
begins or fills a request; each such frame pays for two that are none, so that clients which measure the line by pings, or give
room for large answers, are never near the bound.

`cargo bench --package tests --bench hostile` says what attacks do to others: a friend's times before each and during it, in one run.
";

/// A bound that is no setting.
struct Fixed {
    what: &'static str,
    most: String,
    past: &'static str,
    tests: &'static [&'static str],
}

/// What happens past a setting, and the tests that show it.
struct Set {
    flag: &'static str,
    what: &'static str,
    past: &'static str,
    tests: &'static [&'static str],
}

const SET: [Set; 12] = [
    Set {
        flag: "connections",
        what: "Connections at once",
        past: "one with nothing under way leaves for the next (`PEER_IDLE`), first of those that never showed who they are; \
               while all are at work the next waits; the process does not begin where there are not so many descriptors",
        tests: &[
            "past_all_connections_one_leaves_who_never_showed_who_they_are_and_nobody_who_works",
            "past_all_connections_the_next_waits_while_everybody_works",
            "connections_of_unknown_callers_are_closed_first_then_the_longest_idle_and_never_one_with_a_call",
            "connections_fit_into_the_descriptors_there_are_or_nothing_begins",
        ],
    },
    Set {
        flag: "connections-per-peer",
        what: "… of one address, or of an IPv6 network of 64 bits",
        past: "closed at once (`PEER_TOO_MANY`)",
        tests: &[
            "an_address_has_so_many_connections_and_one_more_is_closed_at_once",
            "connections_over_http_and_grpc_of_one_address_are_counted_together",
            "where_addresses_tell_nothing_they_are_not_counted",
            "a_network_of_64_bits_counts_as_one",
        ],
    },
    Set {
        flag: "calls",
        what: "Calls under way, until their answers are taken",
        past: "`UNAVAILABLE`, `BUSY`, before anybody asks who calls; health and reflection are answered",
        tests: &["past_all_calls_everybody_is_shed_before_anybody_asks_who_they_are_but_health_is_answered"],
    },
    Set {
        flag: "watches",
        what: "Watches open",
        past: "`UNAVAILABLE`, `BUSY`",
        tests: &["past_all_watches_the_next_is_shed_and_calls_are_answered"],
    },
    Set {
        flag: "calls-per-person",
        what: "Calls of one person under way, what they began and took back included",
        past: "`RESOURCE_EXHAUSTED`, `CALLER_TOO_BUSY`",
        tests: &[
            "what_a_person_has_begun_is_theirs_until_it_is_done_though_they_take_the_call_back",
            "a_person_has_so_many_calls_under_way_and_one_more_is_refused",
        ],
    },
    Set {
        flag: "watches-per-person",
        what: "Watches of one person open",
        past: "`RESOURCE_EXHAUSTED`, `CALLER_TOO_BUSY`",
        tests: &[
            "a_caller_has_so_many_watches_and_they_are_no_calls",
            "watches_over_json_count_as_their_persons_and_a_stop_ends_them_with_where_to_resume",
        ],
    },
    Set {
        flag: "rate-per-person",
        what: "Calls of one person a second, and twice as many after a pause",
        past: "`RESOURCE_EXHAUSTED`, `CALLER_TOO_FAST`, with the time until the next",
        tests: &["a_person_asks_so_often_in_a_second_and_is_told_when_to_ask_again"],
    },
    Set {
        flag: "calls-per-system",
        what: "Calls of one system under way",
        past: "`RESOURCE_EXHAUSTED`, `CALLER_TOO_BUSY`",
        tests: &["a_system_has_so_many_calls_and_watches_of_its_own"],
    },
    Set {
        flag: "watches-per-system",
        what: "Watches of one system open",
        past: "`RESOURCE_EXHAUSTED`, `CALLER_TOO_BUSY`",
        tests: &["a_system_has_so_many_calls_and_watches_of_its_own"],
    },
    Set {
        flag: "rate-per-system",
        what: "Calls of one system a second, and twice as many after a pause",
        past: "`RESOURCE_EXHAUSTED`, `CALLER_TOO_FAST`, with the time until the next",
        tests: &["a_system_has_a_rate_of_its_own"],
    },
    Set {
        flag: "longest-call",
        what: "How long a call may take, whatever its caller says; of a watch, until it begins",
        past: "`DEADLINE_EXCEEDED`, `DEADLINE_EXCEEDED`",
        tests: &["no_call_takes_longer_than_the_longest_and_a_watch_stays"],
    },
    Set {
        flag: "refusals",
        what: "Rows of refusals that each service keeps for its auditors, for 92 days",
        past: "the oldest of whoever has the most go, strangers being one, and are only counted (`NOT_KEPT`, `not_kept`)",
        tests: &[
            "a_quarter_of_a_year_of_hostile_refusals_takes_so_many_rows_and_hides_nobody_else",
            "equal_ones_of_an_hour_are_one_row_whichever_replica_keeps_them",
        ],
    },
];

#[expect(clippy::too_many_lines, reason = "a table")]
fn fixed() -> Vec<Fixed> {
    let Timeouts { preface, headers, write, idle } = Timeouts::default();
    let rate = |(rate, burst): (u32, u32)| format!("{rate} a second, {burst} after a pause");
    let row = |what, most: &dyn Display, past, tests| Fixed { what, most: most.to_string(), past, tests };
    vec![
        row(
            "The handshake of TLS and HTTP/2's preface, or the first sign over HTTP/1.1",
            &time(preface),
            "closed (`PEER_NO_GREETING`)",
            &[
                "who_greets_late_is_shown_out_and_who_greets_just_in_time_is_not",
                "a_peer_that_does_not_speak_the_protocol_is_shown_out",
                "who_does_not_speak_tls_or_not_http_2_in_it_is_shown_out",
                "who_says_nothing_over_http_is_shown_out_in_time",
            ],
        ),
        row(
            "New connections of one address",
            &rate(bounds::CONNECTIONS),
            "closed at once (`PEER_TOO_MANY`)",
            &[
                "who_comes_and_goes_all_the_time_is_let_in_so_often",
                "every_attack_is_shown_out_while_friends_are_answered_and_nothing_grows",
            ],
        ),
        row(
            "Calls that one address takes back",
            &rate(bounds::RESETS),
            "closed (`PEER_FLOODS`)",
            &[
                "what_was_sent_counts_on_the_next_connection_too",
                "every_attack_is_shown_out_while_friends_are_answered_and_nothing_grows",
            ],
        ),
        row(
            "Frames of one address that are no work: pings, settings, priorities, empty ones",
            &rate(bounds::IDLE_FRAMES),
            "closed (`PEER_FLOODS`)",
            &[
                "pings_are_free_with_work_and_a_flood_without",
                "every_attack_is_shown_out_while_friends_are_answered_and_nothing_grows",
            ],
        ),
        row(
            "Frames of one address that give room",
            &rate(bounds::ROOM_FRAMES),
            "closed (`PEER_FLOODS`)",
            &["what_was_sent_counts_on_the_next_connection_too"],
        ),
        row(
            "After a flood, until somebody is let in from its address again",
            &time(bounds::SHUT_OUT),
            "closed at once (`PEER_TOO_MANY`)",
            &[
                "after_a_flood_nobody_is_let_in_from_there_for_a_second_and_who_is_in_stays",
                "where_a_flood_came_from_nobody_is_let_in_for_a_second_and_friends_are",
            ],
        ),
        row(
            "The rest of a frame, or of headers",
            &time(headers),
            "closed (`PEER_HALTS`)",
            &[
                "half_a_frame_is_waited_for_and_not_forever",
                "headers_that_go_on_are_waited_for_and_not_forever",
                "many_whole_frames_may_take_as_long_as_they_like",
            ],
        ),
        row(
            "… over HTTP/1.1, of the head of a request, or until more of its content comes",
            &time(headers),
            "closed (`PEER_HALTS`)",
            &[
                "a_head_that_comes_slowly_is_waited_for_and_not_forever",
                "content_that_comes_no_further_is_waited_for_and_not_forever",
            ],
        ),
        row(
            "Until anything of an answer is taken",
            &time(write),
            "closed (`PEER_NOT_TAKING`)",
            &[
                "an_answer_that_is_not_taken_ends_the_connection_and_one_that_is_does_not",
                "who_reads_nothing_at_all_is_shown_out",
            ],
        ),
        row(
            "Until a watch's reader takes a message",
            &time(bounds::READER),
            "`RESOURCE_EXHAUSTED`, `WATCHER_TOO_SLOW`",
            &["a_reader_who_takes_nothing_for_half_a_minute_is_told_where_to_resume"],
        ),
        row(
            "Until the end of a request that was answered before it, unless it has more than 16 KiB",
            &time(bounds::MOMENT),
            "HTTP/2's reset without an error, after the answer",
            &[
                "the_end_of_a_request_is_awaited_that_was_answered_before_it",
                "a_request_without_an_end_is_awaited_for_a_moment_and_to_a_length",
                "calls_that_are_refused_before_they_are_read_are_not_taken_for_a_flood",
            ],
        ),
        row(
            "Silence, and then until a peer says that it is there",
            &time(idle),
            "closed",
            &["who_does_not_say_that_they_are_there_is_shown_out_and_who_does_stays"],
        ),
        row(
            "… over HTTP/1.1, until the next request",
            &time(idle),
            "closed",
            &["a_connection_is_kept_for_the_next_call_and_not_forever"],
        ),
        row(
            "Ways in which a request over HTTP/1.1 says how long it is",
            &1,
            "status 400 of HTTP, and closed",
            &[
                "a_request_is_as_long_as_it_says_once_or_it_is_refused_and_nothing_is_read_behind_it",
                "a_request_that_says_twice_how_long_it_is_is_seen_in_either_order_and_behind_another",
                "requests_on_one_connection_are_answered_in_order_and_a_chunked_one_is_the_last",
            ],
        ),
        row(
            "Calls under way on one connection",
            &bounds::STREAMS,
            "refused by the protocol, untouched",
            &["a_connection_has_a_hundred_calls_under_way_and_one_more_is_refused_untouched"],
        ),
        row(
            "Calls of one connection under way to health and reflection, which everybody may ask",
            &format!("{}, and {} once somebody there is known", bounds::STRANGERS_CALLS, bounds::OPEN_CALLS),
            "`UNAVAILABLE`, `BUSY`",
            &["of_what_everybody_may_ask_a_connection_has_so_many_calls_under_way_and_others_have_theirs"],
        ),
        row(
            "A message to them",
            &size(bounds::OPEN_BYTES),
            "`RESOURCE_EXHAUSTED`, `MESSAGE_TOO_LARGE`",
            &["what_everybody_may_ask_is_short"],
        ),
        row(
            "… of one such call, what was not looked at",
            &size(bounds::AHEAD_BYTES),
            "`RESOURCE_EXHAUSTED`, `MESSAGE_TOO_LARGE`",
            &["so_much_waits_and_of_more_nothing", "strangers_hold_no_more_than_the_page_says"],
        ),
        row(
            "Bytes of one address on connections where nobody has shown who they are",
            &format!("{} a second, and as many after a pause", size(bounds::STRANGERS_BYTES.0 as usize)),
            "not read for as long as that takes, a second at most at a time",
            &["of_who_has_not_shown_who_they_are_so_much_is_read_in_a_second_and_of_others_all"],
        ),
        row(
            "Tokens of one address that are no good, and calls to health or reflection for which its connection has no place",
            &rate(bounds::BAD_TOKENS),
            "whoever showed it is not read for as long as that takes, a second at most; what was read of them is \
             `RESOURCE_EXHAUSTED`, `IDENTITY_TOO_FAST`",
            &[
                "an_address_shows_so_many_bad_tokens_and_then_waits_and_never_longer_than_a_second",
                "bad_tokens_of_one_address_are_looked_at_so_often_and_friends_from_there_are_answered",
                "calls_that_anybody_may_make_and_that_find_no_place_count_like_bad_tokens_and_others_do_not",
            ],
        ),
        row(
            "Calls that wait for their issuer's keys",
            &bounds::WAITING,
            "`UNAVAILABLE`, `TOKEN_KEYS_UNAVAILABLE`",
            &["an_issuer_who_says_nothing_holds_up_those_with_unknown_keys_and_nobody_else"],
        ),
        row(
            "Connections of operators at once",
            &format!("{}, and {} of one address", bounds::OPERATORS, bounds::OPERATORS_PER_PEER),
            "the oldest leaves for the next (`PEER_IDLE`); of an address the next is closed (`PEER_TOO_MANY`)",
            &["operators_are_answered_and_so_are_callers_whoever_else_fills_their_listener"],
        ),
        row(
            "Answers that wait to be taken, of all connections together, beside the beginning of each",
            &size(bounds::UNSENT_BYTES),
            "whoever has taken nothing for the longest time is closed (`PEER_NOT_TAKING`)",
            &["past_so_much_whoever_takes_nothing_is_shown_out_and_who_gets_on_stays"],
        ),
        row(
            "Long requests of one caller under way, beside the first 16 KiB of each",
            &size(bounds::LARGE_OF_ONE),
            "`RESOURCE_EXHAUSTED`, `CALLER_TOO_BUSY`",
            &["long_requests_are_bounded_for_each_and_for_all_and_count_until_they_are_done"],
        ),
        row(
            "… of all callers together",
            &size(bounds::LARGE_OF_ALL),
            "`UNAVAILABLE`, `BUSY`",
            &["long_requests_are_bounded_for_each_and_for_all_and_count_until_they_are_done"],
        ),
        row(
            "Long requests that are read at once, whole ones alone",
            &1,
            "the next waits for its turn",
            &["a_long_request_is_read_when_it_is_whole_and_no_other_is"],
        ),
        row(
            "Long requests over HTTP as they come, beside the first 16 KiB of each",
            &format!("{} of one caller, {} of all", size(bounds::LARGE_OF_ONE), size(bounds::LARGE_OF_ALL)),
            "`RESOURCE_EXHAUSTED`, `CALLER_TOO_BUSY`; `UNAVAILABLE`, `BUSY`",
            &["long_requests_over_http_are_bounded_for_each_and_for_all_while_they_come"],
        ),
        row(
            "Messages of more than 16 KiB that become JSON, or were it, at once",
            &1,
            "the next waits for its turn",
            &[
                "long_messages_are_translated_one_after_the_other",
                "friends_are_answered_whatever_is_sent_over_http",
            ],
        ),
        row(
            "Calls taken back before they were looked at",
            &bounds::RESETS_WAITING,
            "closed by the protocol (`PEER_FLOODS`)",
            &["every_attack_is_shown_out_while_friends_are_answered_and_nothing_grows"],
        ),
        row(
            "Calls of one connection that the protocol refused",
            &bounds::RESETS_OF_OURS,
            "closed by the protocol (`PEER_FLOODS`)",
            &["who_goes_on_after_a_thousand_refusals_is_shown_out"],
        ),
        row(
            "Headers of a call",
            &format!("{}, of less than {}", bounds::HEADERS, size(bounds::HEADER_BYTES as usize)),
            "status 431 of HTTP",
            &[
                "what_is_no_call_is_not_carried_out",
                "headers_just_below_sixteen_kibibytes_are_read_and_of_sixteen_are_not",
                "headers_of_ten_megabytes_close_a_stream_or_a_connection_and_nothing_else",
                "a_head_of_too_many_or_too_long_headers_is_refused",
            ],
        ),
        row(
            "A message",
            &"4 MiB",
            "`RESOURCE_EXHAUSTED`, `MESSAGE_TOO_LARGE`",
            &[
                "over_four_mebibytes_are_refused_and_just_below_are_read",
                "json_of_more_than_four_mebibytes_or_with_too_many_values_is_refused_and_of_less_is_read",
            ],
        ),
        row(
            "Values of a message as JSON",
            &format!("less than {}", bounds::VALUES),
            "`RESOURCE_EXHAUSTED`, `MESSAGE_TOO_LARGE`",
            &[
                "json_of_more_than_four_mebibytes_or_with_too_many_values_is_refused_and_of_less_is_read",
                "so_many_values_are_looked_at_and_one_more_is_not",
            ],
        ),
        row(
            "Messages within a message",
            &100,
            "`INVALID_ARGUMENT`, `MESSAGE_MALFORMED`",
            &[
                "a_hundred_levels_are_read_and_one_more_is_not",
                "malformed_deep_and_foreign_messages_are_invalid_arguments",
            ],
        ),
        row(
            "Objects and lists of JSON within each other",
            &bounds::DEPTH,
            "`INVALID_ARGUMENT`, `MESSAGE_MALFORMED`",
            &[
                "a_hundred_levels_of_json_are_looked_at_and_one_more_is_not",
                "json_that_does_not_read_as_its_type_is_refused_with_what_is_wrong",
            ],
        ),
        row(
            "A text of a request",
            &"as its field has it",
            "`INVALID_ARGUMENT`, `FIELD_TOO_LONG`",
            &["every_text_and_every_list_of_a_request_has_a_bound_that_holds_to_the_one"],
        ),
        row(
            "A text of one line, such as a name",
            &"no line breaks and no tabs",
            "`INVALID_ARGUMENT`, `FIELD_UNREADABLE`",
            &[
                "a_name_is_one_line_and_a_longer_text_may_be_several",
                "every_text_and_every_list_of_a_request_has_a_bound_that_holds_to_the_one",
            ],
        ),
        row(
            "A text to look for",
            &format!("{} characters", bounds::SOUGHT),
            "`INVALID_ARGUMENT`, `FIELD_TOO_LONG`",
            &["every_text_and_every_list_of_a_request_has_a_bound_that_holds_to_the_one"],
        ),
        row(
            "Elements of a list in a request",
            &"as its field has it",
            "`INVALID_ARGUMENT`, `FIELD_TOO_LONG`",
            &["every_text_and_every_list_of_a_request_has_a_bound_that_holds_to_the_one"],
        ),
        row(
            "Different refusals of an hour that each service keeps",
            &"200 of one person, 2000 of all people, 200 of all who did not show who they are",
            "the others are only counted (`NOT_KEPT`)",
            &["nobody_crowds_out_anybody_else_and_none_is_lost_without_a_word"],
        ),
        row(
            "Faults that a refusal counts",
            &bounds::MOST_FAULTS,
            "the others are not looked for",
            &["far_too_many_of_anything_are_refused_with_as_many_faults_as_anybody_reads"],
        ),
        row(
            "A token of an issuer",
            &"8 KiB",
            "`UNAUTHENTICATED`, `TOKEN_TOO_LARGE`",
            &[
                "a_token_of_the_greatest_length_is_read_and_one_of_a_byte_more_is_not",
                "a_token_that_is_not_as_it_has_to_be_is_refused_with_its_own_reason",
            ],
        ),
        row(
            "A criterion of a policy",
            &"1,000 characters, 150 words and signs, 6 levels of brackets, 20 levels",
            "`FAILED_PRECONDITION`, `EXPRESSION_TOO_COSTLY`",
            &["an_expression_is_bounded_in_every_direction_to_the_one"],
        ),
        row(
            "A page",
            &format!("{} items or {}", bounds::PAGE_ITEMS, size(bounds::PAGE_BYTES)),
            "the rest is on the next page",
            &[
                "every_list_of_customers_comes_in_pages_that_a_client_takes_and_skips_nothing",
                "every_list_of_work_comes_in_pages_that_a_client_takes_and_skips_nothing",
            ],
        ),
        row(
            "A message of a watch",
            &format!("{} events or {}", bounds::BATCH, size(bounds::BATCH_BYTES)),
            "the rest is in the next",
            &[
                "every_list_of_customers_comes_in_pages_that_a_client_takes_and_skips_nothing",
                "every_list_of_work_comes_in_pages_that_a_client_takes_and_skips_nothing",
            ],
        ),
        row(
            "A resource",
            &size(bounds::RESOURCE_BYTES),
            "`FAILED_PRECONDITION`, `RESOURCE_TOO_LARGE`",
            &["a_customer_about_whom_much_is_known_holds_up_nobody"],
        ),
        row(
            "Mutations of one service under way, those included whose caller has gone",
            &bounds::MUTATIONS,
            "`UNAVAILABLE`, `BUSY`",
            &["what_is_told_is_what_the_registry_says_no_more_and_no_less"],
        ),
    ]
}

fn time(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

pub(super) fn size(bytes: usize) -> String {
    match bytes {
        1_048_576.. if bytes.is_multiple_of(1_048_576) => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} KiB", bytes / 1024),
    }
}

/// The settings, as the command line has them.
fn settings() -> Vec<Arg> {
    LimitSettings::augment_args(Command::new("getmodern")).get_arguments().cloned().collect()
}

pub(super) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    let head = ["What", "Bound", "Setting", "Past it", "Tests"].map(str::to_owned);
    let _ = write!(page, "\n{}{}", row(&head), row(&["---"; 5].map(str::to_owned)));
    for set in &SET {
        let settings = settings();
        let argument =
            settings.iter().find(|argument| argument.get_long() == Some(set.flag)).expect(set.flag);
        let default = argument.get_default_values()[0].to_string_lossy().into_owned();
        let variable = format!("GETMODERN_{}", set.flag.replace('-', "_").to_uppercase());
        assert_eq!(argument.get_env().and_then(|name| name.to_str()), Some(variable.as_str()));
        let setting = format!("`--{}`", set.flag);
        page += &row(&[set.what.to_owned(), default, setting, set.past.to_owned(), shown(set.tests)]);
    }
    for one in fixed() {
        page += &row(&[one.what.to_owned(), one.most, String::new(), one.past.to_owned(), shown(one.tests)]);
    }
    page + &sums::section() + TAIL
}

fn shown(tests: &[&str]) -> String {
    tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join("<br>")
}

#[test]
fn the_page_says_what_holds() {
    expect_file!["../../../../deploy/LIMITS.md"].assert_eq(&page());
}

#[test]
fn every_setting_has_a_row() {
    let flags: BTreeSet<_> = settings().iter().filter_map(|one| one.get_long().map(str::to_owned)).collect();
    assert_eq!(flags, SET.iter().map(|set| set.flag.to_owned()).collect());
}

/// Every function that is a test, wherever it is in the workspace.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut all = BTreeSet::new();
    for folder in ["services", "tests"] {
        files(&root.join(folder), &mut |text| {
            let after_test = text.split("#[test]").chain(text.split("#[tokio::test")).skip(1);
            let names = after_test.filter_map(|after| after.split_once("fn ")?.1.split_once('('));
            all.extend(names.map(|(name, _)| name.to_owned()));
        });
    }
    all
}

fn files(folder: &Path, read: &mut impl FnMut(&str)) {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        read(&fs::read_to_string(file).expect("a file"));
    }
    for folder in folders.iter().filter(|folder| !folder.is_symlink()) {
        self::files(folder, read);
    }
}

#[test]
fn every_test_that_a_row_names_is_there() {
    let (there, fixed) = (tests(), fixed());
    let named = SET.iter().map(|set| set.tests).chain(fixed.iter().map(|one| one.tests));
    let missing: Vec<_> = named.flatten().filter(|test| !there.contains(**test)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
