//! Written text: split into spans that can be spoken, its language detected, recognized words made
//! readable.
//!
//! [`Document`] reads a text as people send it and cuts it into what is spoken; [`verbalize`] writes
//! figures and signs out as words, [`text_spans`] cuts, [`normalize`] normalizes a span,
//! [`detect_language`] guesses, and
//! [`restore_english`] gives recognized words their capitals and final mark.

mod abbreviation;
mod brackets;
mod chunk;
mod clause;
mod control_chars;
mod detect;
mod document;
mod dots;
mod ending;
mod indivisible;
mod lines;
mod marks;
mod normalize;
mod paragraph;
mod quoted;
mod restore;
mod rules;
mod sentence;
mod split;
mod text_span;
mod verbalize;
mod word;

pub use chunk::TextChunk;
pub use clause::clause_ends;
pub use control_chars::normalize_control_chars;
pub use detect::{detect_language, is_written_in};
pub use document::{Document, InvalidPause, MAX_PAUSE, MAX_PAUSES_TOTAL, Markup};
pub use indivisible::indivisible_ranges;
pub(crate) use marks::han_or_kana;
pub use normalize::normalize;
pub use restore::restore_english;
pub use sentence::sentences;
pub use split::text_spans;
pub use text_span::{Boundary, TextChunkLimits, TextSpan};
pub use verbalize::verbalize;
