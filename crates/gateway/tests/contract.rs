//! The page for authors of clients names everything that a client can meet.

const PAGE: &str = include_str!("../../../contracts/realtime.md");

/// The code, without what a formatter may change.
fn source() -> String {
    [
        include_str!("../src/audio/reader.rs"),
        include_str!("../src/audio/text_message.rs"),
        include_str!("../src/backend/stage_options.rs"),
        include_str!("../src/config.rs"),
        include_str!("../src/event_forwarder.rs"),
        include_str!("../src/realtime/append.rs"),
        include_str!("../src/realtime/resume.rs"),
        include_str!("../src/realtime/session.rs"),
        include_str!("../src/realtime/update.rs"),
        include_str!("../src/socket.rs"),
        include_str!("../src/fault.rs"),
        include_str!("../../api/src/realtime/parse.rs"),
        include_str!("../../speech-translation/src/failure.rs"),
    ]
    .concat()
    .split_whitespace()
    .collect()
}

/// What stands in quotes right behind each of these marks.
fn quoted<'a>(source: &'a str, marks: &[&str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for mark in marks {
        for (at, _) in source.match_indices(mark) {
            found.extend(source[at + mark.len()..].split('"').next());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn every_code_is_on_the_page() {
    let source = source();
    let marks = [
        "Fault::client(\"",
        "Fault::limit(\"",
        "Fault::server(\"",
        "Self::client(\"",
        "Self::limit(\"",
        "Self::server(\"",
    ];
    let mut codes = quoted(&source, &marks);
    codes.extend(
        quoted(&source, &["=>\""])
            .into_iter()
            .filter(|code| code.contains('_')),
    );
    assert!(
        codes.len() > 25,
        "the marks find nothing any more: {codes:?}"
    );
    for code in codes {
        assert!(
            PAGE.contains(&format!("`{code}`")),
            "{code} is not in contracts/realtime.md"
        );
    }
}

#[test]
fn every_event_is_on_the_page() {
    let types: String = [
        include_str!("../../api/src/realtime/client.rs"),
        include_str!("../../api/src/realtime/server.rs"),
    ]
    .concat()
    .split_whitespace()
    .collect();
    let events: Vec<_> = quoted(&types, &["#[serde(rename=\""])
        .into_iter()
        .filter(|name| name.contains('.') || *name == "error")
        .collect();
    assert_eq!(events.len(), 16);
    for event in events {
        assert!(
            PAGE.contains(&format!("`{event}`")),
            "{event} is not in contracts/realtime.md"
        );
    }
}
