//! Voices as files over HTTP: out as an attachment, in as a form and as the body itself.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::kept_voices::{code_of, created, json};
use crate::support::TestServer;

async fn exported(server: &TestServer, id: &str, query: &str) -> reqwest::Response {
    let path = format!("/api/v1/voices/{id}/package{query}");
    server.get(&path).send().await.unwrap()
}

/// Sends a package as the body itself.
async fn import(server: &TestServer, query: &str, package: Vec<u8>) -> (u16, Value) {
    let request = server.request(Method::POST, &format!("/api/v1/packages{query}"));
    let request = request.header("content-type", "application/zip");
    let response = request.body(package).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn import_form(server: &TestServer, form: Form) -> (u16, Value) {
    let request = server.request(Method::POST, "/api/v1/packages?on_conflict=rename");
    let response = request.multipart(form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_goes_out_as_a_file_and_comes_in_as_form_and_raw() {
    let server = TestServer::start().await;
    let voice = created(&server, "Ána 声").await;
    let id = voice["id"].as_str().unwrap();
    let response = exported(&server, id, "").await;
    assert_eq!(response.status(), 200);
    let headers = response.headers().clone();
    assert_eq!(headers["content-type"], "application/zip");
    assert_eq!(headers["cache-control"], "private, no-store");
    let disposition = headers["content-disposition"].to_str().unwrap();
    assert!(
        disposition.starts_with("attachment; ") && disposition.contains(id),
        "{disposition}"
    );
    assert!(
        disposition.ends_with("UTF-8''%C3%81na%20%E5%A3%B0.mynahvoice"),
        "{disposition}"
    );
    let package = response.bytes().await.unwrap().to_vec();
    assert_eq!(headers["content-length"], package.len().to_string());

    let (status, error) = import(&server, "", package.clone()).await;
    assert_eq!((status, code_of(&error)), (409, "name_taken"));
    let (status, report) =
        import(&server, "?on_conflict=rename&dry_run=true", package.clone()).await;
    assert_eq!(
        (status, &report["voice"], &report["name"]),
        (200, &Value::Null, &json!("Ána 声 2"))
    );
    let part = Part::bytes(package.clone()).file_name("a.mynahvoice");
    let (status, report) = import_form(&server, Form::new().part("file", part)).await;
    assert_eq!(
        (status, &report["locked"]),
        (201, &json!(false)),
        "{report}"
    );
    assert_eq!(report["voice"]["name"], "Ána 声 2");

    let path = format!("/api/v1/voices/{id}?purge=true");
    assert_eq!(json(&server, Method::DELETE, &path, None).await.0, 204);
    let (status, report) = import(&server, "", package.clone()).await;
    assert_eq!(status, 201, "{report}");
    // An erased voice keeps its id, so that its audit is found.
    assert_ne!(report["voice"]["id"], id);
    assert_eq!(report["voice"]["consent"]["speaker"], "Ana");
    let own = report["voice"]["id"].as_str().unwrap();
    let spoken = server.speech(&json!({"voice": own, "response_format": "wav"}));
    assert_eq!(spoken.send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_leaves_without_a_consent_and_comes_back_locked() {
    let server = TestServer::start().await;
    let voice = created(&server, "Ana").await;
    let id = voice["id"].as_str().unwrap();
    let package = exported(&server, id, "?version=1").await;
    assert_eq!(package.status(), 200);
    let package = package.bytes().await.unwrap().to_vec();
    let (status, report) = import(&server, "?on_conflict=new_id", package.clone()).await;
    assert_eq!((status, code_of(&report)), (409, "name_taken"));
    let (status, report) = import(&server, "?on_conflict=replace", package).await;
    assert_eq!(
        (status, &report["locked"], &report["replaced"]),
        (201, &json!(true), &json!([id]))
    );
    let own = report["voice"]["id"].as_str().unwrap().to_owned();
    assert_eq!(report["voice"]["speakable"], false);
    let speak = async || {
        let request = server.speech(&json!({"voice": own, "response_format": "wav"}));
        request.send().await.unwrap().status().as_u16()
    };
    assert_ne!(speak().await, 200);
    let refused = exported(&server, &own, "").await;
    assert_eq!(refused.status(), 422);
    assert_eq!(code_of(&refused.json().await.unwrap()), "consent_required");
    let consent = json!({"speaker": "Ana", "statement": "I agree."});
    let path = format!("/api/v1/voices/{own}/consent");
    assert_eq!(
        json(&server, Method::PUT, &path, Some(consent)).await.0,
        200
    );
    assert_eq!(speak().await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_package_is_refused_and_nothing_kept() {
    let server = TestServer::start().await;
    for (query, body, expected) in [
        ("", b"RIFF\0\0\0\0WAVE".to_vec(), (400, "package_damaged")),
        ("", b"\x80\x04\x95pickle".to_vec(), (400, "package_pickle")),
        ("", Vec::new(), (400, "package_damaged")),
        ("?on_conflict=overwrite", Vec::new(), (400, "invalid_value")),
        ("?dry_run=yes", Vec::new(), (400, "invalid_value")),
        ("?dry=true", Vec::new(), (400, "unknown_field")),
    ] {
        let (status, error) = import(&server, query, body).await;
        assert_eq!((status, code_of(&error)), expected, "{query}");
    }
    let (status, error) = import_form(&server, Form::new().text("name", "x")).await;
    assert_eq!((status, code_of(&error)), (400, "missing_field"));
    let part = || Part::bytes(Vec::new()).file_name("a.mynahvoice");
    let twice = Form::new().part("file", part()).part("file", part());
    let (status, error) = import_form(&server, twice).await;
    assert_eq!((status, code_of(&error)), (400, "invalid_multipart"));
    let more = Form::new().part("file", part()).text("name", "x");
    let (status, error) = import_form(&server, more).await;
    assert_eq!((status, code_of(&error)), (400, "unknown_field"));
    let request = server.request(Method::POST, "/api/v1/packages");
    let response = request.json(&json!({})).send().await.unwrap();
    assert_eq!(response.status(), 415);
    for (path, expected) in [
        ("/api/v1/voices/voc_1/package", 404),
        (
            "/api/v1/voices/voc_0199d2a5b2f27c6e8d3f4a5b6c7d8e9f/package",
            404,
        ),
        ("/api/v1/voices/voc_1/package?version=3", 404),
    ] {
        assert_eq!(
            json(&server, Method::GET, path, None).await.0,
            expected,
            "{path}"
        );
    }
    let voice = created(&server, "Ana").await;
    let path = format!(
        "/api/v1/voices/{}/package?version=3",
        voice["id"].as_str().unwrap()
    );
    let (status, error) = json(&server, Method::GET, &path, None).await;
    assert_eq!((status, code_of(&error)), (400, "invalid_value"));
    let (_, list) = json(&server, Method::GET, "/api/v1/voices", None).await;
    assert_eq!(list["total"], 1);
}
