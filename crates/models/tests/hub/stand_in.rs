//! A hub on this machine: the endpoints of the real one, with its faults on request. The tests of
//! the command line take in this file by its path.
#![allow(dead_code, reason = "each suite uses its part")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use sha1::Sha1;
use sha2::{Digest, Sha256};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the hub does.
#[derive(Clone, Default)]
pub(crate) struct Behaviour {
    /// Path and content. Weights are kept apart, as large files are.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Bodies of weights break off after so many bytes, this many times.
    pub(crate) cuts: (usize, usize),
    /// Bodies of weights stop after so many bytes, and the connection stays open.
    pub(crate) stalls_after: Option<usize>,
    /// The list has neither lengths nor hashes; they stand in the answers' headers.
    pub(crate) bare_list: bool,
    /// Hashes of this file are those of another.
    pub(crate) lies_about: Option<String>,
    /// Ranges are not understood.
    pub(crate) no_ranges: bool,
    /// Every answer has this status, and `X-Error-Code`.
    pub(crate) refuses: Option<(u16, &'static str)>,
}

/// The running hub.
pub(crate) struct TestHub {
    pub(crate) endpoint: String,
    pub(crate) behaviour: Arc<Mutex<Behaviour>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl TestHub {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let behaviour = Arc::new(Mutex::new(behaviour));
        let seen = Arc::new(Mutex::new(Vec::new()));
        // Large files come from elsewhere, and keys must not.
        let store = listen(&behaviour, &seen, None);
        let endpoint = listen(&behaviour, &seen, Some(store));
        Self {
            endpoint,
            behaviour,
            seen,
        }
    }

    /// The requests since the last call, each its line and its headers in lower case.
    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().expect("unpoisoned"))
    }
}

fn listen(
    behaviour: &Arc<Mutex<Behaviour>>,
    seen: &Arc<Mutex<Vec<String>>>,
    store: Option<String>,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (behaviour, seen) = (behaviour.clone(), seen.clone());
    // It ends with the test's process.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream, &behaviour, &seen, store.as_deref());
        }
    });
    address
}

fn answer(
    mut stream: TcpStream,
    behaviour: &Mutex<Behaviour>,
    seen: &Mutex<Vec<String>>,
    store: Option<&str>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        request.push(if request.is_empty() {
            line
        } else {
            line.to_lowercase()
        });
    }
    let Some(line) = request.first().cloned() else {
        return Ok(());
    };
    let place = if store.is_some() { "hub" } else { "store" };
    seen.lock()
        .expect("unpoisoned")
        .push(format!("{place} {}", request.join("\n")));
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut behaviour = behaviour.lock().expect("unpoisoned");
    if let Some((status, code)) = behaviour.refuses {
        return write!(
            stream,
            "HTTP/1.1 {status} No\r\nx-error-code: {code}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    }
    if target.starts_with("/api/models/") {
        let body = list(&behaviour);
        return write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
    }
    let path = target.split(&format!("/resolve/{COMMIT}/")).nth(1);
    let Some((path, content)) = path.and_then(|path| behaviour.files.get_key_value(path)) else {
        return write!(
            stream,
            "HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    };
    let (path, content) = (path.clone(), content.clone());
    let lying = behaviour.lies_about.as_ref() == Some(&path);
    let hashed: &[u8] = if lying { b"another" } else { &content };
    let large = path.ends_with(".safetensors");
    if let (true, Some(store)) = (large, store) {
        return write!(
            stream,
            "HTTP/1.1 302 Found\r\nlocation: {store}{target}\r\nx-linked-etag: \"{}\"\r\nx-linked-size: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            sha256(hashed),
            content.len()
        );
    }
    let from = request
        .iter()
        .find_map(|header| header.strip_prefix("range: bytes=")?.strip_suffix('-'))
        .and_then(|from| from.parse::<usize>().ok())
        .filter(|_| !behaviour.no_ranges)
        .unwrap_or(0);
    let length = content.len();
    let body = &content[from.min(length)..];
    let status = if from == 0 {
        "200 OK".to_owned()
    } else {
        format!(
            "206 Partial Content\r\ncontent-range: bytes {from}-{}/{length}",
            length - 1
        )
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\netag: \"{}\"\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        git_sha1(hashed),
        body.len()
    )?;
    if line.starts_with("HEAD ") {
        return Ok(());
    }
    let (times, after) = behaviour.cuts;
    if large && times > 0 {
        behaviour.cuts.0 -= 1;
        return stream.write_all(&body[..after.min(body.len())]);
    }
    if let Some(after) = behaviour.stalls_after.filter(|_| large) {
        drop(behaviour);
        stream.write_all(&body[..after.min(body.len())])?;
        // Until the client is gone.
        return stream.read(&mut [0]).map(drop);
    }
    stream.write_all(body)
}

fn list(behaviour: &Behaviour) -> String {
    let files: Vec<_> = behaviour
        .files
        .iter()
        .map(|(path, content)| {
            let mut file = serde_json::json!({ "rfilename": path });
            if !behaviour.bare_list {
                file["size"] = content.len().into();
                if path.ends_with(".safetensors") {
                    let lying = behaviour.lies_about.as_ref() == Some(path);
                    let hashed: &[u8] = if lying { b"another" } else { content };
                    file["lfs"] =
                        serde_json::json!({ "sha256": sha256(hashed), "size": content.len() });
                } else {
                    file["blobId"] = git_sha1(content).into();
                }
            }
            file
        })
        .collect();
    serde_json::json!({ "id": "own/er", "sha": COMMIT, "siblings": files }).to_string()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn git_sha1(bytes: &[u8]) -> String {
    let mut hasher = Sha1::new_with_prefix(format!("blob {}\0", bytes.len()));
    hasher.update(bytes);
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
