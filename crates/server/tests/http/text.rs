//! Texts as people send them.

use mynah_audio::{Clip, SampleRate, resample};
use mynah_tone::code;
use serde_json::{Value, json};

use crate::support::{TestServer, error};

/// Samples of pcm.
fn samples(pcm: &[u8]) -> Vec<f32> {
    let pairs = pcm.chunks_exact(2);
    pairs
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect()
}

/// The text in audio of the test engine.
fn heard(pcm: &[u8]) -> String {
    let clip = Clip::new(SampleRate::HZ_24000, samples(pcm));
    code::decode(&resample(&clip, SampleRate::HZ_16000).samples)
}

/// Sends a body as bytes, which need not be JSON that this program would write.
async fn sent(server: &TestServer, body: Vec<u8>) -> reqwest::Response {
    server
        .client
        .post(server.url("/v1/audio/speech"))
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_and_white_space_of_any_kind_are_not_spoken() {
    let server = TestServer::start().await;
    for (text, expected) in [
        ("# Title\n\nThis is **bold**.", "Title. This is bold."),
        (
            "One\u{b}two\u{c}three\u{85}four\u{1b}five\0six.",
            "One two three four five six.",
        ),
        ("\u{feff}Hello.", "Hello."),
        ("<speak>Hello <b>there</b>.</speak>", "Hello there."),
        ("A well-\nknown exam-\nple.", "A well-known example."),
        ("[A link](https://example.org).", "A link."),
    ] {
        assert_eq!(
            heard(&server.synthesized(text, "pcm").await),
            expected,
            "{text:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lone_surrogates_and_byte_order_marks_are_dropped() {
    let server = TestServer::start().await;
    for (input, expected) in [
        (&br#"Hi \ud83d there."#[..], "Hi there."),
        (br#"\ude00Hi."#, "Hi."),
        (br#"Hi\ud83d\ud83d."#, "Hi."),
        (b"Hi \xED\xA0\xBD there.", "Hi there."),
        (br#"\ufeffHi."#, "Hi."),
    ] {
        let mut body = b"\xEF\xBB\xBF{\"model\":\"tts-1\",\"voice\":\"alloy\",\"response_format\":\"pcm\",\"input\":\"".to_vec();
        body.extend_from_slice(input);
        body.extend_from_slice(b"\"}");
        let response = sent(&server, body).await;
        assert_eq!(response.status(), 200, "{}", input.escape_ascii());
        let pcm = response.bytes().await.unwrap();
        assert_eq!(heard(&pcm), expected, "{}", input.escape_ascii());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_without_speech_is_a_short_silence() {
    let server = TestServer::start().await;
    for text in [".", "—", "***", "?!…", "😀", "\n---\n", "<p></p>", "`"] {
        let pcm = server.synthesized(text, "pcm").await;
        let samples = samples(&pcm);
        assert!(
            (240..12_000).contains(&samples.len()),
            "{text}: {}",
            samples.len()
        );
        assert!(samples.iter().all(|sample| sample.abs() < 0.001), "{text}");
        // Every format has a file for it.
        for format in ["mp3", "opus", "aac", "flac", "wav"] {
            assert!(
                !server.synthesized(text, format).await.is_empty(),
                "{text} {format}"
            );
        }
    }
    for text in ["", " ", "\n\t\u{b}", "\u{feff}", "\u{85}\u{1b}"] {
        let response = server.speech(&json!({"input": text})).send().await.unwrap();
        let (status, error) = error(response).await;
        assert_eq!(
            (status, &error["param"]),
            (400, &json!("input")),
            "{text:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_have_their_length_at_every_speed() {
    let server = TestServer::start().await;
    let length = async |text: &str, speed: f32| {
        let change = json!({"input": text, "response_format": "pcm", "speed": speed});
        let response = server.speech(&change).send().await.unwrap();
        assert_eq!(response.status(), 200, "{text}");
        response.bytes().await.unwrap().len() as f64 / 48_000.0
    };
    for speed in [1.0, 2.0, 0.5] {
        let without = length("One [pause:0s] two.", speed).await;
        for (text, seconds) in [
            ("One [pause:2s] two.", 2.0),
            ("One <break time=\"1500ms\"/> two.", 1.5),
            ("One [pause:1s] [pause:1s] two.", 2.0),
            ("[pause:1s] One [pause:0s] two.", 1.0),
            ("One [pause:0s] two. <break time='1s'/>", 1.0),
        ] {
            let added = length(text, speed).await - without;
            assert!((added - seconds).abs() < 0.1, "{text} at {speed}: {added}");
        }
    }
    for text in [
        "a [pause:10001ms] b",
        &"a [pause:10s] ".repeat(7),
        "a <break time='60s'/>",
    ] {
        let response = server.speech(&json!({"input": text})).send().await.unwrap();
        let (status, error) = error(response).await;
        assert_eq!((status, &error["param"]), (400, &json!("input")), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unspeakable_words_of_an_alias_are_named_by_bytes() {
    let server = TestServer::build().with_installed_engines().start().await;
    let asked = async |text: &str, change: Value| {
        let mut body = change;
        body["input"] = json!(text);
        let response = server.speech(&body).send().await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().unwrap().to_owned())
        };
        (
            response.status().as_u16(),
            header("mynah-voice"),
            header("mynah-ignored"),
        )
    };
    for (text, voice, words) in [
        (
            "The capital of Japan is Tokyo (東京), you know.",
            "flite/slt",
            &["東京"][..],
        ),
        (
            "Say привет and 你好 to them.",
            "flite/slt",
            &["привет", "你好"],
        ),
        ("Tokyo (東京)", "flite/slt", &["東京"]),
        (
            "La capital del Japón es Tokio (東京), una ciudad muy grande.",
            "espeak/es",
            &["東京"],
        ),
        ("The café is open.", "flite/slt", &[]),
    ] {
        let ranges: Vec<_> = words
            .iter()
            .map(|word| {
                let start = text.find(word).unwrap();
                format!("input[{start}..{}]", start + word.len())
            })
            .collect();
        let ignored = (!ranges.is_empty()).then(|| ranges.join(", "));
        let answer = asked(text, json!({})).await;
        assert_eq!(answer, (200, Some(voice.into()), ignored), "{text}");
    }
    // A voice that is named speaks the whole text or refuses.
    let text = "The capital of Japan is Tokyo (東京).";
    let (status, ..) = asked(text, json!({"voice": "flite/slt"})).await;
    assert_eq!(status, 422);
    // A text of which no word can be spoken is no text with a foreign word.
    let (status, ..) = asked("東京", json!({"language": "en"})).await;
    assert_eq!(status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_match_in_any_case_and_by_family() {
    let server = TestServer::start().await;
    for change in [
        json!({"voice": "ALLOY"}),
        json!({"voice": "Tone/Alto"}),
        json!({"voice": {"id": "ALTO"}}),
        json!({"model": "TTS-1"}),
        json!({"model": "tts-1-hd-1106"}),
        json!({"model": "gpt-4o-mini-tts-2026-01-01"}),
        json!({"model": "Kokoro-82M"}),
        json!({"model": "Tone", "voice": "alto"}),
        json!({"language": "EN_us"}),
        json!({"language": "en-AU"}),
    ] {
        let response = server.speech(&change).send().await.unwrap();
        assert_eq!(response.status(), 200, "{change}");
        assert_eq!(response.headers()["mynah-voice"], "tone/alto", "{change}");
    }
    for model in [
        "whisper-large-v3",
        "Whisper-1",
        "gpt-4o-mini-transcribe-2025-12-15",
    ] {
        let part =
            reqwest::multipart::Part::bytes(server.synthesized("Good morning.", "wav").await)
                .file_name("sound.wav");
        let form = reqwest::multipart::Form::new()
            .part("file", part)
            .text("model", model);
        let url = server.url("/v1/audio/transcriptions");
        let response = server
            .client
            .post(url)
            .multipart(form)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trailing_slashes_are_ignored() {
    let server = TestServer::start().await;
    for path in [
        "/v1/models/",
        "/v1/models/tts-1/",
        "/v1/audio/voices//",
        "/livez/",
        "/readyz/",
    ] {
        let response = server.get(path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
    }
    let body = json!({"input": "Hi.", "model": "tts-1", "voice": "alloy"});
    let url = server.url("/v1/audio/speech/");
    let response = server.client.post(url).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    for (path, status) in [("/docs/", 200), ("/", 200), ("/nothing/", 404)] {
        let response = server.get(path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_requests_give_equal_files_in_every_format() {
    const TEXT: &str = "The same words. They are spoken again, and not otherwise!\n\nAlike.";
    let server = TestServer::build().with_installed_engines().start().await;
    let asked = async |voice: &str, format: &str, speed: f32| {
        let change = json!({
            "input": TEXT, "voice": voice, "response_format": format, "speed": speed,
        });
        let response = server.speech(&change).send().await.unwrap();
        assert_eq!(response.status(), 200, "{voice} {format} {speed}");
        response.bytes().await.unwrap()
    };
    for voice in ["flite/slt", "espeak/en-us", "tone/alto"] {
        let first = asked(voice, "pcm", 1.0).await;
        // At once, so that they take turns with each other at the engine.
        let again = (0..25).map(|_| asked(voice, "pcm", 1.0));
        for other in futures_util::future::join_all(again).await {
            assert!(other == first, "{voice}");
        }
        for format in ["mp3", "opus", "aac", "flac", "wav"] {
            for speed in [1.0, 0.3, 1.5] {
                let first = asked(voice, format, speed).await;
                assert!(
                    asked(voice, format, speed).await == first,
                    "{voice} {format} {speed}"
                );
            }
        }
    }
}
