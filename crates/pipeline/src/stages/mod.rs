//! The stages without state, which work on one segment at a time.

mod recognize;
mod reference_cache;
mod synthesize;
mod translate;

use mynah_admission::ClientKey;
use mynah_bus::identity::SessionId;
use mynah_speech_translation::Interpreter;

pub(crate) use recognize::Recognize;
pub(crate) use reference_cache::ReferenceCache;
pub(crate) use synthesize::Synthesize;
pub(crate) use translate::Translate;

/// The interpreter with its limits counted for a session: the client's key is not on the bus.
fn for_session(interpreter: &Interpreter, session: &SessionId) -> Interpreter {
    interpreter.for_client(ClientKey::new(format!("session:{}", session.as_str())))
}
