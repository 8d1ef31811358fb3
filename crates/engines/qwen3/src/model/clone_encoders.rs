//! The encoders of a reference recording, loaded when the first one is encoded: only cloning needs
//! them.

use crate::Qwen3Error;
use crate::config::EncoderConfig;
use crate::encoder::Encoder;
use crate::kernels::Precision;
use crate::request::{ClonePrompt, EncodedReference};
use crate::speaker::SpeakerEncoder;
use crate::weights::Loader;

use super::Model;
use super::files::EncoderSource;

/// The two networks that encode a reference recording.
#[derive(Debug)]
pub struct CloneEncoders {
    /// Sound to codes; None where the checkpoint's files lack it.
    pub encoder: Option<Encoder>,
    /// Sound to a speaker's embedding.
    pub speaker: SpeakerEncoder,
}

impl CloneEncoders {
    fn load(model: &Model) -> Result<Self, Qwen3Error> {
        let Some(config) = &model.config.speaker_encoder_config else {
            return Err(Qwen3Error::unsupported(
                "ref_audio",
                format!(
                    "this model {}; for a cloned voice use a checkpoint whose name ends in Base",
                    model.config.kind.capability()
                ),
            ));
        };
        let loader = |weights| Loader {
            weights,
            packed: None,
            pool: &model.pool,
            precision: Precision::F32,
            on_matrix: None,
        };
        let load = |config: &EncoderConfig| Encoder::load(&loader(&model.codec_weights), config);
        Ok(Self {
            encoder: match &model.encoder {
                EncoderSource::Folder(folder) => Some(load(&EncoderConfig::load(folder)?)?),
                EncoderSource::Metadata(config) => Some(load(config)?),
                EncoderSource::Absent => None,
            },
            speaker: SpeakerEncoder::load(&loader(&model.weights), config)?,
        })
    }
}

impl CloneEncoders {
    /// The codec's encoder.
    ///
    /// # Errors
    /// `Unsupported` where the checkpoint's files lack it.
    pub fn codec(&self) -> Result<&Encoder, Qwen3Error> {
        self.encoder.as_ref().ok_or_else(|| {
            Qwen3Error::unsupported(
                "ref_text",
                "this checkpoint has no encoder of recordings, which llama.cpp's converter leaves \
                 out; clone the voice without the recording's text, or use the checkpoint's folder \
                 of safetensors or the files of qwentts.cpp",
            )
        })
    }
}

impl Model {
    /// The encoders of a reference recording.
    ///
    /// # Errors
    /// `Unsupported` where this checkpoint clones no voices; `Tensor` and others where its files
    /// are not what they should be.
    pub fn clone_encoders(&self) -> Result<&CloneEncoders, Qwen3Error> {
        if let Some(clone_encoders) = self.clone_encoders.get() {
            return Ok(clone_encoders);
        }
        let loaded = CloneEncoders::load(self)?;
        Ok(self.clone_encoders.get_or_init(|| loaded))
    }

    /// A clone prompt from a recording: mono sound at 24 kHz, and its transcript where in-context
    /// learning is wanted.
    ///
    /// # Errors
    /// As [`Model::clone_encoders`]; `Invalid` where the sound is too short; `Unsupported` where a
    /// transcript is given and the checkpoint lacks the codec's encoder.
    pub fn create_clone_prompt(
        &self,
        samples: &[f32],
        text: Option<&str>,
    ) -> Result<ClonePrompt, Qwen3Error> {
        let encoders = self.clone_encoders()?;
        // Before the work: without the codec's encoder a transcript is of no use.
        let reference = text
            .map(|text| Ok::<_, Qwen3Error>((text, encoders.codec()?)))
            .transpose()?;
        let embedding = encoders.speaker.embed(&self.pool, samples)?;
        let reference = reference.map(|(text, encoder): (&str, &Encoder)| {
            let frames = encoder.encode(&self.pool, samples);
            EncodedReference {
                text: text.to_owned(),
                codes: frames
                    .iter()
                    .flatten()
                    .map(|code| u32::from(*code))
                    .collect(),
            }
        });
        Ok(ClonePrompt {
            embedding,
            reference,
        })
    }
}
