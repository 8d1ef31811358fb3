//! `mynah serve`: the HTTP and WebSocket servers.

use std::net::SocketAddr;

use anyhow::Context;
use mynah_auth::{Authenticator, KeyStore, check_exposure};
use mynah_gateway::{Backend, Gateway};
use mynah_http::StartError;
use mynah_models::PullOptions;
use mynah_server::{ModelInstallation, ServerError, ServerParts};
use mynah_speech::Cancel;
use mynah_voices::run_maintenance;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::command::models;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::announce;
use crate::paths;
use crate::services::Services;

/// Where to listen.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints `listening on http://ADDRESS` when it does; logs go to stderr. The page is at
that address, the interface at /docs. On SIGTERM or Ctrl-C it finishes what it began;
a second signal ends it at once.

Examples:
  mynah serve
  mynah serve --engine qwen3 --model Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice
  mynah keys add laptop && mynah serve --listen 0.0.0.0:8080")]
pub(crate) struct ServeArgs {
    /// Address and port; any but a loopback address needs keys (`mynah keys add`)
    /// [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,

    /// Engine that speaks where no other is asked for, also under OpenAI's voice names
    #[arg(long, value_name = "ENGINE")]
    engine: Option<String>,

    /// Qwen3-TTS model: a folder or a GGUF file, or OWNER/NAME, or
    /// OWNER/NAME:FILE, which is fetched if need be
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
}

pub(crate) async fn run(args: ServeArgs, mut config: Config) -> anyhow::Result<()> {
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    if args.engine.is_some() {
        config.synthesis.engine = args.engine;
    }
    let engine = config.synthesis.engine.clone();
    models::select(args.model, engine.as_deref(), &mut config)?;
    let (services, library) = Services::with_library(&config).await?;
    models::open(services.qwen3.as_ref(), &config)?;
    let keys = KeyStore::open(paths::keys_file()?)?;
    check_exposure(config.server.listen, &keys)
        .map_err(|error| CliError::bad_input(error.to_string()))?;
    let listener = TcpListener::bind(config.server.listen)
        .await
        .with_context(|| {
            format!(
                "{} can't be listened on; choose another with --listen",
                config.server.listen
            )
        })?;
    let address = listener.local_addr()?;
    let authenticator = Authenticator::new(keys, address, config.server.auth());
    let shutdown = Cancel::new();
    let gateway = gateway(
        services.interpreter.clone(),
        &config,
        authenticator.clone(),
        shutdown.clone(),
    )?;
    stop_on_signals(shutdown.clone())?;
    let drained = Cancel::new();
    let maintenance = tokio::spawn(run_maintenance(library.clone(), drained.clone()));

    // The first request should be as fast as the next; no request waits for this.
    let warming = services.synthesis.clone();
    tokio::task::spawn_blocking(move || warming.warm());

    announce(format_args!("listening on http://{address}"));
    let parts = ServerParts {
        synthesis: services.synthesis,
        interpreter: services.interpreter,
        authenticator,
        models: ModelInstallation {
            store: services.models.store(),
            options: PullOptions::new(models::options()?),
            allow: config.models.allow_pull,
        },
        library: library.clone(),
        extra: mynah_gateway::router(gateway.clone()),
    };
    let served = mynah_server::run(listener, parts, config.server, shutdown.clone()).await;
    shutdown.cancel();
    gateway.drained().await;
    drained.cancel();
    // It writes the last uses.
    let _ = maintenance.await;
    served.map_err(|error| match error {
        ServerError::Start(StartError::Exposed(_)) | ServerError::Settings(_) => {
            CliError::bad_input(error.to_string()).into()
        }
        ServerError::Start(_) => error.into(),
    })
}

/// The WebSocket server, with the keys and the origins of the HTTP server.
pub(crate) fn gateway(
    backend: impl Into<Backend>,
    config: &Config,
    authenticator: Authenticator,
    shutdown: Cancel,
) -> Result<Gateway, CliError> {
    let mut settings = config.gateway.clone();
    settings
        .allowed_origins
        .extend(config.server.origins.iter().cloned());
    let pause_ms = config.interpreter.segmenter.hang_over_ms;
    settings.pause_ms.get_or_insert(pause_ms);
    Gateway::new(backend, settings, authenticator, shutdown)
        .map_err(|error| CliError::bad_input(format!("gateway.{error}")))
}

/// Cancels on the first SIGTERM or SIGINT; the second ends the process.
pub(crate) fn stop_on_signals(shutdown: Cancel) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if first {
                tracing::info!("stopping: finishing the work in progress");
                shutdown.cancel();
            }
        }
        std::process::exit(crate::exit::Exit::Interrupted as i32);
    });
    Ok(())
}
