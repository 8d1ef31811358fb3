//! Traces of requests that generate speech.

use std::path::Path;
use std::sync::Arc;

use crate::Qwen3Error;
use crate::generate::{Frame, GROUPS, Generator, Observer, Prompt, Utterance};
use crate::model::{Model, Prepared};
use crate::request::{ClonePrompt, Method, Request};

use super::{Tensors, TraceMethod, TraceRequest};

/// A batch of requests to codes and audio.
pub(super) fn run(
    request: &TraceRequest,
    model: &Model,
    folder: &Path,
) -> Result<Tensors, Qwen3Error> {
    let mut tensors = Tensors::default();
    let clone = match request.method {
        TraceMethod::VoiceClone => Some(super::clone::prompt(request, model, folder)?),
        _ => None,
    };
    let prepared: Vec<Prepared> = requests(request, clone.as_ref())?
        .iter()
        .map(|one| model.prepare(one, request.mode()))
        .collect::<Result<_, Qwen3Error>>()?;
    let prompts: Vec<Prompt> = prepared.iter().map(|one| model.embed(one)).collect();
    put_prompts(&mut tensors, model.talker().hidden(), &prompts);

    let batch: Vec<Vec<Frame>> = speak(&mut tensors, model, &prepared, prompts);
    for (number, frames) in batch.iter().enumerate() {
        let codes: Vec<i64> = frames
            .iter()
            .flatten()
            .map(|code| i64::from(*code))
            .collect();
        tensors.put_integers(format!("codes.{number}"), &[frames.len(), GROUPS], &codes);
        let reference = clone.as_ref().and_then(|clone| clone.reference.as_ref());
        let wav = super::decoded::of(model, reference, frames, request.exact)?;
        tensors.put(format!("wav.{number}"), &[wav.len()], &wav);
    }
    Ok(tensors)
}

/// Codes alone, decoded.
pub(super) fn decode(
    request: &TraceRequest,
    model: &Model,
    folder: &Path,
) -> Result<Tensors, Qwen3Error> {
    let inputs = request.inputs(folder)?;
    let frames = super::decoded::frames(&inputs, "codes")?;
    let wav = super::decoded::of(model, None, &frames, request.exact)?;
    let mut tensors = Tensors::default();
    tensors.put("wav", &[wav.len()], &wav);
    Ok(tensors)
}

/// The utterances of a request. A single value serves all of them.
fn requests(
    request: &TraceRequest,
    clone: Option<&Arc<ClonePrompt>>,
) -> Result<Vec<Request>, Qwen3Error> {
    let Some(text) = &request.text else {
        return Err(Qwen3Error::invalid("text", "this method needs a text"));
    };
    let count = text.count().unwrap_or(1);
    let counts = [
        (
            "speaker",
            request
                .speaker
                .as_ref()
                .and_then(super::request::OneOrMany::count),
        ),
        (
            "language",
            request
                .language
                .as_ref()
                .and_then(super::request::OneOrMany::count),
        ),
        (
            "instruct",
            request
                .instruct
                .as_ref()
                .and_then(super::request::OneOrMany::count),
        ),
    ];
    for (param, value) in counts {
        if let Some(value) = value.filter(|value| *value != count) {
            let message = format!("{param} has {value} values for {count} texts");
            return Err(Qwen3Error::invalid(param, message));
        }
    }
    let one = |number| {
        let instruct = request
            .instruct
            .as_ref()
            .and_then(|value| value.of(number))
            .flatten();
        let method = match (request.method, clone) {
            (_, Some(clone)) => Method::Clone(Arc::clone(clone)),
            (TraceMethod::VoiceDesign, None) => Method::VoiceDesign {
                instruct: instruct.unwrap_or_default(),
            },
            _ => Method::CustomVoice {
                speaker: request.speaker.as_ref().and_then(|value| value.of(number)),
                instruct,
            },
        };
        let language = request.language.as_ref().and_then(|value| value.of(number));
        Request {
            text: text.of(number).unwrap_or_default(),
            method,
            language: language.unwrap_or_else(|| "auto".into()),
            text_layout: request.text_layout(),
            sampling: request.sampling(),
        }
    };
    Ok((0..count).map(one).collect())
}

