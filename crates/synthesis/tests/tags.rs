//! Tags in a text that switch the voice and the style.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::Duration;

use common::styled::{OneVoice, key, synthesis};
use mynah_audio::Clip;
use mynah_speech::text::Markup;
use mynah_speech::{SpeechError, StyleName};
use mynah_synthesis::{Plan, SpeechJob, Synthesis};

fn tagged(text: &str) -> SpeechJob {
    SpeechJob {
        tags: Some(true),
        ..SpeechJob::new(text).with_voice("plain/Bea")
    }
}

async fn spoken(synthesis: &Synthesis, plan: Plan) -> Clip {
    let permit = synthesis.admit().unwrap();
    synthesis.speak(plan, permit).collect().await.unwrap()
}

/// The error of a job: the parameter and the message.
fn refused(synthesis: &Synthesis, job: SpeechJob) -> (&'static str, String) {
    match synthesis.plan(job) {
        Err(
            SpeechError::Invalid { param, message } | SpeechError::Unsupported { param, message },
        ) => (param, message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn each_part_is_spoken_by_its_voice_in_its_style() {
    let (synthesis, requests) = synthesis(&OneVoice::new(&[("sad/medium", None)]));
    let text = "He came in. [voice:Ana]Who is there? [style:sad/medium]It was windy.[/style] Really.[/voice] \
                She sat down.";
    let plan = synthesis.plan(tagged(text)).unwrap();
    assert_eq!(plan.voice_ids(), ["plain/Bea", "voc_1"]);
    let engines: Vec<_> = plan.engines().iter().map(ToString::to_string).collect();
    assert_eq!(engines, ["plain", "mimic"]);
    let styles: Vec<_> = plan.styles().iter().map(ToString::to_string).collect();
    assert_eq!(styles, ["sad/medium; by=prompt"]);
    let without_tags = "He came in. Who is there? It was windy. Really. She sat down.";
    assert_eq!(plan.chars(), without_tags.len());

    let take = spoken(&synthesis, plan).await;
    let heard = common::decoded_text(&take);
    for words in [
        "He came in.",
        "Who is there?",
        "It was windy.",
        "She sat down.",
    ] {
        assert!(heard.contains(words), "{words}: {heard}");
    }
    let requests = requests.lock().unwrap();
    let requests: Vec<_> = requests
        .iter()
        .map(|request| {
            let from = request.reference.as_ref().and_then(|own| own.text.clone());
            (
                request.voice.to_string(),
                request.text.clone(),
                from.unwrap_or_default(),
            )
        })
        .collect();
    let expected = [
        ("plain/Bea", "He came in.", ""),
        ("mimic/clone", "Who is there?", "the words of anchor"),
        ("mimic/clone", "It was windy.", "the words of sad/medium "),
        ("mimic/clone", "Really.", "the words of anchor"),
        ("plain/Bea", "She sat down.", ""),
    ];
    let expected = expected.map(|(voice, text, from)| (voice.into(), text.into(), from.into()));
    assert_eq!(requests, expected);
}

#[tokio::test]
async fn a_style_by_prosody_changes_its_part_alone() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let length = async |text: &str| {
        let plan = synthesis.plan(tagged(text)).unwrap();
        spoken(&synthesis, plan).await.duration()
    };
    let words = "One sentence that is spoken.";
    let one = length(words).await;
    let slow = length(&format!("[style:sad/low]{words}[/style]")).await;
    // Half the tempo.
    assert!(
        slow.abs_diff(one * 2) < Duration::from_millis(250),
        "{slow:?}"
    );
    let both = length(&format!("{words} [style:sad/low]{words}[/style]")).await;
    let pause = Duration::from_millis(1_000);
    assert!(
        both >= one * 3 - pause && both <= one * 3 + pause,
        "{both:?} of {one:?}"
    );
}

#[test]
fn where_tags_are_not_read_they_are_text() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let text = "[voice:Ana]Hello.[/voice] [style:sad]";
    for job in [
        SpeechJob {
            tags: None,
            ..tagged(text)
        },
        SpeechJob {
            tags: Some(false),
            ..tagged(text)
        },
        // What was recognized or translated has no tags, whatever the settings say.
        SpeechJob {
            markup: Markup::Text,
            ..tagged(text)
        },
        tagged(r"\[voice:Ana]Hello.\[/voice] \[style:sad]"),
    ] {
        let plan = synthesis.plan(job.clone()).unwrap();
        assert_eq!(plan.voice_ids(), ["plain/Bea"]);
        assert_eq!(plan.chars(), job.text.len());
    }
}

#[test]
fn a_tag_is_an_order_and_its_error_names_its_place() {
    let kept = OneVoice::new(&[("sad/medium", None)]);
    let (synthesis, _) = synthesis(&kept);
    for (text, param, expected) in [
        ("Hi. [voice:Unknown]Ho.[/voice]", "voice", "'Unknown'"),
        (
            "Hi. [style:merry]Ho.[/style]",
            "style",
            "there is no style merry",
        ),
        (
            "Hi. [style:sad/much]Ho.[/style]",
            "style",
            "the intensities low, medium, intense",
        ),
        (
            "Hi. [style:Sad!]Ho.[/style]",
            "style",
            "the name of a style",
        ),
        (
            "Hi. [style:radio/low]Ho.[/style]",
            "style",
            "send it as `mode`",
        ),
        ("Hi. [voice:Ana]Ho.", "markup", "is not closed"),
    ] {
        let (own, message) = refused(&synthesis, tagged(text));
        assert_eq!(own, param, "{text}: {message}");
        assert!(message.contains(expected), "{text}: {message}");
        assert!(message.contains("(byte 4)"), "{text}: {message}");
    }
    let in_spanish = SpeechJob {
        language: "es".parse().unwrap(),
        ..tagged("[voice:Ana]Hola.[/voice] Adiós.")
    };
    assert_eq!(refused(&synthesis, in_spanish).0, "language");
    let strict = SpeechJob {
        style_strict: true,
        ..tagged("[voice:Ana][style:sad/intense]Ho.[/style][/voice]")
    };
    let (param, message) = refused(&synthesis, strict);
    assert!(
        param == "style" && message.contains("exactly sad/intense"),
        "{message}"
    );
    for blank in ["[voice:Ana][/voice]", "[style:sad] [/style]"] {
        assert_eq!(refused(&synthesis, tagged(blank)).0, "input");
    }
    kept.0.permission.revoke();
    let (param, message) = refused(&synthesis, tagged("Hi. [voice:Ana]Ho.[/voice]"));
    assert!(param == "voice" && message.contains("revoked"), "{message}");
}

#[test]
fn instructions_are_for_the_voice_of_the_job() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let job = SpeechJob {
        instruct: Some("Whisper.".into()),
        ..tagged("Hi. [voice:Bea]Ho.[/voice]").with_voice("Cleo")
    };
    let plan = synthesis.plan(job).unwrap();
    assert_eq!(plan.voice_ids(), ["obedient/Cleo", "plain/Bea"]);
}

