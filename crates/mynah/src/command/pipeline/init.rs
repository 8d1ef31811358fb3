//! `mynah pipeline init`.

use mynah_bus::BusKind;
use mynah_pipeline::init;
use mynah_pipeline::startup::wait_for;
use std::time::Duration;
use tokio::time::Instant;

use crate::bus_clients::BusClients;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::outln;

/// How long one broker may take to say that it is there.
const BROKER_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    if config.bus.kind == BusKind::Memory {
        let message = "a bus in memory needs no init; set bus.kind to kafka";
        return Err(CliError::bad_input(message).into());
    }
    let clients = BusClients::open(config)?;
    let (began, limit) = (Instant::now(), config.pipeline.startup());
    let ready = || async {
        clients
            .bus
            .ready(BROKER_TIMEOUT)
            .await
            .map_err(|error| error.to_string())
    };
    wait_for("the bus", began, limit, ready).await?;
    let specs = init::topics(
        config.bus.partitions,
        config.bus.replication,
        config.bus.retention(),
    );
    let created = init::create(clients.bus.as_ref(), &specs).await?;
    for spec in &specs {
        let state = if created.contains(&spec.name) {
            "created"
        } else {
            "there"
        };
        outln!(
            "topic   {:<36} {state}, {} partitions",
            spec.name,
            spec.partitions
        )?;
    }
    let registry = &clients.registry;
    let register = || async {
        match registry.register_all().await {
            Err(error) if error.is_transient() => Err(error.to_string()),
            registered => Ok(registered),
        }
    };
    let registered = wait_for("the schema registry", began, limit, register).await?;
    for registered in registered? {
        let state = if registered.new {
            "registered"
        } else {
            "there"
        };
        outln!(
            "schema  {:<36} {state}, id {}",
            registered.subject,
            registered.id
        )?;
    }
    clients.bus.close().await;
    Ok(())
}
