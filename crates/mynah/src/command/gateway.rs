//! `mynah gateway`: the WebSocket server in front of a bus.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use mynah_auth::{Authenticator, KeyStore, check_exposure};
use mynah_bus::identity::Stage;
use mynah_bus::{BusError, BusKind};
use mynah_gateway::{BusBackend, BusParts};
use mynah_http::{OpsState, run_with_ops};
use mynah_pipeline::init;
use mynah_speech::Cancel;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::bus_clients::BusClients;
use crate::command::{pipeline, serve};
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::announce;
use crate::paths;
use crate::services::Services;

/// Where to listen.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Serves /v1/realtime/translations and /ws/audio. Over Kafka any number of gateways work side
by side, and stages run elsewhere (`mynah pipeline run`); with a bus in memory, which is the
default, this one process runs all of them, and nothing survives it.

Examples:
  mynah gateway
  eval \"$(script/services env)\" && mynah gateway --listen 127.0.0.1:8081")]
pub(crate) struct GatewayArgs {
    /// Address and port; any but a loopback address needs keys (`mynah keys add`)
    /// [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

pub(crate) async fn run(args: GatewayArgs, mut config: Config) -> anyhow::Result<()> {
    let began = Instant::now();
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    let clients = BusClients::open(&config)?;
    let keys = KeyStore::open(paths::keys_file()?)?;
    check_exposure(config.server.listen, &keys)
        .map_err(|error| CliError::bad_input(error.to_string()))?;
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} can't be listened on; choose another with --listen"))?;
    let address = listener.local_addr()?;
    let listener_settings = config
        .server
        .listener()
        .map_err(|error| CliError::bad_input(format!("server.{error}")))?;
    let authenticator = Authenticator::new(keys, address, config.server.auth());
    let shutdown = Cancel::new();
    serve::stop_on_signals(shutdown.clone())?;
    let ops = OpsState::new(clients.dependency_check(), shutdown.clone());

    // The stages of this process stop after the server: what it received is interpreted.
    let stages = Cancel::new();
    let mut working = None;
    if config.bus.kind == BusKind::Memory {
        let topics = init::topics(
            config.bus.partitions,
            config.bus.replication,
            config.bus.retention(),
        );
        init::create(clients.bus.as_ref(), &topics).await?;
        let services = Services::new(&config)?;
        let pipeline = pipeline::stages(&services, &clients, &config)?;
        pipeline
            .warm(&Stage::WORKING)
            .await
            .map_err(CliError::failed)?;
        let stop = stages.clone();
        // Without its stages the server stops.
        let shut = shutdown.clone().drop_guard();
        working = Some(tokio::spawn(async move {
            let _shut = shut;
            pipeline.run(&Stage::WORKING, stop).await
        }));
    }
    let waited = clients.wait(began, config.pipeline.startup());
    let Some(waited) = shutdown.run_until_cancelled(waited).await else {
        return ended(&stages, working).await;
    };
    waited?;
    let parts = BusParts {
        bus: Arc::clone(&clients.bus),
        codec: clients.codec.clone(),
        object_store: Arc::new(clients.store.clone()),
        durable: clients.durable,
        retention: (config.bus.retention(), init::DEAD_LETTER_RETENTION),
    };
    let backend = BusBackend::open(parts, &config.gateway).await?;
    let gateway = serve::gateway(backend, &config, authenticator.clone(), shutdown.clone())?;
    ops.mark_started();
    announce(format_args!("listening on http://{address}"));
    let routes = mynah_gateway::router(gateway.clone());
    let served = run_with_ops(
        listener,
        routes,
        authenticator,
        ops,
        listener_settings,
        shutdown.clone(),
    )
    .await;
    shutdown.cancel();
    gateway.drained().await;
    let worked = ended(&stages, working).await;
    clients.bus.close().await;
    worked?;
    served.map_err(|error| CliError::bad_input(error.to_string()).into())
}

/// Stops the stages of this process, and says how they ended.
async fn ended(
    stages: &Cancel,
    working: Option<JoinHandle<Result<(), BusError>>>,
) -> anyhow::Result<()> {
    stages.cancel();
    if let Some(working) = working {
        working.await.context("the stages broke")??;
    }
    Ok(())
}
