//! No log, at its most talkative, holds what was said, audio or a key.

use mynah_api::realtime::ServerEventBody;
use serde_json::json;

use crate::checkpoints::checkpoint;
use crate::servers::{SENTENCE, SERVERS, Server, TIMEOUT, add_key, home_with_keys, sentence};
use crate::support::Home;

/// The longest run of characters of base64 that a log may hold: more than a digest or a key's id.
const MAX_BASE64_RUN: usize = 120;
/// Words of the sentence and of its translation.
const WORDS: [&str; 3] = ["weather", "nice today", "tiempo"];

/// Asserts that a log is talkative, and holds no word, no audio and none of these secrets.
fn assert_silent(what: &str, log: &str, secrets: &[&str]) {
    for secret in WORDS.iter().chain(secrets) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{what} logs {secret}");
    }
    let base64 = |c: char| c.is_ascii_alphanumeric() || "+/=-_".contains(c);
    let run = log
        .split(|c| !base64(c))
        .find(|run| run.len() > MAX_BASE64_RUN);
    assert_eq!(run, None, "{what} logs what looks like audio");
}

/// A live session, from its first sample to its last result.
async fn interpret(server: &Server, home: &Home, key: &str) {
    let clip = sentence(home);
    let (mut speaking, mut hearing) = server.connect_soon(key).await;
    let session = json!({"audio": {"input": {"transcription": {"model": "test"}}}});
    let session = serde_json::from_value(session).expect("a patch");
    let update = mynah_api::realtime::SessionUpdate {
        session,
        ..Default::default()
    };
    speaking.update(update).await.expect("it is open");
    speaking
        .append_all(&clip.samples, false)
        .await
        .expect("it is open");
    speaking.close().await.expect("it is open");
    let (mut text, mut audio) = (String::new(), 0);
    let session = async {
        while let Some(event) = hearing.next().await.expect("it is open") {
            match event {
                ServerEventBody::InputTranscript(delta)
                | ServerEventBody::OutputTranscript(delta) => text += &delta.delta,
                ServerEventBody::OutputAudio(delta) => audio += delta.delta.len(),
                _ => {}
            }
        }
    };
    tokio::time::timeout(TIMEOUT, session)
        .await
        .expect("it ends");
    for word in WORDS {
        assert!(text.contains(word), "no {word} in {text}");
    }
    assert!(audio > 10_000, "{audio} characters of audio");
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_at_trace_log_no_text() {
    for command in SERVERS {
        let home = home_with_keys().with("RUST_LOG", "trace");
        let ada = add_key(&home, "Ada");
        let server = Server::start(&home, command);
        interpret(&server, &home, &ada).await;
        if command == "serve" {
            over_http(&server, &home, &ada).await;
        }
        let _ = server
            .connect("mynah-guess")
            .await
            .err()
            .expect("a refusal");
        let log = server.log();
        assert!(log.contains("mynah_"), "it logs");
        assert_silent(command, &log, &[&ada, "mynah-guess"]);
    }
}

/// Speech in both ways, and a transcription.
async fn over_http(server: &Server, home: &Home, key: &str) {
    let http = reqwest::Client::new();
    for stream_format in ["audio", "sse"] {
        let body = json!({
            "input": SENTENCE, "model": "tts-1", "voice": "alloy", "stream_format": stream_format,
        });
        let speech = http.post(server.url("/v1/audio/speech")).bearer_auth(key);
        let answer = speech.json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("audio");
    }
    let file = std::fs::read(home.path().join("sentence.wav")).expect("a file");
    let form = reqwest::multipart::Form::new()
        .part(
            "file",
            reqwest::multipart::Part::bytes(file).file_name("a.wav"),
        )
        .text("model", "whisper-1");
    let upload = http.post(server.url("/v1/audio/transcriptions"));
    let answer = upload.bearer_auth(key).multipart(form).send().await;
    let text = answer.expect("an answer").text().await.expect("a text");
    assert!(text.contains("weather"), "{text}");
}

#[test]
fn commands_at_trace_log_no_text() {
    let model = checkpoint("tiny-custom_voice");
    let model = model.to_str().expect("a plain path");
    let home = Home::new()
        .with("RUST_LOG", "trace")
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7")
        .with("MYNAH_ENGINES__QWEN3__PRECISION", "f32");
    let interpret = [
        "interpret",
        "a.wav",
        "--from",
        "en",
        "--to",
        "es",
        "-o",
        "b.mp3",
    ];
    let commands: [&[&str]; 10] = [
        &["say", SENTENCE, "--voice", "flite/slt", "-o", "a.wav"],
        &["say", SENTENCE, "--voice", "espeak/en-us", "-o", "c.opus"],
        &["say", SENTENCE, "--model", model, "-o", "d.wav"],
        &["transcribe", "a.wav", "--format", "srt"],
        &interpret,
        &["translate", SENTENCE, "--from", "en", "--to", "es"],
        &["keys", "add", "Ada"],
        &["keys", "list", "--json"],
        &["voices"],
        &["models", "list"],
    ];
    let mut spoken = Vec::new();
    for arguments in commands {
        let arguments = [arguments, &["-vvvv"]].concat();
        let run = home.run(&arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
        let printed = run.stdout.trim().to_owned();
        let secrets: &[&str] = if arguments[1] == "add" {
            &[&printed]
        } else {
            &[]
        };
        assert_silent(&format!("{arguments:?}"), &run.stderr, secrets);
        spoken.push(run.stdout);
    }
    let all = spoken.concat();
    assert!(all.contains("weather") && all.contains("tiempo"), "{all}");
}
