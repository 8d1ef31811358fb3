//! Layer 2: what every HTTP server of this program shares. [`serve`] accepts connections, limits
//! their number in total and by address, reserves some for health probes, and closes those whose
//! peer has stalled. [`Middleware`] has the checks of every request, [`authenticate()`] those of a
//! route that requires a key. [`run_ops`] and [`run_with_ops`] add endpoints for operators.

mod accept;
mod address;
mod authenticate;
mod cached_check;
mod connection;
mod connection_limit;
mod descriptors;
mod error;
mod host;
mod maintenance;
mod middleware;
mod observe;
mod ops;
mod origin;
mod progress;
mod recorder;
mod reserve;
mod revocable_body;
mod security_headers;
mod serve;
mod socket;
mod stall;
mod trailing_slash;

pub mod event;
pub mod metric;

pub use address::Networks;
pub use authenticate::{AccessPolicy, authenticate, bearer_token, peer_address};
pub use cached_check::CachedCheck;
pub use error::{ErrorResponse, INTERNAL_ERROR_MESSAGE, auth_error_code, whole_seconds};
pub use host::HostPolicy;
pub use maintenance::{Maintenance, spawn_maintenance};
pub use middleware::Middleware;
pub use observe::REQUEST_ID;
pub use ops::{
    Dependency, DependencyCheck, ListenerSettings, OpsState, StartError, liveness, run_ops,
    run_with_ops,
};
pub use origin::{OriginPolicy, origin_not_allowed};
pub use progress::{PeerProgress, Progress};
pub use recorder::{install_recorder, metrics_route};
pub use security_headers::WEB_APP_POLICY;
pub use serve::{ConnectionLimits, serve};
pub use stall::{Stall, StallTimer, Stalled, unless_stalled};
