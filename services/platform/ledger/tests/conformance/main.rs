//! What the ledger promises, each promise kept on every engine. A new engine is one line at the end of this file;
//! one that several processes share promises some more.

mod acting;
mod changes;
mod cluster;
mod commits;
mod counter;
mod cursors;
mod dice;
mod distance;
mod duties;
mod encryption;
mod erasing;
mod exhaustion;
mod faults;
mod following;
mod house;
mod installed;
mod interventions;
mod journal;
mod kills;
mod leases;
mod memory;
mod oracle;
mod pace;
mod pages;
mod pooler;
mod pooling;
mod positions;
mod reopening;
mod replicas;
mod sealing;
mod searching;
mod secrecy;
mod tampering;
mod times;
mod token_keys;
mod trail;
mod turns;
mod twins;
mod viewers;
mod visibility;

macro_rules! tests {
    ($engine:ident $($subject:ident { $($promise:ident)* })*) => {
        mod $engine {
            $(mod $subject {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    let Some(house) = crate::house::House::$engine().into() else { return };
                    crate::house::in_time(crate::$subject::$promise(house)).await;
                })*
            })*

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "started and killed by the tests of `kills`"]
            async fn victim() {
                crate::kills::victim().await;
            }
        }
    };
}

macro_rules! conformance {
    ($engine:ident $($more:tt)*) => {
        tests! {
            $engine
            commits {
                a_commit_writes_all_or_nothing
                a_stopped_commit_leaves_the_others_of_its_group_alone
                exactly_one_row_can_be_demanded
                a_violated_constraint_is_named_by_its_columns
                an_error_of_the_database_undoes_its_own_commit_alone
            }
            changes {
                a_change_writes_row_journal_duties_reply_and_side_rows_together
                a_stopped_change_writes_none_of_them
                nothing_is_written_when_nothing_happened
                the_slower_of_two_changes_is_stopped_by_the_version
                state_and_remembered_reply_are_loaded_from_one_moment
                a_request_is_found_by_its_digest_and_by_its_id_where_an_older_release_kept_it
                folding_the_journal_gives_the_row
            }
            journal {
                revisions_are_dense_and_causal_under_sixteen_writers
                stopped_commits_leave_no_gap
                the_database_itself_refuses_to_change_the_journal
                an_entry_keeps_the_trace_it_was_written_in
                entries_are_those_of_a_resource_and_of_what_belongs_to_it
                entries_are_narrowed_by_kind_and_time
                followers_are_woken_within_a_second
            }
            following {
                a_follower_of_sixteen_writers_misses_nothing
            }
            cursors {
                of_many_followers_racing_one_moves_the_cursor
                a_cursor_moves_only_from_where_it_stands
                an_event_is_parked_once_and_released_once
            }
            positions {
                a_place_is_alike_on_every_engine_and_unlike_in_another_course_of_events
                a_place_is_found_by_its_revision_and_known_by_its_token
                a_timeline_is_read_on_from_any_place
            }
            interventions {
                a_cursor_is_put_where_an_operator_says
                a_discarded_event_is_not_parked_any_more_and_leaves_a_trace
                a_resumption_sets_aside_what_was_lost_and_lets_go_what_comes_again
                a_resumption_is_stopped_by_whoever_is_faster
                a_journal_has_one_duty_by_which_it_is_told_that_it_stands
                what_was_done_is_in_the_journal_and_a_row_that_says_something_else_is_found
            }
            duties {
                duties_are_replaced_exactly
                a_change_writes_only_the_duties_that_differ
                duties_of_another_release_are_put_right_by_the_next_change
                what_waits_for_a_day_is_told_on_it
                the_duty_of_a_parked_event_survives_until_it_is_closed
                duties_are_found_by_person_role_and_resource
                the_earliest_and_the_latest_times_are_compared_with
                overdue_is_what_waits_since_before_its_own_moment
                duties_come_in_pages_the_longest_waiting_first
            }
            token_keys {
                of_several_who_make_the_first_key_one_does
                a_key_that_was_replaced_is_good_until_its_time_and_gone_after_it
            }
            leases {
                a_lease_is_renewed_by_its_holder_and_taken_by_others_when_it_has_run_out
                what_became_overdue_is_found_once_between_one_look_and_the_next
            }
            pages {
                pages_show_each_resource_once_while_others_write
                pages_are_filtered
                resources_of_the_same_moment_are_told_apart
            }
            viewers {
                whoever_sees_a_resource_is_kept_as_its_state_has_it
                lists_show_what_somebody_sees_and_no_more
                a_timeline_goes_on_page_by_page_where_others_are_between
                what_belongs_to_something_that_is_seen_is_seen_in_the_journal
                what_is_not_seen_is_looked_for_as_what_does_not_exist
                what_is_not_seen_is_not_read
                a_row_that_says_who_sees_a_resource_shows_nothing_that_its_state_does_not
                what_is_asked_for_is_found_among_what_is_seen_alone
                a_place_is_shown_only_to_who_sees_what_is_there
                what_older_releases_write_is_found_and_made_up_for
                making_up_for_it_and_changes_at_the_same_time_leave_what_the_state_has
            }
            visibility {
                reading_sees_every_acknowledged_commit
                callers_that_go_away_lose_nothing_and_block_nobody
            }
            reopening {
                closing_and_reopening_keeps_everything
                a_database_of_a_newer_product_is_refused
                a_database_that_a_newer_product_only_added_to_is_served
                what_a_schema_lacks_is_told_and_nothing_is_changed
                a_migration_that_fails_half_way_leaves_nothing
                a_migration_that_was_not_finished_is_left_to_people
                a_database_of_a_different_history_is_refused
            }
            kills {
                acknowledged_commits_survive_a_kill_at_any_moment
                acknowledged_commits_survive_a_kill_around_each_commit
            }
            sealing {
                every_entry_is_sealed_once_and_fits
                of_many_sealers_one_gets_on_and_every_seal_fits
                the_database_itself_refuses_to_change_a_seal
            }
            erasing {
                an_erased_text_is_nowhere_and_every_seal_fits
                the_entry_says_what_was_erased_and_its_reason_can_go_too
                nothing_is_erased_when_anything_was_written_meanwhile
                the_database_itself_lets_nothing_be_changed_but_what_is_erased
                an_erasure_that_no_entry_says_is_found
                an_erasure_that_only_an_entry_of_another_resource_says_is_found
                an_erasure_of_the_text_alone_or_for_another_text_is_found
                a_text_that_is_not_what_an_erasure_left_is_found
            }
            tampering {
                a_change_in_any_column_is_found
                entries_that_are_moved_added_or_gone_are_found
                a_change_of_a_text_about_people_is_found
                a_change_of_the_seals_is_found
            }
            trail {
                a_command_is_one_entry_with_all_that_it_wrote
                pages_of_a_trail_are_what_was_asked_for_and_all_of_it
                refusals_of_an_hour_add_up_and_whoever_has_the_most_loses_the_oldest
            }
            $($more)*
        }
    };
}

