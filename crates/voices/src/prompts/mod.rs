//! The prompts of kept voices: recordings in a style or without one.

mod change;
mod insert;
mod query;

pub use change::{NewPrompt, PromptChange};
pub(crate) use insert::insert_prompt;
pub use query::{PromptList, PromptQuery, VoicePrompt};
