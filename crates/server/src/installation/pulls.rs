//! The pulls that clients started.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use mynah_api::{PullState, PullStatus};
use mynah_models::{AllowPull, Catalogue, Model, ModelError, PullOptions, Store};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Where models are installed, and who may have them fetched.
#[derive(Clone, Debug)]
pub struct ModelInstallation {
    /// The folder of the models.
    pub store: Store,
    /// How they are fetched.
    pub options: PullOptions,
    /// Which clients may have them fetched.
    pub allow: AllowPull,
}

/// The pulls since the server's start, the last one of each model. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pulls(Arc<Inner>);

struct Inner {
    installation: ModelInstallation,
    pulls: Mutex<HashMap<&'static str, Pull>>,
    shutdown: CancellationToken,
}

struct Pull {
    status: watch::Receiver<PullStatus>,
    cancel: CancellationToken,
}

impl Pulls {
    pub(crate) fn new(installation: ModelInstallation, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            installation,
            pulls: Mutex::default(),
            shutdown,
        }))
    }

    pub(crate) fn allow(&self) -> AllowPull {
        self.0.installation.allow
    }

    /// The ids of the models that are installed with all of their files. Blocking.
    pub(crate) fn installed(&self) -> Result<BTreeSet<String>, ModelError> {
        let installed = self.0.installation.store.installed()?;
        let whole = installed.into_iter().filter(|it| it.missing().is_empty());
        Ok(whole.map(|it| it.id).collect())
    }

    /// The status of the last pull of a model.
    pub(crate) fn watch(&self, model: &Model) -> Option<watch::Receiver<PullStatus>> {
        self.lock().get(&*model.id).map(|pull| pull.status.clone())
    }

    /// Cancels the pull of a model.
    pub(crate) fn cancel(&self, model: &Model) {
        if let Some(pull) = self.lock().get(&*model.id) {
            pull.cancel.cancel();
        }
    }

    /// Starts a pull unless one of this model runs. Pulls of several models take turns.
    pub(crate) fn start(&self, model: &'static Model) -> PullStatus {
        let mut pulls = self.lock();
        let running = pulls
            .get(&*model.id)
            .map(|pull| pull.status.borrow().clone())
            .filter(|status| status.state == PullState::Running);
        if let Some(status) = running {
            return status;
        }
        let status = PullStatus {
            state: PullState::Running,
            bytes: 0,
            total_bytes: model.bytes(),
            bytes_per_second: 0,
            error: None,
        };
        let (sender, receiver) = watch::channel(status.clone());
        let cancel = self.0.shutdown.child_token();
        let pull = Pull {
            status: receiver,
            cancel: cancel.clone(),
        };
        pulls.insert(&model.id, pull);
        drop(pulls);
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            let sender = Arc::new(sender);
            let progress = Arc::clone(&sender);
            let work = tokio::task::spawn_blocking(move || {
                fetch(&inner.installation, model, &progress, &cancel)
            });
            let end = match work.await {
                Ok(Ok(())) => (PullState::Done, None),
                Ok(Err(ModelError::Cancelled)) => (PullState::Cancelled, None),
                Ok(Err(error)) => {
                    tracing::warn!(model = model.id, %error, "a model could not be fetched");
                    (PullState::Failed, Some(message(&error)))
                }
                Err(error) => {
                    tracing::error!(model = model.id, %error, "a pull panicked");
                    (PullState::Failed, Some("internal error".to_owned()))
                }
            };
            sender.send_modify(|status| (status.state, status.error) = end);
        });
        status
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, Pull>> {
        self.0.pulls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fetch(
    installation: &ModelInstallation,
    model: &Model,
    status: &watch::Sender<PullStatus>,
    cancel: &CancellationToken,
) -> Result<(), ModelError> {
    let began = Instant::now();
    let on_progress = |progress: &mynah_models::PullProgress| {
        let seconds = began.elapsed().as_secs_f64().max(0.001);
        status.send_modify(|status| {
            status.bytes = progress.bytes;
            status.total_bytes = progress.total_bytes;
            status.bytes_per_second = (progress.bytes as f64 / seconds) as u64;
        });
    };
    let ModelInstallation { store, options, .. } = installation;
    let (catalogue, ids) = (Catalogue::builtin(), [&*model.id]);
    store
        .pull(catalogue, &ids, options, &on_progress, cancel)
        .map(drop)
}

/// The error for a client: without the machine's paths.
fn message(error: &ModelError) -> String {
    match error {
        ModelError::File { source, .. } => {
            format!("the folder of the models cannot be written: {source}")
        }
        ModelError::DiskSpace {
            needed, available, ..
        } => format!("{needed} bytes of disk space are needed, and {available} are free"),
        error => error.to_string(),
    }
}
