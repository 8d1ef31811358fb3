//! Helpers of this crate's tests.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod styled;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mynah_audio::{Clip, SampleRate, resample};
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineId, EngineInfo, Engines, FinishReason,
    SpeechError, SpeechRequest, Synthesizer, Voice, VoiceGender, VoiceKind,
};
use mynah_synthesis::{SpeechJob, SpeechStream, Synthesis, SynthesisError, SynthesisSettings};
use mynah_tone::{Script, Tone, ToneScorer, code};

/// Longer than any step of a test takes.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(30);

/// An engine that produces tones, and the script that controls its behaviour.
pub(crate) struct TestSynthesis {
    pub(crate) synthesis: Synthesis,
    pub(crate) script: Script,
}

pub(crate) fn no_engines() -> Engines {
    Engines::new(|| Box::new(ToneScorer))
}

impl TestSynthesis {
    pub(crate) fn new(settings: SynthesisSettings) -> Self {
        let script = Script::new();
        let engines = no_engines().with_synthesizer(Tone::new(script.clone()));
        Self {
            synthesis: Synthesis::new(engines, settings),
            script,
        }
    }

    pub(crate) fn speak(&self, text: &str) -> SpeechStream {
        self.speak_job(SpeechJob::new(text).with_voice("alto"))
    }

    pub(crate) fn speak_job(&self, job: SpeechJob) -> SpeechStream {
        let plan = self.synthesis.plan(job).unwrap();
        let permit = self.synthesis.admit().unwrap();
        self.synthesis.speak(plan, permit)
    }

    /// Waits on a blocking thread until the engine's counts are as expected.
    pub(crate) async fn until(
        &self,
        expected: impl Fn(mynah_tone::Counts) -> bool + Send + 'static,
    ) -> bool {
        self.within(MAX_WAIT, expected).await
    }

    pub(crate) async fn within(
        &self,
        time: Duration,
        expected: impl Fn(mynah_tone::Counts) -> bool + Send + 'static,
    ) -> bool {
        let stage = self.script.speech.clone();
        tokio::task::spawn_blocking(move || stage.wait(time, expected))
            .await
            .unwrap()
    }
}

/// The text that is encoded in audio of tones.
pub(crate) fn decoded_text(take: &Clip) -> String {
    code::decode(&resample(take, SampleRate::HZ_16000).samples)
}

/// The error that ends a stream.
pub(crate) async fn error_of(mut stream: SpeechStream) -> SynthesisError {
    while let Some(item) = stream.next().await {
        if let Err(error) = item {
            assert_eq!(stream.next().await, None, "an error is the last item");
            return error;
        }
    }
    panic!("the stream ended well");
}

/// The tone engine under another name, with other voices: stands in for a real engine.
pub(crate) struct FakeEngine {
    info: EngineInfo,
    voices: Vec<Voice>,
    health: EngineHealth,
    capability: Capability,
    tone: Tone,
    /// The requests it received.
    pub(crate) requests: Arc<Mutex<Vec<SpeechRequest>>>,
}

impl FakeEngine {
    pub(crate) fn new(name: &'static str, voices: &[(&str, &[&str], VoiceGender)]) -> Self {
        let voice = |(id, tags, gender): &(&str, &[&str], VoiceGender)| Voice {
            id: format!("{name}/{id}").parse().unwrap(),
            name: (*id).into(),
            languages: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
            gender: Some(*gender),
            kind: VoiceKind::Preset,
            instruct: false,
            of_person: false,
        };
        Self {
            info: EngineInfo {
                id: EngineId::new(name),
                demo: true,
                about: "A double.",
                licence: "MIT",
                packages: &[],
            },
            voices: voices.iter().map(voice).collect(),
            health: EngineHealth::Ready { version: None },
            capability: Capability {
                max_chars: 100,
                ..Capability::default()
            },
            tone: Tone::default(),
            requests: Arc::default(),
        }
    }

    pub(crate) fn missing(name: &'static str) -> Self {
        let health = EngineHealth::Missing {
            reason: "it is not installed".into(),
            fix: format!("apt-get install {name}"),
        };
        Self {
            health,
            ..Self::new(name, &[])
        }
    }

    pub(crate) fn with_script(mut self, script: Script) -> Self {
        self.tone = Tone::new(script);
        self
    }

    pub(crate) fn with_kind(mut self, kind: VoiceKind) -> Self {
        for voice in &mut self.voices {
            voice.kind = kind;
        }
        self
    }

    pub(crate) fn with_capability(mut self, capability: Capability) -> Self {
        self.capability = capability;
        for voice in &mut self.voices {
            voice.instruct = capability.instruct;
        }
        self
    }
}

impl Synthesizer for FakeEngine {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        self.health.clone()
    }

    fn capability(&self) -> Capability {
        self.capability
    }

    fn voices(&self) -> Vec<Voice> {
        self.voices.clone()
    }

    /// `A+B` describes a voice like `A`, which is one of the engine's.
    fn described_voice(&self, name: &str) -> Result<Option<Voice>, SpeechError> {
        let Some((first, _)) = name.split_once('+') else {
            return Ok(None);
        };
        let Some(voice) = self.voices.iter().find(|voice| voice.id.name() == first) else {
            return Err(SpeechError::Invalid {
                param: "voice",
                message: format!("there is no voice '{first}' to mix"),
            });
        };
        let engine = self.info.id.as_str();
        let id = mynah_speech::VoiceId::new(engine, name).unwrap();
        Ok(Some(Voice {
            id,
            ..voice.clone()
        }))
    }

    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, SpeechError> {
        self.requests.lock().unwrap().push(request.clone());
        let request = SpeechRequest {
            voice: "tone/alto".parse().unwrap(),
            ..request.clone()
        };
        self.tone.speak(&request, cancel, sink)
    }
}