conformance! {
    sqlite
    exhaustion {
        a_full_file_refuses_and_loses_nothing
    }
}
conformance! {
    postgres
    replicas {
        followers_at_three_replicas_see_the_same_of_forty_eight_writers
        replicas_that_open_at_once_migrate_once
        another_replica_is_woken_sooner_than_it_would_look
        whoever_writes_to_the_journal_keeps_writers_waiting_and_no_reader
        what_one_release_carried_out_the_other_does_not_a_second_time
    }
    turns {
        a_transition_is_a_load_and_a_commit
    }
    searching {
        a_trail_is_found_by_an_index
        of_what_is_not_seen_as_much_is_read_as_of_what_does_not_exist
    }
    exhaustion {
        callers_that_get_no_connection_are_told_in_time_and_served_later
    }
    faults {
        commits_that_touch_the_same_rows_in_other_orders_are_all_written
        a_commit_that_the_server_cannot_write_takes_no_neighbour_with_it
        whoever_waits_for_a_lock_keeps_nobody_waiting
        callers_that_leave_a_distant_server_leave_no_transaction_behind
        a_server_that_says_nothing_keeps_nobody_from_closing
        a_server_that_never_answers_is_no_schema
        another_connection_hears_the_others_when_one_has_gone_silent
        tables_out_of_the_way_are_not_taken_for_none
        a_server_that_says_nothing_is_given_up_and_its_connection_with_it
    }
}
tests! {
    pgbouncer
    commits {
        a_commit_writes_all_or_nothing
        a_stopped_commit_leaves_the_others_of_its_group_alone
        exactly_one_row_can_be_demanded
        a_violated_constraint_is_named_by_its_columns
        an_error_of_the_database_undoes_its_own_commit_alone
    }
    changes {
        a_change_writes_row_journal_duties_reply_and_side_rows_together
        the_slower_of_two_changes_is_stopped_by_the_version
        state_and_remembered_reply_are_loaded_from_one_moment
        folding_the_journal_gives_the_row
    }
    journal {
        revisions_are_dense_and_causal_under_sixteen_writers
        stopped_commits_leave_no_gap
        followers_are_woken_within_a_second
    }
    following {
        a_follower_of_sixteen_writers_misses_nothing
    }
    cursors {
        of_many_followers_racing_one_moves_the_cursor
    }
    pages {
        pages_are_filtered
    }
    duties {
        a_change_writes_only_the_duties_that_differ
        overdue_is_what_waits_since_before_its_own_moment
    }
    visibility {
        reading_sees_every_acknowledged_commit
    }
    reopening {
        closing_and_reopening_keeps_everything
    }
    replicas {
        followers_at_three_replicas_see_the_same_of_forty_eight_writers
    }
    kills {
        acknowledged_commits_survive_a_kill_around_each_commit
    }
    turns {
        a_lent_connection_takes_four_turns_a_statement
    }
    pooling {
        more_clients_than_connections_share_them
        callers_that_go_away_lose_nothing_and_block_nobody
        a_statement_has_its_limit_on_the_server_and_leaves_nothing_there
        another_replica_finds_out_by_looking
        migrations_ask_for_the_server_itself
    }
}
