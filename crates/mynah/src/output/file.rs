//! Audio into a file that is there whole or not at all.

use std::fs::Permissions;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mynah_audio::{Encoder, FileEncoder, Format, SampleRate, Tags};
use tempfile::NamedTempFile;

use crate::exit::CliError;
use crate::output::print;

/// What other programs give a new file.
const READABLE_BY_ALL: u32 = 0o644;

/// A file being written, or standard output.
pub(crate) enum AudioFile {
    /// Written beside its place, and moved there when it is whole.
    File {
        encoder: FileEncoder,
        file: NamedTempFile,
        path: PathBuf,
    },
    /// Written as it comes: a pipe is read at once, and nothing can be corrected.
    Stdout(Encoder),
}

/// A file with these permissions beside the place where it is to be once it is whole.
pub(crate) fn temporary_file_beside(
    path: &Path,
    permissions: u32,
) -> anyhow::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".mynah-")
        .permissions(Permissions::from_mode(permissions))
        .tempfile_in(folder);
    file.with_context(|| format!("{} can't be written", path.display()))
}

impl AudioFile {
    /// Begins a file. `-` is standard output. The format is the one named, else what the name's
    /// ending says, else wav.
    pub(crate) fn create(
        path: &Path,
        format: Option<Format>,
        rate: SampleRate,
        tags: &Tags,
    ) -> anyhow::Result<Self> {
        let format = format_of(path, format)?;
        if path == Path::new("-") {
            return Ok(Self::Stdout(Encoder::new(format, rate, tags)?));
        }
        Ok(Self::File {
            encoder: FileEncoder::new(format, rate, tags)?,
            file: temporary_file_beside(path, READABLE_BY_ALL)?,
            path: path.to_owned(),
        })
    }

    /// Writes the next samples. Blocking.
    pub(crate) fn push(&mut self, samples: &[f32]) -> anyhow::Result<()> {
        match self {
            Self::File {
                encoder,
                file,
                path,
            } => file
                .write_all(&encoder.push(samples)?)
                .with_context(|| format!("{} can't be written", path.display())),
            Self::Stdout(encoder) => print::bytes(&encoder.push(samples)?),
        }
    }

    /// Ends the file and puts it in its place. Blocking.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        let (encoder, mut file, path) = match self {
            Self::Stdout(encoder) => return print::bytes(&encoder.finish()?),
            Self::File {
                encoder,
                file,
                path,
            } => (encoder, file, path),
        };
        let (rest, patches) = encoder.finish()?;
        let written = (|| {
            file.write_all(&rest)?;
            for patch in patches {
                file.seek(SeekFrom::Start(patch.offset))?;
                file.write_all(&patch.bytes)?;
            }
            file.persist(&path).map(drop).map_err(|error| error.error)
        })();
        written.with_context(|| format!("{} can't be written", path.display()))
    }
}

fn format_of(path: &Path, named: Option<Format>) -> Result<Format, CliError> {
    if let Some(format) = named {
        return Ok(format);
    }
    let Some(ending) = path.extension() else {
        return Ok(Format::Wav);
    };
    Format::from_extension(&ending.to_string_lossy()).ok_or_else(|| {
        CliError::bad_input(format!(
            "no format is called .{}; use .mp3 .opus .aac .flac .wav .pcm, or --format",
            ending.to_string_lossy()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_the_one_named_else_the_ending_else_wav() {
        let of = |path: &str, named| format_of(Path::new(path), named).ok();
        assert_eq!(of("a.mp3", None), Some(Format::Mp3));
        assert_eq!(of("a.mp3", Some(Format::Flac)), Some(Format::Flac));
        assert_eq!(of("a.OGG", None), Some(Format::Opus));
        assert_eq!(of("a", None), Some(Format::Wav));
        assert_eq!(of("-", None), Some(Format::Wav));
        assert_eq!(of("a.txt", None), None);
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.wav");
        let rate = SampleRate::HZ_24000;
        let mut file = AudioFile::create(&path, None, rate, &Tags::new()).expect("a file");
        file.push(&[0.1; 240]).expect("written");
        drop(file);
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            0
        );
    }
}
