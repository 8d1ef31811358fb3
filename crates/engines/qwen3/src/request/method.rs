//! The voice of a request.

use std::sync::Arc;

use crate::Qwen3Error;
use crate::config::{ModelConfig, ModelKind, TalkerConfig};

use super::{ClonePrompt, comma_separated, quoted};

/// The voice of a request.
#[derive(Clone, Debug)]
pub enum Method {
    /// A preset speaker's.
    CustomVoice {
        /// By name, in any case of letters. Without one the model takes a voice at random, as in
        /// the official package.
        speaker: Option<String>,
        /// How to speak; the larger model only.
        instruct: Option<String>,
    },
    /// One that is designed from a description.
    VoiceDesign {
        /// A description of the voice and its style.
        instruct: String,
    },
    /// A cloned one.
    Clone(Arc<ClonePrompt>),
}

impl Method {
    /// The kind of checkpoint that serves it.
    pub const fn kind(&self) -> ModelKind {
        match self {
            Self::CustomVoice { .. } => ModelKind::CustomVoice,
            Self::VoiceDesign { .. } => ModelKind::VoiceDesign,
            Self::Clone(_) => ModelKind::Base,
        }
    }

    /// Fails where the checkpoint is of another kind.
    pub(super) fn check(&self, config: &ModelConfig) -> Result<(), Qwen3Error> {
        if self.kind() == config.kind {
            return Ok(());
        }
        let (requested, use_instead) = match self.kind() {
            ModelKind::CustomVoice => ("a preset speaker", "CustomVoice"),
            ModelKind::VoiceDesign => ("a described voice", "VoiceDesign"),
            ModelKind::Base => ("a cloned voice", "Base"),
        };
        Err(Qwen3Error::unsupported(
            "voice",
            format!(
                "this model {}; for {requested} use a checkpoint whose name ends in {use_instead}",
                config.kind.capability()
            ),
        ))
    }
}

/// A preset speaker's name as the checkpoint writes it, and its codec id.
pub(super) fn speaker<'t>(
    talker: &'t TalkerConfig,
    name: &str,
) -> Result<(&'t str, u32), Qwen3Error> {
    talker
        .spk_id
        .get_key_value(&name.to_lowercase())
        .map(|(name, id)| (name.as_str(), *id))
        .ok_or_else(|| {
            Qwen3Error::unsupported(
                "voice",
                format!(
                    "there is no speaker {}; this model has {}",
                    quoted(name),
                    comma_separated(talker.speakers())
                ),
            )
        })
}
