//! Models from a hub: whole, broken off and resumed, forged, refused, and without a network.
#![cfg(feature = "hub")]
#![allow(clippy::unwrap_used)]

#[path = "common/test_hub.rs"]
mod test_hub;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mynah_qwen3::hub::{HubOptions, Progress, Token, list, remove, resolve};
use mynah_qwen3::{Qwen3Error, Result};
use tempfile::TempDir;
use test_hub::{Behaviour, COMMIT, TestHub};

const WEIGHTS: &str = "model.safetensors";

/// Longer than what is read at once, so that a download has a middle.
const WEIGHT_BYTES: usize = 1_000_000;

fn model() -> Behaviour {
    let weights = (0..WEIGHT_BYTES).map(|i| (i * i % 251) as u8).collect();
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    Behaviour {
        files: [
            file("config.json", "{}"),
            file("merges.txt", "#version: 0.2\n"),
            file("README.md", "# A model"),
            file(".gitattributes", "*.safetensors filter=lfs"),
            file("speech_tokenizer/config.json", "{\"a\": 1}"),
            (WEIGHTS.to_owned(), weights),
        ]
        .into(),
        ..Behaviour::default()
    }
}

struct Test {
    hub: TestHub,
    cache: TempDir,
    options: HubOptions,
}

impl Test {
    fn new(behaviour: Behaviour) -> Self {
        let hub = TestHub::start(behaviour);
        let cache = tempfile::tempdir().unwrap();
        let options = HubOptions {
            endpoint: hub.endpoint.clone(),
            attempts: 1,
            ..HubOptions::new(cache.path())
        };
        Self {
            hub,
            cache,
            options,
        }
    }

    fn resolve(&self, spec: &str) -> Result<PathBuf> {
        resolve(spec, &self.options, &mut |_| ControlFlow::Continue(()))
    }

    fn refusal(&self, spec: &str) -> String {
        match self.resolve(spec).unwrap_err() {
            Qwen3Error::Hub { model, reason } => {
                assert_eq!(model, spec);
                reason.replace(&self.hub.endpoint, "HUB")
            }
            other => panic!("{other}"),
        }
    }

    fn folder(&self) -> PathBuf {
        self.cache.path().join("own--er").join(COMMIT)
    }

    fn assert_whole(&self) {
        let files = &self.hub.behaviour.lock().unwrap().files;
        for path in ["config.json", "speech_tokenizer/config.json", WEIGHTS] {
            let got = fs::read(self.folder().join(path)).unwrap();
            assert!(got == files[path], "{path} differs");
        }
        assert_eq!(parts(self.cache.path()), Vec::<PathBuf>::new());
    }

    fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.hub.behaviour.lock().unwrap());
    }
}

/// Unfinished files.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            found.extend(parts(&entry.path()));
        } else if entry.path().extension().is_some_and(|e| e == "part") {
            found.push(entry.path());
        }
    }
    found
}

#[test]
fn a_folder_is_itself() {
    let test = Test::new(model());
    let folder = test.cache.path().to_str().unwrap().to_owned();
    assert_eq!(test.resolve(&folder).unwrap(), Path::new(&folder));
    let error = test.resolve("./nothing-here").unwrap_err();
    assert!(matches!(error, Qwen3Error::Invalid { param: "model", .. }));
    assert_eq!(test.hub.seen(), Vec::<String>::new());
}

