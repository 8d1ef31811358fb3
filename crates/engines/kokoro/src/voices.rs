//! The voices: files of style vectors, named by language, gender and a name.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use mynah_speech::{Voice, VoiceGender, VoiceId, VoiceKind};

/// Values of a style vector.
pub(crate) const STYLE_DIMENSION: usize = 256;

/// Style vectors of a voice: one for each number of tokens, from 1.
pub(crate) const STYLE_ROWS: usize = 510;

/// The bytes of a style vector: little-endian 32-bit floats.
const ROW_BYTES: usize = STYLE_DIMENSION * 4;

/// The bytes of a voice's file.
const FILE_BYTES: u64 = (STYLE_ROWS * ROW_BYTES) as u64;

/// The extension of a voice's file.
const EXTENSION: &str = "bin";

/// The voices that are best for their language, best first. The others follow by name.
const PREFERRED: [&str; 16] = [
    "af_heart",
    "af_bella",
    "am_michael",
    "am_fenrir",
    "am_puck",
    "bf_emma",
    "bm_george",
    "bm_fable",
    "ef_dora",
    "em_alex",
    "ff_siwis",
    "hf_alpha",
    "if_sara",
    "im_nicola",
    "pf_dora",
    "pm_alex",
];

/// A language that voices are made for and whose phonemes can be had. Japanese and Chinese are
/// left out: espeak-ng's phonemes for them are not those that the model was trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoiceLanguage {
    AmericanEnglish,
    BritishEnglish,
    Spanish,
    French,
    Hindi,
    Italian,
    BrazilianPortuguese,
}

impl VoiceLanguage {
    /// By the first letter of a voice's name.
    fn of_prefix(prefix: char) -> Option<Self> {
        Some(match prefix {
            'a' => Self::AmericanEnglish,
            'b' => Self::BritishEnglish,
            'e' => Self::Spanish,
            'f' => Self::French,
            'h' => Self::Hindi,
            'i' => Self::Italian,
            'p' => Self::BrazilianPortuguese,
            _ => return None,
        })
    }

    /// Its BCP-47 tag.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::AmericanEnglish => "en-US",
            Self::BritishEnglish => "en-GB",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Hindi => "hi",
            Self::Italian => "it",
            Self::BrazilianPortuguese => "pt-BR",
        }
    }

    /// The voice of espeak-ng that reads it.
    pub(crate) const fn espeak_voice(self) -> &'static str {
        match self {
            Self::AmericanEnglish => "en-us",
            Self::BritishEnglish => "en-gb",
            Self::Spanish => "es",
            Self::French => "fr-fr",
            Self::Hindi => "hi",
            Self::Italian => "it",
            Self::BrazilianPortuguese => "pt-br",
        }
    }
}

/// A name such as `af_heart`: language, gender, then the voice's own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VoiceName {
    name: String,
    pub(crate) language: VoiceLanguage,
    pub(crate) gender: VoiceGender,
}

impl VoiceName {
    /// Parses a name in any case; none where it is not of the form or of another language.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (kind, own) = name.split_once('_')?;
        let mut kind = kind.chars();
        let (language, gender) = (kind.next()?, kind.next()?);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        // The name becomes a file's name.
        if kind.next().is_some() || own.is_empty() || !own.chars().all(plain) {
            return None;
        }
        let language = VoiceLanguage::of_prefix(language)?;
        let gender = match gender {
            'f' => VoiceGender::Female,
            'm' => VoiceGender::Male,
            _ => return None,
        };
        Some(Self {
            name,
            language,
            gender,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.name
    }

    /// The voice as it is offered.
    fn voice(&self) -> Option<Voice> {
        let own = self.name.get(3..)?;
        let mut letters = own.chars();
        let first = letters.next()?.to_ascii_uppercase();
        offered(
            &self.name,
            format!("{first}{}", letters.as_str()),
            self.language,
            Some(self.gender),
        )
    }

    /// Its position in a list of voices.
    fn rank(&self) -> (usize, &str) {
        let preferred = PREFERRED.iter().position(|known| *known == self.name);
        (preferred.unwrap_or(PREFERRED.len()), &self.name)
    }
}

/// A preset voice of this engine; none where the name cannot be an id.
pub(crate) fn offered(
    id: &str,
    name: String,
    language: VoiceLanguage,
    gender: Option<VoiceGender>,
) -> Option<Voice> {
    Some(Voice {
        id: VoiceId::new(crate::kokoro::ID.as_str(), id).ok()?,
        name,
        languages: vec![language.tag().parse().ok()?],
        gender,
        kind: VoiceKind::Preset,
        instruct: false,
        of_person: false,
    })
}

/// The folder of the voices. It is read each time, so that voices can be added while the program
/// runs.
pub(crate) struct VoiceFolder(pub(crate) PathBuf);

impl VoiceFolder {
    /// The names of the voices in it, best first. Empty where the folder cannot be read.
    fn names(&self) -> Vec<VoiceName> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let is_voice = path.extension().is_some_and(|own| own == EXTENSION);
                let stem = path.file_stem()?.to_str().filter(|_| is_voice)?;
                VoiceName::parse(stem).filter(|name| name.as_str() == stem)
            })
            .collect();
        names.sort_by(|a, b| a.rank().cmp(&b.rank()));
        names
    }

    /// Its voices, best first.
    pub(crate) fn voices(&self) -> Vec<Voice> {
        self.names().iter().filter_map(VoiceName::voice).collect()
    }

    /// Whether a voice is in it.
    pub(crate) fn has(&self, name: &VoiceName) -> bool {
        self.path(name).is_file()
    }

    /// The style vector of a voice for an input of this many tokens: 1 to [`STYLE_ROWS`].
    ///
    /// # Errors
    /// Where the file cannot be read or has not the size of a voice.
    pub(crate) fn style(&self, name: &VoiceName, tokens: usize) -> io::Result<Vec<f32>> {
        style(&self.path(name), tokens)
    }

    fn path(&self, name: &VoiceName) -> PathBuf {
        self.0.join(format!("{}.{EXTENSION}", name.as_str()))
    }
}

