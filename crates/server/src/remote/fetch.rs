//! Fetches one file from one URL. Blocking.

use std::io::Read as _;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use ureq::Agent;
use ureq::config::Config;
use ureq::http::{StatusCode, Uri};
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::DefaultConnector;

use super::guarded::Guarded;
use super::{Remote, refused};
use crate::RemoteReference;
use crate::error::ApiError;

/// The longest URL, in bytes.
const MAX_URL_BYTES: usize = 2048;
/// How much is read at once, in bytes.
const READ_BYTES: usize = 64 << 10;

/// Fetches a file.
pub(super) fn file(
    remote: &Remote,
    address: &str,
    cancel: &CancellationToken,
) -> Result<Vec<u8>, ApiError> {
    file_found_by(remote, address, DefaultResolver::default(), cancel)
}

/// The same, with names resolved by this resolver.
fn file_found_by(
    remote: &Remote,
    address: &str,
    inner: impl Resolver,
    cancel: &CancellationToken,
) -> Result<Vec<u8>, ApiError> {
    let uri = parse(address, remote.mode)?;
    let allowed = remote.allowed;
    let guarded = Guarded { inner, allowed };
    let agent = Agent::with_parts(config(remote), DefaultConnector::default(), guarded);
    let until = Instant::now() + remote.timeout;
    let answer = agent.get(uri).call().map_err(|_| failed(remote))?;
    if answer.status() != StatusCode::OK {
        return Err(failed(remote));
    }
    let mut body = answer.into_body().into_reader();
    let (mut whole, mut part) = (Vec::new(), vec![0; READ_BYTES]);
    loop {
        if cancel.is_cancelled() || Instant::now() > until {
            return Err(failed(remote));
        }
        match body.read(&mut part) {
            Ok(0) => return Ok(whole),
            Ok(bytes) if whole.len() + bytes <= remote.max_bytes => {
                whole.extend_from_slice(&part[..bytes]);
            }
            Ok(_) | Err(_) => return Err(failed(remote)),
        }
    }
}

fn config(remote: &Remote) -> Config {
    mynah_http_client::config()
        .https_only(remote.mode == RemoteReference::Https)
        // A proxy of the environment would resolve names itself.
        .proxy(None)
        .max_idle_connections(0)
        .timeout_global(Some(remote.timeout))
        .build()
}

/// A URL that may be fetched: of an allowed scheme, with a host and without a password.
fn parse(address: &str, mode: RemoteReference) -> Result<Uri, ApiError> {
    let uri = Some(address)
        .filter(|address| address.len() <= MAX_URL_BYTES)
        .and_then(|address| address.parse::<Uri>().ok());
    let parts = uri
        .as_ref()
        .and_then(|uri| Some((uri.scheme_str()?, uri.authority()?.as_str())));
    let (Some(uri), Some((scheme, authority))) = (&uri, parts) else {
        return Err(refused("`ref_audio` is not a URL that can be fetched"));
    };
    if authority.contains('@') {
        return Err(refused(
            "the URL of `ref_audio` holds a user name or password; send the audio itself",
        ));
    }
    match (scheme, mode) {
        ("https", _) | ("http", RemoteReference::Http) => Ok(uri.clone()),
        _ => Err(refused(
            "`ref_audio` may be a URL that begins with https://, and no other; or send the audio \
             itself",
        )),
    }
}

