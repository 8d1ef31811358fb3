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

macro_rules! earlier {
    ($file:literal) => {
        include_str!(concat!("../../contracts/avro/history/", $file, ".avsc"))
    };
}

/// Each earlier version of a record, by its number.
const EARLIER: [(Kind, u32, &str); 6] = [
    (Kind::AudioInput, 1, earlier!("AudioInputEvent.v1")),
    (Kind::AudioInput, 2, earlier!("AudioInputEvent.v2")),
    (Kind::SpeechSegment, 1, earlier!("SpeechSegmentEvent.v1")),
    (Kind::TextRecognized, 1, earlier!("TextRecognizedEvent.v1")),
    (Kind::TextTranslated, 1, earlier!("TextTranslatedEvent.v1")),
    (Kind::AudioSynthesis, 1, earlier!("AudioSynthesisEvent.v1")),
];

fn current(kind: Kind) -> u32 {
    let earlier = EARLIER.iter().filter(|(own, ..)| *own == kind).count() as u32;
    (earlier + 1) << 16 | kind as u32
}

impl Versions {
    fn all() -> Self {
        let earlier = EARLIER.map(|(kind, version, text)| (version << 16 | kind as u32, text));
        let now = Kind::ALL.map(|kind| (current(kind), kind.schema()));
        let parse = |text| Arc::new(Schema::parse_str(text).expect("our schemas are valid"));
        Self(earlier.into_iter().chain(now).map(|(id, text)| (id, parse(text))).collect())
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