/// Prompts of unequal lengths begin with zeros, and what trails them ends with padding.
fn put_prompts(tensors: &mut Tensors, hidden: usize, prompts: &[Prompt]) {
    let count = prompts.len();
    let max_rows = |rows: &dyn Fn(&Prompt) -> usize| prompts.iter().map(rows).max().unwrap_or(0);
    let max_positions = max_rows(&|prompt| prompt.rows.len() / hidden);
    let rows: Vec<f32> = prompts
        .iter()
        .flat_map(|prompt| {
            let missing = max_positions * hidden - prompt.rows.len();
            std::iter::repeat_n(0.0, missing).chain(prompt.rows.iter().copied())
        })
        .collect();
    tensors.put(
        "prompt.inputs_embeds",
        &[count, max_positions, hidden],
        &rows,
    );
    let max_positions = max_rows(&|prompt| prompt.trailing.len() / hidden);
    let rows: Vec<f32> = prompts
        .iter()
        .flat_map(|prompt| {
            let missing = max_positions - prompt.trailing.len() / hidden;
            let pads = std::iter::repeat_n(&prompt.pad, missing).flatten();
            prompt.trailing.iter().chain(pads).copied()
        })
        .collect();
    tensors.put(
        "prompt.trailing_text_hidden",
        &[count, max_positions, hidden],
        &rows,
    );
    if let Some(prompt) = prompts.first() {
        tensors.put("prompt.tts_pad_embed", &[1, 1, hidden], &prompt.pad);
    }
}

/// Generates a batch. The official package samples one token more than it makes frames, so its last
/// logits are included.
fn speak(
    tensors: &mut Tensors,
    model: &Model,
    prepared: &[Prepared],
    prompts: Vec<Prompt>,
) -> Vec<Vec<Frame>> {
    let talker = model.talker();
    let codes = talker.codes().rows();
    let positions: Vec<_> = prompts
        .iter()
        .map(|prompt| prompt.rows.len() / talker.hidden())
        .collect();
    let max_frames = prepared
        .iter()
        .map(|one| one.parameters(0).max_frames)
        .max();
    let max_frames = max_frames.unwrap_or(0);
    let mut utterances: Vec<Utterance> = prepared
        .iter()
        .zip(prompts)
        .map(|(one, prompt)| {
            let mut parameters = one.parameters(one.seed().unwrap_or(0));
            parameters.max_frames += 1;
            Utterance::new(prompt, parameters, talker.transformer().cache(64), codes)
        })
        .collect();
    let mut batch: Vec<&mut Utterance> = utterances.iter_mut().collect();
    let mut generator = Generator::new(model.thread_pool(), talker, model.predictor());
    let mut recorder = LogitRecorder {
        batch: positions.len(),
        positions: positions.iter().copied().max().unwrap_or(0),
        codes,
        values: model.predictor().embedding(1).rows(),
        call: 0,
        talker: Vec::new(),
        predictor: vec![Vec::new(); GROUPS],
        max_frames,
        tensors,
    };
    generator.prefill(&mut batch, usize::MAX, &mut recorder);
    let mut spoken = vec![Vec::new(); positions.len()];
    for step in 0..=max_frames {
        let frames = generator.decode_step(&mut batch, &mut recorder);
        recorder.finish(step);
        if frames.iter().all(Option::is_none) {
            break;
        }
        if step < max_frames {
            for (spoken, frame) in spoken.iter_mut().zip(frames) {
                spoken.extend(frame);
            }
        }
    }
    spoken
}

/// Collects logits.
struct LogitRecorder<'t> {
    batch: usize,
    positions: usize,
    codes: usize,
    values: usize,
    call: usize,
    /// Those of the present call, by utterance.
    talker: Vec<(usize, Vec<f32>)>,
    /// Those of the present frame, by code and utterance.
    predictor: Vec<Vec<(usize, Vec<f32>)>>,
    max_frames: usize,
    tensors: &'t mut Tensors,
}

impl LogitRecorder<'_> {
    /// Writes the logits of a step. Utterances that have ended have zeros.
    fn finish(&mut self, step: usize) {
        let positions = if self.call == 0 { self.positions } else { 1 };
        let call = self.call;
        let logits = std::mem::take(&mut self.talker);
        self.put(
            format!("talker.logits.{call}"),
            positions,
            self.codes,
            logits,
        );
        self.call += 1;
        for group in 1..GROUPS {
            let logits = std::mem::take(&mut self.predictor[group]);
            if step < self.max_frames && !logits.is_empty() {
                let rows = if group == 1 { 2 } else { 1 };
                let name = format!("predictor.logits.g{group}.{step}");
                self.put(name, rows, self.values, logits);
            }
        }
    }

    fn put(&mut self, name: String, rows: usize, width: usize, logits: Vec<(usize, Vec<f32>)>) {
        if logits.is_empty() {
            return;
        }
        let mut all = vec![0.0; self.batch * rows * width];
        for (utterance, logits) in logits {
            // Shorter prompts are aligned at the end.
            let end = (utterance + 1) * rows * width;
            all[end - logits.len()..end].copy_from_slice(&logits);
        }
        self.tensors.put(name, &[self.batch, rows, width], &all);
    }
}

impl Observer for LogitRecorder<'_> {
    fn talker_logits(&mut self, utterance: usize, logits: &[f32]) {
        self.talker.push((utterance, logits.to_vec()));
    }

    fn predictor_logits(&mut self, utterance: usize, group: usize, logits: &[f32]) {
        self.predictor[group].push((utterance, logits.to_vec()));
    }

    fn needs_prompt_logits(&self) -> bool {
        true
    }
}
