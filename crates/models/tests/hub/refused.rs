//! What is forged, refused or not believed.

use std::fs;
use std::path::PathBuf;

use mynah_models::hub::list;
use mynah_secret::Secret;

use crate::fixture::{Test, WEIGHT_BYTES, WEIGHTS, model, parts, selection};
use crate::stand_in::{Behaviour, sha256};

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
                "{forged} came with a wrong checksum and was discarded; try again, or another hub by HF_ENDPOINT"
            )
        );
        assert!(!test.folder().join(forged).exists());
        assert_eq!(parts(test.cache.path()), Vec::<PathBuf>::new());
        assert!(!list(test.cache.path(), &selection()).unwrap()[0].complete);
        test.set(|behaviour| behaviour.lies_about = None);
        test.resolve("own/er").unwrap();
        test.assert_whole();
    }
}

#[test]
fn parts_of_another_file_are_not_used() {
    let test = Test::new(model());
    let blobs = test.repository().join("blobs");
    let weights = sha256(&model().files[WEIGHTS]);
    let part = blobs.join(format!("{weights}.incomplete"));
    fs::create_dir_all(&blobs).unwrap();
    for (left, comes_whole) in [(WEIGHT_BYTES + 5, true), (WEIGHT_BYTES, false), (7, false)] {
        fs::write(&part, vec![9; left]).unwrap();
        if !comes_whole {
            assert!(test.refusal("own/er").contains("wrong checksum"), "{left}");
        }
        test.resolve("own/er").unwrap();
        test.assert_whole();
        fs::remove_dir_all(test.repository()).unwrap();
        fs::create_dir_all(&blobs).unwrap();
    }
}

#[test]
fn refusals_name_the_fix() {
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
            "own/er is gated at HUB; accept its terms at HUB/own/er and set HF_TOKEN",
        ),
        ((418, ""), "own/er", "HUB answers 418 I'm a teapot"),
    ] {
        test.set(|behaviour| behaviour.refuses = Some(refuses));
        assert_eq!(test.refusal(spec), reason);
    }
    assert_eq!(list(test.cache.path(), &selection()).unwrap(), []);
}

#[test]
fn names_that_leave_the_folder_are_refused_before_any_download() {
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
fn the_token_is_sent_to_the_hub_alone() {
    let mut test = Test::new(model());
    test.options.token = Secret::from("hf_secret".to_owned());
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
