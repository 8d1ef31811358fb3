//! One set of tests that every bus must pass.
//!
//! Kafka's run where `MYNAH_BUS__BROKERS` names brokers, and print that they are skipped without; with
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
    publishing::published_records_are_read_back_unchanged,
    publishing::pipelined_publishes_keep_their_order,
    publishing::a_record_at_the_size_limit_is_published_and_no_larger_one,
    publishing::nothing_is_published_after_the_end,
    topics::a_missing_topic_is_named,
    topics::ensuring_twice_changes_nothing,
    topics::a_bus_is_ready,
    groups::members_share_the_partitions,
    groups::new_members_begin_at_the_committed_position_of_members_that_left,
    groups::new_members_begin_at_the_committed_position_of_members_that_crashed,
    groups::an_acknowledged_commit_survives_a_crash,
    groups::a_released_partition_has_its_metadata_at_release,
    groups::a_refused_commit_ends_at_once,
    groups::committed_offsets_never_go_back,
    groups::a_paused_partition_is_silent_until_it_is_resumed,
    groups::a_latest_group_without_commits_always_begins_at_the_end,
    groups::a_latest_group_with_commits_continues_at_its_position,
    groups::lag_is_the_number_of_undelivered_records,
    reading::a_tail_reads_every_record_after_its_start,
    reading::a_bounded_read_excludes_records_published_after_its_start,
    reading::deleted_records_are_skipped,
    reading::a_reader_begins_at_an_offset,
    reading::a_reader_begins_at_a_time,
    reading::nothing_to_read_ends_at_once,
}
