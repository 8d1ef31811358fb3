//! Written text: cut into pieces that can be spoken, told by its language, and made readable.
//!
//! [`Document`] reads a text as people send it and cuts it into what is spoken; [`verbalize`] writes
//! figures and signs out as words, [`pieces`] cuts, [`spoken`] normalizes a piece,
//! [`detect_language`] guesses, and
//! [`restore_english`] gives recognized words their capitals and final mark.

mod abbreviation;
mod brackets;
mod chunk;
mod clause;
mod detect;
mod document;
mod dots;
mod ending;
mod lines;
mod marks;
mod paragraph;
mod piece;
mod pieces;
mod quoted;
mod restore;
mod rules;
mod sentence;
mod spoken;
mod verbalize;
mod word;

pub use chunk::TextChunk;
pub use clause::clause_ends;
pub use detect::{detect_language, is_written_in};
pub use document::{Document, InvalidPause, MAX_PAUSE, MAX_PAUSES_TOTAL, Markup};
pub(crate) use marks::han_or_kana;
pub use piece::{Boundary, Piece, PieceLimits};
pub use pieces::pieces;
pub use restore::restore_english;
pub use sentence::sentences;
pub use spoken::spoken;
pub use verbalize::verbalize;
