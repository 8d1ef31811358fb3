//! The bounds that the interface itself has, whatever the settings say.

/// The longest `input` of a speech request by default, in characters: as in the original interface.
pub const SPEECH_INPUT_CHARS: usize = 4096;
/// The longest `instructions`, in characters.
pub const INSTRUCTIONS_CHARS: usize = 4096;
/// The longest `ref_text`, in characters.
pub const REF_TEXT_CHARS: usize = 4096;
/// The largest reference audio by default, in bytes.
pub const REF_AUDIO_BYTES: usize = 10 << 20;
/// The slowest speech: a quarter of the natural speed.
pub const SPEED_MIN: f32 = 0.25;
/// The fastest speech: four times the natural speed.
pub const SPEED_MAX: f32 = 4.0;
/// What `pcm` is: samples a second, mono, signed 16-bit little-endian, without a header.
pub const PCM_HZ: u32 = 24_000;
/// How much audio one output token of [`crate::SpeechUsage`] stands for, in milliseconds.
pub const TOKEN_MS: u64 = 80;
/// The longest `x-request-id` taken over from a caller, in bytes.
pub const REQUEST_ID_BYTES: usize = 128;
/// The longest `model`, `voice` or `language`, in bytes: longer ones name nothing. A kept voice's name has
/// up to 100 characters of four bytes.
pub const NAME_BYTES: usize = 400;
