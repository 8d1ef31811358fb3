//! Mixes of voices by name: `af_heart(2)+af_bella(1)`, as Kokoro-FastAPI has them.

use std::io;

use mynah_speech::{SpeechError, Voice, VoiceId};

use crate::voices::{STYLE_DIMENSION, VoiceFolder, VoiceLanguage, VoiceName, offered};

/// One voice, or several with their shares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mix {
    /// The name in lower case, without spaces.
    name: String,
    pub(crate) language: VoiceLanguage,
    /// Voices and their shares, which sum to 1.
    shares: Vec<(VoiceName, f32)>,
}

/// Why a name is not a voice or a mix of voices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidMix {
    #[error("there is no voice '{0}'")]
    UnknownVoice(String),
    #[error(
        "'{0}' is no voice of a mix; write it as af_heart(2)+af_bella(1), with weights from 0 to \
         1000"
    )]
    Malformed(String),
    #[error("the weights of the mix of voices sum to zero")]
    ZeroSum,
    #[error("a mix has voices of one language; {0} and {1} speak different ones")]
    MixedLanguages(String, String),
}

impl From<InvalidMix> for SpeechError {
    fn from(error: InvalidMix) -> Self {
        let (param, message) = ("voice", error.to_string());
        match error {
            InvalidMix::MixedLanguages(..) => Self::Unsupported { param, message },
            _ => Self::Invalid { param, message },
        }
    }
}

/// The largest weight.
const MAX_WEIGHT: f32 = 1000.0;

impl Mix {
    /// Whether a name is written as a mix.
    pub(crate) fn is_written_in(name: &str) -> bool {
        name.contains(['+', '('])
    }

    /// Parses a mix, or the name of one voice, in any case.
    pub(crate) fn parse(name: &str) -> Result<Self, InvalidMix> {
        if name.len() > VoiceId::MAX_BYTES {
            return Err(InvalidMix::UnknownVoice(name.chars().take(20).collect()));
        }
        let mut parts = Vec::new();
        let mut written = Vec::new();
        for part in name.split('+') {
            let (voice, weight, text) = parse_part(part.trim())?;
            parts.push((voice, weight));
            written.push(text);
        }
        let language = parts[0].0.language;
        if let Some((other, _)) = parts.iter().find(|(voice, _)| voice.language != language) {
            let (first, other) = (parts[0].0.as_str().into(), other.as_str().into());
            return Err(InvalidMix::MixedLanguages(first, other));
        }
        let sum: f32 = parts.iter().map(|(_, weight)| weight).sum();
        if sum <= 0.0 {
            return Err(InvalidMix::ZeroSum);
        }
        let shares = parts
            .into_iter()
            .map(|(voice, weight)| (voice, weight / sum));
        Ok(Self {
            name: written.join("+"),
            language,
            shares: shares.collect(),
        })
    }

    /// Checks that all its voices are in a folder.
    pub(crate) fn check(&self, folder: &VoiceFolder) -> Result<(), InvalidMix> {
        match self.shares.iter().find(|(voice, _)| !folder.has(voice)) {
            Some((voice, _)) => Err(InvalidMix::UnknownVoice(voice.as_str().into())),
            None => Ok(()),
        }
    }

    /// The mix as a voice; none where its name is too long for an id.
    pub(crate) fn voice(&self) -> Option<Voice> {
        let gender = self.shares[0].0.gender;
        let alike = self.shares.iter().all(|(voice, _)| voice.gender == gender);
        offered(
            &self.name,
            self.name.clone(),
            self.language,
            alike.then_some(gender),
        )
    }

    /// The weighted mean of its voices' style vectors for an input of this many tokens.
    ///
    /// # Errors
    /// Where the file of a voice cannot be read.
    pub(crate) fn style(&self, folder: &VoiceFolder, tokens: usize) -> io::Result<Vec<f32>> {
        let mut mean = vec![0.0; STYLE_DIMENSION];
        for (voice, share) in &self.shares {
            let style = folder.style(voice, tokens)?;
            for (mean, value) in mean.iter_mut().zip(style) {
                *mean += share * value;
            }
        }
        Ok(mean)
    }
}

