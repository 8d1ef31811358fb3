//! A recording that a command works on.

use std::io::Read;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use mynah_audio::{Clip, DecodeLimits, DecodeOptions, decode_with};
use mynah_speech_translation::SESSION_RATE;

use crate::config::RecordingSettings;
use crate::output::print::note;

/// The largest file, in bytes.
const MAX_RECORDING_BYTES: usize = 2 << 30;

/// Seconds that no file of [`MAX_RECORDING_BYTES`] reaches at any rate that audio has: a century.
const NO_LIMIT_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

/// Which audio track of a recording.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct TrackArgs {
    /// Audio track of a file that has several, from 1 [default: the file's default track]
    #[arg(long, value_name = "NUMBER")]
    track: Option<usize>,
}

/// Reads and decodes a file, or standard input for `-`, at the rate of a session. What of it was
/// left out is said on standard error.
pub(crate) async fn read(
    path: &Path,
    limits: DecodeLimits,
    track: TrackArgs,
) -> anyhow::Result<Clip> {
    let path = path.to_owned();
    let clip = tokio::task::spawn_blocking(move || {
        let bytes = bytes(&path, limits.max_bytes)
            .with_context(|| format!("{} can't be read", path.display()))?;
        let options = DecodeOptions::new(limits)
            .at(SESSION_RATE)
            .track(track.track)
            .piped(path == Path::new("-"));
        let decoded = decode_with(bytes, &options).with_context(|| path.display().to_string())?;
        for notice in &decoded.notices {
            note!("{}: {notice}", path.display());
        }
        anyhow::Ok(decoded.clip)
    });
    clip.await?
}

/// One byte more than allowed is enough for the decoder to refuse the file.
fn bytes(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    let mut bytes = Vec::new();
    source.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How long a recording may be.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct LengthArgs {
    /// Refuse a recording that is longer, in seconds [default: the setting
    /// `recording.max_seconds`, else no limit]
    #[arg(long, value_name = "SECONDS")]
    max_seconds: Option<NonZeroU64>,
}

impl LengthArgs {
    /// What a recording on this machine may be, by the flag, else by the settings. Its owner asked
    /// for it, so more than an upload.
    pub(crate) fn limits(self, settings: RecordingSettings) -> DecodeLimits {
        let max_seconds = self.max_seconds.or(settings.max_seconds);
        DecodeLimits {
            max_bytes: MAX_RECORDING_BYTES,
            max_duration: Duration::from_secs(
                max_seconds.map_or(NO_LIMIT_SECONDS, NonZeroU64::get),
            ),
            ..DecodeLimits::default()
        }
    }
}
