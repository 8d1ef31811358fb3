//! The document in `contracts/` is the one that the code makes.

use std::path::Path;

/// `UPDATE=1 cargo test -p mynah-server --test http openapi` writes the file anew.
#[test]
fn openapi_json_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/openapi.json");
    let made = mynah_server::openapi_json();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(
        kept == made,
        "contracts/openapi.json is old; `UPDATE=1 cargo test -p mynah-server --test http openapi` renews it",
    );
}
