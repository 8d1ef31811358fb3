//! Text to tones. A designed or cloned voice hums below them, at a pitch derived from its
//! description or reference.

use std::ops::ControlFlow;

use mynah_audio::Clip;
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineInfo, FinishReason, Language, SpeechError,
    SpeechRequest, Synthesizer, Voice, VoiceGender, VoiceId, VoiceKind,
};

use crate::code::{self, RATE};
use crate::script::{delay, fault_error, wait_for_cancel};
use crate::{Behaviour, Fault, Tone};

/// The voices: name, gender, languages, kind.
const VOICES: [(&str, Option<VoiceGender>, &[&str], VoiceKind); 4] = [
    (
        "alto",
        Some(VoiceGender::Female),
        &["en", "es", "fr"],
        VoiceKind::Preset,
    ),
    ("bass", Some(VoiceGender::Male), &["en"], VoiceKind::Preset),
    ("design", None, &["en", "es", "fr"], VoiceKind::Designed),
    ("clone", None, &["en", "es", "fr"], VoiceKind::Cloned),
];

impl Synthesizer for Tone {
    fn info(&self) -> &EngineInfo {
        &crate::tone::INFO
    }

    fn health(&self) -> EngineHealth {
        crate::tone::ready()
    }

    fn capability(&self) -> Capability {
        Capability {
            streaming: true,
            clone: true,
            design: true,
            max_chars: 1_000,
            ..Capability::default()
        }
    }

    fn voices(&self) -> Vec<Voice> {
        let voice = |&(name, gender, tags, kind): &(_, _, &[&str], _)| {
            let languages: Result<Vec<Language>, _> = tags.iter().map(|tag| tag.parse()).collect();
            let id = VoiceId::new("tone", name).ok()?;
            Some(Voice {
                name: id.name().into(),
                id,
                languages: languages.ok()?,
                gender,
                kind,
                instruct: false,
                of_person: false,
            })
        };
        VOICES.iter().filter_map(voice).collect()
    }

    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, SpeechError> {
        let hum = hum(self.voices(), request)?;
        let call = self.script.speech.begin(cancel)?;
        let utterance = Utterance {
            hum,
            behaviour: call.behaviour,
            cancel,
            sink,
        };
        let result = utterance.synthesize(&request.text);
        call.end(result)
    }
}

/// The pitch of a designed or cloned voice's hum; none for presets.
fn hum(voices: Vec<Voice>, request: &SpeechRequest) -> Result<Option<f32>, SpeechError> {
    let id = &request.voice;
    let Some(voice) = voices.into_iter().find(|voice| voice.id == *id) else {
        let message = format!("tone has no voice {id}; it has alto, bass, design and clone");
        return Err(SpeechError::Unsupported {
            param: "voice",
            message,
        });
    };
    let lacks = |param: &'static str| SpeechError::Invalid {
        param,
        message: format!("voice {id} requires `{param}`"),
    };
    match voice.kind {
        VoiceKind::Preset => Ok(None),
        VoiceKind::Designed => {
            let instruct = request.instruct.as_ref();
            let instruct = instruct.ok_or_else(|| lacks("instructions"))?;
            Ok(Some(code::pitch(instruct.as_bytes())))
        }
        VoiceKind::Cloned => {
            let reference = request.reference.as_ref();
            let reference = reference.ok_or_else(|| lacks("ref_audio"))?;
            Ok(Some(code::pitch(&reference.audio.read()?)))
        }
    }
}

/// One utterance being synthesized.
struct Utterance<'a> {
    hum: Option<f32>,
    behaviour: Behaviour,
    cancel: &'a Cancel,
    sink: &'a mut dyn AudioSink,
}

impl Utterance<'_> {
    fn synthesize(mut self, text: &str) -> Result<FinishReason, SpeechError> {
        let mut samples = code::encode(text).samples;
        if let Some(pitch) = self.hum {
            code::hum(&mut samples, pitch);
        }
        if self.behaviour.fault == Some(Fault::Silence) {
            samples.fill(0.0);
        }
        let chunk = RATE.samples_in(self.behaviour.chunk).max(1);
        for (number, part) in samples.chunks(chunk).enumerate() {
            if number == self.behaviour.fault_after_chunks {
                if self.behaviour.fault == Some(Fault::ReportedRunaway) {
                    return Ok(FinishReason::Runaway);
                }
                self.inject_fault(part)?;
            }
            self.emit(part)?;
        }
        delay(self.behaviour.after, self.cancel)?;
        Ok(FinishReason::Stop)
    }

    fn emit(&mut self, samples: &[f32]) -> Result<(), SpeechError> {
        delay(self.behaviour.per_chunk, self.cancel)?;
        match self.sink.accept(Clip::new(RATE, samples.to_vec())) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(SpeechError::Cancelled),
        }
    }

    fn inject_fault(&mut self, part: &[f32]) -> Result<(), SpeechError> {
        match self.behaviour.fault {
            None | Some(Fault::Silence) => Ok(()),
            Some(Fault::Stall) => Err(wait_for_cancel(self.cancel)),
            Some(Fault::NotANumber) => self.emit(&[f32::NAN; 16]),
            Some(Fault::Runaway) => loop {
                self.emit(part)?;
            },
            Some(fault) => Err(fault_error(fault)),
        }
    }
}
