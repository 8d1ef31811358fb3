//! The program as a person or a script uses it: arguments in, words, files and exit codes out.

mod bad_input;
#[path = "../../../engines/qwen3/tests/common/checkpoints.rs"]
mod checkpoints;
mod closed_pipe;
mod encodings;
mod gguf;
mod help;
#[path = "../../../models/tests/hub/stand_in.rs"]
mod hub;
mod interpret;
mod kept_voices;
mod keys;
mod logs;
mod missing_engines;
mod models;
mod packages;
mod qwen3;
mod readme;
mod requirements;
mod servers;
mod serving;
mod settings;
mod styles;
mod support;
mod takes;
mod transcribe;
mod translate;
mod translators;
mod work;
