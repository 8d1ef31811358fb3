//! Programs of the machine that make files which we did not make.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::wav::Wav;

/// Runs ffmpeg on mono 16-bit samples and returns the file that it made, or what it wrote into `pipe:1`.
///
/// # Panics
/// With a sentence that states what to install, where it is missing.
pub(crate) fn ffmpeg(
    rate: u32,
    channels: u16,
    samples: &[f32],
    name: &str,
    options: &str,
) -> Vec<u8> {
    convert("ffmpeg", rate, channels, samples, name, |from, to| {
        let mut command = Command::new("ffmpeg");
        command
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-i"])
            .arg(from);
        command.args(options.split_whitespace()).arg(to);
        command
    })
}

/// Runs sox likewise; the options stand before the output.
///
/// # Panics
/// With a sentence that states what to install, where it is missing.
pub(crate) fn sox(rate: u32, channels: u16, samples: &[f32], name: &str, options: &str) -> Vec<u8> {
    convert("sox", rate, channels, samples, name, |from, to| {
        let mut command = Command::new("sox");
        command
            .arg("-D")
            .arg(from)
            .args(options.split_whitespace())
            .arg(to);
        command
    })
}

fn convert(
    program: &str,
    rate: u32,
    channels: u16,
    samples: &[f32],
    name: &str,
    command: impl FnOnce(&Path, &Path) -> Command,
) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let piped = name.starts_with("pipe:");
    let from = folder.path().join("from.wav");
    let to = if piped {
        PathBuf::from(name)
    } else {
        folder.path().join(name)
    };
    std::fs::write(&from, Wav::of(rate, channels, samples).bytes()).unwrap();
    let output = command(&from, &to).output().unwrap_or_else(|error| {
        panic!(
            "this test needs {program}, which does not start ({error}): apt-get install {program}"
        )
    });
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} could not make {name}: {complaint}"
    );
    if piped {
        output.stdout
    } else {
        std::fs::read(&to).unwrap()
    }
}

/// Runs ffmpeg on these files, by their names in `arguments`, and returns the file `to`.
///
/// # Panics
/// Where ffmpeg is missing or fails.
pub(crate) fn ffmpeg_on(files: &[(&str, &[u8])], arguments: &str, to: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = Command::new("ffmpeg")
        .current_dir(folder.path())
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(to)
        .output()
        .expect("this test needs ffmpeg: apt-get install ffmpeg");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "ffmpeg {arguments} {to}: {complaint}"
    );
    std::fs::read(folder.path().join(to)).unwrap()
}
