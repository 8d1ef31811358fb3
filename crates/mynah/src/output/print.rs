//! What commands print. The one place that writes to standard output and standard error, so that
//! a reader who closes a pipe early (`mynah voices | head`) ends the command quietly.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

/// The reader of standard output closed it. [`crate::exit::report`] ends the program with 0.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub(crate) struct OutputClosed;

/// Writes bytes to standard output, and flushes them. Blocking.
///
/// # Errors
/// [`OutputClosed`], or what else standard output says, such as a full disk.
pub(crate) fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => OutputClosed.into(),
        _ => anyhow::Error::new(error).context("standard output can't be written"),
    })
}

/// Writes formatted text to standard output; see [`bytes`].
pub(crate) fn text(text: Arguments<'_>) -> anyhow::Result<()> {
    bytes(text.to_string().as_bytes())
}

/// Writes a line to standard output; see [`bytes`].
pub(crate) fn write_line(text: Arguments<'_>) -> anyhow::Result<()> {
    bytes(
        format!(
            "{text}
"
        )
        .as_bytes(),
    )
}

/// Says where a server listens, or that it is ready. It serves on where standard output is closed.
pub(crate) fn announce(text: Arguments<'_>) {
    if let Err(error) = write_line(text) {
        tracing::warn!(
            error = format!("{error:#}"),
            "an announcement can't be printed"
        );
    }
}

/// Writes a line to standard error, where it is still open: what is printed there is not the
/// command's result.
pub(crate) fn aside(text: Arguments<'_>) {
    let _ = std::io::stderr().write_all(
        format!(
            "{text}
"
        )
        .as_bytes(),
    );
}

/// Prints text to standard output, as `print!` does, and returns whether that went well.
macro_rules! out {
    ($($part:tt)*) => { $crate::output::print::text(format_args!($($part)*)) };
}

/// Prints a line to standard output, as `println!` does, and returns whether that went well.
macro_rules! outln {
    ($($part:tt)*) => { $crate::output::print::write_line(format_args!($($part)*)) };
}

/// Prints a line to standard error, as `eprintln!` does, and never fails.
macro_rules! note {
    ($($part:tt)*) => { $crate::output::print::aside(format_args!($($part)*)) };
}

pub(crate) use {note, out, outln};
