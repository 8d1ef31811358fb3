//! One file a command. Each has its arguments and a `run`.

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
pub(crate) mod style;
pub(crate) mod styles;
pub(crate) mod takes;
pub(crate) mod text;
pub(crate) mod transcribe;
pub(crate) mod translate;
pub(crate) mod voices;

use std::future::Future;

use anyhow::Context;

use crate::cli::{Cli, CliCommand};
use crate::config::Config;
use crate::log;
use crate::telemetry::Telemetry;

/// Runs what was asked for.
pub(crate) fn run(cli: Cli) -> anyhow::Result<()> {
    let named = cli.config.as_deref();
    // These two must work when the settings are broken.
    match &cli.command {
        CliCommand::Completions(args) => return completions::run(args),
        CliCommand::Config(args) => return config::run(args, named),
        _ => {}
    }
    let config = Config::load(named)?;
    let telemetry = Telemetry::new(&config.telemetry, cli.command.service_name())?;
    log::start(
        &config.log,
        cli.verbose,
        cli.command.is_a_server(),
        &telemetry,
    );
    match cli.command {
        CliCommand::Say(args) => wait(say::run(args, config)),
        CliCommand::Transcribe(args) => wait(transcribe::run(args, config)),
        CliCommand::Translate(args) => wait(translate::run(args, config)),
        CliCommand::Interpret(args) => wait(interpret::run(args, config)),
        CliCommand::Serve(args) => wait(serve::run(args, config)),
        CliCommand::Gateway(args) => wait(gateway::run(args, config)),
        CliCommand::Pipeline(args) => wait(pipeline::run(args, config)),
        CliCommand::Dlq(args) => wait(dlq::run(args, config)),
        CliCommand::Voices(args) => wait(voices::run(args, config)),
        CliCommand::Styles(args) => wait(styles::run(args, config)),
        CliCommand::Takes(args) => wait(takes::run(args, config)),
        CliCommand::Keys(args) => keys::run(args),
        CliCommand::Models(args) => models::run(args, &config),
        CliCommand::Qwen3(args) => qwen3::run(args),
        CliCommand::Doctor(args) => doctor::run(&args, &config),
        CliCommand::Bench(args) => wait(bench::run(args, config)),
        CliCommand::Completions(_) | CliCommand::Config(_) => Ok(()),
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
