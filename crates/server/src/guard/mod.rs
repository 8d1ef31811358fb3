//! Who may come in: hosts, origins, keys.

mod exposure;
mod gate;
mod host;
mod origin;
mod policy;

pub use exposure::{Exposed, check_exposure};
pub use gate::{Gate, Refusal, Visitor, bearer};
pub(crate) use host::{HostPolicy, check_host};
pub use origin::OriginPolicy;
pub(crate) use origin::check_origin;
pub(crate) use policy::{Policy, ask_for_key};
