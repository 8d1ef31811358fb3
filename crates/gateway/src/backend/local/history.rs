//! The events of a session, for a client that resumes it.

use std::collections::VecDeque;

use mynah_api::realtime::{EventKind, ReceivedSeq, event_seq};
use mynah_bus_session::{SessionEvent, SessionEventBody, Speech};

/// A session's events so far, bounded in bytes. Speech is dropped first, the oldest first; a client
/// that is slower than its connection's send queue allows has lost it anyway.
pub(super) struct History {
    entries: VecDeque<Entry>,
    /// Entries before this one have no audio any more.
    first_audio: usize,
    /// The bytes of all entries, text and audio.
    bytes: usize,
    max_bytes: usize,
}

/// What was to be added takes more bytes than there are, all audio dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HistoryFull;

struct Entry {
    segment: u32,
    kind: EventKind,
    part: u32,
    body: SessionEventBody,
    /// Whether its audio was dropped.
    is_dropped: bool,
}

impl History {
    pub(super) const fn new(max_bytes: usize) -> Self {
        Self {
            entries: VecDeque::new(),
            first_audio: 0,
            bytes: 0,
            max_bytes,
        }
    }

    /// Adds an event.
    ///
    /// # Errors
    /// [`HistoryFull`]: the history has gaps from now on.
    pub(super) fn push(
        &mut self,
        (segment, kind, part): (u32, EventKind, u32),
        body: SessionEventBody,
    ) -> Result<(), HistoryFull> {
        self.bytes += size_of::<Entry>() + text_bytes(&body) + audio_bytes(&body);
        self.entries.push_back(Entry {
            segment,
            kind,
            part,
            body,
            is_dropped: false,
        });
        while self.bytes > self.max_bytes {
            let entry = self.entries.get_mut(self.first_audio).ok_or(HistoryFull)?;
            self.first_audio += 1;
            self.bytes -= audio_bytes(&entry.body);
            if let SessionEventBody::Speech { sound, .. } = &mut entry.body {
                *sound = known(sound);
                entry.is_dropped = true;
            }
        }
        Ok(())
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

fn text_bytes(body: &SessionEventBody) -> usize {
    match body {
        SessionEventBody::Recognized { text, .. } | SessionEventBody::Translated { text, .. } => {
            text.len()
        }
        SessionEventBody::Done {
            source,
            source_language,
            translation,
            engines,
            ..
        } => {
            let names = [&engines.recognizer, &engines.via, &engines.voice];
            let names = names.into_iter().flatten().chain(&engines.translators);
            let names = names.map(String::len).sum::<usize>();
            source.len() + source_language.len() + translation.len() + names
        }
        SessionEventBody::Failed { code, message, .. } => code.len() + message.len(),
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
        let mut history = History::new(10_000);
        history.push((0, EventKind::Speech, 0), speech(10)).unwrap();
        history.push((0, EventKind::Speech, 1), speech(10)).unwrap();
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
        // Two of four parts fit.
        let mut history = History::new(4 * size_of::<Entry>() + 2 * 4_000);
        for part in 0..4 {
            history
                .push((0, EventKind::Speech, part), speech(1_000))
                .unwrap();
        }
        assert_eq!(history.bytes, history.max_bytes);
        let events = history.replay(&ReceivedSeq::default());
        let is_lost = |event: &SessionEvent| {
            matches!(event.body, SessionEventBody::SpeechLost { segment: 0 })
        };
        assert_eq!(
            events.iter().map(is_lost).collect::<Vec<_>>(),
            [true, true, false, false]
        );
    }

    #[test]
    fn text_and_entries_are_bounded_too() {
        let failed = |message: &str| SessionEventBody::Failed {
            segment: 0,
            code: String::new(),
            message: message.into(),
        };
        let max_bytes = 10 * size_of::<Entry>() + 100;
        let mut history = History::new(max_bytes);
        history.push((0, EventKind::Speech, 0), speech(10)).unwrap();
        for segment in 1..10 {
            let key = (segment, EventKind::Settled, 0);
            assert_eq!(history.push(key, failed("ten bytes.")), Ok(()), "{segment}");
        }
        assert!(history.bytes <= max_bytes);
        let key = (10, EventKind::Settled, 0);
        assert_eq!(history.push(key, failed("")), Err(HistoryFull));
    }
}
