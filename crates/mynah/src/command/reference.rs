//! Reference audio on the command line: a recording, what is said in it, and its speaker's consent.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use mynah_speech::{Consent, ConsentBasis, InvalidConsent, Reference};

use crate::command::text;
use crate::exit::CliError;

/// Whose voice to speak in.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "To speak in the voice of a recording")]
pub(crate) struct ReferenceArgs {
    /// Recording of the voice; needs the consent of its speaker
    #[arg(long, value_name = "FILE")]
    ref_audio: Option<PathBuf>,

    /// What is said in the recording; `@FILE` reads it from a file
    #[arg(long, value_name = "TEXT|@FILE", requires = "ref_audio")]
    ref_text: Option<String>,

    /// Take only the speaker's x-vector from the recording: needs no text, is less close
    #[arg(long, requires = "ref_audio")]
    x_vector_only: bool,

    /// Who speaks in the recording
    #[arg(long, value_name = "NAME", requires = "ref_audio")]
    consent_speaker: Option<String>,

    /// What they agreed to, in their own words
    #[arg(long, value_name = "TEXT", requires = "ref_audio")]
    consent_statement: Option<String>,
}

impl ReferenceArgs {
    /// Whether there is a recording.
    pub(crate) const fn is_named(&self) -> bool {
        self.ref_audio.is_some()
    }

    /// The recording with all that belongs to it, where one was named.
    pub(crate) fn read(self) -> anyhow::Result<Option<Arc<Reference>>> {
        let Some(path) = self.ref_audio else {
            return Ok(None);
        };
        let speaker = self.consent_speaker.unwrap_or_default();
        let statement = self.consent_statement.unwrap_or_default();
        let consent = Consent::now(&speaker, &statement).map_err(|error| match error {
            InvalidConsent::Missing => CliError::bad_input(
                "a recording needs its speaker's consent: name the speaker with --consent-speaker NAME, and what \
                 they agreed to with --consent-statement TEXT",
            ),
            InvalidConsent::Malformed { .. } => CliError::bad_input(error.to_string()),
        })?;
        let text = self.ref_text.map(of_argument).transpose()?;
        if !self.x_vector_only && text.as_deref().is_none_or(|text| text.trim().is_empty()) {
            return Err(CliError::bad_input(
                "the recording needs its text: add --ref-text TEXT (or @FILE), what is said in it; \
                 or --x-vector-only, which needs no text and is less close to the voice",
            )
            .into());
        }
        let audio = bytes(&path, Reference::MAX_BYTES)?;
        if audio.is_empty() {
            let message = format!("{} is empty; name an audio file", path.display());
            return Err(CliError::bad_input(message).into());
        }
        Ok(Some(Arc::new(Reference {
            audio: audio.into(),
            text,
            x_vector_only: self.x_vector_only,
            provenance: consent.into(),
        })))
    }
}

/// Why a recording may be used.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Basis {
    /// It is the caller's own voice
    #[value(name = "self")]
    Own,
    /// The speaker agreed
    Permission,
    /// The recording is in the public domain
    #[value(name = "public_domain")]
    PublicDomain,
}

impl From<Basis> for ConsentBasis {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Own => Self::Own,
            Basis::Permission => Self::Permission,
            Basis::PublicDomain => Self::PublicDomain,
        }
    }
}

/// The text that an argument stands for.
pub(crate) fn of_argument(argument: String) -> anyhow::Result<String> {
    let text = match argument.strip_prefix('@') {
        None => argument,
        Some(path) => {
            // Four bytes are the most that a character takes.
            let bytes = bytes(Path::new(path), Reference::MAX_TEXT_CHARS * 4)?;
            text::decoded(&bytes, path)?
        }
    };
    let text = text.trim();
    if text.chars().count() > Reference::MAX_TEXT_CHARS {
        return Err(CliError::bad_input(format!(
            "--ref-text has more than {} characters; a shorter recording does as well",
            Reference::MAX_TEXT_CHARS
        ))
        .into());
    }
    Ok(text.to_owned())
}

pub(crate) fn bytes(path: &Path, most: usize) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    let file = File::open(path)
        .map_err(|error| CliError::bad_input(format!("{shown} can't be opened: {error}")))?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{shown} could not be read"))?;
    if bytes.len() > most {
        let message =
            format!("{shown} is larger than {most} bytes; a few seconds of it are enough");
        return Err(CliError::bad_input(message).into());
    }
    Ok(bytes)
}
