use bytes::Bytes;
use mynah_bus::event::{AudioPayload, ClientOptions, TextRecognized, TextTranslated, Times};
use mynah_bus::identity::SessionId;
use proptest::prelude::*;

use super::*;

/// The outcome of a segment.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Spoken { parts: u32 },
    Empty,
    Failed(Stage),
}

fn session() -> SessionId {
    SessionId::parse("5b0f6a1c-1111-4222-8333-444455556666").unwrap()
}

fn range(index: u32) -> SegmentRange {
    SegmentRange {
        index,
        start_sample: u64::from(index) * 32_000,
        end_sample: u64::from(index) * 32_000 + 16_000,
    }
}

fn recognized(index: u32, text: &str) -> Event {
    let body = Body::TextRecognized(TextRecognized {
        segment: range(index),
        text: text.into(),
        language: "en".into(),
        confidence: None,
        recognizer: Some("whisper".into()),
        options: ClientOptions::default(),
        times: Times::default(),
    });
    Event::new(session(), Stage::Recognize, body)
}

fn translated(index: u32, text: &str) -> Event {
    let body = Body::TextTranslated(TextTranslated {
        segment: range(index),
        text: text.into(),
        source_language: "en".into(),
        target_language: "es".into(),
        quality: None,
        translators: vec!["bergamot".into(), "apertium".into()],
        via: Some("pt".into()),
        options: ClientOptions::default(),
        times: Times::default(),
    });
    Event::new(session(), Stage::Translate, body)
}

fn spoken(index: u32, part: u32, is_last: bool, mark: u64) -> Event {
    let body = Body::AudioSynthesis(AudioSynthesis {
        segment: range(index),
        part,
        is_last,
        audio: AudioPayload::Inline(Bytes::from_static(b"x")),
        duration_ms: mark,
        sample_rate: 24_000,
        model: None,
        target_language: None,
        voice: Some("kokoro/ef_dora".into()),
        speaker_id: None,
        snippet: None,
        times: Times::default(),
    });
    Event::new(session(), Stage::Synthesize, body)
}

fn failed(index: u32, stage: Stage) -> Event {
    let body = Body::SessionStatus(SessionStatus::SegmentFailed {
        segment: range(index),
        stage: stage.as_str().into(),
        code: "broken".into(),
        message: String::new(),
    });
    Event::new(session(), stage, body)
}

fn end(status: SessionStatus) -> Event {
    Event::new(session(), Stage::Detect, Body::SessionStatus(status))
}

fn partial(index: u32, revision: u32, text: &str) -> Event {
    let body = Body::PartialTranscript(PartialTranscript {
        text: text.into(),
        index,
        start_sample: range(index).start_sample,
        revision,
        language: None,
    });
    Event::new(session(), Stage::Recognize, body)
}

/// All events of a session whose segments have these outcomes. `again` marks records that a replica
/// made again, with other contents.
fn events(fates: &[Fate], again: bool) -> Vec<Event> {
    let (text, mark) = if again { ("other", 2) } else { ("text", 1) };
    let mut events = Vec::new();
    for (index, fate) in (0_u32..).zip(fates) {
        let so_far = match fate {
            Fate::Spoken { .. } => Stage::Synthesize,
            Fate::Empty => {
                events.push(recognized(index, ""));
                continue;
            }
            Fate::Failed(stage) => {
                events.push(failed(index, *stage));
                *stage
            }
        };
        if matches!(so_far, Stage::Translate | Stage::Synthesize) {
            events.push(recognized(index, &format!("{text} {index}")));
        }
        if so_far == Stage::Synthesize {
            events.push(translated(index, &format!("{text} {index}")));
        }
        if let Fate::Spoken { parts } = fate {
            events.extend((0..*parts).map(|part| spoken(index, part, part + 1 == *parts, mark)));
        }
    }
    events
}

/// A client's events, as lines.
fn line(out: &Assembled<()>) -> String {
    match out {
        Assembled::Preview { segment, text } => format!("preview {segment} {text}"),
        Assembled::Recognized { range, text, .. } => format!("recognized {} {text}", range.index),
        Assembled::Translated { range, text, .. } => format!("translated {} {text}", range.index),
        Assembled::Speech { speech, .. } => {
            let (index, part) = (speech.segment.index, speech.part);
            format!("speech {index} {part} {}", speech.duration_ms)
        }
        Assembled::Done {
            range,
            source,
            translation,
            ..
        } => format!("done {} {source} {translation}", range.index),
        Assembled::Failed { range, code, .. } => format!("failed {} {code}", range.index),
        Assembled::Ended { segments } => format!("ended {segments}"),
        Assembled::Aborted { code } => format!("aborted {code}"),
    }
}

