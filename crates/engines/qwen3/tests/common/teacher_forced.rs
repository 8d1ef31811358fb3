//! The codes that a model would choose with given codes before them: how two formats of one
//! checkpoint are compared.

use mynah_qwen3::generate::{Frame, Generator, Utterance};
use mynah_qwen3::lm::Segment;
use mynah_qwen3::model::Model;
use mynah_qwen3::request::{Request, ValidationMode};

/// Codes of a model, sampled, so that many different ones occur.
pub(crate) fn sampled_codes(model: &Model, request: &Request, frames: usize) -> Vec<Frame> {
    let prepared = model
        .prepare(request, ValidationMode::Strict)
        .expect("a good request");
    let parameters = prepared.parameters(prepared.seed().expect("a seed"));
    let talker = model.talker();
    let positions = prepared.layout().positions.len() + frames;
    let cache = talker.transformer().cache(positions + 1);
    let mut utterance = Utterance::new(
        model.embed(&prepared),
        parameters,
        cache,
        talker.codes().rows(),
    );
    let mut generator = Generator::new(model.thread_pool(), talker, model.predictor());
    let mut batch = [&mut utterance];
    generator.prefill(&mut batch, usize::MAX, &mut ());
    let frames = (0..frames).filter_map(|_| generator.decode_step(&mut batch, &mut ())[0]);
    frames.collect()
}

/// The most likely code at every position, each with the given codes before it.
pub(crate) fn choices(model: &Model, request: &Request, frames: &[Frame]) -> Vec<u32> {
    let prepared = model
        .prepare(request, ValidationMode::Strict)
        .expect("a good request");
    let prompt = model.embed(&prepared);
    let (talker, predictor) = (model.talker(), model.predictor());
    let hidden = talker.hidden();
    let before = prompt.rows.len() / hidden;
    let mut rows = prompt.rows;
    for frame in frames {
        let mut row = prompt.pad.clone();
        talker.codes().lookup_add(frame[0].into(), &mut row);
        for (group, code) in frame.iter().enumerate().skip(1) {
            predictor
                .embedding(group)
                .lookup_add((*code).into(), &mut row);
        }
        rows.extend(row);
    }
    let mut cache = talker.transformer().cache(before + frames.len());
    let mut work = talker.workspace();
    let count = rows.len() / hidden;
    let mut segments = [Segment {
        cache: &mut cache,
        rows: count,
    }];
    talker.forward(model.thread_pool(), &mut work, &mut segments, &mut rows);
    let states = &rows[(before - 1) * hidden..(count - 1) * hidden];
    let logits = talker.logits(model.thread_pool(), &mut work, states);
    let codes = talker.codes().rows();
    let sounds = codes - 1024;
    let mut chosen: Vec<u32> = logits
        .chunks_exact(codes)
        .map(|logits| argmax(&logits[..sounds]))
        .collect();

    let mut work = predictor.workspace();
    for (frame, state) in frames.iter().zip(states.chunks_exact(hidden)) {
        let mut start = state.to_vec();
        start.resize(2 * hidden, 0.0);
        talker.codes().lookup(frame[0].into(), &mut start[hidden..]);
        let choose = &mut |group: usize, _: usize, logits: &mut [f32]| {
            let last = logits.len() - predictor.embedding(group).rows();
            chosen.push(argmax(&logits[last..]));
            u32::from(frame[group])
        };
        predictor.frame(model.thread_pool(), &mut work, &start, choose);
    }
    chosen
}

fn argmax(logits: &[f32]) -> u32 {
    let best = (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b]));
    best.expect("logits") as u32
}
