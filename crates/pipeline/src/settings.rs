//! The settings of the pipeline.

use std::net::SocketAddr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stages over a bus: concurrency, retries and time limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PipelineSettings {
    /// The address on which `mynah pipeline run` serves `/livez`, `/readyz`, `/startupz` and `/metrics`.
    /// Default `127.0.0.1:9090`.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Host names by which `/livez`, `/readyz`, `/startupz` and `/metrics` may be requested beside
    /// IP addresses and `localhost`; other names are refused. Default none.
    pub hosts: Vec<String>,
    /// Records of all sessions that one stage works on at the same time. 1 to 256, default 8.
    pub concurrent: usize,
    /// Records of one partition in the process at which the partition is paused. 16 to 65536,
    /// default 512.
    pub waiting: usize,
    /// Attempts for work with a transient failure. 1 to 100, default 4.
    pub attempts: usize,
    /// Seconds for which an unreachable object store is waited for before the segment is a dead
    /// letter. 1 to 3600, default 120.
    pub outage_seconds: u32,
    /// Seconds without a chunk after which a session is over. 2 to 3600, default 15.
    pub silence_seconds: u32,
    /// Seconds before the first unfinished record from which a replica that takes a partition over
    /// replays the outputs. Covers differences between the clocks of brokers. 0 to 3600, default 30.
    pub output_replay_seconds: u32,
    /// Seconds that records in work may take after SIGTERM. 1 to 600, default 20.
    pub drain_seconds: u32,
    /// Seconds in which all dependencies must be ready at the start. 1 to 3600, default 60.
    pub startup_seconds: u32,
    /// Whether events of speech hold the first 120 characters of the text. Default false.
    pub text_snippet: bool,
}

impl Default for PipelineSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9090)),
            hosts: Vec::new(),
            concurrent: 8,
            waiting: 512,
            attempts: 4,
            outage_seconds: 120,
            silence_seconds: 15,
            output_replay_seconds: 30,
            drain_seconds: 20,
            startup_seconds: 60,
            text_snippet: false,
        }
    }
}

/// All settings that are out of their ranges.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct InvalidPipelineSettings(pub Vec<String>);

impl PipelineSettings {
    /// Checks every range.
    ///
    /// # Errors
    /// Every setting that lies outside its range.
    pub fn validate(&self) -> Result<(), InvalidPipelineSettings> {
        let ranges = [
            ("concurrent", self.concurrent as u64, 1, 256),
            ("waiting", self.waiting as u64, 16, 65_536),
            ("attempts", self.attempts as u64, 1, 100),
            ("outage_seconds", self.outage_seconds.into(), 1, 3_600),
            ("silence_seconds", self.silence_seconds.into(), 2, 3_600),
            (
                "output_replay_seconds",
                self.output_replay_seconds.into(),
                0,
                3_600,
            ),
            ("drain_seconds", self.drain_seconds.into(), 1, 600),
            ("startup_seconds", self.startup_seconds.into(), 1, 3_600),
        ];
        let wrong: Vec<_> = ranges
            .into_iter()
            .filter(|(_, value, min, max)| !(min..=max).contains(&value))
            .map(|(name, _, min, max)| format!("{name} must be {min} to {max}"))
            .collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(InvalidPipelineSettings(wrong))
        }
    }

    pub(crate) fn outage(&self) -> Duration {
        Duration::from_secs(self.outage_seconds.into())
    }

    pub(crate) fn silence(&self) -> Duration {
        Duration::from_secs(self.silence_seconds.into())
    }

    pub(crate) fn output_replay_ms(&self) -> i64 {
        i64::from(self.output_replay_seconds) * 1_000
    }

    pub(crate) fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds.into())
    }

    /// The time limit of the start.
    pub fn startup(&self) -> Duration {
        Duration::from_secs(self.startup_seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_all_errors_are_listed() {
        assert_eq!(PipelineSettings::default().validate(), Ok(()));
        let wrong = PipelineSettings {
            concurrent: 0,
            waiting: 15,
            attempts: 101,
            outage_seconds: 0,
            silence_seconds: 1,
            output_replay_seconds: 3_601,
            drain_seconds: 601,
            startup_seconds: 0,
            ..PipelineSettings::default()
        };
        let error = wrong.validate().unwrap_err();
        assert_eq!(error.0.len(), 8, "{error}");
        assert!(error.to_string().contains("attempts must be 1 to 100"));
    }
}
