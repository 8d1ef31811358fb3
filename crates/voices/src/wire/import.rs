use mynah_api::{ImportReport, OnConflict};

use crate::{ImportConflict, ImportedVoice};

impl From<ImportedVoice> for ImportReport {
    fn from(imported: ImportedVoice) -> Self {
        Self {
            voice: imported.voice.map(Into::into),
            name: imported.name.into(),
            version: imported.version,
            prompts: imported.prompts,
            locked: imported.locked,
            replaced: imported.replaced.into_iter().map(Into::into).collect(),
            unknown_styles: imported.unknown_styles,
        }
    }
}

impl From<OnConflict> for ImportConflict {
    fn from(wanted: OnConflict) -> Self {
        match wanted {
            OnConflict::Fail => Self::Fail,
            OnConflict::Rename => Self::Rename,
            OnConflict::Replace => Self::Replace,
            OnConflict::NewId => Self::NewId,
        }
    }
}
