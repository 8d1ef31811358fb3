//! The one place of every limit on sizes. `mynah pipeline init` checks that broker and topics agree.

/// The largest sound that travels inside an event, in bytes of WAV. More goes to the object store.
pub const INLINE_MAX: usize = 1_310_720;

/// The largest record, in bytes, headers and key included: the brokers' `message.max.bytes`.
pub const RECORD_MAX: usize = 2_097_152;

/// The largest dead letter: a record, and the headers that say what became of it.
pub const DEAD_MAX: usize = RECORD_MAX + 65_536;

/// What a record may have beside its sound: text, identities, a small recording of a voice, headers.
pub const BESIDE_MAX: usize = RECORD_MAX - INLINE_MAX;

/// The largest recording of a voice that travels inside events, in bytes. It is in every chunk of
/// a session, so it is small; more needs the object store.
pub const INLINE_REFERENCE_MAX: usize = 65_536;

/// The longest text in an event, in bytes.
pub const TEXT_MAX: usize = 65_536;

/// The largest object that is read back, in bytes.
pub const OBJECT_MAX: u64 = 64 << 20;

const _: () = assert!(INLINE_REFERENCE_MAX + TEXT_MAX < BESIDE_MAX);
