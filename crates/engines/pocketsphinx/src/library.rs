//! The C library as found at run time: its functions, and nothing that depends on what they mean.
//!
//! Declared after Debian's 0.8+5prealpha (`libpocketsphinx.so.3`, `libsphinxbase.so.3`).
#![allow(unsafe_code)]

use std::ffi::{c_char, c_double, c_int, c_void};
use std::path::{Path, PathBuf};

use libloading::os::unix;

/// `ps_decoder_t`.
#[repr(C)]
pub(crate) struct PsDecoder(c_void);
/// `cmd_ln_t`.
#[repr(C)]
pub(crate) struct CmdLn(c_void);
/// `arg_t const`.
#[repr(C)]
pub(crate) struct ArgDefinitions(c_void);
/// `fe_t`.
#[repr(C)]
pub(crate) struct FrontEnd(c_void);
/// `ps_seg_t`.
#[repr(C)]
pub(crate) struct PsSegment(c_void);
/// `logmath_t`.
#[repr(C)]
pub(crate) struct LogMath(c_void);

macro_rules! library {
    ($($file:ident { $($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)* })*) => {
        /// The functions used. The libraries stay open as long as the program: threads may be
        /// within them.
        #[allow(clippy::type_complexity)]
        pub(crate) struct Library {
            $($(pub(crate) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*)*
        }

        impl Library {
            fn resolve($($file: &unix::Library),*) -> Result<Self, libloading::Error> {
                // SAFETY: the types are those of the headers of the version named above; the
                // libraries are never closed, so the pointers stay good.
                Ok(unsafe { Self { $($($name: *$file.get(stringify!($name).as_bytes())?,)*)* } })
            }
        }
    };
}

library! {
    sphinxbase {
        cmd_ln_parse_r: fn(*mut CmdLn, *const ArgDefinitions, i32, *const *const c_char, i32) -> *mut CmdLn;
        cmd_ln_free_r: fn(*mut CmdLn) -> c_int;
        err_set_callback: fn(*const c_void, *mut c_void);
        err_set_logfp: fn(*mut c_void);
        fe_init_auto_r: fn(*mut CmdLn) -> *mut FrontEnd;
        fe_free: fn(*mut FrontEnd) -> c_int;
        fe_start_stream: fn(*mut FrontEnd);
        fe_start_utt: fn(*mut FrontEnd) -> c_int;
        fe_process_frames: fn(*mut FrontEnd, *mut *const i16, *mut usize, *mut *mut f32, *mut i32, *mut i32) -> c_int;
        fe_end_utt: fn(*mut FrontEnd, *mut f32, *mut i32) -> i32;
        fe_get_output_size: fn(*mut FrontEnd) -> c_int;
        logmath_exp: fn(*mut LogMath, c_int) -> c_double;
    }
    pocketsphinx {
        ps_args: fn() -> *const ArgDefinitions;
        ps_init: fn(*mut CmdLn) -> *mut PsDecoder;
        ps_free: fn(*mut PsDecoder) -> c_int;
        ps_start_utt: fn(*mut PsDecoder) -> c_int;
        ps_process_cep: fn(*mut PsDecoder, *mut *mut f32, c_int, c_int, c_int) -> c_int;
        ps_end_utt: fn(*mut PsDecoder) -> c_int;
        ps_get_logmath: fn(*mut PsDecoder) -> *mut LogMath;
        ps_seg_iter: fn(*mut PsDecoder) -> *mut PsSegment;
        ps_seg_next: fn(*mut PsSegment) -> *mut PsSegment;
        ps_seg_word: fn(*mut PsSegment) -> *const c_char;
        ps_seg_frames: fn(*mut PsSegment, *mut c_int, *mut c_int);
        ps_seg_prob: fn(*mut PsSegment, *mut i32, *mut i32, *mut i32) -> i32;
    }
}

impl Library {
    /// Opens both libraries in a folder, or where the system's search finds them.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, libloading::Error> {
        let open = |name: &str| {
            let path: PathBuf = folder.map_or_else(|| name.into(), |folder| folder.join(name));
            // SAFETY: opening runs the libraries' initializers; these have none of their own.
            unsafe { unix::Library::new(path) }
        };
        let sphinxbase = open("libsphinxbase.so.3")?;
        let pocketsphinx = open("libpocketsphinx.so.3")?;
        let library = Self::resolve(&sphinxbase, &pocketsphinx)?;
        std::mem::forget((sphinxbase, pocketsphinx));
        // SAFETY: no callback means that no message is written anywhere.
        unsafe { (library.err_set_callback)(std::ptr::null(), std::ptr::null_mut()) };
        Ok(library)
    }
}
