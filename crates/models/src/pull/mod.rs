//! Fetching models of the catalogue to the folder of those installed.

mod files;
mod job;
mod plan;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::catalogue::{Catalogue, Content, Model};
use crate::error::failed;
use crate::hub::HubOptions;
use crate::source::{Fetcher, Programs, archive};
use crate::store::{Manifest, lock};
use crate::{Cancel, Installed, InstalledFile, ModelError, Store};

use job::{Job, Outcome};

pub use plan::{PlannedModel, PullPlan};

/// The space that stays free on the file system, in bytes.
const MIN_FREE_BYTES: u64 = 64 << 20;

/// The most files that are fetched at once.
const MAX_PARALLEL: usize = 16;

/// How models are fetched.
#[derive(Clone, Debug)]
pub struct PullOptions {
    /// The hub, its cache, and whether requests are forbidden: to all sources.
    pub hub: HubOptions,
    /// The clients of registries.
    pub programs: Programs,
    /// Files of different sources that are fetched at once, 1 to 16.
    pub parallel: usize,
}

impl PullOptions {
    /// Four files at once, by the clients that are installed.
    pub fn new(hub: HubOptions) -> Self {
        Self {
            hub,
            programs: Programs::default(),
            parallel: 4,
        }
    }
}

/// The progress of a pull.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PullProgress {
    /// The id of the model that is being fetched.
    pub model: String,
    /// The file that is being fetched.
    pub file: String,
    /// Where it is fetched from.
    pub source: String,
    /// The bytes of all files so far; never less than in an earlier report.
    pub bytes: u64,
    /// The bytes of all files, roughly.
    pub total_bytes: u64,
}

/// Receives the progress of a pull, from several threads.
pub type OnPullProgress<'a> = dyn Fn(&PullProgress) + Sync + 'a;

/// The bytes of a pull so far.
struct Tracker<'a> {
    progress: &'a OnPullProgress<'a>,
    total_bytes: u64,
    /// The bytes of each job.
    jobs: Mutex<BTreeMap<usize, u64>>,
    reported: AtomicU64,
}

impl Tracker<'_> {
    fn report(&self, job: usize, bytes: u64, model: &str, file: &str, source: &str) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.insert(job, bytes);
        let sum: u64 = jobs.values().sum();
        drop(jobs);
        let sum = sum.min(self.total_bytes);
        let earlier = self.reported.fetch_max(sum, Ordering::Relaxed);
        (self.progress)(&PullProgress {
            model: model.to_owned(),
            file: file.to_owned(),
            source: source.to_owned(),
            bytes: sum.max(earlier),
            total_bytes: self.total_bytes,
        });
    }
}

impl Store {
    /// Fetches what these models lack. A file that is damaged is fetched again; what arrived in an
    /// earlier pull that broke off is used. A second pull waits for the first.
    ///
    /// # Errors
    /// `Unknown` for an id that the catalogue does not have, `Invalid`, `DiskSpace`, `Sources` where a file
    /// cannot be had (all that can be had are installed), `File`, `Cancelled`.
    pub fn pull(
        &self,
        catalogue: &Catalogue,
        ids: &[&str],
        options: &PullOptions,
        progress: &OnPullProgress<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<Installed>, ModelError> {
        let models = plan::models(catalogue, ids)?;
        if !(1..=MAX_PARALLEL).contains(&options.parallel) {
            let message = format!("parallel must be 1 to {MAX_PARALLEL}");
            return Err(ModelError::invalid("parallel", message));
        }
        let _lock = lock(&self.folder, cancel)?;
        let fetcher = Fetcher::new(catalogue, options, cancel, &self.folder)?;
        archive::remove_leftovers(&fetcher.staging)
            .map_err(|source| failed(&fetcher.staging, source))?;
        let mut present = BTreeMap::new();
        let jobs = job::split(self, &models, &mut present, cancel)?;
        let total_bytes = jobs.iter().map(Job::bytes).sum();
        self.check_space(catalogue, &jobs)?;
        let tracker = Tracker {
            progress,
            total_bytes,
            jobs: Mutex::default(),
            reported: AtomicU64::new(0),
        };
        let outcome = job::run_all(self, &fetcher, jobs, &tracker)?;
        let installed = self.write_manifests(&models, present, &outcome)?;
        if !outcome.failures.is_empty() {
            return Err(ModelError::Sources {
                failures: outcome.failures,
            });
        }
        for folder in [&fetcher.staging, &fetcher.packages] {
            fs::remove_dir_all(folder).map_err(|source| failed(folder, source))?;
        }
        Ok(installed)
    }

    /// Writes the manifest of each model that has all of its files.
    fn write_manifests(
        &self,
        models: &[&Model],
        mut present: BTreeMap<String, Vec<InstalledFile>>,
        outcome: &Outcome,
    ) -> Result<Vec<Installed>, ModelError> {
        let mut installed = Vec::new();
        for model in models {
            if outcome.failures.iter().any(|it| it.model == model.id) {
                continue;
            }
            let folder = self.folder.join(&model.id);
            let manifest = match &model.content {
                Content::Files(_) => {
                    let mut files = present.remove(&model.id).unwrap_or_default();
                    let fetched = outcome.files.iter();
                    let own = fetched.filter(|(id, _)| *id == model.id);
                    files.extend(own.map(|(_, file)| file.clone()));
                    files.sort_by(|a, b| a.path.cmp(&b.path));
                    Manifest {
                        files,
                        folder: None,
                        repository: None,
                    }
                }
                Content::Repository { .. } => {
                    let own = outcome.repositories.iter().find(|(id, _)| *id == model.id);
                    let Some((_, found)) = own else { continue };
                    Manifest {
                        files: found.files.clone(),
                        folder: Some(found.folder.clone()),
                        repository: found.repository.clone(),
                    }
                }
            };
            manifest.write(&folder)?;
            installed.extend(self.get(&model.id)?);
        }
        Ok(installed)
    }

    /// Whether the file system has room for the files, and for the packages while they are read.
    fn check_space(&self, catalogue: &Catalogue, jobs: &[Job<'_>]) -> Result<(), ModelError> {
        let files = || jobs.iter().flat_map(Job::model_files);
        let packages = catalogue.download_bytes(files());
        let bytes: u64 = jobs.iter().map(Job::bytes).sum();
        if bytes == 0 {
            return Ok(());
        }
        check_space(&self.folder, bytes + packages + MIN_FREE_BYTES)
    }
}

/// Whether a file system has so many bytes free.
fn check_space(folder: &Path, needed: u64) -> Result<(), ModelError> {
    let found = rustix::fs::statvfs(folder).map_err(|error| failed(folder, error.into()))?;
    let available = found.f_bavail.saturating_mul(found.f_frsize);
    if available < needed {
        return Err(ModelError::DiskSpace {
            folder: folder.to_owned(),
            needed,
            available,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_disk_space_is_an_error_before_any_download() {
        let folder = tempfile::tempdir().expect("a folder");
        check_space(folder.path(), 1).expect("space");
        let error = check_space(folder.path(), u64::MAX).expect_err("too much");
        assert!(matches!(error, ModelError::DiskSpace { .. }), "{error}");
    }
}
