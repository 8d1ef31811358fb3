//! Translation by a language model behind an endpoint that speaks OpenAI's chat completions:
//! Ollama, llama.cpp, vLLM, or a service elsewhere.
//!
//! What comes back is untrusted: it is bounded, and an answer that was cut off, refused or left
//! empty is an error and never a translation.

mod answer;
mod call;
mod client;
mod engine;
mod key;
mod language;
mod prompt;
mod refusal;

pub use engine::{OpenAi, Options};
pub use key::Key;