#[test]
fn a_model_is_fetched_whole_and_once() {
    for bare_list in [false, true] {
        let test = Test::new(Behaviour {
            bare_list,
            ..model()
        });
        let mut told: Vec<Progress> = Vec::new();
        let folder = resolve("own/er", &test.options, &mut |progress| {
            told.push(progress.clone());
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(folder, test.folder());
        test.assert_whole();
        assert!(!folder.join("README.md").exists());
        assert!(!folder.join(".gitattributes").exists());
        let total = 2 + 14 + 8 + WEIGHT_BYTES as u64;
        assert_eq!(told.last().unwrap().bytes, total);
        assert!(told.is_sorted_by_key(|progress| progress.bytes));
        assert_eq!(
            told.last().unwrap().total_bytes,
            (!bare_list).then_some(total)
        );
        test.hub.seen();
        // The branch is asked for again, the files are not.
        assert_eq!(test.resolve("own/er").unwrap(), folder);
        assert_eq!(test.hub.seen().len(), 1);
        // A commit is not asked for at all.
        assert_eq!(test.resolve(&format!("own/er@{COMMIT}")).unwrap(), folder);
        assert_eq!(test.hub.seen(), Vec::<String>::new());
    }
}

#[test]
fn a_broken_download_goes_on_where_it_was() {
    let test = Test::new(Behaviour {
        cuts: (1, 400_000),
        ..model()
    });
    let reason = test.refusal("own/er");
    assert!(
        reason.starts_with("model.safetensors did not come:") && reason.ends_with("is kept"),
        "{reason}"
    );
    assert!(!test.folder().join(WEIGHTS).exists());
    let kept = fs::metadata(&parts(test.cache.path())[0]).unwrap().len();
    assert!((1..=400_000).contains(&kept), "{kept}");
    assert!(!list(test.cache.path()).unwrap()[0].complete);
    test.hub.seen();

    test.resolve("own/er").unwrap();
    test.assert_whole();
    let range = format!("range: bytes={kept}-");
    let seen = test.hub.seen();
    assert!(seen.iter().any(|request| request.contains(&range)));
    // What was whole was left alone.
    assert!(
        !seen.iter().any(|request| request.contains("merges.txt")),
        "{seen:?}"
    );
}

#[test]
fn one_call_goes_on_by_itself_while_bytes_come() {
    let mut test = Test::new(Behaviour {
        cuts: (3, 300_000),
        ..model()
    });
    test.options.attempts = 2;
    test.resolve("own/er").unwrap();
    test.assert_whole();
}

#[test]
fn a_hub_without_ranges_sends_all_again() {
    let test = Test::new(Behaviour {
        cuts: (1, 400_000),
        no_ranges: true,
        ..model()
    });
    test.refusal("own/er");
    test.resolve("own/er").unwrap();
    test.assert_whole();
}

#[test]
fn whoever_cancels_can_go_on_later() {
    let test = Test::new(model());
    let error = resolve("own/er", &test.options, &mut |progress| {
        if progress.file == WEIGHTS && progress.file_bytes > 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .unwrap_err();
    assert!(matches!(error, Qwen3Error::Cancelled), "{error}");
    assert_eq!(parts(test.cache.path()).len(), 1);
    test.resolve("own/er").unwrap();
    test.assert_whole();
}

#[test]
fn a_wrong_checksum_leaves_nothing_behind() {
    for (forged, bare_list) in [(WEIGHTS, false), (WEIGHTS, true), ("config.json", true)] {
        let test = Test::new(Behaviour {
            lies_about: Some(forged.into()),
            bare_list,
            ..model()
        });
        assert_eq!(
            test.refusal("own/er"),
            format!(
                "{forged} came with a wrong checksum and was thrown away; try again, or another hub by HF_ENDPOINT"
            )
        );
        assert!(!test.folder().join(forged).exists());
        assert_eq!(parts(test.cache.path()), Vec::<PathBuf>::new());
        assert!(!list(test.cache.path()).unwrap()[0].complete);
        test.set(|behaviour| behaviour.lies_about = None);
        test.resolve("own/er").unwrap();
        test.assert_whole();
    }
}

#[test]
fn bytes_left_by_another_file_are_not_believed() {
    let test = Test::new(model());
    fs::create_dir_all(test.folder()).unwrap();
    let part = test.folder().join("model.safetensors.part");
    for (left, comes_whole) in [(WEIGHT_BYTES + 5, true), (WEIGHT_BYTES, false), (7, false)] {
        fs::write(&part, vec![9; left]).unwrap();
        if !comes_whole {
            assert!(test.refusal("own/er").contains("wrong checksum"), "{left}");
        }
        test.resolve("own/er").unwrap();
        test.assert_whole();
        fs::remove_dir_all(test.folder()).unwrap();
        fs::create_dir_all(test.folder()).unwrap();
    }
}

#[test]
fn a_file_that_was_lost_is_fetched_again() {
    let test = Test::new(model());
    test.resolve("own/er").unwrap();
    fs::remove_file(test.folder().join(WEIGHTS)).unwrap();
    assert!(!list(test.cache.path()).unwrap()[0].complete);
    test.resolve("own/er").unwrap();
    test.assert_whole();
}

#[test]
fn offline_is_only_what_is_here() {
    let mut test = Test::new(model());
    test.options.offline = true;
    let reason = test.refusal("own/er");
    assert!(reason.contains("without HF_HUB_OFFLINE"), "{reason}");
    assert_eq!(test.hub.seen(), Vec::<String>::new());

    test.options.offline = false;
    test.resolve("own/er").unwrap();
    test.hub.seen();
    test.options.offline = true;
    for spec in ["own/er", "own/er@main", &format!("own/er@{COMMIT}")] {
        assert_eq!(test.resolve(spec).unwrap(), test.folder(), "{spec}");
    }
    test.refusal("own/er@v2");
    assert_eq!(test.hub.seen(), Vec::<String>::new());
}

#[test]
fn a_hub_that_cannot_be_reached_is_replaced_by_the_cache() {
    let test = Test::new(model());
    test.set(|behaviour| behaviour.refuses = Some((503, "")));
    let reason = test.refusal("own/er");
    assert_eq!(reason, "HUB answers 503 Service Unavailable");
    test.set(|behaviour| behaviour.refuses = None);
    test.resolve("own/er").unwrap();
    test.set(|behaviour| behaviour.refuses = Some((503, "")));
    assert_eq!(test.resolve("own/er").unwrap(), test.folder());
    // But never one that says no.
    test.set(|behaviour| behaviour.refuses = Some((404, "")));
    test.refusal("own/er");
}

#[test]
fn a_refusal_says_what_mends_it() {
    let test = Test::new(model());
    for (refuses, spec, reason) in [
        (
            (404, ""),
            "own/er",
            "HUB has no model own/er that is open to you; check the name, or set HF_TOKEN if it is private",
        ),
        (
            (401, "RepoNotFound"),
            "own/er",
            "HUB has no model own/er that is open to you; check the name, or set HF_TOKEN if it is private",
        ),
        (
            (404, "RevisionNotFound"),
            "own/er@v9",
            "own/er has no revision v9; leave out @ for the newest",
        ),
        (
            (403, "GatedRepo"),
            "own/er",
            "HUB does not give own/er to everybody; accept its terms at HUB/own/er and set HF_TOKEN",
        ),
        ((418, ""), "own/er", "HUB answers 418 I'm a teapot"),
    ] {
        test.set(|behaviour| behaviour.refuses = Some(refuses));
        assert_eq!(test.refusal(spec), reason);
    }
    assert_eq!(list(test.cache.path()).unwrap(), []);
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_refused_before_anything_is_fetched() {
    for wrong in [
        "../escaped.json",
        "/tmp/escaped.json",
        "a/../../escaped.json",
    ] {
        let test = Test::new(model());
        test.set(|behaviour| {
            behaviour.files.insert(wrong.into(), b"{}".to_vec());
        });
        let reason = test.refusal("own/er");
        assert!(reason.contains("outside of the model's folder"), "{reason}");
        assert!(!test.folder().exists());
        assert_eq!(test.hub.seen().len(), 1);
    }
}

#[test]
fn what_is_no_model_is_not_fetched() {
    let test = Test::new(Behaviour::default());
    let reason = test.refusal("own/er");
    assert!(reason.starts_with("has no config.json"), "{reason}");
}

#[test]
fn the_key_goes_to_the_hub_and_to_nobody_else() {
    let mut test = Test::new(model());
    test.options.token = Token::new("hf_secret");
    test.resolve("own/er").unwrap();
    let seen = test.hub.seen();
    let (stores, hubs): (Vec<_>, Vec<_>) = seen.iter().partition(|r| r.starts_with("store"));
    assert_eq!(stores.len(), 1);
    assert!(stores.iter().all(|request| !request.contains("hf_secret")));
    assert!(
        hubs.iter()
            .all(|request| request.contains("authorization: bearer hf_secret"))
    );
}

#[test]
fn models_are_listed_and_removed() {
    let test = Test::new(model());
    assert_eq!(list(&test.cache.path().join("none")).unwrap(), []);
    test.resolve("own/er").unwrap();
    test.resolve("own/er@refs/pr/1").unwrap();
    let models = list(test.cache.path()).unwrap();
    assert_eq!(models.len(), 1);
    assert_eq!(models[0].repository, "own/er");
    assert_eq!(models[0].commit, COMMIT);
    assert_eq!(models[0].revisions, ["main", "refs/pr/1"]);
    assert!(models[0].complete);
    assert!(models[0].bytes > WEIGHT_BYTES as u64);

    let error = remove(test.cache.path(), "own/er@v2").unwrap_err();
    assert!(
        error.to_string().contains("own/er@v2: is not in"),
        "{error}"
    );
    assert_eq!(
        remove(test.cache.path(), "own/er@main").unwrap(),
        models[0].bytes
    );
    assert_eq!(list(test.cache.path()).unwrap(), []);
    test.resolve("own/er").unwrap();
    assert!(remove(test.cache.path(), "own/er").unwrap() > models[0].bytes);
    assert!(!test.cache.path().join("own--er").exists());
    assert!(remove(test.cache.path(), "own/er").is_err());
    assert!(remove(test.cache.path(), "../own").is_err());
}

#[test]
fn two_that_want_the_same_model_fetch_it_once() {
    let test = Test::new(model());
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| test.resolve("own/er").unwrap()));
        for one in both {
            assert_eq!(one.join().unwrap(), test.folder());
        }
    });
    test.assert_whole();
    let stores = test.hub.seen().into_iter();
    assert_eq!(stores.filter(|r| r.starts_with("store")).count(), 1);
}
