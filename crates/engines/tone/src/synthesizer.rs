//! Text to tones.

use std::ops::ControlFlow;

use mynah_audio::Clip;
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineInfo, Finish, Language, SpeechError,
    SpeechRequest, Synthesizer, Voice, VoiceGender, VoiceId,
};

use crate::code::{self, RATE};
use crate::script::{broken, pause, stall};
use crate::{Behaviour, Fault, Tone};

/// The voices: a name, whether it is also quieter, its languages.
const VOICES: [(&str, VoiceGender, &[&str]); 2] = [
    ("alto", VoiceGender::Female, &["en", "es", "fr"]),
    ("bass", VoiceGender::Male, &["en"]),
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
            max_chars: 1_000,
            ..Capability::default()
        }
    }

    fn voices(&self) -> Vec<Voice> {
        let voice = |&(name, gender, tags): &(&str, VoiceGender, &[&str])| {
            let languages: Result<Vec<Language>, _> = tags.iter().map(|tag| tag.parse()).collect();
            let id = VoiceId::new("tone", name).ok()?;
            Some(Voice {
                id,
                name: name.into(),
                languages: languages.ok()?,
                gender: Some(gender),
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
        if !self.voices().iter().any(|voice| voice.id == request.voice) {
            let message = format!("tone has no voice {}; it has alto and bass", request.voice);
            return Err(SpeechError::Unsupported {
                param: "voice",
                message,
            });
        }
        let call = self.script.speech.begin(cancel)?;
        let mouth = Mouth {
            behaviour: call.behaviour,
            cancel,
            sink,
        };
        let result = mouth.say(&request.text);
        call.end(result)
    }
}

/// One utterance on its way out.
struct Mouth<'a> {
    behaviour: Behaviour,
    cancel: &'a Cancel,
    sink: &'a mut dyn AudioSink,
}

impl Mouth<'_> {
    fn say(mut self, text: &str) -> Result<Finish, SpeechError> {
        let mut samples = code::sound(text).samples;
        if self.behaviour.fault == Some(Fault::Silence) {
            samples.fill(0.0);
        }
        let chunk = RATE.samples_in(self.behaviour.chunk).max(1);
        for (number, part) in samples.chunks(chunk).enumerate() {
            if number == self.behaviour.fault_after_chunks {
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
