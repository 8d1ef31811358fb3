//! Processes, the services under them, and chance.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mynah_audio::{Clip, DecodeLimits, decode};
use mynah_bus::avro::Codec;
use mynah_bus::event::now_ms;
use mynah_bus::kafka::KafkaBus;
use mynah_bus::record::topic;
use mynah_bus::registry::{Registry, RegistryOptions};
use mynah_bus::{Bus, BusKind, BusSettings};
use mynah_pipeline::metric_names::RETRIED;
use mynah_speech_translation::session_audio;
use tempfile::TempDir;

use crate::support::{Fault, Service, are_ready, setting};
use crate::{checker, waiting};

/// Only one fault at a time: they share a broker.
static ONE: Mutex<()> = Mutex::new(());

/// What the sessions say: four sentences, twelve seconds.
pub(crate) const SPEECH: &str = "The weather is very nice today. I would like a cup of coffee. \
                      Where is the train station? My friend has a big house.";

/// What tokens for going on are signed with.
pub(crate) const RESUME_KEY: &str = "a key for tests, 0123456789abcdef";

/// All that the program can log, and much of what its libraries can.
const FILTER: &str = "debug,mynah=trace,mynah_bus=trace,mynah_gateway=trace,mynah_speech_translation=trace,\
                      mynah_pipeline=trace,mynah_server=trace,mynah_synthesis=trace,rdkafka=info,\
                      librdkafka=info";

/// The cluster of one test.
pub(crate) struct TestCluster {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) codec: Codec,
    pub(crate) began_ms: i64,
    pub(crate) speech: Clip,
    home: TempDir,
    chance: AtomicU64,
    _one: MutexGuard<'static, ()>,
}

/// A process of the program. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
    pub(crate) address: String,
}

impl TestCluster {
    /// None where this machine has no such services.
    pub(crate) async fn new() -> Option<Self> {
        Self::over(&[Service::Kafka, Service::Registry]).await
    }

    /// One of a test that needs the object store.
    pub(crate) async fn with_store() -> Option<Self> {
        Self::over(&[Service::Kafka, Service::Registry, Service::Minio]).await
    }

    async fn over(needed: &[Service]) -> Option<Self> {
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        if !are_ready(needed) {
            return None;
        }
        let brokers = setting("MYNAH_BUS__BROKERS")?;
        let registry = setting("MYNAH_BUS__REGISTRY")?;
        let seed = setting("MYNAH_TEST_SEED").and_then(|own| own.parse().ok());
        let seed: u64 = seed.unwrap_or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_nanos() as u64
        });
        eprintln!("seed {seed}: MYNAH_TEST_SEED={seed} repeats it");
        let settings = BusSettings {
            kind: BusKind::Kafka,
            brokers,
            registry: registry.clone(),
            ..BusSettings::default()
        };
        let bus: Arc<dyn Bus> = Arc::new(KafkaBus::new(&settings).unwrap());
        let registry = Registry::new(RegistryOptions::new(registry)).unwrap();
        let home = tempfile::tempdir().unwrap();
        let mut cluster = Self {
            bus,
            codec: Codec::new(registry),
            began_ms: now_ms(),
            speech: Clip::empty(mynah_audio::SampleRate::HZ_24000),
            home,
            chance: AtomicU64::new(seed | 1),
            _one: one,
        };
        cluster.runs(&["pipeline", "init"]);
        let file = cluster.home.path().join("speech.wav");
        let path = file.to_str().unwrap();
        cluster.runs(&["say", SPEECH, "--language", "en", "-o", path]);
        let bytes = std::fs::read(&file).unwrap();
        cluster.speech = session_audio(&decode(bytes, &DecodeLimits::default()).unwrap().clip);
        Some(cluster)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mynah"));
        command
            .args(arguments)
            .env("HOME", self.home.path())
            .env("MYNAH_BUS__KIND", "kafka")
            .env("MYNAH_GATEWAY__RESUME_KEY", RESUME_KEY)
            // A busy machine is late with what a client says in real time.
            .env("MYNAH_GATEWAY__PAUSE_MS", "5000")
            .env("MYNAH_LOG__FILTER", FILTER)
            // A machine that tests is busy, and slow is not lost.
            .env("MYNAH_GATEWAY__FLUSH_SECONDS", "280")
            .env("MYNAH_GATEWAY__BUS__PUBLISH_SECONDS", "60")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME");
        command
    }

    /// A process that has said a line that begins so.
    #[expect(
        clippy::zombie_processes,
        reason = "its handle waits; without one the test is over"
    )]
    fn start(&self, arguments: &[&str], variables: &[(&str, &str)], ready: &str) -> Process {
        let log = self
            .home
            .path()
            .join(format!("{}.log", self.below(1 << 40)));
        let mut child = self
            .command(arguments)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut address = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(own) = line.strip_prefix("listening on http://") {
                own.clone_into(&mut address);
            }
            if line.starts_with(ready) {
                return Process {
                    child,
                    log,
                    address,
                };
            }
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        panic!("{arguments:?} ended before it was ready: {said}");
    }

    /// Runs the program to its end.
    pub(crate) fn runs(&self, arguments: &[&str]) {
        let done = self.command(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{arguments:?}: {said}");
    }

    pub(crate) fn stage(&self, stages: &str) -> Process {
        self.stage_with(stages, &[])
    }

    pub(crate) fn stage_with(&self, stages: &str, variables: &[(&str, &str)]) -> Process {
        let arguments = [
            "pipeline",
            "run",
            "--stages",
            stages,
            "--listen",
            "127.0.0.1:0",
        ];
        self.start(&arguments, variables, "ready")
    }

    pub(crate) fn gateway(&self) -> Process {
        self.gateway_with(&[])
    }

    pub(crate) fn gateway_with(&self, variables: &[(&str, &str)]) -> Process {
        self.start(
            &["gateway", "--listen", "127.0.0.1:0"],
            variables,
            "listening",
        )
    }

    /// What the processes have logged so far.
    pub(crate) fn logs(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.home.path()).unwrap();
        let logs = files.filter_map(|file| {
            let path = file.unwrap().path();
            (path.extension()? == "log").then(|| std::fs::read(path).unwrap())
        });
        logs.map(|log| String::from_utf8_lossy(&log).into_owned())
            .collect()
    }

    pub(crate) async fn partitions(&self) -> u32 {
        self.bus.partitions(topic::INGRESS).await.unwrap()
    }

    /// A number below this, by the seed.
    pub(crate) fn below(&self, most: u64) -> u64 {
        let step = |own: u64| {
            Some(
                own.wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407),
            )
        };
        let own = self
            .chance
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
        (own.unwrap_or_else(|own| own) >> 16) % most
    }

    /// A moment while these sessions speak: all of them have been published for a second, and none is
    /// at its end. The seed says which.
    pub(crate) async fn within_speech(&self, sessions: usize) {
        waiting::until("every session has published", async || {
            let topics = checker::topics(self).await;
            let result = topics.values().filter(|own| own.published_ms >= 1_000);
            (result.count() >= sessions).then_some(())
        })
        .await;
        self.chance(Duration::from_secs(3)).await;
    }

    /// A time up to this, by the seed, after which a fault strikes. Nothing is expected of it.
    pub(crate) async fn chance(&self, most: Duration) {
        let wait = self.below(most.as_millis() as u64);
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
}

