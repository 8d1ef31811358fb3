//! flite's C interface, as far as it is used, opened at run time.
//!
//! Layouts and symbols were checked against flite 2.2, as Debian packages it
//! (`include/cst_audio.h`, `cst_wave.h`, `cst_voice.h`, and the library itself).
#![allow(unsafe_code)]

use std::any::Any;
use std::ffi::{CStr, c_char, c_int, c_short, c_void};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{ptr, slice};

use libloading::Library;

/// Samples that flite gathers before it hands them over: 50 ms at 16 kHz.
const CHUNK_SAMPLES: c_int = 800;

/// `CST_AUDIO_STREAM_CONT` and `CST_AUDIO_STREAM_STOP`.
const CONTINUE: c_int = 0;
const STOP: c_int = -1;

/// `cst_wave`.
#[repr(C)]
struct Wave {
    kind: *const c_char,
    sample_rate: c_int,
    num_samples: c_int,
    num_channels: c_int,
    samples: *const c_short,
}

/// `cst_audio_streaming_info`.
#[repr(C)]
struct StreamingInfo {
    min_buffsize: c_int,
    callback: Option<Callback>,
    utterance: *const c_void,
    item: *const c_void,
    userdata: *mut c_void,
}

type Callback = unsafe extern "C" fn(*const Wave, c_int, c_int, c_int, *mut StreamingInfo) -> c_int;

/// The beginning of `cst_voice`; what follows is not used here.
#[repr(C)]
struct CVoice {
    name: *const c_char,
    features: *mut c_void,
}

/// What `new_audio_streaming_info` writes as the smallest buffer. Found as expected, it is the
/// sign that the layout is the one known here.
const NEW_BUFFER: c_int = 256;

/// Held while voices are registered: flite keeps each in a global variable.
static REGISTRATION: Mutex<()> = Mutex::new(());

/// The main library. It is never closed, for voices live in it.
pub(crate) struct Core {
    synth_text: unsafe extern "C" fn(*const c_char, *mut CVoice) -> *mut c_void,
    delete_utterance: unsafe extern "C" fn(*mut c_void),
    new_streaming_info: unsafe extern "C" fn() -> *mut StreamingInfo,
    streaming_info_val: unsafe extern "C" fn(*mut StreamingInfo) -> *mut c_void,
    feat_set: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_void),
}

/// The library of one voice. It is never closed either.
pub(crate) struct VoiceLibrary {
    register: unsafe extern "C" fn(*const c_char) -> *mut CVoice,
    /// Where flite stores the voice that it registered.
    registered: *mut *mut CVoice,
}

// SAFETY: functions may be called from any thread; `registered` is only touched under
// `REGISTRATION`.
unsafe impl Send for VoiceLibrary {}
// SAFETY: as above.
unsafe impl Sync for VoiceLibrary {}

/// Opens a library and keeps it open for ever.
fn open(path: &Path) -> Result<&'static Library, libloading::Error> {
    // SAFETY: flite's libraries run no code of their own when they are loaded.
    unsafe { Library::new(path) }.map(|library| &*Box::leak(Box::new(library)))
}

/// A symbol of a library that is never closed.
///
/// # Safety
/// `T` must be the type of the symbol.
unsafe fn symbol<T: Copy>(library: &Library, name: &CStr) -> Result<T, libloading::Error> {
    // SAFETY: the caller answers for the type.
    unsafe { library.get::<T>(name.to_bytes_with_nul()) }.map(|symbol| *symbol)
}

impl Core {
    pub(crate) fn open(path: &Path) -> Result<Self, libloading::Error> {
        let library = open(path)?;
        // SAFETY: the types are those of `flite.h` 2.2.
        unsafe {
            let init: unsafe extern "C" fn() -> c_int = symbol(library, c"flite_init")?;
            let core = Self {
                synth_text: symbol(library, c"flite_synth_text")?,
                delete_utterance: symbol(library, c"delete_utterance")?,
                new_streaming_info: symbol(library, c"new_audio_streaming_info")?,
                streaming_info_val: symbol(library, c"audio_streaming_info_val")?,
                feat_set: symbol(library, c"flite_feat_set")?,
            };
            let _registration = REGISTRATION.lock().unwrap_or_else(PoisonError::into_inner);
            init();
            Ok(core)
        }
    }
}

impl VoiceLibrary {
    /// Opens the library of a voice by its names in C: that of its register function, and that
    /// of the variable where flite keeps it.
    pub(crate) fn open(
        path: &Path,
        register: &CStr,
        registered: &CStr,
    ) -> Result<Self, libloading::Error> {
        let library = open(path)?;
        // SAFETY: the types are those of the generated voices of flite 2.2.
        unsafe {
            Ok(Self {
                register: symbol(library, register)?,
                registered: symbol(library, registered)?,
            })
        }
    }
}

