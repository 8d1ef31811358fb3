//! The cache's layout is that of `huggingface_hub`: its models are found, and it finds ours.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use mynah_models::hub::{list, remove};

use crate::fixture::{Test, WEIGHTS, model, selection};
use crate::stand_in::{COMMIT, git_sha1, sha256};

const OTHER_COMMIT: &str = "76543210fedcba9876543210fedcba9876543210";

/// Lays out a snapshot as `huggingface_hub` does: blobs by etag, relative links, and a ref.
fn lay_out(test: &Test, commit: &str, revision: &str) {
    let (repository, snapshot) = (test.repository(), snapshot(test, commit));
    for (path, content) in model().files {
        let etag = match path.ends_with(".safetensors") {
            true => sha256(&content),
            false => git_sha1(&content),
        };
        write(&repository.join("blobs").join(&etag), &content);
        let link = snapshot.join(&path);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let ups = "../".repeat(path.matches('/').count() + 2);
        symlink(format!("{ups}blobs/{etag}"), link).unwrap();
    }
    write(&repository.join("refs").join(revision), commit.as_bytes());
}

fn snapshot(test: &Test, commit: &str) -> PathBuf {
    test.repository().join("snapshots").join(commit)
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn models_of_huggingface_hub_are_found_offline() {
    let mut test = Test::new(model());
    lay_out(&test, COMMIT, "main");
    test.options.offline = true;
    for spec in ["own/er", "own/er@main", &format!("own/er@{COMMIT}")] {
        assert_eq!(test.resolve(spec).unwrap(), test.folder(), "{spec}");
    }
    assert_eq!(test.hub.seen(), Vec::<String>::new());
    // Online, only the list is requested: every file is there.
    test.options.offline = false;
    assert_eq!(test.resolve("own/er").unwrap(), test.folder());
    assert_eq!(test.hub.seen().len(), 1);
    let models = list(test.cache.path(), &selection()).unwrap();
    assert_eq!(models.len(), 1);
    assert!(models[0].complete);
    assert_eq!(models[0].revisions, ["main"]);
}

#[test]
fn unfinished_models_of_huggingface_hub_are_completed() {
    for dangling in [false, true] {
        let mut test = Test::new(model());
        lay_out(&test, COMMIT, "main");
        let weights = test.folder().join(WEIGHTS);
        if dangling {
            fs::remove_file(weights.canonicalize().unwrap()).unwrap();
        } else {
            fs::remove_file(&weights).unwrap();
        }
        test.options.offline = true;
        test.refusal("own/er");
        assert!(!list(test.cache.path(), &selection()).unwrap()[0].complete);
        test.options.offline = false;
        test.resolve("own/er").unwrap();
        test.assert_whole();
    }
}

#[test]
fn fetched_models_have_refs_blobs_and_links() {
    for bare_list in [false, true] {
        let test = Test::new(model());
        test.set(|behaviour| behaviour.bare_list = bare_list);
        test.resolve("own/er").unwrap();
        test.resolve("own/er@refs/pr/1").unwrap();
        for revision in ["main", "refs/pr/1"] {
            let path = test.repository().join("refs").join(revision);
            assert_eq!(fs::read_to_string(path).unwrap(), COMMIT);
        }
        let weights = sha256(&model().files[WEIGHTS]);
        let config = git_sha1(&model().files["speech_tokenizer/config.json"]);
        let link = |path: &str| fs::read_link(test.folder().join(path)).unwrap();
        assert_eq!(link(WEIGHTS), Path::new(&format!("../../blobs/{weights}")));
        assert_eq!(
            link("speech_tokenizer/config.json"),
            Path::new(&format!("../../../blobs/{config}"))
        );
    }
}

#[test]
fn blobs_of_another_revision_are_reused_and_kept() {
    let test = Test::new(model());
    lay_out(&test, OTHER_COMMIT, "v1");
    test.resolve("own/er").unwrap();
    test.assert_whole();
    let seen = test.hub.seen();
    assert!(
        !seen.iter().any(|request| request.contains("/resolve/")),
        "{seen:?}"
    );

    // Only the files that are no part of a model, which the other revision alone had, are freed.
    let blobs = || fs::read_dir(test.repository().join("blobs")).unwrap();
    let bytes = || -> u64 {
        blobs()
            .map(|blob| blob.unwrap().metadata().unwrap().len())
            .sum()
    };
    let before = bytes();
    let freed = remove(test.cache.path(), "own/er@v1").unwrap();
    assert_eq!(bytes(), before - freed);
    test.assert_whole();
    assert!(!snapshot(&test, OTHER_COMMIT).exists());
    assert!(remove(test.cache.path(), "own/er@main").unwrap() > 0);
    assert_eq!(blobs().count(), 0);
}
