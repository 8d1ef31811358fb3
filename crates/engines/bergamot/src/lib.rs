//! Translation by the models of Firefox (Bergamot) on the processor, through the crate `fxtranslate`.

mod engine;
mod engine_thread;
mod error;
mod model;
mod model_files;
mod settings;

pub use engine::{Bergamot, Options};
pub use settings::BergamotSettings;
