//! Any bytes, as a GGUF file: an error, or tensors that lie within the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mynah_qwen3::gguf::Header;

fuzz_target!(|bytes: &[u8]| {
    let Ok(header) = Header::parse(bytes) else {
        return;
    };
    assert!(header.start() <= bytes.len());
    for (name, place) in header.tensors() {
        let place = place.unwrap_or_default();
        assert!(bytes.get(place).is_some(), "{name} lies outside");
    }
});
