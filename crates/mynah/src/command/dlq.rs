//! `mynah dlq`: what could not be interpreted, and another chance for it.

use clap::Subcommand;
use mynah_bus::BusKind;
use mynah_pipeline::{DeadLetter, DeadLetters};

use crate::bus_clients::BusClients;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::{self, outln};

/// Dead letters: records that a stage could not work on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A letter is named by its topic, partition and offset as `ls` prints them. A letter that was
put back stays until it is purged.

Examples:
  mynah dlq ls
  mynah dlq show speech.asr.text 2 17
  mynah dlq replay speech.asr.text 2 17
  mynah dlq replay speech.asr.text --reason engine_busy
  mynah dlq purge speech.asr.text")]
pub(crate) struct DlqArgs {
    #[command(subcommand)]
    action: DlqAction,
}

#[derive(Debug, Subcommand)]
enum DlqAction {
    /// List them: place, when, stage, class, reason, session
    Ls {
        /// Only of this topic
        topic: Option<String>,
        /// Only of this reason
        #[arg(long)]
        reason: Option<String>,
    },
    /// Show one: its headers, and the size of its body; `--body` writes the body to stdout
    Show {
        topic: String,
        partition: u32,
        offset: i64,
        /// Write the untouched body to stdout instead
        #[arg(long)]
        body: bool,
    },
    /// Put one back onto its topic, or all of a topic
    Replay {
        topic: String,
        #[arg(requires = "offset")]
        partition: Option<u32>,
        offset: Option<i64>,
        /// Only those of this reason
        #[arg(long, conflicts_with = "partition")]
        reason: Option<String>,
    },
    /// Throw away all of a topic that are there now
    Purge { topic: String },
}

pub(crate) async fn run(args: DlqArgs, config: Config) -> anyhow::Result<()> {
    if config.bus.kind == BusKind::Memory {
        let message = "a bus in memory keeps no dead letters; set bus.kind to kafka";
        return Err(CliError::bad_input(message).into());
    }
    let clients = BusClients::open(&config)?;
    let letters = DeadLetters::new(clients.bus.clone());
    match args.action {
        DlqAction::Ls { topic, reason } => {
            for letter in letters.list(topic.as_deref()).await? {
                if reason
                    .as_deref()
                    .is_none_or(|reason| reason == letter.reason())
                {
                    outln!("{}", summary(&letter))?;
                }
            }
        }
        DlqAction::Show {
            topic,
            partition,
            offset,
            body,
        } => {
            let letter = one(&letters, &topic, partition, offset).await?;
            if body {
                print::bytes(letter.body())?;
            } else {
                for (name, value) in letter.headers() {
                    outln!("{name}: {value}")?;
                }
                outln!("body: {} bytes", letter.bytes())?;
            }
        }
        DlqAction::Replay {
            topic,
            partition: Some(partition),
            offset: Some(offset),
            ..
        } => {
            letters
                .replay(&one(&letters, &topic, partition, offset).await?)
                .await?;
            outln!("1 put back")?;
        }
        DlqAction::Replay { topic, reason, .. } => {
            let mut count = 0;
            for letter in letters.list(Some(&topic)).await? {
                if reason
                    .as_deref()
                    .is_none_or(|reason| reason == letter.reason())
                {
                    letters.replay(&letter).await?;
                    count += 1;
                }
            }
            outln!("{count} put back")?;
        }
        DlqAction::Purge { topic } => outln!("{} deleted", letters.purge(&topic).await?)?,
    }
    clients.bus.close().await;
    Ok(())
}

async fn one(
    letters: &DeadLetters,
    topic: &str,
    partition: u32,
    offset: i64,
) -> anyhow::Result<DeadLetter> {
    let found = letters.at(topic, partition, offset).await?;
    let missing = || {
        CliError::bad_input(format!(
            "no dead letter of {topic} is at {partition} {offset}; see `mynah dlq ls`"
        ))
    };
    Ok(found.ok_or_else(missing)?)
}

fn summary(letter: &DeadLetter) -> String {
    format!(
        "{} {} {}  {}  {}  {}  {}  {}",
        letter.topic(),
        letter.partition(),
        letter.offset(),
        letter.timestamp_ms(),
        letter.handler(),
        letter.class(),
        letter.reason(),
        letter.session().unwrap_or("-"),
    )
}
