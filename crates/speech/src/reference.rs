//! Reference audio: a recording of a voice, and whose voice it is.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::{KeptClip, SpeechError};

/// A recording whose voice is to be cloned.
///
/// Shared between the chunks of a text by an [`Arc`]; an engine that derives a voice from it may keep
/// that voice as long as the reference exists.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference {
    /// The recording.
    pub audio: ReferenceAudio,
    /// Its words, where they are known; see [`Self::transcript`].
    pub text: Option<String>,
    /// Whether only the speaker's x-vector is taken from it. Else the recording and its text are
    /// the beginning that the speech continues, which is closer to the voice and needs the text.
    pub x_vector_only: bool,
    /// Whose voice it is.
    pub provenance: Provenance,
}

/// Whose voice a recording has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// A person's, who agrees.
    Person(Consent),
    /// No person's: the recording is an engine's.
    Synthetic,
}

impl From<Consent> for Provenance {
    fn from(consent: Consent) -> Self {
        Self::Person(consent)
    }
}

impl Provenance {
    /// The consent of the person.
    pub const fn consent(&self) -> Option<&Consent> {
        match self {
            Self::Person(consent) => Some(consent),
            Self::Synthetic => None,
        }
    }
}

/// The audio of a reference.
#[derive(Clone, PartialEq, Eq)]
pub enum ReferenceAudio {
    /// The file as it was uploaded, in any format that `mynah-audio` decodes; not yet looked at.
    Upload(Arc<[u8]>),
    /// The clip of a kept voice, which was checked when it was kept.
    Kept(KeptClip),
}

impl From<Vec<u8>> for ReferenceAudio {
    fn from(file: Vec<u8>) -> Self {
        Self::Upload(file.into())
    }
}

impl From<&[u8]> for ReferenceAudio {
    fn from(file: &[u8]) -> Self {
        Self::Upload(file.into())
    }
}

impl ReferenceAudio {
    /// The file. Blocking.
    ///
    /// # Errors
    /// Those of [`crate::PromptCache::clip`].
    pub fn read(&self) -> Result<Cow<'_, [u8]>, SpeechError> {
        match self {
            Self::Upload(file) => Ok(Cow::Borrowed(file)),
            Self::Kept(clip) => clip.cache.clip(&clip.sha256).map(Cow::Owned),
        }
    }

    /// Whether it may be spoken from, as far as this process knows: not once it was deleted.
    pub fn is_permitted(&self) -> bool {
        match self {
            Self::Upload(_) => true,
            Self::Kept(clip) => clip.permission.is_given(),
        }
    }

    /// The bytes that this holds in memory.
    pub fn len_in_memory(&self) -> usize {
        match self {
            Self::Upload(file) => file.len(),
            Self::Kept(_) => 0,
        }
    }
}

impl fmt::Debug for ReferenceAudio {
    /// The size or the digest: the audio is its owner's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upload(file) => write!(f, "{} bytes", file.len()),
            Self::Kept(clip) => clip.fmt(f),
        }
    }
}

impl Reference {
    /// The largest file accepted by default, in bytes: 10 MiB.
    pub const MAX_BYTES: usize = 10 << 20;
    /// The longest text of a recording, in characters.
    pub const MAX_TEXT_CHARS: usize = 4096;

    /// The words of the recording, where they are used: not if only the x-vector is taken.
    pub fn transcript(&self) -> Option<&str> {
        self.text
            .as_deref()
            .filter(|text| !self.x_vector_only && !text.trim().is_empty())
    }
}

impl fmt::Debug for Reference {
    /// Lengths only: the audio and the text are their owner's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference")
            .field("audio", &self.audio)
            .field(
                "text_chars",
                &self.text.as_deref().map(|t| t.chars().count()),
            )
            .field("x_vector_only", &self.x_vector_only)
            .field("provenance", &self.provenance)
            .finish()
    }
}

/// That a person agrees to their voice being used. Kept with every voice that is made of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Consent {
    /// The speaker of the recording.
    pub speaker: String,
    /// What they agreed to, in their own words.
    pub statement: String,
    /// Why the recording may be used.
    pub basis: ConsentBasis,
    /// When it reached us, in seconds since 1970.
    pub given_at: u64,
}

impl Consent {
    /// The longest name of a speaker, in characters.
    pub const MAX_SPEAKER_CHARS: usize = 200;
    /// The longest statement, in characters.
    pub const MAX_STATEMENT_CHARS: usize = 4096;

