//! Making a voice of a package.

use std::fs::File;
use std::io::BufReader;

use mynah_voice_package::{
    AnyPackage, ConsentDocument, Package, PackageError, V1Package, VoiceDocument,
};

use super::check::{self, CheckedPrompt, CheckedVoice};
use super::export::blocking;
use crate::library::{Library, now_ms};
use crate::{
    NewVoice, Origin, RecordedPrompt, StoredVoice, VoiceKey, VoiceName, VoicesError, name,
};

/// What an import does where the workspace has a voice of the same name or the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImportConflict {
    /// It fails.
    #[default]
    Fail,
    /// The imported voice gets a number after its name where that is taken, and an id of its own where its
    /// id is.
    Rename,
    /// The voices that are there are deleted, and can be restored for [`crate::RESTORE_PERIOD`].
    Replace,
    /// The imported voice gets an id of its own; its name must be free.
    NewId,
}

/// How a package is imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// What happens to a voice that is there.
    pub on_conflict: ImportConflict,
    /// Whether it is only checked.
    pub dry_run: bool,
}

/// What was imported, or would have been.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedVoice {
    /// The voice; none where the package was only checked.
    pub voice: Option<StoredVoice>,
    /// Its name, which may not be that of the package.
    pub name: VoiceName,
    /// The version of the package.
    pub version: u32,
    /// How many prompts it has.
    pub prompts: usize,
    /// Whether it has no consent, and speaks only once it is given one.
    pub locked: bool,
    /// The voices that were deleted for it.
    pub replaced: Vec<VoiceKey>,
    /// Styles of its prompts that the workspace does not have, so that no request can name them.
    pub unknown_styles: Vec<String>,
}

/// A package that is checked, with its prompts.
pub(super) struct CheckedPackage {
    pub(super) voice: CheckedVoice,
    pub(super) prompts: Vec<CheckedPrompt>,
}

type OpenPackage = Package<BufReader<File>>;

impl Library {
    /// Makes a voice of a package. Everything in it is checked before anything is kept. `by` is the id of the
    /// key that asks for it; `held` is dropped once its recordings are decoded.
    ///
    /// The voice keeps its id, where no voice has it, and is not public. One of a recording without a consent
    /// cannot speak until it is given one, as is every voice of a package of version 1.
    ///
    /// # Errors
    /// [`VoicesError`]; nothing was changed then.
    pub async fn import(
        &self,
        workspace: &str,
        file: File,
        options: ImportOptions,
        by: Option<&str>,
        held: impl Send + 'static,
    ) -> Result<ImportedVoice, VoicesError> {
        let limits = self.options().packages;
        // What holds a slot goes on where the caller is gone, until the file is read.
        let opened = blocking(move || Ok((Package::open(BufReader::new(file), &limits)?, held)));
        let (package, held) = opened.await?;
        match package {
            AnyPackage::V1(package) => self.import_v1(workspace, *package, options, by, held).await,
            AnyPackage::V2(package) => self.import_v2(workspace, *package, options, by, held).await,
        }
    }

    async fn import_v2(
        &self,
        workspace: &str,
        package: OpenPackage,
        options: ImportOptions,
        by: Option<&str>,
        held: impl Send + 'static,
    ) -> Result<ImportedVoice, VoicesError> {
        let (engines, key) = (self.engines().clone(), by.map(str::to_owned));
        let (mut checked, package) = blocking(move || {
            let _held = held;
            let mut package = package;
            let by = key.as_deref();
            let voice = check::voice(&package.voice, package.consent.as_ref(), by)?;
            let mut prompts = Vec::new();
            for index in 0..package.voice.prompts {
                let flac = package.recording(index)?;
                let own = &package.prompt(index)?;
                prompts.push(check::prompt(
                    index,
                    own,
                    voice.origin,
                    &flac,
                    &engines,
                    by,
                )?);
            }
            let checked = CheckedPackage { voice, prompts };
            checked.check()?;
            Ok((checked, package))
        })
        .await?;
        if let Some(speaker) = &mut checked.voice.speaker {
            *speaker = self.preset(speaker)?.to_string();
        }
        let (planned, mut report) = self
            .plan(workspace, checked, options.on_conflict, 2)
            .await?;
        if options.dry_run {
            return Ok(report);
        }
        // Before the rows that name them; they are looked for again under the lock of the library.
        let stored = self.store_recordings(package, planned.prompts.len());
        let voice = self.insert_stored(workspace, &planned, stored, by).await?;
        report.voice = Some(voice);
        Ok(report)
    }

