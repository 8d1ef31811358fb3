//! A recording to its text.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::{
    Cancel, EngineInfo, Language, LanguageChoice, Recognizer, SpeechError, Transcript,
};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use crate::event::RecognizedText;
use crate::listen::Listener;
use crate::recognize::Recognize;
use crate::runner::start;
use crate::stage::Flow;
use crate::{InterpretError, Interpreter};

/// The longest piece of sound that is looked at in one go.
const PIECE: Duration = Duration::from_secs(1);

/// What somebody said in a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecognizedSegment {
    /// The segment's number, from 0. One without a word has a number, and is not told.
    pub index: u64,
    /// Where it begins, in milliseconds of the recording.
    pub start_ms: u64,
    /// Where it ends, likewise.
    pub end_ms: u64,
    /// Its text, not empty. The times of its words count from the segment's first sample.
    pub transcript: Transcript,
    /// In which language, by the recognizer's own name: as it was named or found.
    pub language: Language,
}

/// A recording on its way to text. Dropping it stops the engine.
#[must_use = "dropping it stops the engine"]
pub struct Transcription {
    segments: mpsc::Receiver<Flow<RecognizedText>>,
    engine: Arc<dyn Recognizer>,
    language: LanguageChoice,
    /// How long each language was spoken so far, in milliseconds.
    spoken: Vec<(Language, u64)>,
    _stop: DropGuard,
}

impl Transcription {
    /// Who listens.
    pub fn engine(&self) -> &EngineInfo {
        self.engine.info()
    }

    /// What is spoken, by the recognizer's own name: as it was named, else the language that was
    /// heard longest so far. None where it is to be found out and nobody has said a word.
    pub fn language(&self) -> Option<&Language> {
        let longest = || self.spoken.iter().max_by_key(|(_, ms)| *ms);
        let named = self.language.named();
        named.or_else(|| longest().map(|(language, _)| language))
    }

    /// The next segment in which somebody spoke, in order; none at the end. An error is the last
    /// item: a text with a hole is none.
    ///
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<RecognizedSegment, InterpretError>> {
        match self.segments.recv().await? {
            Flow::Event(RecognizedText {
                header,
                transcript,
                language,
            }) => {
                self.heard(&language, header.end_ms - header.start_ms);
                Some(Ok(RecognizedSegment {
                    index: header.segment,
                    start_ms: header.start_ms,
                    end_ms: header.end_ms,
                    transcript,
                    language,
                }))
            }
            Flow::Failed(failure) => {
                self.segments.close();
                while self.segments.try_recv().is_ok() {}
                Some(Err(failure.error.into()))
            }
        }
    }
}

impl Transcription {
    fn heard(&mut self, language: &Language, ms: u64) {
        match self.spoken.iter_mut().find(|(own, _)| own == language) {
            Some((_, spoken)) => *spoken += ms,
            None => self.spoken.push((language.clone(), ms)),
        }
    }
}

impl Interpreter {
    /// Begins to recognize a recording of any length, in segments cut by the detector, some of
    /// them at the same time. Must be called within a tokio runtime. Holds the recording, and
    /// the segments that are worked on. What is said is what [`Interpreter::session`] hears in
    /// [`crate::session_sound`] of the recording.
    ///
    /// # Errors
    /// `Unsupported` for a language that no recognizer has, naming those there are; `Unavailable`
    /// where none is installed.
    pub async fn transcribe(
        &self,
        clip: Clip,
        language: LanguageChoice,
    ) -> Result<Transcription, InterpretError> {
        let (engine, language) = self.recognizer(language).await?;
        let cancel = Cancel::new();
        let width = self.width();
        let (to_detect, pieces) = mpsc::channel(1);
        let (to_recognize, segments) = mpsc::channel(width.queued);
        let detector = self.detector(false).of_recording(clip.rate);
        let detector = detector.map_err(|error| SpeechError::Invalid {
            param: "file",
            message: error.to_string(),
        })?;
        let (listener, _) = Listener::new(detector, None, to_recognize, None);
        let listener = listener.holding(self.held.clone());
        tokio::spawn(
            cancel
                .clone()
                .run_until_cancelled_owned(listener.run(pieces)),
        );
        let held = self.held.clone();
        let feed = async move {
            // The recording is dropped before what it was let in by.
            let _held = held;
            let clip = clip;
            for piece in clip.samples.chunks(clip.rate.samples_in(PIECE)) {
                let piece = Clip::new(clip.rate, piece.to_vec());
                if to_detect.send((piece, Instant::now())).await.is_err() {
                    return;
                }
            }
        };
        tokio::spawn(cancel.clone().run_until_cancelled_owned(feed));
        let recognize = Recognize {
            engine: Arc::clone(&engine),
            engines: self.engines.clone(),
            min_confidence: self.settings.min_confidence,
            language: language.clone(),
            turns: self.turns.clone(),
            party: self.party.clone(),
            limit: self.settings.recognize_limit(),
            held: self.held.clone(),
        };
        let segments = start(recognize, segments, width, &cancel);
        Ok(Transcription {
            segments,
            engine,
            language,
            spoken: Vec::new(),
            _stop: cancel.drop_guard(),
        })
    }
}
