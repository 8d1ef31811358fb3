//! Kept voices and styles in the wire format, as the HTTP API and the command line print them.

mod import;
mod prompt;
mod style;
mod take;

use mynah_api::{KeptConsent, KeptPrompt, KeptVoice, VoiceAuditEntry, VoiceOrigin};
use mynah_speech::ConsentBasis;

pub use style::style_of;

use crate::{AuditEntry, ConsentRecord, Origin, StoredVoice};

impl From<StoredVoice> for KeptVoice {
    fn from(stored: StoredVoice) -> Self {
        Self {
            speakable: stored.may_speak(),
            id: stored.id.into(),
            name: stored.name.into(),
            origin: stored.origin.into(),
            speaker: stored.speaker.as_ref().map(ToString::to_string),
            description: stored.description,
            languages: stored.languages.iter().map(ToString::to_string).collect(),
            tags: stored.tags,
            speed: stored.speed,
            public: stored.public,
            consent: stored.consent.map(KeptConsent::from),
            prompts: stored.prompts.into_iter().map(KeptPrompt::from).collect(),
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        }
    }
}

impl From<Origin> for VoiceOrigin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Recording => Self::Recording,
            Origin::Description => Self::Description,
            Origin::Speaker => Self::Speaker,
        }
    }
}

impl From<VoiceOrigin> for Origin {
    fn from(origin: VoiceOrigin) -> Self {
        match origin {
            VoiceOrigin::Recording => Self::Recording,
            VoiceOrigin::Description => Self::Description,
            VoiceOrigin::Speaker => Self::Speaker,
        }
    }
}

impl From<ConsentRecord> for KeptConsent {
    fn from(record: ConsentRecord) -> Self {
        Self {
            id: record.id.into(),
            speaker: record.speaker,
            statement: record.statement,
            basis: match record.basis {
                ConsentBasis::Own => mynah_api::ConsentBasis::Own,
                ConsentBasis::Permission => mynah_api::ConsentBasis::Permission,
                ConsentBasis::PublicDomain => mynah_api::ConsentBasis::PublicDomain,
            },
            given_at: record.given_at,
            revoked_at: record.revoked_at,
        }
    }
}

impl From<AuditEntry> for VoiceAuditEntry {
    fn from(entry: AuditEntry) -> Self {
        Self {
            event: entry.event,
            key_id: Some(entry.key_id).filter(|id| !id.is_empty()),
            count: entry.count,
            first_at: entry.first_at,
            last_at: entry.last_at,
        }
    }
}