/// A test that failed keeps the logs of its processes.
impl Drop for TestCluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.home.disable_cleanup(true);
            eprintln!("the logs are kept in {}", self.home.path().display());
        }
    }
}

impl Process {
    /// Waits until `/readyz` answers with this status.
    pub(crate) async fn until_readyz(&self, status: u16) {
        let url = format!("http://{}/readyz", self.address);
        waiting::until(&format!("/readyz is {status}"), async || {
            let answer = reqwest::get(&url).await.ok()?;
            (answer.status() == status).then_some(())
        })
        .await;
    }

    /// Waits until this process has paused because something under it failed: `bus`, `registry`,
    /// `store`.
    pub(crate) async fn until_retried(&self, reason: &str) {
        let url = format!("http://{}/metrics", self.address);
        let label = format!("reason=\"{reason}\"");
        waiting::until(&format!("{reason} is tried again"), async || {
            let metrics = reqwest::get(&url).await.ok()?.text().await.ok()?;
            let mut retried = metrics.lines().filter(|line| line.starts_with(RETRIED));
            retried.any(|line| line.contains(&label)).then_some(())
        })
        .await;
    }

    /// Waits until this process has logged this.
    pub(crate) async fn until_logged(&self, text: &str) {
        waiting::until(&format!("{text:?} is logged"), async || {
            let log = std::fs::read(&self.log).unwrap();
            String::from_utf8_lossy(&log).contains(text).then_some(())
        })
        .await;
    }

    /// Stops it where it is, until the fault ends.
    pub(crate) fn freeze(&self) -> Fault {
        let pid = self.child.id();
        let fault = Fault::new(move || signal(pid, "-CONT"));
        signal(pid, "-STOP").unwrap();
        fault
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it in good order; how long that took.
    pub(crate) fn stop(mut self) -> Duration {
        let began = std::time::Instant::now();
        signal(self.child.id(), "-TERM").unwrap();
        self.child.wait().unwrap();
        began.elapsed()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(pid: u32, signal: &str) -> Result<(), String> {
    let sent = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status()
        .map_err(|error| error.to_string())?;
    sent.success()
        .then_some(())
        .ok_or_else(|| format!("kill {signal} {pid}: {sent}"))
}
