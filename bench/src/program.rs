//! The program as a child process: a server to talk to.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::figure::percentile;
use crate::{Bench, Figure};

/// How long a server may take to start before it counts as failed.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A running server; dropping it ends the process.
pub(crate) struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl Server {
    /// Starts `mynah serve` on a free port with these settings in its environment.
    pub(crate) fn start(program: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} could not start", program.display()))?;
        let stdout = child.stdout.take().context("stdout was asked for")?;
        let mut server = Self {
            child,
            address: String::new(),
        };
        for line in BufReader::new(stdout).lines() {
            if let Some(address) = line?.strip_prefix("listening on ") {
                server.address = address.to_owned();
                return Ok(server);
            }
        }
        bail!(
            "the server ended before it listened: {:?}",
            server.child.wait()?
        )
    }

    /// The most memory the server has held, in bytes.
    pub(crate) fn peak_memory(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .context("no VmHWM")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0)
    }

    /// Waits until it says that it is ready.
    pub(crate) async fn ready(&self, client: &reqwest::Client) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let answer = client
                .get(format!("{}/readyz", self.address))
                .send()
                .await?;
            if answer.status().is_success() {
                return Ok(());
            }
            if began.elapsed() > TIMEOUT {
                bail!("not ready after {TIMEOUT:?}: {}", answer.text().await?);
            }
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From the start of the process to the first good answer of `/readyz`.
pub(crate) async fn measure_start(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let client = reqwest::Client::new();
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        let server = Server::start(&bench.program, &[])?;
        server.ready(&client).await?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(vec![
        Figure::new("start to ready, p95", percentile(&mut times, 0.95), "ms").with_max(1000.0),
    ])
}
