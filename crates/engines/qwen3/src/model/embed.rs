//! From a prompt's layout to the rows that the talker reads.

use std::collections::HashMap;

use crate::config::ModelConfig;
use crate::generate::Prompt;
use crate::kernels::{ThreadPool, ops};
use crate::lm::{Predictor, Talker};
use crate::prompt::{CodecPart, Layout, TextPart};
use crate::request::ClonePrompt;

/// Embeds what stands in a layout. The clone is the one that the layout was made for.
pub(super) fn prompt(
    config: &ModelConfig,
    pool: &ThreadPool,
    talker: &Talker,
    predictor: &Predictor,
    layout: &Layout,
    clone: Option<&ClonePrompt>,
) -> Prompt {
    let texts = TextRows::new(config, pool, talker, layout);
    let hidden = talker.hidden();
    let mut rows = vec![0.0; layout.positions.len() * hidden];
    for (position, row) in layout.positions.iter().zip(rows.chunks_exact_mut(hidden)) {
        if let Some(text) = position.text {
            ops::add(row, texts.row(text));
        }
        match position.codec {
            None => {}
            Some(CodecPart::Code(code)) => talker.codes().lookup_add(code as usize, row),
            Some(CodecPart::Speaker) => {
                if let Some(clone) = clone {
                    ops::add(row, &clone.embedding);
                }
            }
            Some(CodecPart::Frame(number)) => {
                let reference = clone.and_then(|clone| clone.reference.as_ref());
                let groups = predictor.groups();
                let frame = reference
                    .and_then(|reference| reference.codes.chunks_exact(groups).nth(number));
                for (group, code) in frame.into_iter().flatten().enumerate() {
                    let embedding = match group {
                        0 => talker.codes(),
                        _ => predictor.embedding(group),
                    };
                    embedding.lookup_add(*code as usize, row);
                }
            }
        }
    }
    let trailing = layout.trailing.iter().flat_map(|part| texts.row(*part));
    Prompt {
        rows,
        trailing: trailing.copied().collect(),
        pad: texts.row(TextPart::Pad).to_vec(),
    }
}

/// The rows of the text parts of a layout, each computed once.
struct TextRows<'c> {
    config: &'c ModelConfig,
    locations: HashMap<u32, usize>,
    rows: Vec<f32>,
    hidden: usize,
}

impl<'c> TextRows<'c> {
    fn new(config: &'c ModelConfig, pool: &ThreadPool, talker: &Talker, layout: &Layout) -> Self {
        let parts = layout.positions.iter().filter_map(|position| position.text);
        let parts = parts.chain(layout.trailing.iter().copied());
        let mut ids = Vec::new();
        let mut locations = HashMap::new();
        for part in parts.chain([TextPart::Pad]) {
            let id = part.id(config);
            locations.entry(id).or_insert_with(|| {
                ids.push(id);
                ids.len() - 1
            });
        }
        Self {
            config,
            locations,
            rows: talker.text(pool, &ids),
            hidden: talker.hidden(),
        }
    }

    fn row(&self, part: TextPart) -> &[f32] {
        let location = self.locations[&part.id(self.config)];
        &self.rows[location * self.hidden..][..self.hidden]
    }
}
