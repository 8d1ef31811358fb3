//! Kept voices over HTTP: uploaded, listed, spoken, changed, deleted, restored, erased.

use mynah_audio::{Format, Tags, encode_whole};
use mynah_tone::code;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::TestServer;

/// A recording that the test's detector takes for speech.
fn recording(text: &str) -> Vec<u8> {
    encode_whole(&code::encode(text), Format::Wav, &Tags::new()).unwrap()
}

const WORDS: &str =
    "this is what is said in the recording that a voice is made of, for some seconds";

const CONSENT: &str = r#"{"speaker": "Ana", "statement": "I agree.", "basis": "self"}"#;

fn form(name: &str, fields: &[(&'static str, &str)]) -> Form {
    let file = Part::bytes(recording(WORDS)).file_name("ana.wav");
    let mut form = Form::new()
        .part("audio", file)
        .text("name", name.to_owned());
    for (name, value) in fields {
        form = form.text(*name, (*value).to_owned());
    }
    form
}

async fn post(server: &TestServer, form: Form) -> (StatusCode, Value) {
    let request = server.request(Method::POST, "/api/v1/voices");
    let response = request.multipart(form).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

pub(crate) async fn created(server: &TestServer, name: &str) -> Value {
    let (status, voice) = post(
        server,
        form(name, &[("consent", CONSENT), ("ref_text", WORDS)]),
    )
    .await;
    assert_eq!(status, 201, "{voice}");
    voice
}

pub(crate) async fn json(
    server: &TestServer,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let mut request = server.request(method, path);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub(crate) fn code_of(error: &Value) -> &str {
    error["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_is_uploaded_listed_spoken_deleted_and_restored() {
    let server = TestServer::start().await;
    let voice = created(&server, "Ana").await;
    let id = voice["id"].as_str().unwrap();
    assert_eq!(voice["consent"]["basis"], "self");
    assert_eq!(voice["prompts"][0]["transcript"], WORDS);
    assert_eq!(voice["speakable"], true);

    let (_, voices) = json(&server, Method::GET, "/v1/audio/voices", None).await;
    let listed = &voices["voices"][0];
    assert_eq!(
        (listed["id"].as_str(), listed["kind"].as_str()),
        (Some(id), Some("preset"))
    );
    let (_, list) = json(&server, Method::GET, "/api/v1/voices?q=ANA", None).await;
    assert_eq!(
        (list["total"].as_u64(), &list["items"][0]["id"]),
        (Some(1), &voice["id"])
    );

    let speak = |name: &str| {
        server
            .speech(&json!({"voice": name, "response_format": "wav"}))
            .send()
    };
    let by_name = speak("ana").await.unwrap();
    assert_eq!(by_name.headers()["mynah-voice"], id);
    let by_name = by_name.bytes().await.unwrap();
    let by_id = speak(id).await.unwrap().bytes().await.unwrap();
    assert!(by_name == by_id && by_name.len() > 1_000);
    assert!(by_id != server.synthesized("Hello there.", "wav").await);

    let path = format!("/api/v1/voices/{id}");
    assert_eq!(json(&server, Method::DELETE, &path, None).await.0, 204);
    assert_eq!(speak("ana").await.unwrap().status(), 400);
    let restore = format!("{path}/restore");
    assert_eq!(json(&server, Method::POST, &restore, None).await.0, 200);
    assert_eq!(speak("ana").await.unwrap().status(), 200);
    let purge = format!("{path}?purge=true");
    assert_eq!(json(&server, Method::DELETE, &purge, None).await.0, 204);
    let (status, error) = json(&server, Method::POST, &restore, None).await;
    assert_eq!((status, code_of(&error)), (404, "voice_not_found"));
    let audit = json(&server, Method::GET, &format!("{path}/audit"), None)
        .await
        .1;
    let events: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| &own["event"])
        .collect();
    assert!(
        events.contains(&&json!("erased")) && events.contains(&&json!("restored")),
        "{events:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_sent_whole_in_parts_or_not_again() {
    let server = TestServer::start().await;
    let voice = created(&server, "Ana").await;
    let clip = &voice["prompts"][0]["clip"];
    let path = format!("/api/v1/clips/{}/audio", clip["id"].as_str().unwrap());
    let whole = server.get(&path).send().await.unwrap();
    assert_eq!(
        (whole.status().as_u16(), &whole.headers()["content-type"]),
        (200, &"audio/flac".parse().unwrap())
    );
    let etag = whole.headers()["etag"].clone();
    assert_eq!(etag, format!("\"{}\"", clip["sha256"].as_str().unwrap()));
    let whole = whole.bytes().await.unwrap();
    assert!(whole.starts_with(b"fLaC"));
    assert_eq!(whole.len() as u64, clip["bytes"].as_u64().unwrap());

    let part = server
        .get(&path)
        .header("range", "bytes=4-11")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(
        part.headers()["content-range"],
        format!("bytes 4-11/{}", whole.len())
    );
    assert_eq!(part.bytes().await.unwrap(), whole[4..12]);
    let beyond = server
        .get(&path)
        .header("range", "bytes=9999999-")
        .send()
        .await
        .unwrap();
    assert_eq!(beyond.status(), 416);
    let again = server
        .get(&path)
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);

    let peaks = format!("/api/v1/clips/{}/peaks", clip["id"].as_str().unwrap());
    for px in [16, 4_096] {
        let (status, shape) = json(&server, Method::GET, &format!("{peaks}?px={px}"), None).await;
        let parts = shape["peaks"].as_array().unwrap();
        assert_eq!((status, parts.len()), (200, px));
        let seconds = shape["seconds"].as_f64().unwrap();
        assert!((seconds - clip["seconds"].as_f64().unwrap()).abs() < 1e-3);
        assert!(parts.iter().any(|part| part[1].as_f64() > Some(0.1)));
    }
    for wrong in ["px=15", "px=4097", "px=many", "width=16"] {
        let (status, _) = json(&server, Method::GET, &format!("{peaks}?{wrong}"), None).await;
        assert_eq!(status, 400, "{wrong}");
    }

    let voice = format!("/api/v1/voices/{}", voice["id"].as_str().unwrap());
    assert_eq!(json(&server, Method::DELETE, &voice, None).await.0, 204);
    for path in [path, peaks] {
        assert_eq!(json(&server, Method::GET, &path, None).await.0, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_for_the_version_that_was_read() {
    let server = TestServer::start().await;
    let voice = created(&server, "Ana").await;
    let path = format!("/api/v1/voices/{}", voice["id"].as_str().unwrap());
    let got = server.get(&path).send().await.unwrap();
    let etag = got.headers()["etag"].clone();
    let change = |etag: &reqwest::header::HeaderValue, body: Value| {
        let request = server
            .request(Method::PATCH, &path)
            .header("if-match", etag);
        request.json(&body).send()
    };
    let changed = change(&etag, json!({"name": "Bea", "tags": ["book"]}))
        .await
        .unwrap();
    assert_eq!(changed.status(), 200);
    let late = change(&etag, json!({"name": "Cai"})).await.unwrap();
    assert_eq!(late.status(), 412);
    let tags = |etag: &str| reqwest::header::HeaderValue::from_str(etag).unwrap();
    let listed = change(&tags("\"7\", \"2\""), json!({"tags": []}));
    assert_eq!(listed.await.unwrap().status(), 200);
    for (body, code) in [
        (json!({"nmae": "Cai"}), "unknown_field"),
        (json!({"name": ""}), "invalid_value"),
        (json!({"speed": 9}), "invalid_value"),
        (json!({"languages": ["no language"]}), "invalid_value"),
        (json!([]), "invalid_json"),
    ] {
        let (status, error) = json(&server, Method::PATCH, &path, Some(body)).await;
        assert_eq!((status, code_of(&error)), (400, code), "{error}");
    }
    let (_, now) = json(&server, Method::GET, &path, None).await;
    assert_eq!((&now["name"], &now["version"]), (&json!("Bea"), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_consent_silences_the_voice() {
    let server = TestServer::start().await;
    let voice = created(&server, "Ana").await;
    let path = format!("/api/v1/voices/{}/consent", voice["id"].as_str().unwrap());
    let (status, revoked) = json(&server, Method::DELETE, &path, None).await;
    assert_eq!((status, &revoked["speakable"]), (200, &json!(false)));
    let refused = server
        .speech(&json!({"voice": "Ana"}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
    let (status, _) = json(&server, Method::PUT, &path, Some(json!({"speaker": "Ana"}))).await;
    assert_eq!(status, 400);
    let consent = json!({"speaker": "Ana", "statement": "Again."});
    let (status, given) = json(&server, Method::PUT, &path, Some(consent)).await;
    assert_eq!((status, &given["speakable"]), (200, &json!(true)));
    let spoken = server
        .speech(&json!({"voice": "Ana"}))
        .send()
        .await
        .unwrap();
    assert_eq!(spoken.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_uploads_name_the_fault_and_keep_nothing() {
    let server = TestServer::start().await;
    created(&server, "Ana").await;
    let with = |name: &str, fields: &[(&'static str, &str)]| post(&server, form(name, fields));
    let short = {
        let file = Part::bytes(recording("hi")).file_name("short.wav");
        Form::new()
            .part("audio", file)
            .text("name", "Short")
            .text("consent", CONSENT)
    };
    let none = Form::new().text("name", "None").text("consent", CONSENT);
    for ((status, error), expected) in [
        (
            with("ANA", &[("consent", CONSENT)]).await,
            (409, "name_taken"),
        ),
        (with("Bea", &[]).await, (422, "consent_required")),
        (
            with("Bea", &[("consent", "yes")]).await,
            (400, "invalid_value"),
        ),
        (
            with("Bea", &[("consent", CONSENT), ("consnet", "x")]).await,
            (400, "unknown_field"),
        ),
        (
            with("Bea", &[("consent", CONSENT), ("x_vector_only_mode", "1")]).await,
            (400, "invalid_value"),
        ),
        (
            with(&"x".repeat(101), &[("consent", CONSENT)]).await,
            (400, "invalid_value"),
        ),
        (post(&server, none).await, (400, "missing_field")),
        (post(&server, short).await, (400, "no_speech")),
    ] {
        assert_eq!((status.as_u16(), code_of(&error)), expected, "{error}");
    }
    let (_, list) = json(&server, Method::GET, "/api/v1/voices", None).await;
    assert_eq!(list["total"], 1);
    for query in ["limit=0", "limit=201", "page=2", "origin=dream"] {
        let (status, _) = json(
            &server,
            Method::GET,
            &format!("/api/v1/voices?{query}"),
            None,
        )
        .await;
        assert_eq!(status, 400, "{query}");
    }
    let (status, error) = json(&server, Method::GET, "/api/v1/voices/voc_x", None).await;
    assert_eq!((status, code_of(&error)), (404, "voice_not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_voice_takes_no_other_recording() {
    let server = TestServer::start().await;
    created(&server, "Ana").await;
    let body = json!({
        "voice": "Ana",
        "ref_audio": mynah_api::RefAudio(String::from("c291bmQ=")),
        "x_vector_only_mode": true,
        "consent": {"speaker": "Ben", "statement": "Yes."},
    });
    let refused = server.speech(&body).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let error: Value = refused.json().await.unwrap();
    assert_eq!(error["error"]["param"], "ref_audio");
    // What other servers' clients send for a voice that needs nothing else.
    let custom = server.speech(&json!({"voice": "Ana", "task_type": "CustomVoice"}));
    assert_eq!(custom.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_voices_follows_every_change() {
    let server = TestServer::start().await;
    let voice = created(&server, "Ana").await;
    let path = format!("/api/v1/voices/{}", voice["id"].as_str().unwrap());
    let consent = format!("{path}/consent");
    let listed = async || {
        let (_, list) = json(&server, Method::GET, "/v1/audio/voices", None).await;
        let voices = list["voices"].as_array().unwrap().iter();
        let names = voices
            .filter(|own| own["id"] == voice["id"])
            .map(|own| own["name"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(listed().await, ["Ana"]);
    assert_eq!(json(&server, Method::DELETE, &consent, None).await.0, 200);
    assert!(listed().await.is_empty());
    let agreed = json!({"speaker": "Ana", "statement": "I agree."});
    assert_eq!(
        json(&server, Method::PUT, &consent, Some(agreed)).await.0,
        200
    );
    assert_eq!(listed().await, ["Ana"]);
    let name = json!({"name": "Bea"});
    assert_eq!(json(&server, Method::PATCH, &path, Some(name)).await.0, 200);
    assert_eq!(listed().await, ["Bea"]);
    assert_eq!(json(&server, Method::DELETE, &path, None).await.0, 204);
    assert!(listed().await.is_empty());
}
