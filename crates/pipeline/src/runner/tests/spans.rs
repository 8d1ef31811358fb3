//! The spans of records that fail.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use mynah_bus::identity::SessionId;
use mynah_bus::{Headers, ProducerRecord};
use tracing::field::{Field, Visit};
use tracing::span::{Id, Record};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::{DEAD_LETTERS, Decoding, SPEECH, TestBus};

/// The fields that were recorded in spans of this crate, by the name of the span.
#[derive(Clone, Default)]
struct RecordedFields(Arc<Mutex<Vec<SpanFields>>>);

/// The name of a span, and its fields.
type SpanFields = (&'static str, HashMap<String, String>);

struct FieldVisitor(HashMap<String, String>);

impl Visit for FieldVisitor {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> tracing_subscriber::Layer<S>
    for RecordedFields
{
    fn on_record(&self, span: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut visitor = FieldVisitor(HashMap::new());
        values.record(&mut visitor);
        let name = context.metadata(span).unwrap().name();
        let fields = visitor.0.into_iter();
        let fields = fields.filter(|(field, _)| field.starts_with("otel."));
        self.0.lock().unwrap().push((name, fields.collect()));
    }
}

impl RecordedFields {
    fn all(&self) -> Vec<(&'static str, String, String)> {
        let recorded = self.0.lock().unwrap();
        let fields = recorded.iter().flat_map(|(span, fields)| {
            let fields = fields.iter();
            fields.map(|(name, value)| (*span, name.clone(), value.clone()))
        });
        fields.collect()
    }
}

// On one thread, which has the subscriber.
#[tokio::test]
async fn spans_of_failed_records_have_an_error_status() {
    let recorded = RecordedFields::default();
    let subscriber = tracing_subscriber::registry().with(recorded.clone());
    let _default = tracing::subscriber::set_default(subscriber);
    let test = TestBus::new().await;
    let replica = test.run(Decoding::default());
    let session = SessionId::fresh();
    test.publish(&session, 0, "fine").await;
    test.first(SPEECH, 1).await;
    assert_eq!(recorded.all(), []);

    let invalid = ProducerRecord {
        topic: "speech.translation.text".into(),
        key: Bytes::copy_from_slice(session.as_str().as_bytes()),
        headers: Headers::default(),
        body: Bytes::from_static(b"\x07no frame"),
    };
    test.bus.publish(invalid).await.unwrap();
    test.first(DEAD_LETTERS, 1).await;
    let expected = [
        ("otel.status_code", "ERROR"),
        ("otel.status_description", "wrong_magic"),
    ];
    let expected = expected.map(|(name, value)| ("process", name.to_owned(), value.to_owned()));
    assert_eq!(recorded.all(), expected);
    replica.stop().await;
}
