//! Sessions of real speech, all at once and in real time, against a gateway that runs: how soon
//! captions and translated audio come, what each stage and each hop takes, and what is lost.
//!
//! Every time is counted from the moment at which the sample in question was spoken, by the clock
//! of the session: a sender that is late counts against the gateway, and is reported.

mod metrics;
mod quantiles;
mod report;
mod segment_trace;
mod session;
mod session_result;
mod thresholds;
mod timeline;
mod topic_reader;

use std::sync::Arc;
use std::time::Duration;

use mynah_audio::Clip;
use mynah_bus::Bus;
use mynah_bus::avro::Codec;
use mynah_speech_translation::session_audio;
use mynah_synthesis::{SpeechJob, Synthesis};
use tokio::time::{Instant, sleep};

pub use quantiles::Quantiles;
pub use report::{Lost, Report, ReportTable, Row};

pub(crate) use session::{SessionPlan, run as run_session};
pub(crate) use session_result::SessionResult;
pub(crate) use timeline::Timeline;

/// About five seconds in the voice below.
const SENTENCE: &str = "The weather is very nice today and we would like to walk along the river \
                        before we go home to have dinner";
const VOICE: &str = "flite/slt";
/// What was published before the last session was closed has reached the reader after this.
const TOPIC_DRAIN_TIME: Duration = Duration::from_secs(2);

/// What to drive, and how.
pub struct LoadTest {
    /// The gateway: `ws://host:port`.
    pub gateway: String,
    /// The key, where it needs one.
    pub key: Option<String>,
    /// How many sessions at once, at least 1.
    pub sessions: usize,
    /// How often each says the speech, at least 1.
    pub rounds: usize,
    /// Whether all begin at the same moment. Otherwise they begin spread over one round.
    pub together: bool,
    /// What is spoken, as BCP-47.
    pub from: String,
    /// Into which language.
    pub to: String,
    /// In which voice; none means the best.
    pub voice: Option<String>,
    /// Where processes of the pipeline serve their metrics: `http://host:port`.
    pub metrics: Vec<String>,
    /// The bus that the events are on, where it can be read from here.
    pub topics: Option<(Arc<dyn Bus>, Codec)>,
}

/// The sentence that is said where no recording is given.
///
/// # Errors
/// flite is not there.
pub async fn speech(synthesis: &Synthesis) -> anyhow::Result<Clip> {
    let plan = synthesis.plan(SpeechJob::new(SENTENCE).with_voice(VOICE))?;
    let permit = synthesis.admit()?;
    Ok(synthesis.speak(plan, permit).collect().await?)
}

impl LoadTest {
    /// Drives the sessions to their end.
    ///
    /// # Errors
    /// The speech is silent, or the bus or the metrics can't be read. What goes wrong in a session
    /// is in the report.
    pub async fn run(&self, clip: &Clip) -> anyhow::Result<Report> {
        let timeline = Arc::new(Timeline::new(&session_audio(clip), self.rounds)?);
        let reader = match &self.topics {
            Some((bus, codec)) => {
                Some(topic_reader::TopicReader::start(bus.as_ref(), codec.clone()).await?)
            }
            None => None,
        };
        let before = metrics::all(&self.metrics).await?;
        let load_before = load();
        let results = self.sessions(&timeline).await;
        let load_after = load();
        let after = metrics::all(&self.metrics).await?;
        let events = match reader {
            Some(reader) => {
                sleep(TOPIC_DRAIN_TIME).await;
                Some(reader.stop(&results).await?)
            }
            None => None,
        };
        let metrics = metrics::between(&before, &after);
        Ok(Report::new(
            self,
            &timeline,
            &results,
            events.as_deref(),
            metrics,
            [load_before, load_after],
        ))
    }

    async fn sessions(&self, timeline: &Arc<Timeline>) -> Vec<SessionResult> {
        let begin = Instant::now();
        let apart = if self.together {
            Duration::ZERO
        } else {
            timeline.round().div_f64(self.sessions as f64)
        };
        let mut running = Vec::new();
        for number in 0..self.sessions {
            let plan = SessionPlan {
                gateway: self.gateway.clone(),
                key: self.key.clone(),
                from: self.from.clone(),
                to: self.to.clone(),
                voice: self.voice.clone(),
                timeline: Arc::clone(timeline),
                begin: begin + apart * number as u32,
            };
            running.push(tokio::spawn(session::run(plan)));
        }
        let mut all = Vec::new();
        for one in running {
            all.push(
                one.await
                    .unwrap_or_else(|error| SessionResult::broken(error.to_string())),
            );
        }
        all
    }
}

/// What the machine was doing over the last minute, as Linux reports it.
fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}
