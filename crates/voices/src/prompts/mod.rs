//! The prompts of kept voices: recordings and takes in a style or without one.

mod add;
mod change;
mod insert;
mod query;

pub use add::{NewPrompt, NewPromptOfTake};
pub use change::PromptChange;
pub(crate) use insert::insert_prompt;
pub use query::{PromptList, PromptQuery, VoicePrompt};
