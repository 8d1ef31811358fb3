//! The keys of stored audio: `session/segment/stage/sha256`.

use mynah_blobs::address::is_digest;
use object_store::path::{Path, PathPart};

/// Whether a key below the prefix has the shape `session/segment/stage/sha256`.
pub(super) fn is_own_key(prefix: &Path, key: &Path) -> bool {
    let Some(rest) = key.prefix_match(prefix) else {
        return false;
    };
    let parts: Vec<PathPart<'_>> = rest.collect();
    let [_, _, _, last] = parts.as_slice() else {
        return false;
    };
    is_digest(last.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_the_defined_shape_are_own() {
        let digest = "0".repeat(64);
        let prefix = Path::from("p");
        let is_own = |key: &str| is_own_key(&prefix, &Path::from(key));
        assert!(is_own(&format!("p/s/g/vad/{digest}")));
        for other in ["p/s/g/vad/x", "p/s", "q/s/g/vad/0"] {
            assert!(!is_own(other), "{other}");
        }
        assert!(!is_own(&format!("p/s/vad/{digest}")));
        assert!(!is_own(&format!("q/s/g/vad/{digest}")));
        assert!(!is_own(&format!("p/s/g/vad/{}", "A".repeat(64))));
    }
}
