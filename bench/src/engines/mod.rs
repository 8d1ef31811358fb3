//! `mynah bench engines`: the neural default engines against the thresholds that they must reach, and
//! beside their peers in Python.

mod dialogs;
mod first_sound;
mod footprint;
mod kokoro;
mod live;
mod peer;
mod prompts;
mod speed;
mod translation;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use mynah_speech::{Engines, LanguageChoice, Recognizer};
use mynah_synthesis::{SpeechJob, Synthesis};

use crate::Figure;

/// What the measurements of the engines work with.
#[derive(Clone)]
pub struct EngineBench {
    /// The engines.
    pub engines: Engines,
    /// Text to speech.
    pub synthesis: Synthesis,
    /// Whisper base.
    pub base: Arc<dyn Recognizer>,
    /// Whisper tiny for English.
    pub tiny: Arc<dyn Recognizer>,
    /// The folder of the installed models.
    pub models: PathBuf,
    /// The program to start where a whole process is measured.
    pub program: PathBuf,
    /// The environment of such a process: the same models and threads as here.
    pub environment: Vec<(String, String)>,
    /// Threads of each engine and of each peer.
    pub threads: usize,
    /// The folder of the sets of recordings, each a [`crate::SpeechSet`]: `en`, `es`, `fr`, `it`, `ru`
    /// (prompts), `book`, `cards`, `long` (10 to 40 s) and `live` (about 5 s).
    pub speech: PathBuf,
    /// The folder of the dialogues of Debian's `fillets-ng-data`.
    pub dialogs: PathBuf,
    /// The folder of the peers, each a virtual environment of Python.
    pub peers: PathBuf,
    /// How often a quick thing is repeated.
    pub rounds: usize,
    /// The most recordings, sentences and pairs of each kind.
    pub limit: usize,
}

/// One thing that can be measured of the engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineMeasurement {
    /// Word errors of Whisper on people's speech in five languages.
    Prompts,
    /// Word errors of Kokoro's speech in five languages, recognized by Whisper.
    Kokoro,
    /// Real-time factors of one stream, beside the peers.
    Speed,
    /// The first audio of a warm server, and a whole `mynah say`.
    FirstSound,
    /// Live interpreting into Portuguese.
    Live,
    /// chrF of translations, beside Apertium alone.
    Translation,
    /// Memory and processor time of a warm server.
    Footprint,
}

impl EngineMeasurement {
    /// All of them, with the names that a command line uses.
    pub const ALL: [(&'static str, Self); 7] = [
        ("prompts", Self::Prompts),
        ("kokoro", Self::Kokoro),
        ("speed", Self::Speed),
        ("first-sound", Self::FirstSound),
        ("live", Self::Live),
        ("translation", Self::Translation),
        ("footprint", Self::Footprint),
    ];
}

/// What was measured, and what could not be.
#[derive(Clone, Debug, Default)]
pub struct EngineFigures {
    /// The figures.
    pub figures: Vec<Figure>,
    /// Figures without a value, each with the reason.
    pub absent: Vec<(String, String)>,
}

impl From<Vec<Figure>> for EngineFigures {
    fn from(figures: Vec<Figure>) -> Self {
        Self {
            figures,
            absent: Vec::new(),
        }
    }
}

impl EngineBench {
    /// Measures one thing.
    ///
    /// # Errors
    /// Whatever kept it from being measured: a missing model or recording, a server that did not
    /// start. An absent peer is no error.
    pub async fn measure(&self, what: EngineMeasurement) -> anyhow::Result<EngineFigures> {
        match what {
            EngineMeasurement::Prompts => prompts::measure(self).await.map(EngineFigures::from),
            EngineMeasurement::Kokoro => kokoro::measure(self).await.map(EngineFigures::from),
            EngineMeasurement::Speed => speed::measure(self).await,
            EngineMeasurement::FirstSound => {
                first_sound::measure(self).await.map(EngineFigures::from)
            }
            EngineMeasurement::Live => live::measure(self).await.map(EngineFigures::from),
            EngineMeasurement::Translation => {
                translation::measure(self).await.map(EngineFigures::from)
            }
            EngineMeasurement::Footprint => footprint::measure(self).await.map(EngineFigures::from),
        }
    }

    /// A sentence by a voice of Kokoro, with all that the program does before and after the engine.
    async fn synthesized(
        &self,
        text: &str,
        voice: &str,
        language: &str,
    ) -> anyhow::Result<mynah_audio::Clip> {
        let job = SpeechJob {
            language: LanguageChoice::Is(language.parse()?),
            ..SpeechJob::new(text).with_voice(format!("kokoro/{voice}"))
        };
        let plan = self.synthesis.plan(job)?;
        let permit = self.synthesis.admit()?;
        Ok(self.synthesis.speak(plan, permit).collect().await?)
    }

    /// The environment of a child process, as it is taken by [`crate::program::Server::start`].
    fn environment(&self) -> Vec<(&str, &str)> {
        let settings = self.environment.iter();
        settings
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }
}

/// Everyday sentences, forty a language.
const EVERYDAY: [(&str, &str); 5] = [
    ("en", include_str!("../../data/everyday/en.txt")),
    ("es", include_str!("../../data/everyday/es.txt")),
    ("fr", include_str!("../../data/everyday/fr.txt")),
    ("pt", include_str!("../../data/everyday/pt.txt")),
    ("it", include_str!("../../data/everyday/it.txt")),
];

/// The everyday sentences of a language.
fn everyday(language: &str) -> anyhow::Result<impl Iterator<Item = &'static str>> {
    let found = EVERYDAY.iter().find(|(own, _)| *own == language);
    let (_, text) = found.with_context(|| format!("no sentences in {language}"))?;
    Ok(text.lines())
}
