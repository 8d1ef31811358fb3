//! Styles: spoken from a recording in them, by an instruction, or by prosody.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use common::{FakeEngine, no_engines};
use mynah_audio::Clip;
use mynah_speech::VoiceGender::Female;
use mynah_speech::{
    Capability, Consent, KeptVoice, Permission, Prosody, Reference, SpeechError, SpeechRequest,
    Style, StyleIndex, StyleKey, StyleKind, StyleName, StyleVariant, StyledPrompt, VoiceIndex,
    VoiceKind,
};
use mynah_synthesis::{SpeechJob, StyleChoice, Synthesis, SynthesisSettings};

fn key(key: &str) -> StyleKey {
    key.parse().unwrap()
}

fn reference(name: &str) -> Arc<Reference> {
    Arc::new(Reference {
        audio: name.as_bytes().into(),
        text: Some(format!("the words of {name}")),
        x_vector_only: false,
        consent: Consent::now("Ana", "I agree.").unwrap(),
    })
}

/// A kept voice with recordings in these styles.
struct OneVoice(KeptVoice);

impl OneVoice {
    fn new(styles: &[(&str, Option<&str>)]) -> Arc<Self> {
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
            reference: reference("anchor"),
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
struct Styles;

const SLOW_AND_QUIET: (f32, f32, f32) = (0.5, -4.0, -20.0);

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
fn synthesis(kept: &Arc<OneVoice>) -> (Synthesis, Arc<Mutex<Vec<SpeechRequest>>>) {
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

fn emotion(intensity: Option<&str>) -> StyleName {
    StyleName::Emotion {
        key: key("sad"),
        intensity: intensity.map(key),
    }
}

fn job(voice: &str, name: StyleName, strict: bool) -> SpeechJob {
    SpeechJob {
        style: Some(StyleChoice { name, strict }),
        ..SpeechJob::new("One sentence that is spoken.").with_voice(voice)
    }
}

/// How a style is realized, as the header says it, or the error.
fn realized(synthesis: &Synthesis, job: SpeechJob) -> Result<String, String> {
    match synthesis.plan(job) {
        Ok(plan) => Ok(plan.style().unwrap().to_string()),
        Err(
            SpeechError::Invalid { param, message } | SpeechError::Unsupported { param, message },
        ) => Err(format!("{param}: {message}")),
        Err(other) => panic!("{other:?}"),
    }
}

async fn take(synthesis: &Synthesis, job: SpeechJob) -> Clip {
    let plan = synthesis.plan(job).unwrap();
    let permit = synthesis.admit().unwrap();
    synthesis.speak(plan, permit).collect().await.unwrap()
}

#[test]
fn a_kept_voice_speaks_from_the_recording_of_the_nearest_intensity() {
    for (recordings, asked, expected) in [
        (
            &["sad/medium", "sad/intense"][..],
            Some("intense"),
            "sad/intense; by=prompt",
        ),
        (
            &["sad/medium"],
            Some("intense"),
            "sad/medium; by=prompt; asked=sad/intense",
        ),
        (
            &["sad/medium"],
            None,
            "sad/medium; by=prompt; asked=sad/low",
        ),
        // Of two that are as near the weaker one.
        (
            &["sad/intense", "sad/low"],
            Some("medium"),
            "sad/low; by=prompt; asked=sad/medium",
        ),
        (&["radio"], Some("medium"), "sad/medium; by=prosody"),
        (&[], None, "sad/low; by=prosody"),
    ] {
        let styles: Vec<_> = recordings.iter().map(|style| (*style, None)).collect();
        let (synthesis, _) = synthesis(&OneVoice::new(&styles));
        let realized = realized(&synthesis, job("Ana", emotion(asked), false));
        assert_eq!(
            realized.as_deref(),
            Ok(expected),
            "{recordings:?} {asked:?}"
        );
    }
}

#[tokio::test]
async fn the_engine_gets_the_recording_in_the_language_of_the_text() {
    let kept = OneVoice::new(&[
        ("sad/low", Some("es")),
        ("sad/low", Some("en")),
        ("radio", None),
    ]);
    let (synthesis, requests) = synthesis(&kept);
    for (name, text) in [
        (emotion(None), "the words of sad/low en"),
        (StyleName::Mode(key("radio")), "the words of radio "),
        (StyleName::Mode(key("neutral")), "the words of anchor"),
    ] {
        take(&synthesis, job("Ana", name, false)).await;
        let request = requests.lock().unwrap().pop().unwrap();
        assert_eq!(request.reference.unwrap().text.as_deref(), Some(text));
    }
}

#[test]
fn strict_refuses_all_but_just_this_style() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[("sad/medium", None)]));
    let strict = |voice: &str, name| realized(&synthesis, job(voice, name, true));
    assert_eq!(
        strict("Ana", emotion(Some("medium"))),
        Ok("sad/medium; by=prompt".into())
    );
    assert_eq!(
        strict("Cleo", emotion(Some("low"))),
        Ok("sad/low; by=instruct".into())
    );
    let refused = strict("Ana", emotion(Some("low"))).unwrap_err();
    assert!(
        refused.starts_with("style: ") && refused.contains("sad/medium"),
        "{refused}"
    );
    let neutral = StyleName::Mode(key("neutral"));
    assert_eq!(strict("Bea", neutral), Ok("neutral; by=nothing".into()));
    let refused = strict("Bea", emotion(None)).unwrap_err();
    assert!(refused.contains("plain/Bea"), "{refused}");
}

