//! What every bus must do, in one set of tests for all of them.
//!
//! Kafka's run where `MYNAH_BUS__BROKERS` names brokers, and say so where they do not; with
//! `MYNAH_TEST_SERVICES=required` that is a failure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(feature = "kafka")]
#[path = "../support/committed.rs"]
mod committed;
mod groups;
mod harness;
#[cfg(feature = "kafka")]
mod kafka_only;
#[cfg(feature = "kafka")]
mod kafka_tls;
mod publishing;
mod reading;
#[cfg(feature = "kafka")]
#[path = "../support/services.rs"]
mod services;
mod topics;

macro_rules! on_every_bus {
    ($($module:ident::$case:ident),* $(,)?) => {
        mod memory {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::harness::within(crate::$module::$case(crate::harness::memory())).await;
                }
            )*
        }

        #[cfg(feature = "kafka")]
        mod kafka {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    if let Some(bench) = crate::harness::kafka().await {
                        crate::harness::within(crate::$module::$case(bench)).await;
                    }
                }
            )*
        }
    };
}

on_every_bus! {
    publishing::records_of_a_key_keep_their_order,
    publishing::what_is_published_comes_back_as_it_went,
    publishing::pipelined_publishes_keep_their_order,
    publishing::a_record_at_the_size_limit_is_published_and_no_larger_one,
    publishing::nothing_is_published_after_the_end,
    topics::a_topic_that_is_not_there_is_named,
    topics::ensuring_twice_changes_nothing,
    topics::a_bus_is_ready,
    groups::members_share_the_partitions,
    groups::a_new_member_begins_where_the_one_that_left_stopped,
    groups::a_new_member_begins_where_the_one_that_vanished_stopped,
    groups::an_acknowledged_commit_survives_a_crash,
    groups::committed_offsets_never_go_back,
    groups::a_paused_partition_is_silent_until_it_is_resumed,
    groups::a_latest_group_without_commits_always_begins_at_the_end,
    groups::a_latest_group_with_commits_takes_up_where_it_was,
    groups::a_member_knows_how_far_it_is_behind,
    reading::a_tail_sees_every_record_after_it_was_opened,
    reading::a_bounded_read_ends_with_what_was_there,
    reading::deleted_records_are_passed_over,
    reading::a_reader_begins_at_an_offset,
    reading::a_reader_begins_at_a_time,
    reading::nothing_to_read_ends_at_once,
}
