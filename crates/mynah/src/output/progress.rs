//! Progress bars on stderr, where it is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that counts characters of a text; shown only when the work takes over a second.
pub(crate) fn of_text() -> ProgressBar {
    bar("{wide_bar} {percent} %, about {eta} left")
}

/// A bar that counts seconds of a recording.
pub(crate) fn of_recording(seconds: u64) -> ProgressBar {
    let bar = bar("{wide_bar} {pos} of {len} s, about {eta} left");
    bar.set_length(seconds);
    bar
}

/// A bar that counts bytes of a download.
pub(crate) fn of_bytes() -> ProgressBar {
    bar("{wide_bar} {bytes} of {total_bytes}, about {eta} left  {msg}")
}

/// A spinner during work of unknown length.
pub(crate) fn of_work(what: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {what} {{msg}}")) {
        spinner.set_style(style);
    }
    spinner
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
