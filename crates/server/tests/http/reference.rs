//! Voices that are made: of a recording, with consent, or of a description.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mynah_server::RemoteReference;
use mynah_tone::Behaviour;
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{TestServer, error, until};

/// A recording: tones do not look into it.
const SOUND: &[u8] = b"RIFF\xff\xfe not much of a sound";

fn consent() -> Value {
    json!({"speaker": "Ana", "statement": "Mynah may speak in my voice."})
}

/// A good body for a voice of a recording, then changed; null takes a field away.
fn cloned(change: &Value) -> Value {
    let mut body = json!({
        "voice": null,
        "response_format": "pcm",
        "ref_audio": BASE64_STANDARD.encode(SOUND),
        "ref_text": "What is said in it.",
        "consent": consent(),
    });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn sound(request: RequestBuilder, voice: &str) -> Vec<u8> {
    let response = request.send().await.unwrap();
    if response.status() != 200 {
        panic!("{:?}", error(response).await);
    }
    assert_eq!(response.headers()["mynah-voice"], voice);
    response.bytes().await.unwrap().into()
}

async fn shown(response: Response) -> String {
    let (status, error) = error(response).await;
    let text = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
    format!(
        "{status} {} {}: {}",
        text("code"),
        text("param"),
        text("message")
    )
}

fn form(audio: Option<Part>, fields: &[(&'static str, &'static str)]) -> Form {
    let mut form = Form::new()
        .text("input", "Hello there.")
        .text("model", "tts-1")
        .text("response_format", "pcm");
    if let Some(audio) = audio {
        form = form.part("ref_audio", audio);
    }
    for (name, value) in fields {
        form = form.text(*name, *value);
    }
    form
}

fn post(server: &TestServer, form: Form) -> RequestBuilder {
    server
        .client
        .post(server.url("/v1/audio/speech"))
        .multipart(form)
}

fn file() -> Part {
    Part::bytes(SOUND).file_name("ana.wav")
}

const WITH_CONSENT: [(&str, &str); 2] = [
    ("consent[speaker]", "Ana"),
    ("consent[statement]", "Mynah may speak in my voice."),
];

#[tokio::test(flavor = "multi_thread")]
async fn recording_selects_the_voice_in_every_encoding() {
    let server = TestServer::start().await;
    let json = |change: Value| server.speech(&cloned(&change));
    let own = sound(
        server.speech(&json!({"response_format": "pcm"})),
        "tone/alto",
    )
    .await;
    let ana = sound(json(json!({})), "tone/clone").await;
    assert_ne!(ana, own);
    let data_url = format!("data:audio/wav;base64,{}", BASE64_STANDARD.encode(SOUND));
    for change in [
        json!({"voice": "tone/clone", "task_type": "Base"}),
        json!({"model": "tone", "voice": "clone"}),
        json!({"ref_audio": data_url, "language": "en"}),
        json!({"ref_text": null, "x_vector_only_mode": true}),
    ] {
        assert!(
            sound(json(change.clone()), "tone/clone").await == ana,
            "{change}"
        );
    }
    let as_json = ("consent", r#"{"speaker": "Ana", "statement": "I agree."}"#);
    let text = ("ref_text", "What is said in it.");
    let [speaker, statement] = WITH_CONSENT;
    for fields in [
        vec![speaker, statement, text],
        vec![as_json, ("x_vector_only_mode", "true"), ("speed", "1.0")],
        vec![as_json, text, ("task_type", "Base"), ("seed", "7")],
    ] {
        let request = post(&server, form(Some(file()), &fields));
        assert!(sound(request, "tone/clone").await == ana, "{fields:?}");
    }
    // A part without a file name may hold base64, or bytes that are not text.
    let base64 = Part::text(BASE64_STANDARD.encode(SOUND));
    for part in [base64, Part::bytes(SOUND)] {
        let request = post(&server, form(Some(part), &[speaker, statement, text]));
        assert!(sound(request, "tone/clone").await == ana);
    }
    let ben = BASE64_STANDARD.encode(b"another recording");
    assert_ne!(
        sound(json(json!({"ref_audio": ben})), "tone/clone").await,
        ana
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn description_selects_the_voice() {
    let server = TestServer::start().await;
    let designed = |voice: Value, task: Value, who: &str| {
        server.speech(&json!({
            "voice": voice, "task_type": task, "instructions": who, "response_format": "pcm",
        }))
    };
    let man = sound(
        designed(Value::Null, "VoiceDesign".into(), "a calm old man"),
        "tone/design",
    )
    .await;
    let same = sound(
        designed("tone/design".into(), Value::Null, "a calm old man"),
        "tone/design",
    )
    .await;
    assert_eq!(man, same);
    let child = sound(
        designed("design".into(), "VoiceDesign".into(), "a child"),
        "tone/design",
    )
    .await;
    assert_ne!(man, child);
}

#[tokio::test(flavor = "multi_thread")]
async fn contradictory_fields_are_refused_with_the_fix() {
    let server = TestServer::start().await;
    let mut seen = Vec::new();
    for (name, change) in [
        ("no consent", json!({"consent": null})),
        (
            "missing consent",
            json!({"consent": {"speaker": " ", "statement": "Yes."}}),
        ),
        ("half a consent", json!({"consent": {"speaker": "Ana"}})),
        (
            "endless consent",
            json!({"consent": {"speaker": "a".repeat(201), "statement": "Yes."}}),
        ),
        ("no text", json!({"ref_text": null})),
        ("long text", json!({"ref_text": "a".repeat(4097)})),
        ("not base64", json!({"ref_audio": "sound!"})),
        (
            "data URL without base64",
            json!({"ref_audio": "data:audio/wav,sound"}),
        ),
        (
            "a file of the server",
            json!({"ref_audio": "file:///etc/passwd"}),
        ),
        (
            "no audio in it",
            json!({"ref_audio": "data:audio/wav;base64,"}),
        ),
        ("remote", json!({"ref_audio": "https://example.org/a.wav"})),
        ("ready-made voice", json!({"voice": "tone/alto"})),
        ("alias", json!({"voice": "alloy"})),
        (
            "voice of another task",
            json!({"voice": "tone/alto", "task_type": "Base"}),
        ),
        ("CustomVoice", json!({"task_type": "CustomVoice"})),
        ("VoiceDesign", json!({"task_type": "VoiceDesign"})),
        ("unknown task", json!({"task_type": "Clone"})),
        (
            "Base without audio",
            json!({"ref_audio": null, "task_type": "Base"}),
        ),
        (
            "text without audio",
            json!({"ref_audio": null, "voice": "alloy"}),
        ),
        (
            "x-vector without audio",
            json!({"ref_audio": null, "ref_text": null, "voice": "alloy", "x_vector_only_mode": true}),
        ),
        (
            "cloned voice without audio",
            json!({"ref_audio": null, "ref_text": null, "voice": "tone/clone"}),
        ),
        (
            "no voice at all",
            json!({"ref_audio": null, "ref_text": null}),
        ),
        (
            "no description",
            json!({"ref_audio": null, "ref_text": null, "task_type": "VoiceDesign"}),
        ),
        (
            "ready-made voice for VoiceDesign",
            json!({"ref_audio": null, "ref_text": null, "voice": "tone/bass", "task_type": "VoiceDesign", "instructions": "a child"}),
        ),
        (
            "instructions to a recording",
            json!({"model": "tone", "instructions": "sadly"}),
        ),
    ] {
        let response = server.speech(&cloned(&change)).send().await.unwrap();
        seen.push(format!("{name}: {}", shown(response).await));
    }
    let [speaker, statement] = WITH_CONSENT;
    for (name, audio, fields) in [
        (
            "form without consent",
            Some(file()),
            vec![("ref_text", "Hi.")],
        ),
        (
            "form with half a consent",
            Some(file()),
            vec![speaker, ("ref_text", "Hi.")],
        ),
        (
            "form with a consent in prose",
            Some(file()),
            vec![("consent", "yes"), ("ref_text", "Hi.")],
        ),
        ("form without text", Some(file()), vec![speaker, statement]),
        ("form without voice or audio", None, vec![]),
        (
            "form with a wrong speed",
            None,
            vec![("voice", "alloy"), ("speed", "fast")],
        ),
        (
            "form with a wrong flag",
            Some(file()),
            vec![speaker, statement, ("x_vector_only_mode", "perhaps")],
        ),
    ] {
        let response = post(&server, form(audio, &fields)).send().await.unwrap();
        seen.push(format!("{name}: {}", shown(response).await));
    }
    insta::assert_snapshot!(seen.join("\n"));
    assert_eq!(server.script.speech.counts().started, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_without_effect_are_named() {
    let server = TestServer::start().await;
    for (change, ignored) in [
        (json!({"consent": consent(), "voice": "alloy"}), "consent"),
        (cloned(&json!({"x_vector_only_mode": true})), "ref_text"),
        (cloned(&json!({"instructions": "sadly"})), "instructions"),
        (cloned(&json!({"max_new_tokens": 7})), "max_new_tokens"),
    ] {
        let response = server.speech(&change).send().await.unwrap();
        assert_eq!(response.status(), 200, "{change}");
        assert_eq!(response.headers()["mynah-ignored"], ignored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_have_their_own_limit() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.reference_bytes = 100_000;
        it.settings.limits.body_bytes = 10_000;
    });
    let server = server.start().await;
    let [speaker, statement] = WITH_CONSENT;
    let fields = [speaker, statement, ("x_vector_only_mode", "1")];
    for (bytes, status) in [(100_000, 200), (100_001, 413), (150_000, 413)] {
        let audio = vec![7; bytes];
        let body = cloned(&json!({"ref_audio": BASE64_STANDARD.encode(&audio)}));
        let response = server.speech(&body).send().await.unwrap();
        assert_eq!(response.status(), status, "{bytes} in JSON");
        let part = Part::bytes(audio).file_name("a.wav");
        let response = post(&server, form(Some(part), &fields)).send().await;
        assert_eq!(response.unwrap().status(), status, "{bytes} in a form");
    }
    // A text gains nothing by it.
    let response = server
        .speech(&json!({"input": "a".repeat(50_000)}))
        .send()
        .await;
    assert_eq!(response.unwrap().status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_use_slots_of_uploads() {
    let server = TestServer::build().with(|it| {
        it.settings.limits.uploads_running = 1;
        it.settings.limits.uploads_waiting = 0;
        it.settings.limits.body_bytes = 1024;
    });
    let large = cloned(&json!({"ref_text": "What is said in it. ".repeat(100)}));
    let server = server.start().await;
    let file = server.synthesized("Good morning.", "wav").await;
    server.script.recognition.once(Behaviour::held());
    let upload = server.upload("/v1/audio/transcriptions", file, &[]);
    let upload = tokio::spawn(upload.send());
    until(&server.script.recognition, |counts| counts.started == 1).await;
    let as_form = post(&server, form(Some(self::file()), &WITH_CONSENT));
    for request in [server.speech(&large), as_form] {
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("retry-after"));
        assert_eq!(error(response).await.0, 429);
    }
    // A request with only a text is served.
    server.synthesized("Hello.", "pcm").await;
    server.script.recognition.release(1);
    assert_eq!(upload.await.unwrap().unwrap().status(), 200);
    let response = server.speech(&large).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_this_network_are_never_reached() {
    let server =
        TestServer::build().with(|it| it.settings.remote_reference = RemoteReference::Http);
    let server = server.start().await;
    let port = server.address.port();
    let mut messages = Vec::new();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "169.254.169.254",
        "no-such-host.invalid",
    ] {
        let address = format!("http://{host}:{port}/livez");
        let body = cloned(&json!({"ref_audio": address}));
        messages.push(shown(server.speech(&body).send().await.unwrap()).await);
    }
    messages.dedup();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].starts_with("400 invalid_value ref_audio"),
        "{messages:?}"
    );
}
