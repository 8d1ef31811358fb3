//! `mynah doctor`: what is installed, what is missing, how to mend it.

use std::collections::BTreeSet;

use mynah_audio::{Encoder, Format, SampleRate, Tags};
use mynah_speech::{EngineHealth, EngineInfo};
use serde::Serialize;

use crate::config::Config;
use crate::exit::CliError;
use crate::output::player;
use crate::output::print::outln;
use crate::services::Services;

/// How to print it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exits with 3 when an engine is missing.")]
pub(crate) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Check {
    task: &'static str,
    #[serde(flatten)]
    info: EngineInfo,
    #[serde(flatten)]
    health: EngineHealth,
}

pub(crate) fn run(args: &DoctorArgs, config: &Config) -> anyhow::Result<()> {
    let checks = checks(&Services::new(config)?);
    let aac = Encoder::new(Format::Aac, SampleRate::HZ_24000, &Tags::new()).map(drop);
    if args.json {
        let report = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "engines": checks,
            "player": player::find().map(|player| player.program),
            "aac": aac.is_ok(),
        });
        outln!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        print(&checks, aac.err().map(|error| error.to_string()).as_deref())?;
    }
    let missing: BTreeSet<_> = checks
        .iter()
        .filter(|check| !check.health.is_ready())
        .map(|check| check.info.id)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|id| id.as_str()).collect();
    Err(CliError::missing(format!("missing: {}", names.join(", "))).into())
}

fn checks(services: &Services) -> Vec<Check> {
    let engines = &services.engines;
    let speak = engines
        .synthesizers()
        .iter()
        .map(|e| ("speaks", e.info(), e.health()));
    let listen = engines
        .recognizers()
        .iter()
        .map(|e| ("listens", e.info(), e.health()));
    let translate = engines
        .translators()
        .iter()
        .map(|e| ("translates", e.info(), e.health()));
    speak
        .chain(listen)
        .chain(translate)
        .map(|(task, info, health)| Check {
            task,
            info: info.clone(),
            health,
        })
        .collect()
}

fn print(checks: &[Check], aac: Option<&str>) -> anyhow::Result<()> {
    outln!("Mynah {}", env!("CARGO_PKG_VERSION"))?;
    for Check { task, info, health } in checks {
        let demo = if info.demo { "demo engine" } else { "" };
        match health {
            EngineHealth::Ready { version } => {
                let version = version.as_deref().unwrap_or("");
                outln!(
                    "  ok       {:13} {task:11} {demo:12} {version}",
                    info.id.as_str()
                )?;
            }
            EngineHealth::Missing { reason, fix } => {
                outln!(
                    "  missing  {:13} {task:11} {demo:12} {reason}",
                    info.id.as_str()
                )?;
                outln!("           {fix}")?;
            }
        }
    }
    match player::find() {
        Some(player) => outln!(
            "  ok       {:13} plays what `mynah say` speaks",
            player.program
        )?,
        None => outln!(
            "  none     player        `mynah say` needs -o FILE here: {}",
            player::FIX
        )?,
    }
    match aac {
        None => outln!("  ok       ffmpeg        encodes aac")?,
        Some(fix) => outln!("  none     ffmpeg        no aac: {fix}")?,
    }
    Ok(())
}
