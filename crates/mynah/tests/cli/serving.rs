//! `mynah serve` as a process: the memory and the files that its callers cost it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mynah_audio::{Clip, Format, SampleRate, Tags, encode_whole};

use crate::support::Home;

/// How long anything may take before a test gives up.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A server; ended when dropped.
struct Served {
    child: Child,
    address: SocketAddr,
}

impl Served {
    /// Starts it after a shell command, such as one that sets limits. Its log is `log`.
    fn start(home: &Home, before: &str) -> Self {
        let program = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{before}; exec \"$0\" \"$@\"")])
            .arg(program.get_program())
            .args(program.get_args())
            .current_dir(home.path())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(home.path().join("log")).expect("a log"));
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.spawn().expect("the program runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it listens");
        let address = line.trim().strip_prefix("listening on http://");
        let address = address.expect("an address").parse().expect("an address");
        Self { child, address }
    }

    /// A file of its own under `/proc`.
    fn proc(&self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.child.id());
        std::fs::read_to_string(path).expect("it runs")
    }

    /// The most memory that it had at any time, in bytes.
    fn peak(&self) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        kib.expect("a peak").parse::<u64>().expect("a number") << 10
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it accepts");
        stream
            .set_read_timeout(Some(TIMEOUT))
            .expect("a time-out is set");
        stream
    }

    /// A request without a body, and the status line of its answer.
    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        status(&mut stream)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line of what comes until the connection is closed.
fn status(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    answer.lines().next().unwrap_or_default().to_owned()
}

/// A request to write down a file, as it stands on the wire.
fn upload(file: &[u8]) -> Vec<u8> {
    let mut body =
        b"--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a.flac\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let mut request = format!(
        "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    request
}

/// A server with the test engines alone, which works on one upload at a time.
fn home() -> Home {
    Home::without_engines()
        .with("MYNAH_ENGINES__TONE__ENABLED", "true")
        .with("MYNAH_SERVER__LIMITS__UPLOADS_RUNNING", "1")
        .with("MYNAH_SERVER__LIMITS__UPLOADS_WAITING", "1")
}

#[test]
fn uploads_that_hang_up_cost_no_more_memory_than_one() {
    // 77 MB of samples at the rate at which recognizers listen, in a small file.
    let rate = SampleRate::new(SampleRate::MIN_HZ).expect("a rate");
    let silence = Clip::silence(rate, Duration::from_secs(20 * 60));
    let file = encode_whole(&silence, Format::Flac, &Tags::new()).expect("a file");
    let request = upload(&file);

    let home = home();
    let alone = Served::start(&home, "true");
    let before = alone.peak();
    let mut stream = alone.connect();
    stream.write_all(&request).expect("it reads");
    assert_eq!(status(&mut stream), "HTTP/1.1 200 OK");
    let one = alone.peak() - before;
    drop(alone);

    let served = Served::start(&home, "true");
    let before = served.peak();
    for _ in 0..30 {
        let mut stream = served.connect();
        stream.write_all(&request).expect("it reads");
        // Either it is refused, or it is being worked on and no answer comes for a while.
        stream
            .set_read_timeout(Some(Duration::from_millis(20)))
            .expect("a time-out is set");
        let _ = stream.read(&mut [0]);
    }
    // When one more is served, the work of those before it has ended.
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let mut stream = served.connect();
        stream.write_all(&request).expect("it reads");
        match status(&mut stream).as_str() {
            "HTTP/1.1 200 OK" => break,
            "HTTP/1.1 429 Too Many Requests" => {}
            other => panic!("{other}"),
        }
        assert!(Instant::now() < deadline, "never served");
    }
    let all = served.peak() - before;
    println!(
        "peak of one {} MB, of 30 that hung up {} MB",
        one >> 20,
        all >> 20
    );
    assert!(one > 60 << 20, "one takes what its samples take: {one}");
    assert!(
        all < one * 3 / 2 + (64 << 20),
        "{all} where one takes {one}"
    );
}

#[test]
fn connections_are_lowered_to_the_limit_of_open_files() {
    let home = home();
    let served = Served::start(&home, "ulimit -n 128");
    // More than there can be: some are closed for those that come after them.
    let held: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = served.connect();
            let _ = stream.write_all(b"GET /v1/models HTTP/1.1\r\nHost: local");
            stream
        })
        .collect();
    for path in ["/livez", "/readyz"] {
        let began = Instant::now();
        assert_eq!(served.get(path), "HTTP/1.1 200 OK");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "{path}: {took:?}");
    }
    let used = std::fs::read_dir(format!("/proc/{}/fd", served.child.id()));
    let used = used.expect("its files").count();
    assert!(
        used < 128,
        "descriptors are left for keys and engines: {used}"
    );
    drop(held);
    let log = std::fs::read_to_string(home.path().join("log")).expect("a log");
    let lowered = log.lines().find(|line| line.contains("\"connections\":64"));
    assert!(
        lowered.is_some_and(|line| line.contains("\"open_files\":128")),
        "{log}"
    );
    assert!(!log.contains("Too many open files"), "{log}");
}

#[test]
fn the_limit_of_open_files_is_raised_to_what_connections_need() {
    let home = home().with("MYNAH_SERVER__LIMITS__CONNECTIONS", "100");
    let served = Served::start(&home, "ulimit -S -n 64");
    // Answering, it has begun to serve.
    assert_eq!(served.get("/livez"), "HTTP/1.1 200 OK");
    let limits = served.proc("limits");
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    let soft: u64 = soft.expect("a limit").parse().expect("a number");
    assert_eq!(soft, 100 + 256 + 256, "{limits}");
}

#[test]
fn failures_to_accept_are_logged_once_a_second_and_pass() {
    let home = home();
    let served = Served::start(&home, "true");
    assert_eq!(served.get("/livez"), "HTTP/1.1 200 OK");
    let process = i32::try_from(served.child.id()).expect("a process id");
    let (mut soft, mut hard) = (0, 0);
    let files = rlimit::Resource::NOFILE;
    rlimit::prlimit(process, files, None, Some((&mut soft, &mut hard))).expect("its limits");
    // No descriptor is left for a connection.
    rlimit::prlimit(process, files, Some((1, hard)), None).expect("a limit is set");
    let mut stream = served.connect();
    stream
        .write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("it is kept for later");
    let began = Instant::now();
    let lines = || {
        let log = std::fs::read_to_string(home.path().join("log")).expect("a log");
        log.lines()
            .filter(|line| line.contains("\"accept\""))
            .count()
    };
    while lines() < 3 {
        assert!(began.elapsed() < TIMEOUT, "{} lines", lines());
        std::thread::sleep(Duration::from_millis(50));
    }
    let (lines, took) = (lines(), began.elapsed());
    assert!(
        lines as u64 <= took.as_secs() + 2,
        "{lines} lines in {took:?}"
    );
    rlimit::prlimit(process, files, Some((soft, hard)), None).expect("a limit is set");
    assert_eq!(status(&mut stream), "HTTP/1.1 200 OK");
}
