//! Whole segments through all stages, with crashes, poison and restarts.

mod harness;
mod reference_audio;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use harness::{TestPipeline, chunks, sentences};
use mynah_bus::event::{Body, ClientOptions, Event, Kind, SessionStatus};
use mynah_bus::identity::{SessionId, Stage};
use mynah_bus::record::topic;
use mynah_pipeline::{DeadLetters, PipelineSettings};
use mynah_tone::{Behaviour, Fault};

fn spanish() -> ClientOptions {
    ClientOptions {
        source: Some("en".into()),
        target: Some("es".into()),
        ..ClientOptions::default()
    }
}

fn is_end(event: &Event) -> bool {
    matches!(
        &event.body,
        Body::SessionStatus(SessionStatus::Ended { .. } | SessionStatus::Aborted { .. })
    )
}

fn spoken_last(session: &SessionId, index: u32) -> impl Fn(&Event) -> bool {
    let session = session.clone();
    move |event| {
        event.session == session
            && matches!(&event.body, Body::AudioSynthesis(speech) if speech.is_last && speech.segment.index == index)
    }
}

/// The results of each stage for each segment, first record of an identity only.
#[derive(Default, Debug)]
struct Results {
    texts: BTreeMap<u32, String>,
    translations: BTreeMap<u32, String>,
    parts: BTreeMap<u32, Vec<u32>>,
    ends: Vec<SessionStatus>,
    duplicates: usize,
}

