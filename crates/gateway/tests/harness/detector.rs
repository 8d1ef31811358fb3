//! The sound of one session as segments, and their scripted results.

use std::collections::BTreeMap;

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole, resample};
use mynah_bus::event::{
    AudioPayload, AudioSynthesis, Body, ClientOptions, Event, PartialTranscript, SegmentRange,
    SessionStatus, TextRecognized, TextTranslated, Times, now_ms,
};
use mynah_bus::identity::{SessionId, Stage};
use mynah_tone::code;

use super::stages::{ReceivedChunk, Scenario};

/// So much is looked at together, in samples: 10 ms.
const WINDOW: usize = 160;
/// The silence that closes a segment, in windows.
const SILENCE: usize = 30;

/// One session's sound, and what becomes of it.
pub(super) struct Detector {
    session: SessionId,
    scenario: Scenario,
    samples: Vec<f32>,
    /// Where the open segment begins, and the wishes that hold for it.
    open: Option<(usize, ClientOptions)>,
    last_wishes: Option<ClientOptions>,
    looked: usize,
    silent: usize,
    segments: u32,
    revision: u32,
    held: Vec<Event>,
    over: bool,
}

impl Detector {
    pub(super) fn new(session: SessionId, scenario: Scenario) -> Self {
        Self {
            session,
            scenario,
            samples: Vec::new(),
            open: None,
            last_wishes: None,
            looked: 0,
            silent: 0,
            segments: 0,
            revision: 0,
            held: Vec::new(),
            over: false,
        }
    }

    pub(super) fn accept(&mut self, came: &ReceivedChunk, samples: &[f32]) -> Vec<Event> {
        if self.over {
            return Vec::new();
        }
        let chunk = came.chunk;
        assert_eq!(chunk.start_sample, self.samples.len() as u64, "a hole");
        let mut events = Vec::new();
        if self
            .last_wishes
            .as_ref()
            .is_some_and(|own| *own != came.wishes)
        {
            events.extend(self.close());
            self.looked = self.samples.len();
        }
        self.last_wishes = Some(came.wishes.clone());
        self.samples.extend_from_slice(samples);
        while self.looked + WINDOW <= self.samples.len() {
            let window = &self.samples[self.looked..self.looked + WINDOW];
            let loud = window.iter().any(|sample| sample.abs() > 0.05);
            if loud {
                self.silent = 0;
                self.open.get_or_insert((self.looked, came.wishes.clone()));
            } else {
                self.silent += 1;
            }
            self.looked += WINDOW;
            if self.silent >= SILENCE {
                events.extend(self.close());
            }
        }
        if came.preview
            && let Some((start, _)) = &self.open
        {
            let partial = PartialTranscript {
                text: code::decode(&self.samples[*start..]),
                index: self.segments,
                start_sample: *start as u64,
                revision: self.revision,
                language: None,
            };
            self.revision += 1;
            events.push(self.event(Stage::Recognize, Body::PartialTranscript(partial)));
        }
        if self.scenario.abort_after == Some(self.segments) {
            let (segments, code) = (self.segments, "hole".into());
            events.push(self.status(SessionStatus::Aborted { segments, code }));
            self.over = true;
        } else if chunk.is_last {
            events.extend(self.close());
            let segments = self.segments;
            events.push(self.status(SessionStatus::Ended { segments }));
            self.over = true;
        }
        if self.scenario.backwards {
            self.held.extend(events);
            if !self.over {
                return Vec::new();
            }
            events = std::mem::take(&mut self.held);
            events.reverse();
        }
        events
    }

    fn close(&mut self) -> Vec<Event> {
        let Some((start, wishes)) = self.open.take() else {
            return Vec::new();
        };
        let index = self.segments;
        self.segments += 1;
        self.revision = 0;
        let place = SegmentRange {
            index,
            start_sample: start as u64,
            end_sample: self.looked.max(start + 1) as u64,
        };
        let text = code::decode(&self.samples[start..self.looked.max(start)]);
        let first = self.results(place, &text, &wishes);
        if !self.scenario.twice {
            return first;
        }
        let again = self.results(place, "something else", &wishes);
        let mut again: BTreeMap<_, _> = again.into_iter().map(|own| (own.id, own)).collect();
        let both = |own: Event| {
            let other = again.remove(&own.id);
            [Some(own), other].into_iter().flatten()
        };
        first.into_iter().flat_map(both).collect()
    }

    fn results(&self, place: SegmentRange, text: &str, wishes: &ClientOptions) -> Vec<Event> {
        let times = Times {
            received_at: Some(now_ms()),
            started_at: Some(now_ms()),
        };
        let fails = self.scenario.fail.get(&place.index).copied();
        let failed = |stage: Stage| {
            let status = SessionStatus::SegmentFailed {
                segment: place,
                stage: stage.as_str().into(),
                code: "unsupported".into(),
                message: "this can't be done".into(),
            };
            self.event(stage, Body::SessionStatus(status))
        };
        let recognized = |text: &str| {
            let body = Body::TextRecognized(TextRecognized {
                segment: place,
                text: text.into(),
                language: wishes.source.clone().unwrap_or("en".into()),
                confidence: None,
                recognizer: None,
                options: wishes.clone(),
                times,
            });
            self.event(Stage::Recognize, body)
        };
        if self.scenario.empty.contains(&place.index) {
            return vec![recognized("")];
        }
        if fails == Some(Stage::Recognize) {
            return vec![failed(Stage::Recognize)];
        }
        let mut events = vec![recognized(text)];
        if fails == Some(Stage::Translate) {
            events.push(failed(Stage::Translate));
            return events;
        }
        let target = wishes.target.clone().unwrap_or("??".into());
        let translation = format!("{target}: {text}");
        let translated = Body::TextTranslated(TextTranslated {
            segment: place,
            text: translation.clone(),
            source_language: "en".into(),
            target_language: target,
            quality: None,
            translators: Vec::new(),
            via: None,
            options: wishes.clone(),
            times,
        });
        events.push(self.event(Stage::Translate, translated));
        if fails == Some(Stage::Synthesize) {
            events.push(failed(Stage::Synthesize));
            return events;
        }
        let rate = SampleRate::new(self.scenario.rate.unwrap_or(24_000)).unwrap();
        let clip = resample(&code::encode(&translation), rate);
        let parts: Vec<_> = clip.samples.chunks(rate.hz() as usize / 2).collect();
        for (part, samples) in parts.iter().enumerate() {
            let clip = Clip::new(rate, samples.to_vec());
            let wav = encode_whole(&clip, Format::Wav, &Tags::new()).unwrap();
            let body = Body::AudioSynthesis(AudioSynthesis {
                segment: place,
                part: part as u32,
                is_last: part + 1 == parts.len(),
                duration_ms: (clip.duration().as_millis() as u64).max(1),
                audio: AudioPayload::Inline(wav.into()),
                sample_rate: rate.hz(),
                model: None,
                target_language: wishes.target.clone(),
                voice: wishes.voice.clone(),
                speaker_id: None,
                snippet: None,
                times,
            });
            events.push(self.event(Stage::Synthesize, body));
        }
        events
    }

    fn status(&self, status: SessionStatus) -> Event {
        self.event(Stage::Detect, Body::SessionStatus(status))
    }

    fn event(&self, stage: Stage, body: Body) -> Event {
        Event::new(self.session.clone(), stage, body)
    }
}
