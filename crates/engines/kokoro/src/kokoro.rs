//! The engine.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::{self, available_parallelism};

use mynah_audio::Clip;
use mynah_speech::text::is_written_in;
use mynah_speech::{
    AudioSink, Cancel, Capability, EngineHealth, EngineId, EngineInfo, FinishReason, Language,
    SpeechError, SpeechRequest, Synthesizer, Voice,
};

use crate::english::English;
use crate::espeak_phonemes::{self, EspeakPhonemes};
use crate::graph::Graph;
use crate::join::{RATE, finish};
use crate::mix::Mix;
use crate::split::chunks;
use crate::transcription::Transcription;
use crate::vocabulary::symbols;
use crate::voices::{VoiceFolder, VoiceLanguage};

/// Its name.
pub(crate) const ID: EngineId = EngineId::new("kokoro");

/// What mends the absence of its files.
pub(crate) const FIX: &str = "Fetch it: mynah models pull default";

/// The longest utterance taken well, in characters. It is cut at marks into inputs of the graph.
const MAX_CHARS: usize = 300;

/// The longest utterance taken at all, in bytes.
const MAX_BYTES: usize = 20_000;

/// Threads of a session where none are set: more do not make it faster.
const MAX_DEFAULT_THREADS: usize = 8;

/// Where the files of the engine are, and how much of the machine it uses.
#[derive(Clone, Debug)]
pub struct KokoroOptions {
    /// The graph, `kokoro-v1.0.int8.im2col.onnx`.
    pub model: PathBuf,
    /// The folder of the voices: `af_heart.bin` and so on, each 510 style vectors of 256 floats.
    pub voices: PathBuf,
    /// The shared library of ONNX Runtime, 1.22 or later. None is the system's.
    pub runtime: Option<PathBuf>,
    /// Threads that compute for each utterance. 0 means one per processor core, at most eight.
    pub threads: usize,
    /// Utterances that are computed at the same time, at least 1, each with a copy of the model.
    pub sessions: usize,
    /// The program espeak-ng: a name found on `PATH`, or a path.
    pub espeak: PathBuf,
}

impl KokoroOptions {
    /// A folder with the graph as `kokoro-v1.0.int8.im2col.onnx` and the voices in `voices`; the system's
    /// ONNX Runtime and espeak-ng.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self {
            model: folder.join("kokoro-v1.0.int8.im2col.onnx"),
            voices: folder.join("voices"),
            runtime: None,
            threads: 0,
            sessions: 1,
            espeak: "espeak-ng".into(),
        }
    }
}

/// Speech by Kokoro-82M.
pub struct Kokoro {
    info: EngineInfo,
    graph: Graph,
    voices: VoiceFolder,
    english: English,
    espeak: EspeakPhonemes,
}

impl Kokoro {
    /// The engine of these files. Nothing is opened yet.
    ///
    /// # Panics
    /// Where `sessions` is 0.
    pub fn new(options: KokoroOptions) -> Self {
        let cores = || available_parallelism().map_or(2, NonZeroUsize::get);
        let threads = match options.threads {
            0 => cores().min(MAX_DEFAULT_THREADS),
            threads => threads,
        };
        let info = EngineInfo {
            id: ID,
            demo: false,
            about: "Kokoro-82M: natural voices in English, Spanish, French, Hindi, Italian and \
                    Brazilian Portuguese.",
            licence: "Apache-2.0",
            packages: &["espeak-ng"],
        };
        Self {
            info,
            graph: Graph::new(options.model, options.runtime, threads, options.sessions),
            voices: VoiceFolder(options.voices),
            english: English::default(),
            espeak: EspeakPhonemes::new(options.espeak),
        }
    }

    /// What is missing, and what mends it.
    fn missing(&self) -> Option<(String, &'static str)> {
        if !self.graph.has_model() {
            return Some(("its model is not installed".into(), FIX));
        }
        if self.voices.voices().is_empty() {
            return Some(("its voices are not installed".into(), FIX));
        }
        if let Err(reason) = self.graph.check_runtime() {
            return Some((reason, FIX));
        }
        if !self.espeak.is_installed() {
            let reason = "it needs espeak-ng for phonemes, which is not installed";
            return Some((reason.into(), espeak_phonemes::FIX));
        }
        None
    }

    /// The phonemes of a text.
    fn phonemes(
        &self,
        text: &str,
        language: VoiceLanguage,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        let by_espeak = |lines: &[String]| self.espeak.lines(lines, language, cancel);
        match language {
            VoiceLanguage::AmericanEnglish => self.english.phonemes(text, false, by_espeak),
            VoiceLanguage::BritishEnglish => self.english.phonemes(text, true, by_espeak),
            _ => {
                let transcription = Transcription::new(text);
                Ok(transcription.join(&by_espeak(&transcription.lines)?))
            }
        }
    }

