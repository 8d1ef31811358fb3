//! Qwen3-TTS as a person uses it, on the tiny random checkpoints of `parity/`: what they say is
//! noise, and everything around it is real.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::checkpoints::{checkpoint as dumps, copy};
use crate::support::Home;

/// A checkpoint of a home's own, beside which packed weights may be written.
fn checkpoint(home: &Home, name: &str) -> String {
    let to = home.path().join(name);
    copy(&dumps(name), &to);
    to.to_str().expect("a plain path").to_owned()
}

/// Speech of seven frames for every piece: a random model ends where it likes.
fn short(home: Home) -> Home {
    home.with("MYNAH_ENGINES__QWEN3__FRAMES", "7")
}

/// `mynah serve` with a model; ended when dropped.
struct ServedModel {
    child: Child,
    url: String,
    client: Client,
}

impl ServedModel {
    fn start(home: &Home, model: &str) -> Self {
        let arguments = [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--engine",
            "qwen3",
            "--model",
            model,
        ];
        let mut child = home
            .command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it listens");
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .expect("an address")
            .to_owned();
        Self {
            child,
            url,
            client: {
                mynah_http_client::tls::prepare();
                Client::new()
            },
        }
    }

    async fn speech(&self, body: Value) -> (StatusCode, Vec<u8>) {
        let url = format!("{}/v1/audio/speech", self.url);
        let answer = self
            .client
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        let status = answer.status();
        (status, answer.bytes().await.expect("a body").to_vec())
    }

    async fn refused(&self, body: Value) -> (StatusCode, Value) {
        let (status, body) = self.speech(body).await;
        (
            status,
            serde_json::from_slice::<Value>(&body).expect("JSON")["error"].clone(),
        )
    }
}

impl Drop for ServedModel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_openai_client_is_answered_by_the_model() {
    let home = short(Home::new());
    let served = ServedModel::start(&home, &checkpoint(&home, "tiny-custom_voice"));
    for voice in ["alloy", "ryan", "qwen3/vivian"] {
        for (format, begins) in [
            ("wav", &b"RIFF"[..]),
            ("mp3", b""),
            ("flac", b"fLaC"),
            ("opus", b"OggS"),
        ] {
            let body = json!({"model": "tts-1", "voice": voice, "input": "Hello.", "response_format": format});
            let (status, sound) = served.speech(body).await;
            assert_eq!(status, 200, "{voice} {format}");
            assert!(
                sound.starts_with(begins) && sound.len() > 500,
                "{voice} {format}"
            );
        }
    }
    let body =
        json!({"model": "qwen3", "voice": "ryan", "input": "Hello.", "stream_format": "sse"});
    let (status, events) = served.speech(body).await;
    let events = String::from_utf8(events).expect("text");
    assert_eq!(status, 200);
    assert!(events.contains("speech.audio.delta") && events.contains("speech.audio.done"));

