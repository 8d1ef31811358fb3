//! A style on the command line: an emotion with its intensity, or a mode.

use mynah_speech::{StyleKey, StyleName};

/// The style to speak in.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "To speak in a style (`mynah styles` lists them)")]
pub(crate) struct StyleArgs {
    /// An emotion, such as sad
    #[arg(long, value_name = "KEY", conflicts_with = "mode")]
    emotion: Option<StyleKey>,

    /// How strong the emotion is [default: its weakest intensity]
    #[arg(long, value_name = "KEY", requires = "emotion")]
    intensity: Option<StyleKey>,

    /// A mode, such as whispering
    #[arg(long, value_name = "KEY")]
    mode: Option<StyleKey>,
}

impl StyleArgs {
    /// The style, where one was named.
    pub(crate) fn name(self) -> Option<StyleName> {
        let Self {
            emotion,
            intensity,
            mode,
        } = self;
        match (emotion, mode) {
            (Some(key), _) => Some(StyleName::Emotion { key, intensity }),
            (None, mode) => mode.map(StyleName::Mode),
        }
    }
}
