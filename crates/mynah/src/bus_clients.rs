//! The clients of the bus, the registry and the store.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use mynah_bus::avro::Codec;
use mynah_bus::claim::Store;
use mynah_bus::registry::{Registry, RegistryOptions};
use mynah_bus::{Bus, BusKind, BusSettings};
use mynah_http::{Dependency, DependencyCheck};
use mynah_pipeline::init;
use mynah_pipeline::startup::wait_for;
use tokio::time::Instant;

use crate::config::Config;
use crate::exit::CliError;

/// How long one broker may take to say that it is there.
const BROKER_TIMEOUT: Duration = Duration::from_secs(2);

/// What carries events. Cheap to clone.
#[derive(Clone)]
pub(crate) struct BusClients {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) store: Store,
    pub(crate) registry: Registry,
}

impl BusClients {
    /// Builds it. No connection is opened yet.
    pub(crate) fn open(config: &Config) -> Result<Self, CliError> {
        let settings = &config.bus;
        mynah_settings::check(settings)
            .map_err(|error| CliError::bad_input(error.within("bus").to_string()))?;
        let store = Store::new(config.storage.clone())
            .map_err(|error| CliError::bad_input(error.to_string()))?;
        match settings.kind {
            BusKind::Memory => Err(CliError::bad_input(
                "there is no bus to connect to: set bus.kind to kafka",
            )),
            BusKind::Kafka => {
                let registry = registry(settings)?;
                Ok(Self {
                    bus: kafka(settings)?,
                    codec: Codec::new(registry.clone()),
                    store,
                    registry,
                })
            }
        }
    }

    /// What must be there to work, and whether it is.
    pub(crate) fn dependency_check(&self) -> DependencyCheck {
        let clients = self.clone();
        Arc::new(move || {
            let clients = clients.clone();
            async move {
                let (bus, registry, store) = tokio::join!(
                    clients.bus_ready(),
                    clients.schemas_ready(),
                    clients.store_ready()
                );
                let need = |name, ready: Result<(), String>| Dependency {
                    name,
                    unavailable: ready.err(),
                };
                vec![
                    need("bus", bus),
                    need("registry", registry),
                    need("store", store),
                ]
            }
            .boxed()
        })
    }

    /// Waits for everything, until the deadline at most.
    pub(crate) async fn wait(&self, began: Instant, limit: Duration) -> anyhow::Result<()> {
        wait_for("the bus", began, limit, || self.bus_ready()).await?;
        wait_for("the schema registry", began, limit, || self.schemas_ready()).await?;
        wait_for("the object store", began, limit, || self.store_ready()).await?;
        Ok(())
    }

    async fn bus_ready(&self) -> Result<(), String> {
        self.bus
            .ready(BROKER_TIMEOUT)
            .await
            .map_err(|error| error.to_string())?;
        init::check(self.bus.as_ref())
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    async fn schemas_ready(&self) -> Result<(), String> {
        self.codec.ready().await.map_err(|error| error.to_string())
    }

    async fn store_ready(&self) -> Result<(), String> {
        if !self.store.is_on() {
            return Ok(());
        }
        self.store.ready().await.map_err(|error| error.to_string())
    }
}

fn registry(settings: &BusSettings) -> Result<Registry, CliError> {
    if settings.registry.is_empty() {
        let message = "bus.registry must name the schema registry where bus.kind is kafka";
        return Err(CliError::bad_input(message));
    }
    let user = settings.registry_user.clone();
    Registry::new(RegistryOptions {
        user: (!user.is_empty()).then_some(user),
        password: settings.registry_password.clone(),
        ..RegistryOptions::new(settings.registry.clone())
    })
    .map_err(|error| CliError::bad_input(format!("bus.registry: {error}")))
}

#[cfg(feature = "kafka")]
fn kafka(settings: &BusSettings) -> Result<Arc<dyn Bus>, CliError> {
    let bus = mynah_bus::kafka::KafkaBus::new(settings)
        .map_err(|error| CliError::bad_input(error.to_string()))?;
    Ok(Arc::new(bus))
}

#[cfg(not(feature = "kafka"))]
fn kafka(_: &BusSettings) -> Result<Arc<dyn Bus>, CliError> {
    Err(CliError::missing(
        "this program was built without Kafka; build it with the feature kafka",
    ))
}
