//! All size limits. `mynah pipeline init` checks that broker and topics agree.

/// The maximum size of audio inside an event, in bytes of WAV. Larger audio is in the object store.
pub const MAX_INLINE_BYTES: usize = 1_310_720;

/// The maximum size of a record, in bytes, headers and key included: the brokers' `message.max.bytes`.
pub const MAX_RECORD_BYTES: usize = 2_097_152;

/// The largest dead letter: a record, and the headers that describe its failure.
pub const MAX_DEAD_LETTER_BYTES: usize = MAX_RECORD_BYTES + 65_536;

/// The maximum size of a record beside its audio: text, identities, small reference audio, headers.
pub const MAX_OTHER_BYTES: usize = MAX_RECORD_BYTES - MAX_INLINE_BYTES;

/// The maximum size of reference audio inside events, in bytes. It is in every chunk of a session, so it is
/// small; larger files need the object store.
pub const MAX_INLINE_REFERENCE_BYTES: usize = 65_536;

/// The maximum length of a text in an event, in bytes.
pub const MAX_TEXT_BYTES: usize = 65_536;

/// The maximum length of a name, language, address or code in an event, in bytes.
pub const MAX_NAME_BYTES: usize = 1_024;

/// The maximum size of an object that is read back, in bytes.
pub const MAX_OBJECT_BYTES: u64 = 64 << 20;

// An event has at most four texts and twelve names.
const _: () = assert!(
    MAX_INLINE_REFERENCE_BYTES + 4 * MAX_TEXT_BYTES + 12 * MAX_NAME_BYTES < MAX_OTHER_BYTES
);
