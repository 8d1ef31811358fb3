//! Models that come: whole, once, and on from where they broke off.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use mynah_models::ModelError;
use mynah_models::hub::{Progress, list, resolve};

use crate::fixture::{Test, WEIGHT_BYTES, WEIGHTS, model, parts, selection};
use crate::stand_in::{Behaviour, COMMIT};

#[test]
fn a_folder_is_itself() {
    let test = Test::new(model());
    let folder = test.cache.path().to_str().unwrap().to_owned();
    assert_eq!(test.resolve(&folder).unwrap(), Path::new(&folder));
    let error = test.resolve("./nothing-here").unwrap_err();
    assert!(matches!(error, ModelError::Invalid { param: "model", .. }));
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
        let folder = resolve("own/er", &selection(), &test.options, &mut |progress| {
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
        // The branch is requested again, the files are not.
        assert_eq!(test.resolve("own/er").unwrap(), folder);
        assert_eq!(test.hub.seen().len(), 1);
        // A commit is not asked for at all.
        assert_eq!(test.resolve(&format!("own/er@{COMMIT}")).unwrap(), folder);
        assert_eq!(test.hub.seen(), Vec::<String>::new());
    }
}

#[test]
fn broken_downloads_resume_where_they_stopped() {
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
    assert!(!list(test.cache.path(), &selection()).unwrap()[0].complete);
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
fn one_call_resumes_while_it_makes_progress() {
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
fn cancelled_downloads_resume_later() {
    let test = Test::new(model());
    let error = resolve("own/er", &selection(), &test.options, &mut |progress| {
        if progress.file == WEIGHTS && progress.file_bytes > 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
    .unwrap_err();
    assert!(matches!(error, ModelError::Cancelled), "{error}");
    assert_eq!(parts(test.cache.path()).len(), 1);
    test.resolve("own/er").unwrap();
    test.assert_whole();
}

#[test]
fn lost_files_are_fetched_again() {
    let test = Test::new(model());
    test.resolve("own/er").unwrap();
    fs::remove_file(test.folder().join(WEIGHTS)).unwrap();
    assert!(!list(test.cache.path(), &selection()).unwrap()[0].complete);
    test.resolve("own/er").unwrap();
    test.assert_whole();
}

#[test]
fn concurrent_callers_fetch_a_model_once() {
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

#[test]
fn one_named_file_is_fetched_alone() {
    let mut test = Test::new(model());
    test.set(|behaviour| {
        behaviour.files.insert("talker.gguf".into(), vec![7; 5000]);
        behaviour
            .files
            .insert("sub/codec.gguf".into(), vec![8; 300]);
    });
    let path = test.resolve("own/er:talker.gguf").unwrap();
    assert_eq!(path, test.folder().join("talker.gguf"));
    assert_eq!(fs::read(&path).unwrap(), vec![7; 5000]);
    assert!(!test.folder().join(WEIGHTS).exists());
    let fetched = |test: &Test| {
        let seen = test.hub.seen().into_iter();
        seen.filter(|it| it.starts_with("hub GET") && it.contains("/resolve/"))
            .count()
    };
    assert_eq!(fetched(&test), 1);
    // A second file comes beside the first one.
    let codec = test.resolve("own/er@main:sub/codec.gguf").unwrap();
    assert_eq!(codec, test.folder().join("sub/codec.gguf"));
    assert_eq!(fetched(&test), 1);
    test.options.offline = true;
    assert_eq!(test.resolve("own/er:talker.gguf").unwrap(), path);
    assert_eq!(fetched(&test), 0);
    let reason = test.refusal("own/er:other.gguf");
    assert!(reason.contains("HF_HUB_OFFLINE"), "{reason}");
    test.options.offline = false;
    let reason = test.refusal("own/er:other.gguf");
    assert!(reason.contains("has no other.gguf"), "{reason}");
}
