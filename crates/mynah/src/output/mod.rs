//! Where results go: a loudspeaker, a file, a terminal.

pub(crate) mod file;
pub(crate) mod player;
pub(crate) mod print;
pub(crate) mod progress;
