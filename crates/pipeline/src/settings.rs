//! The settings of the pipeline.

use std::net::SocketAddr;
use std::time::Duration;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stages over a bus: concurrency, retries and time limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PipelineSettings {
    /// The address on which `mynah pipeline run` serves `/livez`, `/readyz`, `/startupz` and `/metrics`.
    /// Default `127.0.0.1:9090`.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Host names by which `/livez`, `/readyz`, `/startupz` and `/metrics` may be requested beside
    /// IP addresses and `localhost`; other names are refused. Default none.
    pub hosts: Vec<String>,
    /// Records of all sessions that one stage works on at the same time. Default 8.
    #[garde(range(min = 1, max = 256))]
    pub concurrent: usize,
    /// Records of one partition in the process at which the partition is paused. Default 512.
    #[garde(range(min = 16, max = 65_536))]
    pub waiting: usize,
    /// Attempts for work with a transient failure. Default 4.
    #[garde(range(min = 1, max = 100))]
    pub attempts: usize,
    /// Seconds for which an unreachable object store is waited for before the segment is a dead
    /// letter. Default 120.
    #[garde(range(min = 1, max = 3_600))]
    pub outage_seconds: u32,
    /// Seconds without a chunk after which a session is over. Default 15.
    #[garde(range(min = 2, max = 3_600))]
    pub silence_seconds: u32,
    /// Seconds before the first unfinished record from which a replica that takes a partition over
    /// replays the outputs. Covers differences between the clocks of brokers. Default 30.
    #[garde(range(max = 3_600))]
    pub output_replay_seconds: u32,
    /// Seconds that records in work may take after SIGTERM. Default 20.
    #[garde(range(min = 1, max = 600))]
    pub drain_seconds: u32,
    /// Seconds in which all dependencies must be ready at the start. Default 60.
    #[garde(range(min = 1, max = 3_600))]
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

impl PipelineSettings {
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
    use mynah_settings::check;

    use super::*;

    #[test]
    fn defaults_are_valid_and_all_errors_are_listed() {
        assert_eq!(check(&PipelineSettings::default()), Ok(()));
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
        let error = check(&wrong).unwrap_err();
        assert_eq!(error.problems().len(), 8, "{error}");
        assert!(error.to_string().contains("attempts must be 1 to 100"));
    }
}
