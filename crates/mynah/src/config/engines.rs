//! The settings of all engines, each its crate's own.

use garde::Validate;
use mynah_apertium::ApertiumSettings;
use mynah_bergamot::BergamotSettings;
use mynah_espeak::EspeakSettings;
use mynah_flite::FliteSettings;
use mynah_kokoro::KokoroSettings;
use mynah_marian::MarianSettings;
use mynah_openai::OpenAiSettings;
use mynah_pocketsphinx::PocketSphinxSettings;
use mynah_qwen3::Qwen3Settings;
use mynah_tone::ToneSettings;
use mynah_whisper::WhisperSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The engines. Each is opened when it is first needed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineSettings {
    /// Qwen3-TTS, which speaks.
    #[garde(dive)]
    pub(crate) qwen3: Qwen3Settings,
    /// Kokoro-82M, which speaks.
    #[garde(dive)]
    pub(crate) kokoro: KokoroSettings,
    /// CMU flite, which speaks.
    #[garde(dive)]
    pub(crate) flite: FliteSettings,
    /// eSpeak NG, which speaks.
    #[garde(dive)]
    pub(crate) espeak: EspeakSettings,
    /// Whisper, which recognizes.
    #[garde(dive)]
    pub(crate) whisper: WhisperSettings,
    /// CMU PocketSphinx, which recognizes.
    #[garde(dive)]
    pub(crate) pocketsphinx: PocketSphinxSettings,
    /// An OpenAI-compatible endpoint, which translates.
    #[garde(dive)]
    pub(crate) openai: OpenAiSettings,
    /// Bergamot, the models of Firefox, which translate.
    #[garde(dive)]
    pub(crate) bergamot: BergamotSettings,
    /// MarianMT, which translates.
    #[garde(dive)]
    pub(crate) marian: MarianSettings,
    /// Apertium, which translates.
    #[garde(dive)]
    pub(crate) apertium: ApertiumSettings,
    /// The test engine.
    #[garde(dive)]
    pub(crate) tone: ToneSettings,
}
