//! The way of each segment through the stages, by the events on the topics.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use mynah_bus::event::{
    AudioSynthesis, Body, Event, SessionStatus, SpeechSegment, TextRecognized, TextTranslated,
    Times,
};

use super::quantiles::Quantiles;
use super::session_result::SessionResult;

/// The traces of all segments, and their faults.
#[derive(Default)]
pub(super) struct SegmentTraces {
    /// By session and first sample.
    ways: BTreeMap<(String, u64), SegmentTrace>,
    /// Records of an identity that was there before, by record.
    pub(super) duplicates: BTreeMap<&'static str, usize>,
    /// Records in all, by record.
    pub(super) records: BTreeMap<&'static str, usize>,
    /// The voices that spoke.
    pub(super) models: BTreeSet<String>,
}

/// One segment's trace.
#[derive(Default)]
struct SegmentTrace {
    index: u64,
    segment: Option<StageTiming>,
    recognized: Option<StageTiming>,
    /// Whether any word was recognized.
    words: bool,
    translated: Option<StageTiming>,
    spoken: Option<StageTiming>,
    /// Whether the last part of its speech is there.
    whole: bool,
    failed: bool,
}

/// When a stage made an event, and when it received its input.
struct StageTiming {
    made: i64,
    times: Times,
}

impl SegmentTraces {
    /// The first record of an identity counts; later ones are counted.
    pub(super) fn new(events: &[Event]) -> Self {
        let mut traces = Self::default();
        let mut known = HashSet::new();
        for event in events {
            let record = event.kind().record();
            *traces.records.entry(record).or_default() += 1;
            if known.insert(event.id) {
                traces.add(event);
            } else {
                *traces.duplicates.entry(record).or_default() += 1;
            }
        }
        traces
    }

    fn add(&mut self, event: &Event) {
        let Some(place) = event.segment() else { return };
        let key = (event.session.as_str().to_owned(), place.start_sample);
        let way = self.ways.entry(key).or_default();
        way.index = u64::from(place.index);
        let step = |times| {
            Some(StageTiming {
                made: event.timestamp_ms,
                times,
            })
        };
        match &event.body {
            Body::SpeechSegment(SpeechSegment { times, .. }) => way.segment = step(*times),
            Body::TextRecognized(TextRecognized { times, text, .. }) => {
                way.recognized = step(*times);
                way.words = !text.trim().is_empty();
            }
            Body::TextTranslated(TextTranslated { times, .. }) => way.translated = step(*times),
            Body::AudioSynthesis(speech) => {
                let AudioSynthesis { times, model, .. } = speech;
                if speech.part == 0 {
                    way.spoken = step(*times);
                }
                way.whole |= speech.is_last;
                self.models.extend(model.clone());
            }
            Body::SessionStatus(SessionStatus::SegmentFailed { .. }) => way.failed = true,
            _ => {}
        }
    }

    /// Segments that the detector found and of which nothing more came.
    pub(super) fn lost(&self) -> usize {
        let answered = |way: &SegmentTrace| {
            let silent = way.recognized.is_some() && !way.words;
            way.failed || silent || (way.translated.is_some() && way.whole)
        };
        self.ways.values().filter(|way| !answered(way)).count()
    }

    /// What each hop and each stage took, in the order of a sentence's journey.
    pub(super) fn rows(&self, results: &[SessionResult]) -> Vec<(String, Quantiles)> {
        let mut times = Vec::new();
        for way in self.ways.values() {
            let Some(segment) = &way.segment else {
                continue;
            };
            work(&mut times, "1 vad", segment);
            let mut before = segment;
            let later = [
                ("2 asr", &way.recognized),
                ("3 translate", &way.translated),
                ("4 speak", &way.spoken),
            ];
            for (stage, step) in later {
                let Some(step) = step else { break };
                if let Some(received) = step.times.received_at {
                    times.push((format!("{stage} hop"), received - before.made));
                }
                work(&mut times, stage, step);
                before = step;
            }
        }
        self.arrivals(results, &mut times);
        let mut rows = BTreeMap::<String, Vec<f64>>::new();
        for (name, ms) in times {
            rows.entry(name).or_default().push(ms as f64);
        }
        rows.into_iter()
            .filter_map(|(name, values)| Some((name, Quantiles::of(values)?)))
            .collect()
    }

    /// From a stage through the gateway to the client.
    fn arrivals(&self, results: &[SessionResult], times: &mut Vec<(String, i64)>) {
        let sessions: HashMap<&str, &SessionResult> = results
            .iter()
            .filter_map(|results| Some((results.session.as_deref()?, results)))
            .collect();
        for ((session, _), way) in &self.ways {
            let Some(results) = sessions.get(session.as_str()) else {
                continue;
            };
            let mut segments = results.segments.iter();
            let Some(segment) = segments.find(|segment| segment.index == way.index) else {
                continue;
            };
            let ways = [
                ("5 caption to client hop", &way.recognized, segment.caption),
                ("6 audio to client hop", &way.spoken, segment.sound),
            ];
            for (name, step, at) in ways {
                if let (Some(step), Some(at)) = (step, at) {
                    let at = results.began_ms + at.as_millis() as i64;
                    times.push((name.to_owned(), at - step.made));
                }
            }
        }
    }
}

/// What a stage waited and worked.
fn work(times: &mut Vec<(String, i64)>, stage: &str, step: &StageTiming) {
    let Some(started) = step.times.started_at else {
        return;
    };
    if let Some(received) = step.times.received_at {
        times.push((format!("{stage} wait"), started - received));
    }
    times.push((format!("{stage} work"), step.made - started));
}

#[cfg(test)]
mod tests {
    use mynah_bus::event::{ClientOptions, SegmentRange};
    use mynah_bus::identity::{SessionId, Stage};

    use super::*;

    #[test]
    fn a_hop_ends_where_the_next_stage_receives() {
        let session = SessionId::fresh();
        let place = SegmentRange {
            index: 0,
            start_sample: 16_000,
            end_sample: 32_000,
        };
        let times = |received, started| Times {
            received_at: Some(received),
            started_at: Some(started),
        };
        let segment = Body::SpeechSegment(SpeechSegment {
            segment: place,
            audio: mynah_bus::event::AudioPayload::Inline("x".into()),
            sample_rate: 16_000,
            options: ClientOptions::default(),
            times: times(90, 95),
        });
        let recognized = Body::TextRecognized(TextRecognized {
            segment: place,
            text: "hello".into(),
            language: "en".into(),
            confidence: None,
            recognizer: None,
            options: ClientOptions::default(),
            times: times(107, 110),
        });
        let mut first = Event::new(session.clone(), Stage::Detect, segment);
        first.timestamp_ms = 100;
        let mut second = Event::new(session, Stage::Recognize, recognized);
        second.timestamp_ms = 150;
        let traces = SegmentTraces::new(&[first, second.clone(), second]);
        let rows = traces.rows(&[]);
        let row = |name| rows.iter().find(|row| row.0 == name).map(|row| row.1.p50);
        assert_eq!(row("1 vad work"), Some(5.0));
        assert_eq!(row("2 asr hop"), Some(7.0));
        assert_eq!(row("2 asr wait"), Some(3.0));
        assert_eq!(row("2 asr work"), Some(40.0));
        assert_eq!(traces.duplicates.get("TextRecognizedEvent"), Some(&1));
        assert_eq!(traces.lost(), 1, "it was never translated");
    }
}
