//! Making a voice of a package.

use std::fs::File;
use std::io::BufReader;

use mynah_voice_package::{AnyPackage, ConsentDocument, Package, PackageError, VoiceDocument};

use super::blocking;
use super::check::{self, CheckedPrompt, CheckedVoice};
use crate::library::Library;
use crate::{StoredVoice, VoiceKey, VoiceName, VoicesError, name};

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
        let opened = blocking(move || Ok((AnyPackage::open(BufReader::new(file), &limits)?, held)));
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
        let stored = self.store_recordings(package, checked.prompts.len());
        self.import_checked(workspace, checked, 2, options, stored, by)
            .await
    }

    /// Inserts what is checked, unless it is a dry run. Its objects are stored before the rows that name them.
    pub(super) async fn import_checked(
        &self,
        workspace: &str,
        checked: CheckedPackage,
        version: u32,
        options: ImportOptions,
        stored: impl Future<Output = Result<(), VoicesError>>,
        by: Option<&str>,
    ) -> Result<ImportedVoice, VoicesError> {
        let on_conflict = options.on_conflict;
        let planned = self.plan(workspace, checked, on_conflict).await?;
        let voice = match options.dry_run {
            true => None,
            false => Some(self.insert_stored(workspace, &planned, stored, by).await?),
        };
        Ok(planned.report(version, voice))
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
