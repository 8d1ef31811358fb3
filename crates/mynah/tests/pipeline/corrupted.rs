//! Events that break a rule, written all the same.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
pub(crate) use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use mynah_bus::event::{Event, Kind};

use crate::cluster::TestCluster;

/// The magic byte and the schema's id.
const FRAME: usize = 5;

/// This event with another value in one field of the envelope or the payload.
pub(crate) async fn with(
    cluster: &TestCluster,
    event: &Event,
    field: &str,
    value: Value,
) -> Vec<u8> {
    let body = cluster.codec.encode(event).await.unwrap();
    let schema = Schema::parse_str(event.kind().schema()).unwrap();
    let reader = GenericDatumReader::builder(&schema).build().unwrap();
    let read = reader.read_value(&mut &body[FRAME..]).unwrap();
    let Value::Record(mut envelope) = read else {
        panic!("an event is a record");
    };
    put(&mut envelope, field, value);
    let whole = Value::Record(envelope).resolve(&schema).unwrap();
    let writer = GenericDatumWriter::builder(&schema).build().unwrap();
    let datum = writer.write_value_to_vec(whole).unwrap();
    [&body[..FRAME], &datum].concat()
}

fn put(envelope: &mut [(String, Value)], field: &str, value: Value) {
    if let Some((_, own)) = envelope.iter_mut().find(|(name, _)| name == field) {
        *own = value;
        return;
    }
    let payload = envelope.iter_mut().find(|(name, _)| name == "payload");
    let Some((_, Value::Record(payload))) = payload else {
        panic!("an event has a payload");
    };
    let own = payload.iter_mut().find(|(name, _)| name == field);
    own.expect("a field of the payload").1 = value;
}

/// The beginning of an event of this kind.
pub(crate) async fn cut_off(cluster: &TestCluster, kind: Kind) -> Vec<u8> {
    let event = crate::poison::well()
        .into_iter()
        .find(|event| event.kind() == kind);
    let body = cluster.codec.encode(&event.unwrap()).await.unwrap();
    body[..FRAME + 20].to_vec()
}
