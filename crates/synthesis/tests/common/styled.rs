//! Synthesis whose voices have styles: by recordings, by instructions, and by prosody alone.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use mynah_speech::VoiceGender::Female;
use mynah_speech::{
    Capability, Consent, KeptVoice, Permission, Prosody, Reference, SpeechError, SpeechRequest,
    Style, StyleIndex, StyleKey, StyleKind, StyleVariant, StyledPrompt, VoiceAnchor, VoiceIndex,
    VoiceKind,
};
use mynah_synthesis::{Synthesis, SynthesisSettings};

use super::{FakeEngine, no_engines};

pub(crate) fn key(key: &str) -> StyleKey {
    key.parse().unwrap()
}

pub(crate) fn reference(name: &str) -> Arc<Reference> {
    Arc::new(Reference {
        audio: name.as_bytes().into(),
        text: Some(format!("the words of {name}")),
        x_vector_only: false,
        provenance: Consent::now("Ana", "I agree.").unwrap().into(),
    })
}

/// A kept voice with recordings in these styles.
pub(crate) struct OneVoice(pub(crate) KeptVoice);

impl OneVoice {
    pub(crate) fn new(styles: &[(&str, Option<&str>)]) -> Arc<Self> {
        let prompts = styles.iter().map(|(style, language)| StyledPrompt {
            style: style.parse().unwrap(),
            language: language.map(|tag| tag.parse().unwrap()),
            reference: reference(&format!("{style} {}", language.unwrap_or_default())),
        });
        Arc::new(Self(KeptVoice {
            id: "voc_1".into(),
            name: "Ana".into(),
            languages: Vec::new(),
            speed: 1.0,
            tags: Vec::new(),
            anchor: VoiceAnchor::Recording(reference("anchor")),
            prompts: prompts.collect(),
            permission: Permission::default(),
        }))
    }
}

impl VoiceIndex for OneVoice {
    fn find(&self, _: &str, id_or_name: &str) -> Option<KeptVoice> {
        (id_or_name == self.0.name).then(|| self.0.clone())
    }

    fn voices(&self, _: &str) -> Vec<KeptVoice> {
        vec![self.0.clone()]
    }

    fn confirm<'a>(
        &'a self,
        _: &'a KeptVoice,
    ) -> Pin<Box<dyn Future<Output = Result<bool, SpeechError>> + Send + 'a>> {
        Box::pin(async { Ok(true) })
    }

    fn count_use(&self, _: &KeptVoice, _: Option<&str>) {}
}

/// Speech without a style, an emotion of three intensities, and a mode.
pub(crate) struct Styles;

pub(crate) const SLOW_AND_QUIET: (f32, f32, f32) = (0.5, -4.0, -20.0);

impl StyleIndex for Styles {
    fn style(&self, workspace: &str, key: &StyleKey) -> Option<Arc<Style>> {
        let styles = self.styles(workspace);
        styles.into_iter().find(|style| style.key == *key)
    }

    fn styles(&self, _: &str) -> Vec<Arc<Style>> {
        let style = |own: &str, kind, intensities: &[Option<&str>]| {
            let variant = |intensity: &Option<&str>| {
                let (rate, pitch, gain) = SLOW_AND_QUIET;
                StyleVariant {
                    intensity: intensity.map(key),
                    instruct: format!("Speak {own} {}.", intensity.unwrap_or("plain")),
                    texts: BTreeMap::new(),
                    prosody: Prosody::new(rate, pitch, gain).unwrap(),
                }
            };
            Arc::new(Style {
                key: key(own),
                kind,
                labels: BTreeMap::new(),
                tags: Vec::new(),
                wordless: false,
                variants: intensities.iter().map(variant).collect(),
            })
        };
        vec![
            style("neutral", StyleKind::Neutral, &[None]),
            style(
                "sad",
                StyleKind::Emotion,
                &[Some("low"), Some("medium"), Some("intense")],
            ),
            style("radio", StyleKind::Mode, &[None]),
        ]
    }
}

/// Synthesis with a voice of each kind, and the requests that the engines received.
pub(crate) fn synthesis(kept: &Arc<OneVoice>) -> (Synthesis, Arc<Mutex<Vec<SpeechRequest>>>) {
    let plain = FakeEngine::new("plain", &[("Bea", &["en"], Female)]);
    let obedient =
        FakeEngine::new("obedient", &[("Cleo", &["en"], Female)]).with_capability(Capability {
            instruct: true,
            max_chars: 100,
            ..Capability::default()
        });
    let designer = FakeEngine::new("designer", &[("design", &["en"], Female)]);
    let mut mimic = FakeEngine::new("mimic", &[("clone", &["en", "es"], Female)]);
    let requests = Arc::clone(&plain.requests);
    mimic.requests = Arc::clone(&requests);
    let engines = no_engines()
        .with_synthesizer(plain)
        .with_synthesizer(obedient)
        .with_synthesizer(designer.with_kind(VoiceKind::Designed))
        .with_synthesizer(mimic.with_kind(VoiceKind::Cloned));
    let synthesis = Synthesis::new(engines, SynthesisSettings::default())
        .with_kept_voices(kept.clone())
        .with_styles(Arc::new(Styles));
    (synthesis, requests)
}
