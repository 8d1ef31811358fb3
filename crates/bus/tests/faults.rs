//! What tests over services rely on: a fault ends with its guard, and a silent service is named.
#![allow(clippy::unwrap_used)]

mod support {
    pub(crate) mod services;
}

use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::services::Fault;

/// A fault that counts how often it was ended.
fn counted() -> (Fault, Arc<AtomicUsize>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ended);
    let fault = Fault::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    (fault, ended)
}

#[test]
fn a_fault_ends_once_however_its_test_ends() {
    let (fault, ended) = counted();
    fault.end();
    assert_eq!(ended.load(Ordering::SeqCst), 1);

    let (fault, ended) = counted();
    let test = catch_unwind(AssertUnwindSafe(|| {
        let _fault = fault;
        panic!("an expectation does not hold");
    }));
    assert!(test.is_err());
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[test]
fn a_fault_that_does_not_end_fails_its_test_with_the_reason() {
    let broken = || Fault::new(|| Err("no such service".to_owned()));
    let reason = |test: std::thread::Result<()>| *test.unwrap_err().downcast::<String>().unwrap();
    let ended = catch_unwind(|| broken().end());
    assert_eq!(reason(ended), "not restored: no such service");
    // The first failure stays the one that is reported.
    let panicked = catch_unwind(|| {
        let _fault = broken();
        std::panic::panic_any("the first".to_owned());
    });
    assert_eq!(reason(panicked), "the first");
}

#[test]
fn a_check_names_the_silent_services() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    drop(silent);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../script/services");
    let check = |names: &[&str]| {
        let found = Command::new("bash")
            .arg(&script)
            .arg("check")
            .args(names)
            .env("MYNAH_SERVICES_CHECK_SECONDS", "0")
            .env("MYNAH_SERVICES_KAFKA_PORT", &port)
            .env("MYNAH_SERVICES_MINIO_PORT", &port)
            .output()
            .unwrap();
        let output = String::from_utf8(found.stdout).unwrap();
        (found.status.code().unwrap(), output)
    };
    let line =
        |name| format!("{name} does not answer on 127.0.0.1:{port}; see script/services status\n");
    assert_eq!(check(&["kafka"]), (1, line("kafka")));
    let (code, output) = check(&["minio", "kafka"]);
    assert_eq!((code, output), (1, line("minio") + &line("kafka")));
    assert_eq!(check(&["nothing"]).0, 2);
}
