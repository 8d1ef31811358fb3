//! The audio tracks of a file, and which one is decoded.

use std::fmt;

use super::sample_sink::SampleSink;
use super::{Container, DecodeError};

/// The most audio tracks that a file may have.
pub(super) const MAX_TRACKS: usize = 64;

/// One audio track of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// Its number among the audio tracks, from 1.
    pub number: usize,
    /// Its codec: `aac alac flac mp2 mp3 opus pcm vorbis`, or `unknown`.
    pub codec: &'static str,
    /// Its language as the file states it: `en`, `eng`, `pt-BR`. ASCII.
    pub language: Option<String>,
    /// Whether it is the one that was decoded.
    pub chosen: bool,
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.number, self.codec)?;
        if let Some(language) = &self.language {
            write!(f, ", {language}")?;
        }
        write!(f, ")")
    }
}

/// An audio track as a container describes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    /// None: the codec is not decoded here.
    pub(super) codec: Option<&'static str>,
    pub(super) language: Option<String>,
    /// Whether the file marks it as the one to play.
    pub(super) default: bool,
}

/// Which track to decode, by its index: the one that was requested, else the first one that the
/// file marks as default, else the first. Tracks that are not decoded here come last. The others
/// are named in a notice.
pub(super) fn select(
    candidates: &[Candidate],
    sink: &mut SampleSink<'_>,
) -> Result<usize, DecodeError> {
    let container = sink.container();
    let listed = |chosen: Option<usize>| {
        let tracks = candidates.iter().enumerate();
        tracks.map(move |(at, track)| Track {
            number: at + 1,
            codec: track.codec.unwrap_or("unknown"),
            language: track.language.clone(),
            chosen: chosen == Some(at),
        })
    };
    let chosen = match sink.options().track {
        Some(number) => number
            .checked_sub(1)
            .filter(|at| *at < candidates.len())
            .ok_or_else(|| {
                let tracks = join(listed(None));
                DecodeError::NoTrack { number, tracks }
            })?,
        None => candidates
            .iter()
            .position(|track| track.default && track.codec.is_some())
            .or_else(|| candidates.iter().position(|track| track.codec.is_some()))
            .ok_or_else(|| no_known_codec(container))?,
    };
    if candidates[chosen].codec.is_none() {
        return Err(no_known_codec(container));
    }
    let tracks: Vec<_> = listed(Some(chosen)).collect();
    if tracks.len() > 1 && sink.options().track.is_none() {
        let others = join(tracks.iter().filter(|track| !track.chosen));
        sink.notice(format!(
            "audio track {} of {} is used; not used: {others}",
            tracks[chosen],
            tracks.len()
        ));
    }
    sink.set_tracks(tracks);
    Ok(chosen)
}

pub(super) fn no_known_codec(container: Container) -> DecodeError {
    container.unsupported("it has no audio track of a supported codec")
}

fn join(tracks: impl Iterator<Item = impl fmt::Display>) -> String {
    let tracks: Vec<_> = tracks.map(|track| track.to_string()).collect();
    tracks.join(", ")
}

/// A language as files state it, where it is one.
pub(super) fn language(tag: &str) -> Option<String> {
    let tag = tag.trim_end_matches('\0');
    let plain = (2..=16).contains(&tag.len())
        && tag
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (plain && tag != "und").then(|| tag.to_owned())
}
