//! Speech to text, in every format.

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};
use mynah_tone::{Behaviour, Fault};
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{TestServer, error, events};

pub(crate) const PATH: &str = "/v1/audio/transcriptions";

/// Two sentences with a second of silence between and around them, as a WAV file.
pub(crate) async fn recording(server: &TestServer) -> Vec<u8> {
    recording_of(server, &["Good morning.", "It rains."]).await
}

pub(crate) async fn recording_of(server: &TestServer, sentences: &[&str]) -> Vec<u8> {
    let silence = Clip::silence(SampleRate::HZ_24000, Duration::from_secs(1)).samples;
    let mut samples = silence.clone();
    for sentence in sentences {
        let pcm = server.synthesized(sentence, "pcm").await;
        let pairs = pcm.chunks_exact(2);
        samples
            .extend(pairs.map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0));
        samples.extend(&silence);
    }
    encode_whole(
        &Clip::new(SampleRate::HZ_24000, samples),
        Format::Wav,
        &Tags::new(),
    )
    .unwrap()
}

async fn text(server: &TestServer, path: &str, file: Vec<u8>, fields: &[(&str, &str)]) -> String {
    let response = server.upload(path, file, fields).send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn speech_is_transcribed_in_every_format() {
    let server = TestServer::start().await;
    let file = recording(&server).await;
    let mut shapes = Vec::new();
    for format in ["json", "text", "srt", "vtt", "verbose_json"] {
        let fields = [("response_format", format), ("user", "x")];
        let response = server
            .upload(PATH, file.clone(), &fields)
            .send()
            .await
            .unwrap();
        assert_eq!(response.headers()["mynah-engine"], "tone");
        assert_eq!(response.headers()["mynah-ignored"], "user");
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        shapes.push(format!(
            "{format} ({kind}):\n{}",
            response.text().await.unwrap()
        ));
    }
    insta::assert_snapshot!(shapes.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn auto_detects_the_language_if_supported() {
    let server = TestServer::start().await;
    server.script.detect_language();
    let file = recording_of(&server, &["fr Bonjour tout le monde.", "en Hello."]).await;
    let verbose = [("response_format", "verbose_json")];
    let heard: Value =
        serde_json::from_str(&text(&server, PATH, file.clone(), &verbose).await).unwrap();
    assert_eq!(
        (&heard["language"], &heard["text"]),
        (&json!("fr"), &json!("Bonjour tout le monde. Hello.")),
        "the one that was spoken longest"
    );
    let english = text(&server, "/v1/audio/translations", file, &[]).await;
    let english: Value = serde_json::from_str(&english).unwrap();
    assert_eq!(english["text"], "en: Bonjour tout le monde. Hello.");
}

const PATHS: [&str; 2] = [PATH, "/v1/audio/translations"];

#[tokio::test(flavor = "multi_thread")]
async fn hints_without_effect_are_named() {
    let server = TestServer::start().await;
    let file = recording(&server).await;
    for (name, value) in [
        ("temperature", "0.7"),
        ("prompt", "Mynah"),
        ("keywords[]", "Mynah"),
        ("include[]", "logprobs"),
        ("known_speaker_names[]", "Ana"),
        ("known_speaker_references[]", "data:audio/wav;base64,AA=="),
        ("chunking_strategy", "{\"type\": \"server_vad\"}"),
        ("max_line_width", "30"),
        ("best_of", "5"),
    ] {
        for path in PATHS {
            let fields = [(name, value), ("language", "en")];
            let response = server
                .upload(path, file.clone(), &fields)
                .send()
                .await
                .unwrap();
            assert_eq!(response.status(), 200, "{name} at {path}");
            let ignored = response.headers()["mynah-ignored"].to_str().unwrap();
            assert_eq!(ignored, name.trim_end_matches("[]"), "{path}");
        }
    }
    let fields = [
        ("temperature", "0"),
        ("chunking_strategy", "auto"),
        ("prompt", ""),
    ];
    let response = server.upload(PATH, file, &fields).send().await.unwrap();
    assert!(!response.headers().contains_key("mynah-ignored"));
}

#[tokio::test(flavor = "multi_thread")]
async fn regional_variants_use_the_recognizer_of_the_language() {
    let server = TestServer::start().await;
    let file = recording(&server).await;
    for (language, heard) in [
        ("en-GB", "en"),
        ("en-AU", "en"),
        ("EN_us", "en"),
        ("English", "en"),
        ("fr-CA", "fr"),
        ("Latin American Spanish", "es"),
        ("spa", "es"),
        ("", "en"),
        ("AUTO", "en"),
    ] {
        let fields = [("language", language), ("response_format", "verbose_json")];
        let answer = text(&server, PATH, file.clone(), &fields).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["language"], heard, "{language}");
    }
    for language in ["pt-BR", "zh-TW", "Chinese"] {
        let request = server.upload(PATH, file.clone(), &[("language", language)]);
        let (status, error) = error(request.send().await.unwrap()).await;
        assert_eq!((status, error["param"].as_str()), (422, Some("language")));
    }
    let mexican = [("language", "es-MX")];
    let english = text(&server, PATHS[1], file, &mexican).await;
    assert!(english.contains("en: Good morning."), "{english}");
}

#[tokio::test(flavor = "multi_thread")]
async fn misnamed_upload_names_the_right_field() {
    let server = TestServer::start().await;
    let wav = recording(&server).await;
    let part = |kind: &str, bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name("sound.wav");
        part.mime_str(kind).unwrap()
    };
    for path in PATHS {
        for name in ["audio", "sound", "upload[]"] {
            for bytes in [wav.clone(), vec![0; 100_000]] {
                let form = reqwest::multipart::Form::new()
                    .text("model", "whisper-1")
                    .part(name, part("audio/wav", bytes));
                let request = server.client.post(server.url(path)).multipart(form);
                let (status, error) = error(request.send().await.unwrap()).await;
                assert_eq!(
                    (status, error["param"].as_str()),
                    (400, Some("file")),
                    "{error}"
                );
                let message = error["message"].as_str().unwrap();
                assert!(message.contains("`file`"), "{message}");
                assert!(message.contains(name.trim_end_matches("[]")), "{message}");
            }
        }
        // A second file is read and named as ignored.
        let request = server.upload(path, wav.clone(), &[("language", "en")]);
        assert_eq!(request.send().await.unwrap().status(), 200);
        let form = reqwest::multipart::Form::new()
            .text("model", "whisper-1")
            .text("language", "en")
            .part("cover", part("image/png", vec![0; 100_000]))
            .part("file", part("audio/wav", wav.clone()));
        let response = server.client.post(server.url(path)).multipart(form);
        let response = response.send().await.unwrap();
        assert_eq!(response.headers()["mynah-ignored"], "cover");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn form_without_boundary_is_refused_with_the_fix() {
    let server = TestServer::start().await;
    for path in PATHS {
        for kind in [
            "multipart/form-data",
            "Multipart/Form-Data",
            "multipart/form-data; charset=utf-8",
        ] {
            let request = server
                .client
                .post(server.url(path))
                .header("content-type", kind);
            let body = "--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--x--\r\n";
            let (status, error) = error(request.body(body).send().await.unwrap()).await;
            assert_eq!(
                (status, error["code"].as_str()),
                (400, Some("invalid_multipart"))
            );
            assert!(
                error["message"].as_str().unwrap().contains("boundary"),
                "{error}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn subtitles_keep_the_requested_limits() {
    let server = TestServer::build()
        .with(|it| it.interpreter.subtitles.max_line_width = 30)
        .start()
        .await;
    let sentence = "When we came home, the house was dark, because nobody had thought of it.";
    let file = recording_of(&server, &[sentence]).await;
    for (path, language) in [(PATH, "en"), (PATHS[1], "es")] {
        for (fields, width, count) in [
            (vec![], 30, 2),
            (vec![("max_line_width", "20")], 20, 2),
            (
                vec![("max_line_width", "60"), ("max_line_count", "1")],
                60,
                1,
            ),
            (vec![("max_cue_seconds", "1")], 30, 2),
        ] {
            for format in ["srt", "vtt"] {
                let own = [("response_format", format), ("language", language)];
                let all = [&own[..], &fields].concat();
                let file = text(&server, path, file.clone(), &all).await;
                let cues: Vec<_> = file
                    .split("\n\n")
                    .filter(|cue| cue.contains("-->"))
                    .collect();
                assert!(cues.len() > 1, "{file}");
                for cue in cues {
                    let lines: Vec<_> = cue
                        .lines()
                        .skip_while(|line| !line.contains("-->"))
                        .collect();
                    assert!((2..=count + 1).contains(&lines.len()), "{cue}");
                    assert!(
                        lines[1..].iter().all(|line| line.chars().count() <= width),
                        "{cue}"
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_synthesized_format_is_transcribed() {
    let server = TestServer::start().await;
    for format in ["wav", "flac", "mp3", "opus", "aac"] {
        let file = server.synthesized("Good morning.", format).await;
        let heard: Value = serde_json::from_str(&text(&server, PATH, file, &[]).await).unwrap();
        assert_eq!(heard["text"], "Good morning.", "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_sent_if_requested() {
    let server = TestServer::start().await;
    let file = recording(&server).await;
    let fields = [
        ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"),
    ];
    let heard: Value = serde_json::from_str(&text(&server, PATH, file, &fields).await).unwrap();
    let words = heard["words"].as_array().unwrap();
    let said: Vec<_> = words
        .iter()
        .map(|word| word["word"].as_str().unwrap())
        .collect();
    assert_eq!(said.join(" "), heard["text"].as_str().unwrap());
    let times: Vec<_> = words
        .iter()
        .map(|word| word["start"].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted() && times[0] >= 0.9, "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_has_each_segment_and_deltas_join_to_the_text() {
    let server = TestServer::start().await;
    let file = recording(&server).await;
    let stream = text(&server, PATH, file, &[("stream", "true")]).await;
    let received = events(&stream);
    let deltas: String = received
        .iter()
        .filter_map(|event| event.data["delta"].as_str())
        .collect();
    assert_eq!(
        deltas,
        received.last().unwrap().data["text"].as_str().unwrap()
    );
    let lines: Vec<_> = received
        .iter()
        .map(|event| format!("event: {}\ndata: {}", event.name, event.data))
        .collect();
    insta::assert_snapshot!(lines.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn later_failure_is_the_last_transcription_event() {
    // One segment after the other, so that the second one gets the second order.
    let server = TestServer::build()
        .with(|it| it.interpreter.concurrent_segments = 1)
        .start()
        .await;
    let file = recording(&server).await;
    server.script.recognition.once(Behaviour::default());
    server
        .script
        .recognition
        .once(Behaviour::failing(Fault::Crash));
    let stream = text(&server, PATH, file.clone(), &[("stream", "true")]).await;
    let received = events(&stream);
    let last = received.last().unwrap();
    assert_eq!(
        (last.name.as_str(), last.data["error"]["code"].as_str()),
        ("error", Some("engine_failed"))
    );
    server
        .script
        .recognition
        .once(Behaviour::failing(Fault::Crash));
    let response = server.upload(PATH, file, &[]).send().await.unwrap();
    assert_eq!(error(response).await.0, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_an_empty_text() {
    let server = TestServer::start().await;
    let silence = Clip::silence(SampleRate::HZ_24000, Duration::from_secs(2));
    let file = encode_whole(&silence, Format::Wav, &Tags::new()).unwrap();
    let heard: Value = serde_json::from_str(&text(&server, PATH, file.clone(), &[]).await).unwrap();
    assert_eq!(
        heard,
        json!({"text": "", "usage": {"type": "duration", "seconds": 2.0}})
    );
    let stream = text(&server, PATH, file, &[("stream", "true")]).await;
    assert_eq!(events(&stream).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn translations_are_english_and_refuse_unsupported_fields() {
    let server = TestServer::start().await;
    let file = recording(&server).await;
    let path = "/v1/audio/translations";
    let spanish: Value = serde_json::from_str(
        &text(
            &server,
            path,
            file.clone(),
            &[("language", "es"), ("response_format", "verbose_json")],
        )
        .await,
    )
    .unwrap();
    assert_eq!(spanish["text"], "en: Good morning. en: It rains.");
    assert_eq!(spanish["task"], "translate");
    let english: Value =
        serde_json::from_str(&text(&server, path, file.clone(), &[("language", "en")]).await)
            .unwrap();
    assert_eq!(english["text"], "Good morning. It rains.");
    let response = server
        .upload(path, file, &[("language", "de")])
        .send()
        .await
        .unwrap();
    let (status, error) = error(response).await;
    assert_eq!((status, error["param"].as_str()), (422, Some("language")));
    let message = error["message"].as_str().unwrap();
    assert!(
        ["en", "es", "fr"]
            .iter()
            .all(|known| message.contains(known)),
        "{message}"
    );
}
