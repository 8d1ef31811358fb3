//! Tones to text.

use mynah_audio::SampleRate;
use mynah_speech::{
    Cancel, EngineHealth, EngineInfo, Language, LanguageChoice, RecognitionOptions, Recognizer,
    RecognizerStream, SpeechError, Transcript, Word,
};

use crate::code::{RATE, ToneDecoder};
use crate::{CallScript, Tone};

/// The languages it reports; tones carry text in any language.
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
        self.script.detects_language()
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
                "tone does not recognize {}; it recognizes en, es, fr",
                options.language
            );
            return Err(SpeechError::Unsupported {
                param: "language",
                message,
            });
        }
        Ok(Box::new(Segment {
            stage: self.script.recognition.clone(),
            decoder: ToneDecoder::default(),
            preview: options.preview.then(String::new),
            detect: options.language == LanguageChoice::Auto,
        }))
    }
}

/// One segment. Only the final decode consumes a scripted behaviour.
struct Segment {
    stage: CallScript,
    decoder: ToneDecoder,
    /// The last preview, where previews are wanted.
    preview: Option<String>,
    /// Whether the first word is the tag of the spoken language.
    detect: bool,
}

impl RecognizerStream for Segment {
    fn push(&mut self, samples: &[f32]) -> Result<Option<String>, SpeechError> {
        self.decoder.push(samples);
        let Some(last) = &mut self.preview else {
            return Ok(None);
        };
        let text = self.decoder.text();
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
            self.decoder.finish();
            let transcript = Transcript {
                text: self.decoder.text(),
                words: words(&self.decoder),
                language: None,
            };
            if self.detect {
                without_language_tag(transcript)
            } else {
                transcript
            }
        });
        call.end(result)
    }
}

/// The text after the tag of its language.
fn without_language_tag(transcript: Transcript) -> Transcript {
    let Some((tag, text)) = transcript.text.split_once(' ') else {
        return transcript;
    };
    Transcript {
        language: tag.parse().ok(),
        text: text.to_owned(),
        words: transcript.words.into_iter().skip(1).collect(),
    }
}

fn words(decoder: &ToneDecoder) -> Vec<Word> {
    let milliseconds = |samples| RATE.duration_of(samples).as_millis() as u64;
    decoder
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
