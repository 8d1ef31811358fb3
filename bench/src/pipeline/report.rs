//! What came of it, for people and for programs.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use mynah_bus::event::Event;
use serde::Serialize;

use super::LoadTest;
use super::quantiles::Quantiles;
use super::segment_trace::SegmentTraces;
use super::session_result::{Segment, SessionResult};
use super::thresholds::{MAX_FIRST_AUDIO, MAX_HOP, MAX_HOP_IN_PROCESS};
use super::timeline::Timeline;
use crate::Threshold;

const NOTE: &str = "The engines are the gateway's own: the demo engines unless it was set up \
                    otherwise. Their numbers say nothing of other engines.";

/// The result of a run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What to know before reading on.
    pub note: &'static str,
    /// Sessions at once.
    pub sessions: usize,
    /// How often each said the speech.
    pub rounds: usize,
    /// Whether all began at the same moment.
    pub together: bool,
    /// How long the speech is, in seconds.
    pub speech_seconds: f64,
    /// Runnable tasks over the last minute before and after (`/proc/loadavg`), where it is known.
    pub load: [Option<f64>; 2],
    /// By how many milliseconds a sender was late at worst.
    pub sender_late_ms: f64,
    /// Voices that spoke, where the topics were read.
    pub voices: Vec<String>,
    /// Segments that were interpreted.
    pub done: usize,
    /// The times.
    pub tables: Vec<ReportTable>,
    /// What is missing.
    pub lost: Lost,
    /// Records whose identity was there before, by record; none where the topics were not read.
    pub duplicates: Option<BTreeMap<&'static str, usize>>,
    /// Records of these sessions, by record; none where the topics were not read.
    pub records: Option<BTreeMap<&'static str, usize>>,
    /// What ended sessions before their time, and what failed.
    pub errors: Vec<String>,
}

/// Times of one origin.
#[derive(Debug, Serialize)]
pub struct ReportTable {
    /// What they have in common.
    pub title: &'static str,
    /// The times.
    pub rows: Vec<Row>,
}

/// One time.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Of what.
    pub name: String,
    /// How long, in milliseconds.
    #[serde(flatten)]
    pub ms: Quantiles,
    /// The threshold of its p95, where it has one.
    pub threshold: Option<Threshold>,
    /// Whether it is.
    pub holds: Option<bool>,
}

/// What is missing.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Segments without a done or failed: all sessions say the same, so that each should have as
    /// many as the one with the most.
    pub segments: usize,
    /// Segments that failed, with an answer.
    pub failed: usize,
    /// Sessions without an end.
    pub sessions: usize,
    /// Sessions whose words are not those of most.
    pub other_words: usize,
    /// Segments on the topics that went nowhere; none where the topics were not read.
    pub on_topics: Option<usize>,
}

impl Report {
    pub(super) fn new(
        drive: &LoadTest,
        timeline: &Timeline,
        results: &[SessionResult],
        events: Option<&[Event]>,
        metrics: Vec<(String, Quantiles)>,
        load: [Option<f64>; 2],
    ) -> Self {
        let traces = events.map(SegmentTraces::new);
        let mut tables = vec![
            ReportTable::new(
                "At the client, from the last spoken sample",
                at_client(timeline, results),
                None,
            ),
            ReportTable::new(
                "By the gateway's own timings (session.segment.done)",
                by_gateway(results),
                None,
            ),
        ];
        if let Some(traces) = &traces {
            let rows = traces.rows(results);
            tables.push(ReportTable::new(
                "By the events on the topics",
                rows,
                Some(MAX_HOP),
            ));
        }
        if !metrics.is_empty() {
            let threshold = if events.is_some() {
                MAX_HOP
            } else {
                MAX_HOP_IN_PROCESS
            };
            let title = "By /metrics: the bound above each";
            tables.push(ReportTable::new(title, metrics, Some(threshold)));
        }
        let errors = results.iter().flat_map(|session| {
            let failed = session.failed.iter();
            let failed = failed.map(|(segment, code)| format!("segment {segment} failed: {code}"));
            session.error.clone().into_iter().chain(failed)
        });
        let late = results.iter().map(|session| session.late).max();
        Self {
            note: NOTE,
            sessions: results.len(),
            rounds: drive.rounds,
            together: drive.together,
            speech_seconds: timeline.speech_duration().as_secs_f64(),
            load,
            sender_late_ms: ms(late.unwrap_or_default()),
            voices: traces
                .iter()
                .flat_map(|own| own.models.iter().cloned())
                .collect(),
            done: results.iter().map(|session| session.segments.len()).sum(),
            tables,
            lost: lost(results, traces.as_ref()),
            errors: errors.collect(),
            duplicates: traces.as_ref().map(|own| own.duplicates.clone()),
            records: traces.map(|own| own.records),
        }
    }

    /// Whether nothing was lost.
    pub fn is_whole(&self) -> bool {
        self.lost
            == Lost {
                on_topics: self.lost.on_topics.map(|_| 0),
                ..Lost::default()
            }
    }
}

