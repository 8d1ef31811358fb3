//! Making a voice of a package of version 1: of a recording, as an upload, without a consent.

use mynah_voice_package::{PackageError, V1Package};

use super::check::{CheckedPrompt, CheckedVoice};
use super::import::{CheckedPackage, ImportOptions, ImportedVoice};
use crate::library::{Library, now_ms};
use crate::{NewVoice, Origin, RecordedPrompt, VoiceName, VoicesError};

impl Library {
    pub(super) async fn import_v1(
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
        let stored = async { Ok(self.blobs().put(encoded.flac()).await.map(drop)?) };
        self.import_checked(workspace, checked, 1, options, stored, by)
            .await
    }
}
