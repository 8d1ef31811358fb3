//! Text in one language to text in another: what an engine is, and what holds of every engine.

mod layout;
mod literal;
mod placeholder;
mod translate;
mod translator;

pub use translate::translate;
pub use translator::Translator;
