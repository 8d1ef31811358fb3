//! The system's own player: raw samples into its standard input.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use mynah_audio::{Clip, SampleRate, to_i16};

/// How to get a player.
pub(crate) const FIX: &str = "apt-get install alsa-utils, and a sound device";

/// A program that plays signed 16-bit little-endian mono samples from its standard input.
#[derive(Clone, Copy)]
pub(crate) struct Player {
    pub(crate) program: &'static str,
    arguments: fn(SampleRate) -> Vec<String>,
}

const PLAYERS: [Player; 4] = [
    Player {
        program: "pw-play",
        arguments: |rate| words(&format!("--rate {} --channels 1 --format s16 -", rate.hz())),
    },
    Player {
        program: "paplay",
        arguments: |rate| {
            words(&format!(
                "--raw --format=s16le --channels=1 --rate={}",
                rate.hz()
            ))
        },
    },
    Player {
        program: "aplay",
        arguments: |rate| words(&format!("-q -t raw -f S16_LE -c 1 -r {}", rate.hz())),
    },
    Player {
        program: "play",
        arguments: |rate| {
            words(&format!(
                "-q -t raw -e signed -b 16 -c 1 -r {} -",
                rate.hz()
            ))
        },
    },
];

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// The player of this machine, where it has one and an audio device to play on.
pub(crate) fn find() -> Option<Player> {
    let session = ["PIPEWIRE_REMOTE", "PULSE_SERVER"]
        .iter()
        .any(|name| std::env::var_os(name).is_some());
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|dir| {
        let dir = Path::new(&dir);
        dir.join("pipewire-0").exists() || dir.join("pulse/native").exists()
    });
    let card = Path::new("/proc/asound/card0").exists();
    if !(session || runtime || card) {
        return None;
    }
    PLAYERS.into_iter().find(|player| on_path(player.program))
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// A player at work.
pub(crate) struct Playing {
    child: Child,
    program: &'static str,
}

impl Player {
    /// Starts to play.
    pub(crate) fn start(self, rate: SampleRate) -> anyhow::Result<Playing> {
        let child = Command::new(self.program)
            .args((self.arguments)(rate))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .with_context(|| format!("{} could not start", self.program))?;
        Ok(Playing {
            child,
            program: self.program,
        })
    }
}

impl Playing {
    /// Plays the next samples; waits while the player has enough.
    pub(crate) fn push(&mut self, clip: &Clip) -> anyhow::Result<()> {
        let bytes: Vec<u8> = clip
            .samples
            .iter()
            .flat_map(|sample| to_i16(*sample).to_le_bytes())
            .collect();
        let Some(pipe) = self.child.stdin.as_mut() else {
            bail!("{} is closed", self.program)
        };
        pipe.write_all(&bytes)
            .with_context(|| format!("{} stopped playing", self.program))
    }

    /// Waits until all is played.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        let status = self
            .child
            .wait()
            .with_context(|| format!("{} was lost", self.program))?;
        if !status.success() {
            bail!("{} failed with {status}", self.program);
        }
        Ok(())
    }
}
