//! A recording as it is kept: measured, transcribed and encoded.

use std::sync::Arc;

use bytes::Bytes;
use mynah_audio::{Clip, Format, Tags, encode_whole, resample};
use mynah_speech::recording::{QualityReport, Recording};
use mynah_speech::{
    Cancel, Engines, Language, LanguageChoice, RecognitionHints, RecognitionOptions, Recognizer,
};

use crate::VoicesError;
use crate::library::Library;

/// A recording that was measured and encoded.
pub(crate) struct EncodedClip {
    /// Mono FLAC at 24 kHz.
    pub(crate) flac: Bytes,
    pub(crate) samples: usize,
    pub(crate) quality: QualityReport,
    /// Its words, where they were asked for and a recognizer found some.
    pub(crate) transcript: Option<String>,
}

impl Library {
    /// Measures a recording, transcribes it if asked to, and encodes it with these tags, on a blocking thread.
    pub(crate) async fn encode(
        &self,
        audio: Bytes,
        transcribe: bool,
        language: Option<Language>,
        tags: Tags,
        held: impl Send + 'static,
    ) -> Result<EncodedClip, VoicesError> {
        let engines = self.engines().clone();
        // Dropping this future cancels the recognizer.
        let cancel = Cancel::new();
        let _cancelled = cancel.clone().drop_guard();
        let encoded = tokio::task::spawn_blocking(move || {
            let _held = held;
            let recording = Recording::read(&audio, &mut *engines.scorer())?;
            let quality = *recording.quality();
            let clip = recording.into_clip();
            let transcript = match transcribe {
                true => transcript_of(&clip, language, &engines, &cancel)?,
                false => None,
            };
            let flac = encode_whole(&clip, Format::Flac, &tags)?;
            Ok(EncodedClip {
                flac: flac.into(),
                samples: clip.samples.len(),
                quality,
                transcript,
            })
        });
        let failed = |_| VoicesError::Corrupt("measuring its recording failed".into());
        encoded.await.map_err(failed)?
    }
}

/// The words of a recording, by the best recognizer that is no demo; none where there is none, or it
/// recognizes no words.
fn transcript_of(
    clip: &Clip,
    language: Option<Language>,
    engines: &Engines,
    cancel: &Cancel,
) -> Result<Option<String>, VoicesError> {
    let serves = |engine: &&Arc<dyn Recognizer>| {
        let knows = match &language {
            Some(language) => language.best_of(engine.languages()).is_some(),
            None => engine.detects(),
        };
        knows && !engine.info().demo && engine.health().is_ready()
    };
    let Some(engine) = engines.recognizers().iter().find(serves) else {
        return Ok(None);
    };
    let own = language.and_then(|language| language.best_of(engine.languages()));
    let options = RecognitionOptions {
        language: own.map_or(LanguageChoice::Auto, |(own, _)| LanguageChoice::Is(own)),
        preview: false,
        hints: RecognitionHints::default(),
    };
    let samples = resample(clip, engine.rate()).samples;
    let recognized = engine.open(&options).and_then(|mut stream| {
        stream.push(&samples)?;
        stream.finish(cancel)
    });
    let transcript = recognized.map_err(VoicesError::Transcription)?;
    let text = transcript.text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
