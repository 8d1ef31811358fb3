//! Kept voices: found before all others, and spoken only while they may be.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{FakeEngine, no_engines};
use mynah_audio::Clip;
use mynah_speech::VoiceGender::Female;
use mynah_speech::{
    Consent, KeptClip, KeptVoice, Permission, PromptCache, PromptKey, Reference, ReferenceAudio,
    SpeechError, VoiceAnchor, VoiceIndex, VoiceKind,
};
use mynah_synthesis::{SpeechJob, Synthesis, SynthesisSettings};

/// One voice, whose consent is revoked after so many confirmations.
struct OneVoice {
    voice: KeptVoice,
    confirmations: AtomicUsize,
    revoked_after: usize,
    uses: AtomicUsize,
}

impl OneVoice {
    fn new(name: &str, revoked_after: usize) -> Arc<Self> {
        let reference = Reference {
            audio: b"sound".as_slice().into(),
            text: None,
            x_vector_only: true,
            provenance: Consent::now("Ana", "I agree.").unwrap().into(),
        };
        Arc::new(Self {
            voice: KeptVoice {
                id: "voc_1".into(),
                name: name.into(),
                languages: Vec::new(),
                speed: 2.0,
                tags: Vec::new(),
                anchor: VoiceAnchor::Recording(Arc::new(reference)),
                prompts: Arc::new([]),
                permission: Permission::default(),
            },
            confirmations: AtomicUsize::new(0),
            revoked_after,
            uses: AtomicUsize::new(0),
        })
    }
}

impl VoiceIndex for OneVoice {
    fn find(&self, _: &str, id_or_name: &str) -> Option<KeptVoice> {
        let own = [self.voice.id.as_str(), self.voice.name.as_str()];
        let is_own = own.iter().any(|own| own.eq_ignore_ascii_case(id_or_name));
        is_own.then(|| self.voice.clone())
    }

    fn voices(&self, _: &str) -> Vec<KeptVoice> {
        vec![self.voice.clone()]
    }

    fn confirm<'a>(
        &'a self,
        voice: &'a KeptVoice,
    ) -> Pin<Box<dyn Future<Output = Result<bool, SpeechError>> + Send + 'a>> {
        if self.confirmations.fetch_add(1, Ordering::Relaxed) >= self.revoked_after {
            voice.permission.revoke();
        }
        Box::pin(async { Ok(voice.permission.is_given()) })
    }

    fn count_use(&self, _: &KeptVoice, _: Option<&str>) {
        self.uses.fetch_add(1, Ordering::Relaxed);
    }
}

fn synthesis(index: &Arc<OneVoice>) -> Synthesis {
    let preset = FakeEngine::new("preset", &[("Ana", &["en"], Female)]);
    let mimic = FakeEngine::new("mimic", &[("clone", &["en", "es"], Female)]);
    let engines = no_engines()
        .with_synthesizer(preset)
        .with_synthesizer(mimic.with_kind(VoiceKind::Cloned));
    Synthesis::new(engines, SynthesisSettings::default()).with_kept_voices(index.clone())
}