impl ReportTable {
    /// The threshold is for hops from stage to stage; what reaches the client passes the gateway as well.
    fn new(title: &'static str, rows: Vec<(String, Quantiles)>, hop: Option<Threshold>) -> Self {
        let rows = rows.into_iter().map(|(name, ms)| {
            let threshold = match hop {
                None if name.starts_with("first translated audio") => Some(MAX_FIRST_AUDIO),
                Some(hop) if name.ends_with("hop") && !name.contains("client") => Some(hop),
                _ => None,
            };
            let holds = threshold.map(|threshold| threshold.holds(ms.p95));
            Row {
                name,
                ms,
                threshold,
                holds,
            }
        });
        Self {
            title,
            rows: rows.collect(),
        }
    }
}

fn at_client(timeline: &Timeline, results: &[SessionResult]) -> Vec<(String, Quantiles)> {
    type At = fn(&Segment) -> Option<Duration>;
    let times: [(&str, At); 5] = [
        ("first caption", |segment| segment.caption),
        ("commit lag: translated text", |segment| segment.translated),
        ("first translated audio", |segment| segment.sound),
        ("first translated audio over -50 dBFS", |segment| {
            segment.audible
        }),
        ("segment done", |segment| Some(segment.done)),
    ];
    let segments = || results.iter().flat_map(|session| &session.segments);
    let row = |(name, at): (&str, At)| {
        let values = segments().filter_map(|segment| {
            let spoken = timeline.last_speech_sample(segment.end_ms)?;
            Some(ms(at(segment)?) - ms(spoken))
        });
        Some((name.to_owned(), Quantiles::of(values.collect())?))
    };
    times.into_iter().filter_map(row).collect()
}

fn by_gateway(results: &[SessionResult]) -> Vec<(String, Quantiles)> {
    type Took = fn(&Segment) -> u64;
    let times: [(&str, Took); 4] = [
        ("detect, hang-over included", |segment| {
            segment.timings.detect_ms
        }),
        ("waiting before stages, in all", |segment| {
            segment.timings.queue_ms
        }),
        ("recognize", |segment| segment.timings.recognize_ms),
        ("translate", |segment| segment.timings.translate_ms),
    ];
    let segments = || results.iter().flat_map(|session| &session.segments);
    let row = |(name, took): (&str, Took)| {
        let values = segments().map(|segment| took(segment) as f64);
        Some((name.to_owned(), Quantiles::of(values.collect())?))
    };
    times.into_iter().filter_map(row).collect()
}

fn lost(results: &[SessionResult], traces: Option<&SegmentTraces>) -> Lost {
    let most = results
        .iter()
        .map(SessionResult::answered)
        .max()
        .unwrap_or(0);
    let mut words = HashMap::<Vec<&str>, usize>::new();
    for session in results {
        *words.entry(session.words()).or_default() += 1;
    }
    let alike = words.into_values().max().unwrap_or(0);
    Lost {
        segments: results
            .iter()
            .map(|session| most - session.answered())
            .sum(),
        failed: results.iter().map(|session| session.failed.len()).sum(),
        sessions: results.iter().filter(|session| !session.ended).count(),
        other_words: results.len() - alike,
        on_topics: traces.map(SegmentTraces::lost),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sessions, rounds, ..
        } = self;
        let begin = if self.together {
            "begun together"
        } else {
            "begun spread over a round"
        };
        let load = self
            .load
            .map(|load| load.map_or("?".into(), |load| load.to_string()));
        writeln!(f, "{}", self.note)?;
        writeln!(
            f,
            "{sessions} sessions, {begin}; {rounds} rounds of {:.2} s of speech each; load average \
             {} before, {} after; senders late by {:.0} ms at most",
            self.speech_seconds, load[0], load[1], self.sender_late_ms
        )?;
        for table in &self.tables {
            writeln!(f, "\n{}, in ms", table.title)?;
            let head = ["p50", "p95", "p99", "max", "count"];
            writeln!(
                f,
                "  {:38}{}",
                "",
                head.map(|name| format!("{name:>9}")).concat()
            )?;
            table.rows.iter().try_for_each(|row| write!(f, "{row}"))?;
        }
        let Lost {
            segments,
            failed,
            sessions,
            other_words,
            on_topics,
        } = &self.lost;
        let metrics =
            |count: Option<usize>| count.map_or("not read".into(), |count| count.to_string());
        writeln!(
            f,
            "\n{} segments done; lost: {segments} segments, {failed} failed, {sessions} sessions \
             without an end, {other_words} with other words; on the topics: {} lost, {} duplicates",
            self.done,
            metrics(*on_topics),
            metrics(self.duplicates.as_ref().map(|own| own.values().sum())),
        )?;
        self.errors
            .iter()
            .try_for_each(|error| writeln!(f, "  {error}"))
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quantiles {
            count,
            p50,
            p95,
            p99,
            max,
        } = &self.ms;
        let max = max.map_or("-".into(), |max| format!("{max:.1}"));
        let verdict = match (self.threshold, self.holds) {
            (Some(Threshold::AtMost(most)), Some(true)) => format!("  p95 ≤ {most}: holds"),
            (Some(Threshold::AtMost(most)), Some(false)) => format!("  p95 ≤ {most}: MISSED"),
            _ => String::new(),
        };
        writeln!(
            f,
            "  {:38}{p50:9.1}{p95:9.1}{p99:9.1}{max:>9}{count:9}{verdict}",
            self.name
        )
    }
}
