//! Mynah.
fn main() {}
