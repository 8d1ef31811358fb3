//! `docs/api.md` tells the truth.

use std::path::Path;

use mynah_api::ErrorCode;

/// `UPDATE=1 cargo test -p mynah-server --test http documentation` writes the table anew.
#[test]
fn documented_error_table_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page
        .split_once("<!-- errors -->\n")
        .expect("the mark before the table");
    let (table, after) = rest
        .split_once("<!-- /errors -->")
        .expect("the mark after the table");
    let made = ErrorCode::markdown_table();
    if std::env::var_os("UPDATE").is_some() {
        let page = format!("{before}<!-- errors -->\n{made}<!-- /errors -->{after}");
        std::fs::write(&path, page).unwrap();
    } else {
        assert_eq!(
            table, made,
            "docs/api.md is old; run this test with UPDATE=1"
        );
    }
}

/// Every path of the interface is on the page.
#[test]
fn every_path_is_documented() {
    let page = include_str!("../../../../docs/api.md");
    let document: serde_json::Value = serde_json::from_str(&mynah_server::openapi_json()).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.contains(path.as_str()), "docs/api.md lacks {path}");
    }
}
