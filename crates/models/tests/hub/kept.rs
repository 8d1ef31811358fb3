//! Models in the cache: without a network, listed, removed.

use mynah_models::hub::{list, remove};

use crate::fixture::{Test, WEIGHT_BYTES, model, selection};
use crate::stand_in::COMMIT;

#[test]
fn offline_only_cached_models_are_found() {
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
fn unreachable_hubs_are_replaced_by_the_cache() {
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
fn models_are_listed_and_removed() {
    let test = Test::new(model());
    assert_eq!(
        list(&test.cache.path().join("none"), &selection()).unwrap(),
        []
    );
    test.resolve("own/er").unwrap();
    test.resolve("own/er@refs/pr/1").unwrap();
    let models = list(test.cache.path(), &selection()).unwrap();
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
    assert_eq!(list(test.cache.path(), &selection()).unwrap(), []);
    test.resolve("own/er").unwrap();
    assert!(remove(test.cache.path(), "own/er").unwrap() > models[0].bytes);
    assert!(!test.repository().exists());
    assert!(remove(test.cache.path(), "own/er").is_err());
    assert!(remove(test.cache.path(), "../own").is_err());
}
