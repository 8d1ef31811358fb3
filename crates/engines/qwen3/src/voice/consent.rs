//! That a person agrees to their voice being used.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Qwen3Error, Result};

/// The longest name of a speaker, in bytes.
pub const MAX_SPEAKER_BYTES: usize = 256;

/// The longest statement, in bytes.
pub const MAX_STATEMENT_BYTES: usize = 4096;

/// Who agreed, to what, and when. No voice is kept without.
#[derive(Clone, PartialEq, Eq)]
pub struct Consent {
    speaker: String,
    statement: String,
    unix_seconds: u64,
}

impl Consent {
    /// Consent given at a time, in seconds since 1970.
    ///
    /// # Errors
    /// `Invalid` with the parameter `consent` where speaker or statement is blank or too long.
    pub fn new(speaker: &str, statement: &str, unix_seconds: u64) -> Result<Self> {
        checked("speaker", "who speaks", speaker, MAX_SPEAKER_BYTES)?;
        checked(
            "statement",
            "what they agree to",
            statement,
            MAX_STATEMENT_BYTES,
        )?;
        Ok(Self {
            speaker: speaker.to_owned(),
            statement: statement.to_owned(),
            unix_seconds,
        })
    }

    /// Consent given now.
    ///
    /// # Errors
    /// As [`Consent::new`].
    pub fn now(speaker: &str, statement: &str) -> Result<Self> {
        // A clock that is set before 1970 tells nothing; consent itself does not hang on it.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self::new(speaker, statement, now.map_or(0, |since| since.as_secs()))
    }

    /// Who speaks.
    pub fn speaker(&self) -> &str {
        &self.speaker
    }

    /// What they agreed to, in their own words.
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// When, in seconds since 1970.
    pub const fn unix_seconds(&self) -> u64 {
        self.unix_seconds
    }
}

/// Without name and words: debugging prints end in logs.
impl std::fmt::Debug for Consent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consent")
            .field("unix_seconds", &self.unix_seconds)
            .finish_non_exhaustive()
    }
}

fn checked(key: &str, what: &str, said: &str, most: usize) -> Result<()> {
    if said.trim().is_empty() {
        return Err(Qwen3Error::invalid(
            "consent",
            format!("consent.{key} is empty; say {what}"),
        ));
    }
    if said.len() > most {
        return Err(Qwen3Error::invalid(
            "consent",
            format!(
                "consent.{key} has {} bytes; at most {most} are kept",
                said.len()
            ),
        ));
    }
    Ok(())
}
