//! What can be typed after `mynah`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::command::{
    bench, completions, config, dlq, doctor, gateway, interpret, keys, models, pipeline, qwen3,
    say, serve, styles, takes, transcribe, translate, voices,
};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed: an engine broke, a file could not be written
  2    wrong usage or bad input: the message says what is right
  3    something is not installed: the message names the package
  4    this engine or voice can't do that: the message says which can
  5    busy: try again later
  130  interrupted

With no model on this machine Mynah uses demo engines: flite and espeak-ng speak,
PocketSphinx listens, Apertium translates. They are real and offline, and not the
quality Mynah is built for. `mynah doctor` says what is installed.";

/// Give a machine a voice, on your own hardware: it speaks, listens and interprets.
#[derive(Debug, Parser)]
#[command(name = "mynah", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// Settings file to read instead of the usual one (see `mynah config --path`)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Log more on stderr; repeat for more still
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CliCommand {
    /// Speak text: through the loudspeaker, or into a file
    Say(say::SayArgs),
    /// Write down what is said in a recording
    Transcribe(transcribe::TranscribeArgs),
    /// Translate text
    Translate(translate::TranslateArgs),
    /// Interpret a recording: speech in one language to text and speech in another
    Interpret(interpret::InterpretArgs),
    /// Serve the HTTP and WebSocket interfaces, and the page
    Serve(serve::ServeArgs),
    /// Serve live interpreting alone, before stages on a bus
    Gateway(gateway::GatewayArgs),
    /// The interpreter's stages over Apache Kafka: set up, run
    Pipeline(pipeline::PipelineArgs),
    /// Look after what the stages could not interpret
    Dlq(dlq::DlqArgs),
    /// List the voices, and keep voices of your own
    Voices(voices::VoicesArgs),
    /// List the styles of speaking, and keep styles of your own
    Styles(styles::StylesArgs),
    /// List speech that was kept, and make voices of it
    Takes(takes::TakesArgs),
    /// Make, list and revoke the keys that clients of the server need
    Keys(keys::KeysArgs),
    /// Say what is installed, what is missing, and how to mend it
    Doctor(doctor::DoctorArgs),
    /// List, fetch, verify, quantize and remove models
    Models(models::ModelsArgs),
    /// The Qwen3-TTS engine by itself: keep a cloned voice, measure, trace numbers
    Qwen3(qwen3::Qwen3Args),
    /// Print the settings in effect, or explain them all
    Config(config::ConfigArgs),
    /// Measure this machine: speed, latency and recognition errors
    Bench(bench::BenchArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
}

impl CliCommand {
    /// Whether it runs until a signal stops it, and logs for machines.
    pub(crate) const fn is_a_server(&self) -> bool {
        matches!(self, Self::Serve(_) | Self::Gateway(_) | Self::Pipeline(_))
    }

    /// Its name as a service in traces.
    pub(crate) const fn service_name(&self) -> &'static str {
        match self {
            Self::Serve(_) => "mynah-serve",
            Self::Gateway(_) => "mynah-gateway",
            Self::Pipeline(_) => "mynah-pipeline",
            _ => "mynah",
        }
    }
}
