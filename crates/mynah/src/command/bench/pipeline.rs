//! `mynah bench pipeline`: sessions against a gateway that runs.

use std::path::PathBuf;

use mynah_bench::pipeline::{LoadTest, speech};
use mynah_bus::BusKind;
use mynah_speech::Language;

use crate::bus_clients::BusClients;
use crate::command::recording::{self, LengthArgs};
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::{out, outln};
use crate::services::Services;

/// What to drive, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each session speaks in real time, with a pause after each round. Where the settings name
Kafka (bus.kind), the topics are read as well, for the hops, losses and duplicates. A key is
read from MYNAH_API_KEY. Exits non-zero when anything was lost.

Examples:
  mynah bench pipeline --gateway ws://127.0.0.1:8080 --metrics http://127.0.0.1:8080
  eval \"$(script/services env)\" && \\
    mynah bench pipeline --gateway ws://127.0.0.1:8081 --sessions 10 --json")]
pub(super) struct BenchPipelineArgs {
    /// The gateway: ws://HOST:PORT
    #[arg(long, value_name = "URL")]
    gateway: String,

    /// How many sessions at once
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    sessions: u32,

    /// How often each session says the speech
    #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,

    /// All sessions begin at the same moment; else they begin spread over one round
    #[arg(long)]
    together: bool,

    /// Language spoken, as BCP-47
    #[arg(long, value_name = "TAG", default_value = "en")]
    from: Language,

    /// Language to interpret into, as BCP-47
    #[arg(long, value_name = "TAG", default_value = "es")]
    to: Language,

    /// Voice of the translation: a full id, a bare name or an alias
    #[arg(long, value_name = "VOICE")]
    voice: Option<String>,

    /// A process of the pipeline whose /metrics is read before and after; may be repeated
    #[arg(long, value_name = "URL")]
    metrics: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// What is said [default: five seconds of English by flite]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) async fn run(args: BenchPipelineArgs, config: &Config) -> anyhow::Result<()> {
    let clip = match &args.file {
        Some(file) => {
            let limits = LengthArgs::default().limits(config.recording);
            recording::read(file, limits, recording::TrackArgs::default()).await?
        }
        None => speech(&Services::new(config)?.synthesis).await?,
    };
    let topics = match config.bus.kind {
        BusKind::Memory => None,
        BusKind::Kafka => {
            let clients = BusClients::open(config)?;
            Some((clients.bus, clients.codec))
        }
    };
    let drive = LoadTest {
        gateway: args.gateway,
        key: std::env::var("MYNAH_API_KEY").ok(),
        sessions: args.sessions as usize,
        rounds: args.rounds as usize,
        together: args.together,
        from: args.from.to_string(),
        to: args.to.to_string(),
        voice: args.voice,
        metrics: args.metrics,
        topics,
    };
    let report = drive.run(&clip).await?;
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        out!("{report}")?;
    }
    if !report.is_whole() {
        return Err(CliError::failed("something was lost").into());
    }
    Ok(())
}