/// Reads one style vector of a file.
fn style(path: &Path, tokens: usize) -> io::Result<Vec<f32>> {
    let invalid = |reason| io::Error::new(io::ErrorKind::InvalidData, reason);
    let row = tokens.checked_sub(1).filter(|row| *row < STYLE_ROWS);
    let row = row.ok_or_else(|| invalid("there is no style for this number of tokens"))?;
    let mut file = File::open(path)?;
    if file.metadata()?.len() != FILE_BYTES {
        return Err(invalid("it has not the size of a voice"));
    }
    file.seek(SeekFrom::Start((row * ROW_BYTES) as u64))?;
    let mut bytes = [0; ROW_BYTES];
    file.read_exact(&mut bytes)?;
    let values = bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes);
    let style: Vec<f32> = values.collect();
    if style.iter().all(|value| value.is_finite()) {
        Ok(style)
    } else {
        Err(invalid("it holds values that are not numbers"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_voice(folder: &Path, name: &str) {
        let values = (0..STYLE_ROWS * STYLE_DIMENSION).map(|at| at as f32);
        let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
        fs::write(folder.join(name), bytes).unwrap();
    }

    #[test]
    fn names_give_language_and_gender() {
        let name = VoiceName::parse("BF_Emma").unwrap();
        assert_eq!(name.as_str(), "bf_emma");
        assert_eq!(name.language, VoiceLanguage::BritishEnglish);
        assert_eq!(name.gender, VoiceGender::Female);
        for other in [
            "",
            "af",
            "af_",
            "afx_heart",
            "xf_heart",
            "ax_heart",
            "jf_alpha",
            "zm_yunxi",
            "af_../../x",
            "af_he art",
            "af_hëart",
        ] {
            assert_eq!(VoiceName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn voices_are_listed_best_first() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "am_adam.bin",
            "pf_dora.bin",
            "af_bella.bin",
            "af_heart.bin",
            "jf_alpha.bin",
            "af_heart.txt",
            "AF_SKY.bin",
        ] {
            fs::write(folder.path().join(file), b"").unwrap();
        }
        let voices = VoiceFolder(folder.path().into()).voices();
        let ids: Vec<_> = voices.iter().map(|voice| voice.id.to_string()).collect();
        assert_eq!(
            ids,
            [
                "kokoro/af_heart",
                "kokoro/af_bella",
                "kokoro/pf_dora",
                "kokoro/am_adam"
            ]
        );
        assert_eq!(voices[2].languages[0].as_str(), "pt-BR");
        assert_eq!(voices[3].gender, Some(VoiceGender::Male));
        assert_eq!(voices[0].name, "Heart");
        assert_eq!(VoiceFolder("/nonexistent".into()).voices(), []);
    }

    #[test]
    fn style_rows_are_chosen_by_number_of_tokens() {
        let folder = tempfile::tempdir().unwrap();
        write_voice(folder.path(), "af_heart.bin");
        let voices = VoiceFolder(folder.path().into());
        let name = VoiceName::parse("af_heart").unwrap();
        assert_eq!(voices.style(&name, 1).unwrap()[0], 0.0);
        assert_eq!(voices.style(&name, 510).unwrap()[255], 130_559.0);
        assert!(voices.style(&name, 0).is_err());
        assert!(voices.style(&name, 511).is_err());
    }

    #[test]
    fn damaged_voices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let name = VoiceName::parse("af_heart").unwrap();
        let voices = VoiceFolder(folder.path().into());
        assert!(voices.style(&name, 1).is_err());
        let path = folder.path().join("af_heart.bin");
        fs::write(&path, vec![0; 1000]).unwrap();
        assert!(voices.style(&name, 1).is_err());
        fs::write(&path, vec![0xff; FILE_BYTES as usize]).unwrap();
        assert!(voices.style(&name, 1).is_err());
    }
}
