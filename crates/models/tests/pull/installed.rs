//! Models that are installed: listed, verified, damaged, repaired, removed.

use std::fs;

use mynah_models::{Cancel, ModelError};

use crate::fixture::{REMOTE, Test, content};

#[test]
fn damaged_files_are_found_and_fetched_again() {
    let test = Test::new();
    let (store, cancel) = (test.store(), Cancel::new());
    let catalogue = Test::one_file(&[&test.address_source()]);
    let plan = store.plan(&catalogue, &["m"]).unwrap();
    assert_eq!(plan.download_bytes, content().len() as u64);
    let installed = test.pull(&catalogue).unwrap();
    assert_eq!(store.installed().unwrap(), installed);
    assert_eq!(store.plan(&catalogue, &["m"]).unwrap().download_bytes, 0);
    assert_eq!(store.verify("m", &cancel).unwrap(), []);
    let file = installed[0].file_ending(".bin").unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[10] ^= 1;
    fs::write(&file, &bytes).unwrap();
    assert_eq!(store.verify("m", &cancel).unwrap()[0].file, "a.bin");
    test.pull(&catalogue).unwrap();
    assert_eq!(store.verify("m", &cancel).unwrap(), []);
    fs::remove_file(&file).unwrap();
    assert_eq!(store.get("m").unwrap().unwrap().missing(), ["a.bin"]);
    assert!(!store.plan(&catalogue, &["m"]).unwrap().models[0].installed);
    // What is whole is not fetched again.
    test.pull(&catalogue).unwrap();
    test.hub.seen();
    test.pull(&catalogue).unwrap();
    assert_eq!(test.hub.seen(), Vec::<String>::new());
    let freed = store.remove("m", &test.options.hub, &cancel).unwrap();
    assert_eq!(freed, content().len() as u64);
    let error = store.remove("m", &test.options.hub, &cancel).unwrap_err();
    assert!(matches!(error, ModelError::NotInstalled { .. }), "{error}");
}

#[test]
fn unknown_ids_are_refused_with_those_known() {
    let test = Test::new();
    let catalogue = Test::one_file(&[&Test::remote_source()]);
    let store = test.store();
    let error = store.plan(&catalogue, &["x"]).unwrap_err().to_string();
    assert_eq!(error, "no model is called \"x\"; there are m");
    assert!(store.get("../m").unwrap().is_none());
}

#[test]
fn checkpoints_of_a_hub_are_installed_and_pinned() {
    let test = Test::new();
    test.set(|hub| {
        hub.files.insert("config.json".into(), b"{}".to_vec());
    });
    let catalogue = mynah_models::Catalogue::parse(
        "[[model]]\nid = \"m\"\nrole = \"synthesis\"\nlanguages = []\nlicence = \"MIT\"\nmemory = 1\nimproves = \"x\"\n\
         repository = \"own/er\"\nrequires = [\"config.json\"]\ndownload = 1_000_002\n",
    )
    .unwrap();
    let model = test.pull(&catalogue).unwrap().remove(0);
    assert!(fs::read(model.file(REMOTE).unwrap()).unwrap() == content());
    assert_eq!(model.bytes(), 1_000_002);
    let store = test.store();
    assert_eq!(store.verify("m", &Cancel::new()).unwrap(), []);
    let freed = store
        .remove("m", &test.options.hub, &Cancel::new())
        .unwrap();
    assert!(freed >= 1_000_002, "{freed}");
    assert!(!model.folder.exists());
    // The commit is pinned: the hub is asked for that one.
    test.hub.seen();
    test.pull(&catalogue).unwrap();
    let seen = test.hub.seen();
    let pinned = format!("/revision/{}", crate::stand_in::COMMIT);
    assert!(seen[0].contains(&pinned), "{seen:?}");
}
