//! Lists, health, metrics, the OpenAPI document and the web app.

use serde_json::Value;

use crate::support::{Engine, TestServer, for_every_engine};

for_every_engine!(
    engine_is_in_every_list_and_its_voices_work,
    metrics_count_requests_errors_and_audio,
);

async fn json(server: &TestServer, path: &str) -> Value {
    let response = server.get(path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

async fn engine_is_in_every_list_and_its_voices_work(engine: Engine) {
    let server = TestServer::of(engine).await;
    let voices = json(&server, "/v1/audio/voices").await;
    let voices = voices["voices"].as_array().unwrap();
    let ours: Vec<_> = voices.iter().filter(|it| it["kind"] == "preset").collect();
    assert!(ours.len() >= 2, "{voices:?}");
    for voice in ours {
        assert_eq!(voice["engine"], engine.id());
        assert!(
            voice["languages"]
                .as_array()
                .is_some_and(|it| !it.is_empty())
        );
        // By its full id and by its bare name.
        let id = voice["id"].as_str().unwrap();
        let bare = id.split_once('/').unwrap().1;
        for name in [id, bare] {
            let change = serde_json::json!({"voice": name, "model": engine.id(), "language": "en"});
            let response = server.speech(&change).send().await.unwrap();
            assert_eq!(response.status(), 200, "{name}");
            assert_eq!(response.headers()["mynah-voice"], id);
            assert!(response.bytes().await.unwrap().len() > 500, "{name}");
        }
    }
    let model = json(&server, &format!("/v1/models/{}", engine.id())).await;
    assert_eq!(model["id"], engine.id());
    let ready = json(&server, "/readyz").await;
    let mut engines = ready["engines"].as_array().unwrap().iter();
    let speaks = |it: &&Value| it["id"] == engine.id() && it["kind"] == "synthesizer";
    assert_eq!(engines.find(speaks).unwrap()["state"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn voices_models_and_health() {
    let server = TestServer::start().await;
    insta::assert_json_snapshot!("voices", json(&server, "/v1/audio/voices").await);
    insta::assert_json_snapshot!("models", json(&server, "/v1/models").await);
    let mut ready = json(&server, "/readyz").await;
    for engine in ready["engines"].as_array_mut().unwrap() {
        engine["version"] = "[version]".into();
    }
    insta::assert_json_snapshot!("readyz", ready);
    assert_eq!(
        json(&server, "/livez").await["version"],
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(json(&server, "/v1/models/tts-1").await["alias"], true);
}

async fn metrics_count_requests_errors_and_audio(engine: Engine) {
    let server = TestServer::of(engine).await;
    server.synthesized("Count me.", "pcm").await;
    let _ = server.get("/nothing").send().await.unwrap();
    let metrics = server
        .get("/metrics")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let spoken = format!(
        "mynah_synthesis_requests_total{{engine=\"{}\",outcome=\"done\"}}",
        engine.id()
    );
    for line in [
        "mynah_http_requests_total{method=\"POST\",route=\"/v1/audio/speech\",status=\"200\"}",
        "mynah_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}",
        "mynah_http_errors_total{code=\"not_found\"}",
        "mynah_http_encoding_seconds_count{format=\"pcm\"}",
        &spoken,
        "mynah_http_in_flight",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("Count me"));
}

#[tokio::test(flavor = "multi_thread")]
async fn openapi_document_docs_and_web_app_are_served() {
    let server = TestServer::start().await;
    assert_eq!(json(&server, "/openapi.json").await["openapi"], "3.1.0");
    let docs = server.get("/docs").send().await.unwrap();
    assert_eq!(docs.status(), 200);
    let policy = docs.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("script-src 'self';"), "{policy}");
    let html = docs.text().await.unwrap();
    assert!(
        html.contains("swagger-ui") && !html.contains("<script>"),
        "{html}"
    );
    let setup = server
        .get("/docs/swagger-initializer.js")
        .send()
        .await
        .unwrap();
    assert!(setup.text().await.unwrap().contains("/openapi.json"));

    let page = server.get("/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("script-src 'self';") && !policy.contains("unsafe"),
        "{policy}"
    );
    let html = page.text().await.unwrap();
    assert!(html.contains("<title>Mynah"), "{html}");
    assert!(
        !html.contains("<script>") && !html.contains("<style>"),
        "inline code in {html}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_has_security_headers_and_an_id() {
    let server = TestServer::start().await;
    for path in ["/", "/livez", "/nothing", "/v1/models", "/docs/"] {
        let response = server
            .get(path)
            .header("x-request-id", "a b")
            .send()
            .await
            .unwrap();
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["x-frame-options"], "DENY", "{path}");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("default-src 'none'")
        );
        assert_eq!(
            headers["x-request-id"].len(),
            32,
            "{path}: an unsound name was taken over"
        );
        assert!(
            !headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
    }
}