    /// A consent that reaches us now. Space around both texts is dropped.
    ///
    /// # Errors
    /// [`InvalidConsent`] where one of them is empty, too long or holds control characters.
    pub fn now(speaker: &str, statement: &str) -> Result<Self, InvalidConsent> {
        let (speaker, statement) = (speaker.trim(), statement.trim());
        if speaker.is_empty() || statement.is_empty() {
            return Err(InvalidConsent::Missing);
        }
        for (name, text, most) in [
            ("speaker", speaker, Self::MAX_SPEAKER_CHARS),
            ("statement", statement, Self::MAX_STATEMENT_CHARS),
        ] {
            let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
            if text.chars().take(most + 1).count() > most || text.chars().any(control) {
                return Err(InvalidConsent::Malformed { name, most });
            }
        }
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self {
            speaker: speaker.into(),
            statement: statement.into(),
            basis: ConsentBasis::default(),
            given_at: since_1970.unwrap_or_default().as_secs(),
        })
    }
}

/// Why a recording may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentBasis {
    /// It is the caller's own voice.
    #[serde(rename = "self")]
    Own,
    /// The speaker agreed.
    #[default]
    Permission,
    /// The recording is in the public domain.
    PublicDomain,
}

impl ConsentBasis {
    /// As it is written in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Permission => "permission",
            Self::PublicDomain => "public_domain",
        }
    }

    /// The basis of this name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Own, Self::Permission, Self::PublicDomain];
        all.into_iter().find(|basis| basis.as_str() == name)
    }
}

impl fmt::Debug for Consent {
    /// Without names and words of people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consent")
            .field("given_at", &self.given_at)
            .finish_non_exhaustive()
    }
}

/// A consent that is none. The caller is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConsent {
    /// No speaker is named, or nothing is stated.
    #[error("a consent names its speaker and says what they agreed to; one of the two is empty")]
    Missing,
    /// One of its texts cannot be kept.
    #[error(
        "the {name} of a consent has at most {most} characters, none of them a control character"
    )]
    Malformed {
        /// Which text: `speaker` or `statement`.
        name: &'static str,
        /// How many characters it may have.
        most: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_has_two_texts_and_a_time() {
        let consent = Consent::now(" Ana ", "I agree.\n").expect("good");
        assert_eq!(
            (&*consent.speaker, &*consent.statement),
            ("Ana", "I agree.")
        );
        assert!(consent.given_at > 1_700_000_000);
        for (speaker, statement) in [("", "I agree."), ("Ana", " \n")] {
            assert_eq!(
                Consent::now(speaker, statement),
                Err(InvalidConsent::Missing)
            );
        }
        assert!(Consent::now(&"ü".repeat(200), &"ü".repeat(4096)).is_ok());
        for (speaker, statement) in [
            ("ü".repeat(201), "I agree.".into()),
            ("Ana".into(), "ü".repeat(4097)),
            ("A\0na".into(), "I agree.".into()),
        ] {
            let refused = Consent::now(&speaker, &statement);
            assert!(matches!(refused, Err(InvalidConsent::Malformed { .. })));
        }
    }

    #[test]
    fn debug_holds_lengths_and_no_secret() {
        let reference = Reference {
            audio: b"xyloaudio".to_vec().into(),
            text: Some("xylophone".into()),
            x_vector_only: false,
            provenance: Consent::now("Xylo Doe", "xylostatement")
                .expect("good")
                .into(),
        };
        let shown = format!("{reference:?}");
        assert!(shown.contains("audio: 9 bytes") && shown.contains("text_chars: Some(9)"));
        assert!(!shown.to_lowercase().contains("xylo"), "{shown}");
        assert!(!shown.contains("120"), "{shown}");
    }

    #[test]
    fn the_text_counts_only_where_it_is_used() {
        let mut reference = Reference {
            audio: Vec::new().into(),
            text: Some("Hello.".into()),
            x_vector_only: false,
            provenance: Consent::now("Ana", "Yes.").expect("good").into(),
        };
        assert_eq!(reference.transcript(), Some("Hello."));
        reference.x_vector_only = true;
        assert_eq!(reference.transcript(), None);
        reference.x_vector_only = false;
        reference.text = Some(" ".into());
        assert_eq!(reference.transcript(), None);
    }
}