/// The one message for every failure after the URL was parsed: a different one would reveal hosts
/// and ports that the client cannot reach itself.
fn failed(remote: &Remote) -> ApiError {
    refused(format!(
        "no audio could be fetched from the URL of `ref_audio`: a host on the public internet has \
         to respond with 200, on port 443 (or 80 where http:// is allowed), without a redirect, \
         within {} s and with at most {} bytes; or send the audio itself",
        remote.timeout.as_secs(),
        remote.max_bytes
    ))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{Ipv4Addr, SocketAddr, TcpListener};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use ureq::Error;
    use ureq::unversioned::resolver::ResolvedSocketAddrs;
    use ureq::unversioned::transport::NextTimeout;

    use super::*;
    use crate::remote::address::{is_allowed, is_public};

    /// A host on this machine that sends the same response to every request, and counts them.
    struct Host {
        address: SocketAddr,
        reached: Arc<AtomicUsize>,
    }

    impl Host {
        fn answering(answer: &'static [u8]) -> Self {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            let address = listener.local_addr().unwrap();
            let reached = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&reached);
            thread::spawn(move || {
                for stream in listener.incoming() {
                    count.fetch_add(1, Ordering::SeqCst);
                    let mut stream = stream.unwrap();
                    let head = BufReader::new(stream.try_clone().unwrap()).lines();
                    head.map_while(Result::ok).find(String::is_empty);
                    let _ = stream.write_all(answer);
                    if answer.is_empty() {
                        // Sends nothing until the client closes.
                        let _ = BufReader::new(stream).lines().next();
                    }
                }
            });
            Self { address, reached }
        }

        fn url(&self) -> String {
            format!("http://{}/a.wav", self.address)
        }

        fn reached(&self) -> usize {
            self.reached.load(Ordering::SeqCst)
        }
    }

    /// Resolves each query to the next of its addresses, and counts.
    #[derive(Debug)]
    struct RebindingNames(Vec<SocketAddr>, AtomicUsize);

    impl Resolver for &'static RebindingNames {
        fn resolve(
            &self,
            _: &Uri,
            _: &Config,
            _: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, Error> {
            let lookup = self.1.fetch_add(1, Ordering::SeqCst);
            let mut found = self.empty();
            found.push(self.0[lookup.min(self.0.len() - 1)]);
            Ok(found)
        }
    }

    fn remote(allowed: fn(SocketAddr) -> bool) -> Remote {
        Remote {
            mode: RemoteReference::Http,
            timeout: Duration::from_secs(5),
            max_bytes: 1_000,
            allowed,
        }
    }

    fn loopback_too(address: SocketAddr) -> bool {
        address.ip().is_loopback() || is_public(address.ip())
    }

    fn fetch(remote: &Remote, address: &str) -> Result<Vec<u8>, ApiError> {
        file(remote, address, &CancellationToken::new())
    }

    fn refusal(result: Result<Vec<u8>, ApiError>) -> String {
        let body = result.unwrap_err().body();
        assert_eq!(
            body.error.param.as_deref().unwrap_or("ref_audio"),
            "ref_audio"
        );
        body.error.message
    }

    #[test]
    fn file_is_fetched_if_its_host_is_allowed() {
        let host = Host::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsound");
        assert_eq!(fetch(&remote(loopback_too), &host.url()).unwrap(), b"sound");
        assert_eq!(host.reached(), 1);
    }

    #[test]
    fn hosts_that_are_not_public_are_refused_and_never_reached() {
        let host = Host::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsound");
        let port = host.address.port();
        for name in [
            "127.0.0.1",
            "localhost",
            "127.1",
            "2130706433",
            "0x7f000001",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "169.254.169.254",
            "10.0.0.1",
            "100.64.0.1",
            "[fd00::1]",
            "[fe80::1]",
        ] {
            let address = format!("http://{name}:{port}/a.wav");
            let any_port = remote(|address| is_public(address.ip()));
            for remote in [any_port, remote(is_allowed)] {
                assert!(
                    refusal(fetch(&remote, &address)).contains("public internet"),
                    "{name}"
                );
            }
        }
        assert_eq!(host.reached(), 0);
    }

    #[test]
    fn every_failure_has_the_same_message() {
        let expected = refusal(fetch(&remote(is_allowed), "http://no-such-host.invalid/"));
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let closed_url = format!("http://{}/", closed.local_addr().unwrap());
        drop(closed);
        for (allowed, address) in [
            (
                is_allowed as fn(SocketAddr) -> bool,
                "http://127.0.0.1/".to_owned(),
            ),
            (is_allowed, "http://1.1.1.1:22/".to_owned()),
            (is_allowed, "http://1.1.1.1:8080/".to_owned()),
            (loopback_too, closed_url),
        ] {
            assert_eq!(
                refusal(fetch(&remote(allowed), &address)),
                expected,
                "{address}"
            );
        }
        for answer in [
            &b"HTTP/1.1 302 Found\r\nLocation: http://1.1.1.1/\r\nContent-Length: 0\r\n\r\n"[..],
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ncut",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.2\r\n",
        ] {
            let host = Host::answering(answer);
            let message = refusal(fetch(&remote(loopback_too), &host.url()));
            assert_eq!(message, expected, "{}", String::from_utf8_lossy(answer));
        }
    }

    #[test]
    fn the_connection_goes_to_the_address_that_was_checked() {
        let good = Host::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
        let other = Host::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother");
        // A name whose address changes between the check and the connection.
        let names: &'static RebindingNames = Box::leak(Box::new(RebindingNames(
            vec![good.address, other.address],
            AtomicUsize::new(0),
        )));
        let found = file_found_by(
            &remote(loopback_too),
            "http://rebinding.example/a.wav",
            names,
            &CancellationToken::new(),
        );
        assert_eq!(found.unwrap(), b"good");
        assert_eq!(names.1.load(Ordering::SeqCst), 1);
        assert_eq!((good.reached(), other.reached()), (1, 0));
        let refused = file_found_by(
            &remote(|address| is_public(address.ip())),
            "http://rebinding.example/a.wav",
            names,
            &CancellationToken::new(),
        );
        assert!(refusal(refused).contains("public internet"));
        assert_eq!((good.reached(), other.reached()), (1, 0));
    }

    #[test]
    fn redirects_are_not_followed() {
        let secret = Host::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret");
        let answer = format!(
            "HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
            secret.url()
        );
        let host = Host::answering(Box::leak(answer.into_bytes().into_boxed_slice()));
        fetch(&remote(loopback_too), &host.url()).unwrap_err();
        assert_eq!(secret.reached(), 0);
    }

    #[test]
    fn bytes_and_time_are_limited() {
        for bytes in [1_000, 1_001] {
            let mut answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
            answer.resize(answer.len() + bytes, b'x');
            let host = Host::answering(Box::leak(answer.into_boxed_slice()));
            let found = fetch(&remote(loopback_too), &host.url());
            assert_eq!(found.is_ok(), bytes == 1_000, "{bytes}");
        }
        let silent = Host::answering(b"");
        let impatient = Remote {
            timeout: Duration::from_millis(200),
            ..remote(loopback_too)
        };
        let began = Instant::now();
        fetch(&impatient, &silent.url()).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn only_plain_https_urls_are_fetched() {
        let https = Remote {
            mode: RemoteReference::Https,
            ..remote(loopback_too)
        };
        let host = Host::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let long = format!("https://example.org/{}", "a".repeat(2_048));
        for wrong in [
            host.url().as_str(),
            "file:///etc/passwd",
            "ftp://example.org/",
            "https://",
            "https://user:secret@example.org/",
            "https:///a",
            &long,
        ] {
            let message = refusal(fetch(&https, wrong));
            assert!(!message.contains("secret"), "{message}");
        }
        assert_eq!(host.reached(), 0);
    }
}
