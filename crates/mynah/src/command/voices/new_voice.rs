//! What is said about a new voice, on the command line.

use mynah_voices::{NewVoice, VoiceName, VoicesError};

/// The name of a voice, and how it is found.
#[derive(Debug, clap::Args)]
pub(in crate::command) struct NewVoiceArgs {
    /// The voice's name: 1 to 100 characters of any script
    #[arg(long, value_name = "NAME")]
    name: String,

    /// How the voice sounds, in words [default for a take: its instructions]
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    description: String,

    /// A word to find it by; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,
}

impl NewVoiceArgs {
    /// The voice.
    pub(in crate::command) fn voice(self) -> Result<NewVoice, VoicesError> {
        Ok(NewVoice {
            description: self.description,
            tags: self.tags,
            ..NewVoice::named(VoiceName::new(&self.name)?)
        })
    }
}
