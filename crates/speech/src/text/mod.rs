//! Written text: cut into pieces that can be spoken, told by its language, and made readable.
//!
//! [`pieces`] cuts, [`spoken`] normalises a piece, [`verbalize`]
//! writes its figures and signs out as words, [`detect_language`] guesses, and
//! [`restore_english`] gives recognised words their capitals and final mark.

mod abbreviation;
mod brackets;
mod clause;
mod detect;
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

pub use clause::clause_ends;
pub use detect::detect_language;
pub(crate) use marks::han_or_kana;
pub use piece::{Boundary, Piece, PieceLimits};
pub use pieces::pieces;
pub use restore::restore_english;
pub use sentence::sentences;
pub use spoken::spoken;
pub use verbalize::verbalize;
