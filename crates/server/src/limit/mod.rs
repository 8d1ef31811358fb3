//! How much one caller may have: requests, seconds of sound, bytes that arrive, places for uploads.

mod arriving;
mod budget;
mod caller;
mod rate;
mod slot;
mod uploads;

pub(crate) use arriving::{Arrival, Arriving};
pub(crate) use budget::Budget;
pub use caller::Caller;
pub(crate) use rate::Rate;
pub(crate) use slot::{Slot, Slots};
pub(crate) use uploads::{UploadPlace, UploadWork, Uploads};