    /// The phonemes of a text, while the model is opened beside it where it is not open yet.
    fn phonemes_and_model(
        &self,
        text: &str,
        language: VoiceLanguage,
        cancel: &Cancel,
    ) -> Result<String, SpeechError> {
        if self.graph.is_open() {
            return self.phonemes(text, language, cancel);
        }
        thread::scope(|scope| {
            let opening = scope.spawn(|| self.graph.open(cancel));
            let phonemes = self.phonemes(text, language, cancel);
            let opened = opening.join();
            opened.unwrap_or_else(|_| Err(failed("its model could not be opened")))?;
            phonemes
        })
    }

    /// The voices of a request.
    fn mix(&self, request: &SpeechRequest) -> Result<Mix, SpeechError> {
        if request.voice.engine() != ID.as_str() {
            let message = format!("kokoro has no voice {}", request.voice);
            return Err(SpeechError::Unsupported {
                param: "voice",
                message,
            });
        }
        let mix = Mix::parse(request.voice.name())?;
        mix.check(&self.voices)?;
        Ok(mix)
    }
}

impl Synthesizer for Kokoro {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn health(&self) -> EngineHealth {
        match self.missing() {
            None => EngineHealth::Ready { version: None },
            Some((reason, fix)) => EngineHealth::Missing {
                reason,
                fix: fix.into(),
            },
        }
    }

    fn capability(&self) -> Capability {
        Capability {
            streaming: true,
            max_chars: MAX_CHARS,
            ..Capability::default()
        }
    }

    fn voices(&self) -> Vec<Voice> {
        match self.missing() {
            None => self.voices.voices(),
            Some(_) => Vec::new(),
        }
    }

    fn described_voice(&self, name: &str) -> Result<Option<Voice>, SpeechError> {
        if !Mix::is_written_in(name) || self.missing().is_some() {
            return Ok(None);
        }
        let mix = Mix::parse(name)?;
        mix.check(&self.voices)?;
        Ok(mix.voice())
    }

    fn accepts(&self, text: &str, language: &Language) -> Result<(), SpeechError> {
        match text.chars().find(|c| !self.can_say(*c, language)) {
            None => Ok(()),
            Some(c) => Err(SpeechError::Unsupported {
                param: "input",
                message: format!(
                    "kokoro cannot read '{c}' in {language}; name the text's language or a voice \
                     that speaks it"
                ),
            }),
        }
    }

    fn can_say(&self, letter: char, language: &Language) -> bool {
        is_written_in(letter, language)
    }

    fn speak(
        &self,
        request: &SpeechRequest,
        cancel: &Cancel,
        sink: &mut dyn AudioSink,
    ) -> Result<FinishReason, SpeechError> {
        if let Some((reason, fix)) = self.missing() {
            return Err(unavailable(reason, fix));
        }
        let mix = self.mix(request)?;
        if request.text.len() > MAX_BYTES {
            return Err(unspeakable(format!(
                "kokoro takes {MAX_BYTES} bytes of text at once"
            )));
        }
        self.accepts(&request.text, &request.language)?;
        let phonemes = self.phonemes_and_model(&request.text, mix.language, cancel)?;
        let symbols = symbols(&phonemes);
        let mut chunks = chunks(&symbols).into_iter().peekable();
        if chunks.peek().is_none() {
            return Err(unspeakable(
                "kokoro finds nothing to speak in the text".into(),
            ));
        }
        while let Some(chunk) = chunks.next() {
            let ids: Vec<_> = symbols[chunk.symbols]
                .iter()
                .map(|symbol| symbol.id)
                .collect();
            let style = mix.style(&self.voices, ids.len()).map_err(|error| {
                tracing::warn!(%error, "a voice cannot be read");
                failed("a voice's file cannot be read")
            })?;
            let samples = self.graph.run(&ids, style, cancel)?;
            let samples = finish(samples, chunk.end, chunks.peek().is_some());
            if cancel.is_cancelled() || sink.accept(Clip::new(RATE, samples)).is_break() {
                return Err(SpeechError::Cancelled);
            }
        }
        Ok(FinishReason::Stop)
    }
}

pub(crate) fn failed(reason: &str) -> SpeechError {
    SpeechError::Failed {
        engine: ID,
        reason: reason.into(),
    }
}

pub(crate) fn unavailable(reason: String, fix: &str) -> SpeechError {
    SpeechError::Unavailable {
        engine: ID,
        reason,
        fix: fix.into(),
    }
}

fn unspeakable(message: String) -> SpeechError {
    SpeechError::Unsupported {
        param: "input",
        message,
    }
}