/// One speaker of a voice. It synthesizes one utterance at a time; several instances of one voice, each
/// with its own features, may speak side by side. It is never freed.
pub(crate) struct VoiceInstance {
    core: &'static Core,
    voice: *mut CVoice,
    streaming: *mut StreamingInfo,
}

// SAFETY: an instance is used by one thread at a time, as all its uses need it mutably, and flite
// keeps nothing in thread-local memory.
unsafe impl Send for VoiceInstance {}

impl VoiceInstance {
    /// Makes a new instance. None when flite is not of the version that this module supports.
    pub(crate) fn new(core: &'static Core, library: &VoiceLibrary) -> Option<Self> {
        let _registration = REGISTRATION.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: under `REGISTRATION` no other thread touches the variable or registers. Emptying
        // the variable makes flite build a new voice in place of returning the last one, which
        // stays whole: the variable is flite's only use of it.
        unsafe {
            *library.registered = ptr::null_mut();
            let voice = (library.register)(ptr::null());
            let streaming = (core.new_streaming_info)();
            if voice.is_null() || streaming.is_null() || (*streaming).min_buffsize != NEW_BUFFER {
                return None;
            }
            (*streaming).min_buffsize = CHUNK_SAMPLES;
            (*streaming).callback = Some(on_audio);
            (*streaming).utterance = ptr::null();
            (*streaming).item = ptr::null();
            (*streaming).userdata = ptr::null_mut();
            let value = (core.streaming_info_val)(streaming);
            (core.feat_set)((*voice).features, c"streaming_info".as_ptr(), value);
            Some(Self {
                core,
                voice,
                streaming,
            })
        }
    }

    /// Synthesizes a text of ASCII characters, and gives the sound to `on_samples` as it is made: the
    /// rate in Hz and the samples. Returns false when `on_samples` broke off or flite refused.
    pub(crate) fn speak(
        &mut self,
        text: &CStr,
        on_samples: &mut dyn FnMut(u32, &[i16]) -> ControlFlow<()>,
    ) -> bool {
        let mut call = Call {
            on_samples,
            stopped: false,
            panic: None,
        };
        // SAFETY: voice and streaming info are alive for ever and used by this thread only;
        // `call` outlives the call into flite and is forgotten by it afterwards.
        let made = unsafe {
            (*self.streaming).userdata = (&raw mut call).cast();
            let utterance = (self.core.synth_text)(text.as_ptr(), self.voice);
            (*self.streaming).userdata = ptr::null_mut();
            (*self.streaming).utterance = ptr::null();
            if !utterance.is_null() {
                (self.core.delete_utterance)(utterance);
            }
            !utterance.is_null()
        };
        if let Some(panic) = call.panic {
            std::panic::resume_unwind(panic);
        }
        made && !call.stopped
    }
}

/// What the callback needs of the call that it belongs to.
struct Call<'a> {
    on_samples: &'a mut dyn FnMut(u32, &[i16]) -> ControlFlow<()>,
    stopped: bool,
    /// A panic must not pass through C: it is kept, and goes on when flite has returned.
    panic: Option<Box<dyn Any + Send>>,
}

/// flite's callback: some samples are ready.
unsafe extern "C" fn on_audio(
    wave: *const Wave,
    start: c_int,
    size: c_int,
    _last: c_int,
    streaming: *mut StreamingInfo,
) -> c_int {
    // SAFETY: flite passes a wave whose `samples[start..start + size]` it has just written, and
    // the streaming info of the instance, whose `userdata` is the `Call` of the running `speak`.
    let (call, rate, samples) = unsafe {
        let call = &mut *(*streaming).userdata.cast::<Call<'_>>();
        let (Ok(start), Ok(size)) = (usize::try_from(start), usize::try_from(size)) else {
            return STOP;
        };
        let samples = match size {
            0 => &[][..],
            _ => slice::from_raw_parts((*wave).samples.add(start), size),
        };
        (call, (*wave).sample_rate.unsigned_abs(), samples)
    };
    if call.stopped {
        return STOP;
    }
    match catch_unwind(AssertUnwindSafe(|| (call.on_samples)(rate, samples))) {
        Ok(ControlFlow::Continue(())) => return CONTINUE,
        Ok(ControlFlow::Break(())) => {}
        Err(panic) => call.panic = Some(panic),
    }
    call.stopped = true;
    STOP
}
