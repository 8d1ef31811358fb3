//! A validated request, with its prompt laid out as ids.

use std::sync::Arc;

use crate::Qwen3Error;
use crate::config::SUPPRESSED_CODES;
use crate::generate::{Frame, GROUPS, GenerationParameters, runaway_frames};
use crate::prompt::{Layout, TextPart};
use crate::request::{ClonePrompt, Request, ValidRequest, ValidationMode};
use crate::sample::Sampler;

use super::Model;

/// A request that is ready for the model that prepared it.
#[derive(Clone, Debug)]
pub struct Prepared {
    layout: Layout,
    clone: Option<Arc<ClonePrompt>>,
    parameters: GenerationParameters,
    seed: Option<u64>,
    runaway_frames: usize,
}

impl Prepared {
    pub(super) fn new(
        model: &Model,
        request: &Request,
        mode: ValidationMode,
    ) -> Result<Self, Qwen3Error> {
        let config = model.config();
        let talker = &config.talker_config;
        let request: ValidRequest = request.validate(config, model.generation(), mode)?;
        let layout = request.layout(config, model.tokenizer())?;
        check_token_ids(model, &layout)?;
        let sampling = request.sampling();
        let language = request.language().and_then(|id| {
            let names = talker.codec_language_id.iter();
            let mut named = names.filter(|(_, other)| **other == id);
            named.next().map(|(name, _)| name.as_str())
        });
        Ok(Self {
            parameters: GenerationParameters {
                talker: sampler(&sampling.talker),
                predictor: sampler(&sampling.predictor),
                repetition_penalty: sampling.repetition_penalty,
                seed: 0,
                end: talker.codec_eos_token_id,
                first_control: (talker.vocab_size - SUPPRESSED_CODES) as u32,
                min_frames: sampling.min_frames,
                max_frames: request.max_frames(config, &layout),
            },
            seed: sampling.seed,
            runaway_frames: runaway_frames(request.text().chars().count(), language),
            clone: request.clone_prompt().cloned(),
            layout,
        })
    }

    /// Its prompt, as ids.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The voice that is cloned, where one is.
    pub fn clone_prompt(&self) -> Option<&ClonePrompt> {
        self.clone.as_deref()
    }

    /// The frames of the reference, which precede those that are generated.
    pub(crate) fn reference_frames(&self) -> Vec<Frame> {
        let clone = self.clone.as_deref();
        let reference = clone.and_then(|clone| clone.reference.as_ref());
        let codes = reference.map_or(&[][..], |reference| &reference.codes);
        // The request was validated: these are codes, 16 a frame.
        let frames = codes.chunks_exact(GROUPS);
        frames
            .map(|codes| std::array::from_fn(|group| codes[group] as u16))
            .collect()
    }

    /// The same, shared.
    pub(crate) const fn shared_clone(&self) -> Option<&Arc<ClonePrompt>> {
        self.clone.as_ref()
    }

    /// The generation parameters with this seed.
    pub fn parameters(&self, seed: u64) -> GenerationParameters {
        GenerationParameters {
            seed,
            ..self.parameters.clone()
        }
    }

    /// The requested seed.
    pub const fn seed(&self) -> Option<u64> {
        self.seed
    }

    /// The bound on frames beyond which the speech is a runaway.
    pub const fn runaway_frames(&self) -> usize {
        self.runaway_frames
    }
}

const fn sampler(settings: &crate::config::SamplingSettings) -> Sampler {
    Sampler {
        do_sample: settings.do_sample,
        temperature: settings.temperature,
        top_k: settings.top_k,
        top_p: settings.top_p,
    }
}

/// Fails where the tokenizer has ids that the talker's embedding lacks.
fn check_token_ids(model: &Model, layout: &Layout) -> Result<(), Qwen3Error> {
    let texts = layout.positions.iter().filter_map(|position| position.text);
    let beyond = texts.chain(layout.trailing.iter().copied()).any(|part| {
        matches!(part, TextPart::Token(_))
            && part.id(model.config()) as usize >= model.talker().tokens()
    });
    if beyond {
        return Err(Qwen3Error::Checkpoint {
            path: match model.path() {
                file if file.is_file() => file.to_owned(),
                folder => folder.join("vocab.json"),
            },
            reason:
                "has tokens that the model's text embedding lacks; they are not of one checkpoint"
                    .into(),
        });
    }
    Ok(())
}