fn results(events: &[Event]) -> Results {
    let mut results = Results::default();
    let mut names = HashSet::new();
    for event in events {
        if !names.insert(event.id) {
            results.duplicates += 1;
            continue;
        }
        match &event.body {
            Body::TextRecognized(own) => {
                assert!(own.recognizer.is_some());
                results.texts.insert(own.segment.index, own.text.clone());
            }
            Body::TextTranslated(own) => {
                let stays = own.source_language == own.target_language;
                assert_eq!(own.translators.is_empty(), stays);
                results
                    .translations
                    .insert(own.segment.index, own.text.clone());
            }
            Body::AudioSynthesis(own) => {
                results
                    .parts
                    .entry(own.segment.index)
                    .or_default()
                    .push(own.part);
            }
            Body::SessionStatus(own) => results.ends.push(own.clone()),
            _ => {}
        }
    }
    results
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_pass_all_stages_in_order_and_the_session_ends() {
    let mut pipeline = TestPipeline::new().await;
    let running = pipeline.run(&Stage::WORKING);
    let session = SessionId::fresh();
    let sound = sentences(&["hello there", "how are you"]);
    pipeline.publish_audio(&session, &sound, &spanish()).await;
    let events = pipeline.until(spoken_last(&session, 1)).await;
    let own = results(&events);
    assert_eq!(own.texts[&0].to_lowercase(), "hello there");
    assert_eq!(own.texts.len(), 2);
    assert_eq!(own.translations.len(), 2);
    for parts in own.parts.values() {
        assert_eq!(*parts, (0..parts.len() as u32).collect::<Vec<_>>());
    }
    assert_eq!(own.duplicates, 0);
    assert!(
        own.ends.contains(&SessionStatus::Ended { segments: 2 }),
        "{:?}",
        own.ends
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_identifies_the_language_of_each_segment() {
    let mut pipeline = TestPipeline::new().await;
    pipeline.script.detect_language();
    let running = pipeline.run(&Stage::WORKING);
    let session = SessionId::fresh();
    let options = ClientOptions {
        source: Some("auto".into()),
        ..spanish()
    };
    let sound = sentences(&["en hello there", "es hola"]);
    pipeline.publish_audio(&session, &sound, &options).await;
    let events = pipeline.until(spoken_last(&session, 1)).await;
    let languages: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.body {
            Body::TextRecognized(own) => Some((own.segment.index, own.language.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(languages, [(0, "en"), (1, "es")]);
    let own = results(&events);
    assert_eq!(own.translations[&0], "es: hello there");
    assert_eq!(own.translations[&1], "hola", "already in Spanish");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_stages_lose_and_repeat_nothing() {
    let mut pipeline = TestPipeline::with(PipelineSettings {
        concurrent: 2,
        ..PipelineSettings::default()
    })
    .await;
    let sessions: Vec<_> = (0..6).map(|_| SessionId::fresh()).collect();
    let sound = sentences(&["one two", "three four", "five six"]);
    let mut running = Some(pipeline.run(&Stage::WORKING));
    let all: Vec<_> = sessions
        .iter()
        .map(|session| chunks(session, &sound, &spanish()))
        .collect();
    for step in 0..all[0].len() {
        for own in &all {
            pipeline.publish(&own[step]).await;
        }
        if step % 7 == 3 {
            running.take().unwrap().kill().await;
            running = Some(pipeline.run(&Stage::WORKING));
        }
    }
    let mut left: HashSet<_> = sessions.iter().cloned().collect();
    let mut events = Vec::new();
    while !left.is_empty() {
        let more = pipeline
            .until(|event| matches!(&event.body, Body::AudioSynthesis(own) if own.is_last && own.segment.index == 2))
            .await;
        left.remove(&more.last().unwrap().session);
        events.extend(more);
    }
    let mut by_session: HashMap<_, Vec<_>> = HashMap::new();
    for event in events {
        by_session
            .entry(event.session.clone())
            .or_default()
            .push(event);
    }
    for session in &sessions {
        let own = results(&by_session[session]);
        assert_eq!(own.texts.len(), 3, "{own:?}");
        assert_eq!(own.translations.len(), 3);
        assert_eq!(own.parts.len(), 3);
        // On one bus the replica that takes over reads everything: not even a duplicate.
        assert_eq!(own.duplicates, 0, "{own:?}");
        assert_eq!(own.ends, [SessionStatus::Ended { segments: 3 }]);
    }
    running.take().unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_segment_is_reported_and_its_dead_letter_replayed() {
    let mut pipeline = TestPipeline::with(PipelineSettings {
        attempts: 2,
        ..PipelineSettings::default()
    })
    .await;
    pipeline
        .script
        .translation
        .once(Behaviour::failing(Fault::Crash));
    let running = pipeline.run(&Stage::WORKING);
    let session = SessionId::fresh();
    let sound = sentences(&["bad luck", "good luck"]);
    pipeline.publish_audio(&session, &sound, &spanish()).await;
    let events = pipeline.until(spoken_last(&session, 1)).await;
    let own = results(&events);
    let failed = own.ends.iter().find_map(|end| match end {
        SessionStatus::SegmentFailed {
            segment,
            code,
            stage,
            ..
        } => Some((segment.index, code.as_str(), stage.as_str())),
        _ => None,
    });
    assert_eq!(failed, Some((0, "translation_failed", "translate")));
    let dead_letters = DeadLetters::new(pipeline.bus.clone());
    let dead = dead_letters.list(None).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].topic(), topic::RECOGNIZED);
    assert_eq!(
        (dead[0].reason(), dead[0].class()),
        ("translation_failed", "internal")
    );
    dead_letters.replay(&dead[0]).await.unwrap();
    pipeline.until(spoken_last(&session, 0)).await;
    assert_eq!(dead_letters.purge(topic::RECOGNIZED).await.unwrap(), 1);
    assert!(dead_letters.list(None).await.unwrap().is_empty());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_becomes_dead_letters_and_other_records_go_on() {
    let mut pipeline = TestPipeline::new().await;
    let running = pipeline.run(&Stage::WORKING);
    let poison: [(&str, &[u8], &str); 4] = [
        (topic::INGRESS, b"\x07no frame at all", "wrong_magic"),
        (topic::SEGMENT, b"\x00\x00", "too_short"),
        (
            topic::RECOGNIZED,
            b"\x00\x00\x00\x00\x63body",
            "unknown_schema",
        ),
        (
            topic::TRANSLATED,
            b"\x00\x00\x00\x00\x04\x05\x05",
            "undecodable",
        ),
    ];
    for (topic, body, reason) in poison {
        pipeline.put(topic, "key", Bytes::from_static(body)).await;
        let dead_letter = pipeline.next_of(&format!("{topic}.dlq")).await;
        assert_eq!(dead_letter.body, body, "{topic}");
        assert_eq!(
            dead_letter.headers.text("dlq.reason"),
            Some(reason),
            "{topic}"
        );
        assert_eq!(
            dead_letter.headers.text("dlq.class"),
            Some("invalid"),
            "{topic}"
        );
    }
    let session = SessionId::fresh();
    pipeline
        .publish_audio(&session, &sentences(&["still here"]), &spanish())
        .await;
    pipeline.until(spoken_last(&session, 0)).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_is_aborted_and_late_chunks_are_refused() {
    let mut pipeline = TestPipeline::with(PipelineSettings {
        silence_seconds: 2,
        ..PipelineSettings::default()
    })
    .await;
    let running = pipeline.run(&Stage::WORKING);
    let session = SessionId::fresh();
    let all = chunks(&session, &sentences(&["cut off"]), &spanish());
    let (sent, late) = all.split_at(all.len() - 3);
    for event in sent {
        pipeline.publish(event).await;
    }
    let events = pipeline.until(is_end).await;
    let Body::SessionStatus(SessionStatus::Aborted { segments, code }) =
        &events.last().unwrap().body
    else {
        panic!("{:?}", events.last());
    };
    assert_eq!((*segments, code.as_str()), (1, "silence"));
    for event in late {
        pipeline.publish(event).await;
    }
    // Another session's end shows that the late chunks were processed.
    let other = SessionId::fresh();
    pipeline
        .publish_audio(&other, &sentences(&["next"]), &spanish())
        .await;
    let events = pipeline
        .until(|event| event.session == other && is_end(event))
        .await;
    assert!(
        !events
            .iter()
            .any(|event| event.session == session && is_end(event))
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_with_missing_audio_is_aborted() {
    let mut pipeline = TestPipeline::new().await;
    let running = pipeline.run(&[Stage::Detect]);
    let session = SessionId::fresh();
    let all = chunks(&session, &sentences(&["with a gap"]), &spanish());
    pipeline.publish(&all[0]).await;
    pipeline.publish(&all[2]).await;
    let events = pipeline.until(is_end).await;
    let end = &events.last().unwrap().body;
    assert!(
        matches!(end, Body::SessionStatus(SessionStatus::Aborted { code, .. }) if code == "missing_audio"),
        "{end:?}"
    );
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn previews_come_during_speech_and_only_on_request() {
    const TEXT: &str = "the quick brown fox jumps over the lazy dog";
    let mut pipeline = TestPipeline::new().await;
    let running = pipeline.run(&[Stage::Recognize]);
    let client = pipeline.client();
    // Previews begin with the first chunk: a session before the consumer joined has none.
    let publishing = tokio::spawn(async move {
        loop {
            for requested in [false, true] {
                let events = chunks(&SessionId::fresh(), &sentences(&[TEXT]), &spanish());
                // Without the last one: the segment never closes.
                for mut event in events.into_iter().rev().skip(1).rev() {
                    if let Body::AudioInput(input) = &mut event.body {
                        input.preview = requested;
                    }
                    client.publish(&event).await;
                    // In real time: a segment without a pause between chunks has no preview.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    });
    let mut requested = HashSet::new();
    let preview = loop {
        let event = pipeline.until(|_| true).await.remove(0);
        match &event.body {
            Body::AudioInput(input) if input.preview => {
                requested.insert(event.session.clone());
            }
            Body::PartialTranscript(_) => break event,
            _ => {}
        }
    };
    publishing.abort();
    assert!(requested.contains(&preview.session));
    let Body::PartialTranscript(partial) = &preview.body else {
        unreachable!("it was waited for");
    };
    assert_eq!((partial.index, partial.revision), (0, 0));
    assert!(TEXT.starts_with(&partial.text), "{partial:?}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_chunk_gives_an_old_session_no_second_end() {
    // Nothing older than the late chunk is read back.
    let mut pipeline = TestPipeline::with(PipelineSettings {
        output_replay_seconds: 0,
        ..PipelineSettings::default()
    })
    .await;
    let session = SessionId::fresh();
    let events = chunks(&session, &sentences(&["one", "two"]), &spanish());
    let running = pipeline.run(&[Stage::Detect]);
    for event in &events {
        pipeline.publish(event).await;
    }
    pipeline.until(is_end).await;
    running.stop().await;
    tokio::time::sleep(Duration::from_millis(20)).await;

    let mut late = events[events.len() / 2].clone();
    if let Body::AudioInput(input) = &mut late.body
        && let Some(chunk) = &mut input.chunk
    {
        chunk.start_sample += 1_000_000;
        chunk.end_sample += 1_000_000;
    }
    pipeline.publish(&late).await;
    // One that begins too late, and has not ended: the gap is reported.
    let other = SessionId::fresh();
    let late = chunks(&other, &sentences(&["three", "four"]), &spanish());
    pipeline.publish(&late[late.len() / 2]).await;
    let running = pipeline.run(&[Stage::Detect]);
    pipeline.until(is_end).await;
    running.stop().await;
    let statuses = pipeline.all_of(Kind::SessionStatus).await;
    let ends: Vec<_> = statuses.iter().map(|event| &event.session).collect();
    assert_eq!(ends.len(), 2, "{statuses:?}");
    assert!(ends.contains(&&session) && ends.contains(&&other));
}
