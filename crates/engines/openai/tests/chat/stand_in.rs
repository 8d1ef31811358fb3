//! An endpoint on this machine that answers as it is told. The tests of the command line take in
//! this file by its path.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each suite uses its part, and may fail"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// An answer.
#[derive(Clone)]
pub(crate) enum Answer {
    /// This status, these header lines and this body.
    Says(u16, &'static str, String),
    /// Nothing, while the caller stays.
    Silence,
    /// A body shorter than its length.
    BreaksOff,
}

/// A request as it came.
pub(crate) struct Heard {
    /// The line and the headers, in lower case but for their values.
    pub(crate) head: String,
    pub(crate) body: serde_json::Value,
}

pub(crate) struct Endpoint {
    pub(crate) url: String,
    pub(crate) heard: Receiver<Heard>,
}

impl Endpoint {
    /// Gives these answers one after another, and the last one for ever.
    pub(crate) fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (hear, heard) = channel();
        let answers = Arc::new(Mutex::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (hear, answers) = (hear.clone(), Arc::clone(&answers));
                thread::spawn(move || serve(&stream, &hear, &answers));
            }
        });
        Self { url, heard }
    }

    /// Answers with this text as a finished chat completion.
    pub(crate) fn saying(text: &str) -> Self {
        Self::start(vec![completion(text, "stop")])
    }
}

pub(crate) fn completion(text: &str, finish: &str) -> Answer {
    let body = serde_json::json!({
        "id": "x", "object": "chat.completion",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": finish,
        }],
    });
    Answer::Says(200, "", body.to_string())
}

fn serve(mut stream: &TcpStream, hear: &Sender<Heard>, answers: &Mutex<Vec<Answer>>) {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&format!("{}: {value}", name.to_lowercase()));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body = serde_json::from_slice(&body).unwrap();
    let _ = hear.send(Heard { head, body });
    let answer = {
        let mut answers = answers.lock().unwrap();
        if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        }
    };
    let text = match answer {
        Answer::Says(status, headers, body) => format!(
            "HTTP/1.1 {status} Said\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
            body.len()
        ),
        Answer::BreaksOff => "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\"".into(),
        Answer::Silence => {
            // Until the caller leaves.
            let _ = reader.read(&mut [0]);
            return;
        }
    };
    let _ = stream.write_all(text.as_bytes());
}