    /// Stores the recordings of a package, one at a time.
    async fn store_recordings(
        &self,
        mut package: OpenPackage,
        prompts: usize,
    ) -> Result<(), VoicesError> {
        for index in 0..prompts {
            let (flac, read) = blocking(move || {
                let flac = package.recording(index)?;
                Ok((flac, package))
            })
            .await?;
            package = read;
            self.blobs().put(flac.into()).await?;
        }
        Ok(())
    }

    async fn import_v1(
        &self,
        workspace: &str,
        package: V1Package,
        options: ImportOptions,
        by: Option<&str>,
        held: impl Send + 'static,
    ) -> Result<ImportedVoice, VoicesError> {
        let (metadata, now) = (package.metadata, now_ms());
        let wrong = |reason: String| PackageError::document("meta.json", reason);
        let name = VoiceName::new(&metadata.name);
        let name = name.map_err(|error| wrong(format!("`name`: {error}")))?;
        let created_at = metadata.created_ms().filter(|ms| (0..=now).contains(ms));
        let description = metadata.description.filter(|own| !own.is_empty());
        let voice = NewVoice {
            description: description
                .or(metadata.design_description)
                .unwrap_or_default(),
            ..NewVoice::named(name)
        };
        voice.check().map_err(|error| wrong(error.to_string()))?;
        let recorded = RecordedPrompt {
            audio: package.recording.into(),
            transcript: package.transcript,
            x_vector_only: false,
            language: None,
        };
        let encoded = self.encode_recording(recorded, held).await?;
        let checked = CheckedPackage {
            voice: CheckedVoice {
                id: None,
                voice,
                origin: Origin::Recording,
                speaker: None,
                consent: None,
                created_at: created_at.unwrap_or(now),
            },
            prompts: vec![CheckedPrompt {
                prompt: encoded.prompt(now),
                consent: None,
            }],
        };
        let (planned, mut report) = self
            .plan(workspace, checked, options.on_conflict, 1)
            .await?;
        if options.dry_run {
            return Ok(report);
        }
        let stored = async { Ok(self.blobs().put(encoded.flac()).await.map(drop)?) };
        let voice = self.insert_stored(workspace, &planned, stored, by).await?;
        report.voice = Some(voice);
        Ok(report)
    }
}

impl CheckedPackage {
    /// Ok where the prompts are of one speaker, and one of them is the anchor.
    fn check(&self) -> Result<(), VoicesError> {
        let of_prompts = self.prompts.iter().filter_map(|own| own.consent.as_ref());
        let consents = self.voice.consent.iter().chain(of_prompts);
        let mut speakers = consents.map(|consent| name::key(&consent.speaker));
        if let Some(first) = speakers.next()
            && speakers.any(|other| other != first)
        {
            let reason = "a recording has the consent of another speaker";
            return Err(PackageError::document(ConsentDocument::PATH, reason).into());
        }
        let anchors = self.prompts.iter().filter(|own| own.prompt.anchor).count();
        match anchors == 1 || self.prompts.is_empty() {
            true => Ok(()),
            false => {
                let reason = format!("{anchors} of its prompts are the anchor, and one must be");
                Err(PackageError::document(VoiceDocument::PATH, reason).into())
            }
        }
    }
}
