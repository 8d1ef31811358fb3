//! The calls of the library that a decode makes.
#![allow(unsafe_code)]

use std::ffi::c_void;

use mynah_speech::Cancel;
use whisper_rs::{FullParams, WhisperState};

use super::{Decode, DecodeError};
use crate::clip;
use crate::model::Attempt;
use crate::segment::{self, Segment};

impl Decode<'_> {
    /// The state of the lease, or a new one.
    pub(super) fn state(&mut self) -> Result<WhisperState, DecodeError> {
        match self.lease.take_value() {
            Some(state) => Ok(state),
            None => self.new_state(),
        }
    }

    /// A state in which nothing was decoded yet.
    pub(super) fn new_state(&self) -> Result<WhisperState, DecodeError> {
        let state = self.model.state();
        state.map_err(|error| DecodeError::Library("making a state", error))
    }

    /// The text of a window; none where nothing was written.
    pub(super) fn decode(
        &self,
        state: &mut WhisperState,
        window: &[f32],
        attempt: &Attempt<'_>,
    ) -> Result<Option<Segment>, DecodeError> {
        let length_ms = (window.len() * 1_000 / clip::RATE) as u64;
        self.call(state, window, self.model.params(attempt))?;
        Ok(segment::of_window(state, self.model.end(), length_ms))
    }

    /// Gives the state the sound of a window, for the encoder alone, with this context.
    ///
    /// The context of a state is that of its last whole decode, and has no setter of its own. So a
    /// decode is begun, which sets it, and ended before the encoder.
    pub(super) fn take_in(
        &self,
        state: &mut WhisperState,
        window: &[f32],
        context: usize,
    ) -> Result<(), DecodeError> {
        unsafe extern "C" fn stop(
            _: *mut whisper_rs::WhisperSysContext,
            _: *mut whisper_rs::WhisperSysState,
            _: *mut c_void,
        ) -> bool {
            false
        }
        let mut params = self.model.params(&Attempt {
            language: 0,
            context,
            max_tokens: None,
            beam: 1,
            temperature: 0.0,
            prompt: &[],
            threads: self.threads,
        });
        // SAFETY: the function has the callback's signature, lives for ever and uses nothing that
        // it is given.
        unsafe {
            params.set_start_encoder_callback(Some(stop));
        }
        self.call(state, window, params)
    }

    fn call(
        &self,
        state: &mut WhisperState,
        window: &[f32],
        mut params: FullParams<'_, '_>,
    ) -> Result<(), DecodeError> {
        stop_with(&mut params, self.cancel);
        let done = state.full(params, &clip::padded(window));
        if self.cancel.is_cancelled() {
            return Err(DecodeError::Cancelled);
        }
        done.map(drop)
            .map_err(|error| DecodeError::Library("the decode", error))
    }
}

/// Has a decode end when the token is cancelled. The library looks at each step of the encoder and
/// after each token that it wrote.
fn stop_with(params: &mut FullParams<'_, '_>, cancel: &Cancel) {
    unsafe extern "C" fn cancelled(cancel: *mut c_void) -> bool {
        // SAFETY: it is the token below, which outlives the decode.
        unsafe { &*cancel.cast::<Cancel>() }.is_cancelled()
    }
    // SAFETY: the token is borrowed by the run for longer than the decode that these parameters
    // are made for, and is only read. The binding's own safe setter reads the closure that it was
    // given through a pointer to a box of it.
    unsafe {
        params.set_abort_callback(Some(cancelled));
        params.set_abort_callback_user_data(std::ptr::from_ref(cancel).cast_mut().cast());
    }
}
