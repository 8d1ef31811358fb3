//! What several suites need.

use std::io::Write;

/// A setting that points at a real service, as `script/services env` prints it. Without it the
/// test is skipped, or fails where `MYNAH_TEST_SERVICES=required`.
pub(crate) fn service(variable: &str) -> Option<String> {
    let found = std::env::var(variable).ok().filter(|own| !own.is_empty());
    if found.is_none() {
        let required = std::env::var("MYNAH_TEST_SERVICES").is_ok_and(|own| own == "required");
        assert!(!required, "{variable} is not set; see script/services");
        // Not by a macro: what those print of a test that passes is never shown.
        let mut shown = std::io::stderr();
        let _ = writeln!(shown, "skipped: {variable} is not set; see script/services");
    }
    found
}
