//! The default models and tiny.en from real packages, without a network. The packages are looked up
//! in the folder that `MYNAH_MODEL_PACKAGES` names: wheels and npm's archives, as pip and npm name
//! them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};

use mynah_models::hub::HubOptions;
use mynah_models::{Cancel, Catalogue, Programs, PullOptions, Store, convert};

/// Stands for pip: copies the wheel.
const PIP: &str = r#"
while [ $# -gt 0 ]; do [ "$1" = --dest ] && to=$2; last=$1; shift; done
name=$(echo "${last%%==*}" | tr - _)
cp "$PACKAGES/$name-${last##*==}"-*.whl "$to/"
"#;

/// Stands for npm: copies the archive.
const NPM: &str = r#"
while [ $# -gt 0 ]; do [ "$1" = --pack-destination ] && to=$2; last=$1; shift; done
cp "$PACKAGES/${last%%@*}-${last##*@}.tgz" "$to/"
"#;

fn packages() -> Option<PathBuf> {
    let folder = std::env::var_os("MYNAH_MODEL_PACKAGES").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: MYNAH_MODEL_PACKAGES names no folder of packages");
    }
    folder
}

fn script(folder: &Path, name: &str, text: &str, packages: &Path) -> Vec<Vec<std::ffi::OsString>> {
    let path = folder.join(name);
    fs::write(&path, format!("PACKAGES='{}'\n{text}", packages.display())).unwrap();
    vec![vec!["sh".into(), path.into_os_string()]]
}

#[test]
fn default_models_come_from_packages_alone() {
    let Some(packages) = packages() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut options = PullOptions::new(HubOptions {
        endpoint: "http://127.0.0.1:9".into(),
        attempts: 1,
        ..HubOptions::new(folder.path().join("hub"))
    });
    options.programs = Programs {
        pip: script(folder.path(), "pip", PIP, &packages),
        npm: script(folder.path(), "npm", NPM, &packages),
        ..Programs::default()
    };
    let store = Store::new(folder.path().join("models"));
    let (catalogue, cancel) = (Catalogue::builtin(), Cancel::new());
    let ids = ["default", "whisper-tiny.en"];
    let pulled = store.pull(catalogue, &ids, &options, &|_| {}, &cancel);
    let pulled = pulled.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(pulled.len(), 6);
    for model in &pulled {
        assert_eq!(
            store.verify(&model.id, &cancel).unwrap(),
            [],
            "{}",
            model.id
        );
    }
}

/// A checkpoint of `CTranslate2` that is cut short or changed is refused, never half converted.
#[test]
fn damaged_checkpoints_are_not_converted() {
    let folder = tempfile::tempdir().unwrap();
    let (model, vocabulary, output) = (
        folder.path().join("model.bin"),
        folder.path().join("vocabulary.json"),
        folder.path().join("out.bin"),
    );
    fs::write(&vocabulary, "[\"a\", \"<|endoftext|>\"]").unwrap();
    let name = b"WhisperSpec\0";
    let mut head = 6_u32.to_le_bytes().to_vec();
    head.extend((name.len() as u16).to_le_bytes());
    head.extend(name);
    head.extend(3_u32.to_le_bytes());
    let mut tensor = 1_u32.to_le_bytes().to_vec();
    tensor.extend(4_u16.to_le_bytes());
    tensor.extend(b"abc\0");
    tensor.push(1);
    let with_shape = |side: u32, bytes: u32| {
        let mut all = [head.clone(), tensor.clone()].concat();
        all.extend(side.to_le_bytes());
        all.push(4);
        all.extend(bytes.to_le_bytes());
        all
    };
    for (bytes, reason) in [
        (Vec::new(), "cut short"),
        (b"\x07\0\0\0".to_vec(), "format version 6"),
        (head.clone(), "cut short"),
        ([head.clone(), vec![255; 4]].concat(), "4294967295 tensors"),
        (with_shape(u32::MAX, 4), "damaged"),
        (with_shape(8, 15), "unknown format"),
        (with_shape(8, 16), "cut short within abc"),
        (
            [with_shape(8, 16), vec![0; 16]].concat(),
            "no tensor decoder/embeddings/weight",
        ),
    ] {
        fs::write(&model, bytes).unwrap();
        let error = convert::whisper(&model, &vocabulary, &output, &Cancel::new());
        let error = error.unwrap_err().to_string();
        assert!(error.contains(reason), "{reason}: {error}");
    }
}
