//! The program as a person or a script uses it: arguments in, words, files and exit codes out.

mod bad_input;
mod help;
mod missing_engines;
mod qwen3;
mod readme;
mod requirements;
mod settings;
mod support;
mod work;
