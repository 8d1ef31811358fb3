//! Who may come in: hosts, origins, keys.

mod exposure;
mod gate;
mod host;
mod origin;
mod policy;
mod revocable;

pub use exposure::{Exposed, check_exposure};
pub(crate) use gate::bearer;
pub use gate::{Authenticator, Principal, Refusal};
pub(crate) use host::{HostPolicy, check_host};
pub(crate) use origin::{OriginPolicy, check_origin};
pub(crate) use policy::{Policy, ask_for_key};
