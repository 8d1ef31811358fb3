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
/// The unit of processor times: Linux has 100 a second for every program, whatever its own clock.
const TICK: Duration = Duration::from_millis(10);

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
        self.memory("VmHWM:")
    }

    /// The memory the server holds now, in bytes.
    pub(crate) fn resident_memory(&self) -> anyhow::Result<f64> {
        self.memory("VmRSS:")
    }

    fn memory(&self, field: &str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let line = line.with_context(|| format!("no {field}"))?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0)
    }

    /// The processor time the server has used, in user and in system mode.
    pub(crate) fn processor_time(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        processor_time(&stat).context("/proc/PID/stat has another form")
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

/// The fields `utime` and `stime` of `/proc/PID/stat`, proc(5).
fn processor_time(stat: &str) -> Option<Duration> {
    // The name of the program, in parentheses, may hold spaces.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<u32>().ok();
    Some(TICK * ticks(11)?.checked_add(ticks(12)?)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_user_and_system_time() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 90 0 0 0 150 25 0 0 20 0 3 0 100 1000 20";
        assert_eq!(processor_time(stat), Some(Duration::from_millis(1_750)));
        assert_eq!(processor_time("7 (a) S 1"), None);
    }
}
