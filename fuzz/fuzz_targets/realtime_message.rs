//! Any lines, as the messages of a client of the realtime WebSocket: each is an error or an event
//! that can be written and read again, and no sample is lost between two of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mynah_api::realtime::{ClientEvent, PcmJoiner};

fuzz_target!(|bytes: &[u8]| {
    let mut joiner = PcmJoiner::default();
    let (mut sent, mut decoded) = (0, 0);
    for message in bytes.split(|byte| *byte == b'\n') {
        let Ok(message) = std::str::from_utf8(message) else { continue };
        let event = match ClientEvent::parse(message) {
            Ok(event) => event,
            Err(error) => {
                let id = error.event_id.unwrap_or_default();
                assert!(id.len() <= ClientEvent::MAX_EVENT_ID_BYTES);
                assert!(!error.message.is_empty());
                continue;
            }
        };
        let written = serde_json::to_string(&event).expect("an event is JSON");
        // Numbers may come back with another last digit, so only the rest is compared.
        let again = ClientEvent::parse(&written).expect("what we write we can read");
        assert_eq!(again.event_id(), event.event_id());
        match event {
            ClientEvent::Append(append) => {
                let Some(pcm) = append.bytes() else { continue };
                let samples = joiner.push(&pcm);
                assert!(samples.iter().all(|sample| (-1.0..1.0).contains(sample)));
                (sent, decoded) = (sent + pcm.len(), decoded + samples.len());
                assert_eq!((decoded, joiner.is_whole()), (sent / 2, sent % 2 == 0));
            }
            ClientEvent::Update(update) => drop(update.session.unknown_fields()),
            // Tokens are checked by the server that issued them.
            ClientEvent::Resume(_) | ClientEvent::Close(_) => {}
        }
    }
});
