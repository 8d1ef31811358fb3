//! Text to tones. A voice that is made of something hums below them, at a pitch of its own.

use std::ops::ControlFlow;

use mynah_audio::Clip;
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineInfo, Finish, Language, SpeechError,
    SpeechRequest, Synthesizer, Voice, VoiceGender, VoiceId, VoiceKind,
};

use crate::code::{self, RATE};
use crate::script::{broken, pause, stall};
use crate::{Behaviour, Fault, Tone};

/// The voices: a name, its gender, its languages, what it is made of.
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
            })
        };
        VOICES.iter().filter_map(voice).collect()
    }

    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<Finish, SpeechError> {
        let hum = hum(self.voices(), request)?;
        let call = self.script.speech.begin(cancel)?;
        let mouth = Mouth {
            hum,
            behaviour: call.behaviour,
            cancel,
            sink,
        };
        let result = mouth.say(&request.text);
        call.end(result)
    }
}

/// The pitch that a voice hums at, from what it is made of; none for the others.
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
        message: format!("voice {id} is made of `{param}`, and there is none"),
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
            Ok(Some(code::pitch(&reference.audio)))
        }
    }
}

/// One utterance on its way out.
struct Mouth<'a> {
    hum: Option<f32>,
    behaviour: Behaviour,
    cancel: &'a Cancel,
    sink: &'a mut dyn AudioSink,
}

impl Mouth<'_> {
    fn say(mut self, text: &str) -> Result<Finish, SpeechError> {
        let mut samples = code::sound(text).samples;
        if let Some(pitch) = self.hum {
            code::hum(&mut samples, pitch);
        }
        if self.behaviour.fault == Some(Fault::Silence) {
            samples.fill(0.0);
        }
        let chunk = RATE.samples_in(self.behaviour.chunk).max(1);
        for (number, part) in samples.chunks(chunk).enumerate() {
            if number == self.behaviour.fault_after_chunks {
                if self.behaviour.fault == Some(Fault::CaughtRunaway) {
                    return Ok(Finish::Runaway);
                }
                self.go_wrong(part)?;
            }
            self.give(part)?;
        }
        pause(self.behaviour.after, self.cancel)?;
        Ok(Finish::Stop)
    }

    fn give(&mut self, samples: &[f32]) -> Result<(), SpeechError> {
        pause(self.behaviour.per_chunk, self.cancel)?;
        match self.sink.accept(Clip::new(RATE, samples.to_vec())) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(SpeechError::Cancelled),
        }
    }

    fn go_wrong(&mut self, part: &[f32]) -> Result<(), SpeechError> {
        match self.behaviour.fault {
            None | Some(Fault::Silence) => Ok(()),
            Some(Fault::Stall) => Err(stall(self.cancel)),
            Some(Fault::NotANumber) => self.give(&[f32::NAN; 16]),
            Some(Fault::Runaway) => loop {
                self.give(part)?;
            },
            Some(fault) => Err(broken(fault)),
        }
    }
}
