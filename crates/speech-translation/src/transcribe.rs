//! Transcription of a recording.

use std::time::{Duration, Instant};

use mynah_audio::Clip;
use mynah_speech::{
    EngineInfo, Language, LanguageChoice, RecognitionHints, SpeechError, Transcript,
};
use tokio::sync::mpsc;
use tokio_util::sync::DropGuard;

use crate::detector_task::DetectorTask;
use crate::event::RecognizedText;
use crate::runner::StageResult;
use crate::{InterpretError, Interpreter, SelectedRecognizer};

/// The maximum audio of one step of the detector.
const MAX_PIECE: Duration = Duration::from_secs(1);

/// A segment of a recording with words.
#[derive(Clone, Debug, PartialEq)]
pub struct RecognizedSegment {
    /// The segment's number, from 0. Segments without words have a number too, and are left out.
    pub index: u64,
    /// Where it begins, in milliseconds of the recording.
    pub start_ms: u64,
    /// Where it ends, likewise.
    pub end_ms: u64,
    /// Its text, not empty. The times of its words count from the segment's first sample.
    pub transcript: Transcript,
    /// Its language by the recognizer's own name, as it was named or identified.
    pub language: Language,
}

/// The transcription of a recording. Dropping it cancels the engine.
#[must_use = "dropping it cancels the engine"]
pub struct Transcription {
    segments: mpsc::Receiver<StageResult<RecognizedText>>,
    recognizer: SelectedRecognizer,
    /// The length of the segments of each language so far, in milliseconds.
    durations: Vec<(Language, u64)>,
    _stop: DropGuard,
}

impl Transcription {
    /// The recognizer.
    pub fn engine(&self) -> &EngineInfo {
        self.recognizer.engine()
    }

    /// Whether hints have an effect on its text.
    pub fn takes_hints(&self) -> bool {
        self.recognizer.takes_hints()
    }

    /// The language by the recognizer's own name: as it was named, else the one with the longest
    /// segments so far. None where it is to be identified and no segment has words yet.
    pub fn language(&self) -> Option<&Language> {
        let longest = || self.durations.iter().max_by_key(|(_, ms)| *ms);
        let named = self.recognizer.language().named();
        named.or_else(|| longest().map(|(language, _)| language))
    }

    /// The next segment with words, in order; none at the end. An error is the last item: a text
    /// with a gap is refused.
    ///
    /// Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<RecognizedSegment, InterpretError>> {
        match self.segments.recv().await? {
            Ok(segment) => {
                let (header, text) = (segment.header, segment.body);
                self.count(&text.language, header.end_ms - header.start_ms);
                Some(Ok(RecognizedSegment {
                    index: header.segment,
                    start_ms: header.start_ms,
                    end_ms: header.end_ms,
                    transcript: text.transcript,
                    language: text.language,
                }))
            }
            Err(failed) => {
                self.segments.close();
                while self.segments.try_recv().is_ok() {}
                Some(Err(failed.error.into()))
            }
        }
    }

    fn count(&mut self, language: &Language, ms: u64) {
        match self.durations.iter_mut().find(|(own, _)| own == language) {
            Some((_, durations)) => *durations += ms,
            None => self.durations.push((language.clone(), ms)),
        }
    }
}

impl Interpreter {
    /// Begins to transcribe a recording of any length, in segments cut by the detector, several at
    /// the same time. Must be called within a tokio runtime. Holds the recording, and the segments
    /// in work. The detector receives what [`Interpreter::session`] receives for
    /// [`crate::session_audio`] of the recording.
    ///
    /// # Errors
    /// Those of [`Interpreter::select_recognizer`].
    pub async fn transcribe(
        &self,
        clip: Clip,
        language: LanguageChoice,
    ) -> Result<Transcription, InterpretError> {
        let hints = RecognitionHints::default();
        self.transcribe_with_hints(clip, language, hints).await
    }

    /// [`Interpreter::transcribe`] with hints, for a recognizer that takes them.
    ///
    /// # Errors
    /// Those of [`Interpreter::select_recognizer`].
    pub async fn transcribe_with_hints(
        &self,
        clip: Clip,
        language: LanguageChoice,
        hints: RecognitionHints,
    ) -> Result<Transcription, InterpretError> {
        let recognizer = self.select_recognizer(language).await?.with_hints(hints);
        let runner = self.runner();
        let (pieces_in, pieces) = mpsc::channel(1);
        let (to_recognize, segments) = mpsc::channel(runner.queued);
        let detector = self.detector().for_recording(clip.rate);
        let detector = detector.map_err(|error| SpeechError::Invalid {
            param: "file",
            message: error.to_string(),
        })?;
        let (task, _) = DetectorTask::new(detector, None, to_recognize, None);
        let task = task.with_permit(self.permit.clone());
        runner.spawn(task.run(pieces));
        let permit = self.permit.clone();
        runner.spawn(async move {
            // The recording is dropped before the permit that it was admitted by.
            let _permit = permit;
            let clip = clip;
            for piece in clip.samples.chunks(clip.rate.samples_in(MAX_PIECE)) {
                let piece = Clip::new(clip.rate, piece.to_vec());
                if pieces_in.send((piece, Instant::now())).await.is_err() {
                    return;
                }
            }
        });
        let segments = self.start_recognizing(&runner, recognizer.clone(), segments, None);
        Ok(Transcription {
            segments,
            recognizer,
            durations: Vec::new(),
            _stop: runner.cancel.drop_guard(),
        })
    }
}
