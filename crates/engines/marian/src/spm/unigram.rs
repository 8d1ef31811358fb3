//! The likeliest way to put a text together from pieces.
//!
//! Source: `unigram::Model::EncodeOptimized` of SentencePiece, in its arithmetic (f32) and order.

use std::collections::HashMap;
use std::path::Path;

use super::charsmap::Charsmap;
use super::normalizer::Normalizer;
use super::proto::{Kind, Proto};
use crate::error::{MarianError, read};

/// The largest `.spm` file, in bytes. Those of 64,000 pieces have about 1.5 MB.
const MAX_BYTES: u64 = 64 << 20;
/// How much less likely an unknown character is than the least likely piece, as a logarithm.
const UNKNOWN_PENALTY: f32 = 10.0;

/// A unigram model.
#[derive(Debug)]
pub struct Unigram {
    normalizer: Normalizer,
    /// Score and kind of each piece.
    pieces: HashMap<String, (f32, Kind)>,
    /// The longest piece, in bytes.
    longest: usize,
    least: f32,
    most: f32,
}

/// How the text up to a place is best put together.
#[derive(Clone, Copy)]
struct Best {
    score: f32,
    start: usize,
    known: bool,
}

impl Unigram {
    /// Reads a model.
    ///
    /// # Errors
    /// A file that is missing, too large, no model, or of another kind than unigram.
    pub fn read(file: &Path) -> Result<Self, MarianError> {
        let bytes = read(file, MAX_BYTES)?;
        let damaged = |reason: &str| MarianError::damaged(file, reason);
        let proto = Proto::parse(&bytes).map_err(|_| damaged("it is no SentencePiece model"))?;
        if proto.pieces.is_empty() {
            return Err(damaged("it has no pieces"));
        }
        if proto.model_type != 1 || proto.byte_fallback {
            return Err(MarianError::unsupported(
                file,
                "it is not a unigram model without byte fallback",
            ));
        }
        let charsmap = Charsmap::parse(&proto.charsmap);
        let charsmap = charsmap.ok_or_else(|| damaged("its normalization rules are damaged"))?;
        let mut model = Self {
            normalizer: Normalizer {
                charsmap,
                untouched: Vec::new(),
                dummy_prefix: proto.dummy_prefix,
                remove_extra_whitespaces: proto.remove_extra_whitespaces,
                escape_whitespaces: proto.escape_whitespaces,
                whitespace_suffix: proto.whitespace_suffix,
            },
            pieces: HashMap::with_capacity(proto.pieces.len()),
            longest: 0,
            least: f32::MAX,
            most: f32::MIN,
        };
        for piece in proto.pieces {
            if piece.text.is_empty() || !piece.score.is_finite() {
                return Err(damaged("it has a piece without text or score"));
            }
            match piece.kind {
                Kind::Normal => {
                    model.least = model.least.min(piece.score);
                    model.most = model.most.max(piece.score);
                }
                Kind::UserDefined => model.normalizer.untouched.push(piece.text.clone()),
                Kind::Unused => {}
                Kind::Unknown | Kind::Control | Kind::Byte => continue,
            }
            model.longest = model.longest.max(piece.text.len());
            model.pieces.insert(piece.text, (piece.score, piece.kind));
        }
        Ok(model)
    }

    /// The pieces of a text, as they stand in its normalized form. A run of unknown characters is
    /// one piece.
    pub fn encode(&self, text: &str) -> Vec<String> {
        let text = self.normalizer.normalize(text);
        let best = self.best(&text);
        let mut found: Vec<(usize, usize, bool)> = Vec::new();
        let mut end = text.len();
        while let Some(Best { start, known, .. }) = best[end].filter(|_| end > 0) {
            match found.last_mut() {
                Some(after) if !known && !after.2 => after.0 = start,
                _ => found.push((start, end, known)),
            }
            end = start;
        }
        let pieces = found.into_iter().rev();
        pieces
            .map(|(start, end, _)| text[start..end].to_owned())
            .collect()
    }

    /// For each place between characters, the best way there.
    fn best(&self, text: &str) -> Vec<Option<Best>> {
        let mut best: Vec<Option<Best>> = vec![None; text.len() + 1];
        let unknown = self.least - UNKNOWN_PENALTY;
        for (start, first) in text.char_indices() {
            // Every place is reached: by the character before it, if by nothing longer.
            let here = best[start].map_or(0.0, |best| best.score);
            let mut offer = |end: usize, score: f32, known: bool| {
                if best[end].is_none_or(|best| here + score > best.score) {
                    let score = here + score;
                    best[end] = Some(Best {
                        score,
                        start,
                        known,
                    });
                }
            };
            let single = start + first.len_utf8();
            let mut single_known = false;
            let mut end = start;
            for c in text[start..].chars() {
                end += c.len_utf8();
                if end - start > self.longest {
                    break;
                }
                let Some(&(score, kind)) = self.pieces.get(&text[start..end]) else {
                    continue;
                };
                let score = match kind {
                    Kind::Unused => continue,
                    Kind::UserDefined => (end - start) as f32 * self.most - 0.1,
                    _ => score,
                };
                offer(end, score, true);
                single_known |= end == single;
            }
            if !single_known {
                offer(single, unknown, false);
            }
        }
        best
    }
}