    let (status, error) = served
        .refused(
            json!({"model": "qwen3", "voice": "ryan", "input": "Hi.", "instructions": "Softly."}),
        )
        .await;
    assert_eq!(
        (status, &error["param"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("instructions"))
    );
    let (status, error) = served
        .refused(json!({"model": "qwen3", "voice": "bob", "input": "Hi."}))
        .await;
    assert_eq!(
        (status, &error["param"]),
        (StatusCode::BAD_REQUEST, &json!("voice"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_speak_at_once_as_they_would_alone() {
    let home = short(Home::new());
    let served = ServedModel::start(&home, &checkpoint(&home, "tiny-custom_voice"));
    let body = |seed: u32| {
        json!({"model": "qwen3", "voice": "ryan", "input": "Hello.", "seed": seed,
               "response_format": "pcm"})
    };
    let mut alone = Vec::new();
    for seed in 0..8 {
        alone.push(served.speech(body(seed)).await);
    }
    let together =
        futures_util::future::join_all((0..8).map(|seed| served.speech(body(seed)))).await;
    for (seed, (alone, together)) in alone.iter().zip(&together).enumerate() {
        assert_eq!(together.0, 200);
        assert!(together.1.len() > 1000, "{}", together.1.len());
        assert!(alone.1 == together.1, "seed {seed}");
    }
    assert_ne!(alone[0].1, alone[1].1, "seeds differ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnect_frees_the_engine() {
    // Far more than a minute of audio each: only a hang-up ends it.
    let home = Home::new()
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "900")
        .with("MYNAH_ENGINES__QWEN3__STREAMS", "1");
    let served = ServedModel::start(&home, &checkpoint(&home, "tiny-custom_voice"));
    let url = format!("{}/v1/audio/speech", served.url);
    let body =
        json!({"model": "qwen3", "voice": "ryan", "input": "Hello.", "response_format": "pcm"});
    for _ in 0..4 {
        let request = served.client.post(&url).json(&body).send();
        let mut answer = request.await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert!(answer.chunk().await.expect("sound").is_some());
        drop(answer);
    }
    let metrics = async || {
        let url = format!("{}/metrics", served.url);
        let answer = served.client.get(url).send().await.expect("an answer");
        answer.text().await.expect("text")
    };
    let cancelled = "mynah_synthesis_requests_total{engine=\"qwen3\",outcome=\"cancelled\"}";
    let metrics = metrics().await;
    assert!(metrics.contains(cancelled), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_is_cloned_with_consent_and_kept() {
    use base64::Engine as _;

    let home = short(Home::new());
    let model = checkpoint(&home, "tiny-base");
    home.run(&[
        "say",
        "The weather is very nice today, and we walk along the river.",
        "-o",
        "ana.wav",
    ])
    .ok();
    let sound = std::fs::read(home.path().join("ana.wav")).expect("a recording");
    let audio = base64::engine::general_purpose::STANDARD.encode(sound);
    let served = ServedModel::start(&home, &model);
    let mut body = json!({
        "model": "qwen3", "task_type": "Base", "input": "Hello.", "response_format": "pcm",
        "ref_audio": format!("data:audio/wav;base64,{audio}"), "ref_text": "The weather is nice.",
    });
    let (status, error) = served.refused(body.clone()).await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("consent_required"))
    );
    body["consent"] = json!({"speaker": "Ana", "statement": "I agree."});
    let (status, sound) = served.speech(body).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&sound));
    assert!(sound.len() > 1000);
    drop(served);

    home.run(&[
        "qwen3",
        "clone",
        "ana",
        "--model",
        &model,
        "--ref-audio",
        "ana.wav",
        "--x-vector-only",
        "--consent-speaker",
        "Ana",
        "--consent-statement",
        "I agree.",
    ])
    .ok();
    home.run(&[
        "say",
        "Hello.",
        "--model",
        &model,
        "--voice",
        "qwen3/ana",
        "-o",
        "hello.wav",
    ])
    .ok();
    let voices = home
        .command(&["voices", "--engine", "qwen3"])
        .env("MYNAH_ENGINES__QWEN3__MODEL", &model)
        .output();
    let voices = String::from_utf8(voices.expect("it runs").stdout).expect("text");
    assert!(
        voices.contains("qwen3/clone") && voices.contains("qwen3/ana"),
        "{voices}"
    );
}

#[test]
fn a_description_makes_a_voice() {
    let home = short(Home::new());
    let model = checkpoint(&home, "tiny17-voice_design");
    home.run(&[
        "say",
        "Hello.",
        "--model",
        &model,
        "--voice",
        "qwen3/design",
        "--instruct",
        "A calm old man.",
        "-o",
        "a.wav",
    ])
    .ok();
    home.run(&[
        "say",
        "Hello.",
        "--model",
        &model,
        "--voice",
        "qwen3/design",
        "-o",
        "a.wav",
    ])
    .fails(2, &["instruct"]);
}

#[test]
fn a_trace_is_what_the_official_package_computes() {
    let home = Home::new();
    let request = json!({
        "method": "custom_voice", "text": "Hello, world. This is a test.", "speaker": "Ryan",
        "language": "English", "greedy": true, "frames": 8,
    });
    home.write("request.json", request.to_string());
    let model = checkpoint(&home, "tiny-custom_voice");
    home.run(&[
        "qwen3",
        "trace",
        "--model",
        &model,
        "--request",
        "request.json",
        "--out",
        "t.safetensors",
    ])
    .ok();
    let load = |path: &Path| mynah_qwen3::trace::Tensors::load(path).expect("tensors");
    let ours = load(&home.path().join("t.safetensors"));
    let official = load(&dumps("tiny-custom_voice").join("nonstream.safetensors"));
    assert_eq!(
        ours.integers("codes.0").expect("codes"),
        official.integers("codes.0").expect("codes")
    );
}

#[test]
fn a_bench_prints_the_keys_that_scripts_read() {
    let home = Home::new();
    let model = checkpoint(&home, "tiny-custom_voice");
    let bench = |threads: &str| -> Value {
        let run = home.run(&[
            "qwen3",
            "bench",
            "--model",
            &model,
            "--frames",
            "5",
            "--streams",
            "2",
            "--threads",
            threads,
            "--json",
        ]);
        serde_json::from_str(&run.ok()).expect("JSON")
    };
    let figures = bench("1");
    for key in [
        "rtf",
        "prefill_ms",
        "talker_ms",
        "predictor_ms",
        "codec_ms",
        "ttfa_ms",
        "peak_rss_bytes",
        "load_ms",
        "bandwidth_gb_s",
        "floor_rtf",
        "codes_sha256",
    ] {
        assert!(!figures[key].is_null(), "{key}");
    }
    assert_eq!(
        figures["codes_sha256"],
        bench("2")["codes_sha256"],
        "threads change nothing"
    );
}

#[test]
fn models_that_are_none_are_named() {
    let home = Home::new();
    home.run(&["say", "Hi.", "--engine", "qwen3", "-o", "a.wav"])
        .fails(3, &["needs a model", "--model"]);
    home.run(&["say", "Hi.", "--model", "./nowhere", "-o", "a.wav"])
        .fails(2, &["nowhere"]);
    let model = checkpoint(&home, "tiny-custom_voice");
    let weights = Path::new(&model).join("model.safetensors");
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&weights).expect("weights");
    file.take(100_000).read_to_end(&mut bytes).expect("bytes");
    std::fs::write(&weights, bytes).expect("a write");
    home.run(&["say", "Hi.", "--model", &model, "-o", "a.wav"])
        .fails(2, &["model.safetensors"]);
    let list = home.run(&["models", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&list.ok()).expect("JSON");
    assert_eq!(list["checkpoints"], serde_json::json!([]));
    home.run(&["models", "remove", "Qwen/Nothing"])
        .fails(3, &["Qwen/Nothing"]);
}

#[test]
fn text_is_tokenized_by_the_settings() {
    let home = Home::new()
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "5")
        .with("MYNAH_ENGINES__QWEN3__PRECISION", "f32");
    let model = checkpoint(&home, "tiny-custom_voice");
    // A pair across a change of case, which one of the two ways of cutting parts.
    let change = |file: &str, change: &dyn Fn(String) -> String| {
        let path = Path::new(&model).join(file);
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::write(&path, change(text)).expect("a write");
    };
    change("vocab.json", &|text| text.replace("<unused266>", "iP"));
    change("merges.txt", &|text| format!("{}\ni P\n", text.trim_end()));
    let said = |text: &str, way: Option<&str>| {
        let mut say = home.command(&["say", text, "--model", &model, "--seed", "1", "-o", "a.wav"]);
        if let Some(way) = way {
            say.env("MYNAH_ENGINES__QWEN3__PRETOKENIZER", way);
        }
        let output = say.output().expect("the program runs");
        crate::support::Run::from(output).ok();
        std::fs::read(home.path().join("a.wav")).expect("a file")
    };
    let usual = said("My iPhone.", None);
    assert!(said("My iPhone.", Some("qwen2")) == usual);
    assert!(said("My iPhone.", Some("mistral")) != usual);
    assert!(said("My phone.", Some("mistral")) == said("My phone.", None));
    home.with("MYNAH_ENGINES__QWEN3__PRETOKENIZER", "llama")
        .run(&["voices"])
        .fails(2, &["llama", "qwen2", "mistral"]);
}