fn error(synthesis: &Synthesis, job: SpeechJob) -> String {
    match synthesis.plan(job) {
        Err(SpeechError::Invalid { message, .. } | SpeechError::Unsupported { message, .. }) => {
            message
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_kept_name_goes_before_engines_and_aliases_but_not_before_full_ids() {
    let index = OneVoice::new("Ana", usize::MAX);
    let synthesis = synthesis(&index);
    let of = |name: &str| {
        let plan = synthesis
            .plan(SpeechJob::new("Hello.").with_voice(name))
            .unwrap();
        (plan.voice_id(), plan.voice().id.to_string())
    };
    let kept = ("voc_1".to_owned(), "mimic/clone".to_owned());
    assert_eq!(of("ANA"), kept);
    assert_eq!(of("voc_1"), kept);
    assert_eq!(of("preset/Ana"), ("preset/Ana".into(), "preset/Ana".into()));

    let captured = OneVoice::new("preset/Ana", usize::MAX);
    let synthesis = self::synthesis(&captured);
    let plan = synthesis
        .plan(SpeechJob::new("Hello.").with_voice("preset/ana"))
        .unwrap();
    assert_eq!(plan.voice_id(), "preset/Ana");
    let alias = OneVoice::new("alloy", usize::MAX);
    let plan = self::synthesis(&alias).plan(SpeechJob::new("Hello.").with_voice("alloy"));
    assert_eq!(plan.unwrap().voice_id(), "voc_1");
}

#[test]
fn a_revoked_voice_is_an_error_and_no_other_voice() {
    let index = OneVoice::new("Ana", usize::MAX);
    let synthesis = synthesis(&index);
    index.voice.permission.revoke();
    let message = error(&synthesis, SpeechJob::new("Hello.").with_voice("Ana"));
    assert!(message.contains("revoked"), "{message}");
}

#[test]
fn without_an_engine_that_clones_the_error_names_a_model() {
    let index = OneVoice::new("Ana", usize::MAX);
    let preset = FakeEngine::new("preset", &[("slt", &["en"], Female)]);
    let engines = no_engines().with_synthesizer(preset);
    let settings = SynthesisSettings::default();
    let synthesis = Synthesis::new(engines, settings).with_kept_voices(index);
    let message = error(&synthesis, SpeechJob::new("Hello.").with_voice("Ana"));
    assert!(message.contains("mynah models pull"), "{message}");
}

#[test]
fn another_name_of_a_preset_is_spoken_by_its_engine() {
    let named = |preset: &str| {
        let mut index = OneVoice::new("Bia", usize::MAX);
        let own = Arc::get_mut(&mut index).unwrap();
        own.voice.anchor = VoiceAnchor::Preset(preset.parse().unwrap());
        index
    };
    let synthesis = synthesis(&named("preset/Ana"));
    let job = SpeechJob::new("Hello.").with_voice("bia");
    let plan = synthesis.plan(job.clone()).unwrap();
    assert_eq!(plan.voice_id(), "voc_1");
    assert_eq!(plan.voice().id.to_string(), "preset/Ana");
    assert!(plan.reference().is_none());
    let elsewhere = SpeechJob {
        engine: Some("mimic".into()),
        ..job.clone()
    };
    let message = error(&synthesis, elsewhere);
    assert!(message.contains("not of the requested engine"), "{message}");
    let in_portuguese = SpeechJob {
        language: "pt".parse().unwrap(),
        ..job.clone()
    };
    let message = error(&synthesis, in_portuguese);
    assert!(message.contains("does not speak pt"), "{message}");
    for missing in ["preset/Eva", "nowhere/Ana"] {
        error(&self::synthesis(&named(missing)), job.clone());
    }
}

#[tokio::test]
async fn a_consent_that_is_revoked_stops_the_next_chunk() {
    let text = "One sentence that is spoken. ".repeat(20);
    for (revoked_after, complete) in [(usize::MAX, true), (2, false), (0, false)] {
        let index = OneVoice::new("Ana", revoked_after);
        let synthesis = synthesis(&index);
        let plan = synthesis
            .plan(SpeechJob::new(&*text).with_voice("Ana"))
            .unwrap();
        let mut stream = synthesis.speak(plan, synthesis.admit().unwrap());
        let mut take = Clip::empty(mynah_audio::SampleRate::HZ_24000);
        let mut failed = None;
        while let Some(item) = stream.next().await {
            match item {
                Ok(clip) => take.samples.extend(clip.samples),
                Err(error) => failed = Some(error),
            }
        }
        assert_eq!(failed.is_none(), complete, "{failed:?}");
        assert_eq!(take.is_empty(), revoked_after == 0);
        assert_eq!(index.uses.load(Ordering::Relaxed), 1);
        if !complete {
            assert_eq!(
                index.confirmations.load(Ordering::Relaxed),
                revoked_after + 1
            );
        }
    }
}

/// No clip: the test's engine reads none.
struct NoClips;

impl PromptCache for NoClips {
    fn clip(&self, _: &str) -> Result<Vec<u8>, SpeechError> {
        Ok(Vec::new())
    }

    fn tensors(&self, _: &PromptKey<'_>) -> Option<Vec<u8>> {
        None
    }

    fn keep(&self, _: &PromptKey<'_>, _: Vec<u8>) {}
}

#[tokio::test]
async fn a_recording_that_is_deleted_stops_the_next_chunk() {
    let recording = Permission::default();
    let mut index = OneVoice::new("Ana", usize::MAX);
    let own = Arc::get_mut(&mut index).unwrap();
    let anchor = own.voice.anchor.recording().unwrap();
    own.voice.anchor = VoiceAnchor::Recording(Arc::new(Reference {
        audio: ReferenceAudio::Kept(KeptClip {
            sha256: "0".repeat(64),
            cache: Arc::new(NoClips),
            permission: recording.clone(),
        }),
        ..Reference::clone(anchor)
    }));
    let synthesis = synthesis(&index);
    let text = "One sentence that is spoken. ".repeat(20);
    let job = SpeechJob::new(&*text).with_voice("Ana");
    let plan = synthesis.plan(job.clone()).unwrap();
    let whole = synthesis.speak(plan, synthesis.admit().unwrap()).collect();
    assert!(!whole.await.unwrap().is_empty());
    recording.revoke();
    let plan = synthesis.plan(job).unwrap();
    let speech = synthesis.speak(plan, synthesis.admit().unwrap()).collect();
    let error = speech.await.unwrap_err().to_string();
    assert!(error.contains("recording was deleted"), "{error}");
}

#[tokio::test]
async fn the_speed_of_a_voice_is_that_of_requests_without_one() {
    let index = OneVoice::new("Ana", usize::MAX);
    let synthesis = synthesis(&index);
    let seconds = async |speed: Option<&str>| {
        let job = SpeechJob {
            speed: speed.map(|speed| speed.parse().unwrap()),
            ..SpeechJob::new("One sentence that is spoken.").with_voice("Ana")
        };
        let plan = synthesis.plan(job).unwrap();
        let take = synthesis.speak(plan, synthesis.admit().unwrap()).collect();
        take.await.unwrap().duration().as_secs_f64()
    };
    let (own, normal) = (seconds(None).await, seconds(Some("1")).await);
    assert!((normal / own - 2.0).abs() < 0.2, "{normal} {own}");
}
