//! What the library says of itself, as events and never on the terminal.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::sync::Once;

/// ggml's levels, by their order in `ggml.h`.
const INFO: u32 = 2;
const WARN: u32 = 3;
const ERROR: u32 = 4;

static INSTALLED: Once = Once::new();

/// Takes the library's messages over, once for the whole process.
pub(crate) fn install() {
    // SAFETY: the function has the signature of `ggml_log_callback`, lives for ever, and uses no
    // data of a user.
    INSTALLED.call_once(|| unsafe {
        whisper_rs::set_log_callback(Some(log_message), std::ptr::null_mut());
    });
}

/// What the library reports as an error where [`crate::decode`] ends a call before the encoder.
const STOPPED_BEFORE_ENCODER: &str = "encoder_begin_callback returned false";

/// Lower levels quote tokens, which are recognized text; they are dropped.
unsafe extern "C" fn log_message(level: u32, text: *const c_char, _: *mut c_void) {
    if text.is_null() || !(INFO..=ERROR).contains(&level) {
        return;
    }
    // SAFETY: the library gives a string that ends in NUL and outlives this call.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    let text = text.trim();
    if text.contains(STOPPED_BEFORE_ENCODER) {
        return;
    }
    if level >= WARN {
        tracing::warn!(target: "whisper.cpp", "{text}");
    } else {
        tracing::debug!(target: "whisper.cpp", "{text}");
    }
}
