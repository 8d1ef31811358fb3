//! Styles over HTTP: listed, changed, spoken; and recordings in styles.

use mynah_audio::{Format, Tags, encode_whole};
use mynah_tone::code;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::TestServer;

const WORDS: &str =
    "this is what is said in the recording that a voice is made of, for some seconds";
const SAD_WORDS: &str =
    "this is said in another recording, which is in a style and some seconds long too";

const CONSENT: &str = r#"{"speaker": "Ana", "statement": "I agree."}"#;

fn form(words: &str, fields: &[(&'static str, &str)]) -> Form {
    let audio = encode_whole(&code::encode(words), Format::Wav, &Tags::new()).unwrap();
    let file = Part::bytes(audio).file_name("ana.wav");
    let form = Form::new()
        .part("audio", file)
        .text("consent", CONSENT)
        .text("ref_text", words.to_owned());
    fields.iter().fold(form, |form, (name, value)| {
        form.text(*name, (*value).to_owned())
    })
}

async fn post(server: &TestServer, path: &str, form: Form) -> (u16, Value) {
    let request = server.request(Method::POST, path).multipart(form);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn send(
    server: &TestServer,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let mut request = server.request(method, path);
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// The header `mynah-style` of speech, or the error.
async fn spoken(server: &TestServer, change: Value) -> Result<String, (u16, Value)> {
    let response = server.speech(&change).send().await.unwrap();
    if response.status() != StatusCode::OK {
        let status = response.status().as_u16();
        return Err((status, response.json().await.unwrap()));
    }
    let style = response.headers().get("mynah-style");
    Ok(style.map_or("", |style| style.to_str().unwrap()).to_owned())
}

fn code_and_param(error: &Value) -> (&str, &str) {
    let of = |name: &str| error["error"][name].as_str().unwrap_or_default();
    (of("code"), of("param"))
}

#[tokio::test(flavor = "multi_thread")]
async fn styles_are_listed_added_changed_and_restored() {
    let server = TestServer::start().await;
    let (_, list) = send(&server, Method::GET, "/api/v1/styles", None).await;
    let builtin = list["total"].as_u64().unwrap();
    assert_eq!(builtin, 23);
    assert_eq!(list["items"][0]["key"], "neutral");
    assert_eq!(list["items"][0]["origin"], "builtin");

    let (_, sad) = send(&server, Method::GET, "/api/v1/styles/sad", None).await;
    let body = json!({
        "kind": "mode",
        "labels": {"en": "Rainy", "pt-BR": "Chuvoso"},
        "variants": [{"instruct": "Speak as if it rained.", "texts": {"en": "It rains."}}],
    });
    let path = "/api/v1/styles/rainy";
    let (status, added) = send(&server, Method::PUT, path, Some(&body)).await;
    assert_eq!(
        (status, &added["origin"], &added["version"]),
        (200, &json!("workspace"), &json!(1))
    );
    assert_eq!(
        added["variants"][0]["prosody"],
        json!({"rate": 1.0, "pitch": 0.0, "gain": 0.0})
    );
    let stale = server
        .request(Method::PUT, path)
        .header("if-match", "\"7\"")
        .json(&body);
    assert_eq!(stale.send().await.unwrap().status(), 412);
    let current = server
        .request(Method::PUT, path)
        .header("if-match", "\"1\"")
        .json(&body);
    let current = current.send().await.unwrap();
    assert_eq!(
        (
            current.status().as_u16(),
            current.headers()["etag"].to_str().unwrap()
        ),
        (200, "\"2\"")
    );

    let (status, _) = send(&server, Method::PUT, "/api/v1/styles/sad", Some(&body)).await;
    assert_eq!(status, 200);
    let (_, changed) = send(&server, Method::GET, "/api/v1/styles/sad", None).await;
    assert_eq!(
        (&changed["origin"], &changed["kind"]),
        (&json!("override"), &json!("mode"))
    );
    assert_eq!(
        send(&server, Method::DELETE, "/api/v1/styles/sad", None)
            .await
            .0,
        204
    );
    assert_eq!(
        send(&server, Method::GET, "/api/v1/styles/sad", None)
            .await
            .1,
        sad
    );
    let (status, error) = send(&server, Method::DELETE, "/api/v1/styles/sad", None).await;
    assert_eq!((status, code_and_param(&error).0), (404, "style_not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_style_that_is_none_is_refused_by_its_field() {
    let server = TestServer::start().await;
    let valid = json!({
        "kind": "mode",
        "labels": {"en": "Rainy"},
        "variants": [{"instruct": "Speak as if it rained.", "texts": {"en": "It rains."}}],
    });
    for (change, expected) in [
        (("/kind", json!("mood")), ("invalid_value", "body")),
        (
            ("/labels", json!({"english, please": "Rainy"})),
            ("invalid_value", "labels"),
        ),
        (("/variants/0/texts", json!({})), ("invalid_value", "texts")),
        (
            ("/variants/0/intensity", json!("A lot")),
            ("invalid_value", "intensity"),
        ),
        (
            ("/variants/0/intensity", json!("high")),
            ("invalid_value", "variants"),
        ),
        (
            ("/variants/0/prosody", json!({"rate": 9})),
            ("invalid_value", "prosody"),
        ),
        (
            ("/variants/0/prosody", json!({"speed": 1})),
            ("unknown_field", ""),
        ),
        (("/colour", json!("grey")), ("unknown_field", "")),
    ] {
        let mut body = valid.clone();
        let (pointer, value) = change;
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        let (status, error) = send(&server, Method::PUT, "/api/v1/styles/rainy", Some(&body)).await;
        assert_eq!((status, code_and_param(&error)), (400, expected), "{error}");
    }
    let (status, error) = send(&server, Method::PUT, "/api/v1/styles/Très", Some(&valid)).await;
    assert_eq!(
        (status, code_and_param(&error)),
        (400, ("invalid_value", "key"))
    );
    let any = server
        .request(Method::PUT, "/api/v1/styles/rainy")
        .header("if-match", "*")
        .json(&valid);
    assert_eq!(any.send().await.unwrap().status(), 412);
    let (_, list) = send(&server, Method::GET, "/api/v1/styles", None).await;
    assert_eq!(list["total"], 23);
    // The largest one that is allowed.
    let texts: serde_json::Map<_, _> = (0..32)
        .map(|number| (format!("en-x-{number}"), "ü".repeat(500).into()))
        .collect();
    let variant = |number: usize| json!({"intensity": format!("level_{number}"), "instruct": "ü".repeat(1_000), "texts": texts});
    let largest = json!({
        "kind": "emotion",
        "labels": {"en": "Rainy"},
        "variants": (0..5).map(variant).collect::<Vec<_>>(),
    });
    let (status, error) = send(&server, Method::PUT, "/api/v1/styles/rainy", Some(&largest)).await;
    assert_eq!(status, 200, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn speech_says_how_its_style_was_realized() {
    let server = TestServer::start().await;
    let (_, voice) = post(&server, "/api/v1/voices", form(WORDS, &[("name", "Ana")])).await;
    let id = voice["id"].as_str().unwrap();
    let prompts = format!("/api/v1/voices/{id}/prompts");
    let sad = form(
        SAD_WORDS,
        &[
            ("style", r#"{"emotion": "sad", "intensity": "medium"}"#),
            ("tags", "take 1"),
        ],
    );
    let (status, prompt) = post(&server, &prompts, sad).await;
    assert_eq!(status, 201, "{prompt}");
    assert_eq!(
        prompt["style"],
        json!({"emotion": "sad", "intensity": "medium"})
    );

    let ana = |style: Value| spoken(&server, json!({"voice": "Ana", "style": style}));
    let exact = ana(json!({"emotion": "SAD"})).await.unwrap();
    assert_eq!(exact, "sad/medium; by=prompt");
    let nearest = ana(json!({"emotion": "sad", "intensity": "intense"}))
        .await
        .unwrap();
    assert_eq!(nearest, "sad/medium; by=prompt; asked=sad/intense");
    assert_eq!(
        ana(json!({"mode": "radio"})).await.unwrap(),
        "radio; by=prosody"
    );
    assert_eq!(spoken(&server, json!({"voice": "Ana"})).await.unwrap(), "");
    let strict = json!({"voice": "Ana", "style": {"mode": "radio"}, "style_strict": true});
    let (status, error) = spoken(&server, strict).await.unwrap_err();
    assert_eq!((status, code_and_param(&error).1), (422, "style"));
    for wrong in [
        json!({}),
        json!({"emotion": "sad", "mode": "radio"}),
        json!({"emotion": "radio"}),
        json!({"mode": "nothing_like_it"}),
        json!({"emotion": "sad", "intensity": "huge"}),
        json!({"mode": "radio", "intensity": "medium"}),
        json!("sad"),
    ] {
        let (status, error) = ana(wrong.clone()).await.unwrap_err();
        assert!(
            status == 400 && code_and_param(&error).1.starts_with("style"),
            "{wrong}: {error}"
        );
    }

    let of_form = server.request(Method::POST, "/v1/audio/speech").multipart(
        Form::new()
            .text("input", "Hello there.")
            .text("model", "tts-1")
            .text("voice", "Ana")
            .text("style", r#"{"emotion": "sad"}"#)
            .text("style_strict", "true"),
    );
    let of_form = of_form.send().await.unwrap();
    assert_eq!(of_form.headers()["mynah-style"], "sad/medium; by=prompt");
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_of_a_voice_are_listed_changed_and_deleted() {
    let server = TestServer::start().await;
    let (_, voice) = post(&server, "/api/v1/voices", form(WORDS, &[("name", "Ana")])).await;
    let (voice_id, anchor) = (
        voice["id"].as_str().unwrap(),
        voice["prompts"][0]["id"].as_str().unwrap(),
    );
    let prompts = format!("/api/v1/voices/{voice_id}/prompts");
    let (_, radio) = post(
        &server,
        &prompts,
        form(SAD_WORDS, &[("style", r#"{"mode": "radio"}"#)]),
    )
    .await;
    let path = format!("/api/v1/prompts/{}", radio["id"].as_str().unwrap());

    let total = async |query: &str| {
        let (status, list) = send(
            &server,
            Method::GET,
            &format!("/api/v1/prompts?{query}"),
            None,
        )
        .await;
        assert_eq!(status, 200, "{query}: {list}");
        list["total"].as_u64().unwrap()
    };
    assert_eq!(total("").await, 2);
    assert_eq!(total("mode=radio").await, 1);
    assert_eq!(total("emotion=sad").await, 0);
    assert_eq!(total("emotion=radio").await, 0);
    assert_eq!(total(&format!("voice={voice_id}&q=ANOTHER")).await, 1);
    let (_, of_voice) = send(&server, Method::GET, &format!("{prompts}?limit=1"), None).await;
    assert_eq!(
        (
            of_voice["items"][0]["id"].as_str(),
            of_voice["total"].as_u64()
        ),
        (Some(anchor), Some(2))
    );
    let (_, voices) = send(&server, Method::GET, "/api/v1/voices?mode=radio", None).await;
    assert_eq!(voices["total"], 1);
    for (query, code) in [
        ("colour=red", "unknown_field"),
        ("limit=201", "invalid_value"),
        ("cursor=prm_1", "invalid_value"),
        ("emotion=a%20b", "invalid_value"),
        ("emotion=sad&mode=radio", "invalid_value"),
    ] {
        let (status, error) = send(
            &server,
            Method::GET,
            &format!("/api/v1/prompts?{query}"),
            None,
        )
        .await;
        assert_eq!((status, code_and_param(&error).0), (400, code), "{query}");
    }

    let change = json!({"style": null, "transcript": "Roger.", "tags": ["radio"], "anchor": true});
    let (status, changed) = send(&server, Method::PATCH, &path, Some(&change)).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["style"], &changed["anchor"]),
        (&Value::Null, &json!(true))
    );
    let (status, error) = send(&server, Method::DELETE, &path, None).await;
    assert_eq!((status, code_and_param(&error).0), (409, "in_use"));
    let first = format!("/api/v1/prompts/{anchor}");
    assert_eq!(send(&server, Method::DELETE, &first, None).await.0, 204);
    let (status, error) = send(&server, Method::GET, &first, None).await;
    assert_eq!(
        (status, code_and_param(&error).0),
        (404, "prompt_not_found")
    );
    let (_, left) = send(&server, Method::GET, &path, None).await;
    assert_eq!(
        (left["voice"].as_str(), left["transcript"].as_str()),
        (Some(voice_id), Some("Roger."))
    );
    for wrong in [
        json!({"anchor": false}),
        json!({"style": {"emotion": "nothing"}}),
        json!({"text": "x"}),
    ] {
        let (status, _) = send(&server, Method::PATCH, &path, Some(&wrong)).await;
        assert_eq!(status, 400, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_needs_a_consent_and_a_voice() {
    let server = TestServer::start().await;
    let (_, voice) = post(&server, "/api/v1/voices", form(WORDS, &[("name", "Ana")])).await;
    let prompts = format!("/api/v1/voices/{}/prompts", voice["id"].as_str().unwrap());
    let audio = encode_whole(&code::encode(WORDS), Format::Wav, &Tags::new()).unwrap();
    let without = Form::new().part("audio", Part::bytes(audio).file_name("ana.wav"));
    let (status, error) = post(&server, &prompts, without).await;
    assert_eq!(
        (status, code_and_param(&error).0),
        (422, "consent_required")
    );
    let unknown = form(WORDS, &[("style", r#"{"emotion": "no_such"}"#)]);
    let (status, error) = post(&server, &prompts, unknown).await;
    assert_eq!((status, code_and_param(&error).0), (400, "invalid_value"));
    let unknown_voice = "/api/v1/voices/voc_0199a1b2c3d47e8f9a0b1c2d3e4f5a6b/prompts";
    let (status, error) = post(&server, unknown_voice, form(WORDS, &[])).await;
    assert_eq!((status, code_and_param(&error).0), (404, "voice_not_found"));
}
