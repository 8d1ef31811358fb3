//! `mynah gateway`: the WebSocket server alone, over Kafka or with engines of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use futures_util::FutureExt;
use mynah_auth::{Authenticator, KeyStore, check_exposure};
use mynah_bus::BusKind;
use mynah_bus_session::{BusParts, BusSessions};
use mynah_gateway::{Backend, Gateway};
use mynah_http::{OpsState, run_with_ops};
use mynah_pipeline::init;
use mynah_speech::Cancel;
use mynah_voices::run_maintenance;
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::bus_clients::BusClients;
use crate::command::serve;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::announce;
use crate::paths;
use crate::services::Services;

/// Where to listen.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Serves /v1/realtime/translations and /ws/audio. Over Kafka (bus.kind) any number of gateways
work side by side, and stages run elsewhere (`mynah pipeline run`); without it, which is the
default, this one process interprets by its own engines, as `mynah serve` does.

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
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    let server = Server::listen(config).await?;
    match server.config.bus.kind {
        BusKind::Memory => {
            let (services, library) = Services::with_library(&server.config).await?;
            // The first session should be as fast as the next; the start does not wait for this.
            let warming = services.synthesis.clone();
            tokio::task::spawn_blocking(move || warming.warm());
            let ops = OpsState::new(
                Arc::new(|| async { Vec::new() }.boxed()),
                server.shutdown.clone(),
            );
            let drained = Cancel::new();
            let maintenance = tokio::spawn(run_maintenance(library, drained.clone()));
            let served = server.run(services.interpreter.into(), ops).await;
            drained.cancel();
            // It writes the last uses.
            let _ = maintenance.await;
            served
        }
        BusKind::Kafka => over_bus(server).await,
    }
}

/// Serves sessions whose stages run elsewhere.
async fn over_bus(server: Server) -> anyhow::Result<()> {
    let config = &server.config;
    let clients = BusClients::open(config)?;
    let ops = OpsState::new(clients.dependency_check(), server.shutdown.clone());
    let waited = clients.wait(Instant::now(), config.pipeline.startup());
    let Some(waited) = server.shutdown.run_until_cancelled(waited).await else {
        return Ok(());
    };
    waited?;
    if config.gateway.resume_key.is_empty() {
        tracing::info!(
            "gateway.resume_key is not set: sessions can be resumed on this gateway only"
        );
    }
    let parts = BusParts {
        bus: Arc::clone(&clients.bus),
        codec: clients.codec.clone(),
        object_store: Arc::new(clients.store.clone()),
        durable: true,
        retention: (config.bus.retention(), init::DEAD_LETTER_RETENTION),
    };
    let sessions = BusSessions::open(parts, &config.gateway.bus).await?;
    let served = server.run(sessions.into(), ops).await;
    clients.bus.close().await;
    served
}

/// A server that listens, and does not serve yet.
struct Server {
    config: Config,
    listener: TcpListener,
    address: SocketAddr,
    authenticator: Authenticator,
    shutdown: Cancel,
}

impl Server {
    async fn listen(config: Config) -> anyhow::Result<Self> {
        let keys = KeyStore::open(paths::keys_file()?)?;
        let listen = config.server.listen;
        check_exposure(listen, &keys).map_err(|error| CliError::bad_input(error.to_string()))?;
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("{listen} can't be listened on; choose another with --listen")
        })?;
        let address = listener.local_addr()?;
        let authenticator = Authenticator::new(keys, address, config.server.auth());
        let shutdown = Cancel::new();
        serve::stop_on_signals(shutdown.clone())?;
        Ok(Self {
            config,
            listener,
            address,
            authenticator,
            shutdown,
        })
    }

    async fn run(self, backend: Backend, ops: OpsState) -> anyhow::Result<()> {
        let Self {
            config,
            listener,
            address,
            authenticator,
            shutdown,
        } = self;
        let gateway: Gateway =
            serve::gateway(backend, &config, authenticator.clone(), shutdown.clone())?;
        ops.mark_started();
        announce(format_args!("listening on http://{address}"));
        let listener_settings = config
            .server
            .listener()
            .map_err(|error| CliError::bad_input(format!("server.{error}")))?;
        let routes = mynah_gateway::router(gateway.clone());
        let stop = shutdown.clone();
        let served = run_with_ops(
            listener,
            routes,
            authenticator,
            ops,
            listener_settings,
            stop,
        )
        .await;
        shutdown.cancel();
        gateway.drained().await;
        served.map_err(|error| CliError::bad_input(error.to_string()).into())
    }
}