/// A voice, its weight, and how both are written.
fn parse_part(part: &str) -> Result<(VoiceName, f32, String), InvalidMix> {
    let malformed = || InvalidMix::Malformed(part.into());
    let (name, weight) = match part.split_once('(') {
        None => (part, None),
        Some((name, rest)) => {
            let weight = rest.strip_suffix(')').ok_or_else(malformed)?;
            (name, Some(weight.trim()))
        }
    };
    let name = name.trim();
    let unknown = || InvalidMix::UnknownVoice(name.into());
    let voice = VoiceName::parse(name).ok_or_else(unknown)?;
    let Some(weight) = weight else {
        let text = voice.as_str().to_owned();
        return Ok((voice, 1.0, text));
    };
    // Digits and a point alone: neither a sign nor `inf`.
    let plain = weight.chars().all(|c| c.is_ascii_digit() || c == '.');
    let value: f32 = weight.parse().map_err(|_| malformed())?;
    if !plain || !(0.0..=MAX_WEIGHT).contains(&value) {
        return Err(malformed());
    }
    let text = format!("{}({weight})", voice.as_str());
    Ok((voice, value, text))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use mynah_speech::VoiceGender;

    use super::*;

    fn shares(name: &str) -> Vec<(String, f32)> {
        let mix = Mix::parse(name).unwrap();
        mix.shares
            .iter()
            .map(|(voice, share)| (voice.as_str().to_owned(), *share))
            .collect()
    }

    #[test]
    fn weights_are_normalized() {
        assert_eq!(shares("af_heart"), [("af_heart".into(), 1.0)]);
        assert_eq!(
            shares("af_heart(3)+af_bella"),
            [("af_heart".into(), 0.75), ("af_bella".into(), 0.25)]
        );
        assert_eq!(
            shares("AF_Heart(0.5) + am_adam(.5)+af_sky(0)"),
            [
                ("af_heart".into(), 0.5),
                ("am_adam".into(), 0.5),
                ("af_sky".into(), 0.0)
            ]
        );
    }

    #[test]
    fn mixes_are_voices_of_their_own() {
        let voice = Mix::parse(" AF_Heart( 2 )+am_adam ")
            .unwrap()
            .voice()
            .unwrap();
        assert_eq!(voice.id.to_string(), "kokoro/af_heart(2)+am_adam");
        assert_eq!(voice.gender, None);
        assert_eq!(voice.languages[0].as_str(), "en-US");
        let voice = Mix::parse("pf_dora+pf_dora").unwrap().voice().unwrap();
        assert_eq!(voice.gender, Some(VoiceGender::Female));
    }

    #[test]
    fn invalid_mixes_are_named() {
        let error = |name: &str| Mix::parse(name).unwrap_err();
        assert_eq!(error("af_heart(0)+af_bella(0)"), InvalidMix::ZeroSum);
        assert_eq!(
            error("af_heart+bf_emma"),
            InvalidMix::MixedLanguages("af_heart".into(), "bf_emma".into())
        );
        for name in [
            "",
            "af_heart+",
            "+af_heart",
            "heart(1)",
            "af_heart-af_bella",
        ] {
            assert!(matches!(error(name), InvalidMix::UnknownVoice(_)), "{name}");
        }
        for weight in ["", "-1", "inf", "NaN", "1e3", "1001", "1..2", "1)(2", "1)x"] {
            let name = format!("af_heart({weight})");
            assert!(matches!(error(&name), InvalidMix::Malformed(_)), "{name}");
        }
        assert!(matches!(
            error(&"x".repeat(5000)),
            InvalidMix::UnknownVoice(_)
        ));
    }

    #[test]
    fn styles_are_weighted_means() {
        let folder = tempfile::tempdir().unwrap();
        for (name, value) in [("af_heart", 1.0_f32), ("af_bella", 5.0)] {
            let bytes = value.to_le_bytes().repeat(510 * 256);
            fs::write(folder.path().join(format!("{name}.bin")), bytes).unwrap();
        }
        let folder = VoiceFolder(folder.path().into());
        let mix = Mix::parse("af_heart(3)+af_bella(1)").unwrap();
        assert_eq!(mix.check(&folder), Ok(()));
        assert_eq!(mix.style(&folder, 7).unwrap(), vec![2.0; 256]);
        let mix = Mix::parse("af_heart+af_sky").unwrap();
        assert_eq!(
            mix.check(&folder),
            Err(InvalidMix::UnknownVoice("af_sky".into()))
        );
    }
}
