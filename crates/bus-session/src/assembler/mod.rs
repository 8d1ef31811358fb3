//! Puts a session's results in order: whichever replicas made them, however often, and in
//! any order of arrival.
//!
//! Pure: from events of the bus to events for a client. The first record of an identity wins. Each
//! kind is returned in the order of the segments, and waits for an earlier segment only until no more
//! of that kind can follow from it: it was returned, it has no words, or the segment failed before
//! that stage. The end of a segment may overtake earlier texts, since they are on other topics; it
//! waits for them, for [`MISSING_RECORD_TIMEOUT`].

mod assembled;
mod segment;

use std::collections::{BTreeMap, HashSet};

use mynah_api::realtime::{MAX_PARTS, SegmentEngines};
use mynah_bus::event::{
    AudioSynthesis, Body, Event, PartialTranscript, SegmentRange, SessionStatus,
};
use mynah_bus::identity::Stage;
use tokio::time::Instant;
use uuid::Uuid;

pub(crate) use assembled::{Acceptance, Assembled};
use segment::{Failed, Segment};
pub(crate) use segment::{MISSING_RECORD_TIMEOUT, StageVisit, StageVisits};

/// One session's results.
pub(crate) struct Assembler<R> {
    open: BTreeMap<u32, Segment<R>>,
    received: HashSet<Uuid>,
    /// Per kind, the first segment of which more may follow.
    recognized: u32,
    translated: u32,
    spoken: u32,
    /// The next part of the segment whose speech is returned.
    part: u32,
    /// Whether its last part was returned.
    speech_complete: bool,
    preview: Option<(u32, String)>,
    last_preview: Option<(u32, u32)>,
    end: Option<SessionStatus>,
    over: bool,
    /// Whether earlier results are being replayed, so that nothing can be missing yet.
    replaying: bool,
}

impl<R> Assembler<R> {
    pub(crate) fn new() -> Self {
        Self {
            open: BTreeMap::new(),
            received: HashSet::new(),
            recognized: 0,
            translated: 0,
            spoken: 0,
            part: 0,
            speech_complete: false,
            preview: None,
            last_preview: None,
            end: None,
            over: false,
            replaying: false,
        }
    }

    /// Sets whether earlier results are being replayed: until they are, no record counts as missing.
    pub(crate) fn set_replaying(&mut self, replaying: bool) {
        self.replaying = replaying;
    }

    /// Adds an event, in any order.
    pub(crate) fn accept(&mut self, event: Event, permit: R, now: Instant) -> Acceptance {
        let (id, made_at) = (event.id, event.timestamp_ms);
        let kept = match event.body {
            Body::PartialTranscript(partial) => return self.accept_partial(partial),
            Body::AudioInput(_) | Body::SpeechSegment(_) => return Acceptance::Foreign,
            body if !self.received.insert(id) => {
                drop(body);
                false
            }
            Body::TextRecognized(own) => self.segment(own.segment).is_some_and(|segment| {
                let times = own.times;
                fill(
                    &mut segment.recognized,
                    (StageVisit { times, made_at }, own, permit),
                )
            }),
            Body::TextTranslated(own) => self.segment(own.segment).is_some_and(|segment| {
                let times = own.times;
                fill(
                    &mut segment.translated,
                    (StageVisit { times, made_at }, own, permit),
                )
            }),
            Body::AudioSynthesis(own) => self.part(own, made_at, permit, now),
            Body::SessionStatus(SessionStatus::SegmentFailed {
                segment: range,
                stage,
                code,
                message,
            }) => self.segment(range).is_some_and(|segment| {
                let stage = Stage::WORKING
                    .into_iter()
                    .find(|own| own.as_str() == stage || own.service() == stage);
                segment.settled.get_or_insert(now);
                let failed = Failed {
                    stage,
                    code,
                    message,
                };
                fill(&mut segment.failed, failed)
            }),
            Body::SessionStatus(end) => fill(&mut self.end, end),
        };
        if kept {
            Acceptance::Kept
        } else {
            Acceptance::Repeated
        }
    }

    fn part(&mut self, own: AudioSynthesis, made_at: i64, permit: R, now: Instant) -> bool {
        let returned = own.segment.index == self.spoken && own.part < self.part;
        if returned || own.part >= MAX_PARTS {
            return false;
        }
        self.segment(own.segment).is_some_and(|segment| {
            let new = !segment.parts.contains_key(&own.part);
            if new {
                let times = own.times;
                if own.part == 0 {
                    segment.speaking = Some(StageVisit { times, made_at });
                }
                if segment.voice.is_none() {
                    segment.voice.clone_from(&own.voice);
                }
                if own.is_last {
                    segment.settled.get_or_insert(now);
                }
                segment.parts.insert(own.part, (Box::new(own), permit));
            }
            new
        })
    }

    fn accept_partial(&mut self, partial: PartialTranscript) -> Acceptance {
        let at = (partial.index, partial.revision);
        if self.last_preview.is_some_and(|last| at <= last) || !self.awaits(partial.index) {
            return Acceptance::Repeated;
        }
        self.last_preview = Some(at);
        if !partial.text.trim().is_empty() {
            self.preview = Some((partial.index, partial.text));
        }
        Acceptance::Kept
    }

    /// Whether the text of a segment is not received yet.
    fn awaits(&self, index: u32) -> bool {
        index >= self.recognized
            && self
                .open
                .get(&index)
                .is_none_or(|segment| segment.recognized.is_none() && segment.failed.is_none())
    }

