//! Where log lines go: stderr, as JSON for a server and as text for a person.

use std::io::IsTerminal;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

/// How the program logs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogSettings {
    /// `json`, `text`, or `auto`: JSON for a server whose stderr is not a terminal.
    pub(crate) format: LogFormat,
    /// What is logged, as `tracing` directives such as `info` or `warn,mynah_server=debug`.
    /// Empty: `info` for a server, `warn` for other commands. `RUST_LOG` goes before it.
    pub(crate) filter: String,
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// By where stderr goes.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}

/// Begins to log. `server`: whether a long-running server writes these lines.
pub(crate) fn start(settings: &LogSettings, verbose: u8, server: bool) {
    let usual = match (verbose, server) {
        (0, false) => "warn",
        (0, true) | (1, _) => "info",
        (2, _) => "debug",
        _ => "trace",
    };
    let configured = if settings.filter.is_empty() || verbose > 0 {
        usual
    } else {
        &settings.filter
    };
    let filter = EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(configured))
        .unwrap_or_else(|_| EnvFilter::new(usual));
    let json = match settings.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => server && !std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // It would tell of a closed stderr on stderr, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    if json {
        lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .init();
    } else {
        lines.with_target(false).init();
    }
}
