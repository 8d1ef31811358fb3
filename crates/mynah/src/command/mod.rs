//! One file a command. Each has its `Args` and a `run`.

pub(crate) mod bench;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dlq;
pub(crate) mod doctor;
pub(crate) mod gateway;
pub(crate) mod interpret;
pub(crate) mod keys;
pub(crate) mod models;
pub(crate) mod pipeline;
pub(crate) mod qwen3;
pub(crate) mod recording;
pub(crate) mod reference;
pub(crate) mod say;
pub(crate) mod serve;
pub(crate) mod text;
pub(crate) mod transcribe;
pub(crate) mod translate;
pub(crate) mod voices;

use std::future::Future;

use anyhow::Context;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::log;

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> anyhow::Result<()> {
    let named = cli.config.as_deref();
    // These two must work when the settings are broken.
    match &cli.command {
        Command::Completions(args) => return completions::run(args),
        Command::Config(args) => return config::run(args, named),
        _ => {}
    }
    let config = Config::load(named)?;
    log::start(&config.log, cli.verbose, cli.command.is_a_server());
    match cli.command {
        Command::Say(args) => wait(say::run(args, config)),
        Command::Transcribe(args) => wait(transcribe::run(args, config)),
        Command::Translate(args) => wait(translate::run(args, config)),
        Command::Interpret(args) => wait(interpret::run(args, config)),
        Command::Serve(args) => wait(serve::run(args, config)),
        Command::Gateway(args) => wait(gateway::run(args, config)),
        Command::Pipeline(args) => wait(pipeline::run(args, config)),
        Command::Dlq(args) => wait(dlq::run(args, config)),
        Command::Voices(args) => voices::run(&args, &config),
        Command::Keys(args) => keys::run(args),
        Command::Models(args) => models::run(args),
        Command::Qwen3(args) => qwen3::run(args),
        Command::Doctor(args) => doctor::run(&args, &config),
        Command::Bench(args) => wait(bench::run(args, config)),
        Command::Completions(_) | Command::Config(_) => Ok(()),
    }
}

/// Runs an asynchronous command to its end.
fn wait(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime could not start")?;
    let done = runtime.block_on(command);
    // An engine that is being cancelled may still run; the exit does not wait for it.
    runtime.shutdown_background();
    done
}
