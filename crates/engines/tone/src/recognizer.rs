//! Tones to text.

use mynah_audio::SampleRate;
use mynah_speech::{
    Cancel, EngineHealth, EngineInfo, Language, LanguageChoice, RecognitionOptions, Recognizer,
    RecognizerStream, SpeechError, Transcript, Word,
};

use crate::code::{Listener, RATE};
use crate::{Stage, Tone};

/// What it hears is text in any language; these it admits to.
const LANGUAGES: [&str; 3] = ["en", "es", "fr"];

fn languages() -> impl Iterator<Item = Language> {
    LANGUAGES.iter().filter_map(|tag| tag.parse().ok())
}

impl Recognizer for Tone {
    fn info(&self) -> &EngineInfo {
        &crate::tone::INFO
    }

    fn health(&self) -> EngineHealth {
        crate::tone::ready()
    }

    fn languages(&self) -> Vec<Language> {
        languages().collect()
    }

    fn detects(&self) -> bool {
        self.script.tells_languages()
    }

    fn rate(&self) -> SampleRate {
        RATE
    }

    fn open(&self, options: &RecognitionOptions) -> Result<Box<dyn RecognizerStream>, SpeechError> {
        let known = match options.language.named() {
            Some(language) => languages().any(|own| own.serves(language)),
            None => self.detects(),
        };
        if !known {
            let message = format!(
                "tone does not hear {}; it hears en, es, fr",
                options.language
            );
            return Err(SpeechError::Unsupported {
                param: "language",
                message,
            });
        }
        Ok(Box::new(Segment {
            stage: self.script.recognition.clone(),
            listener: Listener::default(),
            preview: options.preview.then(String::new),
            detect: options.language == LanguageChoice::Auto,
        }))
    }
}

/// One segment being heard. The script's orders are taken by the final decode.
struct Segment {
    stage: Stage,
    listener: Listener,
    /// The last preview, where previews are wanted.
    preview: Option<String>,
    /// Whether the first word says what is spoken.
    detect: bool,
}

impl RecognizerStream for Segment {
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError> {
        self.listener.push(samples);
        let Some(last) = &mut self.preview else {
            return Ok(None);
        };
        let text = self.listener.text();
        if text == *last {
            return Ok(None);
        }
        last.clone_from(&text);
        Ok(Some(text))
    }

    fn finish(mut self: Box<Self>, cancel: &Cancel) -> Result<Transcript, SpeechError> {
        let call = self.stage.begin(cancel)?;
        let result = call.fault(cancel).map(|empty| {
            if empty {
                return Transcript::default();
            }
            self.listener.finish();
            let heard = Transcript {
                text: self.listener.text(),
                words: words(&self.listener),
                language: None,
            };
            if self.detect { told(heard) } else { heard }
        });
        call.end(result)
    }
}

/// The text after the tag of its language.
fn told(heard: Transcript) -> Transcript {
    let Some((tag, text)) = heard.text.split_once(' ') else {
        return heard;
    };
    Transcript {
        language: tag.parse().ok(),
        text: text.to_owned(),
        words: heard.words.into_iter().skip(1).collect(),
    }
}

fn words(listener: &Listener) -> Vec<Word> {
    let milliseconds = |samples| RATE.duration_of(samples).as_millis() as u64;
    listener
        .words()
        .into_iter()
        .map(|word| Word {
            text: word.text,
            start_ms: milliseconds(word.start),
            end_ms: milliseconds(word.end),
            confidence: Some(1.0),
        })
        .collect()
}
