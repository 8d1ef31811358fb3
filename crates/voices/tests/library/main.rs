//! Kept voices, on SQLite with a folder and on Postgres with S3.
#![allow(clippy::unwrap_used)]

mod change;
mod consent;
mod create;
mod index;
#[path = "../../../engines/qwen3/tests/common/loud.rs"]
mod loud;
mod maintenance;
mod packages;
mod prompts;
#[path = "../../../bus/tests/support/services.rs"]
mod services;
mod stores;
mod styles;
mod takes;
