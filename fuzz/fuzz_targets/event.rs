//! Any bytes, as a record of any topic, written with any version of a schema: an error, or an
//! event that is valid and comes back as it went.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use apache_avro::Schema;
use async_trait::async_trait;
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;
use mynah_bus::avro::{Codec, SchemaError, Schemas};
use mynah_bus::event::Kind;

static CODEC: LazyLock<Codec> = LazyLock::new(|| Codec::new(Versions::all()));

fuzz_target!(|bytes: &[u8]| {
    for kind in Kind::ALL {
        let read = CODEC.decode(kind, bytes).now_or_never().expect("schemas are at hand");
        let Ok(event) = read else { continue };
        event.check().expect("what is read is valid");
        let again = CODEC.encode(&event).now_or_never().expect("schemas are at hand");
        let again = again.expect("what is valid can be written");
        let read = CODEC.decode(kind, &again).now_or_never().expect("schemas are at hand");
        assert_eq!(read.expect("what we write we can read"), event);
    }
});

/// The version in the upper half of the id and the record's number in the lower one, as in the
/// golden bytes in `crates/bus/tests/golden`, which are the seeds.
struct Versions(BTreeMap<u32, Arc<Schema>>);

macro_rules! first {
    ($record:literal) => {
        include_str!(concat!("../../contracts/avro/history/", $record, ".v1.avsc"))
    };
}

const FIRST: [(Kind, &str); 5] = [
    (Kind::AudioInput, first!("AudioInputEvent")),
    (Kind::SpeechSegment, first!("SpeechSegmentEvent")),
    (Kind::TextRecognised, first!("TextRecognizedEvent")),
    (Kind::TextTranslated, first!("TextTranslatedEvent")),
    (Kind::AudioSynthesis, first!("AudioSynthesisEvent")),
];

fn current(kind: Kind) -> u32 {
    let version = if FIRST.iter().any(|(own, _)| *own == kind) { 2 } else { 1 };
    version << 16 | kind as u32
}

impl Versions {
    fn all() -> Self {
        let first = FIRST.map(|(kind, text)| (1 << 16 | kind as u32, text));
        let now = Kind::ALL.map(|kind| (current(kind), kind.schema()));
        let parse = |text| Arc::new(Schema::parse_str(text).expect("our schemas are valid"));
        Self(first.into_iter().chain(now).map(|(id, text)| (id, parse(text))).collect())
    }
}

#[async_trait]
impl Schemas for Versions {
    async fn id(&self, kind: Kind) -> Result<u32, SchemaError> {
        Ok(current(kind))
    }

    async fn writer(&self, id: u32) -> Result<Arc<Schema>, SchemaError> {
        self.0.get(&id).cloned().ok_or(SchemaError::Unknown(id))
    }

    async fn ready(&self) -> Result<(), SchemaError> {
        Ok(())
    }
}
