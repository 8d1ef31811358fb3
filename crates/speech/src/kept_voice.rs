//! Voices that are kept: every server finds them by id or name, and engines that clone speak with them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Language, Reference, SpeechError, StyleRef, VoiceId};

/// The workspace of every voice and key, until keys have one of their own.
pub const DEFAULT_WORKSPACE: &str = "default";

/// A kept voice, as far as speaking with it goes. Clones are the same voice.
#[derive(Clone, Debug)]
pub struct KeptVoice {
    /// Its id, `voc_…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The languages it speaks, best first; empty for those of the engine.
    pub languages: Vec<Language>,
    /// Its speed where a request names none; 1 is normal.
    pub speed: f32,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// What it is spoken from where no style is asked for.
    pub anchor: VoiceAnchor,
    /// What it is spoken from in a style.
    pub prompts: Arc<[StyledPrompt]>,
    /// Whether it may be spoken.
    pub permission: Permission,
}

/// What a kept voice is spoken from where no style is asked for.
#[derive(Clone, Debug)]
pub enum VoiceAnchor {
    /// A recording, by an engine that clones.
    Recording(Arc<Reference>),
    /// A voice of an engine.
    Preset(VoiceId),
}

impl VoiceAnchor {
    /// The recording, if it is one.
    pub const fn recording(&self) -> Option<&Arc<Reference>> {
        match self {
            Self::Recording(reference) => Some(reference),
            Self::Preset(_) => None,
        }
    }
}

/// A recording of a voice in a style.
#[derive(Clone, Debug)]
pub struct StyledPrompt {
    /// The style.
    pub style: StyleRef,
    /// The language of the recording, where it is known.
    pub language: Option<Language>,
    /// The recording.
    pub reference: Arc<Reference>,
}

/// Whether a kept voice, or one of its recordings, may be spoken, as far as this process knows: not once its
/// consent was revoked or it was deleted. Clones change together.
#[derive(Clone, Debug)]
pub struct Permission(Arc<AtomicBool>);

impl Default for Permission {
    fn default() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }
}

impl Permission {
    /// Whether it may be spoken.
    pub fn is_given(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// It may not be spoken from now on.
    pub fn revoke(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// The kept voices, in memory.
pub trait VoiceIndex: Send + Sync {
    /// The voice of an id, or of a name in any case, that a workspace may use. One whose consent was
    /// revoked is found without its [`Permission`], so that its name leads to no other voice.
    fn find(&self, workspace: &str, id_or_name: &str) -> Option<KeptVoice>;

    /// All voices that a workspace may speak with, by their names.
    fn voices(&self, workspace: &str) -> Vec<KeptVoice>;

    /// Whether a voice may still be spoken, by what every process has changed until now. Called before
    /// each text chunk.
    ///
    /// # Errors
    /// `Busy` where that cannot be found out: the voice must not be spoken then.
    fn confirm<'a>(
        &'a self,
        voice: &'a KeptVoice,
    ) -> Pin<Box<dyn Future<Output = Result<bool, SpeechError>> + Send + 'a>>;

    /// Counts that a voice was spoken. `key` is the id of the caller's key.
    fn count_use(&self, voice: &KeptVoice, key: Option<&str>);
}

/// The clips of kept voices, and what engines have made of them. All methods block: they are called
/// on the threads of engines.
pub trait PromptCache: Send + Sync {
    /// The file of a clip, by its SHA-256: mono FLAC at 24 kHz.
    ///
    /// # Errors
    /// `Busy` where the store does not respond, `Invalid` with `voice` where it has lost the clip.
    fn clip(&self, sha256: &str) -> Result<Vec<u8>, SpeechError>;

    /// What an engine made of a clip, if it did and the bytes can be had.
    fn tensors(&self, key: &PromptKey<'_>) -> Option<Vec<u8>>;

    /// Keeps what an engine made of a clip. A failure is logged alone: it can be made again.
    fn keep(&self, key: &PromptKey<'_>, tensors: Vec<u8>);
}

/// What tensors are of: a clip, its words, and the checkpoint that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptKey<'a> {
    /// The SHA-256 of the clip's file, in hex.
    pub clip: &'a str,
    /// The words of the clip; none where only the speaker's x-vector is taken.
    pub transcript: Option<&'a str>,
    /// The identity of the checkpoint.
    pub checkpoint: &'a str,
}

/// A clip of a kept voice.
#[derive(Clone)]
pub struct KeptClip {
    /// The SHA-256 of its file, in hex.
    pub sha256: String,
    /// Where it is kept.
    pub cache: Arc<dyn PromptCache>,
    /// Whether it may be spoken from: not once it was deleted.
    pub permission: Permission,
}

impl PartialEq for KeptClip {
    /// By content.
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for KeptClip {}

impl fmt::Debug for KeptClip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptClip").field(&self.sha256).finish()
    }
}
