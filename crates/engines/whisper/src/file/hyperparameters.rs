//! The eleven numbers at the head of a model's file.

use super::FileError;
use super::reader::Reader;
use super::tensors::Kind;

/// Words of an English model, of a multilingual one, and of one that knows Cantonese as well.
const ENGLISH: i32 = 51_864;
const LARGE_V3: i32 = 51_866;

/// What the model's numbers say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hyperparameters {
    pub(crate) vocabulary: i32,
    pub(crate) state: i32,
    pub(crate) audio_layers: i32,
    pub(super) audio_context: i32,
    pub(crate) text_heads: i32,
    pub(crate) text_layers: i32,
    pub(super) text_context: i32,
    pub(super) mels: i32,
    /// The format of the large tensors.
    pub(super) kind: Kind,
}

impl Hyperparameters {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, FileError> {
        let mut next = |name: &'static str, valid: &dyn Fn(i32) -> bool| {
            let value = reader.i32("its numbers")?;
            if valid(value) {
                Ok(value)
            } else {
                Err(FileError::Number { name, value })
            }
        };
        // Special tokens are counted from the end of the vocabulary, wherever that is.
        let vocabulary = next("n_vocab", &|n| (ENGLISH..=LARGE_V3).contains(&n))?;
        // 30 s of sound in steps of 20 ms: times are counted in them.
        let audio_context = next("n_audio_ctx", &|n| n == 1_500)?;
        let state = next("n_audio_state", &|n| (8..=4_096).contains(&n))?;
        let heads = |n: i32| (1..=64).contains(&n) && state % n == 0;
        next("n_audio_head", &heads)?;
        let audio_layers = next("n_audio_layer", &|n| (1..=96).contains(&n))?;
        let text_context = next("n_text_ctx", &|n| (64..=4_096).contains(&n))?;
        next("n_text_state", &|n| n == state)?;
        let text_heads = next("n_text_head", &heads)?;
        let text_layers = next("n_text_layer", &|n| (1..=96).contains(&n))?;
        let mels = next("n_mels", &|n| n == 80 || n == 128)?;
        let ftype = next("ftype", &|n| Kind::of_model(n).is_some())?;
        let kind = Kind::of_model(ftype).ok_or(FileError::NotGgml)?;
        Ok(Self {
            vocabulary,
            state,
            audio_layers,
            audio_context,
            text_heads,
            text_layers,
            text_context,
            mels,
            kind,
        })
    }

    /// How many languages it knows; one that knows English alone has no tokens for them.
    pub(crate) fn languages(&self) -> usize {
        match self.vocabulary - ENGLISH {
            0 => 1,
            // 99 in all but the last, which has a hundredth.
            more => 98 + more.unsigned_abs() as usize,
        }
    }

    /// Whether a language can be selected.
    pub(crate) fn multilingual(&self) -> bool {
        self.vocabulary > ENGLISH
    }
}
