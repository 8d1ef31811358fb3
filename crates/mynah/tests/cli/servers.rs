//! `mynah serve` and `mynah gateway` as processes, and clients of both.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use mynah_audio::{Clip, DecodeLimits};
use mynah_realtime_client::{self as client, ClientError, EventReceiver, EventSender};

use crate::support::Home;

/// How long anything may take before a test gives up.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);
/// The servers that let clients in by keys.
pub(crate) const SERVERS: [&str; 2] = ["serve", "gateway"];
pub(crate) const SENTENCE: &str = "The weather is very nice today.";

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Host and port.
    pub(crate) address: String,
    log: PathBuf,
}

impl Server {
    /// Starts a server in a home, and waits until it listens.
    pub(crate) fn start(home: &Home, command: &str) -> Self {
        // Clients here speak HTTP through the same library.
        mynah_http_client::tls::prepare();
        let log = home.path().join(format!("{command}.log"));
        let mut child = home
            .command(&[command, "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a file"))
            .spawn()
            .expect("the program runs");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address = lines.map_while(Result::ok).find_map(|line| {
            let address = line.strip_prefix("listening on http://")?;
            Some(address.to_owned())
        });
        let address = address.unwrap_or_else(|| {
            panic!(
                "{command}: {}",
                std::fs::read_to_string(&log).unwrap_or_default()
            )
        });
        Self {
            child,
            address,
            log,
        }
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Opens a live session.
    pub(crate) async fn connect(
        &self,
        key: &str,
    ) -> Result<(EventSender, EventReceiver), ClientError> {
        let address = format!("ws://{}", self.address);
        client::connect(&address, "test", Some(key)).await
    }

    /// Opens a live session once the server has the key.
    pub(crate) async fn connect_soon(&self, key: &str) -> (EventSender, EventReceiver) {
        let connected = async {
            loop {
                if let Ok(connected) = self.connect(key).await {
                    return connected;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let connected = tokio::time::timeout(TIMEOUT, connected).await;
        connected.expect("the server follows its keys")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with an empty file of keys, whose servers need them.
pub(crate) fn home_with_keys() -> Home {
    Home::new().with("MYNAH_SERVER__REQUIRE_KEYS", "true")
}

/// Makes a key.
pub(crate) fn add_key(home: &Home, name: &str) -> String {
    home.run(&["keys", "add", name]).ok().trim().to_owned()
}

/// The sentence as a client of a live session sends it, with a silence after it.
pub(crate) fn sentence(home: &Home) -> Clip {
    let say = [
        "say",
        SENTENCE,
        "--voice",
        "flite/slt",
        "-o",
        "sentence.wav",
    ];
    home.run(&say).ok();
    let file = std::fs::read(home.path().join("sentence.wav")).expect("a file");
    let decoded = mynah_audio::decode(&file, &DecodeLimits::default()).expect("a recording");
    let mut clip = mynah_speech_translation::session_audio(&decoded.clip);
    let silence = clip.rate.samples_in(Duration::from_secs(2));
    clip.samples.extend(std::iter::repeat_n(0.0, silence));
    clip
}
