use mynah_api::KeptTake;
use mynah_audio::SampleRate;

use crate::Take;

impl From<Take> for KeptTake {
    fn from(take: Take) -> Self {
        let details = take.details;
        Self {
            id: take.clip.id.into(),
            sha256: take.clip.blob.to_string(),
            bytes: take.clip.bytes,
            seconds: take.clip.samples as f64 / f64::from(SampleRate::HZ_24000.hz()),
            text: details.text,
            voice: details.voice.to_string(),
            kept_voice: details.kept_voice,
            of_person: details.of_person,
            language: details.language.to_string(),
            style: details.style.as_ref().map(ToString::to_string),
            instructions: details.instructions,
            seed: details.seed,
            created_at: take.created_at,
        }
    }
}
