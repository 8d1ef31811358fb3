//! ONNX Runtime, a shared library that is opened at first use and stays open.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

/// The environment of the process: the library allows one. It is kept for good, with the library
/// that was opened first.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Opens the library from a file, else as the system's linker finds it. What was not found is
/// looked for at the next call, so that it can be installed while the program runs.
///
/// # Errors
/// Why the library cannot be opened.
pub(crate) fn environment(library: Option<&Path>) -> Result<Environment, String> {
    let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*environment {
        return Ok(environment.clone());
    }
    let opened = open(library)?;
    Ok(environment.insert(opened).clone())
}

fn open(library: Option<&Path>) -> Result<Environment, String> {
    let names = match library {
        Some(path) => vec![path.to_owned()],
        None => system_names(),
    };
    let mut reason = String::new();
    for name in names {
        match ort::init_from(&name) {
            Ok(builder) => {
                let environment = builder
                    .with_name("mynah")
                    .with_telemetry(false)
                    .with_logger(Arc::new(log))
                    .build()
                    .map_err(|error| format!("ONNX Runtime does not start: {error}"))?;
                environment.set_log_level(LogLevel::Warning);
                return Ok(environment);
            }
            Err(error) => reason = error.to_string(),
        }
    }
    tracing::debug!(reason, "ONNX Runtime cannot be opened");
    Err("ONNX Runtime 1.22 or later is not installed or cannot be opened".into())
}

/// The names of the system's library: for programs, and of packages for developers.
fn system_names() -> Vec<PathBuf> {
    let plain = format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}");
    vec![format!("{plain}.1").into(), plain.into()]
}

/// What the library logs. Its errors are returned as well; its messages name nodes and shapes, no
/// content.
fn log(level: LogLevel, category: &str, _id: &str, _location: &str, message: &str) {
    match level {
        LogLevel::Error | LogLevel::Fatal => tracing::debug!(category, "{message}"),
        LogLevel::Verbose | LogLevel::Info | LogLevel::Warning => {
            tracing::trace!(category, "{message}");
        }
    }
}
