//! `mynah bench`: measures this machine.

mod engines;
mod pipeline;

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use mynah_bench::{Bench, Figure, Measurement, Threshold};

use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::{note, outln};
use crate::services::Services;

/// What to measure.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Without names everything is measured, which takes some minutes. Close what else
runs: the numbers are of this machine at this moment. The method is in bench/README.md.

Examples:
  mynah bench
  mynah bench round-trip speech --json"
)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    drive: Option<Driven>,

    /// What to measure
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(Measurement::ALL.map(|(name, _)| name)))]
    names: Vec<String>,

    /// How often a quick thing is repeated
    #[arg(long, value_name = "NUMBER", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Recordings of people: the test data of Debian's pocketsphinx-testdata
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/usr/share/pocketsphinx/test/data"
    )]
    recordings: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What has arguments of its own.
#[derive(Debug, clap::Subcommand)]
enum Driven {
    /// Drive sessions of real speech against a gateway that runs
    Pipeline(pipeline::BenchPipelineArgs),
    /// Measure the neural default engines, beside their peers
    Engines(engines::BenchEnginesArgs),
}

pub(crate) async fn run(args: BenchArgs, config: Config) -> anyhow::Result<()> {
    match args.drive {
        Some(Driven::Pipeline(driven)) => return pipeline::run(driven, &config).await,
        Some(Driven::Engines(measured)) => return engines::run(measured, config).await,
        None => {}
    }
    let Services {
        engines,
        synthesis,
        interpreter,
        ..
    } = Services::new(&config)?;
    let bench = Bench {
        engines,
        synthesis,
        interpreter,
        program: std::env::current_exe()?,
        recordings: args.recordings,
        rounds: args.rounds as usize,
    };
    let mut all = Vec::new();
    let mut unmeasured = 0;
    for (name, measurement) in Measurement::ALL {
        if !args.names.is_empty() && !args.names.iter().any(|wanted| wanted == name) {
            continue;
        }
        match bench.measure(measurement).await {
            Ok(figures) => {
                if !args.json {
                    for figure in &figures {
                        print(name, figure)?;
                    }
                }
                all.extend(figures.into_iter().map(|figure| (name, figure)));
            }
            Err(error) => {
                unmeasured += 1;
                note!("{name}: not measured: {error:#}");
            }
        }
    }
    if args.json {
        let rows: Vec<_> = all
            .iter()
            .map(|(name, figure)| {
                serde_json::json!({"measurement": name, "figure": figure, "holds": figure.holds()})
            })
            .collect();
        outln!("{}", serde_json::to_string_pretty(&rows)?)?;
    }
    if unmeasured > 0 {
        return Err(CliError::failed(format!("{unmeasured} things could not be measured")).into());
    }
    Ok(())
}

fn print(measurement: &str, figure: &Figure) -> anyhow::Result<()> {
    let threshold = match figure.threshold {
        Some(Threshold::AtMost(most)) => format!("at most {most}"),
        Some(Threshold::AtLeast(least)) => format!("at least {least}"),
        Some(Threshold::Exactly(wanted)) => format!("exactly {wanted}"),
        None => String::new(),
    };
    let verdict = match figure.holds() {
        Some(true) => "holds",
        Some(false) => "MISSED",
        None => "",
    };
    outln!(
        "{measurement:11} {:44} {:>10.2} {:4} {threshold:16} {verdict}",
        figure.name,
        figure.value,
        figure.unit
    )
}
