//! Translation by any endpoint that answers as OpenAI's chat completions do.

mod client;
mod engine;
mod prompt;
mod reply;
mod settings;

pub use engine::{OpenAi, OpenAiOptions};
pub use settings::OpenAiSettings;
