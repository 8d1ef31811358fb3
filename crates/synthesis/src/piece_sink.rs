//! One piece of text on its way through an engine.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use mynah_audio::Clip;
use mynah_speech::{AudioSink, Cancel, Finish, SpeechError, SpeechRequest, Synthesizer};

use crate::bounds::{Bounds, Fault};
use crate::draft::{Draft, Hold};
use crate::line::{Line, UnknownRate};
use crate::metric;
use crate::outlet::Outlet;

/// When an engine was last heard of.
pub(crate) struct Heartbeat(Mutex<Instant>);

impl Heartbeat {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Instant::now()))
    }

    pub(crate) fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(crate) fn last(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes an engine's sound, looks at it and passes it on.
struct PieceSink<'a> {
    line: &'a mut Line,
    draft: Draft,
    bounds: Bounds,
    outlet: &'a Outlet,
    heartbeat: &'a Heartbeat,
    broken: Option<Broken>,
}

/// Why a piece was not spoken.
enum Broken {
    /// It went on without end.
    RanAway,
    /// Anything else.
    Of(SpeechError),
}

impl From<SpeechError> for Broken {
    fn from(error: SpeechError) -> Self {
        Self::Of(error)
    }
}

impl PieceSink<'_> {
    /// Lets clips go.
    fn pass(&mut self, clips: Vec<Clip>) -> Result<(), Broken> {
        let mut samples = Vec::new();
        for clip in clips {
            let ready = self.line.push(&clip).map_err(|UnknownRate(rate)| {
                let reason = format!("its rate of {rate} cannot be converted");
                failed(self.outlet, &reason)
            })?;
            samples.extend(ready);
        }
        // Without samples it is still seen whether somebody listens.
        match self.outlet.send(samples) {
            true => Ok(()),
            false => Err(SpeechError::Cancelled.into()),
        }
    }

    fn take(&mut self, clip: Clip) -> Result<(), Broken> {
        self.bounds.check(&clip).map_err(|fault| match fault {
            Fault::Runaway => Broken::RanAway,
            fault => failed(self.outlet, fault.reason()).into(),
        })?;
        let leaving = self.draft.push(clip, self.outlet.ahead());
        self.pass(leaving)
    }

    /// Ends the piece as its engine has ended.
    fn finish(&mut self, end: Result<Finish, SpeechError>) -> Result<(), Broken> {
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        match end? {
            Finish::Stop => {}
            Finish::Runaway => return Err(Broken::RanAway),
            Finish::Length => {
                let reason = "it reached its bound on length within the text";
                return Err(failed(self.outlet, reason).into());
            }
        }
        let audible = self.bounds.finish();
        audible.map_err(|fault| failed(self.outlet, fault.reason()))?;
        let rest = self.draft.rest();
        self.pass(rest)
    }
}

impl AudioSink for PieceSink<'_> {
    fn accept(&mut self, clip: Clip) -> ControlFlow<()> {
        self.heartbeat.beat();
        match self.take(clip) {
            Ok(()) => ControlFlow::Continue(()),
            Err(broken) => {
                self.broken = Some(broken);
                ControlFlow::Break(())
            }
        }
    }
}

/// One piece of text, to be spoken.
pub(crate) struct PieceJob {
    pub(crate) engine: Arc<dyn Synthesizer>,
    pub(crate) request: SpeechRequest,
    pub(crate) bounds: Bounds,
    pub(crate) hold: Hold,
    /// How often it may be begun again.
    pub(crate) retries: u32,
}

impl PieceJob {
    /// Speaks it; again with another seed where it runs away before any of it was let go. So a
    /// request with a seed that is spoken is always spoken alike, whenever that was. Blocking.
    pub(crate) fn speak(
        mut self,
        line: &mut Line,
        outlet: &Outlet,
        heartbeat: &Heartbeat,
        cancel: &Cancel,
    ) -> Result<(), SpeechError> {
        loop {
            heartbeat.beat();
            let mut sink = PieceSink {
                line,
                draft: Draft::new(self.hold),
                bounds: self.bounds.clone(),
                outlet,
                heartbeat,
                broken: None,
            };
            let end = self.engine.speak(&self.request, cancel, &mut sink);
            match sink.finish(end) {
                Ok(()) => return Ok(()),
                Err(Broken::Of(error)) => return Err(error),
                Err(Broken::RanAway) if sink.draft.is_whole() && self.retries > 0 => {
                    self.retries -= 1;
                    self.request.seed = self.request.seed.map(next_seed);
                    metric::begun_again(outlet.engine);
                    tracing::info!(engine = outlet.engine.as_str(), "a piece is begun again");
                }
                Err(Broken::RanAway) => return Err(failed(outlet, Fault::Runaway.reason())),
            }
        }
    }
}

/// The seed of the next try.
const fn next_seed(seed: u64) -> u64 {
    // Odd and without a pattern, and another step than engines take that try again themselves.
    seed.wrapping_add(0xd1b5_4a32_d192_ed03)
}

fn failed(outlet: &Outlet, reason: &str) -> SpeechError {
    SpeechError::Failed {
        engine: outlet.engine,
        reason: reason.into(),
    }
}
