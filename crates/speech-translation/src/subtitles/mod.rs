//! A segment's words as subtitles: lines and cues that a viewer can read in time.

mod layout;
mod partition;
mod settings;
mod timing;

pub use layout::{Cue, cues};
pub use settings::SubtitleSettings;
