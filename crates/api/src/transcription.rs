//! `POST /v1/audio/transcriptions` and `/v1/audio/translations`: forms and answers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A request to write down what is said in a file. A multipart form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptionForm {
    /// The audio file: wav, mp3, ogg, opus, webm, flac or m4a. The format is detected from the content, not from the name.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
    /// Which model listens: an engine of `/v1/models`, or an alias such as `whisper-1`.
    #[schema(example = "whisper-1")]
    pub model: String,
    /// What is spoken: a BCP-47 tag or an English name, or `auto`, the
    /// default. A regional variant falls back to its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Which audio track of a file that has several, from 1; by default the default track of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 64)]
    pub track: Option<usize>,
    /// Words to expect: a hint, named in `mynah-ignored` where the model takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The format of the response; `json` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<TextFormat>,
    /// How freely to guess, 0 to 1: a hint, named in `mynah-ignored` where the model does not
    /// sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub temperature: Option<f32>,
    /// Which times `verbose_json` has; `segment` by default.
    #[serde(
        default,
        rename = "timestamp_granularities[]",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub timestamp_granularities: Vec<Granularity>,
    /// Whether the text comes as server-sent events, segment by segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<bool>,
    /// For `srt` and `vtt`: the most characters of a line, 10 to 200, those of Chinese, Japanese and
    /// Korean counted as two; 42 unless the server is set up otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 10, maximum = 200)]
    pub max_line_width: Option<u16>,
    /// For `srt` and `vtt`: the most lines of a subtitle, 1 to 4; 2 unless set up otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 4)]
    pub max_line_count: Option<u16>,
    /// For `srt` and `vtt`: the most seconds that a subtitle is shown, 1 to 60; 7 unless set up
    /// otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 60)]
    pub max_cue_seconds: Option<u16>,
}

/// A request to write down in English what is said in a file. A multipart form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranslationForm {
    /// The audio file: wav, mp3, ogg, opus, webm, flac or m4a. The format is detected from the content, not from the name.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
    /// Which model listens: an engine of `/v1/models`, or an alias such as `whisper-1`.
    #[schema(example = "whisper-1")]
    pub model: String,
    /// What is spoken: a BCP-47 tag or an English name, or `auto`, the
    /// default. A regional variant falls back to its language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Which audio track of a file that has several, from 1; by default the default track of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 64)]
    pub track: Option<usize>,
    /// Words to expect: a hint, named in `mynah-ignored` where the model takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The format of the response; `json` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<TextFormat>,
    /// How freely to guess, 0 to 1: a hint, named in `mynah-ignored` where the model does not
    /// sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub temperature: Option<f32>,
    /// For `srt` and `vtt`: the most characters of a line, 10 to 200, those of Chinese, Japanese and
    /// Korean counted as two; 42 unless the server is set up otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 10, maximum = 200)]
    pub max_line_width: Option<u16>,
    /// For `srt` and `vtt`: the most lines of a subtitle, 1 to 4; 2 unless set up otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 4)]
    pub max_line_count: Option<u16>,
    /// For `srt` and `vtt`: the most seconds that a subtitle is shown, 1 to 60; 7 unless set up
    /// otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 60)]
    pub max_cue_seconds: Option<u16>,
}

/// The shape of a transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// The text in an object.
    #[default]
    Json,
    /// The text alone, with a line break at its end.
    Text,
    /// SubRip subtitles.
    Srt,
    /// WebVTT subtitles.
    Vtt,
    /// The text, its segments and their times.
    VerboseJson,
}

impl TextFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Json,
        Self::Text,
        Self::Srt,
        Self::Vtt,
        Self::VerboseJson,
    ];
}

/// Which times the answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// Those of words, where the engine has them.
    Word,
    /// Those of segments.
    Segment,
}

/// A transcript as `json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptionJson {
    /// The whole transcript; empty without speech.
    pub text: String,
    /// What it took.
    pub usage: DurationUsage,
}

/// A transcript as `verbose_json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptionVerbose {
    /// What was done.
    pub task: TranscriptionTask,
    /// What was spoken, as a BCP-47 tag.
    pub language: String,
    /// How long the upload lasts, in seconds.
    pub duration: f64,
    /// The whole transcript; empty without speech.
    pub text: String,
    /// The stretches of speech, in order.
    pub segments: Vec<TranscriptionSegment>,
    /// The words, where they were requested and the engine has their times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub words: Option<Vec<TranscriptionWord>>,
    /// What of the upload was left out, such as other audio tracks; absent if nothing was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What it took.
    pub usage: DurationUsage,
}

/// A transcript as JSON, in the shape that was requested.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TranscriptionBody {
    /// For `verbose_json`.
    Verbose(TranscriptionVerbose),
    /// For `json`.
    Json(TranscriptionJson),
}

/// What was done with the audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TranscriptionTask {
    /// Written down in its own language.
    Transcribe,
    /// Written down in English.
    Translate,
}

/// A stretch of speech. Scores that the engine does not have are left out and not made up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptionSegment {
    /// Its number, from 0.
    pub id: u64,
    /// Its start, in seconds from that of the upload.
    pub start: f64,
    /// Its end, in seconds from the start of the upload.
    pub end: f64,
    /// What was said.
    pub text: String,
}

/// A word and its times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TranscriptionWord {
    /// The word.
    pub word: String,
    /// Its start, in seconds from that of the upload.
    pub start: f64,
    /// Its end, in seconds from the start of the upload.
    pub end: f64,
}

/// What a transcript took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DurationUsage {
    /// That it is measured by time.
    #[serde(rename = "type")]
    pub kind: DurationUsageType,
    /// How long the upload lasts, in seconds.
    pub seconds: f64,
}

/// The one kind of usage that transcripts have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DurationUsageType {
    /// Seconds of audio.
    Duration,
}

impl DurationUsage {
    /// So many seconds of audio.
    pub const fn seconds(seconds: f64) -> Self {
        Self {
            kind: DurationUsageType::Duration,
            seconds,
        }
    }
}
