//! What a file states about itself.

pub(crate) mod id3;
pub(crate) mod riff_info;
pub(crate) mod vorbis_comment;

/// The program that every file names as its maker.
pub(crate) const SOFTWARE: &str = "Mynah";

/// Marks audio as synthetic, and names what made it. There is no place for the spoken text: a
/// file that travels must not carry what a user typed.
///
/// `SYNTHETIC=1` is written, unless the file is a person's recording. How depends on the container: ID3v2.4 for mp3 and before
/// ADTS, Vorbis comments in flac and Ogg, RIFF INFO in wav, nothing in bare pcm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    recorded: bool,
    engine: Option<String>,
    voices: Vec<String>,
}

impl Tags {
    /// The longest name written, in bytes.
    pub const MAX_NAME_BYTES: usize = 128;
    /// The most voices named; a cast with more is cut short.
    pub const MAX_VOICES: usize = 64;

    /// The mark alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// No mark: a person was recorded.
    pub fn of_recording() -> Self {
        Self {
            recorded: true,
            ..Self::default()
        }
    }

    /// Names the engine, such as `flite`.
    #[must_use]
    pub fn engine(mut self, name: &str) -> Self {
        self.engine = Some(plain(name));
        self
    }

    /// Names a voice by its full id, such as `flite/slt`. Each is written once.
    #[must_use]
    pub fn voice(mut self, id: &str) -> Self {
        let id = plain(id);
        if self.voices.len() < Self::MAX_VOICES && !self.voices.contains(&id) {
            self.voices.push(id);
        }
        self
    }

    /// Keys and values beyond the software's name, in the order written.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if !self.recorded {
            pairs.push(("SYNTHETIC", "1".to_owned()));
        }
        pairs.extend(self.engine.clone().map(|engine| ("ENGINE", engine)));
        if !self.voices.is_empty() {
            pairs.push(("VOICE", self.voices.join(", ")));
        }
        pairs
    }
}

/// A name as it is written: whatever cannot stand in a voice's id becomes `_`, so that no value
/// can break a container's framing, end a string early or hold a sentence.
fn plain(name: &str) -> String {
    let sound = |c: char| c.is_ascii_alphanumeric() || "-_+./".contains(c);
    name.chars()
        .take(Tags::MAX_NAME_BYTES)
        .map(|c| if sound(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_comes_first_and_is_missing_from_recordings_alone() {
        assert_eq!(Tags::of_recording().pairs(), []);
        assert_eq!(Tags::new().pairs(), [("SYNTHETIC", "1".to_owned())]);
        let tags = Tags::new()
            .engine("flite")
            .voice("flite/slt")
            .voice("flite/rms")
            .voice("flite/slt");
        let expected = [
            ("SYNTHETIC", "1"),
            ("ENGINE", "flite"),
            ("VOICE", "flite/slt, flite/rms"),
        ];
        assert_eq!(
            tags.pairs(),
            expected.map(|(key, value)| (key, value.to_owned()))
        );
    }

    #[test]
    fn values_are_plain_and_bounded() {
        let long = "é\0\n=".repeat(200);
        let pairs = Tags::new().engine(&long).pairs();
        assert_eq!(pairs[1].1, "_".repeat(Tags::MAX_NAME_BYTES));
        let many = (0..100).fold(Tags::new(), |tags, n| tags.voice(&format!("e/{n}")));
        assert_eq!(many.pairs()[1].1.split(", ").count(), Tags::MAX_VOICES);
    }
}
