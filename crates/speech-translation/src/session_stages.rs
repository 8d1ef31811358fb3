//! The stage functions within this process: each with the queues of one session.

use mynah_audio::Clip;
use mynah_speech::Language;
use tokio::sync::mpsc;

use crate::event::{RecognizedText, Segment, SynthesizedPart, TranslatedText};
use crate::recognize::{SelectedRecognizer, recognize};
use crate::runner::{Observer, Runner, StageOutput, StageResult};
use crate::stage::StageName;
use crate::synthesize::{SpeechOptions, synthesize};
use crate::translate::translate;
use crate::{Interpreter, metrics};

impl Interpreter {
    /// Starts the runner of a session's stages.
    pub(crate) fn runner(&self) -> Runner {
        Runner {
            concurrent: self.settings.concurrent_segments,
            queued: self.settings.queued_segments,
            cancel: mynah_speech::Cancel::new(),
        }
    }

    /// Recognizes segments. One without words has no result.
    pub(crate) fn start_recognizing(
        &self,
        runner: &Runner,
        recognizer: SelectedRecognizer,
        segments: mpsc::Receiver<StageResult<Clip>>,
        observer: Option<Observer<RecognizedText>>,
    ) -> mpsc::Receiver<StageResult<RecognizedText>> {
        let (interpreter, cancel) = (self.clone(), runner.cancel.clone());
        let work = move |segment: Segment<Clip>, output: StageOutput<_>| {
            let (interpreter, cancel) = (interpreter.clone(), cancel.clone());
            let recognizer = recognizer.clone();
            async move {
                let Segment { mut header, body } = segment;
                let recognition = recognize(&interpreter, &recognizer, body, &cancel).await?;
                header.timings.queue += recognition.queued;
                header.timings.recognize = recognition.took;
                let transcript = recognition.transcript;
                match recognition.language {
                    Some(language) if !transcript.text.is_empty() => {
                        let text = RecognizedText {
                            transcript,
                            language,
                            recognizer: recognizer.engine().id,
                        };
                        output.send(header, text).await
                    }
                    _ => Ok(()),
                }
            }
        };
        runner.start(StageName::Recognize, segments, observer, work)
    }

    /// Translates texts.
    pub(crate) fn start_translating(
        &self,
        runner: &Runner,
        target: Language,
        texts: mpsc::Receiver<StageResult<RecognizedText>>,
        observer: Option<Observer<TranslatedText>>,
    ) -> mpsc::Receiver<StageResult<TranslatedText>> {
        let (interpreter, cancel) = (self.clone(), runner.cancel.clone());
        let work = move |segment: Segment<RecognizedText>, output: StageOutput<_>| {
            let (interpreter, cancel) = (interpreter.clone(), cancel.clone());
            let target = target.clone();
            async move {
                let Segment { mut header, body } = segment;
                let (source, source_language) = (body.transcript.text, body.language);
                let recognizer = body.recognizer;
                let began = std::time::Instant::now();
                let translation =
                    translate(&interpreter, &source, &source_language, &target, &cancel).await?;
                if !source_language.is_same_language(&target) {
                    header.timings.translate = began.elapsed();
                }
                let translated = TranslatedText {
                    source,
                    source_language,
                    recognizer,
                    translation,
                };
                output.send(header, translated).await
            }
        };
        runner.start(StageName::Translate, texts, observer, work)
    }

    /// Speaks translations; without options, they pass as they are.
    pub(crate) fn start_synthesizing(
        &self,
        runner: &Runner,
        target: Language,
        options: Option<SpeechOptions>,
        translations: mpsc::Receiver<StageResult<TranslatedText>>,
    ) -> mpsc::Receiver<StageResult<SynthesizedPart>> {
        let interpreter = self.clone();
        let work = move |segment: Segment<TranslatedText>, output: StageOutput<_>| {
            let (interpreter, target) = (interpreter.clone(), target.clone());
            let options = options.clone();
            async move {
                let Segment { mut header, body } = segment;
                let mut voice = None;
                if let Some(options) = options {
                    let text = body.translation.text.clone();
                    let mut speech = synthesize(&interpreter, text, &target, &options).await?;
                    header.timings.queue += speech.queued();
                    voice = speech.voice().map(str::to_owned);
                    while let Some(clip) = speech.next().await? {
                        if header.timings.first_audio.is_none() {
                            let time = header.received_at.elapsed();
                            header.timings.first_audio = Some(time);
                            metrics::first_audio(time);
                        }
                        output.send(header, SynthesizedPart::Audio(clip)).await?;
                    }
                }
                header.timings.total = header.received_at.elapsed();
                let translated = Box::new(body);
                let end = SynthesizedPart::End { translated, voice };
                output.send(header, end).await
            }
        };
        runner.start(StageName::Synthesize, translations, None, work)
    }
}
