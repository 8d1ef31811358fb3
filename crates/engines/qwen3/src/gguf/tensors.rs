//! The tensors of GGUF files under their official names.

use std::collections::HashMap;
use std::ops::Range;

use crate::generate::GROUPS;
use crate::weights::{Dimensions, Folded, Location, MappedFile, TensorType, Weights};

use super::file::GgufFile;
use super::header::TensorInfo;
use super::names::renamed;

/// The most parts of a tensor that the converters stack: embeddings and heads, of which there is one for
/// each code of a frame.
const MAX_PARTS: usize = GROUPS;

/// Collects tensors of one or several files.
#[derive(Default)]
pub(super) struct TensorMap {
    files: Vec<MappedFile>,
    locations: HashMap<String, Location>,
}

impl TensorMap {
    /// Adds the tensors of a file that have official names by these rules.
    pub(super) fn add(&mut self, file: &GgufFile, rules: &[(&str, &str)]) {
        let number = self.number(file);
        for (name, entry) in &file.header().tensors {
            if let Some(official) = renamed(rules, name) {
                let data = entry.data.clone();
                self.insert(official, name, number, Some(entry.dimensions), data);
            }
        }
    }

    /// Adds all tensors of a file by their own names.
    pub(super) fn add_all(&mut self, file: &GgufFile) {
        let number = self.number(file);
        for (name, entry) in &file.header().tensors {
            let data = entry.data.clone();
            self.insert(name.clone(), name, number, Some(entry.dimensions), data);
        }
    }

    /// Adds each part of a tensor along its first dimension as one of its own, where the file has
    /// it; `official` names a part by its number. A tensor of more parts than a checkpoint has is left
    /// out, and so reported as missing where it is needed.
    pub(super) fn add_parts(
        &mut self,
        file: &GgufFile,
        name: &str,
        official: impl Fn(usize) -> String,
    ) {
        let Some(entry) = file.header().tensors.get(name) else {
            return;
        };
        let Some((&parts, rest)) = entry.dimensions.as_slice().split_first() else {
            return;
        };
        if parts > MAX_PARTS {
            return;
        }
        let number = self.number(file);
        for part in 0..parts {
            let data = rows(entry, part..part + 1);
            self.insert(official(part), name, number, Dimensions::new(rest), data);
        }
    }

    /// Adds the first rows of a tensor, where the file has as many.
    pub(super) fn add_rows(&mut self, file: &GgufFile, name: &str, count: usize, official: &str) {
        let Some(entry) = file.header().tensors.get(name) else {
            return;
        };
        let Some((&all, rest)) = entry.dimensions.as_slice().split_first() else {
            return;
        };
        if count <= all {
            let number = self.number(file);
            let sizes: Vec<usize> = std::iter::once(count).chain(rest.iter().copied()).collect();
            let data = rows(entry, 0..count);
            self.insert(official.into(), name, number, Dimensions::new(&sizes), data);
        }
    }

    /// The weights.
    pub(super) fn weights(self, folded: Folded) -> Weights {
        Weights::of(self.files, self.locations, folded)
    }

    /// The number of a file, which is added where it is not there yet.
    fn number(&mut self, file: &GgufFile) -> usize {
        let known = self.files.iter().position(|own| own.path == file.path());
        known.unwrap_or_else(|| {
            self.files.push(file.mapped());
            self.files.len() - 1
        })
    }

    fn insert(
        &mut self,
        official_name: String,
        name: &str,
        file: usize,
        dimensions: Option<Dimensions>,
        data: Result<(TensorType, Range<usize>), String>,
    ) {
        let (element, bytes) = match data {
            Ok((element, bytes)) => (Ok(element), bytes),
            Err(format) => (Err(format), 0..0),
        };
        let location = Location {
            name: (official_name != name).then(|| name.to_owned()),
            file,
            element,
            dimensions,
            bytes,
        };
        self.locations.insert(official_name, location);
    }
}

/// The bytes of rows of a tensor. Rows are whole blocks, as the header was checked for.
fn rows(entry: &TensorInfo, rows: Range<usize>) -> Result<(TensorType, Range<usize>), String> {
    let (element, bytes) = entry.data.clone()?;
    let all = entry.dimensions.as_slice().first().copied().unwrap_or(1);
    let row = bytes.len().checked_div(all).unwrap_or_default();
    let (from, to) = (row * rows.start, row * rows.end);
    Ok((element, bytes.start + from..bytes.start + to))
}
