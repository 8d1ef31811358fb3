//! Styles: spoken from a recording in them, by an instruction, or by prosody.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::styled::{OneVoice, key, synthesis};
use mynah_audio::Clip;
use mynah_speech::{SpeechError, StyleName};
use mynah_synthesis::{SpeechJob, Synthesis};

fn emotion(intensity: Option<&str>) -> StyleName {
    StyleName::Emotion {
        key: key("sad"),
        intensity: intensity.map(key),
    }
}

fn job(voice: &str, name: StyleName, strict: bool) -> SpeechJob {
    SpeechJob {
        style: Some(name),
        style_strict: strict,
        ..SpeechJob::new("One sentence that is spoken.").with_voice(voice)
    }
}

/// How a style is realized, as the header says it, or the error.
fn realized(synthesis: &Synthesis, job: SpeechJob) -> Result<String, String> {
    match synthesis.plan(job) {
        Ok(plan) => Ok(plan.styles()[0].to_string()),
        Err(
            SpeechError::Invalid { param, message } | SpeechError::Unsupported { param, message },
        ) => Err(format!("{param}: {message}")),
        Err(other) => panic!("{other:?}"),
    }
}

async fn take(synthesis: &Synthesis, job: SpeechJob) -> Clip {
    let plan = synthesis.plan(job).unwrap();
    let permit = synthesis.admit().unwrap();
    synthesis.speak(plan, permit).collect().await.unwrap()
}

#[test]
fn a_kept_voice_speaks_from_the_recording_of_the_nearest_intensity() {
    for (recordings, asked, expected) in [
        (
            &["sad/medium", "sad/intense"][..],
            Some("intense"),
            "sad/intense; by=prompt",
        ),
        (
            &["sad/medium"],
            Some("intense"),
            "sad/medium; by=prompt; asked=sad/intense",
        ),
        (
            &["sad/medium"],
            None,
            "sad/medium; by=prompt; asked=sad/low",
        ),
        // Of two that are as near the weaker one.
        (
            &["sad/intense", "sad/low"],
            Some("medium"),
            "sad/low; by=prompt; asked=sad/medium",
        ),
        (&["radio"], Some("medium"), "sad/medium; by=prosody"),
        (&[], None, "sad/low; by=prosody"),
    ] {
        let styles: Vec<_> = recordings.iter().map(|style| (*style, None)).collect();
        let (synthesis, _) = synthesis(&OneVoice::new(&styles));
        let realized = realized(&synthesis, job("Ana", emotion(asked), false));
        assert_eq!(
            realized.as_deref(),
            Ok(expected),
            "{recordings:?} {asked:?}"
        );
    }
}

#[tokio::test]
async fn the_engine_gets_the_recording_in_the_language_of_the_text() {
    let kept = OneVoice::new(&[
        ("sad/low", Some("es")),
        ("sad/low", Some("en")),
        ("radio", None),
    ]);
    let (synthesis, requests) = synthesis(&kept);
    for (name, text) in [
        (emotion(None), "the words of sad/low en"),
        (StyleName::Mode(key("radio")), "the words of radio "),
        (StyleName::Mode(key("neutral")), "the words of anchor"),
    ] {
        take(&synthesis, job("Ana", name, false)).await;
        let request = requests.lock().unwrap().pop().unwrap();
        assert_eq!(request.reference.unwrap().text.as_deref(), Some(text));
    }
}

#[test]
fn strict_refuses_all_but_just_this_style() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[("sad/medium", None)]));
    let strict = |voice: &str, name| realized(&synthesis, job(voice, name, true));
    assert_eq!(
        strict("Ana", emotion(Some("medium"))),
        Ok("sad/medium; by=prompt".into())
    );
    assert_eq!(
        strict("Cleo", emotion(Some("low"))),
        Ok("sad/low; by=instruct".into())
    );
    let refused = strict("Ana", emotion(Some("low"))).unwrap_err();
    assert!(
        refused.starts_with("style: ") && refused.contains("sad/medium"),
        "{refused}"
    );
    let neutral = StyleName::Mode(key("neutral"));
    assert_eq!(strict("Bea", neutral), Ok("neutral; by=nothing".into()));
    let refused = strict("Bea", emotion(None)).unwrap_err();
    assert!(refused.contains("plain/Bea"), "{refused}");
}

#[test]
fn voices_that_take_instructions_get_one() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    assert_eq!(
        realized(
            &synthesis,
            job("Cleo", StyleName::Mode(key("radio")), false)
        ),
        Ok("radio; by=instruct".into())
    );
    let designed = SpeechJob {
        instruct: Some("A calm old man.".into()),
        ..job("design", emotion(Some("medium")), true)
    };
    assert_eq!(
        realized(&synthesis, designed),
        Ok("sad/medium; by=instruct".into())
    );
}

#[tokio::test]
async fn prosody_changes_length_and_level_and_keeps_the_speed_of_the_request() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    let plain = take(
        &synthesis,
        SpeechJob::new("One sentence that is spoken.").with_voice("Bea"),
    )
    .await;
    let styled = take(&synthesis, job("Bea", emotion(None), false)).await;
    let ratio = styled.samples.len() as f64 / plain.samples.len() as f64;
    assert!((ratio - 2.0).abs() < 0.05, "{ratio}");
    let power = |clip: &Clip| {
        let sum: f64 = clip.samples.iter().map(|own| f64::from(*own).powi(2)).sum();
        sum / clip.samples.len() as f64
    };
    let decibels = 10.0 * (power(&styled) / power(&plain)).log10();
    assert!((-23.0..-17.0).contains(&decibels), "{decibels} dB");
    let fast = SpeechJob {
        speed: Some("2".parse().unwrap()),
        ..job("Bea", emotion(None), false)
    };
    let fast = take(&synthesis, fast).await;
    let ratio = fast.samples.len() as f64 / plain.samples.len() as f64;
    assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    let too_slow = SpeechJob {
        speed: Some("0.4".parse().unwrap()),
        ..job("Bea", emotion(None), false)
    };
    let refused = realized(&synthesis, too_slow).unwrap_err();
    assert!(
        refused.starts_with("style: ") && refused.contains("0.25 to 4"),
        "{refused}"
    );
}

#[test]
fn unknown_styles_and_names_of_another_kind_are_errors_that_name_what_there_is() {
    let (synthesis, _) = synthesis(&OneVoice::new(&[]));
    for (name, expected) in [
        (StyleName::Mode(key("shouting")), "neutral, radio"),
        (StyleName::Mode(key("sad")), "send it as `emotion`"),
        (emotion(Some("huge")), "low, medium, intense"),
        (
            StyleName::Emotion {
                key: key("radio"),
                intensity: None,
            },
            "send it as `mode`",
        ),
    ] {
        let refused = realized(&synthesis, job("Bea", name.clone(), false)).unwrap_err();
        assert!(
            refused.starts_with("style: ") && refused.contains(expected),
            "{name:?}: {refused}"
        );
    }
}
