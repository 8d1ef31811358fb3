//! One decoder of the library, used by one thread.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char};
use std::ptr;
use std::sync::Arc;

use mynah_speech::Word;

use crate::features::{CEPSTRA, FRAMES_PER_SECOND, Frame};
use crate::library::{CmdLn, FrontEnd, Library, PsDecoder};
use crate::model::Model;
use crate::words::plain_word;

/// Frames given to the library at once. Its buffer holds seven, and without a later pass it loses
/// what does not fit.
const MAX_FRAMES_PER_CALL: usize = 5;

/// The library refused, without a reason.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum DecoderError {
    /// The model's files cannot be read or do not fit the library.
    #[error("its model cannot be loaded: {0}")]
    Model(&'static str),
    /// A call on a loaded decoder failed.
    #[error("{0} failed")]
    Call(&'static str),
}

/// A loaded model and its search. Holds about 91 MB.
pub(crate) struct Decoder {
    library: Arc<Library>,
    config: *mut CmdLn,
    decoder: *mut PsDecoder,
    front: *mut FrontEnd,
    /// The mean of cepstra that the model expects before the first frame.
    pub(crate) expected_mean: Frame,
}

impl Decoder {
    /// Loads the model, in some tenths of a second. `options` are those of the search.
    pub(crate) fn load(
        library: Arc<Library>,
        model: &Model,
        options: &[(&str, &str)],
    ) -> Result<Self, DecoderError> {
        use std::os::unix::ffi::OsStrExt;
        let features = model
            .feature_settings()
            .map_err(|_| DecoderError::Model("no en-us/feat.params"))?;
        let mut arguments: Vec<Vec<u8>> = vec![b"mynah".to_vec()];
        for (name, path) in [
            ("-hmm", model.acoustic()),
            ("-lm", model.language()),
            ("-dict", model.dictionary()),
            // Read here instead: the file would set a normalization over ours.
            ("-featparams", "/dev/null".into()),
        ] {
            arguments.extend([name.into(), path.as_os_str().as_bytes().to_vec()]);
        }
        // Frames stay 10 ms apart: the library's own removal of silence would shift all times.
        let fixed = [("-cmn", "none"), ("-remove_silence", "no")];
        let features_read = features
            .options
            .iter()
            .map(|(name, value)| (&**name, &**value));
        for (name, value) in features_read.chain(fixed).chain(options.iter().copied()) {
            arguments.extend([name.into(), value.into()]);
        }
        let arguments: Vec<CString> = arguments
            .into_iter()
            .map(CString::new)
            .collect::<Result<_, _>>()
            .map_err(|_| DecoderError::Model("its path holds a NUL"))?;
        let pointers: Vec<*const c_char> = arguments.iter().map(|text| text.as_ptr()).collect();

        let mut made = Self {
            library,
            config: ptr::null_mut(),
            decoder: ptr::null_mut(),
            front: ptr::null_mut(),
            expected_mean: features.mean,
        };
        let call = &made.library;
        // SAFETY: the definitions are the library's own; it copies the arguments; each pointer
        // is checked before it is used, and `Drop` frees those that were made.
        unsafe {
            // Without a file, this thread's listing of all options goes nowhere.
            (call.err_set_logfp)(ptr::null_mut());
            made.config = (call.cmd_ln_parse_r)(
                ptr::null_mut(),
                (call.ps_args)(),
                pointers.len() as i32,
                pointers.as_ptr(),
                1,
            );
            if made.config.is_null() {
                return Err(DecoderError::Model(
                    "its options are unknown to this library",
                ));
            }
            made.decoder = (call.ps_init)(made.config);
            made.front = (call.fe_init_auto_r)(made.config);
            if made.decoder.is_null() || made.front.is_null() {
                return Err(DecoderError::Model("its files are damaged"));
            }
            if usize::try_from((call.fe_get_output_size)(made.front)) != Ok(CEPSTRA) {
                return Err(DecoderError::Model("it does not use 13 cepstra"));
            }
        }
        Ok(made)
    }

    /// Begins an utterance, and discards all before it: overlap, noise estimate, search.
    pub(crate) fn start(&mut self) -> Result<(), DecoderError> {
        // SAFETY: both pointers are live.
        let started = unsafe {
            (self.library.fe_start_stream)(self.front);
            (self.library.fe_start_utt)(self.front);
            (self.library.ps_start_utt)(self.decoder)
        };
        if started < 0 {
            Err(DecoderError::Call("starting an utterance"))
        } else {
            Ok(())
        }
    }

    /// The cepstra of the next samples, at 16 kHz; what does not fill a frame is kept for later.
    pub(crate) fn cepstra(&mut self, samples: &[i16]) -> Result<Vec<Frame>, DecoderError> {
        // 160 samples a frame, and one that the kept ones may fill.
        let mut frames = vec![[0.0; CEPSTRA]; samples.len() / 160 + 2];
        let (mut next, mut left, mut done) = (samples.as_ptr(), samples.len(), 0);
        while left > 0 {
            let mut rows = rows(&mut frames[done..]);
            let (before, mut count) = (left, rows.len() as i32);
            // SAFETY: `next` points to `left` samples, `rows` to `count` rows of 13 values; the
            // library advances `next`, lessens `left`, and returns in `count` how many it filled.
            let result = unsafe {
                (self.library.fe_process_frames)(
                    self.front,
                    &raw mut next,
                    &raw mut left,
                    rows.as_mut_ptr(),
                    &raw mut count,
                    ptr::null_mut(),
                )
            };
            done += usize::try_from(count).unwrap_or(0);
            if result < 0 || left >= before {
                return Err(DecoderError::Call("the front end"));
            }
        }
        frames.truncate(done);
        Ok(frames)
    }

    /// The cepstra of the samples still kept, padded with silence.
    pub(crate) fn last_cepstra(&mut self) -> Option<Frame> {
        let (mut frame, mut count) = ([0.0; CEPSTRA], 0);
        // SAFETY: `frame` has room for the one frame that this may write.
        unsafe { (self.library.fe_end_utt)(self.front, frame.as_mut_ptr(), &raw mut count) };
        (count > 0).then_some(frame)
    }

    /// Searches on through normalized frames. Takes some tenths of their time.
    pub(crate) fn search(&mut self, frames: &mut [Frame]) -> Result<(), DecoderError> {
        for frames in frames.chunks_mut(MAX_FRAMES_PER_CALL) {
            let mut rows = rows(frames);
            let count = rows.len() as i32;
            // SAFETY: `rows` points to `count` rows of 13 values, which are copied.
            let searched = unsafe {
                (self.library.ps_process_cep)(self.decoder, rows.as_mut_ptr(), count, 0, 0)
            };
            if searched < 0 {
                return Err(DecoderError::Call("the search"));
            }
        }
        Ok(())
    }

    /// Ends the utterance. Runs the later passes of the search where the options have them.
    pub(crate) fn end(&mut self) -> Result<(), DecoderError> {
        // SAFETY: the decoder is live.
        let ended = unsafe { (self.library.ps_end_utt)(self.decoder) };
        if ended < 0 {
            Err(DecoderError::Call("ending an utterance"))
        } else {
            Ok(())
        }
    }

    /// The words found so far, or at the end, without fillers.
    pub(crate) fn words(&mut self) -> Vec<Word> {
        let call = &self.library;
        let mut words = Vec::new();
        // SAFETY: the iterator is valid until its next call gives null, which also frees it; a
        // word's text belongs to the dictionary and is copied.
        unsafe {
            let logarithms = (call.ps_get_logmath)(self.decoder);
            let mut segment = (call.ps_seg_iter)(self.decoder);
            while !segment.is_null() {
                let (mut first, mut last, mut unused) = (0, 0, 0_i32);
                (call.ps_seg_frames)(segment, &raw mut first, &raw mut last);
                let posterior =
                    (call.ps_seg_prob)(segment, &raw mut unused, &raw mut unused, &raw mut unused);
                let text = (call.ps_seg_word)(segment);
                if !text.is_null()
                    && let Some(text) = plain_word(&CStr::from_ptr(text).to_string_lossy())
                {
                    let confidence = (call.logmath_exp)(logarithms, posterior) as f32;
                    words.push(Word {
                        text: text.to_owned(),
                        start_ms: frame_ms(first),
                        end_ms: frame_ms(last + 1),
                        confidence: Some(confidence.clamp(0.0, 1.0)),
                    });
                }
                segment = (call.ps_seg_next)(segment);
            }
        }
        words
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: each pointer is null or was made by `load`, and is freed once. The decoder and
        // the front end hold the configuration by a count of their own.
        unsafe {
            if !self.front.is_null() {
                (self.library.fe_free)(self.front);
            }
            if !self.decoder.is_null() {
                (self.library.ps_free)(self.decoder);
            }
            if !self.config.is_null() {
                (self.library.cmd_ln_free_r)(self.config);
            }
        }
    }
}

fn rows(frames: &mut [Frame]) -> Vec<*mut f32> {
    frames.iter_mut().map(|frame| frame.as_mut_ptr()).collect()
}

fn frame_ms(frame: i32) -> u64 {
    u64::try_from(frame).unwrap_or(0) * 1_000 / FRAMES_PER_SECOND
}
