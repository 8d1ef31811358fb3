//! Where log lines go: stderr, as JSON for a server and as text for a person.

use std::io::IsTerminal;

use garde::Validate;
use mynah_settings::rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{EnvFilter, FilterFn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::output::print::note;
use crate::telemetry::Telemetry;

/// How the program logs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct LogSettings {
    /// `json`, `text`, or `auto`: JSON for a server whose stderr is not a terminal.
    pub(crate) format: LogFormat,
    /// What is logged, as `tracing` directives such as `info` or `warn,mynah_server=debug`.
    /// Empty: `info` for a server, `warn` for other commands. `RUST_LOG` goes before it. Of
    /// libraries nothing is logged, whatever the level, but for warnings of librdkafka and
    /// whisper.cpp: at their most verbose levels they log content.
    #[garde(custom(are_directives))]
    pub(crate) filter: String,
}

/// For a rule: `tracing` can read the directives.
fn are_directives(filter: &str, &(): &()) -> garde::Result {
    let can_be_read = EnvFilter::try_new(filter).is_ok();
    let text = "must be directives such as info or warn,mynah_server=debug";
    rule(can_be_read, text)(filter, &())
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

/// What this program itself logs begins so: `mynah`, `mynah_server` and so on.
const OWN_TARGET: &str = "mynah";

/// The libraries that may log, each up to a level at which it logs no content. All others are
/// silent: a WebSocket library that traces its messages writes down what was said, and a new
/// dependency must not be able to.
const LIBRARIES: [(&str, LevelFilter); 2] = [
    ("librdkafka", LevelFilter::WARN),
    ("whisper.cpp", LevelFilter::WARN),
];

/// Lets through what this program logs, and what a named library may.
fn allowed() -> FilterFn {
    FilterFn::new(is_allowed as fn(&Metadata<'_>) -> bool)
}

fn is_allowed(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= max_level(metadata.target())
}

/// The most verbose level of a target.
fn max_level(target: &str) -> LevelFilter {
    let module = target.split("::").next().unwrap_or_default();
    if module == OWN_TARGET || module.starts_with("mynah_") {
        return LevelFilter::TRACE;
    }
    let library = LIBRARIES.iter().find(|(name, _)| *name == module);
    library.map_or(LevelFilter::OFF, |(_, level)| *level)
}

/// Lets a panic print where it happened, and its reason only where that stands in the program: a
/// reason that was made up may quote a text.
pub(crate) fn report_panics_without_data() {
    std::panic::set_hook(Box::new(|panic| {
        let reason = panic.payload().downcast_ref::<&str>().copied();
        let reason = reason.unwrap_or("a reason that is not printed");
        let place = panic.location().map(ToString::to_string);
        let place = place.unwrap_or_else(|| "an unknown place".into());
        note!("mynah: panicked at {place}: {reason}");
    }));
}

/// Begins to log, and to export spans where `telemetry` has a tracer. `server`: whether a
/// long-running server writes these lines.
pub(crate) fn start(settings: &LogSettings, verbose: u8, server: bool, telemetry: &Telemetry) {
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
    let lines = tracing_subscriber::fmt::layer()
        // It would report a closed stderr on stderr, and panic.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let lines = if json {
        let lines = lines.json().flatten_event(true).with_span_list(false);
        lines.with_filter(filter).boxed()
    } else {
        lines.with_target(false).with_filter(filter).boxed()
    };
    // Spans alone: events hold what a log line may say and a collector need not have.
    let spans = telemetry.tracer().map(|tracer| {
        let only_spans = FilterFn::new(|metadata: &Metadata<'_>| {
            metadata.is_span() && *metadata.level() <= LevelFilter::INFO
        });
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_filter(only_spans)
    });
    tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .with(allowed())
        .init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_log_nothing_unless_listed() {
        for own in ["mynah", "mynah::command", "mynah_server::run", "mynah_bus"] {
            assert_eq!(max_level(own), LevelFilter::TRACE, "{own}");
        }
        for silent in [
            "tungstenite::protocol",
            "tokio_tungstenite",
            "hyper::proto",
            "h2",
            "rdkafka::client",
            "ureq_proto",
            "reqwest::connect",
            "object_store::aws",
            "multer::buffer",
            "symphonia_core",
            "log",
            "a_dependency_of_tomorrow",
            "mynahs",
            "",
        ] {
            assert_eq!(max_level(silent), LevelFilter::OFF, "{silent}");
        }
        assert_eq!(max_level("librdkafka"), LevelFilter::WARN);
    }
}
