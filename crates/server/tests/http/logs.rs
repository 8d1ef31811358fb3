//! The content of the log, and what it must never contain.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::TestServer;

/// Everything logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn install() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        LOG.get_or_init(|| {
            let log = Self::default();
            tracing_subscriber::fmt()
                .json()
                .with_max_level(tracing::Level::TRACE)
                .with_writer(log.clone())
                .init();
            log
        })
        .clone()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn request_is_one_log_line_with_id_and_without_text() {
    let log = Log::install();
    let server = TestServer::start().await;
    let (key, _) = server.keys.add("Zebediah").unwrap();
    let text = "xylophone quixotry";
    let request = server
        .speech(&json!({"input": text}))
        .bearer_auth(key.expose_secret());
    let response = request
        .header("x-request-id", "log-test-1")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap();
    let bad = json!({"input": text, "voice": "vvvvv"});
    let refused = server
        .speech(&bad)
        .header("x-request-id", "log-test-2")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 400);
    let cloned = json!({
        "input": text, "voice": null, "ref_audio": "enp6c291bmR6eg==", "ref_text": "zzztext",
        "consent": {"speaker": "Zzzana", "statement": "zzzstatement"},
    });
    let cloned = server
        .speech(&cloned)
        .header("x-request-id", "log-test-3")
        .send()
        .await
        .unwrap();
    assert_eq!(cloned.status(), 200);
    cloned.bytes().await.unwrap();
    let remote = json!({
        "voice": null, "ref_audio": "https://zzzhost.invalid/zzzpath", "ref_text": "zzztext",
        "consent": {"speaker": "Zzzana", "statement": "zzzstatement"},
    });
    let remote = server.speech(&remote).send().await.unwrap();
    assert_eq!(remote.status(), 400);
    let path = server.get("/xylophone?key=quixotry").send().await.unwrap();
    assert_eq!(path.status(), 404);

    let all = log.text();
    for (id, status) in [
        ("log-test-1", 200),
        ("log-test-2", 400),
        ("log-test-3", 200),
    ] {
        let lines = all
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let named: Vec<_> = lines
            .filter(|line| line["fields"]["event"] == "request" && line["span"]["id"] == id)
            .collect();
        assert_eq!(named.len(), 1, "{id}");
        assert_eq!(named[0]["fields"]["status"], status);
        assert_eq!(named[0]["fields"]["route"], "/v1/audio/speech");
    }
    for secret in [
        "xylophone",
        "quixotry",
        key.expose_secret(),
        "Zebediah",
        "vvvvv",
        "zzz",
        "Zzz",
        "enp6",
    ] {
        let line = all.lines().find(|line| line.contains(secret));
        // The client under test logs its own requests into the same log; that is not ours.
        let ours = line.filter(|line| line.contains("\"target\":\"mynah"));
        assert_eq!(ours, None, "{secret}");
    }
}
