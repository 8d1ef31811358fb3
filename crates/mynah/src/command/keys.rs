//! `mynah keys`: the API keys of the server.

use clap::Subcommand;
use mynah_auth::{KeyRecord, KeyStore};

use crate::output::print::{note, outln};
use crate::paths;

/// What to do with the keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A server on any address but loopback needs keys. Only their hashes are kept, so a
key is shown once, when it is made. A running server follows changes within two
seconds, and ends what a revoked key has open.

Examples:
  mynah keys add laptop
  mynah keys revoke laptop")]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    action: KeysAction,
}

#[derive(Debug, Subcommand)]
enum KeysAction {
    /// Make a key and print it, once
    Add {
        /// Whose key it is: a name to recognize it by
        name: String,
    },
    /// List the keys: name, id, when made
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key, by name or id
    Revoke {
        /// The name or the id
        key: String,
    },
}

pub(crate) fn run(args: KeysArgs) -> anyhow::Result<()> {
    let store = KeyStore::open(paths::keys_file()?)?;
    match args.action {
        KeysAction::Add { name } => {
            let (key, record) = store.add(&name)?;
            note!(
                "A key for {} (id {}). It is shown only now:",
                record.name,
                record.id
            );
            outln!("{}", key.expose_secret())?;
        }
        KeysAction::List { json } => list(&store.list(), json)?,
        KeysAction::Revoke { key } => {
            let record = store.revoke(&key)?;
            note!("The key of {} (id {}) is revoked.", record.name, record.id);
        }
    }
    Ok(())
}

fn list(keys: &[KeyRecord], json: bool) -> anyhow::Result<()> {
    if json {
        let public: Vec<_> = keys
            .iter()
            .map(|key| serde_json::json!({"id": key.id, "name": key.name, "created": key.created}))
            .collect();
        outln!("{}", serde_json::to_string_pretty(&public)?)?;
        return Ok(());
    }
    if keys.is_empty() {
        note!("No keys. `mynah keys add NAME` makes one.");
    }
    let width = keys
        .iter()
        .map(|key| key.name.chars().count())
        .max()
        .unwrap_or(0);
    for key in keys {
        outln!("{:width$}  {}", key.name, key.id)?;
    }
    Ok(())
}
