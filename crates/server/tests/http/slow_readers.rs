//! Clients that read as fast as audio plays, and clients that stop.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::TestServer;

/// The receive buffer of a client, in bytes: the default of the system.
const RECEIVE_BUFFER: u32 = 128 << 10;

/// A request for speech of this many words, on a connection of its own.
async fn request(server: &TestServer, words: usize, format: &str) -> TcpStream {
    let body = json!({
        "input": "word ".repeat(words), "model": "tts-1", "voice": "alloy",
        "response_format": format,
    })
    .to_string();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let head = format!(
        "POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    stream
}

/// Reads at this rate until the end. Returns the number of bytes, and whether the last chunk that
/// ends an HTTP body was among them.
async fn read_at(stream: &mut TcpStream, bytes_per_second: u32) -> (usize, bool) {
    let began = Instant::now();
    let (mut read, mut end) = (0_usize, Vec::new());
    let mut buffer = vec![0; 16 << 10];
    loop {
        let due = Duration::from_secs_f64(read as f64 / f64::from(bytes_per_second));
        tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return (read, end.ends_with(b"\r\n0\r\n\r\n")),
            Ok(bytes) => {
                read += bytes;
                end.extend_from_slice(&buffer[..bytes]);
                end.drain(..end.len().saturating_sub(16));
            }
        }
    }
}

/// A send buffer of megabytes is writable again when a third of it is free, which takes several
/// seconds at this rate: with a timeout of one second, writability must not be the measure.
#[tokio::test(flavor = "multi_thread")]
async fn real_time_reader_receives_every_format_completely() {
    let server = TestServer::build().with(|it| it.settings.limits.stall_seconds = 1);
    let server = server.start().await;
    let listening = ["pcm", "wav", "flac", "mp3"].map(|format| {
        let server = &server;
        async move {
            let whole = server.synthesized(&"word ".repeat(500), format).await.len();
            let mut stream = request(server, 500, format).await;
            // The same duration for each format.
            let pace = u32::try_from(whole / 12).unwrap();
            let (read, has_end) = read_at(&mut stream, pace).await;
            println!("{format}: {read} of {whole} bytes at {pace} a second");
            assert!(
                has_end && read >= whole,
                "{format}: cut after {read} of {whole}"
            );
        }
    });
    futures_util::future::join_all(listening).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_that_stops_is_disconnected_after_stall_seconds() {
    let server = TestServer::build().narrow(0);
    let server = server.with(|it| it.settings.limits.stall_seconds = 1);
    let server = server.start().await;
    let mut stream = request(&server, 800, "pcm").await;
    let mut some = vec![0; 2 << 20];
    stream.read_exact(&mut some).await.unwrap();
    let stopped = Instant::now();
    // Its slot is freed although it did not disconnect, and not before the timeout.
    server.served_at_last().await;
    let took = stopped.elapsed();
    assert!(took >= Duration::from_millis(900), "{took:?}");
    let (_, has_end) = read_at(&mut stream, u32::MAX).await;
    assert!(!has_end, "what was sent is not all");
}