#[test]
fn voices_that_take_instructions_get_one() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    assert_eq!(
        realized(
            &synthesis,
            job("Cleo", StyleName::Mode(key("radio")), false)
        ),
        Ok("radio; by=instruct".into())
    );
    let designed = SpeechJob {
        instruct: Some("A calm old man.".into()),
        ..job("design", emotion(Some("medium")), true)
    };
    assert_eq!(
        realized(&synthesis, designed),
        Ok("sad/medium; by=instruct".into())
    );
}

#[tokio::test]
async fn prosody_changes_length_and_level_and_keeps_the_speed_of_the_request() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let plain = take(
        &synthesis,
        SpeechJob::new("One sentence that is spoken.").with_voice("Bea"),
    )
    .await;
    let styled = take(&synthesis, job("Bea", emotion(None), false)).await;
    let ratio = styled.samples.len() as f64 / plain.samples.len() as f64;
    assert!((ratio - 2.0).abs() < 0.05, "{ratio}");
    let power = |clip: &Clip| {
        let sum: f64 = clip.samples.iter().map(|own| f64::from(*own).powi(2)).sum();
        sum / clip.samples.len() as f64
    };
    let decibels = 10.0 * (power(&styled) / power(&plain)).log10();
    assert!((-23.0..-17.0).contains(&decibels), "{decibels} dB");
    let fast = SpeechJob {
        speed: Some("2".parse().unwrap()),
        ..job("Bea", emotion(None), false)
    };
    let fast = take(&synthesis, fast).await;
    let ratio = fast.samples.len() as f64 / plain.samples.len() as f64;
    assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    let too_slow = SpeechJob {
        speed: Some("0.4".parse().unwrap()),
        ..job("Bea", emotion(None), false)
    };
    let refused = realized(&synthesis, too_slow).unwrap_err();
    assert!(
        refused.starts_with("style: ") && refused.contains("0.25 to 4"),
        "{refused}"
    );
}

#[test]
fn unknown_styles_and_names_of_another_kind_are_errors_that_name_what_there_is() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    for (name, expected) in [
        (StyleName::Mode(key("shouting")), "neutral, radio"),
        (StyleName::Mode(key("sad")), "send it as `emotion`"),
        (emotion(Some("huge")), "low, medium, intense"),
        (
            StyleName::Emotion {
                key: key("radio"),
                intensity: None,
            },
            "send it as `mode`",
        ),
    ] {
        let refused = realized(&synthesis, job("Bea", name.clone(), false)).unwrap_err();
        assert!(
            refused.starts_with("style: ") && refused.contains(expected),
            "{name:?}: {refused}"
        );
    }
}
