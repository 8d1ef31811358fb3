//! English speech by flite, opened at first use.
//!
//! flite is never linked: [`Flite`] opens its shared libraries when they are first needed, so a
//! machine without them runs everything else.

mod english;
mod flite;
mod installation;
mod library;
mod noise;
mod settings;
mod voices;

pub use flite::Flite;
pub use settings::FliteSettings;
