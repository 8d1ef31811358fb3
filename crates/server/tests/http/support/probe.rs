//! ffprobe, the judge of every format.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What ffprobe says of a file.
#[derive(Debug)]
pub(crate) struct Probed {
    pub(crate) codec: String,
    pub(crate) rate: u32,
    pub(crate) channels: u64,
    /// Seconds, by the packets that are really there.
    pub(crate) seconds: f64,
    /// All tags, in lower case.
    pub(crate) tags: String,
}

/// Judges a file. Bare samples have no header, so their `format` is told.
pub(crate) fn probe(file: &[u8], format: &str) -> Probed {
    let mut command = Command::new("ffprobe");
    command.args([
        "-v",
        "error",
        "-of",
        "json",
        "-show_streams",
        "-show_format",
        "-show_packets",
    ]);
    if format == "pcm" {
        command.args(["-f", "s16le", "-ar", "24000", "-ch_layout", "mono"]);
    }
    // From a file and not a pipe: ffprobe seeks, as players do.
    let mut named = tempfile::NamedTempFile::new().unwrap();
    named.write_all(file).unwrap();
    let output = command
        .arg(named.path())
        .stdin(Stdio::null())
        .output()
        .expect("ffprobe is installed");
    assert!(
        output.stderr.is_empty(),
        "{format}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let stream = &report["streams"][0];
    let seconds = report["packets"]
        .as_array()
        .unwrap()
        .iter()
        .map(duration)
        .sum();
    let tags = format!("{} {}", report["format"]["tags"], stream["tags"]).to_lowercase();
    Probed {
        codec: stream["codec_name"].as_str().unwrap().into(),
        rate: stream["sample_rate"].as_str().unwrap().parse().unwrap(),
        channels: stream["channels"].as_u64().unwrap(),
        seconds,
        tags,
    }
}

fn duration(packet: &Value) -> f64 {
    packet["duration_time"]
        .as_str()
        .map_or(0.0, |time| time.parse().unwrap())
}
