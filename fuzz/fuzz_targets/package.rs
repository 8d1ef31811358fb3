//! Any bytes, as a voice package with small limits: an error, or a package whose recordings all have the checksums
//! that its manifest lists.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use mynah_voice_package::{AnyPackage, PackageLimits};

const LIMITS: PackageLimits = PackageLimits {
    packed_bytes: 1 << 20,
    unpacked_bytes: 4 << 20,
    entries: 64,
    ratio: 100,
};

fuzz_target!(|bytes: &[u8]| {
    match AnyPackage::open(Cursor::new(bytes), &LIMITS) {
        Ok(AnyPackage::V1(package)) => {
            assert!(package.recording.len() as u64 <= LIMITS.unpacked_bytes);
            // Any text is a time or none.
            let _ = package.metadata.created_ms();
        }
        Ok(AnyPackage::V2(mut package)) => {
            let prompts = package.voice.prompts;
            for prompt in 0..prompts {
                package.prompt(prompt).expect("its document was parsed");
                assert!(
                    package.sha256(prompt).is_some(),
                    "recording {prompt} is not listed"
                );
                // An error where it does not have the SHA-256 that is listed.
                let recording = package
                    .recording(prompt)
                    .expect("its checksum was verified");
                assert!(recording.len() as u64 <= LIMITS.unpacked_bytes);
            }
            assert!(
                package.sha256(prompts).is_none(),
                "a recording beyond the last prompt"
            );
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.code().is_empty()),
    }
});
