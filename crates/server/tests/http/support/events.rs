//! Server-sent events, as a client reads them.

use serde_json::Value;

/// One event.
#[derive(Debug)]
pub(crate) struct Received {
    /// The `event:` line.
    pub(crate) name: String,
    /// The `data:` line.
    pub(crate) data: Value,
}

/// The events of a whole stream. Comments, which keep connections alive, are left out.
pub(crate) fn events(stream: &str) -> Vec<Received> {
    let blocks = stream
        .split("\n\n")
        .filter(|block| !block.is_empty() && !block.starts_with(':'));
    blocks
        .map(|block| {
            let line = |name: &str| {
                let line = block.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_else(|| panic!("no {name} in {block}"))
                    .trim()
                    .to_owned()
            };
            let data = serde_json::from_str(&line("data:")).unwrap();
            Received {
                name: line("event:"),
                data,
            }
        })
        .collect()
}
