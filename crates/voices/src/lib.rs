//! Layer 3: voices that are kept. A voice has a name, the recording it is made of with its transcript,
//! and the speaker's consent; all three stay together, for every server.
//!
//! [`Library`] creates, finds, changes and deletes them, in the database and the object store. It has all
//! of them in memory, where synthesis looks them up, and follows the changes of other processes.

mod audit;
mod change;
mod clips;
mod consent;
mod create;
mod encoded_clip;
mod encoded_prompt;
mod error;
mod id;
mod index;
mod library;
mod maintenance;
mod name;
mod new_voice;
mod packages;
mod prompt_store;
mod prompts;
mod query;
mod references;
mod row;
mod search;
mod styles;
mod takes;
mod voice;
mod wire;

pub use audit::AuditEntry;
pub use change::VoiceChange;
pub use consent::ConsentRecord;
pub use encoded_prompt::RecordedPrompt;
pub use error::VoicesError;
pub use id::{ClipId, ConsentId, InvalidId, PromptId, VoiceKey};
pub use library::{Library, LibraryOptions};
pub use maintenance::{RESTORE_PERIOD, run_maintenance};
pub use mynah_voice_package::{EXTENSION as PACKAGE_EXTENSION, PackageError, PackageLimits};
pub use name::{InvalidName, VoiceName};
pub use new_voice::NewVoice;
pub use packages::{ImportConflict, ImportOptions, ImportedVoice, PackageVersion};
pub use prompts::{NewPrompt, NewPromptOfTake, PromptChange, PromptList, PromptQuery, VoicePrompt};
pub use query::{VoiceList, VoiceQuery};
pub use styles::{BuiltinStyles, StoredStyle, StyleOrigin};
pub use takes::{RecordedTake, Take, TakeList, TakeQuery, TakeRecorder};
pub use voice::{Clip, Origin, Prompt, PromptSource, StoredVoice};
pub use wire::style_of;
