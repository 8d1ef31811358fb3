//! The model's files and what they state about the features it was trained on.

use std::path::{Path, PathBuf};

use crate::features::{CEPSTRA, Frame};

/// The parts of Debian's `pocketsphinx-en-us`, within its folder.
const PARTS: [&str; 3] = ["en-us/mdef", "en-us.lm.bin", "cmudict-en-us.dict"];

/// A model in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    folder: PathBuf,
}

/// What a model's `feat.params` states.
pub(crate) struct FeatureSettings {
    /// Options of the front end, as written.
    pub(crate) options: Vec<(String, String)>,
    /// The mean of cepstra over the model's training, where the model has it.
    pub(crate) mean: Frame,
}

impl Model {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The first part that is not there.
    pub(crate) fn missing_part(&self) -> Option<&'static str> {
        PARTS
            .into_iter()
            .find(|part| !self.folder.join(part).is_file())
    }

    pub(crate) fn acoustic(&self) -> PathBuf {
        self.folder.join("en-us")
    }

    pub(crate) fn language(&self) -> PathBuf {
        self.folder.join("en-us.lm.bin")
    }

    pub(crate) fn dictionary(&self) -> PathBuf {
        self.folder.join("cmudict-en-us.dict")
    }

    /// Reads the feature settings, without those of the normalization, which is done here.
    pub(crate) fn feature_settings(&self) -> std::io::Result<FeatureSettings> {
        let text = std::fs::read_to_string(self.acoustic().join("feat.params"))?;
        Ok(FeatureSettings::parse(&text))
    }
}

impl FeatureSettings {
    fn parse(text: &str) -> Self {
        let mut settings = Self {
            options: Vec::new(),
            mean: [0.0; CEPSTRA],
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.chunks_exact(2) {
            match pair[0] {
                "-cmninit" => {
                    let values = pair[1].split(',').map_while(|value| value.parse().ok());
                    for (mean, value) in settings.mean.iter_mut().zip(values) {
                        *mean = value;
                    }
                }
                // The library of this version has no `-model`.
                "-cmn" | "-model" => {}
                option => settings.options.push((option.into(), pair[1].into())),
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_settings_leave_normalization_out() {
        let text = "-lowerf 130\n-cmn batch\n-model ptm\n-feat 1s_c_d_dd\n-cmninit 41.00,-5.29\n";
        let settings = FeatureSettings::parse(text);
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            settings.options,
            [pair("-lowerf", "130"), pair("-feat", "1s_c_d_dd")]
        );
        assert_eq!(settings.mean[..3], [41.0, -5.29, 0.0]);
    }
}
