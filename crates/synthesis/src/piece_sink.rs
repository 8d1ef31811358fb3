//! One piece of text on its way through an engine.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use mynah_audio::Clip;
use mynah_speech::{AudioSink, Cancel, Finish, SpeechError, SpeechRequest, Synthesizer};

use crate::bounds::{Bounds, Fault};
use crate::line::{Line, UnknownRate};
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
    bounds: Bounds,
    outlet: &'a Outlet,
    heartbeat: &'a Heartbeat,
    broken: Option<SpeechError>,
}

impl AudioSink for PieceSink<'_> {
    fn accept(&mut self, clip: Clip) -> ControlFlow<()> {
        self.heartbeat.beat();
        let passed = match self.bounds.check(&clip) {
            Ok(()) => self.line.push(&clip).map_err(|UnknownRate(rate)| {
                failed(
                    self.outlet,
                    &format!("its rate of {rate} cannot be converted"),
                )
            }),
            Err(fault) => Err(failed(self.outlet, fault.reason())),
        };
        let sent = passed.and_then(|samples| match self.outlet.send(samples) {
            true => Ok(()),
            false => Err(SpeechError::Cancelled),
        });
        match sent {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.broken = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

/// Speaks one piece. Blocking.
pub(crate) fn speak_piece(
    engine: &dyn Synthesizer,
    request: &SpeechRequest,
    bounds: Bounds,
    line: &mut Line,
    outlet: &Outlet,
    heartbeat: &Heartbeat,
    cancel: &Cancel,
) -> Result<(), SpeechError> {
    heartbeat.beat();
    let mut sink = PieceSink {
        line,
        bounds,
        outlet,
        heartbeat,
        broken: None,
    };
    let result = engine.speak(request, cancel, &mut sink);
    let PieceSink { bounds, broken, .. } = sink;
    if let Some(error) = broken {
        return Err(error);
    }
    match result? {
        Finish::Stop => bounds
            .finish()
            .map_err(|fault| failed(outlet, fault.reason())),
        Finish::Runaway => Err(failed(outlet, Fault::Runaway.reason())),
        Finish::Length => Err(failed(
            outlet,
            "it reached its bound on length within the text",
        )),
    }
}

fn failed(outlet: &Outlet, reason: &str) -> SpeechError {
    SpeechError::Failed {
        engine: outlet.engine,
        reason: reason.into(),
    }
}