    /// The segment of this range, unless it has ended.
    fn segment(&mut self, range: SegmentRange) -> Option<&mut Segment<R>> {
        (range.index >= self.spoken).then(|| {
            self.open
                .entry(range.index)
                .or_insert_with(|| Segment::new(range))
        })
    }

    /// The next event, if it is due.
    pub(crate) fn next(&mut self, now: Instant) -> Option<Assembled<R>> {
        if self.over {
            return None;
        }
        if let Some((segment, text)) = self.preview.take()
            && self.awaits(segment)
        {
            return Some(Assembled::Preview { segment, text });
        }
        let now = (!self.replaying).then_some(now);
        self.next_recognized(now)
            .or_else(|| self.next_translated(now))
            .or_else(|| self.next_spoken(now))
            .or_else(|| self.next_end())
    }

    /// When [`Assembler::next`] may return more without another record.
    pub(crate) fn next_timeout(&self, now: Instant) -> Option<Instant> {
        if self.replaying {
            return None;
        }
        let waiting =
            |segment: &Segment<R>| segment.settled.map(|since| since + MISSING_RECORD_TIMEOUT);
        let all = self.open.values().filter_map(waiting);
        all.filter(|lapses| *lapses > now).min()
    }

    fn next_recognized(&mut self, now: Option<Instant>) -> Option<Assembled<R>> {
        loop {
            let segment = self.open.get(&self.recognized)?;
            match &segment.recognized {
                Some((_, own, _)) => {
                    self.recognized += 1;
                    if segment.is_empty() {
                        continue;
                    }
                    return Some(Assembled::Recognized {
                        range: segment.range,
                        text: own.text.clone(),
                        language: own.language.clone(),
                    });
                }
                None if segment.lacks(Stage::Recognize, now) => self.recognized += 1,
                None => return None,
            }
        }
    }

    fn next_translated(&mut self, now: Option<Instant>) -> Option<Assembled<R>> {
        loop {
            let segment = self.open.get(&self.translated)?;
            match &segment.translated {
                _ if segment.is_empty() => self.translated += 1,
                Some((_, own, _)) => {
                    self.translated += 1;
                    return Some(Assembled::Translated {
                        range: segment.range,
                        text: own.text.clone(),
                        language: own.target_language.clone(),
                    });
                }
                None if segment.lacks(Stage::Translate, now) => self.translated += 1,
                None => return None,
            }
        }
    }

    fn next_spoken(&mut self, now: Option<Instant>) -> Option<Assembled<R>> {
        loop {
            let texts_returned = self.recognized.min(self.translated) > self.spoken;
            let segment = self.open.get_mut(&self.spoken)?;
            if segment.timed_out(now)
                && let Some((part, _)) = segment.parts.first_key_value()
            {
                // Parts are received in order: one that is missing by now is unreadable.
                self.part = *part;
            }
            if !segment.is_empty()
                && let Some((speech, permit)) = segment.parts.remove(&self.part)
            {
                self.part += 1;
                if !self.speech_complete {
                    self.speech_complete = speech.is_last;
                    return Some(Assembled::Speech { speech, permit });
                }
                continue;
            }
            let is_over = segment.is_empty() || self.speech_complete || segment.failed.is_some();
            if !is_over || !texts_returned {
                return None;
            }
            let segment = self.open.remove(&self.spoken)?;
            self.spoken += 1;
            let speech_complete = std::mem::take(&mut self.speech_complete);
            self.part = 0;
            if segment.is_empty() {
                continue;
            }
            let range = segment.range;
            return Some(match segment.failed {
                Some(Failed { code, message, .. }) if !speech_complete => Assembled::Failed {
                    range,
                    code,
                    message,
                },
                _ => {
                    let spent = StageVisits {
                        recognizing: segment.recognized.as_ref().map(|(visit, ..)| *visit),
                        translating: segment.translated.as_ref().map(|(visit, ..)| *visit),
                        speaking: segment.speaking,
                    };
                    let (source, source_language, recognizer) = segment
                        .recognized
                        .map_or_else(Default::default, |(_, own, _)| {
                            (own.text, own.language, own.recognizer)
                        });
                    let (translation, translators, via) = segment
                        .translated
                        .map_or_else(Default::default, |(_, own, _)| {
                            (own.text, own.translators, own.via)
                        });
                    Assembled::Done {
                        range,
                        source,
                        source_language,
                        translation,
                        engines: Box::new(SegmentEngines {
                            recognizer,
                            translators,
                            via,
                            voice: segment.voice,
                        }),
                        spent,
                    }
                }
            });
        }
    }

    fn next_end(&mut self) -> Option<Assembled<R>> {
        let (SessionStatus::Ended { segments } | SessionStatus::Aborted { segments, .. }) =
            self.end.as_ref()?
        else {
            return None;
        };
        if self.spoken < *segments {
            return None;
        }
        self.over = true;
        Some(match self.end.take()? {
            SessionStatus::Aborted { code, .. } => Assembled::Aborted { code },
            SessionStatus::Ended { segments } => Assembled::Ended { segments },
            SessionStatus::SegmentFailed { .. } => return None,
        })
    }
}

fn fill<T>(slot: &mut Option<T>, value: T) -> bool {
    let new = slot.is_none();
    if new {
        *slot = Some(value);
    }
    new
}

#[cfg(test)]
mod tests;
