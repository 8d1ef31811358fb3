//! A recording to keep, on the command line: its file, its words and its speaker's consent.

use std::path::PathBuf;

use mynah_speech::{Consent, Language, Reference};
use mynah_voices::{RecordedPrompt, VoicesError};

use crate::command::reference;

/// Which recording to keep.
#[derive(Debug, clap::Args)]
pub(super) struct RecordingArgs {
    /// A recording of one person, in any format
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What is said in the recording; `@FILE` reads it from a file
    #[arg(long, value_name = "TEXT|@FILE", conflicts_with = "x_vector_only")]
    ref_text: Option<String>,

    /// Take only the speaker's x-vector from the recording: needs no text, is less close
    #[arg(long)]
    x_vector_only: bool,

    /// Who speaks in the recording
    #[arg(long, value_name = "NAME")]
    consent_speaker: String,

    /// What they agreed to, in their own words
    #[arg(long, value_name = "TEXT")]
    consent_statement: String,

    /// Why the recording may be used
    #[arg(long, value_name = "BASIS", default_value = "permission")]
    consent_basis: reference::Basis,

    /// The language of the recording
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,
}

impl RecordingArgs {
    /// The recording and the consent.
    pub(super) fn read(self) -> anyhow::Result<(RecordedPrompt, Consent)> {
        let consent = Consent::now(&self.consent_speaker, &self.consent_statement);
        let consent = Consent {
            basis: self.consent_basis.into(),
            ..consent.map_err(VoicesError::from)?
        };
        let recorded = RecordedPrompt {
            audio: reference::bytes(&self.file, Reference::MAX_BYTES)?.into(),
            transcript: self.ref_text.map(reference::of_argument).transpose()?,
            x_vector_only: self.x_vector_only,
            language: self.language,
        };
        Ok((recorded, consent))
    }
}
