//! Layer 0: admission control. Concurrency limits and a fair semaphore, both bounded in total and
//! shared between clients.

mod client_key;
mod concurrency_limit;
mod ewma;
mod fair_semaphore;

pub use client_key::ClientKey;
pub use concurrency_limit::{ConcurrencyLimit, ConcurrencySlot, LimitReached};
pub use ewma::Ewma;
pub use fair_semaphore::{FairPermit, FairSemaphore};
