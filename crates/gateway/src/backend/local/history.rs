//! The events of a session, for a client that resumes it.

use std::collections::VecDeque;

use mynah_api::realtime::{EventKind, ReceivedSeq, event_seq};
use mynah_bus_session::{SessionEvent, SessionEventBody, Speech};

/// A session's events so far. Speech beyond a number of bytes is dropped, the oldest first; a
/// client that is slower than its connection's send queue allows has lost it anyway.
pub(super) struct History {
    entries: VecDeque<Entry>,
    /// Entries before this one have no audio any more.
    first_audio: usize,
    audio_bytes: usize,
    max_audio_bytes: usize,
}

struct Entry {
    segment: u32,
    kind: EventKind,
    part: u32,
    body: SessionEventBody,
    /// Whether its audio was dropped.
    is_dropped: bool,
}

impl History {
    pub(super) const fn new(max_audio_bytes: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            first_audio: 0,
            audio_bytes: 0,
            max_audio_bytes,
        }
    }

    /// Adds an event.
    pub(super) fn push(
        &mut self,
        (segment, kind, part): (u32, EventKind, u32),
        body: SessionEventBody,
    ) {
        self.audio_bytes += audio_bytes(&body);
        self.entries.push_back(Entry {
            segment,
            kind,
            part,
            body,
            is_dropped: false,
        });
        while self.audio_bytes > self.max_audio_bytes {
            let Some(entry) = self.entries.get_mut(self.first_audio) else {
                break;
            };
            self.first_audio += 1;
            self.audio_bytes -= audio_bytes(&entry.body);
            if let SessionEventBody::Speech { sound, .. } = &mut entry.body {
                *sound = known(sound);
                entry.is_dropped = true;
            }
        }
    }

    /// All events for a client that has received these.
    pub(super) fn replay(&self, received: &ReceivedSeq) -> VecDeque<SessionEvent> {
        let event = |entry: &Entry| {
            let (segment, kind, part) = (entry.segment, entry.kind, entry.part);
            let known_by_client = received.has(segment, kind, part);
            let body = match &entry.body {
                SessionEventBody::Speech { .. } if entry.is_dropped && !known_by_client => {
                    let segment = segment.into();
                    return SessionEventBody::SpeechLost { segment }.into();
                }
                SessionEventBody::Speech { end_ms, sound } if known_by_client => {
                    SessionEventBody::Speech {
                        end_ms: *end_ms,
                        sound: known(sound),
                    }
                }
                body => body.clone(),
            };
            SessionEvent {
                body,
                seq: Some(event_seq(segment, kind, part)),
                known: known_by_client,
            }
        };
        self.entries.iter().map(event).collect()
    }
}

/// A part of speech without its audio.
fn known(sound: &Speech) -> Speech {
    Speech::Known(match sound {
        Speech::Clip(clip) => clip.duration(),
        Speech::Known(duration) => *duration,
    })
}

fn audio_bytes(body: &SessionEventBody) -> usize {
    match body {
        SessionEventBody::Speech {
            sound: Speech::Clip(clip),
            ..
        } => size_of_val(clip.samples.as_slice()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mynah_audio::{Clip, SampleRate};

    use super::*;

    fn speech(samples: usize) -> SessionEventBody {
        let clip = Clip::new(SampleRate::HZ_24000, vec![0.5; samples]);
        SessionEventBody::Speech {
            end_ms: 0,
            sound: Speech::Clip(Arc::new(clip)),
        }
    }

    #[test]
    fn known_events_are_marked_and_have_no_audio() {
        let mut history = History::new(1_000);
        history.push((0, EventKind::Speech, 0), speech(10));
        history.push((0, EventKind::Speech, 1), speech(10));
        let received = ReceivedSeq::new(&[event_seq(0, EventKind::Speech, 0)]);
        let events = history.replay(&received);
        assert_eq!(
            events.iter().map(|own| own.known).collect::<Vec<_>>(),
            [true, false]
        );
        let has_audio = |event: &SessionEvent| audio_bytes(&event.body) > 0;
        assert_eq!(
            events.iter().map(has_audio).collect::<Vec<_>>(),
            [false, true]
        );
    }

    #[test]
    fn oldest_audio_is_dropped_and_reported_as_lost() {
        let mut history = History::new(100);
        for part in 0..4 {
            history.push((0, EventKind::Speech, part), speech(10));
        }
        assert_eq!(history.audio_bytes, 80);
        let events = history.replay(&ReceivedSeq::default());
        let is_lost = |event: &SessionEvent| {
            matches!(event.body, SessionEventBody::SpeechLost { segment: 0 })
        };
        assert_eq!(
            events.iter().map(is_lost).collect::<Vec<_>>(),
            [true, true, false, false]
        );
    }
}
