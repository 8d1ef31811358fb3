//! `mynah voices export` and `import`: kept voices as files.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use mynah_api::ImportReport;
use mynah_speech::DEFAULT_WORKSPACE as WORKSPACE;
use mynah_voices::{
    ImportConflict, ImportOptions, ImportedVoice, PACKAGE_EXTENSION, PackageVersion, StoredVoice,
};

use super::manage::{existing, find};
use super::print::print;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::file::temporary_file_beside;
use crate::output::print::{note, outln};
use crate::services::Services;

/// A package holds a person's voice.
const FOR_ITS_OWNER: u32 = 0o600;

/// Which voice to write where.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A package holds the voice's recordings with their words and styles, and the speaker's consent. A voice
whose consent is missing or revoked is not exported. docs/packages.md specifies the format.

Example:
  mynah voices export Ana -o ana.mynahvoice")]
pub(crate) struct ExportArgs {
    /// The name or the id
    #[arg(value_name = "VOICE")]
    voice: String,

    /// The file [default: the voice's name with the ending mynahvoice, in this folder]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,

    /// 2, or 1 for earlier servers: one recording without its consent
    #[arg(long, value_name = "NUMBER", default_value = "2", value_parser = ["1", "2"])]
    package_version: String,
}

/// Which package to make a voice of.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Everything in the package is checked before anything is kept. A voice of a recording without a consent, as
all are in packages of version 1, speaks only once it is given one: `mynah voices consent`.

Examples:
  mynah voices import ana.mynahvoice
  mynah voices import ana.mynahvoice --on-conflict rename --dry-run")]
pub(crate) struct ImportArgs {
    /// The package
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What happens where a voice has its name or its id
    #[arg(long, value_name = "ACTION", value_enum, default_value_t)]
    on_conflict: OnConflict,

    /// Only check the package
    #[arg(long)]
    dry_run: bool,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What happens to a voice that is there.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum OnConflict {
    /// The import fails
    #[default]
    Fail,
    /// The imported voice gets a number after its name, or an id of its own, where it is taken
    Rename,
    /// That voice is deleted; it can be restored for 24 hours
    Replace,
    /// The imported voice gets an id of its own; its name must be free
    NewId,
}

pub(super) async fn export(args: ExportArgs, config: &Config) -> anyhow::Result<()> {
    let library = existing(config).await?;
    let voice = find(&library, &args.voice).await?;
    let version = match args.package_version.as_str() {
        "1" => PackageVersion::V1,
        _ => PackageVersion::V2,
    };
    let path = match args.output {
        Some(path) => path,
        None => default_path(&voice, version)?,
    };
    let failed = || format!("{} can't be written", path.display());
    let file = temporary_file_beside(&path, FOR_ITS_OWNER)?;
    let own = file.reopen().with_context(failed)?;
    let mut written = library
        .export(WORKSPACE, &voice.id, version, own, None)
        .await?;
    written.flush().with_context(failed)?;
    file.persist(&path).with_context(failed)?;
    note!("written to {}", path.display());
    Ok(())
}

pub(super) async fn import(args: ImportArgs, config: &Config) -> anyhow::Result<()> {
    let file = File::open(&args.file).map_err(|error| {
        CliError::bad_input(format!("{} can't be read: {error}", args.file.display()))
    })?;
    let options = ImportOptions {
        on_conflict: match args.on_conflict {
            OnConflict::Fail => ImportConflict::Fail,
            OnConflict::Rename => ImportConflict::Rename,
            OnConflict::Replace => ImportConflict::Replace,
            OnConflict::NewId => ImportConflict::NewId,
        },
        dry_run: args.dry_run,
    };
    let (_services, library) = Services::with_library(config).await?;
    let imported = library.import(WORKSPACE, file, options, None, ()).await?;
    if args.json {
        let report = ImportReport::from(imported);
        outln!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(());
    }
    print_import(&imported)
}

fn print_import(imported: &ImportedVoice) -> anyhow::Result<()> {
    for replaced in &imported.replaced {
        match imported.voice {
            Some(_) => {
                note!("{replaced} is deleted; `mynah voices restore {replaced}` restores it");
            }
            None => note!("{replaced} would be deleted"),
        }
    }
    for style in &imported.unknown_styles {
        note!("there is no style {style} here; `mynah styles set` adds one");
    }
    match &imported.voice {
        Some(voice) => print(voice, false)?,
        None => outln!(
            "{} could be imported, with {} recordings",
            imported.name,
            imported.prompts
        )?,
    }
    if imported.locked {
        note!(
            "it has no consent and cannot speak; give one: mynah voices consent {:?}",
            imported.name.as_str()
        );
    }
    Ok(())
}

/// The name of a voice as a file in this folder.
fn default_path(voice: &StoredVoice, version: PackageVersion) -> Result<PathBuf, CliError> {
    let name = voice.name.as_str();
    let extension = match version {
        PackageVersion::V1 => "voicepkg.zip",
        PackageVersion::V2 => PACKAGE_EXTENSION,
    };
    let path = PathBuf::from(format!("{name}.{extension}"));
    let is_one_name = path.file_name() == Some(path.as_os_str()) && !name.starts_with('.');
    match is_one_name {
        true if !Path::new(&path).exists() => Ok(path),
        true => Err(CliError::bad_input(format!(
            "{} exists; name a file with -o",
            path.display()
        ))),
        false => Err(CliError::bad_input(format!(
            "{name:?} is no file name; name one with -o"
        ))),
    }
}
