//! Models that say what they are told to, whatever they hear.
//!
//! The layers add nothing, and the embedding of a place outweighs that of a token; so the final
//! state tells the place alone, and a row of the output matrix says how likely its token is there.

use super::tiny::{ENGLISH, MULTILINGUAL, STATE, TEXT_CONTEXT, Tiny};

/// What the norm makes of a place's embedding, of which one value is not zero.
const SEEN: f32 = 3.873;
const PLACE: f32 = 10_000.0;

/// Tokens before the text: the start, the language, the task, and that no times are written.
const PROMPT: usize = 4;
/// Those of an English model: the start, and that no times are written.
const ENGLISH_PROMPT: usize = 2;

/// The logit that gives a token this probability among all others at zero.
pub(crate) fn seen(probability: f32) -> f32 {
    (probability / (1.0 - probability) * MULTILINGUAL as f32).ln()
}

pub(crate) struct Script {
    pub(crate) model: Tiny,
    prompt: usize,
}

impl Script {
    pub(crate) fn multilingual() -> Self {
        Self::new(MULTILINGUAL, PROMPT, |place| place.min(STATE - 1))
    }

    /// Of an English model.
    pub(crate) fn english() -> Self {
        Self::new(ENGLISH, ENGLISH_PROMPT, |place| place.min(STATE - 1))
    }

    /// One that turns in a circle of this many tokens from its first on.
    pub(crate) fn circle(length: usize) -> Self {
        let from = PROMPT - 1;
        Self::new(MULTILINGUAL, PROMPT, move |place| {
            match place.checked_sub(from) {
                None => place,
                Some(step) => from + step % length,
            }
        })
    }

    fn new(outputs: usize, prompt: usize, which: impl Fn(usize) -> usize) -> Self {
        let mut model = Tiny::zero(outputs);
        let places = model.values("decoder.positional_embedding");
        for place in 0..TEXT_CONTEXT {
            places[place * STATE + which(place)] = PLACE;
        }
        Self { model, prompt }
    }

    /// Sets a token's logit after so many tokens of the prompt and the text.
    fn set(&mut self, place: usize, token: usize, logit: f32) {
        self.model.values("decoder.token_embedding.weight")[token * STATE + place] = logit / SEEN;
    }

    /// The output after the start token alone: languages and no speech.
    pub(crate) fn first(mut self, token: usize, logit: f32) -> Self {
        self.set(0, token, logit);
        self
    }

    /// The token that it emits of this number.
    pub(crate) fn emit(mut self, number: usize, token: usize, logit: f32) -> Self {
        self.set(self.prompt - 1 + number, token, logit);
        self
    }

    /// Emits words in order, with this probability, and then ends.
    pub(crate) fn emit_words(mut self, words: &[&str], probability: f32) -> Self {
        for (number, word) in words.iter().enumerate() {
            let token = 1_000 + number;
            self = self
                .word(token, word)
                .emit(number, token, seen(probability));
        }
        let end = self.end();
        // Each place at which it ends makes it a little less likely at the others.
        let places = words.len()..STATE - self.prompt + 1;
        let others = places.len().saturating_sub(1) as f32;
        let logit = 25.0 * SEEN / (SEEN - others / SEEN);
        for number in places {
            self = self.emit(number, end, logit);
        }
        self
    }

    /// Gives a token a word.
    pub(crate) fn word(mut self, token: usize, word: &str) -> Self {
        self.model.words[token] = word.as_bytes().to_vec();
        self
    }

    /// The token that ends a text. The start follows it, then the languages, and then these:
    pub(crate) fn end(&self) -> usize {
        self.model.words.len()
    }

    /// A language by its number.
    pub(crate) fn language(&self, number: usize) -> usize {
        self.end() + 2 + number
    }

    pub(crate) fn translate(&self) -> usize {
        self.language(99)
    }

    pub(crate) fn no_speech(&self) -> usize {
        self.translate() + 4
    }
}
