//! Speech of engines that is kept.

mod query;
mod record;
mod store;

use mynah_speech::{StyleRef, TakeDetails, VoiceId};

use crate::row::parsed;
use crate::{Clip, ClipId, VoicesError};

pub use query::{TakeList, TakeQuery};
pub use record::{RecordedTake, TakeRecorder};
pub(crate) use store::delete_takes;

/// Speech of an engine that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// Its clip.
    pub clip: Clip,
    /// What it was made with.
    pub details: TakeDetails,
    /// When it was kept, in milliseconds since 1970.
    pub created_at: i64,
}

/// Selects takes with their clips, for a `WHERE` about the takes `t` and what follows.
macro_rules! select_takes {
    ($tail:literal) => {
        concat!(
            "SELECT t.id, t.text, t.spoken, t.voice, t.voice_id, t.of_person, t.language, t.style, t.instruct, t.seed, \
             t.created_at, c.sha256, c.bytes, c.samples FROM takes t JOIN clips c ON c.id = t.id ",
            $tail
        )
    };
}
pub(crate) use select_takes;

#[derive(sqlx::FromRow)]
pub(crate) struct TakeRow {
    id: String,
    text: String,
    spoken: String,
    voice: String,
    voice_id: Option<String>,
    of_person: bool,
    language: String,
    style: Option<String>,
    instruct: Option<String>,
    seed: Option<i64>,
    created_at: i64,
    sha256: String,
    bytes: i64,
    samples: i64,
}

impl TakeRow {
    fn take(self) -> Result<Take, VoicesError> {
        let style = self.style.as_deref();
        let style = style.map(|name| parsed::<StyleRef>("style", name));
        Ok(Take {
            clip: Clip {
                id: parsed::<ClipId>("clip", &self.id)?,
                blob: parsed("sha256", &self.sha256)?,
                bytes: self.bytes,
                samples: self.samples,
            },
            details: TakeDetails {
                text: self.text,
                spoken: self.spoken,
                voice: parsed::<VoiceId>("voice", &self.voice)?,
                kept_voice: self.voice_id,
                of_person: self.of_person,
                language: parsed("language", &self.language)?,
                style: style.transpose()?,
                instructions: self.instruct,
                seed: self.seed.map(i64::cast_unsigned),
            },
            created_at: self.created_at,
        })
    }
}
