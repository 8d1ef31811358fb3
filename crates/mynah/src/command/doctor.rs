//! `mynah doctor`: what is installed, what is missing, how to mend it.

use mynah_audio::{Encoder, Format, SampleRate, Tags};
use mynah_qwen3::Processor;
use mynah_speech::{EngineHealth, EngineInfo};
use serde::Serialize;

use crate::config::Config;
use crate::engines::ModelFiles;
use crate::engines::speed::{self, RealTimeFactor};
use crate::exit::CliError;
use crate::output::player;
use crate::output::print::{note, outln};
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

    /// Measure how fast an installed Qwen3-TTS checkpoint speaks here, and remember it: one that is as
    /// fast as speech answers before other engines
    #[arg(long)]
    measure: bool,
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
    if args.measure {
        measure_qwen3(config)?;
    }
    let services = Services::new(config)?;
    let checks = checks(&services);
    let factor = speed::remembered(&config.engines, &services.models);
    let aac = Encoder::new(Format::Aac, SampleRate::HZ_24000, &Tags::new()).map(drop);
    if args.json {
        let report = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "engines": checks,
            "player": player::find().map(|player| player.program),
            "aac": aac.is_ok(),
            "processor": Processor::of_process(),
            "qwen3_real_time_factor": factor.map(RealTimeFactor::value),
        });
        outln!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        let aac = aac.err().map(|error| error.to_string());
        print(&checks, aac.as_deref(), config.engines.qwen3.thread_count())?;
        // One that was named needs no measurement to answer first.
        if services.qwen3.is_some() && config.engines.qwen3.model.is_none() {
            print_speed(factor)?;
        }
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

/// What models compute on.
fn print_processor(processor: Processor, engine_threads: usize) -> anyhow::Result<()> {
    let Processor {
        instructions,
        processors,
        threads,
    } = processor;
    let quota = if threads < processors {
        " by the CPU quota of this process"
    } else {
        ""
    };
    outln!(
        "  ok       processor     {instructions} instructions; processors: {processors}, threads: {threads}{quota}"
    )?;
    if engine_threads != threads {
        outln!("           qwen3 computes with {engine_threads} threads, by its settings")?;
    }
    Ok(())
}

/// The measured speed of Qwen3-TTS, or how to measure it.
fn print_speed(factor: Option<RealTimeFactor>) -> anyhow::Result<()> {
    match factor {
        Some(factor) => outln!(
            "           qwen3 takes {:.2} seconds here for a second of speech",
            factor.value()
        )?,
        None => outln!(
            "           qwen3 was not measured here; one as fast as speech answers first: mynah doctor --measure"
        )?,
    }
    Ok(())
}

/// Measures the installed checkpoint of Qwen3-TTS, and prints what came of it.
fn measure_qwen3(config: &Config) -> anyhow::Result<()> {
    note!("Measuring how fast Qwen3-TTS speaks here …");
    match speed::measure(&config.engines, &ModelFiles::new(&config.models)?)? {
        Some(factor) => note!(
            "It takes {:.2} seconds for a second of speech.",
            factor.value()
        ),
        None => note!("No checkpoint of Qwen3-TTS with speakers of its own is installed."),
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

fn print(checks: &[Check], aac: Option<&str>, qwen3_threads: usize) -> anyhow::Result<()> {
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
    print_processor(Processor::of_process(), qwen3_threads)?;
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
