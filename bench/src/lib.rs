//! What `mynah bench` measures, and how.
//!
//! Each measurement is a function that returns [`Figure`]s. Those that judge the server run the
//! very program as a child process and talk to it over the loopback interface, as a client would.

mod chrf;
mod cold;
pub mod engines;
mod figure;
mod flood;
mod human;
mod interpret;
mod live;
pub mod pipeline;
mod program;
mod round_trip;
mod segments;
mod speech;
mod speech_set;
mod words;

use std::path::PathBuf;

use mynah_speech::Engines;
use mynah_speech_translation::Interpreter;
use mynah_synthesis::Synthesis;

pub use figure::{Figure, Threshold};
pub use speech_set::{RecognizedClip, SetScore, SpeechSet, TranscribedClip};

/// Twenty ordinary English sentences, one a line.
const SENTENCES: &str = include_str!("../data/sentences.txt");

/// What the measurements work with.
pub struct Bench {
    /// The engines.
    pub engines: Engines,
    /// Text to speech.
    pub synthesis: Synthesis,
    /// Speech to text and on.
    pub interpreter: Interpreter,
    /// The program to start where a whole process is judged.
    pub program: PathBuf,
    /// The folder of Debian's `pocketsphinx-testdata`.
    pub recordings: PathBuf,
    /// How often a quick thing is repeated.
    pub rounds: usize,
}

/// One thing that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measurement {
    /// Word errors of sentences spoken by flite and recognized back.
    RoundTrip,
    /// Word errors on recordings of people.
    Human,
    /// Whether four sentences with pauses become four segments.
    Segments,
    /// How long a cold `mynah say` takes.
    Cold,
    /// How soon a warm server's first audio leaves.
    Speech,
    /// The server's own time, and what it does with more requests than it can serve.
    Flood,
    /// How fast a recording is interpreted.
    Interpret,
    /// How soon after a sentence its translation arrives.
    Live,
    /// How soon a starting server is ready.
    Start,
}

impl Measurement {
    /// All of them, with the names that a command line uses.
    pub const ALL: [(&'static str, Self); 9] = [
        ("round-trip", Self::RoundTrip),
        ("human", Self::Human),
        ("segments", Self::Segments),
        ("cold", Self::Cold),
        ("start", Self::Start),
        ("speech", Self::Speech),
        ("flood", Self::Flood),
        ("interpret", Self::Interpret),
        ("live", Self::Live),
    ];
}

impl Bench {
    /// Measures one thing.
    ///
    /// # Errors
    /// Whatever kept it from being measured: a missing engine, a server that did not start.
    pub async fn measure(&self, what: Measurement) -> anyhow::Result<Vec<Figure>> {
        match what {
            Measurement::RoundTrip => round_trip::measure(self).await,
            Measurement::Human => human::measure(self).await,
            Measurement::Segments => segments::measure(self).await,
            Measurement::Cold => cold::measure(self).await,
            Measurement::Start => program::measure_start(self).await,
            Measurement::Speech => speech::measure(self).await,
            Measurement::Flood => flood::measure(self).await,
            Measurement::Interpret => interpret::measure(self).await,
            Measurement::Live => live::measure(self).await,
        }
    }
}

/// The sentences.
fn sentences() -> impl Iterator<Item = &'static str> {
    SENTENCES.lines()
}
