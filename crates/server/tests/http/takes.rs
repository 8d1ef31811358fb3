//! Speech that is kept: over HTTP as a take, a voice and a prompt.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestServer, events};

/// A text of more than three seconds.
const TEXT: &str = "this is what a voice says for some seconds, so that it can be made a prompt";

async fn json(server: &TestServer, method: Method, path: &str, body: Value) -> (u16, Value) {
    let mut request = server.request(method, path);
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn get(server: &TestServer, path: &str) -> (u16, Value) {
    json(server, Method::GET, path, Value::Null).await
}

fn code_and_param(error: &Value) -> (&str, Option<&str>) {
    let error = &error["error"];
    (
        error["code"].as_str().unwrap_or_default(),
        error["param"].as_str(),
    )
}

/// Speaks and keeps; returns the id of the clip, once the answer is complete.
async fn kept(server: &TestServer, body: Value) -> String {
    let mut whole = json!({"input": TEXT, "keep": true, "response_format": "wav"});
    let fields = whole.as_object_mut().unwrap();
    fields.extend(body.as_object().unwrap().clone());
    let response = server.speech(&whole).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let clip = response.headers()["mynah-clip"]
        .to_str()
        .unwrap()
        .to_owned();
    response.bytes().await.unwrap();
    clip
}

fn designed(instructions: &str) -> Value {
    json!({"voice": "tone/design", "instructions": instructions})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_what_was_sent_and_what_it_was_made_with() {
    let server = TestServer::start().await;
    let style = json!({"emotion": "sad", "intensity": "intense"});
    let body = json!({
        "input": TEXT, "keep": true, "response_format": "flac", "voice": "tone/design",
        "instructions": "a calm old man", "style": style,
    });
    let response = server.speech(&body).send().await.unwrap();
    let clip = response.headers()["mynah-clip"]
        .to_str()
        .unwrap()
        .to_owned();
    let sent = response.bytes().await.unwrap();
    let (status, take) = get(&server, &format!("/api/v1/clips/{clip}")).await;
    assert_eq!(status, 200);
    assert_eq!(take["text"], TEXT);
    assert_eq!(take["voice"], "tone/design");
    assert_eq!(take["style"], "sad/intense");
    assert_eq!(
        (&take["kept_voice"], &take["of_person"]),
        (&Value::Null, &json!(false))
    );
    let instructions = take["instructions"].as_str().unwrap();
    assert!(
        instructions.starts_with("a calm old man. "),
        "{instructions}"
    );

    let audio = server.get(&format!("/api/v1/clips/{clip}/audio"));
    let audio = audio.send().await.unwrap().bytes().await.unwrap();
    let samples = |file: &[u8]| {
        let decoded = mynah_audio::decode(file, &mynah_audio::DecodeLimits::default());
        decoded.unwrap().clip.samples
    };
    assert!(samples(&audio) == samples(&sent));
    let (_, list) = get(&server, "/api/v1/clips").await;
    assert_eq!((&list["total"], &list["items"][0]), (&json!(1), &take));

    let path = format!("/api/v1/clips/{clip}");
    assert_eq!(
        json(&server, Method::DELETE, &path, Value::Null).await.0,
        204
    );
    for path in [
        path.clone(),
        format!("{path}/audio"),
        "/api/v1/clips/clp_1".into(),
    ] {
        let (status, error) = get(&server, &path).await;
        assert_eq!((status, code_and_param(&error).0), (404, "clip_not_found"));
    }
    for wrong in ["?cursor=1", "?limit=0", "?limit=201", "?name=x"] {
        assert_eq!(
            get(&server, &format!("/api/v1/clips{wrong}")).await.0,
            400,
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_keep_as_well_and_what_breaks_off_keeps_nothing() {
    let server = TestServer::start().await;
    let body = json!({
        "input": TEXT, "keep": true, "response_format": "pcm", "stream_format": "sse", "voice": "tone/alto",
    });
    let response = server.speech(&body).send().await.unwrap();
    let clip = response.headers()["mynah-clip"]
        .to_str()
        .unwrap()
        .to_owned();
    let last = events(&response.text().await.unwrap()).pop().unwrap();
    assert_eq!(last.name, "speech.audio.done");
    assert_eq!(get(&server, &format!("/api/v1/clips/{clip}")).await.0, 200);

    let plain = server
        .speech(&json!({"voice": "tone/alto"}))
        .send()
        .await
        .unwrap();
    assert!(plain.headers().get("mynah-clip").is_none());
    let (long, voice) = (TEXT.repeat(40), "tone/alto");
    let body = json!({"input": long, "keep": true, "response_format": "pcm", "voice": voice});
    let response = server.speech(&body).send().await.unwrap();
    let clip = response.headers()["mynah-clip"]
        .to_str()
        .unwrap()
        .to_owned();
    drop(response);
    assert_eq!(get(&server, &format!("/api/v1/clips/{clip}")).await.0, 404);
    let (_, list) = get(&server, "/api/v1/clips").await;
    assert_eq!(list["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_designed_voice_is_kept_and_speaks_in_a_style() {
    let server = TestServer::start().await;
    let clip = kept(&server, designed("a calm old man")).await;
    let body = json!({"name": "Keeper", "origin": "description", "clip": clip, "tags": ["book"]});
    let (status, voice) = json(&server, Method::POST, "/api/v1/voices", body.clone()).await;
    assert_eq!(status, 201, "{voice}");
    assert_eq!(voice["origin"], "description");
    assert_eq!(voice["description"], "a calm old man");
    assert_eq!(
        (&voice["consent"], &voice["speakable"]),
        (&Value::Null, &json!(true))
    );
    let prompt = &voice["prompts"][0];
    assert_eq!(
        (&prompt["source"], &prompt["transcript"]),
        (&json!("generated"), &json!(TEXT))
    );
    let (status, error) = json(&server, Method::POST, "/api/v1/voices", body).await;
    assert_eq!((status, code_and_param(&error).0), (409, "name_taken"));

    let sad = kept(&server, designed("a calm old man, in tears")).await;
    let prompts = format!("/api/v1/voices/{}/prompts", voice["id"].as_str().unwrap());
    let body = json!({"clip": sad, "style": {"emotion": "sad", "intensity": "intense"}});
    let (status, added) = json(&server, Method::POST, &prompts, body).await;
    assert_eq!(status, 201, "{added}");
    assert_eq!(added["style"]["emotion"], "sad");
    let spoken = json!({
        "voice": "keeper", "style": {"emotion": "sad", "intensity": "intense"}, "style_strict": true,
    });
    let spoken = server.speech(&spoken).send().await.unwrap();
    assert_eq!(spoken.headers()["mynah-style"], "sad/intense; by=prompt");
    let (_, listed) = get(&server, "/v1/audio/voices").await;
    let own = json!({"origin": "description", "styles": ["sad/intense"], "tags": ["book"]});
    assert_eq!(listed["voices"][0]["kept"], own);

    let wrong = [
        (json!({"clip": "clp_1"}), 400, "invalid_value", Some("clip")),
        (
            json!({"clip": sad, "stile": {}}),
            400,
            "unknown_field",
            None,
        ),
        (
            json!({"style": {"mode": "radio"}}),
            400,
            "invalid_value",
            None,
        ),
        (
            json!({"clip": format!("clp_{}", "0".repeat(32))}),
            404,
            "clip_not_found",
            None,
        ),
    ];
    for (body, status, code, param) in wrong {
        let (got, error) = json(&server, Method::POST, &prompts, body).await;
        let (own, field) = code_and_param(&error);
        assert_eq!((got, own), (status, code), "{error}");
        assert!(param.is_none() || param == field, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preset_has_a_name_of_ones_own() {
    let server = TestServer::start().await;
    let body = json!({"name": "Clara", "origin": "speaker", "speaker": "tone/bass", "speed": 2.0});
    let (status, voice) = json(&server, Method::POST, "/api/v1/voices", body).await;
    assert_eq!(status, 201, "{voice}");
    assert_eq!(
        (&voice["speaker"], &voice["prompts"]),
        (&json!("tone/bass"), &json!([]))
    );
    let speak = async |body: Value| {
        let response = server.speech(&body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let voice = response.headers()["mynah-voice"]
            .to_str()
            .unwrap()
            .to_owned();
        (voice, response.bytes().await.unwrap())
    };
    let (id, fast) = speak(json!({"voice": "clara", "response_format": "pcm"})).await;
    assert_eq!(id, voice["id"].as_str().unwrap());
    let (_, own) =
        speak(json!({"voice": "tone/bass", "speed": 2.0, "response_format": "pcm"})).await;
    assert!(fast == own && !own.is_empty());
    let clip = kept(&server, json!({"voice": "clara"})).await;
    let (_, take) = get(&server, &format!("/api/v1/clips/{clip}")).await;
    assert_eq!(
        (&take["kept_voice"], &take["of_person"]),
        (&voice["id"], &json!(false))
    );

    let wrong = [
        (json!({"origin": "speaker"}), "missing_field", "speaker"),
        (json!({"origin": "description"}), "missing_field", "clip"),
        (
            json!({"origin": "speaker", "speaker": "tone/clone"}),
            "invalid_value",
            "speaker",
        ),
        (
            json!({"origin": "speaker", "speaker": "tone/bass", "clip": clip}),
            "invalid_value",
            "clip",
        ),
        (
            json!({"origin": "description", "speaker": "tone/bass", "clip": clip}),
            "invalid_value",
            "speaker",
        ),
        (json!({"origin": "recording"}), "invalid_value", "origin"),
        (
            json!({"origin": "speaker", "speaker": "tone/bass", "speed": 5}),
            "invalid_value",
            "speed",
        ),
    ];
    for (mut body, code, param) in wrong {
        body["name"] = "Another".into();
        let (status, error) = json(&server, Method::POST, "/api/v1/voices", body).await;
        assert_eq!(
            (status, code_and_param(&error)),
            (400, (code, Some(param))),
            "{error}"
        );
    }
}
