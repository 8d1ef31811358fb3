//! `mynah bench engines`: the neural default engines, beside their peers.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::builder::PossibleValuesParser;
use mynah_bench::engines::{EngineBench, EngineFigures, EngineMeasurement};
use mynah_bench::{Figure, Threshold};
use mynah_speech::Recognizer;

use crate::config::Config;
use crate::engines::ModelFiles;
use crate::exit::CliError;
use crate::output::print::{note, outln};
use crate::services::Services;

/// What to measure, and with what.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
`script/bench engines` fetches the models, prepares the recordings and the peers, and
runs this. Prints a Markdown table. The method is in bench/engines.md.

Examples:
  mynah bench engines --speech SETS
  mynah bench engines prompts speed --speech SETS --peers PEERS --limit 5")]
pub(super) struct BenchEnginesArgs {
    /// What to measure [default: everything]
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(EngineMeasurement::ALL.map(|(name, _)| name)))]
    names: Vec<String>,

    /// Sets of recordings: folders `en`, `es`, `fr`, `it`, `ru`, `book`, `cards`, `long`, `live`, each with
    /// its `transcripts.tsv`
    #[arg(long, value_name = "FOLDER")]
    speech: PathBuf,

    /// Texts with their translations: the levels of Debian's fillets-ng-data
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/usr/share/games/fillets-ng/script"
    )]
    dialogs: PathBuf,

    /// Peers in Python: a virtual environment for each, and their models
    #[arg(long, value_name = "FOLDER", default_value = "peers")]
    peers: PathBuf,

    /// Threads of each engine and each peer
    #[arg(long, value_name = "NUMBER", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,

    /// How often a quick thing is repeated
    #[arg(long, value_name = "NUMBER", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// The most recordings, sentences and pairs of each kind [default: all]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: BenchEnginesArgs, mut config: Config) -> anyhow::Result<()> {
    let threads = usize::from(args.threads);
    config.engines.kokoro.threads = threads;
    config.engines.whisper.threads = threads;
    let files = ModelFiles::new(&config.models)?;
    let base = files.file("whisper-base", "ggml-base-q8_0.bin");
    let tiny = files.file("whisper-tiny.en", "ggml-tiny.en-q8_0.bin");
    config.engines.whisper.model = Some(base.clone());
    let services = Services::new(&config)?;
    let bench = EngineBench {
        base: whisper(&services)?,
        tiny: {
            let mut config = config.clone();
            config.engines.whisper.model = Some(tiny);
            whisper(&Services::new(&config)?)?
        },
        engines: services.engines,
        synthesis: services.synthesis,
        models: files.folder().to_owned(),
        program: std::env::current_exe()?,
        environment: environment(&files, &base, threads)?,
        threads,
        speech: args.speech,
        dialogs: args.dialogs,
        peers: args.peers,
        rounds: args.rounds as usize,
        limit: args.limit.map_or(usize::MAX, |limit| limit as usize),
    };
    let before = load();
    let (mut rows, mut unmeasured) = (Vec::new(), 0);
    if !args.json {
        outln!("| | measured | bar | |\n|---|---|---|---|")?;
    }
    for (name, measurement) in EngineMeasurement::ALL {
        if !args.names.is_empty() && !args.names.iter().any(|wanted| wanted == name) {
            continue;
        }
        let measured = bench.measure(measurement).await.unwrap_or_else(|error| {
            unmeasured += 1;
            note!("{name}: not measured: {error:#}");
            EngineFigures {
                absent: vec![(name.to_owned(), format!("{error:#}"))],
                ..EngineFigures::default()
            }
        });
        if args.json {
            rows.push((name, measured));
        } else {
            print(&measured)?;
        }
    }
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&json(&rows))?)?;
    } else {
        outln!("\nLoad average before {before}, after {}.", load())?;
    }
    if unmeasured > 0 {
        return Err(CliError::failed(format!("{unmeasured} things could not be measured")).into());
    }
    Ok(())
}

/// The Whisper of these services.
fn whisper(services: &Services) -> Result<Arc<dyn Recognizer>, CliError> {
    let mut recognizers = services.engines.recognizers().iter();
    let found = recognizers.find(|engine| engine.info().id.as_str() == "whisper");
    found.cloned().ok_or_else(|| {
        CliError::missing(
            "this program was built without Whisper; build it with the feature whisper",
        )
    })
}

/// The settings of a server that has the same models and threads.
fn environment(
    files: &ModelFiles,
    whisper: &std::path::Path,
    threads: usize,
) -> anyhow::Result<Vec<(String, String)>> {
    let text = |path: &std::path::Path| {
        let text = path.to_str().map(str::to_owned);
        text.with_context(|| format!("{} is no UTF-8", path.display()))
    };
    let threads = threads.to_string();
    Ok(vec![
        ("MYNAH_MODELS__FOLDER".into(), text(files.folder())?),
        ("MYNAH_ENGINES__WHISPER__MODEL".into(), text(whisper)?),
        ("MYNAH_ENGINES__WHISPER__THREADS".into(), threads.clone()),
        ("MYNAH_ENGINES__KOKORO__THREADS".into(), threads),
    ])
}

/// Prints rows of the table.
fn print(measured: &EngineFigures) -> anyhow::Result<()> {
    for figure in &measured.figures {
        let Figure {
            name, value, unit, ..
        } = figure;
        let bar = match figure.threshold {
            Some(Threshold::AtMost(most)) => format!("≤ {most}"),
            Some(Threshold::AtLeast(least)) => format!("≥ {least}"),
            Some(Threshold::Exactly(wanted)) => format!("= {wanted}"),
            None => String::new(),
        };
        let verdict = match figure.holds() {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        outln!("| {name} | {value:.2} {unit} | {bar} | {verdict} |")?;
    }
    for (name, reason) in &measured.absent {
        outln!("| {name} | not measured: {reason} | | |")?;
    }
    Ok(())
}

/// The figures, as `mynah bench --json` has them, and what could not be measured.
fn json(rows: &[(&str, EngineFigures)]) -> serde_json::Value {
    let rows = rows.iter().flat_map(|(measurement, measured)| {
        let figures = measured.figures.iter().map(move |figure| {
            serde_json::json!({"measurement": measurement, "figure": figure, "holds": figure.holds()})
        });
        let absent = measured.absent.iter().map(move |(name, reason)| {
            serde_json::json!({"measurement": measurement, "name": name, "absent": reason})
        });
        figures.chain(absent)
    });
    rows.collect()
}

/// What the machine was doing over the last minute, as Linux reports it.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split(' ').next().filter(|load| !load.is_empty());
    first.unwrap_or("unknown").to_owned()
}