fn drain(assembler: &mut Assembler<()>, now: Instant) -> Vec<String> {
    std::iter::from_fn(|| assembler.next(now))
        .map(|out| line(&out))
        .collect()
}

/// The events of a session, kind by kind.
fn expected(fates: &[Fate]) -> [Vec<String>; 4] {
    let mut kinds = [const { Vec::new() }; 4];
    for (index, fate) in fates.iter().enumerate() {
        let text = |included: bool| {
            if included {
                format!("text {index}")
            } else {
                String::new()
            }
        };
        match fate {
            Fate::Empty => continue,
            Fate::Spoken { parts } => {
                kinds[2].extend((0..*parts).map(|part| format!("speech {index} {part} 1")));
                kinds[3].push(format!("done {index} {} {}", text(true), text(true)));
            }
            Fate::Failed(_) => kinds[3].push(format!("failed {index} broken")),
        }
        let stage = match fate {
            Fate::Failed(stage) => *stage,
            _ => Stage::Synthesize,
        };
        if matches!(stage, Stage::Translate | Stage::Synthesize) {
            kinds[0].push(format!("recognized {index} {}", text(true)));
        }
        if stage == Stage::Synthesize {
            kinds[1].push(format!("translated {index} {}", text(true)));
        }
    }
    kinds
}

fn by_kind(lines: &[String]) -> [Vec<String>; 4] {
    [
        &["recognized"][..],
        &["translated"],
        &["speech"],
        &["done", "failed"],
    ]
    .map(|kinds| {
        let of_kind = |line: &&String| kinds.contains(&line.split(' ').next().unwrap_or_default());
        lines.iter().filter(of_kind).cloned().collect()
    })
}

/// Each segment's events are before its end.
fn in_place(lines: &[String]) -> bool {
    let index = |line: &String| {
        line.split(' ')
            .nth(1)
            .and_then(|own| own.parse::<u32>().ok())
    };
    let mut over = HashSet::new();
    lines.iter().all(|line| {
        let fresh = !over.contains(&index(line));
        if line.starts_with("done") || line.starts_with("failed") {
            over.insert(index(line));
        }
        fresh
    })
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => (1_u32..5).prop_map(|parts| Fate::Spoken { parts }),
        1 => Just(Fate::Empty),
        1 => prop::sample::select(&Stage::WORKING[..]).prop_map(Fate::Failed),
    ]
}

/// Events in any order, some of them twice: the second record of an identity has other contents.
fn journey() -> impl Strategy<Value = (Vec<Fate>, Vec<Event>, bool)> {
    (prop::collection::vec(fate(), 0..6), any::<bool>()).prop_flat_map(|(fates, aborted)| {
        let segments = fates.len() as u32;
        let mut first = events(&fates, false);
        first.push(end(if aborted {
            let code = "silent".into();
            SessionStatus::Aborted { segments, code }
        } else {
            SessionStatus::Ended { segments }
        }));
        let count = first.len();
        let again = events(&fates, true);
        let order = Just(first).prop_shuffle();
        let repeats = prop::collection::vec((any::<prop::sample::Index>(), 0..=count), 0..8);
        (order, repeats).prop_map(move |(order, repeats)| {
            let mut all = order;
            for (which, delay) in repeats {
                if again.is_empty() {
                    break;
                }
                let event = again[which.index(again.len())].clone();
                // Never before the first of its identity, anywhere after it.
                let first = all.iter().position(|own| own.id == event.id);
                let Some(first) = first else { continue };
                let at = (first + 1 + delay).min(all.len());
                all.insert(at, event);
            }
            (fates.clone(), all, aborted)
        })
    })
}

proptest! {
    #[test]
    fn whatever_the_order_all_is_told_once_and_in_order(
        (fates, events, aborted) in journey(),
    ) {
        let now = Instant::now();
        let mut assembler = Assembler::new();
        let mut lines = Vec::new();
        for event in events {
            assembler.accept(event, (), now);
            lines.extend(drain(&mut assembler, now));
        }
        prop_assert_eq!(by_kind(&lines), expected(&fates));
        prop_assert!(in_place(&lines), "{:?}", lines);
        let last = if aborted { "aborted silent".into() } else { format!("ended {}", fates.len()) };
        prop_assert_eq!(lines.last(), Some(&last));
        prop_assert!(assembler.open.is_empty(), "something was kept");
    }

    #[test]
    fn nothing_comes_twice_where_all_is_read_again((fates, events, _) in journey()) {
        let now = Instant::now();
        let mut assembler = Assembler::new();
        let mut lines = Vec::new();
        for event in events.iter().chain(&events) {
            assembler.accept(event.clone(), (), now);
            lines.extend(drain(&mut assembler, now));
        }
        prop_assert_eq!(by_kind(&lines), expected(&fates));
    }
}

