//! Text in one language to text in another: what an engine is, and what holds of every engine.

mod chained;
mod halves;
mod layout;
mod literal;
mod placeholder;
mod route;
mod sentences;
mod translate;
mod translator;

pub use chained::{Chained, Hop};
pub use halves::halves;
pub use route::TranslationRoute;
pub use sentences::by_sentence;
pub use translate::translate;
pub use translator::Translator;
