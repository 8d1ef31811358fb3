//! `mynah voices design`: a voice of a description.

use mynah_speech::{
    DEFAULT_WORKSPACE as WORKSPACE, Language, LanguageChoice, StyleIndex as _, StyleKey, VoiceKind,
};
use mynah_synthesis::{Delivery, SpeechJob};
use mynah_voices::{Library, NewVoice, TakeRecorder, VoiceName, VoicesError};

use super::print::print;
use crate::config::Config;
use crate::exit::CliError;
use crate::output::print::note;
use crate::services::Services;

/// Which voice to design.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A model that designs voices speaks a text as the description says, and this speech is what the voice is
spoken from. Another seed gives another voice of the same description; `mynah takes save` writes the
speech to a file. Speaking with the voice needs a model that clones, such as qwen3-tts-0.6b-base.

Example:
  mynah voices design \"a calm old man with a deep voice\" --name keeper --seed 7
  mynah say \"They left.\" --voice keeper")]
pub(crate) struct DesignArgs {
    /// Who speaks and how, in words
    #[arg(value_name = "DESCRIPTION")]
    description: String,

    /// The voice's name: 1 to 100 characters of any script
    #[arg(long, value_name = "NAME")]
    name: String,

    /// What it says, 3 to 60 seconds of speech [default: the sample text of the style neutral]
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,

    /// The language that it speaks
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: Language,

    /// Which of the voices of this description [default: any]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: DesignArgs, config: &Config) -> anyhow::Result<()> {
    let name = VoiceName::new(&args.name).map_err(VoicesError::from)?;
    let (services, library) = Services::with_library(config).await?;
    let voice = NewVoice {
        description: args.description.clone(),
        tags: args.tags,
        ..NewVoice::named(name)
    };
    library.check_new(WORKSPACE, &voice).await?;
    let text = match args.text {
        Some(text) => text,
        None => sample_text(&library, &args.language)?,
    };
    let synthesis = &services.synthesis;
    let plan = synthesis.plan(SpeechJob {
        kind: Some(VoiceKind::Designed),
        language: LanguageChoice::Is(args.language),
        instruct: Some(args.description),
        seed: args.seed,
        delivery: Delivery::Whole,
        ..SpeechJob::new(&*text)
    })?;
    let plan = plan.with_seed()?;
    let mut take = TakeRecorder::new(plan.take_details(text)?)?;
    let permit = synthesis.admit().map_err(anyhow::Error::from)?;
    let clip = synthesis.speak(plan, permit).collect().await?;
    let take = tokio::task::block_in_place(|| {
        take.push(&clip.samples)?;
        take.finish()
    })?;
    let kept = library.keep_take(WORKSPACE, take, None).await?;
    note!("kept as {}", kept.clip.id);
    let stored = library.create_of_take(WORKSPACE, voice, &kept.clip.id, None, ());
    print(&stored.await?, args.json)
}

/// The sample text of speech without a style.
fn sample_text(library: &Library, language: &Language) -> Result<String, CliError> {
    let key = StyleKey::try_from("neutral".to_owned()).ok();
    let style = key.and_then(|key| library.style(WORKSPACE, &key));
    let variant = style.as_ref().and_then(|style| style.variants.first());
    let texts = variant.map(|variant| &variant.texts);
    let text = texts.and_then(|texts| {
        let own = texts.iter().find(|(own, _)| own.is_same_language(language));
        own.map(|(_, text)| text.clone())
    });
    text.ok_or_else(|| {
        let message = format!("there is no sample text in {language}; send one with --text");
        CliError::bad_input(message)
    })
}
