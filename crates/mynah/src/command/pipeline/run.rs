//! `mynah pipeline run`.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use mynah_bus::BusKind;
use mynah_bus::claim::run_sweeper;
use mynah_bus::identity::Stage;
use mynah_http::{OpsState, run_ops};
use mynah_pipeline::{Pipeline, PipelineParts};
use mynah_speech::Cancel;
use mynah_voices::run_maintenance;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::bus_clients::BusClients;
use crate::command::{models, serve};
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::announce;
use crate::services::Services;

/// Which stages.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints `ready` once its engines are warm and it has joined. On SIGTERM or Ctrl-C it
finishes what it began and leaves; a second signal ends it at once.

Examples:
  mynah pipeline run
  mynah pipeline run --stages asr --listen 127.0.0.1:9091")]
pub(crate) struct PipelineRunArgs {
    /// Stages to run: vad, asr, translate, speak, separated by commas
    #[arg(long, value_name = "STAGES", value_delimiter = ',', default_value = "vad,asr,translate,speak", value_parser = stage)]
    stages: Vec<Stage>,

    /// Address for /livez, /readyz, /startupz and /metrics [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

    /// Qwen3-TTS model that speaks: a folder or a GGUF file, or OWNER/NAME, or
    /// OWNER/NAME:FILE, which is fetched if need be
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
}

fn stage(name: &str) -> Result<Stage, String> {
    Stage::WORKING
        .into_iter()
        .find(|stage| stage.as_str() == name)
        .ok_or_else(|| "there are vad, asr, translate and speak".into())
}

pub(super) async fn run(args: PipelineRunArgs, mut config: Config) -> anyhow::Result<()> {
    if config.bus.kind == BusKind::Memory {
        let message = "a bus in memory has no other side; set bus.kind to kafka, or run \
                       `mynah gateway`, which runs all stages itself";
        return Err(CliError::bad_input(message).into());
    }
    let began = Instant::now();
    models::select(args.model, None, &mut config)?;
    let listen = args.listen.unwrap_or(config.pipeline.listen);
    let mut chosen = args.stages;
    chosen.sort_by_key(|stage| Stage::WORKING.iter().position(|own| own == stage));
    chosen.dedup();
    let services = Services::with_kept_voices(&config).await?;
    models::open(services.qwen3.as_ref(), &config)?;
    let clients = BusClients::open(&config)?;
    let pipeline = stages(&services, &clients, &config)?;
    let connections = config
        .server
        .connection_limits()
        .map_err(|error| CliError::bad_input(format!("server.{error}")))?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} can't be listened on; choose another with --listen"))?;
    announce(format_args!(
        "listening on http://{}",
        listener.local_addr()?
    ));
    let shutdown = Cancel::new();
    serve::stop_on_signals(shutdown.clone())?;
    let drained = Cancel::new();
    let library = services.library.clone();
    let maintenance =
        library.map(|library| tokio::spawn(run_maintenance(library, drained.clone())));
    let ops = OpsState::new(clients.dependency_check(), shutdown.clone());
    let hosts = config.pipeline.hosts.clone();
    let serving = run_ops(listener, ops.clone(), hosts, connections, shutdown.clone());
    let serving = tokio::spawn(serving);
    let limit = config.pipeline.startup();
    let ready = async {
        clients.wait(began, limit).await?;
        let warm = pipeline.warm(&chosen);
        let warmed = tokio::time::timeout_at(began + limit, warm).await;
        let warmed = warmed.unwrap_or_else(|_| Err("the engines were not warm in time".into()));
        warmed.map_err(|error| CliError::failed(error).into())
    };
    let started: Option<anyhow::Result<()>> = shutdown.run_until_cancelled(ready).await;
    let Some(started) = started else {
        return Ok(());
    };
    started?;
    ops.mark_started();
    announce(format_args!("ready"));
    if clients.store.is_on() {
        tokio::spawn(run_sweeper(clients.store.clone(), shutdown.clone()));
    }
    let ended = pipeline.run(&chosen, shutdown.clone()).await;
    shutdown.cancel();
    clients.bus.close().await;
    drained.cancel();
    if let Some(maintenance) = maintenance {
        // It writes the last uses.
        let _ = maintenance.await;
    }
    // Its requests hold no state.
    let _ = serving.await;
    Ok(ended?)
}

/// The stages of these services over this bus.
fn stages(
    services: &Services,
    clients: &BusClients,
    config: &Config,
) -> Result<Pipeline, CliError> {
    let parts = PipelineParts {
        bus: Arc::clone(&clients.bus),
        codec: clients.codec.clone(),
        store: clients.store.clone(),
        engines: services.engines.clone(),
        interpreter: services.interpreter.clone(),
        source: config.gateway.source_language.clone(),
        target: config.gateway.target_language.clone(),
    };
    Pipeline::new(parts, config.pipeline.clone())
        .map_err(|error| CliError::bad_input(format!("pipeline.{error}")))
}
