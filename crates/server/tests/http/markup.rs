//! Tags in a text that switch voice and style, over HTTP.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::support::TestServer;

async fn error(server: &TestServer, body: Value) -> (u16, Value) {
    let response = server.speech(&body).send().await.unwrap();
    let status = response.status().as_u16();
    let mut body: Value = response.json().await.unwrap();
    (status, body["error"].take())
}

#[tokio::test(flavor = "multi_thread")]
async fn all_voices_and_styles_are_named_in_the_order_of_the_text() {
    let server = TestServer::start().await;
    let input = "He came in. [voice:tone/bass]Who is there?[/voice] [style:sad]Silence.[/style]";
    let body =
        json!({"input": input, "voice": "tone/alto", "markup": true, "response_format": "wav"});
    let tagged = server.speech(&body).send().await.unwrap();
    let header = |name: &str| tagged.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("mynah-engine"), "tone");
    assert_eq!(header("mynah-voice"), "tone/alto, tone/bass");
    assert_eq!(header("mynah-style"), "sad/medium; by=prosody");
    let tagged = tagged.bytes().await.unwrap();

    for markup in [json!(null), json!(false)] {
        let body = json!({"input": input, "voice": "tone/alto", "markup": markup, "response_format": "wav"});
        let plain = server.speech(&body).send().await.unwrap();
        assert_eq!(plain.headers()["mynah-voice"], "tone/alto");
        assert!(plain.headers().get("mynah-style").is_none());
        // The tags are spoken.
        assert!(plain.bytes().await.unwrap().len() > tagged.len());
    }
    let form = Form::new()
        .text("input", input)
        .text("model", "tts-1")
        .text("voice", "tone/alto")
        .text("markup", "true");
    let request = server.request(reqwest::Method::POST, "/v1/audio/speech");
    let sent = request.multipart(form).send().await.unwrap();
    assert_eq!(sent.headers()["mynah-voice"], "tone/alto, tone/bass");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_cannot_be_honoured_is_an_error_before_the_first_sample() {
    let server = TestServer::start().await;
    for (input, status, code, param) in [
        ("Hi. [voice:tone/bass]Ho.", 400, "markup_invalid", "input"),
        ("Hi. [/style] Ho.", 400, "markup_invalid", "input"),
        (
            "[voice:a][style:b]Ho.[/voice][/style]",
            400,
            "markup_invalid",
            "input",
        ),
        (
            "see [the [voice:a]page[/voice]](https://example.com)",
            400,
            "markup_invalid",
            "input",
        ),
        (
            "Hi. [voice:unknown]Ho.[/voice]",
            400,
            "invalid_value",
            "voice",
        ),
        (
            "Hi. [style:merry]Ho.[/style]",
            400,
            "invalid_value",
            "style",
        ),
        ("[voice:tone/alto][/voice]", 400, "invalid_value", "input"),
        (
            "[pause:11s] [voice:tone/bass]Ho.[/voice]",
            400,
            "invalid_value",
            "input",
        ),
    ] {
        let body = json!({"input": input, "voice": "tone/alto", "markup": true});
        let (got, error) = error(&server, body).await;
        let found = (got, error["code"].as_str(), error["param"].as_str());
        assert_eq!(found, (status, Some(code), Some(param)), "{input}: {error}");
    }
    // All pauses of a text count together, whatever is between them.
    let pauses = "[voice:tone/bass]Ho.[/voice] [pause:10s] ".repeat(7);
    let body = json!({"input": pauses, "voice": "tone/alto", "markup": true});
    assert_eq!(error(&server, body).await.0, 400);
    let strict = json!({
        "input": "[style:sad]Ho.[/style]", "voice": "tone/alto", "markup": true, "style_strict": true,
    });
    let (status, error) = error(&server, strict).await;
    assert_eq!((status, error["param"].as_str()), (422, Some("style")));
    let several = json!({
        "input": "Hi. [voice:tone/bass]Ho.[/voice]", "voice": "tone/alto", "markup": true, "keep": true,
    });
    let response = server.speech(&several).send().await.unwrap();
    assert_eq!(response.status(), 422);
}