#[test]
fn a_take_has_one_voice_and_what_all_of_it_has_in_common() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let details = |text: &str| {
        let plan = synthesis.plan(tagged(text)).unwrap();
        plan.take_details(text.to_owned())
    };
    let mixed = details("Hi,\u{b} **42**. [style:radio]Ho.[/style]").unwrap();
    assert_eq!(mixed.text, "Hi,  **42**. Ho.");
    assert_eq!(mixed.spoken, "Hi, forty-two. Ho.");
    assert_eq!(mixed.style, None);
    let whole = details("[style:radio]Hi.[/style][style:radio]Ho.[/style]").unwrap();
    assert_eq!(whole.spoken, "Hi. Ho.");
    assert_eq!(whole.style.unwrap().to_string(), "radio");
    assert!(details("Hi. [voice:Cleo]Ho.[/voice]").is_err());
}

#[test]
fn what_no_part_uses_is_named() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let job = SpeechJob {
        instruct: Some("Whisper.".into()),
        style: Some(StyleName::Mode(key("radio"))),
        ..tagged("[voice:Bea][style:sad]Ho.[/style][/voice]").with_voice("Cleo")
    };
    let plan = synthesis.plan(job.clone()).unwrap();
    assert_eq!(plan.ignored(), ["instructions", "style"]);
    let unknown = job.with_voice("Unknown");
    assert_eq!(refused(&synthesis, unknown).0, "voice");
    let strict = SpeechJob {
        style_strict: true,
        ..tagged("Ho.")
    };
    assert_eq!(synthesis.plan(strict).unwrap().ignored(), ["style_strict"]);
}

#[test]
fn tags_uncover_nothing_and_pauses_count_together() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    for text in [
        "Hi. <!-- [style:sad]Ho.[/style] -->",
        "Hi. `[style:sad]Ho.[/style]`",
        "Hi.\n\n```\n[style:sad]Ho.[/style]\n```\n",
    ] {
        assert_eq!(refused(&synthesis, tagged(text)).0, "markup", "{text}");
    }
    let pauses = |count: usize| tagged(&"[style:sad]Ho.[/style] [pause:10s] ".repeat(count));
    assert!(synthesis.plan(pauses(6)).is_ok());
    assert_eq!(refused(&synthesis, pauses(7)).0, "input");
}

#[test]
fn a_mode_is_named_by_its_key_as_an_emotion_is() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let as_field = SpeechJob {
        style: Some(StyleName::Mode(key("radio"))),
        ..SpeechJob::new("Ho.").with_voice("Bea")
    };
    let by_tag = tagged("[style:radio]Ho.[/style]");
    let shown = |job| synthesis.plan(job).unwrap().styles()[0].to_string();
    assert_eq!(shown(by_tag), shown(as_field));
}
