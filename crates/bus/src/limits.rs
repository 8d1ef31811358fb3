//! The one place of every limit on sizes. `mynah pipeline init` checks that broker and topics agree.

/// The largest sound that travels inside an event, in bytes of WAV. More goes to the object store.
pub const MAX_INLINE_BYTES: usize = 1_310_720;

/// The largest record, in bytes, headers and key included: the brokers' `message.max.bytes`.
pub const MAX_RECORD_BYTES: usize = 2_097_152;

/// The largest dead letter: a record, and the headers that say why it is dead.
pub const MAX_DEAD_LETTER_BYTES: usize = MAX_RECORD_BYTES + 65_536;

/// What a record may have beside its sound: text, identities, a small recording of a voice, headers.
pub const MAX_OTHER_BYTES: usize = MAX_RECORD_BYTES - MAX_INLINE_BYTES;

/// The largest recording of a voice that travels inside events, in bytes. It is in every chunk of
/// a session, so it is small; more needs the object store.
pub const MAX_INLINE_REFERENCE_BYTES: usize = 65_536;

/// The longest text in an event, in bytes.
pub const MAX_TEXT_BYTES: usize = 65_536;

/// The longest name, language, address or code in an event, in bytes.
pub const MAX_NAME_BYTES: usize = 1_024;

/// The largest object that is read back, in bytes.
pub const MAX_OBJECT_BYTES: u64 = 64 << 20;

// At most four texts and a dozen names are in an event.
const _: () = assert!(
    MAX_INLINE_REFERENCE_BYTES + 4 * MAX_TEXT_BYTES + 12 * MAX_NAME_BYTES < MAX_OTHER_BYTES
);
