//! `mynah doctor`: what is installed, what is missing, how to mend it.

use mynah_audio::{Encoder, Format, SampleRate, Tags};
use mynah_speech::{EngineHealth, EngineInfo};
use serde::Serialize;

use crate::config::Config;
use crate::exit::CliError;
use crate::output::player;
use crate::output::print::outln;
use crate::services::Services;

/// How to print the report.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The engines of each task stand in their order: the first one that is ready answers.
Exits with 3 when a task has no engine that is ready.")]
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
    let without: Vec<_> = TASKS
        .iter()
        .filter(|(task, _)| answering(&checks, task).is_none())
        .map(|(task, _)| {
            let engines = checks.iter().filter(|check| check.task == *task);
            let names: Vec<_> = engines.map(|check| check.info.id.as_str()).collect();
            format!("nothing {task}; missing: {}", names.join(", "))
        })
        .collect();
    if without.is_empty() {
        return Ok(());
    }
    Err(CliError::missing(without.join("; ")).into())
}

/// What engines do, and the noun for it.
const TASKS: [(&str, &str); 3] = [
    ("speaks", "speech"),
    ("listens", "recognition"),
    ("translates", "translation"),
];

/// The first engine of a task that is ready.
fn answering<'a>(checks: &'a [Check], task: &str) -> Option<&'a Check> {
    let mut engines = checks.iter().filter(|check| check.task == task);
    engines.find(|check| check.health.is_ready())
}

/// The engine that answers for each task, and the fix where a better one is missing.
fn print_answering(checks: &[Check]) -> anyhow::Result<()> {
    for (task, noun) in TASKS {
        let Some(found) = answering(checks, task) else {
            outln!("  none     {noun}: no engine is ready")?;
            continue;
        };
        let demo = if found.info.demo {
            ", a demo engine"
        } else {
            ""
        };
        outln!("  ok       {noun}: {}{demo}", found.info.id.as_str())?;
        let mut engines = checks.iter().filter(|check| check.task == task);
        // Those before it are preferred.
        let better = engines.find(|check| !check.health.is_ready() && !check.info.demo);
        if let Some(Check {
            info,
            health: EngineHealth::Missing { fix, .. },
            ..
        }) = better
            && found.info.demo
        {
            outln!("           {} would be better: {fix}", info.id.as_str())?;
        }
    }
    Ok(())
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
    print_answering(checks)?;
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