#[test]
fn the_second_record_of_an_identity_is_not_used() {
    let now = Instant::now();
    let mut assembler = Assembler::new();
    assert_eq!(
        assembler.accept(recognized(1, "first"), (), now),
        Acceptance::Kept
    );
    assert_eq!(
        assembler.accept(recognized(1, "second"), (), now),
        Acceptance::Repeated
    );
    assembler.accept(recognized(0, "zero"), (), now);
    assert_eq!(
        drain(&mut assembler, now),
        ["recognized 0 zero", "recognized 1 first"]
    );
}

#[test]
fn previews_come_until_the_text_is_there() {
    let now = Instant::now();
    let mut assembler = Assembler::new();
    let mut events_of = |event: Event| {
        assembler.accept(event, (), now);
        drain(&mut assembler, now)
    };
    assert_eq!(events_of(partial(0, 0, "good")), ["preview 0 good"]);
    assert_eq!(events_of(partial(0, 2, "good mor")), ["preview 0 good mor"]);
    // Late, again, or empty.
    assert!(events_of(partial(0, 1, "goo")).is_empty());
    assert!(events_of(partial(0, 2, "good mor")).is_empty());
    assert!(events_of(partial(0, 3, " ")).is_empty());
    assert_eq!(
        events_of(recognized(0, "Good morning.")),
        ["recognized 0 Good morning."]
    );
    assert!(events_of(partial(0, 4, "good morning")).is_empty());
    assert_eq!(events_of(partial(1, 0, "how")), ["preview 1 how"]);
}

#[test]
fn an_unreadable_record_delays_nothing_for_long() {
    let now = Instant::now();
    let later = now + MISSING_RECORD_TIMEOUT;
    let mut assembler = Assembler::new();
    // The text of the segment is never received.
    assembler.accept(failed(0, Stage::Synthesize), (), now);
    assembler.accept(spoken(1, 0, true, 1), (), now);
    assembler.accept(recognized(1, "one"), (), now);
    assembler.accept(end(SessionStatus::Ended { segments: 2 }), (), now);
    assert!(drain(&mut assembler, now).is_empty());
    assert_eq!(assembler.next_timeout(now), Some(later));
    assert_eq!(
        drain(&mut assembler, later),
        [
            "recognized 1 one",
            "failed 0 broken",
            "speech 1 0 1",
            "done 1 one ",
            "ended 2"
        ]
    );
    assert_eq!(assembler.next_timeout(later), None);
}

#[test]
fn a_complete_segment_names_the_engines_of_its_records() {
    let now = Instant::now();
    let mut assembler = Assembler::new();
    assembler.accept(recognized(0, "zero"), (), now);
    assembler.accept(translated(0, "null"), (), now);
    assembler.accept(spoken(0, 0, true, 1), (), now);
    let all: Vec<_> = std::iter::from_fn(|| assembler.next(now)).collect();
    let Some(Assembled::Done { engines, .. }) = all.last() else {
        panic!("it is complete")
    };
    let expected = SegmentEngines {
        recognizer: Some("whisper".into()),
        translators: vec!["bergamot".into(), "apertium".into()],
        via: Some("pt".into()),
        voice: Some("kokoro/ef_dora".into()),
    };
    assert_eq!(**engines, expected);
}

#[test]
fn an_unreadable_part_is_skipped() {
    let now = Instant::now();
    let later = now + MISSING_RECORD_TIMEOUT;
    let mut assembler = Assembler::new();
    assembler.accept(recognized(0, "zero"), (), now);
    assembler.accept(translated(0, "null"), (), now);
    assembler.accept(spoken(0, 0, false, 1), (), now);
    assembler.accept(spoken(0, 2, true, 1), (), now);
    assert_eq!(drain(&mut assembler, now).len(), 3);
    // A missing record may still be replayed.
    assembler.set_replaying(true);
    assert_eq!(assembler.next_timeout(now), None);
    assert!(drain(&mut assembler, later).is_empty());
    assembler.set_replaying(false);
    assert_eq!(
        drain(&mut assembler, later),
        ["speech 0 2 1", "done 0 zero null"]
    );
}
