//! A resume token is of use with the API key that its session was begun with, and no other.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod harness;

use harness::keys::with_keys;
use harness::stages::TestBus;
use harness::{TestGateway, sentences};
use mynah_auth::AuthSettings;
use serde_json::json;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;

#[tokio::test]
async fn a_token_is_refused_with_another_api_key() {
    let bus = TestBus::start().await;
    let keys = with_keys(&["secret-a", "secret-b"], AuthSettings::default());
    let gateway = TestGateway::on_with_keys(&bus, keys.authenticator.clone()).await;
    let with = async |secret: &str| {
        let bearer = format!("Bearer {secret}");
        let headers = [(AUTHORIZATION, bearer.as_str())];
        let mut client = gateway.try_connect("?model=test", &headers).await.unwrap();
        let session = client.event().await["session"].clone();
        (client, session)
    };
    let (mut client, session) = with("secret-a").await;
    let token = session["resume_token"].as_str().unwrap();
    client.append(&sentences(&["one"]), 9_600).await;
    client.event_of("session.segment.done").await;
    drop(client);
    let resume = json!({"type": "session.resume", "resume_token": token});

    let (mut other, own) = with("secret-b").await;
    other.send(resume.clone()).await;
    let error = other.event().await["error"].clone();
    assert_eq!(error["code"], "invalid_resume_token");
    assert_eq!(error["param"], "resume_token");
    // Its own session goes on.
    other.append(&sentences(&["mine"]), 9_600).await;
    other.close().await;
    assert_eq!(other.ending().await.recognized_audio(), "es: mine");
    assert_ne!(own["id"], session["id"]);

    let path = format!("/v1/realtime/sessions/{}", session["id"].as_str().unwrap());
    for (method, path) in [("GET", format!("{path}/objects")), ("DELETE", path)] {
        for (secret, found) in [("secret-b", false), ("secret-a", true)] {
            let bearer = format!("Bearer {secret}");
            let headers = [
                ("Authorization", bearer.as_str()),
                ("mynah-resume-token", token),
            ];
            let status = gateway.http(method, &path, &headers).await;
            assert_eq!(
                status != 404,
                found,
                "{method} {path} with {secret}: {status}"
            );
        }
    }

    let (mut same, _) = with("secret-a").await;
    same.send(resume).await;
    let resumed = same.event().await;
    assert_eq!(resumed["type"], "session.resumed", "{resumed}");
    assert_eq!(resumed["session"]["id"], session["id"]);
}
